#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# All 384 pins of 16 simulated I/O APICs raised from 4 CPUs at a time, edges and levels, while their interrupts move and are
# switched off and on, and other I/O APICs come and go beside them: what was sent has been served, once, and nothing else has.
# `make soak MINUTES=n` goes on for so long.
# boot: smp=4 disk=0 mem=2G weight=15
# shellcheck shell=sh source=selftests/sim.sh disable=SC1091,SC2154,SC2317 # sim.sh, and what it sets; called by check
. "$(dirname "$0")/sim.sh"
disturbs "makes storms of interrupts"
needs module cpus=4 command=taskset

rounds=8	# of all pins, if it is not by the clock
[ -z "${VIOAPIC_SOAK:-}" ] || rounds=1000000000
SIMS=16 PINS=24

soaking # begins to count
# over ROUND: is that enough?
over() { [ -e /tmp/failed ] || [ "$1" -ge $rounds ] || { [ -n "${VIOAPIC_SOAK:-}" ] && ! soaking; }; }

insmod "$modules/vioapic_user.ko"
insmod "$modules/vioapic_pulser.ko"

# All ways of an EOI, both hooks (an ICH or 82093AA wants one of the low IDs); of the pins, two of three are edges, as they may be lost.
set_up() {
	for sim in $(seq 0 $((SIMS - 1))); do
		if [ "$sim" -ge 12 ]; then chip=generic240; elif [ $((sim % 2)) -eq 0 ]; then chip=ich; else chip=82093aa; fi
		if [ $((sim / 2 % 2)) -eq 0 ]; then hook=fixup; else hook=oops; fi
		sim_create s"$sim" "chip=$chip" "hook=$hook" || return 1
		for pin in $(seq 0 $((PINS - 1))); do
			case $((pin % 3)) in
			0) pair_add s"$sim.$pin" s"$sim" "$pin" level low ;;
			*) pair_add s"$sim.$pin" s"$sim" "$pin" edge high ;;
			esac || return 1
		done
	done
}

failed() { echo "$*" >>/tmp/failed; }

# raise CPU: from there, all pins of a quarter of them
raise() {
	read -r self _ </proc/self/stat
	taskset -p "$(printf %x $((1 << $1)))" "$self" >/dev/null
	round=0
	until over $round; do
		for sim in $(seq "$1" 4 $((SIMS - 1))); do
			for pin in $(seq 0 $((PINS - 1))); do
				run s"$sim.$pin" 4 || failed "s$sim.$pin from CPU $1"
			done
		done
		round=$((round + 1))
	done
	echo $round >"/tmp/rounds.$1"
}

# until_over COMMAND: again and again, as long as they are raised; how often is in /tmp/did.COMMAND
until_over() {
	times=0
	until [ -e /tmp/stop ]; do
		$1 $times || failed "$1, the time $times"
		times=$((times + 1))
		echo $times >"/tmp/did.$1"
		sleep 0.01
	done
}
# One after the other, with a step that meets all of them
move() { irq_to "$(user_of s$(($1 % SIMS)).$(($1 * 7 % PINS)) irq)" $(($1 * 5 % 4)); }
switch() {
	echo 1 >"$user/s$(($1 * 3 % SIMS)).$(($1 * 5 % PINS))/disabled" &&
		echo 0 >"$user/s$(($1 * 3 % SIMS)).$(($1 * 5 % PINS))/disabled"
}
come_and_go() {
	sim_create guest chip=generic240 && pair_add guest guest 3 level high && run guest 3 &&
		exactly guest 3 >/dev/null && pair_remove guest && sim_destroy guest
}

check "16 I/O APICs of 24 pins, a driver and a device at each" set_up || done_testing
rm -f /tmp/stop /tmp/failed
for work in move switch come_and_go; do
	until_over $work &
	workers="$workers $!"
done
for cpu in 0 1 2 3; do
	raise $cpu &
	raisers="$raisers $!"
done
# shellcheck disable=SC2086 # several
wait $raisers
touch /tmp/stop
# shellcheck disable=SC2086
wait $workers

check "each event was served before the next one" test ! -e /tmp/failed
[ ! -e /tmp/failed ] || note "$(head -n 20 /tmp/failed)"
note "rounds from each CPU: $(cat /tmp/rounds.? | xargs); $(for work in move switch come_and_go; do echo "$work: $(cat /tmp/did.$work) times;"; done | xargs)"
for work in move switch come_and_go; do
	check "meanwhile: $work" test "$(cat /tmp/did.$work)" -ge 5
done
# sums WHAT: of all drivers; one number for each is in a file of its own
sums() { cat "$user"/s*/"$1" | awk '{ n += $1 } END { print n }'; }
sent=$(sums sent)
note "$sent events"
check "so many as were asked for" test "$sent" -eq $((($(cat /tmp/rounds.? | paste -sd+)) * 4 * PINS * SIMS / 4))
check "all were served" test "$(sums seen)" -eq "$sent"
check "each once" test "$(sums count)" -eq "$sent"
check "none was lost" test "$(sums lost)" -eq 0
check "none came without a reason" test "$(sums none)" -eq 0

tear_down() {
	for sim in $(seq 0 $((SIMS - 1))); do
		for pin in $(seq 0 $((PINS - 1))); do
			pair_remove s"$sim.$pin" || return 1
		done
		sim_destroy s"$sim" || return 1
	done
}
check "all of it goes" tear_down
rmmod vioapic_pulser vioapic_user
check "the kernel did not complain" dmesg_clean
done_testing
