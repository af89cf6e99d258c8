#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# 200 rounds of takeover and release under interrupt load on 4 CPUs, and no interrupt is lost. All
# three kinds of load stand still for ever if one is: a level line whose EOI or unmask got lost stays in
# service; the serial port and the keyboard controller make no second edge before the first was served.
# With threadirqs each interrupt of the disk is masked and unmasked, so the other CPUs are ever so often
# in the middle of an access when they are stopped.
# boot: smp=4 weight=60 timeout=420 append="pci=nomsi"
# boot: smp=4 weight=50 timeout=420 append="pci=nomsi threadirqs" threads=multi
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC, and takes CPUs offline"
needs module cpus=4 hmp disk serial command=hexdump

rounds=200
serial=$(irq_of ttyS0)
kbd=1
disk=$(disk_irq)
others="1 2 3"

all_online() { [ "$(cpus | tr '\n' ' ')" = "0 $others " ]; }
switch_cpus() { # 0|1
	for cpu in $others; do
		echo "$1" >"/sys/devices/system/cpu/cpu$cpu/online" || return 1
	done
}

# One by each hook, which installs it: from here on no kernel text is patched. QEMU's parallel CPUs
# crash stock kernels that do that (threads=multi boots with one CPU for this reason).
check "takeover by oops" vioapic takeover --all --hook oops
check "release by oops" vioapic release --all
check "takeover by fixup" vioapic takeover --all --hook fixup
check "release by fixup" vioapic release --all
if ! all_online; then
	check "the other CPUs come online" switch_cpus 1
fi
check "4 CPUs are online" all_online
takeovers=$(counter ioapic0 takeovers) releases=$(counter ioapic0 releases)

# Loads run until there is a file "stop", and say at the end how much they did. They are polite: each
# sleeps or waits for its device, since QEMU with one thread gives a busy CPU the time of all others.
mkdir /tmp/load
cd /tmp/load || exit 1

reader() {
	passes=0
	until [ -e stop ]; do
		disk_read 8k || { echo "wrong data in pass $passes" >"reader$1.bad"; return; }
		passes=$((passes + 1))
		sleep 0.05
	done
	echo "$passes" >"reader$1"
}

writer() {
	lines=0
	until [ -e stop ]; do
		printf '%07d vioapic\n' "$lines" >&3
		lines=$((lines + 1))
		sleep 0.01
	done
	echo "$lines" >writer
}

# The keyboard controller holds 16 bytes: the next keys are pressed when these have arrived.
typist() {
	keys=0
	until [ -e stop ]; do
		hmp sendkey a-b-c 1 >/dev/null
		keys=$((keys + 3))
		wait_for 20 pressed "$keys" || break
		sleep 0.3
	done
	echo "$keys" >typist
}
pressed() { [ "$(key_presses keys)" -ge "$1" ]; }

mover() {
	moves=0
	until [ -e stop ]; do
		irq_to "$disk" $((moves % 4))
		irq_to "$serial" $(((moves + 1) % 4))
		irq_to "$kbd" $(((moves + 2) % 4))
		moves=$((moves + 1))
		sleep 0.04
	done
	echo "$moves" >mover
}

stty -F /dev/ttyS0 raw
exec 3>/dev/ttyS0
cat "$(keyboard)" >keys &
keys_pid=$!
serial0=$(irq_count "$serial") disk0=$(irq_count "$disk") sent0=$(serial_sent)

jobs=
for load in "reader 1" "reader 2" writer typist mover; do
	$load &
	jobs="$jobs $!"
done

check "$rounds rounds of takeover and release" within 250 "$bin/rounds" ioapic0 $rounds

touch stop
all_ended() {
	for job in $jobs; do
		ended "$job" || return 1
	done
}
check "all loads come to their end" wait_for 40 all_ended

did() { cat "$1" 2>/dev/null || echo 0; }
everything_sent() { [ $(($(serial_sent) - sent0)) -eq $(($(did writer) * 16)) ]; }
check "the disk never read wrong" test ! -e reader1.bad -a ! -e reader2.bad
check "every reader read the disk to its end, more than once" test "$(did reader1)" -gt 1 -a "$(did reader2)" -gt 1
check "every byte left the serial port" wait_for 10 everything_sent
check "every key arrived" wait_for 10 pressed "$(did typist)"
check "once" test "$(key_presses keys)" -eq "$(did typist)"

irqs_disk=$(($(irq_count "$disk") - disk0)) irqs_serial=$(($(irq_count "$serial") - serial0))
note "disk $irqs_disk interrupts, $(did reader1) + $(did reader2) passes; serial $irqs_serial, $(did writer) lines; keys $(did typist); moves $(did mover)"
check "there was a load: interrupts of the disk" test $irqs_disk -ge $((rounds * 5))
check "of the serial port" test $irqs_serial -ge $rounds
check "of the keyboard" test "$(did typist)" -ge 30
check "and moves of all three" test "$(did mover)" -ge 50
check "the traps had to do with them" test "$(counter ioapic0 writes)" -ge $rounds
check "takeovers were counted" test $(($(counter ioapic0 takeovers) - takeovers)) -eq $rounds
check "releases were counted" test $(($(counter ioapic0 releases) - releases)) -eq $rounds
check "the hardware holds what vioapic shows, by QEMU's witness" ioapic_agrees ioapic0 0 index
check "the kernel did not complain" dmesg_clean

# CPUs that go offline push their interrupts away while the other CPUs are stopped.
irq_to "$disk" 3
irq_to "$serial" 3
within 5 disk_read && within 5 serial_write 2
check "takeover once more" vioapic takeover --all
check "the other CPUs go offline" switch_cpus 0
check "the disk reads right by the CPU that is left" within 20 disk_read
check "the serial port sends by the CPU that is left" within 20 serial_write 4
check "shadow and hardware agree" vioapic check ioapic0
check "rmmod releases and goes" rmmod vioapic
check "the disk reads right without the module" within 20 disk_read
kill $keys_pid
check "the kernel did not complain of that either" dmesg_clean
done_testing
