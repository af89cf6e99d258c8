#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Under Xen, as dom0: the kernel's own slot, which maps a dummy page, reaches Xen's I/O APIC.
# boot: kernels=main,6.1 xen=1 mem=2G noload=1 modules=xen-privcmd weight=20
# shellcheck shell=sh source=selftests/dom0.sh disable=SC1091,SC2154,SC2317 # dom0.sh, and what it sets; called by check
. "$(dirname "$0")/dom0.sh"
disturbs "takes over the I/O APIC"
needs unloaded

rte=/sys/kernel/debug/vioapic_rte/rte

check "the kernel is a PV guest of Xen's" grep -qx PV /sys/hypervisor/guest_type
check "the module loads" insmod "$modules/vioapic.ko"
check "it says where it runs" sh -c "dmesg | grep -q 'vioapic: on a Xen PV dom0, backend xen'"
check "it finds the I/O APIC of ACPI's table" sh -c "vioapic list | grep -q '^ioapic0 .* 0xfec00000 .* 0x20 *0-23 *released '"
check "show works before takeover, by Xen" sh -c "vioapic show ioapic0 | grep -q '24 pins'"

vioapic takeover --all --backend native >/tmp/out 2>/tmp/err
report $(($? != 1)) "backend native is refused"
check "one line says why, and what to do" \
	sh -c "wc -l </tmp/err | grep -qx 1 && grep -q 'a Xen PV dom0, .* dummy .*: use --backend xen' /tmp/err && ! test -s /tmp/out"
vioapic sim create sim0 2>/tmp/err
report $(($? != 1)) "a simulated I/O APIC is refused"
check "... with the reason" grep -q 'in a Xen PV domain' /tmp/err

check "takeover works" vioapic takeover --all --backend xen
check "list names the backend" sh -c "vioapic list | grep -q '^ioapic0 .* taken .* xen$'"
check "check finds no difference" checked ioapic0
insmod "$modules/vioapic_rte.ko"

# Pin 17 is free: level and active low is what Xen takes, as well as its own vector and mask.
check "the kernel's own access writes an RTE" sh -c "echo '0 17 000000000001a011' >$rte"
written=$(cat $rte)
check "it arrived in Xen" [ "$(xen_rte 17)" = "$written" ]
check "level, active low, masked" [ "$((0x$written & 0x1a000))" -eq $((0x1a000)) ]
check "... with a vector of Xen's" [ "$((0x$written & 0xff))" -gt 32 ]
check "show says what Xen has" sh -c "vioapic show --json ioapic0 | grep -q '\"rte\": \"0x$written\"'"

# Refused
before=$(refused ioapic0)
check "the trace begins" trace_start ioapic0
used=$(xen_rte 1)
echo "0 1 0000000000010021" >$rte
check "what is written to the keyboard's RTE, Xen has not taken" [ "$(xen_rte 1)" = "$used" ]
check "... and so it does not read" [ "$(cat $rte)" = "$used" ]
check "... nor does show say it" sh -c "vioapic show --json ioapic0 | grep -q '\"rte\": \"0x$used\"'"
check "it is counted" [ "$(refused ioapic0)" -gt "$before" ]
check "it is in the log, with who did it" sh -c "dmesg | grep -q 'ioapic0: xen has not taken .* register 0x12, .* from act_rte'"
check "the trace ends" trace_stop
check "it is in the trace" grep -q 'refused RTE 1 low' /tmp/trace
before=$(refused ioapic0)
echo "0 17 000000000001a211" >$rte
check "a delivery mode that Xen does not take is refused" [ "$(refused ioapic0)" -gt "$before" ]
check "check finds no difference" checked ioapic0
check "takeover of what is taken is refused" sh -c "! vioapic takeover ioapic0 2>/dev/null"

check "release works" vioapic release --all
check "the dummy page is back: no I/O APIC of this ID" sh -c "! echo '0 17' >$rte 2>/dev/null"
check "takeover by the other hook" vioapic takeover ioapic0 --hook fixup
check "... reaches Xen too" sh -c "echo '0 17' >$rte; grep -qx $written $rte"
rmmod vioapic_rte
check "rmmod releases" rmmod vioapic
check "the disk reads as it should" disk_read
check "the kernel did not complain" dmesg_clean
check "Xen did not complain" xen_clean
done_testing
