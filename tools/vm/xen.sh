#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xen.sh KERNEL: the Xen of the Debian that this kernel is of, as an ELF file that QEMU can boot, in the cache; prints its
# path. Unpacked, never installed: that would make this machine boot it.
set -u

die() { echo "xen.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/vm/kernels.sh
. "$here/kernels.sh"
suites=$(kernel_suites "${1:-}") || die "unknown kernel '${1:-}': $(kernel_usage)"
release=${suites%% *}
cache=${VIOAPIC_CACHE:-~/.cache/vioapic}/xen/$release
[[ -e $cache/xen ]] && { echo "$cache/xen"; exit 0; }

mkdir -p "$cache" || die "cannot create $cache"
exec 9>"$cache/lock"
flock 9
# Another VM may have fetched it while this one waited.
[[ -e $cache/xen ]] && { echo "$cache/xen"; exit 0; }

tmp=$(mktemp -d "$cache/.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
suites=("$release" "$release-security")
package() { apt-cache pkgnames xen-hypervisor- | grep -xE 'xen-hypervisor-[0-9.]+-amd64' | sort -V | tail -n 1; }
download() { name=$(package) && [[ -n $name ]] && (cd "$tmp" && apt-get -qq download "$name") >"$tmp/log" 2>&1; }

APT_CONFIG=$("$here/archive.sh" "${suites[@]}") || exit 1
export APT_CONFIG
echo "fetching the Xen of Debian $release" >&2
if ! download; then
	"$here/archive.sh" --update "${suites[@]}" >/dev/null || exit 1
	download || die "cannot get xen-hypervisor-*-amd64 of Debian $release: $(grep -sm1 '^E:' "$tmp/log" || echo "no such package")"
fi
dpkg -x "$tmp"/*.deb "$tmp/root" || die "cannot unpack $name"
gzip -dc "$tmp"/root/boot/xen-*-amd64.gz >"$tmp/xen" || die "$name holds no hypervisor"
mv "$tmp/xen" "$cache/xen" || die "cannot write $cache"
echo "$cache/xen"
