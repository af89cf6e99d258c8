#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest.sh KERNEL DIR: for a guest of the VM's, in DIR: that stock kernel (vmlinux, for its PVH entry) and an initrd, in which are
# the drivers of what QEMU gives it, busybox, vioapic.ko, the tests' vioapic_slow.ko and the vioapic command. /init is for who
# starts the guest to add, by one more archive behind this one, and sources /load. Builds what goes into it, unless NOBUILD=1.
set -u

die() { echo "guest.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
name=$1 dir=$2
PATH=$PATH:/usr/sbin:/sbin
kernel=$("$here/fetch.sh" "$name") || exit 1
"$here/need.sh" busybox-static cpio kmod xz-utils || exit 1
if [[ -z ${NOBUILD:-} ]]; then
	"$here/module.sh" "$name" >&2 && "$here/tool.sh" >&2 || exit 1
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
root=$tmp/root release=$(<"$kernel/release")
mkdir -p "$root"/{bin,dev,proc,sys,tmp,etc,modules,lib64} || die "no room in $tmp"
cp "$(command -v busybox)" "$root/bin/busybox" || die "no busybox"
# What a flavour has built in is no module; each once, after all that it needs
for module in virtio_pci virtio_mmio virtio_blk virtio_input i8042 atkbd evdev configfs; do
	modprobe -C /dev/null -d "$kernel/root" -S "$release" --show-depends "$module" 2>/dev/null
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$tmp/modules"
while read -r path; do
	copy=modules/${path##*/}
	case $path in
	*.xz) copy=${copy%.xz} && xz -dc "$path" >"$root/$copy" ;;
	*) cp "$path" "$root/$copy" ;;
	esac || die "cannot copy $path"
	echo "insmod /$copy" >>"$root/load"
done <"$tmp/modules"
"$here/copyprog.sh" "$root" "$top/build/tools/vioapic" || exit 1
exec 9>"$top/build/$name/.lock"
flock -s 9
cp "$top/build/$name/vioapic.ko" "$root" || die "Kbuild makes no vioapic.ko"
cp "$top/build/$name/selftests/modules/vioapic_slow.ko" "$root" || die "there is no vioapic_slow.ko"

mkdir -p "$dir" || die "cannot write $dir"
{ (cd "$root" && find . -print0 | cpio -0 -o -H newc -R 0:0 --quiet) >"$dir/initrd" && cp -L "$kernel/vmlinux" "$dir"; } || die "cannot write $dir"
