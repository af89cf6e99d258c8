#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Ends of services in KVM guests, and who is told of them: EOIs that KVM tells of and does not, lines that several assert, messages
# that nobody takes, an I/O APIC of the VMM's own beside ours. Few interrupts; for many see kvm_interrupts.
# boot: smp=2 nested=1 weight=20
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
needs module kvm unloaded=vioapic_kvm

insmod "$modules/vioapic_kvm.ko"
check "an EOI of an edge with the same vector ends no service" "$bin/vmm" foreign
check "KVM makes its list of EOIs anew" "$bin/vmm" missed
check "a level interrupt that is never served is held back" "$bin/vmm" storm
check "earlier, if the VMM wants it" "$bin/vmm" storm 500
check "or never" "$bin/vmm" storm never
check "who asserts a line, together with whom, and when he is asked again" "$bin/vmm" claims
check "what no local APIC took, or has any more, is sent again" "$bin/vmm" nobody
check "the VMM is told of every EOI of an I/O APIC of its own beside ours" "$bin/vmm" beside plain
check "also of those that a guest leaves out where it may" "$bin/vmm" beside pv
check "without the tracepoint" rmmod vioapic_kvm
insmod "$modules/vioapic_kvm.ko" eoi_probe=0
check "an EOI that KVM does not tell of is found" "$bin/vmm" missed
exits_told() { timeout 30 "$bin/vmm" storm 5000; }
check "what is redelivered at once asks for its EOI" exits_told
check "nor there does an EOI of an edge end a service" "$bin/vmm" foreign
check "who asserts a line" "$bin/vmm" claims
check "what nobody has" "$bin/vmm" nobody
check "the VMM is told of every EOI of its own" "$bin/vmm" beside plain
check "... in every way" "$bin/vmm" beside pv
check "the kernel did not complain" dmesg_clean
done_testing
