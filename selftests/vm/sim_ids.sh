#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# IDs (and the last GSIs) of simulated I/O APICs on a machine whose own has another ID than 0. The kernel never forgets
# that there was an I/O APIC: its slot, cleared, counts as ID 0, and what it refused as the ID that it had. It then
# writes another.
# boot: smp=2 machine=q35-id2 disk=0 weight=4
# shellcheck shell=sh source=selftests/sim.sh disable=SC1091,SC2154,SC2317 # sim.sh, and what it sets; called by check
. "$(dirname "$0")/sim.sh"
needs module listed="^ioapic0 .* 0xfec00000 +2 "

insmod "$modules/vioapic_user.ko"
insmod "$modules/vioapic_pulser.ko"
insmod "$modules/vioapic_bare.ko"

create() { vioapic sim create "$@"; }
destroy() { vioapic sim destroy "$@"; }
# is NAME ID: what vioapic says, and what the kernel said last
is() {
	[ "$(vioapic list | awk -v name="$1" '$1 == name { print $4 }')" -eq "$2" ] &&
		dmesg | grep 'IOAPIC\[[0-9]*\]: apic_id' | tail -n 1 | grep -q "apic_id $2,"
}
# refused PATTERN COMMAND..: by exit status 1, with one line
refused() {
	refused_pattern=$1 refused_slots=$(slots)
	shift
	"$@" 2>/tmp/why
	[ $? -eq 1 ] && [ "$(wc -l </tmp/why)" -eq 1 ] && grep -q "$refused_pattern" /tmp/why &&
		[ "$(slots)" -eq "$refused_slots" ] && return 0
	echo "$(slots) slots, and it said:"
	cat /tmp/why
	return 1
}

check "the machine's own has ID 2" is ioapic0 2
start=$(slots)
check "without --id, the first" create first --chip generic240
check "has ID 1" is first 1
check "ID 2 is refused" refused "ID 2 is taken" create two --id 2
check "ID 0, which nobody has" create zero --id 0
check "is given" is zero 0
check "a second time it is refused" refused "ID 0 is taken" create again --id 0
for n in 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	check "the next" create "s$n" --chip generic240
	check "has ID $n" is "s$n" $n
done
check "no ID is left that 4 bits can have" refused "are taken: use chip generic240" create ich

# An ID that the chip has no room for: the kernel writes it all the same, and dies if it does not read it again.
check "the one with ID 0 goes" destroy zero
check "ID 0 is refused, the kernel has it in use" refused "the kernel .*ID 0.* another" create ich --id 0
check "so it is, of 8 bits" refused "the kernel .*ID 0.* another" create amd --chip amd --id 0
check "so it is, by file" sh -c "mkdir $sims/c && echo 0 >$sims/c/id && ! echo 1 2>/dev/null >$sims/c/live && rmdir $sims/c"
check "and without --id, of 4 bits" refused "are taken" create ich
check "but not of 8 bits" create amd --chip amd
check "which has ID 16" is amd 16
check "now that its slot is used again, ID 0" create zero --id 0
check "is given" is zero 0
check "its pins work" pair_add e zero 5 edge high
check "..." run e 10
check "..." exactly e 10
pair_remove e
check "all go" destroy --all
check "from the kernel, too" test "$(slots)" -eq "$start"

# Refused by the kernel for its GSIs, which one that vioapic has not heard of has
check "a hole" create hole --gsi-base 1000 --id 5
check "..." create behind --gsi-base 1100 --id 6
echo 1 >$bare/plug
check "..." destroy hole
check "refused by the kernel" refused "not in vioapic list" create x --gsi-base 100 --id 9
check "with other GSIs, the same ID" create x --gsi-base 2000 --id 9
check "is given" is x 9
check "all go" destroy --all
echo >$bare/unplug
check "the kernel has as many as at the start" test "$(slots)" -eq "$start"

# GSIs that are too high
check "GSIs beyond all" refused "too high: this kernel has [0-9]* interrupts$" create x --gsi-base 2147483000
limit=$(sed -n 's/.*this kernel has \([0-9]*\) .*/\1/p' /tmp/why)
check "the last" create last --gsi-base $((limit - 24))
check "none above, and it is said what to do" refused "too high: .*: give --gsi-base$" create x
check "which helps" create x --gsi-base 1000
check "all go" destroy --all
rmmod vioapic_pulser
rmmod vioapic_bare
rmmod vioapic_user
check "the module goes" rmmod vioapic
check "the kernel did not complain" dmesg_clean
done_testing
