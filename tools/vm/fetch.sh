#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fetch.sh KERNEL: a stock Debian kernel, its modules and its headers, in the cache.
# KERNEL is 6.1, 6.1-cloud, 6.1-rt, 6.12, 6.12-cloud or 6.12-rt. Prints the directory:
#   vmlinuz  vmlinux (what is packed in it)  release (the text of uname -r)  modules/ (the modules)  build/ (KDIR)
#
# The packages are unpacked, never installed: installing a linux-image (or the 6.12
# headers, which depend on one) would build an initramfs and touch the boot loader.
set -u

die() { echo "fetch.sh: $*" >&2; exit 1; }

name=${1:-}
case $name in
6.1|6.12) flavour=amd64 ;;
6.1-cloud|6.12-cloud|6.1-rt|6.12-rt) flavour=${name#*-}-amd64 ;;
*) die "unknown kernel '$name': 6.1, 6.12, with -cloud or -rt" ;;
esac
series=${name%%-*}
cache=${VIOAPIC_CACHE:-$HOME/.cache/vioapic}
dir=$cache/kernel/$name

[[ -e $dir/release ]] && { echo "$dir"; exit 0; }

mkdir -p "$cache/kernel" || die "cannot create $cache/kernel"
"$(dirname "$0")/need.sh" kmod xz-utils zstd lz4 || exit 1
exec 9>"$cache/kernel/$name.lock"
flock 9
# Another VM may have fetched it while this one waited.
[[ -e $dir/release ]] && { echo "$dir"; exit 0; }

command -v apt-get >/dev/null || die "no apt-get here, cannot get kernel $name"
tmp=$(mktemp -d "$cache/kernel/.$name.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

update() {
	echo "updating the package lists" >&2
	if [[ $(id -u) -eq 0 ]]; then apt-get -qq update; else sudo apt-get -qq update; fi >/dev/null 2>&1
}

depends() { apt-cache depends "$1" 2>/dev/null | awk '$1 ~ /^\|?Depends:$/ { print $2 }'; }

# The default kernel of a release has no series in its metapackage's name.
image_package() {
	local meta
	for meta in "linux-image-$series-$flavour" "linux-image-$flavour"; do
		depends "$meta" | grep -E "^linux-image-${series//./\\.}[.0-9]*[-+].*$flavour\$"
	done | head -n 1
}

packages() {
	image=$(image_package)
	[[ -n $image ]] || return 1
	release=${image#linux-image-}
	mapfile -t support < <(depends "linux-headers-$release" | grep -E '^linux-(headers-.*-common|kbuild-)')
	[[ ${#support[@]} -ge 2 ]]
}

download() { (cd "$tmp" && apt-get -qq download "$image" "linux-headers-$release" "${support[@]}") >"$tmp/log" 2>&1; }

echo "fetching Debian's kernel $name" >&2
if ! { packages && download; }; then
	# No lists yet, or so old that the packages have gone from the archive.
	update
	packages || die "no package for kernel $name in the package lists (needs Debian 12 with security updates)"
	download || die "cannot download $image: $(grep -m1 '^E:' "$tmp/log")"
fi

mkdir "$tmp/root"
for deb in "$tmp"/*.deb; do
	dpkg -x "$deb" "$tmp/root" || die "cannot unpack ${deb##*/}"
	rm "$deb"
done
# With /usr merged the modules may be in either place.
for lib in lib usr/lib; do
	[[ -d $tmp/root/$lib/modules/$release/kernel ]] && ln -s "root/$lib/modules/$release" "$tmp/modules"
done
ln -s "root/boot/vmlinuz-$release" "$tmp/vmlinuz"
ln -s "root/usr/src/linux-headers-$release" "$tmp/build"

# The kernel proper, unpacked: QEMU starts it by its PVH entry, which saves an emulated CPU seconds of
# decompression. Offsets are those of Documentation/arch/x86/boot.rst; the payload ends with its size.
setup=$(od -An -tu1 -j 497 -N 1 "$tmp/vmlinuz")
read -r offset length < <(od -An -tu4 -j 584 -N 8 "$tmp/vmlinuz")
payload() { tail -c +$(((setup + 1) * 512 + offset + 1)) "$tmp/vmlinuz" | head -c $((length - 4)); }
for unpack in xz zstd lz4; do
	payload | $unpack -dc >"$tmp/vmlinux" 2>/dev/null && break
done
[[ $(head -c 4 "$tmp/vmlinux") == $'\x7fELF' ]] || die "cannot unpack vmlinuz-$release"

# shellcheck disable=SC2016 # the text is make's
sed -i 's,/usr/src/,$(dir $(realpath $(lastword $(MAKEFILE_LIST))))../,' "$tmp/build/Makefile" || die "odd headers"
[[ -e $tmp/vmlinuz && -e $tmp/modules ]] || die "$image holds no kernel"
PATH=$PATH:/usr/sbin:/sbin depmod -b "$tmp/root" "$release" || die "depmod failed for $release"
rm -f "$tmp/log"
chmod 755 "$tmp"
echo "$release" >"$tmp/release"
rm -rf "$dir"
mv "$tmp" "$dir" || die "cannot write $dir"
echo "$dir"
