#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# need.sh PACKAGE..: install what is missing of these Debian packages. Elsewhere what they are needed for is looked for
# itself, and who has to install it is the user.
# All talk goes to stderr: the caller's stdout belongs to the VM.
set -u

PATH=$PATH:/usr/sbin:/sbin

# there PACKAGE: is what it is needed for here? Without dpkg
there() {
	case $1 in
	acpica-tools) command -v iasl ;;
	kmod) command -v depmod ;;
	libc6-dev) [[ -e /usr/include/stdio.h ]] ;;
	lld) command -v ld.lld ;;
	llvm) command -v llvm-nm ;;
	libelf-dev) ldconfig -p | grep -F libelf.so.1 ;;
	pkg-config) command -v pkg-config || command -v pkgconf ;;
	lib*-dev) pkg-config --exists "$(sed 's/^lib//; s/-dev$//' <<<"$1")" || pkg-config --exists "${1%-dev}" ;;
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

missing=()
for p in "$@"; do
	if command -v dpkg-query >/dev/null; then
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) == installed ]]
	else
		there "$p"
	fi || missing+=("$p")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

command -v apt-get >/dev/null || { echo "need.sh: please install what Debian calls ${missing[*]}: there is no apt-get here" >&2; exit 1; }
root=()
if [[ $(id -u) -ne 0 ]]; then
	root=(sudo)
	command -v sudo >/dev/null || { echo "need.sh: please install ${missing[*]}: you are not root, and there is no sudo here" >&2; exit 1; }
fi
echo "installing ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT

install_them() {
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
		install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 </dev/null 9>&-
}
# One after the other: apt waits for dpkg's lock only, and not for that of its lists.
lock=${VIOAPIC_CACHE:-~/.cache/vioapic}
mkdir -p "$lock" && exec 9>"$lock/.need.lock" && flock 9
# Fresh machines have no package lists yet, old ones stale lists: look again once.
install_them && exit 0
"${root[@]}" apt-get -qq update >>"$log" 2>&1 9>&-
install_them && exit 0
echo "need.sh: cannot install ${missing[*]}: $(grep -m1 '^E:' "$log" || tail -n 1 "$log")" >&2
exit 1
