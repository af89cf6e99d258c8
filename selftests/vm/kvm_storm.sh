#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# KVM guests with 4 vCPUs, whose interrupts are moved about and counted, with hostile guests beside them all the time.
# `make soak MINUTES=n` goes on for so long. (One CPU: see kvm_linux.)
# boot: smp=1 nested=1 weight=20
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
needs module kvm unloaded=vioapic_kvm

hostile() {
	times=0
	until [ -e /tmp/stop ]; do
		"$bin/vmm" hostile generic240 2000 >/tmp/said.hostile 2>&1 || { cp /tmp/said.hostile /tmp/failed; break; }
		times=$((times + 1))
		echo $times >/tmp/did.hostile
	done
}

insmod "$modules/vioapic_kvm.ko"
rm -f /tmp/stop /tmp/failed /tmp/did.hostile
hostile &
soaking # begins to count
rounds=0 wrong=0
while :; do
	for kind in "edge ioctl broadcast x2apic" "level ioctl broadcast xapic" "level ioctl directed x2apic" \
		"level eventfd broadcast x2apic" "edge eventfd broadcast xapic" "level eventfd directed xapic"; do
		# shellcheck disable=SC2086 # several words
		"$bin/vmm" interrupts $kind 1000 >/tmp/said 2>&1 || { wrong=$((wrong + 1)); note "$kind: $(cat /tmp/said)"; }
	done
	rounds=$((rounds + 1))
	soaking || break
done
touch /tmp/stop
wait
note "$rounds rounds of 6000 interrupts, beside $(cat /tmp/did.hostile) times 8 hostile guests"
check "each interrupt came once, none was lost" test $wrong -eq 0
check "the host has survived its guests" test ! -e /tmp/failed
[ ! -e /tmp/failed ] || note "$(cat /tmp/failed)"
check "there were some" test -s /tmp/did.hostile
check "no VM is left" sh -c '! vioapic list | grep -q guest'
rmmod vioapic_kvm
check "the kernel did not complain" dmesg_clean
done_testing
