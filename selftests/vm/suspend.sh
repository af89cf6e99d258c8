#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# S3: the hardware forgets its registers, and has them again afterwards although the shadow knew them all along.
# (QEMU resets all but RAM. It must not have loaded the kernel as an ELF file, which it would do again: bzimage.
# The ID that firmware and kernel want is 0, as after a reset, so its restoring cannot be told here.) Then hibernation: the image
# of a kernel whose page is not present is written, read, and goes on. A second disk, which begins empty, is for that.
# boot: kernels=every spare=7.2 smp=2 bzimage=1 append=pci=nomsi weight=9 qemu="-drive if=virtio,driver=raw,file.driver=null-co,file.size=1G,file.read-zeroes=on,snapshot=on"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "suspends the machine"
needs module cpus=2 hmp disk serial

probe=/sys/kernel/debug/vioapic_probe
rtc=/sys/class/rtc/rtc0

sleep_s3() {
	echo 0 >"$rtc"/wakealarm
	echo +3 >"$rtc"/wakealarm
	echo mem >/sys/power/state
}
slept() { dmesg | grep -c 'ACPI: PM: Waking up from system sleep state S3'; }

# What needs the I/O APIC: a disk with a level line, serial port, keyboard. (Not ACPI's: after S3 a press of
# QEMU's power button reaches no kernel, with or without us.)
interrupts_arrive() {
	before=$(irq_count "$(disk_irq)")
	check "$1: the disk reads as it should" within 60 disk_read
	check "$1: by interrupts" test "$(irq_count "$(disk_irq)")" -gt "$before"
	check "$1: the serial port's interrupts arrive" serial_write 3
	before=$(irq_count "$(irq_of i8042)")
	hmp sendkey a
	check "$1: the keyboard's too" wait_for 5 pressed
}
pressed() { [ "$(irq_count "$(irq_of i8042)")" -gt "$before" ]; }

# The hardware's entries, as QEMU says; not those of the disks and the serial port, whose drivers give their
# interrupts back for the night and get new vectors
pins() { ioapic_witness 0 | grep -v "^ioregsel\|^4 \|^$(disk_irq) \|^$(irq_of virtio1) "; }

# All interrupts to the first CPU, where S3 does not move them: the other goes, and comes back.
to_first_cpu() {
	echo 0 >/sys/devices/system/cpu/cpu1/online
	echo 1 >/sys/devices/system/cpu/cpu1/online
}

# cycle NAME: to sleep and back
cycle() {
	before=$(slept)
	check "$1: suspend to RAM" sleep_s3
	check "$1: it was S3" test "$(slept)" -eq $((before + 1))
	# The first word from the serial port of the monitor is lost.
	hmp info status >/dev/null
}

# can_hibernate: is there a kernel that does it, and a disk of the rig's for the image? Makes it ready. 6.1 writes the image, and
# cannot read it while it swaps to the same disk.
can_hibernate() {
	[ -n "$VIOAPIC_RIG" ] && grep -qw test_resume /sys/power/disk && [ -b /dev/vdb ] || return
	case $(uname -r) in 6.1.*) return 1 ;; esac
	mkswap /dev/vdb >/dev/null && swapon /dev/vdb || return
	echo test_resume >/sys/power/disk
	# It looks for an image there at once, and finds none.
	cat /sys/class/block/vdb/dev >/sys/power/resume
}
# What no kernel of today shows otherwise, the image's has: it was written before the end
hibernate() { echo disk >/sys/power/state && dmesg | tail -n 40 | grep -q 'PM: .*hibernation exit'; }

# hibernation NAME: taken over, to the disk and back
hibernation() {
	if [ -z "$hibernates" ]; then
		skip "$1: hibernation" "this kernel cannot, or not back in one go, or there is no second disk"
		return
	fi
	writes=$(counter ioapic0 writes)
	check "$1: hibernation" hibernate
	check "$1: the kernel has written all entries again" test $(($(counter ioapic0 writes) - writes)) -ge 48
	check "$1: taken over still" sh -c "vioapic list | grep -q ' taken *$hook '"
	check "$1: the page is trapped" grep -qx 0 $probe/present
	check "$1: shadow and hardware agree" vioapic check ioapic0
	check "$1: QEMU says the same" ioapic_agrees ioapic0 0
	interrupts_arrive "$1"
}

insmod "$modules/vioapic_probe.ko"
hibernates=''
! can_hibernate || hibernates=1
stty -F /dev/ttyS0 raw
exec 3>/dev/ttyS0	# keeps its interrupt
echo deep >/sys/power/mem_sleep

# A pin that no driver programs anew when the machine wakes, with all that a reset takes: vector 0x31, masked, CPU 1. Bytes of a
# saved state; see struct vioapic_state
free=7
program_free() {
	vioapic save ioapic0 /tmp/state &&
		printf '\061\000\001\000\000\000\000\001' | dd of=/tmp/state bs=1 seek=$((144 + 16 * free)) conv=notrunc 2>/dev/null &&
		vioapic restore ioapic0 /tmp/state
}

for hook in oops fixup; do
	check "$hook: takeover" vioapic takeover ioapic0 --hook $hook
	irq_to "$(disk_irq)" 1
	interrupts_arrive "$hook, before"
	to_first_cpu
	check "$hook: a pin that has no driver is programmed" program_free
	pins >/tmp/before
	check "$hook: QEMU shows what the hardware has" test "$(wc -l </tmp/before)" -ge 21
	writes=$(counter ioapic0 writes)
	cycle $hook
	check "$hook: the kernel has written all entries again" test $(($(counter ioapic0 writes) - writes)) -ge 48
	check "$hook: taken over still" sh -c "vioapic list | grep -q ' taken *$hook '"
	check "$hook: the page is trapped" grep -qx 0 $probe/present
	check "$hook: shadow and hardware agree" vioapic check ioapic0
	check "$hook: QEMU says the same" ioapic_agrees ioapic0 0
	pins >/tmp/after
	check "$hook: after its reset the hardware is as it was" diff /tmp/before /tmp/after
	interrupts_arrive "$hook, after"
	check "$hook: shadow and hardware agree after that" vioapic check ioapic0
	hibernation "$hook, from the disk"
	check "$hook: release" vioapic release ioapic0
	check "$hook: QEMU says the same, index too" ioapic_agrees ioapic0 0 index
	interrupts_arrive "$hook, released"
done

cycle released
check "released: released still" sh -c "vioapic list | grep -q ' released '"
check "released: the page is present" grep -qx 1 $probe/present
interrupts_arrive "released"
check "takeover after that" vioapic takeover --all
check "shadow and hardware agree" vioapic check ioapic0

# The kernel would write the entries of a simulated one to where it has no memory for them. When that is gone it
# refuses by itself, until the next boot: it looks at slots that were in use once.
check "a simulated I/O APIC" vioapic sim create sim0
check "with it, suspend is refused" sh -c "! echo mem 2>/dev/null >/sys/power/state"
refusals() { dmesg | grep -c 'sim0: the kernel cannot suspend with a simulated I/O APIC: destroy it first'; }
check "the reason is told" test "$(refusals)" -eq 1
if [ -n "$hibernates" ]; then
	# Who asks is not told by the kernel that it was refused.
	echo disk 2>/dev/null >/sys/power/state
	check "hibernation is refused too" test "$(refusals)" -eq 2
fi
check "ioapic0 is as before" vioapic check ioapic0
check "the simulated one goes" vioapic sim destroy sim0
check "the kernel refuses by itself" sh -c "! echo mem 2>/dev/null >/sys/power/state"
check "and has told so" sh -c "dmesg | grep -q 'callback [a-z_]*ioapic_[a-z]*.* failed'"
check "ioapic0 is as before that" vioapic check ioapic0
check "the kernel did not complain" dmesg_clean
done_testing
