#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debian.sh: a Debian as people have it, with systemd, DKMS, the stock kernel 6.12 and the headers of all of kernels.sh's
# kernels, by debootstrap and apt, as a tar in the cache; prints its path. Root, or sudo, is needed to make it and to
# unpack it; nothing of this machine changes.
# debian.sh can: fails where nobody may have mounts of his own.
# debian.sh run DIR COMMAND..: runs COMMAND in such a tree that has been unpacked as root, with mounts and processes of its own.
set -u

die() { echo "debian.sh: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
root=()
if [[ $(id -u) -ne 0 ]]; then
	command -v sudo >/dev/null || die "a Debian is made by debootstrap: run this as root, or install sudo"
	root=(sudo)
fi
# What debootstrap and the tree's own programs know of this machine
clean=(env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb
       DEBIAN_FRONTEND=noninteractive INITRD=No)
for proxy in http_proxy https_proxy no_proxy; do
	[[ -z ${!proxy:-} ]] || clean+=("$proxy=${!proxy}")
done

run() {
	local dir=$1 propagation=private
	shift
	# Where this itself runs by chroot, / is no mount, and cannot be made private.
	"${root[@]}" unshare --mount true 2>/dev/null || propagation=unchanged
	# The mounts are this process's alone, and go with it, but for the first one then.
	# shellcheck disable=SC2016
	"${root[@]}" "${clean[@]}" unshare --mount --propagation $propagation --pid --fork --kill-child sh -c '
		dir=$1; shift
		mount --bind "$dir" "$dir" && mount --make-private "$dir" || exit
		mount -t proc proc "$dir/proc" && chroot "$dir" "$@"
		status=$?
		umount -R "$dir"
		exit $status' sh "$dir" "$@"
}
if [[ ${1:-} == can ]]; then
	"${root[@]}" unshare --mount --propagation unchanged --pid --fork true 2>/dev/null
	exit
elif [[ ${1:-} == run ]]; then
	shift
	run "$@"
	exit
fi

# shellcheck source=tools/vm/kernels.sh
. "$here/kernels.sh"
booted=6.12
read -r release _ < <(kernel_suites $booted)
cache=${VIOAPIC_CACHE:-~/.cache/vioapic}/debian
packages=() sources=''
for name in $(kernel_names | grep -v latest); do
	kernel=$("$here/fetch.sh" "$name") || exit 1
	packages+=("linux-headers-$(<"$kernel/release")")
	[[ $name != "$booted" ]] || packages+=("linux-image-$(<"$kernel/release")")
	read -ra suites < <(kernel_suites "$name")
	conf=$("$here/archive.sh" "${suites[@]}") || exit 1
	sources+=$(sed 's/\[.*\] //' "${conf%/*}/sources.list")$'\n'
done
sources=$(sort -u <<<"$sources" | grep .)
packages+=(dkms openssl acpica-tools linux-libc-dev libjson-c5 libtracefs1 libtraceevent1 libncursesw6)
# Named by what is in it, so that nothing ever needs to be invalidated.
key=$(cat "$here/debian.sh" - <<<"${packages[*]} $sources" | sha256sum)
tar=$cache/$release-${key:0:16}.tar
[[ -e $tar ]] && { echo "$tar"; exit 0; }

mkdir -p "$cache" || die "cannot create $cache"
exec 9>"$cache/lock"
flock 9
[[ -e $tar ]] && { echo "$tar"; exit 0; }
"$here/need.sh" debootstrap || exit 1
echo "making a Debian $release with DKMS and the headers of all kernels (some minutes)" >&2
tmp=$(mktemp -d "$cache/.XXXXXX")
trap '"${root[@]}" rm -rf "$tmp"' EXIT
tree=$tmp/root log=$tmp/log
mirror=$(awk -v release="$release" '$3 == release { print $2; exit }' <<<"$sources")
# Kernels that were fetched long ago may have gone from the archive since.
failed() {
	die "cannot make a Debian $release: $(grep -m1 -E '^E:' "$log" || tail -n 1 "$log") (no such kernel any more? rm -r $cache/../kernel)"
}

"${root[@]}" "${clean[@]}" debootstrap --variant=minbase --include=systemd-sysv,udev,kmod,dbus \
	"$release" "$tree" "$mirror" >"$log" 2>&1 9>&- || failed
"${root[@]}" tee "$tree/etc/apt/sources.list" <<<"$sources" >/dev/null
# Nothing is started in there, and this machine's kernel has nothing to do with it.
printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$tree/usr/sbin/policy-rc.d" >/dev/null
"${root[@]}" chmod 755 "$tree/usr/sbin/policy-rc.d"
run "$tree" sh -c 'apt-get -qq update && apt-get -qq -y --no-install-recommends install "$@" && apt-get clean' \
	sh "${packages[@]}" >>"$log" 2>&1 9>&- </dev/null || failed
# What nobody reads in a VM, and what only a network gives a meaning
run "$tree" sh -c 'rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/locale/* /usr/share/doc/* /usr/share/man/* &&
	rm -f /usr/sbin/policy-rc.d && systemctl mask apt-daily.timer apt-daily-upgrade.timer &&
	systemctl disable systemd-networkd.service 2>/dev/null; : >/etc/fstab; passwd -d root' >>"$log" 2>&1 9>&- || failed
"${root[@]}" tar -c --xattrs --xattrs-include='*' --numeric-owner -C "$tree" . >"$tmp/tar" || die "no room in $cache"
rm -f "$cache/$release"-*.tar
mv "$tmp/tar" "$tar" || die "cannot write $cache"
echo "$tar"
