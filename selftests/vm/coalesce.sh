#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What reaches the hardware of what the kernel writes and reads.
# boot: smp=2 weight=12 qemu="-global ioapic.version=0x11" bench=1
# boot: smp=2 weight=12 qemu="-global ioapic.version=0x11" append="pci=nomsi threadirqs" bench=1
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC"
needs module serial listed=" 0x11 +0-23 "

probe=/sys/kernel/debug/vioapic_probe
counters=/sys/kernel/debug/vioapic/ioapic0

accesses() { echo $(($(cat $counters/reads) + $(cat $counters/writes))); }
hardware() { echo $(($(cat $counters/hw_reads) + $(cat $counters/hw_writes) + $(cat $counters/hw_index))); }

# begin; ..; at_most SENTENCE TENTHS [NAME]: at most TENTHS/10 of the accesses since reached the hardware
begin() { a0=$(accesses) h0=$(hardware); }
at_most() {
	a=$(($(accesses) - a0)) h=$(($(hardware) - h0))
	note "$1: $h of $a accesses reached the hardware"
	[ -z "${3:-}" ] || { figure "$3.accesses" $a; figure "$3.hardware" $h; }
	[ "$a" -gt 0 ] && [ $((h * 10)) -le $((a * $2)) ]
	report $? "$1: at most 0.$2 reach the hardware"
}

insmod "$modules/vioapic_probe.ko"
check "takeover" vioapic takeover --all

# Of a level interrupt that is served by a thread: masked until that is done
if grep -qw threadirqs /proc/cmdline; then
	irq=$(disk_irq)
	check "the disk is on a level line of the I/O APIC" grep -q level "/sys/kernel/irq/$irq/type"
	check "its handler is a thread" sh -c "ps | grep -q '\[irq/$irq-virtio'"
	before=$(irq_count "$irq")
	begin
	for _ in 1 2 3 4 5; do dd if=/dev/vda of=/dev/null bs=4k count=2000 iflag=direct 2>/dev/null; done
	at_most "10,000 interrupts served by a thread" 9 oneshot
	check "each of them came" test $(($(irq_count "$irq") - before)) -ge 10000
	check "shadow and hardware agree after it all" vioapic check ioapic0
	check "the kernel did not complain" dmesg_clean
	done_testing
fi

# An affinity change of an edge interrupt is carried out when it next arrives. A vector is the lowest that is free: with all others
# on this CPU it is never the same on the other one, where there would be an access less to make.
for file in /proc/irq/[0-9]*/smp_affinity; do echo 1 >"$file"; done 2>/dev/null
exec 3>/dev/ttyS0
delivered() { awk '$1 == "4:" { print $2 + $3 }' /proc/interrupts; }
move() {
	echo "$1" >/proc/irq/4/smp_affinity
	before=$(delivered)
	echo >&3
	until [ "$(delivered)" -gt "$before" ]; do :; done
}
move 1
routes0=$(cat $counters/routes) reads0=$(cat $counters/hw_reads)
begin
i=0
while [ $i -lt 500 ]; do
	[ $((i % 10)) -ne 0 ] || echo "$(accesses) $(hardware)"
	move 2
	move 1
	i=$((i + 1))
done >/tmp/moves
at_most "1000 affinity moves" 8
# Of 49 times twenty the one in the middle: what the kernel does by itself meanwhile is in few of them
middle() { awk -v n="$1" 'NR > 1 { print $n - last } { last = $n }' /tmp/moves | sort -n | sed -n 25p; }
figure moves.accesses $(($(middle 1) * 50))
figure moves.hardware $(($(middle 2) * 50))
# As io_apic_sync() wants it
check "each mask was seen to have arrived, by a read of the hardware" test $(($(cat $counters/hw_reads) - reads0)) -ge 1000
check "each move changed the route" test $(($(cat $counters/routes) - routes0)) -ge 3000

# A level pin: only the ACPI interrupt is sure to be one.
echo 9 >$probe/pin
cat $probe/eoi >/dev/null
begin
i=0
while [ $i -lt 100 ]; do
	cat $probe/eoi >/dev/null
	i=$((i + 1))
done
check "an explicit EOI takes 12 accesses" test $(($(accesses) - a0)) -eq 1200
at_most "100 explicit EOIs without an EOI register" 4 eoi

begin
cat $probe/dump >/dev/null
check "a dump reads all 51 registers" test $(($(accesses) - a0)) -eq 104
at_most "a dump of all registers" 1 dump

# The same value again, index or half of an RTE, stays with us.
begin
i=0
while [ $i -lt 100 ]; do
	cat $probe/rmw >/dev/null
	i=$((i + 1))
done
check "writes of the index alone do not reach the hardware" test "$(hardware)" -eq "$h0"

check "shadow and hardware agree after it all" vioapic check ioapic0
check "the kernel did not complain" dmesg_clean
done_testing
