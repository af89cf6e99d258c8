#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# source.sh KERNEL DIR [TAR OPTION..]: the source of one of kernels.sh's kernels, as Debian has it, unpacked into DIR, which
# is not there before; only what tar's options leave of it.
set -u

die() { echo "source.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/vm/kernels.sh
. "$here/kernels.sh"
name=$1 dir=$2
shift 2
suites=$(kernel_suites "$name") || die "unknown kernel '$name': $(kernel_usage)"
read -ra suites <<<"$suites"
mkdir -p "${dir%/*}" || die "cannot create ${dir%/*}"
"$here/need.sh" xz-utils || exit 1
tmp=$(mktemp -d "${dir%/*}/.source.XXXXXX") || die "cannot write ${dir%/*}"
trap 'rm -rf "$tmp"' EXIT

download() {
	local conf
	conf=$("$here/archive.sh" "$@") || exit 1
	(cd "$tmp" && APT_CONFIG=$conf apt-get -qq download "linux-source-$name") >"$tmp/log" 2>&1
}
echo "getting the source of Debian's kernel $name" >&2
download "${suites[@]}" || download --update "${suites[@]}" ||
	die "cannot get linux-source-$name: $(grep -m1 '^E:' "$tmp/log" || tail -n 1 "$tmp/log")"
mkdir "$tmp/source"
# The package is a tar of a tar: neither is put down in between.
{ dpkg-deb --fsys-tarfile "$tmp"/*.deb | tar -xO --wildcards '*/linux-source-*.tar.xz' |
	tar -xJ -C "$tmp/source" --strip-components=1 "$@"; } 2>"$tmp/log" || die "cannot unpack linux-source-$name: $(tail -n 1 "$tmp/log")"
mv "$tmp/source" "$dir" || die "cannot write $dir"
