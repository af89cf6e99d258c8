#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What a booted machine does with its I/O APIC goes on after takeover, by each hook, and after release.
# The disk is on a level INTx line (pci=nomsi), with threadirqs handled by a oneshot thread: masked in
# the interrupt, unmasked by the thread. "rig." parameters mean nothing to the kernel: they tell what
# this test shall find.
# boot: smp=1 weight=15 append="pci=nomsi"
# boot: kernels=every spare=7.2 smp=4 weight=20 append="pci=nomsi"
# boot: smp=4 weight=20 append="pci=nomsi threadirqs"
# boot: smp=2 weight=15 append="pci=nomsi rig.ioapic=0x11" qemu="-global ioapic.version=0x11"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC"
needs module hmp disk serial command=hexdump

probe=/sys/kernel/debug/vioapic_probe
alarm=/sys/class/rtc/rtc0/wakealarm
serial=$(irq_of ttyS0)
kbd=1 rtc=8 acpi=9 # by the ancient order
disk=$(disk_irq)

arrived() { [ "$(irq_count "$1")" -gt "$2" ]; }
told() { grep -qw "$1" /proc/cmdline; }

# The boot is what the header says: else all below proves less than it seems to.
version=0x20
! told rig.ioapic=0x11 || version=0x11
version_is() { hmp info pic | grep -q "^ioapic0: ver=$version " && vioapic list | grep -q "^ioapic0 .* $version "; }
level() { grep -q level "/sys/kernel/irq/$1/type" && ioapic_witness | grep -q "^$1 0*[0-9a-f]*[89a-f][0-9a-f]\{3\}$"; }
check "the I/O APIC has version $version" version_is
check "the disk is on a level line of the I/O APIC" level "$disk"
check "the serial port is on an edge line" grep -q edge "/sys/kernel/irq/$serial/type"
if told threadirqs; then
	check "the disk's handler is a thread" sh -c "ps | grep -q '\[irq/$disk-virtio'"
fi

stty -F /dev/ttyS0 raw
cat "$(keyboard)" >/tmp/keys & # before the next line, or it would hold the port open too
keys_pid=$!
exec 3>/dev/ttyS0 # or its interrupt would be shut down and started again with each write

# An edge interrupt's new route is written when the interrupt next arrives: each work is done twice.
moves() {
	irq_to "$1" "$2"
	within 20 "$3" "$4" || return 1
	here=$(irq_count "$1" "$2") elsewhere=$(irq_elsewhere "$1" "$2")
	within 20 "$3" "$4" || return 1
	[ "$(irq_count "$1" "$2")" -gt "$here" ] && [ "$(irq_elsewhere "$1" "$2")" -eq "$elsewhere" ] && return
	echo "on CPU $2 from $here to $(irq_count "$1" "$2"), elsewhere from $elsewhere to $(irq_elsewhere "$1" "$2")"
	return 1
}

serial_works() {
	bytes=$(serial_sent) irqs=$(irq_count "$serial")
	within 20 serial_write 16 && [ $(($(serial_sent) - bytes)) -eq 256 ] && arrived "$serial" $((irqs + 15))
}

# A long write, which the interrupt handler alone carries on. It ends when all has left (tcdrain).
serial_streams() {
	bytes=$(serial_sent) irqs=$(irq_count "$serial")
	within 20 sh -c 'seq -w 0 511 | head -c 2000 >/dev/ttyS0' && wait_for 10 sent $((bytes + 2000)) && arrived "$serial" "$irqs"
}
sent() { [ "$(serial_sent)" -eq "$1" ]; }

keyboard_works() {
	irqs=$(irq_count "$kbd") keys=$(key_presses /tmp/keys)
	hmp sendkey a-b-c 1 >/dev/null
	wait_for 5 pressed $((keys + 3)) && wait_for 5 arrived "$kbd" $((irqs + 5)) && pressed $((keys + 3))
}
pressed() { [ "$(key_presses /tmp/keys)" -eq "$1" ]; }

acpi_works() {
	irqs=$(irq_count "$acpi")
	hmp system_powerdown >/dev/null # the power button: nobody listens
	wait_for 5 arrived "$acpi" "$irqs"
}

# One request, one interrupt: fewer have been merged or lost, more are a storm that nobody masked.
# With threads, what is trapped masks and unmasks for each: a route changed, and one written to the hardware.
disk_works() {
	irqs=$(irq_count "$disk") routes=$(counter ioapic0 routes) writes=$(counter ioapic0 hw_writes)
	within 60 disk_read 32k || return 1
	irqs=$(($(irq_count "$disk") - irqs))
	routes=$(($(counter ioapic0 routes) - routes)) writes=$(($(counter ioapic0 hw_writes) - writes))
	echo "$irqs interrupts for 256 requests, $routes routes changed, $writes writes to the hardware"
	[ "$irqs" -ge 250 ] && [ "$irqs" -le 280 ] || return 1
	! told threadirqs || [ "$1" = released ] || { [ "$routes" -ge $((irqs * 2)) ] && [ "$writes" -ge $((irqs * 2)) ]; }
}
# The driver leaves the device and comes back: without threads and on one CPU, all that needs the I/O APIC.
disk_restarts() {
	device=$(basename "$(readlink -f /sys/block/vda/device)")
	echo "$device" >/sys/bus/virtio/drivers/virtio_blk/unbind
	[ ! -e /sys/block/vda ] && [ ! -e "/proc/irq/$disk/$device" ] || return 1
	echo "$device" >/sys/bus/virtio/drivers/virtio_blk/bind
	wait_for 5 test -b /dev/vda
}
disk_once() { dd if=/dev/vda of=/dev/null bs=4k count=20 iflag=direct 2>/dev/null; }

# work WHEN STATE CPU..: the CPUs to which interrupts are moved
work() {
	when=$1 state=$2
	shift 2
	alarms=$(irq_count "$rtc")
	echo 0 >$alarm
	echo +1 >$alarm
	check "$when: the serial port sends, by its interrupt" serial_works
	check "$when: a long write to the serial port leaves to the last byte" serial_streams
	check "$when: keys arrive" keyboard_works
	check "$when: the power button arrives (SCI)" acpi_works
	check "$when: the disk reads right, one interrupt a request" disk_works "$state"
	for cpu in "$@"; do
		[ "$(cpus | wc -l)" -gt 1 ] || break
		check "$when: the disk's interrupt moves to CPU $cpu" moves "$disk" "$cpu" disk_once
		check "$when: the serial port's interrupt moves to CPU $cpu" moves "$serial" "$cpu" serial_write 4
	done
	check "$when: the clock's alarm arrives" alarm_arrives "$rtc" "$alarms"
}

insmod "$modules/vioapic_probe.ko"

for hook in oops fixup; do
	check "takeover by $hook" vioapic takeover --all --hook $hook || break
	present=$(cat $probe/present) reads=$(counter ioapic0 reads) touched=$(cat $probe/touch)
	check "$hook: the page is not present" test "$present" -eq 0
	check "$hook: all CPUs read the page" test "$touched" -eq "$(cpus | wc -l)"
	check "$hook: each of their reads trapped" test $(($(counter ioapic0 reads) - reads)) -eq "$touched"

	reads=$(counter ioapic0 reads) writes=$(counter ioapic0 writes)
	# shellcheck disable=SC2046 # several
	work $hook taken $(cpus)
	check "$hook: the disk's interrupt is shut down and started again" within 20 disk_restarts
	check "$hook: and the disk reads right" disk_works taken
	check "$hook: the work was done by trapped reads" test "$(counter ioapic0 reads)" -gt "$reads"
	check "$hook: and by trapped writes" test "$(counter ioapic0 writes)" -gt "$writes"
	check "$hook: shadow and hardware agree" vioapic check ioapic0
	check "$hook: so does what QEMU knows" ioapic_agrees ioapic0 0

	ioapic_shown ioapic0 >/tmp/taken
	check "$hook: release" vioapic release --all
	ioapic_shown ioapic0 >/tmp/released
	check "$hook, released: the hardware holds what the kernel last wrote, IOREGSEL too" diff /tmp/taken /tmp/released
	check "$hook, released: so QEMU says" ioapic_agrees ioapic0 0 index
	check "$hook, released: the page is present" test "$(cat $probe/present)" -eq 1
	before="$(counter ioapic0 reads) $(counter ioapic0 writes)"
	work "$hook, released" released "$(cpus | tail -n 1)"
	check "$hook, released: nothing was trapped" test "$(counter ioapic0 reads) $(counter ioapic0 writes)" = "$before"
done

kill $keys_pid
check "no access was undecodable" test "$(counter ioapic0 undecoded)" -eq 0
check "the kernel did not complain" dmesg_clean
done_testing
