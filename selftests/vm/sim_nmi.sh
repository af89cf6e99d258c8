#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# An NMI never waits for the lock of an I/O APIC, and nothing of what it does gets lost; a lock whose holder has died
# is known to be lost, by all, at once. Instructions are counted.
# boot: kernels=6.12 smp=1 disk=0 icount=1 weight=4
# shellcheck shell=sh source=selftests/sim.sh disable=SC1091,SC2154,SC2317 # sim.sh, and what it sets; called by check
. "$(dirname "$0")/sim.sh"
disturbs "has NMIs, and an I/O APIC whose lock is lost"
needs module icount

nmi=/sys/kernel/debug/vioapic_nmi
insmod "$modules/vioapic_user.ko"
insmod "$modules/vioapic_nmi.ko"
check "an I/O APIC" sim_create a chip=ich
user_add edge a 5 edge high
user_add level a 6 level high
user_add other a 7 edge high

# did FILE LINE ERRNO: what the NMI did returned ERRNO, after few instructions
did() {
	echo "$2" >"$nmi/$1" || return 1
	read -r did_errno did_cost <"$nmi/$1"
	echo "errno $did_errno, $did_cost instructions"
	[ "$did_errno" -eq "$3" ] && [ "$did_cost" -lt 20000 ]
}
# counts N USER FILE LINE: N interrupts come of it
counts() {
	counts_was=$(user_of "$2" count)
	did "$3" "$4" 0 || return 1
	sleep 0.02
	[ $(($(user_of "$2" count) - counts_was)) -eq "$1" ] && return 0
	echo "$(($(user_of "$2" count) - counts_was)) interrupts, wanted $1"
	return 1
}
# line_is PIN high|low
line_is() { [ "$(vioapic show a | awk -v pin="$1" '$1 == pin { print $12 }')" = "$2" ]; }

for where in beneath window; do
	# The pin whose message is sent when the NMI comes; "window" does nothing after it
	also=$([ $where = beneath ] && echo 7)
	check "$where: a pulse by an NMI arrives" counts 1 edge $where "a 5 p $also"
	check "$where: raising a line does" counts 1 edge $where "a 5 r $also"
	check "$where: the line is high" line_is 5 high
	check "$where: lowering it does not" counts 0 edge $where "a 5 l $also"
	check "$where: the line is low" line_is 5 low
	check "$where: raised and lowered, it does" counts 1 edge $where "a 5 rl $also"
	check "$where: the line is low" line_is 5 low
	check "$where: several edges merge" counts 1 edge $where "a 5 ppprlrl $also"
	check "$where: raised, pulsed, and raised, the line is high" counts 1 edge $where "a 5 rpr $also"
	check "$where: the line is high" line_is 5 high
	check "$where: it falls" counts 0 edge $where "a 5 l $also"
	check "$where: a pin that there is not is refused" did $where "a 24 p $also" -34
done
check "the pulses during which they came arrived, too" user_is other count 8
check "what a task does after the NMI comes after it" counts 1 edge window "a 5 r l"
check "the line is low" line_is 5 low
check "and low again" counts 0 edge window "a 5 l"
check "a level pin raised in an NMI" did window "a 6 r" 0
came() { [ "$(user_of level count)" -gt 10 ]; }
check "interrupts" wait_for 20 came
check "and lowered" did window "a 6 l" 0
check "does not any more" line_is 6 low
check "without an NMI it is the same" counts 1 edge cost "a 5 p"
check "takeover" vioapic takeover ioapic0
check "an access by an NMI that comes in the middle of another sees no device" did peek "" -1
check "that went by" grep -qx 1 /sys/kernel/debug/vioapic/ioapic0/bypassed
check "the I/O APIC is taken" sh -c "vioapic list | grep -q '^ioapic0 .* taken '"
check "shadow and hardware agree" vioapic check ioapic0
check "release" vioapic release ioapic0
check "the kernel did not complain" dmesg_clean

# --- A holder who dies. The kernel's own oops is what this is about: its log is not judged from here on
check "save" vioapic save a /tmp/state
die() { ! sh -c "echo 'a 7' >$nmi/die" && dmesg | grep -q 'invalid opcode'; }
refused() { vioapic "$@" 2>/tmp/why && return 1; cat /tmp/why; [ "$(wc -l </tmp/why)" -eq 1 ] && grep -q 'has died' /tmp/why; }
check "a tracer dies with the lock held" die
check "a pulse is refused at once" did cost "a 5 p" -16
check "so is another" did cost "a 5 ppp" -16
check "and a line" did cost "a 5 rl" -16
check "show is refused in one line" refused show a
check "a pulse by command, too" refused sim pulse a 5
check "restore makes the lock anew" vioapic restore a /tmp/state
check "a pulse arrives" counts 1 edge cost "a 5 p"
check "it is what it was" vioapic show a
check "a tracer dies once more" die
for user in edge level other; do echo $user >"/sys/kernel/debug/vioapic_user/remove"; done
check "it can be destroyed" sim_destroy a
done_testing
