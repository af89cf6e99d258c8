#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# packages.sh: what `make deb' and `make install' make, in TAP. Debian 13 gets an older version of the packages, and then
# this version of the modules, which DKMS compiles for each kernel of tools/vm/kernels.sh: all that by its own dpkg, as a
# tree to chroot into, since an emulated CPU would compile for far too long. Then that tree is booted by its own systemd,
# and packages_guest.sh goes on in there: used, upgraded, purged.
# boot: kernels=6.12 weight=90
# shellcheck disable=SC2317 # called by check
set -u
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 1
# What run.sh says to VMs
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR PREFIX KDIR RUN NOBUILD KERNEL OUT VERSION
console=${LOG:-$top/build/packages/console}
# shellcheck source=tools/vm/kernels.sh
. tools/vm/kernels.sh
booted=6.12
older=0.0.1
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' dkms.conf)
packages=(vioapic-dkms vioapic-tools libvioapic0 libvioapic-dev)
work=$top/build/packages
root=$work/root
sudo=()
[[ $(id -u) -eq 0 ]] || sudo=(sudo)
# A container may not
if ! tools/vm/debian.sh can; then
	echo "1..0 # SKIP a Debian is made with mounts of its own (unshare), which this machine does not allow"
	exit 4
fi
cleanup() { "${sudo[@]}" rm -rf "$root" "$work/dest" "$work/disk"; }
trap cleanup EXIT
trap 'exit 130' INT TERM
cleanup
mkdir -p "$work" || exit 1

count=0 bad=0
# check SENTENCE COMMAND..: ok if it succeeds; what it says is shown if it does not
check() {
	local sentence=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/said" 2>&1; then
		echo "ok $count - $sentence"
	else
		echo "not ok $count - $sentence"
		sed 's/^/# /' "$work/said" | tail -n 20
		bad=1
		return 1
	fi
}
give_up() {
	echo "1..$count"
	exit 1
}

# make install, and the way back
installed() { (cd "$work/dest" && find . -mindepth 1 -printf '%P\n' | sort); }
makes() { make "$1" DESTDIR="$work/dest" PREFIX=/usr KDIR="$kdir" >"$work/$1.log" 2>&1 || { tail -n 20 "$work/$1.log"; false; }; }
has_all() {
	local path missing=0
	for path in usr/sbin/vioapic usr/lib/libvioapic.so.0 usr/lib/systemd/system/vioapic-takeover.service \
		usr/lib/udev/rules.d/60-vioapic.rules usr/share/man/man8/vioapic.8 usr/share/man/man4/vioapic.4 \
		usr/share/man/man3/libvioapic.3 usr/share/bash-completion/completions/vioapic usr/lib/modprobe.d/vioapic.conf; do
		[[ -e $work/dest/$path ]] || { echo "no $path"; missing=1; }
	done
	[[ $(installed | grep -cE '^lib/modules/[^/]*/.*/vioapic(_kvm)?\.ko') -eq 2 ]] || { echo "not both modules"; missing=1; }
	[[ $missing -eq 0 ]]
}
kernel=$(tools/vm/fetch.sh 6.1) || exit 1
kdir=$kernel/build
mkdir -p "$work/dest/usr/sbin" && : >"$work/dest/usr/sbin/somebody"
installed >"$work/before"
if check "make install" makes install; then
	check "all of it is there" has_all
	check "make install once more" makes install
	: >"$work/dest/usr/share/man/man4/somebody.4"
	check "make uninstall" makes uninstall
	check "nothing of it is left, and all of others'" diff <(installed) \
		<({ cat "$work/before"; printf '%s\n' usr/share usr/share/man usr/share/man/man4 usr/share/man/man4/somebody.4; } | sort)
	count=$((count + 1))
	makes uninstall >"$work/said" && result="not ok" || result=ok
	grep -q "nothing of make install's" "$work/said" || result="not ok"
	echo "$result $count - there is nothing to uninstall any more, and it says so"
	[[ $result == ok ]] || bad=1
fi

# The packages
OUT=$work/new check "make deb" make deb || give_up
VERSION=$older OUT=$work/old check "make deb of an older version" make deb || give_up
check "lintian has neither errors nor warnings" sh -c "tools/vm/need.sh lintian 2>&1 &&
	lintian --fail-on error,warning --tag-display-limit 0 --allow-root $work/new/*.changes"
deb() { find "$work/$1" -name "$2_*.deb"; }
for package in "${packages[@]}"; do
	check "$package is of version $version" test "$(dpkg-deb -f "$(deb new "$package")" Version)" = "$version"
done

# In a Debian 13
tar=$(tools/vm/debian.sh) || give_up
mkdir "$root" || give_up
"${sudo[@]}" tar -x --xattrs --xattrs-include='*' --numeric-owner -C "$root" -f "$tar" || give_up
inside() { tools/vm/debian.sh run "$root" "$@"; }
"${sudo[@]}" find "$root" -xdev -mindepth 1 -printf '/%P\n' | sort >"$work/paths"
# unpack WHICH PACKAGE..: as apt would
unpack() {
	local which=$1 package
	shift
	for package in "$@"; do
		"${sudo[@]}" cp "$(deb "$which" "$package")" "$root/tmp" || return 1
	done
	# shellcheck disable=SC2016 # that shell's own
	inside sh -c 'dpkg -i /tmp/*.deb; status=$?; rm -f /tmp/*.deb; exit $status'
}
# compiled VERSION KERNEL: both modules, installed by DKMS, and signed. By their files: depmod lists none where a tree
# has a kernel's headers alone.
compiled() {
	local release module file
	release=$(<"$(tools/vm/fetch.sh "$2")/release")
	inside dkms status vioapic | grep -F "vioapic/$1, $release, x86_64: installed" || { inside dkms status; return 1; }
	for module in vioapic vioapic_kvm; do
		file=$(inside find "/usr/lib/modules/$release" -name "$module.ko*")
		if [[ $file != /usr/lib/modules/$release/updates/dkms/$module.ko* || $file == *$'\n'* ||
		      $(inside modinfo -F version "$file") != "$1" || -z $(inside modinfo -F signer "$file") ]]; then
			echo "$module: ${file:-none}"
			return 1
		fi
	done
}
no_other() { [[ $(inside dkms status vioapic | wc -l) -eq 1 ]] || { inside dkms status; return 1; }; }
# The older one for the kernel that is booted later, alone: it is compiled for each soon enough.
# shellcheck disable=SC2016 # that shell's own
inside sh -c 'mkdir /aside && for dir in /usr/lib/modules/*; do [ -d "$dir/kernel" ] || mv "$dir" /aside; done' || give_up
check "an older version is installed" unpack old "${packages[@]}" || give_up
check "DKMS has compiled it for $booted, and signed it" compiled $older $booted
check "... and for no other kernel" no_other
inside sh -c 'mv /aside/* /usr/lib/modules && rmdir /aside' || give_up
check "the modules are upgraded" unpack new vioapic-dkms || give_up
for name in $(kernel_names | grep -v latest); do
	check "DKMS has compiled the new ones for $name, and signed them" compiled "$version" "$name"
done
check "of the older ones nothing is left" sh -c "! find $root/var/lib/dkms/vioapic $root/usr/src $root/usr/lib/modules -path '*vioapic*' -path '*$older*' | grep ."

# And now as a machine
tools/vm/need.sh e2fsprogs || give_up
"${sudo[@]}" mke2fs -q -t ext4 -d "$root" "$work/disk" 4G >"$work/said" 2>&1 || { sed 's/^/# /' "$work/said"; give_up; }
"${sudo[@]}" chown "$(id -u)" "$work/disk"
rm -rf "$work/extra"
mkdir "$work/extra"
cp "$work/new"/*.deb "$work/paths" selftests/{packages_guest,lib,tap,machine}.sh "$work/extra"
echo "$version" >"$work/extra/version"
env KERNEL=$booted SMP=1 MEM=1G TIMEOUT=600 ROOT="$work/disk" EXTRA="$work/extra" LOG="$console" \
	RUN='VIOAPIC_RIG=1 exec sh /extra/packages_guest.sh' tools/vm/vm.sh >"$work/guest" 2>"$work/guest.err" </dev/null
status=$?
# One count of all
while read -r line; do
	case $line in
	"ok "*|"not ok "*)
		count=$((count + 1))
		echo "${line%%ok *}ok $count ${line#*ok * }" ;;
	1..*) whole=1 ;;
	"TAP version"*) ;;
	*) echo "$line" ;;
	esac
done <"$work/guest"
[[ ! -s $work/guest.err ]] || sed 's/^/# /' "$work/guest.err" | tail -n 20
check "the VM has done all of that" test "$status-${whole:-}" = 0-1
echo "1..$count"
exit $bad
