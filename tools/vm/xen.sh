#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xen.sh: Debian's Xen hypervisor as an ELF file that QEMU can boot, in the cache; prints its path.
# Unpacked, never installed: that would make this machine boot it.
set -u

die() { echo "xen.sh: $*" >&2; exit 1; }

cache=${VIOAPIC_CACHE:-$HOME/.cache/vioapic}/xen
[[ -e $cache/xen ]] && { echo "$cache/xen"; exit 0; }

mkdir -p "$cache" || die "cannot create $cache"
exec 9>"$cache/lock"
flock 9
# Another VM may have fetched it while this one waited.
[[ -e $cache/xen ]] && { echo "$cache/xen"; exit 0; }
command -v apt-get >/dev/null || die "no apt-get here, cannot get Xen"

tmp=$(mktemp -d "$cache/.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
package() { apt-cache search --names-only '^xen-hypervisor-[0-9.]+-amd64$' | cut -d' ' -f1 | sort -V | tail -n 1; }
download() { name=$(package) && [[ -n $name ]] && (cd "$tmp" && apt-get -qq download "$name") >"$tmp/log" 2>&1; }

echo "fetching Debian's Xen" >&2
if ! download; then
	root=()
	[[ $(id -u) -eq 0 ]] || root=(sudo)
	"${root[@]}" apt-get -qq update >/dev/null 2>&1
	download || die "cannot download xen-hypervisor-*-amd64: $(grep -sm1 '^E:' "$tmp/log")"
fi
dpkg -x "$tmp"/*.deb "$tmp/root" || die "cannot unpack ${name:-}"
gzip -dc "$tmp"/root/boot/xen-*-amd64.gz >"$tmp/xen" || die "$name holds no hypervisor"
mv "$tmp/xen" "$cache/xen" || die "cannot write $cache"
echo "$cache/xen"
