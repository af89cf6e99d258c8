#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# An I/O APIC of a KVM guest, its registers: a guest under nested KVM does every access, and KVM counts exits.
# boot: kernels=every smp=2 nested=1 weight=30
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
needs module kvm unloaded=vioapic_kvm

vmm=$bin/vmm
# KVM has a directory for each VM that is alive
no_vm() { for vm in /sys/kernel/debug/kvm/*-*; do [ ! -e "$vm" ] || return 1; done; }

check "without vioapic_kvm.ko a guest's I/O APIC is refused, with a sentence" "$vmm" refuse module
check "vioapic_kvm.ko loads" insmod "$modules/vioapic_kvm.ko"
check "40000 reads take no exit at all" "$vmm" exits reads
check "40000 writes take no exit to user space" "$vmm" exits writes
for chip in 82093aa ich pch120 via amd qemu generic240; do
	check "$chip: every access reads what the model says, without an exit" "$vmm" registers $chip 1
done
check "without a slot reads take exits, and read the same" "$vmm" registers ich -1
for seed in 2 3 4; do
	check "interrupts in random order, seed $seed" "$vmm" registers generic240 1 $seed
done
check "what is wrong is refused, with a sentence, and changes nothing" "$vmm" refuse
check "and nothing keeps its VMs" wait_for 5 no_vm
check "vioapic_kvm.ko goes" rmmod vioapic_kvm
check "the kernel did not complain" dmesg_clean
done_testing
