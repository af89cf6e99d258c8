#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016 # text for other shells
# toolchain.sh KERNEL SUITE..: what builds modules for a kernel (a directory of fetch.sh's), where this machine has not got
# it: the kernel's own compiler, its binutils, pahole, from the kernel's release of Debian, in the cache.
# Prints the directory of the programs, which goes in front of PATH. The packages are unpacked, not installed, and the
# programs run by their own dynamic linker and libraries, those that come with the kernel's headers too: nobody needs to be
# root, and nothing of this machine changes.
set -u

die() { echo "toolchain.sh: $*" >&2; exit 1; }

kernel=$1
shift
compiler=$(<"$kernel/compiler")
compiler=${compiler##*-linux-gnu-}
cache=${VIOAPIC_CACHE:-~/.cache/vioapic}/toolchain
dir=$cache/$compiler-$1
here=$(cd "$(dirname "$0")" && pwd)
[[ -e $dir/done && -e $kernel/wrapped ]] && { echo "$dir/bin"; exit 0; }

mkdir -p "$cache" || die "cannot create $cache"
exec 9>"$dir.lock"
flock 9

# run_by_linker PROGRAM SCRIPT [compiler]: SCRIPT runs PROGRAM, which does not find out. A compiler goes by its own path,
# other programs by the one that they are called by.
run_by_linker() {
	local linker libraries name="--argv0 \"$2\"" more=''
	linker=$(find "$dir/root" -path '*/x86_64-linux-gnu/ld-linux-x86-64.so.2' | head -n 1)
	[[ -n $linker ]] || die "no dynamic linker in libc6"
	libraries=$(find "$dir/root" -type d -path '*lib/x86_64-linux-gnu' | paste -sd:)
	# What the compiler starts, it starts by the linker as well, and finds in exec/.
	[[ -z ${3:-} ]] || name='' more="-wrapper \"$linker\",--library-path,\"$libraries\" -B\"$dir/exec/\""
	printf '#!/bin/sh\nexec "%s" %s --library-path "%s" "%s" %s "$@"\n' "$linker" "$name" "$libraries" "$1" "$more" >"$2.new" &&
		chmod +x "$2.new" && mv "$2.new" "$2" && return
	die "cannot write $2"
}

get() {
	local conf
	conf=$("$here/archive.sh" "$@") || exit 1
	# What kbuild's programs need is among what these need.
	APT_CONFIG=$conf apt-get -qq -y --no-install-recommends -o "Dir::Cache::archives=$dir/debs" \
		--download-only install "$compiler" binutils pahole openssl >"$dir/log" 2>&1
}

install() {
	local deb program name plain
	rm -rf "$dir"
	mkdir -p "$dir/debs/partial" "$dir"/{root,bin,exec} || die "cannot create $dir"
	echo "fetching Debian's $compiler" >&2
	get "$@" || get --update "$@" || die "cannot get $compiler: $(grep -m1 '^E:' "$dir/log" || tail -n 1 "$dir/log")"
	for deb in "$dir"/debs/*.deb; do
		dpkg -x "$deb" "$dir/root" || die "cannot unpack ${deb##*/}"
	done
	rm -rf "$dir/debs"
	for program in "$dir"/root/usr/bin/{pahole,x86_64-linux-gnu-*}; do
		name=${program##*/}
		plain=${name#x86_64-linux-gnu-}
		case $plain in
		gcc-[0-9]*|cpp-[0-9]*) run_by_linker "$program" "$dir/bin/$name" compiler ;;
		*) run_by_linker "$program" "$dir/bin/$name" ;;
		esac
		[[ $plain == "$name" ]] || ln -s "$name" "$dir/bin/$plain"
		ln -s "$program" "$dir/exec/$plain"
	done
	echo 'int main(void) { return 0; }' | "$dir/bin/$compiler" -O2 -c -x c -o "$dir/exec/try.o" - 2>"$dir/log" ||
		die "$compiler of Debian $1 does not run here: $(head -n 1 "$dir/log")"
	rm -f "$dir/exec/try.o"
	: >"$dir/done"
}
[[ -e $dir/done ]] || install "$@"

# Kbuild's programs, in the headers: objtool, modpost, ..
if [[ ! -e $kernel/wrapped ]]; then
	find "$kernel/root" -path '*/linux-kbuild-*' -type f -perm -100 ! -path '*/.elf/*' | while read -r program; do
		[[ $(head -c 4 "$program") == $'\x7fELF' ]] || continue
		mkdir -p "${program%/*}/.elf"
		mv "$program" "${program%/*}/.elf/" || exit 1
		run_by_linker "${program%/*}/.elf/${program##*/}" "$program"
	done || die "cannot write in $kernel"
	: >"$kernel/wrapped"
fi
echo "$dir/bin"
