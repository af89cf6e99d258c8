#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# circles.sh KERNEL FOLDER..: files in these folders that call each other in a circle, by what has been built for KERNEL;
# says which, and fails, if there are any. A call counts, by whatever way the linker has to join it; a pointer that somebody
# else has set does not.
set -u

kernel=$1
shift
cd "$(dirname "$0")/../../build/$kernel" || exit 1
mapfile -t objects < <(find "$@" -name '*.o' ! -name '*.mod.o')
[[ ${#objects[@]} -gt 1 ]] || { echo "circles.sh: nothing has been built for $kernel" >&2; exit 1; }
nm -A --defined-only -g "${objects[@]}" | awk '$2 == "T" || $3 == "T" { sub(/:.*/, "", $1); print $NF, $1 }' | sort >.defined
nm -A -u "${objects[@]}" | awk '{ sub(/:.*/, "", $1); print $NF, $1 }' | sort >.used
# "caller callee", file by file, in an order that calls go along
if ! join .used .defined | awk '$2 != $3 { print $2, $3 }' | sort -u | tsort 2>.circles >/dev/null; then
	sed -n 's/^tsort: \(.*\)\.o$/\1.c/p; s/.*contains a loop:.*/these files call each other in a circle:/p' .circles >&2
	exit 1
fi
