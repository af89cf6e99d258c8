#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fetch.sh KERNEL: a kernel of kernels.sh (a stock one of Debian's, but for those that debugkernel.sh builds), its modules and
# its headers, in the cache; prints the directory:
#   vmlinuz  vmlinux (what is packed in it)  release (the text of uname -r)  modules/ (the modules)  build/ (KDIR)
#   compiler (by the name that the headers give it)
#
# The packages are unpacked, never installed: installing a linux-image (or headers that depend on one) would build an
# initramfs and touch the boot loader.
set -u

die() { echo "fetch.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/vm/kernels.sh
. "$here/kernels.sh"
name=${1:-}
[[ " $debug_kernels " != *" $name "* || -z $name ]] || exec "$here/debugkernel.sh" "$name"
suites=$(kernel_suites "$name") || die "unknown kernel '$name': $(kernel_usage)"
read -ra suites <<<"$suites"
case $name in
*-cloud|*-rt) flavour=${name##*-}-amd64 ;;
*) flavour=amd64 ;;
esac
series=${name%%-*}
cache=${VIOAPIC_CACHE:-~/.cache/vioapic}
dir=$cache/kernel/$name

# What is newest changes. An answer of today is good enough, and one of yesterday better than none.
fresh() {
	[[ -e $dir/release ]] && { [[ $series != latest ]] || [[ -n $(find "$dir/asked" -mmin -720 2>/dev/null) ]]; }
}
fresh && { echo "$dir"; exit 0; }

mkdir -p "$cache/kernel" || die "cannot create $cache/kernel"
# First of all this says so where there is no Debian; what is missing otherwise would be of no use there.
"$here/archive.sh" "${suites[@]}" >/dev/null || [[ -e $dir/release ]] || exit 1
"$here/need.sh" kmod xz-utils zstd lz4 || exit 1
exec 9>"$cache/kernel/$name.lock"
flock 9
# Another VM may have fetched it while this one waited.
fresh && { echo "$dir"; exit 0; }

tmp=$(mktemp -d "$cache/kernel/.$name.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

# What is called linux-headers-SERIES..-FLAVOUR, and the newest of them of which the image is there too: Debian signs an image
# for some hours or days after its headers came into the archive.
newest_release() {
	local version='[0-9]+\.[0-9.]+(-[0-9]+|\+deb[0-9.]+)?' release
	[[ $series == latest ]] || version="${series//./\\.}[.+-][0-9a-z.+-]*[0-9]"
	while read -r release; do
		! apt-cache show "linux-image-$release" 2>/dev/null | grep -q '^Filename:' || { echo "$release"; return; }
	done < <(apt-cache pkgnames linux-headers- | sed -nE "s/^linux-headers-($version-$flavour)\$/\1/p" | sort -rV)
}

# The packages of it that have files of the kernel's; of 7.x the image comes in pieces.
packages() {
	release=$(newest_release)
	[[ -n $release ]] || return 1
	mapfile -t packages < <(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
		--no-enhances "linux-image-$release" "linux-headers-$release" |
		grep -E '^linux-(image|binary|modules|base|headers|kbuild)-' | grep -vE -- '-(unsigned|dbg)' | sort -u)
	[[ ${#packages[@]} -ge 4 ]]
}

download() { packages && (cd "$tmp" && apt-get -qq download "${packages[@]}") >"$tmp/log" 2>&1; }

update=()
[[ $series != latest ]] || update=(--update)
if ! APT_CONFIG=$("$here/archive.sh" "${update[@]}" "${suites[@]}"); then
	[[ -e $dir/release ]] || exit 1
	echo "$dir"
	exit 0
fi
export APT_CONFIG
if [[ -e $dir/release && $(<"$dir/release") == "$(newest_release)" ]]; then
	touch "$dir/asked"
	echo "$dir"
	exit 0
fi
echo "fetching Debian's kernel $name" >&2
if ! download; then
	# Lists so old that the packages have gone from the archive
	"$here/archive.sh" --update "${suites[@]}" >/dev/null || exit 1
	download || die "cannot get kernel $name from Debian ${suites[*]}: $(grep -sm1 '^E:' "$tmp/log" || echo "no such package")"
fi
unset APT_CONFIG

mkdir "$tmp/root"
for deb in "$tmp"/*.deb; do
	dpkg -x "$deb" "$tmp/root" || die "cannot unpack ${deb##*/}"
	rm "$deb"
done
# With /usr merged the modules may be in either place.
for lib in lib usr/lib; do
	[[ -d $tmp/root/$lib/modules/$release/kernel ]] && ln -s "root/$lib/modules/$release" "$tmp/modules"
done
image=boot/vmlinuz-$release
[[ -e $tmp/root/$image ]] || image=usr/lib/modules/$release/vmlinuz
ln -s "root/$image" "$tmp/vmlinuz"
# kmod looks in one place only, and which that is depends on its age.
[[ -e $tmp/root/lib ]] || ln -s usr/lib "$tmp/root/lib"
[[ -e $tmp/root/usr/lib/modules ]] || { mkdir -p "$tmp/root/usr/lib" && ln -s ../../lib/modules "$tmp/root/usr/lib/modules"; }
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
[[ -e $tmp/vmlinuz && -e $tmp/modules ]] || die "linux-image-$release holds no kernel"
sed -n 's/^CONFIG_CC_VERSION_TEXT="\([^ ]*\) .*/\1/p' "$tmp/build/.config" >"$tmp/compiler"
PATH=$PATH:/usr/sbin:/sbin depmod -b "$tmp/root" "$release" || die "depmod failed for $release"
rm -f "$tmp/log"
chmod 755 "$tmp"
: >"$tmp/asked"
echo "$release" >"$tmp/release"
rm -rf "$dir"
mv "$tmp" "$dir" || die "cannot write $dir"
echo "$dir"
