#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# deb.sh (`make deb'): source and binary packages for Debian, by dpkg-buildpackage, in build/deb. What is built is this
# tree as it stands, in a copy with debian/ at its top. Silent but for the packages' names, or if it fails.
# Environment: OUT=dir instead of build/deb; VERSION=x as if dkms.conf and the changelog said so (for tests of upgrades)
set -u

die() { echo "deb.sh: $*" >&2; exit 1; }

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 1
out=${OUT:-$top/build/deb}
mkdir -p "$out" || die "cannot write $out"
out=$(cd "$out" && pwd)
exec 9>"$out/.lock"
flock 9

tools/vm/need.sh build-essential debhelper dh-dkms pkg-config libjson-c-dev libncurses-dev libtracefs-dev libtraceevent-dev || exit 1
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' dkms.conf)
said=$(dpkg-parsechangelog -l tools/packaging/debian/changelog -S Version) || die "tools/packaging/debian/changelog is none"
[[ $said == "$version" ]] || die "dkms.conf says version $version, tools/packaging/debian/changelog $said: they have to agree"

tree=$out/vioapic-${VERSION:-$version}
rm -rf "$tree" "$out"/{,lib}vioapic*_*.{deb,dsc,changes,buildinfo,tar.*}
mkdir "$tree" || die "cannot write $out"
# But for what was built, and what an editor has left
tar -c --exclude='.*' --exclude='*~' Kbuild Kconfig Makefile README.md COPYING dkms.conf arch include virt tools selftests |
	tar -x -C "$tree" || die "no room in $out"
mv "$tree/tools/packaging/debian" "$tree/debian" || exit 1
if [[ -n ${VERSION:-} ]]; then
	sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$VERSION\"/" "$tree/dkms.conf"
	sed -i "1s/(.*)/($VERSION)/" "$tree/debian/changelog"
fi

# Not the caller's make: its flags and variables (PREFIX=..) are no business of this one.
cd "$tree" || exit 1
env -i PATH="$PATH:/usr/sbin:/sbin" HOME="$HOME" LC_ALL=C.UTF-8 DEB_BUILD_OPTIONS="parallel=$(nproc)" \
	dpkg-buildpackage -us -uc >"$out/build.log" 2>&1 9>&- || {
	grep -E -A4 'error|\*\*\*|unmet' "$out/build.log" >&2 || tail -n 20 "$out/build.log" >&2
	die "the packages do not build (all of it: $out/build.log)"
}
rm -rf "$tree"
(cd "$out" && ls -- *.deb)
