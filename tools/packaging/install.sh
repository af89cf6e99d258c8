#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# install.sh install|uninstall DESTDIR PREFIX [STAGE]: puts the tree STAGE below DESTDIR, or takes away what that has put there
# (`make install', `make uninstall'). What was put there, and which directories were made for it, is written down in
# PREFIX/share/vioapic/installed, so that nothing else ever goes, and nothing stays, whatever has changed in between.
set -u
export LC_ALL=C

die() { echo "install.sh: $*" >&2; exit 1; }

what=$1 dest=$2 prefix=$3 stage=${4:-}
list=$prefix/share/vioapic/installed
PATH=$PATH:/usr/sbin:/sbin

# The files come first, then the directories, those of others within last.
record() { printf '%s\n' "$@" >>"$dest$list.new"; }

# make_directory DIR: with all above it that is missing
make_directory() {
	local missing=() dir=$1
	while [[ -n $dir && ! -d $dest$dir ]]; do
		missing=("$dir" "${missing[@]}")
		dir=${dir%/*}
	done
	for dir in "${missing[@]}"; do
		mkdir "$dest$dir" || die "cannot create $dest$dir"
		made+=("$dir/")
	done
}

# forget PATH..: files, and directories that nobody else uses; those of others within first
forget() {
	local path
	for path in "$@"; do
		case $path in
		*/) rmdir "$dest$path" 2>/dev/null ;;
		*) rm -f "$dest$path" || die "cannot remove $dest$path" ;;
		esac
	done
}

# refresh PATH..: what this machine keeps of such files; another tree is for others to look after
refresh() {
	local release
	[[ -z $dest ]] || return 0
	for release in $(printf '%s\n' "$@" | sed -n 's|^\(/usr\)*/lib/modules/\([^/]*\)/.*[^/]$|\2|p' | sort -u); do
		# Without a System.map, which Debian's headers have not, modules_install leaves this out: modprobe finds nothing.
		[[ ! -d /lib/modules/$release/kernel ]] || depmod "$release"
	done
	ldconfig
	[[ ! -d /run/systemd/system ]] || systemctl daemon-reload
	[[ ! -d /run/udev ]] || udevadm control --reload
}

old=() made=()
[[ ! -e $dest$list ]] || mapfile -t old <"$dest$list"

case $what in
install)
	[[ -d $stage ]] || die "nothing to install"
	make_directory "${list%/*}"
	: >"$dest$list.new" || die "cannot write $dest${list%/*}"
	trap 'rm -f "$dest$list.new"' EXIT
	mapfile -t files < <(cd "$stage" && find . ! -type d -printf '/%P\n' | sort)
	for file in "${files[@]}"; do
		make_directory "${file%/*}"
		# Beside it and then over it: nobody ever sees half of it.
		{ cp -dp --no-preserve=ownership "$stage$file" "$dest$file.vioapic-new" && mv -fT "$dest$file.vioapic-new" "$dest$file"; } ||
			die "cannot write $dest$file"
	done
	# Modules of other kernels, too, are of an installation before this one, and still wanted.
	for path in "${old[@]}"; do
		case $path in
		*/|/lib/modules/*|/usr/lib/modules/*) record "$path" ;;
		*) [[ $path == "$list" || -e $stage$path || -L $stage$path ]] || forget "$path" ;;
		esac
	done
	record "${files[@]}" "${made[@]}" "$list"
	# Directories after all files, the innermost first
	mapfile -t files_and_made < <(sort -u "$dest$list.new" | awk '/[^\/]$/ { print; next } { dir[n++] = $0 } END { while (n) print dir[--n] }')
	{ printf '%s\n' "${files_and_made[@]}" >"$dest$list.new" && mv "$dest$list.new" "$dest$list"; } || die "cannot write $dest$list"
	refresh "${files[@]}"
	;;
uninstall)
	[[ ${#old[@]} -gt 0 ]] || die "nothing of make install's is in ${dest:-/}${dest:+ }with PREFIX=$prefix: there is no $dest$list"
	[[ -n $dest || ! -d /run/systemd/system ]] || systemctl -q disable --now vioapic-takeover 2>/dev/null
	forget "${old[@]}"
	refresh "${old[@]}"
	;;
*)
	die "install or uninstall?"
	;;
esac
