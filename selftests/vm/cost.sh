#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Instructions, all counted in one boot. What the count leaves out: the time that
# hardware takes for the exception itself.
# boot: kernels=every icount=1 weight=8 bench=1
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC"
needs module icount

cost=/sys/kernel/debug/vioapic_probe/cost
plain=/sys/kernel/debug/vioapic_plain
tracer=/sys/kernel/tracing/current_tracer

# number WORD LINE: the number behind WORD
number() { echo "$2" | sed "s/.*\b$1 \([0-9]*\).*/\1/"; }

# same SENTENCE WITHOUT WITH [THOUSANDTHS]: within so many, or 5
same() {
	note "$1: $2 without, $3 with"
	[ $((($3 - $2) * 1000)) -le $(($2 * ${4:-5})) ] && [ $((($2 - $3) * 1000)) -le $(($2 * ${4:-5})) ]
	report $? "$1 costs the same as without the module"
}

# all_same HOOK: what nobody shall notice. What a switch takes differs by some 2% from one pair of processes to the next.
all_same() {
	for what in minor switch calls; do
		figure "$what.$1" "$(number $what "$with")"
	done
	same "a minor fault, hook $1," "$(number minor "$without")" "$(number minor "$with")"
	same "a switch to another process and back, hook $1," "$(number switch "$without")" "$(number switch "$with")" 30
	same "a million system calls, hook $1," "$(number calls "$without")" "$(number calls "$with")"
	figure "efault.$1" $(($(number efault "$with") - $(number efault "$without")))
}

# at_most HOOK LIMIT: a trapped read, less what measuring costs. For a module's text the kernel searches the exception
# tables of its modules as well, which is not ours.
at_most() {
	line=$(cat $cost)
	read=$(($(number read "$line") - $(number empty "$line")))
	inkernel=$(($(number inkernel "$line") - $(number direct "$line")))
	note "a trapped read, hook $1: $read instructions from a module, $inkernel from the kernel's own code"
	figure "trap.$1" $inkernel
	figure "trap.$1.module" $read
	[ "$read" -gt 100 ] && [ "$inkernel" -gt 100 ] && [ "$inkernel" -le "$2" ]
	report $? "a trapped read, hook $1, costs at most $2 instructions"
}

# Of where a program lies in memory it depends how long it is looked for
random=/proc/sys/kernel/randomize_va_space
before=$(cat $random)
echo 0 >$random
rmmod vioapic
without=$("$bin/cost")
for what in minor efault switch calls; do
	figure "$what.without" "$(number $what "$without")"
done

# Others, of the same access: before the kernel has a hook of ours
insmod "$modules/vioapic_plain.ko"
line=$(cat $plain/extable)
extable=$(($(number extable "$line") - $(number empty "$line")))
echo mmiotrace >$tracer
line=$(cat $plain/mmio)
# RCU lets go of the mapping first, or the kernel complains
sleep 1
echo nop >$tracer
mmiotrace=$(($(number mmio "$line") - $(number direct "$line")))
figure trap.extable $extable
figure trap.mmiotrace $mmiotrace
check "the same read resolved by an exception table, $extable, and by mmiotrace, $mmiotrace, trapped, too" \
	test $extable -gt 300 -a $mmiotrace -gt 300
rmmod vioapic_plain

insmod "$modules/vioapic.ko"
insmod "$modules/vioapic_probe.ko"

check "takeover with hook oops" vioapic takeover --all --hook oops
with=$("$bin/cost")
all_same oops
same "-EFAULT, hook oops," "$(number efault "$without")" "$(number efault "$with")"
at_most oops 860

vioapic release --all
check "takeover with hook fixup" vioapic takeover --all --hook fixup
with=$("$bin/cost")
all_same fixup
note "-EFAULT, hook fixup: $(number efault "$without") without, $(number efault "$with") with"
at_most fixup 320

echo "$before" >$random
check "the kernel did not complain" dmesg_clean
done_testing
