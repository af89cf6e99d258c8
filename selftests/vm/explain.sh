#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# vioapic show and explain: pins that are set up so that one thing is wrong with each, the machine's own, simulated ones
# and a guest's. JSON and pictures: selftests/unit/show_test.sh.
# boot: smp=2 nested=1 weight=10
# shellcheck shell=sh source=selftests/sim.sh disable=SC1091,SC2154,SC2317 # sim.sh, and what it sets; called by check
. "$(dirname "$0")/sim.sh"
disturbs "takes over the I/O APIC, takes a CPU offline, and has an interrupt storm"
needs module cpus=2 kvm

rte=/sys/kernel/debug/vioapic_rte
insmod "$modules/vioapic_user.ko"
insmod "$modules/vioapic_pulser.ko"
insmod "$modules/vioapic_rte.ko"

# rte_set PIN VALUE: of "a", past the kernel's back
rte_set() { printf '%u %u %x\n' "$id" "$1" "$2" >$rte/rte; }
rte_of() {
	echo "$id $1" >$rte/rte
	echo "0x$(cat $rte/rte)"
}
# why NAME PIN PART: the sentence has this in it, and there is one that says what to do
why() {
	vioapic explain "$1" "$2" >/tmp/why || return 1
	cat /tmp/why
	grep '^why: ' /tmp/why | grep -Fq "$3" && [ "$(grep -c '^try: ' /tmp/why)" -eq 1 ]
}
why_in_time() { wait_for 10 why "$@"; }

check "a simulated one" sim_create a chip=generic240 storm_limit=1000
check "and one that knows no storms" sim_create b chip=generic240 storm_limit=4294967295
id=$(cat "$sims/a/id")

check "nobody has asked for it" why a 0 "nobody has asked the kernel for GSI"
user_add r a 1 edge high r
check "no handler" why a 1 "has no handler"
user_add d a 2 edge high
check "never driven" why a 2 "nobody has ever driven its line"
vioapic sim pulse a 2
check "at rest" why a 2 "the line is at rest"
echo 1 >"$user/d/disabled"
check "disabled by its driver" why a 2 "(d) has called disable_irq()"
echo 0 >"$user/d/disabled"
vioapic sim raise a 2
check "an edge pin whose line stays" why a 2 "only the next edge counts"
vioapic sim lower a 2

user_add e a 3 edge high
good=$(rte_of 3)
rte_set 3 $((good | 0x10000))
check "masked by somebody else" why a 3 "the kernel believes it is not"
rte_set 3 $((good | 0x400))
check "delivery mode NMI" why a 3 "delivery mode is nmi"
rte_set 3 $((good & ~0xff | 5))
check "vector 5" why a 3 "vector 0x05"
rte_set 3 $((good & 0x00ffffffffffffff & ~0x800 | 0x77 << 56))
check "a CPU that is not there" why a 3 "APIC ID 119, which no CPU"
rte_set 3 $((good & 0x00ffffffffffffff | 0x800 | 0x80 << 56))
check "a logical destination that is nobody's" why a 3 "logical destination 0x80"
echo 0 >/sys/devices/system/cpu/cpu1/online
rte_set 3 $((good & 0x00ffffffffffffff & ~0x800 | 1 << 56))
check "a CPU that is offline" why a 3 "APIC ID 1, which is offline"
echo 1 >/sys/devices/system/cpu/cpu1/online
rte_set 3 "$good"

user_add l a 4 level low
vioapic sim raise a 4
check "a level pin of the wrong polarity" why a 4 "is high, and the entry is active low"
vioapic sim fault a stuck-irr=pin=4
vioapic sim lower a 4
sleep 0.1
vioapic sim raise a 4
check "a fault that keeps remote IRR" why_in_time a 4 "a fault is injected that keeps it so: stuck-irr"
vioapic sim fault a off
# Whoever frees it waits for remote IRR to go
stuck=$(rte_of 4)
rte_set 4 $((stuck & ~0x8000))
rte_set 4 "$stuck"
echo l >$user/remove

user_add f a 5 edge high
vioapic sim fault a delay=pin=5
vioapic sim pulse a 5
check "a fault that delays" why a 5 "a fault is injected: delay"
vioapic sim fault a off
sleep 0.1

user_add s a 6 level high
vioapic sim raise a 6
check "a storm" why_in_time a 6 "storm protection holds it back"
vioapic sim lower a 6

pair_add n a 7 level high
unhandled() { [ "$(sed -n 's/^unhandled //p' "/proc/irq/$(user_of n irq)/spurious")" -ge 20 ]; }
vioapic sim raise a 7
check "its device asks for nothing, and its line is asserted" wait_for 10 unhandled
vioapic sim lower a 7
check "a handler that says it is not its own" why a 7 "did not take"
user_add p a 8 edge high
while [ ! -e /tmp/enough ]; do
	vioapic sim pulse a 8
	sleep 0.02
done &
check "one that comes" sh -c "vioapic explain a 8 | grep -q '^nothing is wrong: .* came in a second'"
: >/tmp/enough
wait

check "the kernel did not complain so far" dmesg_clean
pair_add c b 0 level high
vioapic sim raise b 0
check "nobody cared, which takes a while" why_in_time b 0 "because nobody cared"
vioapic sim lower b 0
# It has, as it was to
dmesg -c >/dev/null
echo "$dmesg_mark" >/dev/kmsg

note "Of the machine's own"
check "takeover" vioapic takeover --all
check "nobody's" why ioapic0 20 "nobody has asked the kernel for GSI 20"
check "the keyboard is quiet" why ioapic0 1 "the way is open, and none came"
check "a pin that is not there is refused" sh -c "! vioapic explain ioapic0 24 2>/tmp/said && grep -q 'its pins are 0-23' /tmp/said"
check "an I/O APIC that is not there" sh -c "! vioapic explain c 0 2>/tmp/said && grep -q 'there is ioapic0 a b' /tmp/said"
check "without a pin it is wrong usage" sh -c "vioapic explain ioapic0 2>/dev/null; [ \$? -eq 2 ]"

note "Of a guest"
insmod "$modules/vioapic_kvm.ko"
mkfifo /tmp/stdin
guest_pins 10031 0005 8032+ 010000000000c033 8034 </tmp/stdin >/tmp/guest 2>&1 &
exec 3>/tmp/stdin
check "a guest" wait_for 10 grep -q ready /tmp/guest
guest=$(vioapic list | awk '/ kvm$/ { print $1 }')
check "masked by the guest" why "$guest" 0 "the guest has masked the entry"
check "no vector" why "$guest" 1 "vector 0x05"
check "nobody takes it" why "$guest" 2 "its local APIC is not enabled"
check "not ended" why "$guest" 3 "not ended it (EOI)"
check "its device does not ask" why "$guest" 4 "ever driven its line"

note "The table"
row() { vioapic show "$1" --interval 0 | awk -v pin="$2" '$1 == pin'; }
check "has interrupt, count and handler" sh -c "vioapic show a | grep -qE '^  2 +[0-9]+ .* [01](-1)? +[0-9]+ +[0-9]+  d\$'"
check "no colour where nobody looks" sh -c "! vioapic show a | grep -q '\['"
check "a rate, if wanted" sh -c "vioapic show a --interval 0.1 | head -n 2 | grep -q ' RATE '"
check "an interval that is none is wrong usage" sh -c "vioapic show a --interval x 2>/dev/null; [ \$? -eq 2 ]"
check "JSON has them, too" sh -c "vioapic show a --json | tr -d ' \n' | grep -q '\"irq\":[0-9]*,\"actions\":\[\"d\"\],\"disabled\":false,\"count\":[0-9]*,\"rate\":null'"
check "of a guest there is none" sh -c "! vioapic show '$guest' --json | grep -q '\"irq\"'"
for name in ioapic0 a "$guest"; do
	vioapic show "$name" --svg >/tmp/svg
	check "a picture of $name" grep -q '^</svg>$' /tmp/svg
done
exec 3>&-
for name in r d e f p s; do echo $name >$user/remove; done
pair_remove n
pair_remove c
check "they go" vioapic sim destroy --all
check "the kernel did not complain" dmesg_clean
done_testing
