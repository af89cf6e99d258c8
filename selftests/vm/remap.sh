#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Interrupt remapping: RTEs in remappable format, and the kernel ends every level interrupt by an
# explicit EOI: one write where there is an EOI register, twelve accesses where there is none.
# boot: smp=2 weight=6 append="pci=nomsi intel_iommu=on" qemu="-device intel-iommu,intremap=on -global ioapic.version=0x11"
# boot: smp=2 weight=6 append="pci=nomsi intel_iommu=on" qemu="-device intel-iommu,intremap=on"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC"
needs module parameter=intel_iommu disk command=taskset

disk=$(disk_irq)
# Without an EOI register, an explicit EOI turns the pin to edge and back. A line that rises in between is lost for ever in QEMU's
# I/O APIC, with vioapic and without (7.2: ioapic_set_irq() forgets it, and a write of the RTE does not look at the line again). So
# the CPU that asks the disk for more is the one that ends its interrupt first.
irq_to "$disk" 0
taskset -p 1 $$ >/dev/null
has_eoi=1
! vioapic list | grep -q ' 0x11 ' || has_eoi=0

check "the kernel remaps interrupts" grep -q 'IR-IO-APIC.*fasteoi.*virtio' /proc/interrupts
check "takeover" vioapic takeover --all
check "the redirection table is shown as remappable" sh -c "vioapic show ioapic0 | grep -q 'remapped *handle'"

irqs=$(irq_count "$disk")
reads=$(counter ioapic0 reads) writes=$(counter ioapic0 writes)
check "the disk reads as it should" disk_read 64k
irqs=$(($(irq_count "$disk") - irqs))
accesses=$(($(counter ioapic0 reads) - reads + $(counter ioapic0 writes) - writes))
hardware=$(($(counter ioapic0 hw_reads) + $(counter ioapic0 hw_writes) + $(counter ioapic0 hw_index)))
note "$irqs level interrupts, $accesses accesses, $hardware reached the hardware"
check "the disk's interrupts came" test "$irqs" -gt 16

if [ $has_eoi -eq 1 ]; then
	check "each ended in one write of the EOI register" test "$accesses" -eq "$irqs"
	check "the counter of EOIs agrees" test "$(counter ioapic0 eois)" -eq "$irqs"
	check "and all of these reached the hardware" test "$hardware" -eq "$irqs"
else
	check "each ended in twelve accesses" test "$accesses" -eq $((12 * irqs))
	check "at most 0.4 of these reached the hardware" test $((10 * hardware)) -le $((4 * accesses))
fi
check "shadow and hardware agree" vioapic check ioapic0
check "release" vioapic release --all
check "the disk reads as it should, after release" sha256sum -c /etc/vioapic-disk.sha256
check "the kernel did not complain" dmesg_clean
done_testing
