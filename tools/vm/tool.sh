#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tool.sh: builds the `vioapic` command and libvioapic into build/tools; silent unless it fails.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
[[ -e $top/tools/vioapic/Makefile ]] || { echo "note: no tools/vioapic here" >&2; exit 0; }
mkdir -p "$top/build/tools" || exit 1
exec 9>"$top/build/tools/.lock"
flock 9
"$top/tools/vm/need.sh" make gcc libc6-dev pkg-config libjson-c-dev libtracefs-dev libtraceevent-dev libncurses-dev || exit 1
log=$top/build/tools/build.log
# Not the caller's make: its flags and variables are no business of this one.
if ! env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$top/tools/vioapic" O="$top/build/tools" >"$log" 2>&1; then
	grep -E -A4 'error|undefined|\*\*\*' "$log" >&2 || tail -n 20 "$log" >&2
	echo "tool.sh: the vioapic command does not build (all of it: build/tools/build.log)" >&2
	exit 1
fi
if ! env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$top/tools/libvioapic" O="$top/build/tools" >>"$log" 2>&1; then
	grep -E -A4 'error|undefined|\*\*\*' "$log" >&2 || tail -n 20 "$log" >&2
	echo "tool.sh: libvioapic does not build (all of it: build/tools/build.log)" >&2
	exit 1
fi
