#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What takeover and release take, of 24 pins and of 240 (a page of RAM that the kernel takes for an I/O APIC), and for how
# long interrupts are off, on every CPU, for each is in stop_machine(); beside a stop_machine() that does nothing. One CPU:
# what CPUs wait for each other is not in there.
# boot: kernels=6.12 icount=1 disk=0 noload=1 append=log_buf_len=4M weight=6 bench=1
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "gives the kernel an I/O APIC, and takes them over"
needs unloaded icount

probe=/sys/kernel/debug/vioapic_probe
plain=/sys/kernel/debug/vioapic_plain
most=/sys/module/vioapic_stopped/parameters/most
insmod "$modules/vioapic_probe.ko"
insmod "$modules/vioapic_plain.ko"
cat $plain/page >$probe/address
succeeds() { [ "$(cat "$1")" -eq 0 ]; }
check "the kernel takes a second I/O APIC" succeeds $probe/plug
insmod "$modules/vioapic.ko"
check "which has 240 pins" sh -c "vioapic list | grep -q '^ioapic1 .* 24-263 '"

# of_pins NAME PINS: a takeover takes longer than a stop_machine(), which is in it
of_pins() {
	least=$("$bin/takeover" "$1" 60)
	# shellcheck disable=SC2086 # its words
	set -- "$1" "$2" $least
	figure "takeover.$2" "${4:-0}"
	figure "release.$2" "${6:-0}"
	check "takeover and release of $2 pins: ${4:-0} and ${6:-0} instructions" test "${4:-0}" -gt "$stop" -a "${6:-0}" -gt "$stop"
}
# off WHAT COMMAND..: for how long at most interrupts are off in the stop_machine() that COMMAND calls
off() {
	off_what=$1
	shift
	echo 0 >$most
	"$@" >/dev/null
	read -r off_most <$most
	figure "$off_what.off" "$off_most"
	check "$off_what: interrupts are off for $off_most instructions" test "$off_most" -gt 0
}

stop=$(cat $plain/stop)
figure stop_machine "$stop"
of_pins ioapic0 24
of_pins ioapic1 240
insmod "$modules/vioapic_stopped.ko"
off stop_machine cat $plain/stop
off takeover.24 "$bin/takeover" ioapic0 5
off takeover.240 "$bin/takeover" ioapic1 5
rmmod vioapic_stopped
check "the kernel unplugs it" succeeds $probe/unplug
check "the kernel did not complain" dmesg_clean
done_testing
