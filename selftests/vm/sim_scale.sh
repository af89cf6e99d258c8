#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# As many simulated I/O APICs as the kernel takes, 127 of 240 pins, and what each costs (memory: sim_memory.sh). Of costs, the kernel's own share is told apart by as many I/O APICs that are but a page of RAM.
# boot: icount=1 disk=0 weight=12 bench=1
# boot: smp=4 disk=0 weight=12
# shellcheck shell=sh source=selftests/sim.sh disable=SC1091,SC2154,SC2317 # sim.sh, and what it sets; called by check
. "$(dirname "$0")/sim.sh"
needs module listed="^ioapic0 .* 0-23 "

timed=$bin/timed
most=127
icount=
! "$bin/icount" || icount=1
insmod "$modules/vioapic_user.ko"
insmod "$modules/vioapic_pulser.ko"
insmod "$modules/vioapic_bare.ko"

numbers() { seq 1 "$most"; }
all_live() { for n in $(numbers); do echo "$1" >"$sims/s$n/live" || return 1; done; }
all_made() { for n in $(numbers); do mkdir "$sims/s$n" && echo generic240 >"$sims/s$n/chip" || return 1; done; }
all_removed() { for n in $(numbers); do rmdir "$sims/s$n" || return 1; done; }
# least COMMAND: of some
least() { for n in 1 2 3 4 5; do "$@"; done | sort -n | head -n 1; }
# plain_cost N: instructions that the kernel itself spends on the Nth
plain_cost() {
	echo "$1" >"$bare"/plug
	if [ "$1" -eq 1 ]; then awk '{ print $2 }' "$bare"/plug; else awk '{ print $4 }' "$bare"/plug; fi
	echo >"$bare"/unplug
}
# again NAME: instructions that writing to "live" takes
again() {
	echo 0 >"$sims/$1/live"
	$timed "$sims/$1/live" 1
}
# least_walk: the same of one more, of a directory that configfs finds at once: some kernels look through all of them from
# the oldest on, others from the youngest
least_walk() {
	for walk_name in s1 "s$most"; do
		walk_live=$(cat "$sims/$walk_name/live")
		least again "$walk_name"
		echo "$walk_live" >"$sims/$walk_name/live"
	done | sort -n | head -n 1
}

# What comes once and stays: the hook, the table of ACPI
check "the first ever" sim_create warm chip=generic240
check "it goes" sim_destroy warm
empty_slots=$(slots)

echo $most >"$bare"/plug
check "the kernel takes $most plain ones" test "$(slots)" -eq $((empty_slots + most))
echo >"$bare"/unplug
check "directories for $most" all_made
if [ -n "$icount" ]; then
	echo 1 >"$sims/s2/live"
	second=$(least_walk)
	echo 0 >"$sims/s2/live"
fi
check "all of them live" all_live 1
if [ -n "$icount" ]; then
	last=$(least_walk)
	all_live 0 && all_live 1
fi
check "the kernel has $most I/O APICs more" test "$(slots)" -eq $((empty_slots + most))
check "vioapic lists them" test "$(vioapic list | grep -c ' owner .* taken ')" -eq $most
check "with 240 pins each" test "$(cat "$sims"/s*/pins | grep -cx 240)" -eq $most

mkdir "$sims/many"
echo generic240 >"$sims/many/chip"
check "one more is refused" sh -c "! echo 1 2>/dev/null >$sims/many/live"
check "in one line" test "$(dmesg | grep -c 'vioapic: many: ')" -eq 1
check "that says why" sh -c "dmesg | grep -q 'vioapic: many: .* 128 I/O APICs'"
check "with ENOSPC" sh -c "env echo 1 2>&1 >$sims/many/live | grep -q 'No space left'"
check "nothing has changed" test "$(slots)" -eq $((empty_slots + most)) -a "$(cat "$sims/many/live")" -eq 0
rmdir "$sims/many"

top=$(($(cat "$sims/s$most/gsi_base") + 239))
check "the last pin has GSI $top" test $top -eq $((24 + most * 240 - 1))
for pin in 0 239; do
	check "pin $pin of the last has a driver" pair_add "p$pin" s$most $pin edge high
	check "1000 pulses on it" run "p$pin" 1000
	check "each arrived once" exactly "p$pin" 1000
	pair_remove "p$pin"
done

check "all go" all_live 0
check "their directories, too" all_removed
check "the kernel has as many as at the start" test "$(slots)" -eq "$empty_slots"
if [ -n "$icount" ]; then
	plain_second=$(least plain_cost 2)
	plain_last=$(least plain_cost $most)
	second=$((second - plain_second)) last=$((last - plain_last))
	note "instructions that are ours: $second of the second, $last of the last; the kernel's own: $plain_second, $plain_last"
	figure sim.second $second
	figure sim.last $last
	check "our share of the last is at most 1.15 of that of the second" test $((last * 20)) -le $((second * 23))
fi
check "the kernel did not complain" dmesg_clean
done_testing
