# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
# xen_guest.sh: what vm/xen_hvm.sh runs in its HVM guest, as its init does no more than this. Console and verdicts go by
# hvc0, an event channel, so they arrive even if the I/O APIC does not work. "rig." parameters say which guest this is.
PATH=/bin:/sbin
mount -t devtmpfs none /dev
mount -t proc none /proc
mount -t sysfs none /sys
mount -t tmpfs none /tmp
mount -t debugfs none /sys/kernel/debug
mount -t tracefs none /sys/kernel/tracing
stty -F /dev/hvc0 raw -echo
exec >/dev/hvc0 2>&1 4</dev/hvc0
. "$VIOAPIC_TREE/lib.sh"

# ask WHAT: dom0 does it and answers, see xen_hvm.sh
ask() {
	echo "ask $*" >/dev/hvc0
	while read -r ask_line <&4 && [ "$ask_line" != answered ]; do
		echo "$ask_line"
	done
}

# Who has never heard of vioapic is Xen here.
ioapic_witness() {
	ask registers | sed -n -e 's/.*ioregsel \(0x[0-9a-f]*\) .*/ioregsel \1/p' \
		-e 's/^ *pin 0*\([0-9][0-9]*\): \(0x[0-9a-f]*\)/\1 \2/p' | witness_says
}
rte() { ioapic_witness | sed -n "s/^$1 //p"; }

told() { grep -qw "$1" /proc/cmdline; }
arrived() { [ "$(irq_count "$1")" -gt "$2" ]; }
chip_is() { grep -qx "$2" "/sys/kernel/irq/$1/chip_name"; }

stty -F /dev/ttyS0 raw
exec 3>/dev/ttyS0 # or its interrupt would be shut down and started again with each write
serial=$(irq_of ttyS0)
kbd=1 rtc=8 acpi=9 # by the ancient order
alarm=/sys/class/rtc/rtc0/wakealarm
user=/sys/kernel/debug/vioapic_user

serial_works() {
	bytes=$(serial_sent) irqs=$(irq_count "$serial")
	serial_write 16 && [ $(($(serial_sent) - bytes)) -eq 256 ] && arrived "$serial" $((irqs + 15))
}
keyboard_works() {
	irqs=$(irq_count "$kbd")
	ask sendkey a
	wait_for 5 arrived "$kbd" "$irqs"
}
acpi_works() {
	irqs=$(irq_count "$acpi")
	ask power # the button: nobody listens
	wait_for 5 arrived "$acpi" "$irqs"
}
clock_works() {
	irqs=$(irq_count "$rtc")
	echo 0 >$alarm
	echo +1 >$alarm
	alarm_arrives "$rtc" "$irqs"
}
# moves CPU: an edge interrupt's new route is written when it next arrives, and then one may be under way yet: until all
# interrupts of a round come there.
moves() {
	irq_to "$serial" "$1"
	for round in 1 2 3 4 5; do
		before=$(counts "$1")
		serial_write 4 || return 1
		after=$(counts "$1")
		echo "round $round: on CPU $1 and elsewhere from $before to $after"
		[ "${after%/*}" -ge $((${before%/*} + 4)) ] && [ "${after#*/}" -eq "${before#*/}" ] && return
	done
	return 1
}
# counts CPU: of the serial port's interrupts HERE/ELSEWHERE, as of one moment
counts() { awk -v irq="$serial:" -v cpu="$1" '$1 == irq { here = $(cpu + 2); print here "/" $2 + $3 - here }' /proc/interrupts; }

echo "vioapic-rig: loading module" >/dev/kmsg
check "the kernel is an HVM guest of Xen's" grep -qx HVM /sys/hypervisor/guest_type
check "it has two CPUs" [ "$(cpus | wc -l)" -eq 2 ]
check "event channels are in use: timer and interprocessor interrupts" \
	sh -c "grep -q ' xen-percpu  *-virq  *timer1$' /proc/interrupts && grep -q ' xen-percpu  *-ipi  *resched1$' /proc/interrupts"
check "... by vector callback" sh -c "dmesg | grep -qi 'HVM callback vector for event delivery is enabled' &&
	awk '\$1 == \"HYP:\" { n = \$2 * \$3 } END { exit !n }' /proc/interrupts"
if told rig.pirq; then
	check "the serial port's interrupt is an event channel" chip_is "$serial" xen-pirq
else
	check "the serial port's interrupt is the I/O APIC's" chip_is "$serial" IO-APIC
fi
for module in /lib/modules/*.ko; do
	insmod "$module"
done
check "the module loads" insmod "$modules/vioapic.ko"
insmod "$modules/vioapic_user.ko"
check "it says where it runs" sh -c "dmesg | grep -q 'vioapic: on a Xen HVM guest, backend native'"
check "it finds the I/O APIC, Xen's, with 48 pins" sh -c "vioapic list | grep -q '^ioapic0 .* 0xfec00000 .* 0x11 *0-47 *released '"
vioapic takeover ioapic0 --backend xen >/tmp/out 2>/tmp/err
report $(($? != 1)) "backend xen is refused"
check "one line says why, and what to do" \
	sh -c "wc -l </tmp/err | grep -qx 1 && grep -q 'a Xen HVM guest, .*: use --backend native' /tmp/err && ! test -s /tmp/out"
check "before takeover: the serial port sends" serial_works
check "before takeover: vioapic and Xen say the same" ioapic_agrees ioapic0 0

check "takeover" vioapic takeover --all
check "list names the backend native" sh -c "vioapic list | grep -q '^ioapic0 .* taken .* native$'"
check "the serial port sends, by its interrupt" serial_works
# By event channels the others' say nothing of the I/O APIC.
if ! told rig.pirq; then
	check "a key arrives" keyboard_works
	check "the power button arrives (SCI, level)" acpi_works
	check "the clock's alarm arrives" clock_works
	before=$(counter ioapic0 hw_writes)
	for cpu in 0 1 0; do
		check "the serial port's interrupt moves to CPU $cpu" moves $cpu
		apicid=$(awk -v cpu=$cpu '$1 == "processor" { found = $3 == cpu } $1 == "apicid" && found { print $3 }' /proc/cpuinfo)
		check "... which has reached Xen's I/O APIC" [ $((0x$(rte "$serial") >> 56 & 255)) -eq "$apicid" ]
	done
	check "that was trapped, and forwarded" [ "$(counter ioapic0 hw_writes)" -gt "$before" ]
	check "pin 40, nobody's, is routed to a driver" sh -c "echo 'demo 40 level low' >$user/add"
	check "... in Xen's I/O APIC, level and active low" [ $((0x$(rte 40) & 0x1a000)) -eq $((0xa000)) ]
	check "it is freed" sh -c "echo demo >$user/remove"
	check "... and masked" [ $((0x$(rte 40) & 0x10000)) -ne 0 ]
fi
check "check finds no difference" vioapic check ioapic0
check "vioapic and Xen say the same" ioapic_agrees ioapic0 0
check "release" vioapic release --all
before=$(counter ioapic0 writes)
check "released: vioapic and Xen say the same, IOREGSEL too" ioapic_agrees ioapic0 0 index
check "released: the serial port sends" serial_works
check "released: nothing was trapped" [ "$(counter ioapic0 writes)" -eq "$before" ]
check "takeover by the other hook" vioapic takeover --all --hook fixup
check "the serial port sends" serial_works
check "check finds no difference" vioapic check ioapic0
check "no access was undecodable" [ "$(counter ioapic0 undecoded)" -eq 0 ]
rmmod vioapic_user
check "rmmod releases" rmmod vioapic
check "the serial port sends" serial_works
check "the kernel did not complain" dmesg_clean
(done_testing)
ask end # what a guest says last is lost with it, unless somebody has read it
poweroff -f
