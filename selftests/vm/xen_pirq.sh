#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Under Xen, as dom0: interrupts of pins that nobody else has, by the window that their RTE is written through.
# The second serial port is ISA interrupt 3, edge; QEMU's "edu" in slot 8 has pin A on GSI 20, level.
# boot: kernels=main,6.1 xen=1 mem=2G noload=1 modules=xen-privcmd weight=20 qemu="-chardev null,id=s2 -device isa-serial,index=1,chardev=s2 -device edu,addr=8"
# shellcheck shell=sh source=selftests/dom0.sh disable=SC1091,SC2154,SC2317 # dom0.sh, and what it sets; called by check
. "$(dirname "$0")/dom0.sh"
disturbs "takes interrupts"
needs unloaded

raised() { cat $window/raise; }
is_masked() { [ $((0x$1 & 0x10000)) -ne 0 ]; }
is_unmasked() { ! is_masked "$1"; }

check "the modules load" sh -c "insmod $modules/vioapic.ko && insmod $modules/vioapic_window.ko"
check "a window opens" sh -c "echo $ioapic >$window/open"

# one NAME PIN DEVICE RTE MASKED-RTE
one() {
	check "$1: pin $2 is free, and requested" sh -c "echo '$2 $3' >$window/listen"
	check "$1: only once" sh -c "! echo '$2 $3' >$window/listen 2>/dev/null"
	check "$1: set up, masked" is_masked "$(window_rte "$2" "$5")"
	check "$1: what is raised masked does not come" sh -c "! echo 1 >$window/raise 2>/dev/null && grep -q '^1 0 ' $window/raise"
	check "$1: it reads unmasked when unmasked" is_unmasked "$(window_rte "$2" "$4")"
	check "$1: so Xen says" is_unmasked "$(xen_rte "$2")"
	check "$1: the registers are Xen's" [ "$(window_rte "$2" | sed 's/^0*//')" = "$(xen_rte "$2" | sed 's/^0*//')" ]
}

# An edge that is raised before the first unmask is lost, as on hardware; a level is there at the unmask.
one edge 3 serial 0000000000000003 0000000000010003
echo "3 0000000000000003" >$window/rte
echo 3 >$window/ignore
check "edge: requested anew" sh -c "echo '3 serial' >$window/listen"
check "edge: unmasked" is_unmasked "$(window_rte 3 0000000000000003)"
check "edge: raised 1000 times, each received before the next" sh -c "echo 1000 >$window/raise"
check "edge: 1000 of 1000, none spurious" [ "$(raised)" = "1000 1000 0" ]
check "edge: by an event channel" sh -c "grep -q '1000 .*xen-dyn.* serial2$' /proc/interrupts"
check "edge: masked, it does not come" sh -c "echo '3 0000000000010003' >$window/rte; ! echo 1 >$window/raise 2>/dev/null"
check "edge: it reads masked" is_masked "$(window_rte 3)"
check "edge: unmasked, it comes: it was held" is_unmasked "$(window_rte 3 0000000000000003)"
check "edge: ..." wait_for 2 grep -q '^1001 1001 0' $window/raise
check "edge: and 1000 more" sh -c "echo 1000 >$window/raise"
check "edge: 2001 in all" [ "$(raised)" = "2001 2001 0" ]
before=$(refused window0)
window_rte 3 0000000000008003 >/tmp/rte
check "edge: bound, Xen takes no other trigger mode" [ $((0x$(cat /tmp/rte) & 0x8000)) -eq 0 ]
check "edge: freed" sh -c "echo 3 >$window/ignore"
check "edge: requested again, it reads masked" is_masked "$(echo '3 serial' >$window/listen; window_rte 3)"
check "edge: ..." sh -c "echo 3 >$window/ignore"

one level 20 edu 0000000000008014 0000000000018014
# Xen ends the service of a level interrupt by itself if nobody has within a millisecond, and asserts it again: a handler
# that this emulated machine runs too late finds nothing to do once more.
check "level: what was raised masked has come at the unmask" wait_for 2 grep -q '^1 1 ' $window/raise
check "level: level-triggered in Xen" [ $((0x$(xen_rte 20) & 0x8000)) -ne 0 ]
eois=$(vioapic stats --json window0 | sed -n 's/^ *"eois": *\([0-9]*\),*$/\1/p')
check "level: raised 1000 times, each received before the next" sh -c "echo 1000 >$window/raise"
check "level: 1001 of 1001" grep -q '^1001 1001 ' $window/raise
note "level: $(cut -d' ' -f3 $window/raise) without a reason"
now=$(vioapic stats --json window0 | sed -n 's/^ *"eois": *\([0-9]*\),*$/\1/p')
check "level: each ended, where Xen asks for it" [ $((now - eois)) -ge 1000 ]
check "level: masked, it does not come" sh -c "echo '20 0000000000018014' >$window/rte; ! echo 1 >$window/raise 2>/dev/null"
check "level: unmasked, it does" is_unmasked "$(window_rte 20 0000000000008014)"
check "level: ..." wait_for 2 grep -q '^1002 1002 ' $window/raise
check "level: freed" sh -c "echo 20 >$window/ignore"
check "level: Xen has masked it" is_masked "$(xen_rte 20)"

# One that the kernel has: the keyboard's
before=$(refused window0)
used=$(xen_rte 1)
check "the keyboard's pin is requested" sh -c "echo '1 serial' >$window/listen"
check "... but it does not unmask" is_masked "$(window_rte 1 0000000000000001)"
check "... which is counted" [ "$(refused window0)" -gt "$before" ]
check "... and Xen has the same as before" [ "$(xen_rte 1)" = "$used" ]
keys=$(irq_count 1)
hmp sendkey a
hmp sendkey b
key_came() { [ "$(irq_count 1)" -gt "$keys" ]; }
check "... and the keyboard works" wait_for 5 key_came
check "it is freed" sh -c "echo 1 >$window/ignore"

# Requested pins go with the window.
check "a pin is bound" sh -c "echo '3 serial' >$window/listen && echo '3 0000000000000003' >$window/rte"
check "the driver unloads with it" rmmod vioapic_window
check "vioapic.ko unloads" rmmod vioapic
check "nobody has the interrupt any more" sh -c "! grep -qE ' (serial2|edu)$' /proc/interrupts"
check "the disk reads as it should" disk_read
check "the kernel did not complain" dmesg_clean
check "Xen did not complain" xen_clean
done_testing
