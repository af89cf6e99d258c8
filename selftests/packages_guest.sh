# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2317 # called by check
# packages_guest.sh: what packages.sh runs in a Debian 13, by its systemd. The modules are of this version, the rest of
# an older one, and /extra has the packages of this one.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
version=$(cat /extra/version)
unit=vioapic-takeover.service
echo "$dmesg_mark" >/dev/kmsg

state() { vioapic list | awk '$1 == "ioapic0" { print $7 }'; }
unit_is() { [ "$(systemctl is-active "$unit")" = "$1" ] && [ "$(systemctl is-enabled "$unit")" = "$2" ]; }
node_is() { [ "$(stat -c '%U %G %a' "/dev/$1")" = "$2" ]; }
counter_is() { [ "$(counter ioapic0 "$1")" = "$2" ]; }
# Not what belongs to this boot, and to others: dpkg's own, the machine's key that DKMS has made
traces() {
	find / -xdev -mindepth 1 | LC_ALL=C sort | LC_ALL=C comm -13 /extra/paths - |
		grep -vE '^/(extra|selftests|lost\+found$|usr/local/bin/hmp$|usr/share/man/man[0-9]$|tmp/|run/|proc/|sys/|dev/)' |
		grep -vE '^/var/(log|cache|tmp)/|^/var/lib/dkms/mok\.|^/var/lib/dpkg/|^/var/lib/systemd/(random-seed|timers|catalog|coredump|linger|pstore|ephemeral|credential|timesync)|^/etc/(machine-id|\.pwd\.lock|\.updated|resolv\.conf)|^/var/\.updated'
	find / -xdev -name '*vioapic*' | grep -vE '^/(extra|selftests|tmp|run|proc|sys|dev)/'
}

note "$(uname -r)"
check "systemd has started the machine" sh -c "readlink -f /proc/1/exe | grep -q systemd && systemctl is-active multi-user.target"
check "nothing is loaded before it is asked for" [ ! -e /sys/module/vioapic ]
check "the unit is off" unit_is inactive disabled
check "modprobe finds the module" modprobe vioapic
check "... of this version, not of the older" [ "$(cat /sys/module/vioapic/version)" = "$version" ]
check "... with a signature" sh -c "modinfo -F signer vioapic | grep -q ."
check "/dev/vioapic is root's alone" node_is vioapic "root root 600"
udevadm settle
check "/dev/vioapic_kvm is the group kvm's, by the rule" node_is vioapic_kvm "root kvm 660"
check "vioapic_kvm loads" modprobe vioapic_kvm
check "the command is the older one" sh -c "vioapic --version | grep -qx 'vioapic 0.0.1'"
check "list" sh -c "vioapic list | grep -q '^ioapic0 .* released '"
check "takeover" vioapic takeover --all
check "show" [ "$(vioapic show ioapic0 --json | grep -c '"pin"')" -eq 24 ]
check "check finds no difference" vioapic check ioapic0
check "release" vioapic release --all

rmmod vioapic_kvm vioapic
check "the unit is enabled" systemctl -q enable $unit
systemctl start multi-user.target
check "... and comes with multi-user.target, as at boot" wait_for 60 unit_is active enabled
check "... has loaded the module, and taken over" [ "$(state)" = taken ]
check "... in a sandbox: systemd's own judgement is better than 1.5 of 10" \
	systemd-analyze security --no-pager --threshold=15 $unit
check "it is stopped" systemctl stop $unit
check "... and has released" [ "$(state)" = released ]
mkdir -p /run/systemd/system/$unit.d
printf '[Service]\nEnvironment="OPTIONS=--hook fixup"\n' >/run/systemd/system/$unit.d/options.conf
systemctl daemon-reload
check "started with options" systemctl start $unit
check "... it heeds them" sh -c "vioapic list | grep -q '^ioapic0 .* taken *fixup'"
rm -r /run/systemd/system/$unit.d
systemctl daemon-reload
modprobe vioapic_kvm
before=$(counter ioapic0 releases)

check "command and library are upgraded" sh -c "dpkg -i /extra/vioapic-tools_* /extra/libvioapic0_* /extra/libvioapic-dev_*"
check "the command is the new one" sh -c "vioapic --version | grep -qx 'vioapic $version'"
check "the unit is as it was" unit_is active enabled
check "... and nothing was released meanwhile" counter_is releases "$before"
check "check finds no difference" vioapic check ioapic0

check "all are purged, with everything running" dpkg --purge vioapic-dkms vioapic-tools libvioapic-dev libvioapic0
check "the unit was stopped before: all is released" counter_is releases $((before + 1))
check "systemd knows of no such unit" sh -c "! systemctl cat $unit"
check "DKMS knows of no such module" [ -z "$(dkms status)" ]
check "modprobe finds none" sh -c "! modprobe -nq vioapic"
check "what is loaded can go" rmmod vioapic_kvm vioapic
check "no node of it is left" sh -c "! ls /dev/vioapic*"
traces >/tmp/traces
check "no file of it is left" sh -c "! grep . /tmp/traces"
check "nobody is in a bad state" sh -c "! dpkg --audit | grep . && ! systemctl --failed --no-legend | grep vioapic"
check "the kernel did not complain" dmesg_clean
done_testing
