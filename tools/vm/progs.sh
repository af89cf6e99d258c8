#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# progs.sh: builds the tests' programs, selftests/progs/NAME.c or NAME/*.c and the VMM of selftests/vmm, each a static
# program for the bin directory of the installed tests, into build/progs; silent unless it fails.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
out=$top/build/progs
mkdir -p "$out" || exit 1
exec 9>"$out/.lock"
flock 9

shopt -s nullglob
programs=("$top"/selftests/progs/*.c "$top"/selftests/progs/*/)
# What has lost its source would live on in the VM.
for program in "$out"/*; do
	[[ -e $top/selftests/progs/${program##*/}.c || -d $top/selftests/progs/${program##*/} || ${program##*/} == vmm ]] ||
		rm -f "$program"
done
# fresh PROGRAM FILE..: it is newer than all that it is made of
fresh() {
	local file
	for file in "${@:2}"; do
		[[ $1 -nt $file ]] || return 1
	done
}
for program in "${programs[@]}"; do
	sources=("$program") headers=()
	[[ ! -d $program ]] || sources=("$program"*.c) headers=("$program"*.h)
	name=$(basename "$program" .c)
	fresh "$out/$name" "${sources[@]}" "${headers[@]}" "$top"/include/uapi/linux/vioapic{,_kvm}.h "$0" && continue
	"$top/tools/vm/need.sh" gcc libc6-dev || exit 1
	# Into place in one step: a VM may be packing the old one. Bad pointers are what tests are made of.
	gcc -static -O2 -Wall -Wno-stringop-overread -Werror -pthread -I"$top/include/uapi" -o "$out/.new" "${sources[@]}" ||
		{ echo "progs.sh: $name does not build" >&2; exit 1; }
	mv "$out/.new" "$out/$name" || exit 1
done

# Not the caller's make: its flags and variables are no business of this one.
"$top/tools/vm/need.sh" make gcc libc6-dev || exit 1
mkdir -p "$top/build/vmm"
if ! env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$top/selftests/vmm" O="$top/build/vmm" >"$top/build/vmm/build.log" 2>&1; then
	grep -E -A4 'error|undefined|\*\*\*' "$top/build/vmm/build.log" >&2 || tail -n 20 "$top/build/vmm/build.log" >&2
	echo "progs.sh: selftests/vmm does not build" >&2
	exit 1
fi
[[ $out/vmm -nt $top/build/vmm/vmm ]] || { cp "$top/build/vmm/vmm" "$out/.new" && mv "$out/.new" "$out/vmm"; } || exit 1
