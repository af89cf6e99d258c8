#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# base.sh KERNEL: the part of the initramfs that stays the same from run to run, as an
# uncompressed cpio in the cache (unpacking costs an emulated CPU more than copying).
# Prints its path. Environment: PROGS, MODULES, FILES as in vm.sh.
set -u

die() { echo "base.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
kernel=$("$here/fetch.sh" "${1:-}") || exit 1
cache=${VIOAPIC_CACHE:-~/.cache/vioapic}
PATH=$PATH:/usr/sbin:/sbin

# What a flavour does not have (or has built in) is skipped.
modules=(
	virtio_pci virtio_mmio virtio_blk virtio_net virtio_rng virtio_console
	nvme ahci sd_mod e1000 e1000e
	i8042 serio atkbd psmouse evdev rtc_cmos button
	configfs kvm kvm-amd irqbypass vfat nls_ascii 9pnet_virtio 9p
)
read -ra extra_modules <<<"${MODULES:-}"
read -ra progs <<<"${PROGS:-}"
read -ra files <<<"${FILES:-}"

# Named by all that it is made of, so nothing ever needs to be invalidated.
key=$(cat "$here"/{base.sh,copyprog.sh,init.c,hmp.c,tsc.c} "$kernel/release" - <<<"${extra_modules[*]}|${progs[*]}|${files[*]}" | sha256sum)
base=$cache/base/${1}-${key:0:16}.cpio
[[ -e $base ]] && { echo "$base"; exit 0; }

mkdir -p "$cache/base" || die "cannot create $cache/base"
exec 9>"$cache/base/lock"
flock 9
[[ -e $base ]] && { echo "$base"; exit 0; }
"$here/need.sh" busybox-static cpio kmod xz-utils gcc libc6-dev || exit 1

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
root=$tmp/root
mkdir -p "$root"/{bin,dev,proc,sys,tmp,run,root,etc,lib/vioapic,lib64,usr,mnt} || die "no room in $tmp"
ln -s bin "$root/sbin"
ln -s ../bin ../sbin "$root/usr"
for program in init hmp; do
	gcc -O2 -static -Wall -Werror -o "$root/bin/$program" "$here/$program.c" || die "$program.c does not build"
done
ln -s bin/init "$root/init"
gcc -O2 -o "$tmp/tsc" "$here/tsc.c" || die "tsc.c does not build"
mv "$tmp/tsc" "$cache/base/tsc" || die "cannot write $cache/base"
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in $(busybox --list); do
	[[ -e $root/bin/$applet ]] || ln -s busybox "$root/bin/$applet"
done
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"

"$here/copyprog.sh" "$root" "${progs[@]}" || exit 1
for file in "${files[@]}"; do
	# Relative to /: of an absolute path, cp of Debian 12 looks for the directories where it is.
	(cd / && cp -a --parents ".$file" "$root") || die "cannot copy $file"
done

release=$(<"$kernel/release")
to=$root/lib/modules/$release
mkdir -p "$to"
cp "$kernel"/modules/modules.{builtin,builtin.modinfo,order} "$to"
for m in "${modules[@]}" "${extra_modules[@]}"; do
	modprobe -C /dev/null -d "$kernel/root" -S "$release" --show-depends "$m" 2>/dev/null ||
		[[ " ${extra_modules[*]} " != *" $m "* ]] || echo "note: kernel $1 has no module $m" >&2
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r path; do
	copy=$to/kernel/${path##*/}
	mkdir -p "${copy%/*}"
	case $path in
	*.xz) xz -dc "$path" >"${copy%.xz}" ;;	# busybox cannot
	*) cp "$path" "$copy" ;;
	esac
done
depmod -b "$root" "$release" || die "depmod failed"

(cd "$root" && find . -print0 | cpio -0 -o -H newc -R 0:0 --quiet) >"$tmp/cpio" || die "cpio failed"
# Into the same directory first: the name must never stand for half a file.
{ mv "$tmp/cpio" "$base.new" && mv "$base.new" "$base"; } || die "cannot write $base"
echo "$base"
