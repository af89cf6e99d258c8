#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# need.sh PACKAGE..: install what is missing of these Debian packages.
# All talk goes to stderr: the caller's stdout belongs to the VM.
set -u

missing=()
for p in "$@"; do
	[[ $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) == installed ]] || missing+=("$p")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

command -v apt-get >/dev/null || { echo "need.sh: no apt-get here; please install: ${missing[*]}" >&2; exit 1; }
root=()
[[ $(id -u) -eq 0 ]] || root=(sudo)
echo "installing ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT

install_them() {
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
		install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 </dev/null
}
# Fresh machines have no package lists yet, old ones stale lists: look again once.
install_them && exit 0
"${root[@]}" apt-get -qq update >>"$log" 2>&1
install_them && exit 0
echo "need.sh: cannot install ${missing[*]}: $(grep -m1 '^E:' "$log" || tail -n 1 "$log")" >&2
exit 1
