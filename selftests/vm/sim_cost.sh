#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What an interrupt of a simulated pin costs, in instructions, from the write on the line to the handler's
# first instruction, and the bare IPI of the same vector. The count leaves out what hardware spends on taking
# an interrupt, which both have.
# boot: icount=1 disk=0 weight=6 bench=1
# shellcheck shell=sh source=selftests/sim.sh disable=SC1091,SC2154,SC2317 # sim.sh, and what it sets; called by check
. "$(dirname "$0")/sim.sh"
needs module icount

cost=/sys/kernel/debug/vioapic_bare/cost
rte=/sys/kernel/debug/vioapic_rte/rte
insmod "$modules/vioapic_user.ko"
insmod "$modules/vioapic_bare.ko"
insmod "$modules/vioapic_rte.ko"

# at_most SENTENCE OURS IPI: 1.3 times; a median that is far from the least was measured with something else in it
at_most() { check "$1: at most 1.3 times the bare IPI, $2 to $3" test "$3" -gt 100 -a $(($2 * 10)) -le $(($3 * 13)); }

for hook in oops fixup; do
	check "an I/O APIC, hook $hook" sim_create a chip=generic240 hook=$hook
	for kind in edge level; do
		user_add u a 200 $kind high
		echo "$(cat "$sims/a/id") 200" >$rte
		vector=$(cut -c15- $rte)
		echo "u a 200 $vector" >$cost
		read -r _ _ line _ _ pulse _ _ ipi _ <$cost
		note "$kind, hook $hook: $(cat $cost) (least and median)"
		figure "sim.$hook.$kind" "$line"
		figure "sim.$hook.$kind.ipi" "$ipi"
		at_most "$kind, hook $hook: the line" "$line" "$ipi"
		at_most "$kind, hook $hook: a pulse" "$pulse" "$ipi"
		echo u >"$user/remove"
	done
	check "it goes" sim_destroy a
done
check "the kernel did not complain" dmesg_clean
done_testing
