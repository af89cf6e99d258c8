#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# build.sh: this Debian's QEMU with the patches that are here for it, for `-machine vioapic=on`; a small one, for x86-64 guests by
# KVM, in the cache. Prints its directory: bin/qemu-system-x86_64, and share/qemu with the firmware, which it finds by itself.
# Built once, in some five minutes of two CPUs, and again when what it is made of here changes.
# On another system: the patches are for the versions that their directories name, to apply with `git am` or patch -p1.
set -u

die() { echo "build.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck disable=SC1091 # the system's own
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
{ [[ -n $codename ]] && command -v apt-get >/dev/null; } || die "this is for Debian; the patches are in $here"
cache=${VIOAPIC_CACHE:-~/.cache/vioapic}/qemu
# Named by all that it is made of, so nothing ever needs to be invalidated.
key=$(cat "$here"/{build.sh,devices.mak,*/*.patch} "$top"/tools/libvioapic/{Makefile,libvioapic.{c,h,map,pc.in}} \
	"$top"/include/uapi/linux/*.h | sha256sum)
dir=$cache/$codename-${key:0:16}
[[ -e $dir ]] && { echo "$dir"; exit 0; }

mkdir -p "$cache" || die "cannot create $cache"
exec 9>"$cache/lock"
flock 9
# Somebody else may have built it while this one waited.
[[ -e $dir ]] && { echo "$dir"; exit 0; }
"$top/tools/vm/need.sh" gcc libc6-dev make ninja-build meson pkg-config python3-venv libglib2.0-dev libpixman-1-dev zlib1g-dev \
	libfdt-dev dpkg-dev xz-utils patch flex bison qemu-system-x86 seabios >&2 || exit 1

# What fails is left for who wants to know why, until the next time.
tmp=$cache/$codename-build
rm -rf "$tmp"
mkdir -p "$tmp/archive"/{lists/partial,cache/archives/partial} "$tmp/out"/{bin,share/qemu} || die "cannot write $cache"
log=$tmp/log
: >"$log"

# The lists of sources, which this machine may not have, beside its own
conf=$("$top/tools/vm/archive.sh" "$codename" "$codename-security") || exit 1
sed 's/^deb /deb-src /' "${conf%/*}/sources.list" >"$tmp/archive/sources.list"
: >"$tmp/archive/status"
sed "s|${conf%/*}/state\"|$tmp/archive\"|; s|${conf%/*}/|$tmp/archive/|" "$conf" >"$tmp/archive/apt.conf"
echo "getting the source of Debian's QEMU" >&2
export APT_CONFIG=$tmp/archive/apt.conf
{ apt-get -qq update && cd "$tmp/archive" && apt-get -qq --download-only source qemu; } >>"$log" 2>&1 ||
	die "cannot get QEMU's source: $(grep -m1 '^E:' "$log" || tail -n 1 "$log")"
unset APT_CONFIG
# Debian's patches too: without them its tarball, which lacks what is not free, does not configure.
dpkg-source --no-check -x "$tmp"/archive/qemu_*.dsc "$tmp/source" >>"$log" 2>&1 || die "cannot unpack QEMU's source: $(tail -n 1 "$log")"

cd "$tmp/source" || exit 1
version=$(<VERSION)
patches=$here/$(cut -d. -f1,2 <<<"$version")
[[ -d $patches ]] || die "no patches for QEMU $version: there are those for $(cd "$here" && echo [0-9]*)"
for patch in "$patches"/*.patch; do
	patch -p1 -s -f --no-backup-if-mismatch <"$patch" >>"$log" 2>&1 || die "${patch##*/} does not apply to QEMU $version: $(tail -n 1 "$log")"
done
cp "$here/devices.mak" configs/devices/x86_64-softmmu/vioapic.mak || die "no room in $cache"

# Its library inside it, so that it runs wherever it is
make -s -C "$top/tools/libvioapic" O="$tmp/libvioapic" PREFIX="$tmp/prefix" install >>"$log" 2>&1 || die "libvioapic does not build: $(tail -n 1 "$log")"
rm "$tmp"/prefix/lib/libvioapic.so*
options=(--target-list=x86_64-softmmu --without-default-features --without-default-devices --with-devices-x86_64=vioapic
	--enable-kvm --disable-tcg --enable-vioapic --enable-fdt=system --disable-tools --disable-install-blobs)
# By what each version knows
! grep -q -e '--meson=' configure || options+=(--meson="$(command -v meson)")
! grep -q -e '--disable-download' configure || options+=(--disable-download)
echo "building QEMU $version" >&2
mkdir "$tmp/build"
(cd "$tmp/build" && PKG_CONFIG_PATH=$tmp/prefix/lib/pkgconfig ../source/configure "${options[@]}" && ninja -j "$(nproc)" qemu-system-x86_64) >>"$log" 2>&1 </dev/null ||
	die "QEMU $version does not build: $(grep -m1 -E 'ERROR|error:|FAILED' "$log") (all of it: $log)"
strip -o "$tmp/out/bin/qemu-system-x86_64" "$tmp/build/qemu-system-x86_64" || die "no room in $cache"

# The tarball has no firmware: Debian builds each from its own source.
for file in bios-256k bios-microvm kvmvapic linuxboot_dma pvh; do
	for data in /usr/share/{seabios,qemu}; do
		[[ ! -e $data/$file.bin ]] || cp -L "$data/$file.bin" "$tmp/out/share/qemu"
	done
	[[ -e $tmp/out/share/qemu/$file.bin ]] || die "Debian's seabios and qemu-system-x86 have no $file.bin"
done
mv "$tmp/out" "$dir" || die "cannot write $dir"
rm -rf "$tmp"
echo "$dir"
