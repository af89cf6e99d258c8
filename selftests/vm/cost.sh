#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Instructions, all counted in one boot. What the count leaves out: the time that
# hardware takes for the exception itself.
# boot: kernels=every icount=1 weight=8
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC"
needs module icount

cost=/sys/kernel/debug/vioapic_probe/cost

# number WORD LINE: the number behind WORD
number() { echo "$2" | sed "s/.*\b$1 \([0-9]*\).*/\1/"; }

# same SENTENCE WITHOUT WITH: within 0.5%
same() {
	note "$1: $2 without, $3 with"
	[ $((($3 - $2) * 1000)) -le $(($2 * 5)) ] && [ $((($2 - $3) * 1000)) -le $(($2 * 5)) ]
	report $? "$1 costs the same as without the module"
}

# at_most SENTENCE LIMIT: a trapped read, less what measuring costs. For a module's text the kernel searches the exception
# tables of its modules as well, which is not ours.
at_most() {
	line=$(cat $cost)
	read=$(($(number read "$line") - $(number empty "$line")))
	inkernel=$(($(number inkernel "$line") - $(number direct "$line")))
	note "$1: $read instructions from a module, $inkernel from the kernel's own code"
	[ "$read" -gt 100 ] && [ "$inkernel" -gt 100 ] && [ "$inkernel" -le "$2" ]
	report $? "$1 costs at most $2 instructions"
}

rmmod vioapic
without=$("$bin/cost")
insmod "$modules/vioapic.ko"
insmod "$modules/vioapic_probe.ko"

check "takeover with hook oops" vioapic takeover --all --hook oops
with=$("$bin/cost")
same "a minor fault, hook oops," "$(number minor "$without")" "$(number minor "$with")"
same "-EFAULT, hook oops," "$(number efault "$without")" "$(number efault "$with")"
at_most "a trapped read, hook oops," 900

vioapic release --all
check "takeover with hook fixup" vioapic takeover --all --hook fixup
with=$("$bin/cost")
same "a minor fault, hook fixup," "$(number minor "$without")" "$(number minor "$with")"
note "-EFAULT, hook fixup: $(number efault "$without") without, $(number efault "$with") with"
at_most "a trapped read, hook fixup," 360

check "the kernel did not complain" dmesg_clean
done_testing
