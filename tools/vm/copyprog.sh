#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# copyprog.sh ROOT PROGRAM..: copies programs of this machine, and the libraries they need, below ROOT.
# A PROGRAM is a path or a name; what is missing is installed if a package of that name has it.
set -u

root=$1
shift
PATH=$PATH:/usr/sbin:/sbin

package_of() {
	case $1 in
	kexec) echo kexec-tools ;;
	perf) echo linux-perf ;;
	qemu-system-x86_64) echo qemu-system-x86 ;;
	*) echo "$1" ;;
	esac
}

for program in "$@"; do
	path=$(command -v "$program") || {
		"$(dirname "$0")/need.sh" "$(package_of "$program")" || exit 1
		path=$(command -v "$program") || { echo "copyprog.sh: no program $program" >&2; exit 1; }
	}
	# Over a busybox applet of the same name, not through its symlink.
	rm -f "$root/bin/${path##*/}"
	mkdir -p "$root/bin"
	cp -L "$path" "$root/bin/" || exit 1
	# A static program or a script has no list of libraries.
	ldd "$path" 2>/dev/null | grep -o '/[^ ]*' | while read -r lib; do
		[[ -e $root$lib ]] || { mkdir -p "$root${lib%/*}" && cp -L "$lib" "$root$lib"; } || exit 1
	done || exit 1
done
