#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debugkernel.sh kasan|kcsan: a kernel that finds what a stock one does not, built from the newest source with debug.config and
# NAME.config, in the cache, as fetch.sh's are; prints the directory. It is small, but building takes some ten minutes of two
# CPUs; it is built again only if its configuration, its source or the compiler is another.
set -u

die() { echo "debugkernel.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
name=$1
cache=${VIOAPIC_CACHE:-~/.cache/vioapic}
dir=$cache/kernel/$name
[[ -e $here/$name.config ]] || die "there is no $name.config"
"$here/need.sh" make gcc libc6-dev libelf-dev libssl-dev pahole kmod flex bison bc xz-utils cpio || exit 1
source=$("$here/tree.sh") || exit 1
key=$({ grep -hv "^#" "$here"/{debug,"$name"}.config; cat "$source/Makefile"; gcc -dumpfullversion; } | sha256sum | cut -c 1-16)
fresh() { [[ -e $dir/key && $(<"$dir/key") == "$key" ]]; }
fresh && { echo "$dir"; exit 0; }

mkdir -p "$cache/kernel" || die "cannot create $cache/kernel"
exec 9>"$cache/kernel/$name.lock"
flock 9
fresh && { echo "$dir"; exit 0; }
# Where it stays: its makefiles name the place.
rm -rf "$dir"
mkdir -p "$dir/build" || die "cannot create $dir"
log=$dir/build.log
kernel_make() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL PATH="$PATH:/usr/sbin:/sbin" make -s -C "$source" O="$dir/build" -j "$(nproc)" "$@" >>"$log" 2>&1 ||
		die "the kernel $name does not build: $(grep -m1 -E 'rror|not found' "$log") (all of it: $log)"
}

echo "building the kernel $name" >&2
cat "$here"/{debug,"$name"}.config >"$dir/config"
kernel_make KCONFIG_ALLCONFIG="$dir/config" allnoconfig
# What a newer kernel calls otherwise, or wants more for, it leaves out without a word.
missing=$(grep -v '^#' "$dir/config" | grep -v '=n$' | grep -vxFf "$dir/build/.config")
[[ -z $missing ]] || die "the kernel $name cannot have $(paste -sd' ' <<<"$missing"): mend $here/debug.config or $name.config"
kernel_make vmlinux modules bzImage
mkdir "$dir/root"
kernel_make INSTALL_MOD_PATH="$dir/root" INSTALL_MOD_STRIP=1 modules_install
release=$(<"$dir/build/include/config/kernel.release")
# kmod looks in one place only, and which that is depends on its age.
mkdir "$dir/root/usr" && ln -s ../lib "$dir/root/usr/lib"
ln -s "root/lib/modules/$release" "$dir/modules"
cp "$dir/build/arch/x86/boot/bzImage" "$dir/vmlinuz"
objcopy --strip-debug "$dir/build/vmlinux" "$dir/vmlinux" || die "no room in $dir"
# Modules are built against the rest: vmlinux has the types.
rm -f "$dir"/root/lib/modules/*/{build,source}
find "$dir/build" \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' -o -name 'vmlinux.unstripped' -o -name '.tmp_vmlinux*' \) ! -path '*/scripts/*' ! -path '*/tools/*' -delete
echo gcc >"$dir/compiler"
: >"$dir/asked"
echo "$release" >"$dir/release"
echo "$key" >"$dir/key"
echo "$dir"
