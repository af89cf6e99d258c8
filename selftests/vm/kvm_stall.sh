#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# For how long a hostile VMM or a hostile guest, with 64 vCPUs and 100 I/O APICs, can keep the host's interrupts off, in
# instructions: at most 200,000, whatever they ask for. Two ways to see EOIs. (A CPU that sleeps wakes when the machine beneath
# lets it, so its time jumps to where it would wake.)
# boot: kernels=main,6.1 icount=1 mem=2G weight=8 disk=0 timeout=800
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
needs module icount kvm unloaded=vioapic_kvm

insmod "$modules/vioapic_latency.ko"
# shellcheck disable=SC3045 # busybox has it
ulimit -n 4096
for probe in 1 0; do
	insmod "$modules/vioapic_kvm.ko" eoi_probe=$probe
	for who in stall stalling-guest; do
		"$bin/vmm" $who 200000 >/tmp/out 2>&1
		status=$?
		note "$(cat /tmp/out)"
		report $status "$who, EOIs seen by probe: $probe: interrupts are off for 200,000 instructions at most"
	done
	rmmod vioapic_kvm
done
insmod "$modules/vioapic_kvm.ko"
"$bin/vmm" many >/tmp/out 2>&1
status=$?
note "$(cat /tmp/out)"
report $status "an I/O APIC behind many others is created as fast as the first"
rmmod vioapic_kvm
check "the timer that measures it ticked" [ "$(cat /sys/module/vioapic_latency/parameters/ticks)" -gt 1000 ]
rmmod vioapic_latency
check "the kernel did not complain" dmesg_clean
done_testing
