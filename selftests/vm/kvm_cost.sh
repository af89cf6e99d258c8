#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Instructions that Linux's own sequences cost a guest, on our I/O APIC, on KVM's and on one in the VMM, all in one
# boot. What the count leaves out: the time that hardware takes for the exits themselves.
# boot: kernels=main,6.1 icount=1 disk=0 weight=10 bench=1
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
needs module icount kvm unloaded=vioapic_kvm

insmod "$modules/vioapic_kvm.ko"
"$bin/vmm" cost >/tmp/out 2>&1
status=$?
note "$(cat /tmp/out)"
report $status "what Linux does costs at most 0.85 (with the EOI 0.55) of KVM's I/O APIC, 0.75 of the VMM's, reads 0.01"
"$bin/vmm" eventfd >/tmp/out 2>&1
status=$?
note "$(cat /tmp/out)"
report $status "an interrupt by an eventfd costs at most 0.70 (an edge one 0.55) of one by KVM's irqfd"
check "the kernel did not complain" dmesg_clean
done_testing
