#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# module.sh KERNEL|KDIR: builds the kernel modules for one of fetch.sh's kernels in build/KERNEL, or against the headers at KDIR
# in build/host, then without the tests' modules, as `make install` installs all of it, but for SELFTEST=1. Or in build/$FARM.
# SELFTEST= leaves them out for one of fetch.sh's, too.
# Silent, or on stderr; the whole talk is in build.log there.
#
# kbuild leaves its objects beside the sources, so each kernel gets a farm of links to them.
set -u

die() { echo "module.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
name=${1:-}
selftest=VIOAPIC_SELFTEST=${SELFTEST-1}
if [[ $name == /* ]]; then
	kdir=$name
	name=host
	selftest=VIOAPIC_SELFTEST=${SELFTEST:-}
	[[ -e $kdir/Makefile ]] || die "no kernel headers at $kdir: install linux-headers-$(uname -r), or give KDIR="
	compiler=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="\([^ ]*\) .*/\1/p' "$kdir/.config" 2>/dev/null)
	# Which distributors put their name in front of
	! grep -qs '^CONFIG_CC_IS_CLANG=y' "$kdir/.config" || compiler=clang
else
	kernel=$("$here/fetch.sh" "$name") || exit 1
	kdir=$kernel/build
	compiler=$(<"$kernel/compiler")
fi
farm=$top/build/${FARM:-$name}
[[ $farm != *[[:space:]:]* ]] || die "the kernel's makefiles cannot build in '$top': move it where no name has a space or colon"
mkdir -p "$farm" || die "cannot write $farm"
exec 9>"$farm/.lock"
flock 9

cd "$top" || exit 1
[[ -e Kbuild ]] || die "no Kbuild here"
find_sources() {
	find Kbuild Kconfig dkms.conf include virt arch selftests/modules \
		\( -name '*.[chS]' ! -name '*.mod.c' -o -name Kbuild -o -name Makefile -o -name Kconfig -o -name dkms.conf -o -name '*.mk' -o -name '*.asl' \) "$@" 2>/dev/null
}

# Nothing to do is the usual case, and kbuild would take a second to find out. A file that
# went away leaves a link to nowhere.
stamp=$farm/.built
arguments="$kdir $selftest ${KFLAGS:-}"
# With the tests' modules it is as good.
more=$arguments
[[ $1 == /* ]] || more="$kdir VIOAPIC_SELFTEST=1 ${KFLAGS:-}"
if [[ -e $stamp && ( $(<"$stamp") == "$arguments" || $(<"$stamp") == "$more" ) && -z $(find_sources -newer "$stamp" | head -n 1) &&
      -z $(find "$farm" -xtype l | head -n 1) ]]; then
	exit 0
fi

need=(make gcc libc6-dev libelf-dev kmod acpica-tools)
# For the types of a module, if those of the kernel are there
[[ $1 == /* && ! -e $kdir/vmlinux ]] || need+=(pahole)
"$here/need.sh" "${need[@]}" || exit 1
read -ra flags <<<"${KFLAGS:-}"
# The module is built by the compiler that has built the kernel.
if [[ $1 == /* && $compiler == clang ]]; then
	if grep -qs '^CONFIG_LD_IS_LLD=y' "$kdir/.config"; then
		flags+=(LLVM=1)
		"$here/need.sh" clang lld llvm || exit 1
	else
		flags+=(CC=clang)
		"$here/need.sh" clang || exit 1
	fi
elif [[ $1 == /* ]]; then
	command -v "$compiler" >/dev/null || "$here/need.sh" "${compiler#*-linux-gnu-}" || exit 1
elif ! command -v "$compiler" >/dev/null || [[ -e $kernel/wrapped ]]; then
	# shellcheck source=tools/vm/kernels.sh
	. "$here/kernels.sh"
	read -ra suites < <(kernel_suites "$name")
	programs=$("$here/toolchain.sh" "$kernel" "${suites[@]}") || exit 1
	PATH=$programs:$PATH
fi
touch "$farm/.start"
find "$farm" -xtype l -delete
[[ $selftest != *= || ! -d $farm/selftests ]] || find "$farm/selftests" -name '*.ko' -delete
find_sources | while read -r file; do
	[[ -L $farm/$file ]] || { mkdir -p "$(dirname "$farm/$file")" && ln -s "$top/$file" "$farm/$file"; }
done

# Not the caller's make: its flags and variables (RUN=..) are no business of kbuild's.
if ! env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$kdir" M="$farm" W=1 "$selftest" \
     -j "$(nproc)" "${flags[@]}" modules >"$farm/build.log" 2>&1; then
	# What include/compat/essential.mk says is all there is to say.
	why=$(sed -n 's/.* \*\*\* \(vioapic needs .*\)\.  Stop\.$/\1/p' "$farm/build.log" | head -n 1)
	[[ -z $why ]] || die "$why"
	grep -E -A4 'error|warning|undefined|\*\*\*' "$farm/build.log" | grep -v ' \*\*\* \|directory' | head -n 30 >&2 || tail -n 20 "$farm/build.log" >&2
	die "the modules do not build for $name (all of it: ${farm#"$top/"}/build.log)"
fi
# Whoever has asked for one of Debian's kernels gets both, or finds out by the tests.
[[ $1 != /* ]] || grep -m1 '^vioapic_kvm.ko is left out' "$farm/build.log" >&2
# Warnings are to be heard until they are mended, so what caused them is built again.
if grep -A4 'warning:' "$farm/build.log" >&2; then
	find "$farm" -name '*.o' -delete
	exit 0
fi
echo "$arguments" >"$stamp"
# A file saved while the compiler ran is newer than this, and built next time.
touch -r "$farm/.start" "$stamp"
