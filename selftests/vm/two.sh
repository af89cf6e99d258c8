#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A machine with two I/O APICs: the serial port, the clock and ACPI are on the first, the disk is on the
# second. Each is taken over and released for itself, or both in one go or not at all.
# boot: smp=2 weight=25 machine=microvm
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APICs"
needs module cpus=2 hmp disk serial listed=^ioapic1

probe=/sys/kernel/debug/vioapic_probe
alarm=/sys/class/rtc/rtc0/wakealarm
serial=$(irq_of ttyS0) rtc=$(irq_of rtc0) acpi=$(irq_of ACPI:Ged) disk=$(disk_irq)

insmod "$modules/vioapic_probe.ko"
stty -F /dev/ttyS0 raw
exec 3>/dev/ttyS0

# What the kernel made of the MADT, and what vioapic did: name, ID, version, address, GSIs
kernels_list() {
	dmesg | sed -n 's/.*IOAPIC\[\(.*\)\]: apic_id \(.*\), version \(.*\), address \(.*\), GSI \(.*\)$/\1 \2 \3 \4 \5/p' |
	while read -r n id version address gsis; do
		printf 'ioapic%d %d %#x %s %s\n' "$n" "$id" "$version" "$address" "$gsis"
	done
}
our_list() { vioapic list | awk 'NR > 1 { print $1, $4, $5, $3, $6 }'; }
lists_agree() {
	kernels_list >/tmp/kernel
	our_list >/tmp/ours
	[ "$(wc -l </tmp/kernel)" -eq 2 ] && diff /tmp/kernel /tmp/ours
}
listed() { vioapic list | grep -qE "^$1 +shadow +$2 +[0-9]+ +0x20 +$3 +$4 "; }
check "the first is listed" listed ioapic0 0xfec00000 0-23 released
check "the second is listed" listed ioapic1 0xfec10000 24-47 released
check "IDs, versions, addresses and GSIs are those of the kernel, so of the MADT" lists_agree

# QEMU has its own order; the disk is on pin 23 of the second.
first=1 second=0
! ioapic_witness 0 | grep -q '^23 0000000000010000$' || { first=0 second=1; }
disk_on_second() { ioapic_witness "$second" | grep -q '^23 .*8...$'; }
check "the disk is on a level line of the second" disk_on_second

present() { # NUMBER
	echo "$1" >"$probe/slot"
	cat "$probe/present"
}
state_is() { # STATE of ioapic0, STATE of ioapic1; the pages are as they say
	[ "$(vioapic list | awk 'NR > 1 { print $7 }' | tr '\n' ' ')" = "$1 $2 " ] || return 1
	for n in 0 1; do
		if [ "$1" = released ]; then
			[ "$(present "$n")" -eq 1 ] || return 1
		else
			[ "$(present "$n")" -eq 0 ] || return 1
		fi
		shift
	done
}
accesses() { echo $(($(counter "$1" reads) + $(counter "$1" writes))); }

# trapped FIRST SECOND COMMAND..: does COMMAND succeed, and does it trap (1) or not (0) at either?
trapped() {
	at0=$1 at1=$2 count0=$(accesses ioapic0) count1=$(accesses ioapic1)
	shift 2
	within 30 "$@" || return 1
	[ $(($(accesses ioapic0) > count0)) -eq "$at0" ] && [ $(($(accesses ioapic1) > count1)) -eq "$at1" ] && return
	echo "accesses of the first $count0 to $(accesses ioapic0), of the second $count1 to $(accesses ioapic1)"
	return 1
}

touch_slot() {
	echo "$1" >"$probe/slot"
	[ "$(cat "$probe/touch")" -eq "$(cpus | wc -l)" ]
}

# goes_to IRQ CPU COMMAND..: COMMAND's interrupts go to CPU and nowhere else
goes_to() {
	irq=$1 cpu=$2
	shift 2
	irq_to "$irq" "$cpu"
	"$@" || return 1 # an edge one moves when it next arrives
	here=$(irq_count "$irq" "$cpu") elsewhere=$(irq_elsewhere "$irq" "$cpu")
	"$@" && [ "$(irq_count "$irq" "$cpu")" -gt "$here" ] && [ "$(irq_elsewhere "$irq" "$cpu")" -eq "$elsewhere" ]
}
disk_once() { dd if=/dev/vda of=/dev/null bs=4k count=20 iflag=direct 2>/dev/null; }
disk_moves() { goes_to "$disk" 1 disk_once && goes_to "$disk" 0 disk_once; }
serial_moves() { goes_to "$serial" 0 serial_write 4 && goes_to "$serial" 1 serial_write 4; }
arrived() { [ "$(irq_count "$1")" -gt "$2" ]; }
clock_and_acpi() {
	alarms=$(irq_count "$rtc") events=$(irq_count "$acpi")
	echo 0 >"$alarm"
	echo +1 >"$alarm"
	hmp system_powerdown >/dev/null # the power button: nobody listens
	wait_for 5 arrived "$acpi" "$events" && alarm_arrives "$rtc" "$alarms"
}
both_agree() {
	vioapic check ioapic0 && vioapic check ioapic1 && ioapic_agrees ioapic0 "$first" && ioapic_agrees ioapic1 "$second"
}

# moves FIRST SECOND WHEN: the interrupts of both, and who traps them
moves() {
	check "$3: the disk's interrupt moves" trapped 0 "$2" disk_moves
	check "$3: the disk reads right" within 30 disk_read 64k
	check "$3: the serial port's interrupt moves" trapped "$1" 0 serial_moves
}

check "both are taken over" vioapic takeover --all
check "both pages are gone" state_is taken taken
check "a read of the first traps there" trapped 1 0 touch_slot 0
check "a read of the second traps there" trapped 0 1 touch_slot 1
moves 1 1 "both taken"
check "both taken: clock and power button arrive" clock_and_acpi
check "both taken: shadows, hardware and QEMU agree" both_agree

ioapic_shown ioapic0 >/tmp/shown
as_shown() { ioapic_shown ioapic0 | diff /tmp/shown -; }
check "release of the first" vioapic release ioapic0
check "the second stays" state_is released taken
check "the first holds what the kernel last wrote" as_shown
check "so QEMU says" ioapic_agrees ioapic0 $first index
moves 0 1 "second taken"
check "second taken: its shadow agrees" vioapic check ioapic1
check "second taken: so QEMU says" ioapic_agrees ioapic1 $second

# refused COMMAND..: status 1, one line, and all as it was
refused() {
	status_before=$(vioapic list)
	said=$("$@" 2>&1)
	[ $? -eq 1 ] && [ "$(echo "$said" | wc -l)" -eq 1 ] && [ -n "$said" ] && [ "$(vioapic list)" = "$status_before" ] && return
	echo "$said"
	return 1
}
check "both by name are refused, for one is taken already" refused vioapic takeover ioapic0 ioapic1
check "in the other order too" refused vioapic takeover ioapic1 ioapic0
check "the first is as it was" state_is released taken
check "one of them and one that does not exist are refused" refused vioapic takeover ioapic0 ioapic2
check "the first is still as it was" trapped 0 0 serial_moves

check "the one that is left is taken over by the other hook" vioapic takeover ioapic0 --hook fixup
check "both pages are gone again" state_is taken taken
moves 1 1 "a hook each"
check "a hook each: shadows, hardware and QEMU agree" both_agree

check "--all finds nothing left to take over" vioapic takeover --all
check "release of the second" vioapic release ioapic1
check "the first stays" state_is taken released
moves 1 0 "first taken"
check "both released by name are refused, for one is released" refused vioapic release ioapic0 ioapic1
check "release of the rest" vioapic release --all
check "both pages are back" state_is released released
moves 0 0 "released"
check "released: clock and power button arrive" clock_and_acpi

check "both are taken over once more" vioapic takeover ioapic0 ioapic1
check "rmmod releases both" rmmod vioapic
check "without the module: the disk's interrupt moves" within 30 disk_moves
check "without the module: the serial port's interrupt moves" within 30 serial_moves
check "the kernel did not complain" dmesg_clean
done_testing
