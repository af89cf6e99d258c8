#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xentools.sh KERNEL: what starts guests in a dom0, xl with all that it starts and their libraries, of the same Debian as
# xen.sh's Xen, as a tree to chroot into, in the cache; prints its path. Nothing is installed, and nothing of it runs here
# but its dynamic linker.
set -u

die() { echo "xentools.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/vm/kernels.sh
. "$here/kernels.sh"
suites=$(kernel_suites "${1:-}") || die "unknown kernel '${1:-}': $(kernel_usage)"
release=${suites%% *}
cache=${VIOAPIC_CACHE:-$HOME/.cache/vioapic}/xen/$release
# Named by what is kept, so that nothing ever needs to be invalidated.
key=$(sha256sum <"$here/xentools.sh")
tools=$cache/tools-${key:0:16}
[[ -e $tools ]] && { echo "$tools"; exit 0; }

mkdir -p "$cache" || die "cannot create $cache"
exec 9>"$cache/lock"
flock 9
# Another VM may have fetched it while this one waited.
[[ -e $tools ]] && { echo "$tools"; exit 0; }

tmp=$(mktemp -d "$cache/.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
suites=("$release" "$release-security")
depends() {
	apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
		grep -E '^[a-z]' | sort -u
}
# Of xen-utils itself only its own: the rest of what it depends on is Python and Perl.
packages() {
	utils=$(apt-cache pkgnames xen-utils- | grep -xE 'xen-utils-[0-9.]+' | sort -V | tail -n 1)
	[[ -n $utils ]] || return 1
	mapfile -t packages < <({ echo "$utils" xen-utils-common xenstore-utils | tr ' ' '\n'
		depends qemu-system-xen "libxenmisc${utils##*-}" xenstore-utils
		apt-cache depends "$utils" xen-utils-common | sed -nE 's/^ +\|?Depends: (lib[a-z0-9].*|ipxe-qemu|seabios)/\1/p'
	} | grep -vE '^(debconf|perl|dpkg|python3?|.*-base)' | sort -u)
}
download() { packages && (cd "$tmp" && apt-get -qq download "${packages[@]}") >"$tmp/log" 2>&1; }

APT_CONFIG=$("$here/archive.sh" "${suites[@]}") || exit 1
export APT_CONFIG
echo "fetching Xen's tools of Debian $release" >&2
if ! download; then
	"$here/archive.sh" --update "${suites[@]}" >/dev/null || exit 1
	download || die "cannot get Xen's tools of Debian $release: $(grep -sm1 '^E:' "$tmp/log" || echo "no such package")"
fi
all=$tmp/all
mkdir -p "$all"
# /usr merged, as the linker's own path says
mkdir -p "$all"/usr/{lib,lib64,bin,sbin}
ln -s usr/lib usr/lib64 usr/bin usr/sbin "$all"
for deb in "$tmp"/*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$all" --keep-directory-symlink || die "cannot unpack ${deb##*/}"
	rm "$deb"
done

# What is started, by whatever name; and what these load
loader=$(find "$all" -name 'ld-linux-x86-64.so.2' -print -quit)
libraries=$all/usr/lib/x86_64-linux-gnu
[[ -n $loader ]] || die "no dynamic linker among the packages"
shopt -s nullglob
programs=("$all"/usr/lib/xen-*/bin/{xl,xenstored,xenconsoled,libxl-save-helper,xen-init-dom0,xen-hvmctx}
	  "$all"/usr/bin/xenstore-{list,read} "$all"/usr/libexec/xen-qemu-system-i386)
out=$tmp/tools
mkdir -p "$out"
keep() {
	local file=${1#"$all"/}
	mkdir -p "$out/$(dirname "$file")"
	cp -L "$1" "$out/$file"
}
for program in "${programs[@]}"; do
	keep "$program"
	"$loader" --library-path "$libraries:$libraries/xen-${utils##*-}" --list "$program" 2>/dev/null |
		sed -n 's,.*=> \(/.*\) (0x.*,\1,p'
done | sort -u >"$tmp/needed"
while read -r library; do
	keep "$library"
done <"$tmp/needed"
mkdir -p "$out"/{lib64,etc/xen,var/lib/xen,var/log/xen,var/run/xen,run,tmp,proc,sys,dev}
cp -L "$loader" "$out/lib64"
for boot in "$all"/usr/lib/xen-*/boot/hvmloader; do keep "$boot"; done
for data in "$all"/usr/share/{seabios,qemu}; do
	mkdir -p "$out/${data#"$all"/}"
	find "$data" -maxdepth 1 \( -name 'bios*.bin' -o -name 'kvmvapic.bin' -o -name 'linuxboot*.bin' \) \
		-exec cp -L -t "$out/${data#"$all"/}" {} +
done
keep "$all/usr/share/qemu/keymaps/en-us"
[[ -n $(find "$out" -name xl) && -n $(find "$out" -name hvmloader) ]] || die "the packages hold no xl or no hvmloader"
chmod 755 "$tmp/tools"
mv "$tmp/tools" "$tools" || die "cannot write $cache"
echo "$tools"
