#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Interrupts of KVM guests with 4 vCPUs, one of which moves them about: none is lost, none comes twice.
# How services end, and who is told: kvm_ends.
# boot: smp=2 nested=1 weight=40 timeout=900
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
needs module kvm unloaded=vioapic_kvm

many=20000	# SOAK=n: a hundred thousand, as each takes a millisecond and more of the emulating CPU
[ -z "${VIOAPIC_SOAK:-}" ] || many=100000

# interrupts SENTENCE ARGUMENT..: what the VMM says is of interest
interrupts() {
	sentence=$1
	shift
	"$bin/vmm" interrupts "$@" >/tmp/out 2>&1
	report $? "$sentence"
	note "$(cat /tmp/out)"
}

insmod "$modules/vioapic_kvm.ko"
interrupts "$many edges" edge ioctl broadcast x2apic "$many"
interrupts "$many level interrupts that a broadcast ends" level ioctl broadcast xapic "$many"
interrupts "$many level interrupts that the EOI register ends, broadcasts suppressed" level ioctl directed x2apic "$many"
interrupts "as Linux does without an EOI register: mask, edge, level" level ioctl edge x2apic 3000 82093aa
interrupts "the EOI register in xAPIC mode" level ioctl directed xapic 3000 generic240
interrupts "edges by eventfd" edge eventfd broadcast xapic 3000
interrupts "level by eventfd, with resample" level eventfd broadcast x2apic 3000
interrupts "level by eventfd, ended by the EOI register" level eventfd directed xapic 3000
interrupts "level by eventfd, ended by edge mode" level eventfd edge x2apic 3000 82093aa
check "without the tracepoint" rmmod vioapic_kvm
insmod "$modules/vioapic_kvm.ko" eoi_probe=0
interrupts "an exit to user space tells of each EOI" level ioctl broadcast xapic 3000
interrupts "with resample" level eventfd broadcast x2apic 3000
interrupts "suppressed broadcasts count for nothing" level ioctl directed x2apic 3000
check "the kernel did not complain" dmesg_clean
done_testing
