#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Interrupts of simulated I/O APICs, as a stock driver sees them: each exactly once, while they move and
# CPUs come and go. Parallel CPUs (threads=multi) boot with one, so that kernel text is patched before the others run.
# boot: smp=1 disk=0 weight=10
# boot: kernels=every spare=7.2 smp=4 disk=0 weight=20
# boot: smp=4 disk=0 weight=20 threads=multi
# shellcheck shell=sh source=selftests/sim.sh disable=SC1091,SC2154,SC2317 # sim.sh, and what it sets; called by check
. "$(dirname "$0")/sim.sh"
disturbs "makes storms of interrupts, and takes CPUs offline"
needs module

present=$(cut -d- -f2 /sys/devices/system/cpu/present)
online() { [ "$(cpus | wc -l)" -eq "$1" ]; }
switch_cpu() { echo "$2" >"/sys/devices/system/cpu/cpu$1/online"; }
switch_cpus() {
	for cpu in $(seq 1 "$present"); do
		switch_cpu "$cpu" "$1" || return 1
	done
}

insmod "$modules/vioapic_user.ko"
insmod "$modules/vioapic_pulser.ko"

# Both hooks, both ways of an EOI; from here on no text is patched.
check "an ICH, hook oops" sim_create ich chip=ich hook=oops
check "an 82093AA, hook fixup" sim_create old chip=82093aa hook=fixup
check "an ICH, hook fixup" sim_create ich2 chip=ich hook=fixup
check "an 82093AA, hook oops" sim_create old2 chip=82093aa hook=oops
online $((present + 1)) || check "the other CPUs come online" switch_cpus 1

# --- Each exactly once
check "drivers of an edge pin, a level pin and one by a thread" pair_add edge ich 5 edge high
check "..." pair_add level ich 6 level low
check "..." user_add thread ich 7 level low t
check "..." device_add thread ich 7 level low
check "100000 pulses on an edge pin" run edge 100000
check "each arrived once" exactly edge 100000
check "5000 level interrupts" run level 5000
check "each arrived once" exactly level 5000
check "3000 served by a thread" run thread 3000
check "each arrived once" exactly thread 3000
check "an active-low edge pin" pair_add falling old 3 edge low
check "1000 pulses on it" run falling 1000
check "each arrived once" exactly falling 1000
pair_remove falling
pair_remove thread

# --- Held, re-delivered, shared
check "a device that holds its line for 7 interrupts" user_add held ich 8 level high
check "..." device_add held ich 8 level high 7
check "1000 events of it" run held 1000
check "7 interrupts for each" exactly held 1000 7000
check "its interrupt is disabled" sh -c "echo 1 >$user/held/disabled"
echo held >$pulser/event
sleep 0.05
check "none arrives" user_is held count 7000
echo 0 >$user/held/disabled
check "the line was held: they arrive when it is enabled" wait_for 5 user_is held seen 1001
check "7 of them" exactly held 1001 7007
pair_remove held

check "two drivers share a pin" user_add one ich 9 level low s
check "..." user_add two ich 9 level low s
check "..." device_add one ich 9 level low
check "..." device_add two ich 9 level low
run one 2000 &
one=$!
check "2000 events of one" run two 2000
wait $one
report $? "and of the other at the same time"
grep . $user/one/* $user/two/* | sed 's/^/# /'
check "each is served" test "$(user_of one seen)" -eq 2000 -a "$(user_of two seen)" -eq 2000
check "both handlers are called for each interrupt" test "$(user_of one count)" -eq "$(user_of two count)"
pair_remove one
pair_remove two

# --- The ways of an EOI
# eois_of SIM EVENTS: how many writes of an EOI register are right for that
for sim in ich ich2 old old2; do
	check "a level pin of $sim" pair_add "l$sim" $sim 10 level high
	eois=$(counter $sim eois)
	check "1000 interrupts" run "l$sim" 1000
	check "each arrived once" exactly "l$sim" 1000
	eois=$(($(counter $sim eois) - eois))
	case $sim in
	ich*) check "with an EOI by register for each" test $eois -eq 1000 ;;
	*) check "with no EOI by register" test $eois -eq 0 ;;
	esac
	pair_remove "l$sim"
done

# --- A line that nobody quiets
storm() { [ "$(counter ich storms)" -ge "$1" ]; }
user_add storm ich 11 level high
echo 11 >$sims/ich/raise
check "a line that is never quieted is held back at times, and the machine lives" wait_for 60 storm 3
echo 11 >$sims/ich/lower
sleep 0.02
storms=$(counter ich storms) calls=$(user_of storm count)
note "$calls interrupts in $storms storms"
check "after 10000 interrupts each time" test "$calls" -ge $((storms * 10000)) -a "$calls" -le $(((storms + 1) * 10002))
sleep 0.05
check "a line that falls is quiet" user_is storm count "$calls"
check "its driver goes" sh -c "echo storm >$user/remove"
check "with a limit of 100" sim_create limited chip=ich storm_limit=100
user_add storm limited 11 level high
echo 11 >$sims/limited/raise
limited() { [ "$(counter limited storms)" -ge 10 ]; }
check "sooner" wait_for 20 limited
echo 11 >$sims/limited/lower
sleep 0.02
storms=$(counter limited storms) calls=$(user_of storm count)
check "after 100 interrupts each time" test "$calls" -ge $((storms * 100)) -a "$calls" -le $(((storms + 1) * 102))
note "$calls interrupts in $storms storms"
echo storm >$user/remove
check "it goes" sim_destroy limited

# A pause is over when it is over, whatever other pins do meanwhile
check "with a limit of 2" sim_create limited chip=ich storm_limit=2
user_add storm limited 11 level high
user_add other limited 12 level high
echo 11 >$sims/limited/raise
calls=$(user_of storm count) others=$(user_of other count)
# Nothing in here takes the 10 ms of a pause
start=$(sed 's/ .*//; s/\.//' /proc/uptime) n=0
while [ $n -lt 1000 ]; do
	n=$((n + 1))
	echo 12 >$sims/limited/raise
	echo 12 >$sims/limited/lower
done
pauses=$(($(sed 's/ .*//; s/\.//' /proc/uptime) - start))
calls=$(($(user_of storm count) - calls)) others=$(($(user_of other count) - others))
note "in $pauses times 10 ms: $calls interrupts of one, $others of the other"
# With more CPUs, the other is not always served in between
if [ "$(cpus | wc -l)" -eq 1 ]; then
	check "another pin storms all the time" test "$others" -ge 1000
	check "the first comes again all the same" test $((2 * calls)) -ge "$pauses"
fi
echo 11 >$sims/limited/lower
echo storm >$user/remove
echo other >$user/remove
check "it goes" sim_destroy limited

# --- While they move, and CPUs come and go
# load: both run on and on until there is a file "stop", each says how much it did
load() {
	(n=0; until [ -e /tmp/stop ]; do run "$1" 200 || break; n=$((n + 200)); sleep 0.001; done; echo $n >"/tmp/did.$1") &
}
loads() {
	rm -f /tmp/stop /tmp/did.*
	edge0=$(user_of edge seen) level0=$(user_of level seen)
	load edge
	load level
}
loads_end() {
	touch /tmp/stop
	wait_for 30 test -e /tmp/did.edge -a -e /tmp/did.level
	edge1=$((edge0 + $(cat /tmp/did.edge))) level1=$((level0 + $(cat /tmp/did.level)))
	note "edge $((edge1 - edge0)), level $((level1 - level0))"
}

if [ "$present" -gt 0 ]; then
	edge=$(user_of edge irq) level=$(user_of level irq)
	for irq in $edge $level; do
		for cpu in $(cpus); do irq_count "$irq" "$cpu"; done >"/tmp/before.$irq"
	done
	loads
	moves=0
	while [ $moves -lt 120 ]; do
		irq_to "$edge" $((moves % 4))
		irq_to "$level" $(((moves + 1) % 4))
		moves=$((moves + 1))
		sleep 0.02
	done
	loads_end
	check "after $moves moves each edge has arrived once" exactly edge $edge1
	check "and each level interrupt" exactly level $level1
	for irq in $edge $level; do
		for cpu in $(cpus); do irq_count "$irq" "$cpu"; done | paste "/tmp/before.$irq" - >"/tmp/moved.$irq"
		note "interrupt $irq, by CPU: $(awk '{ print $2 - $1 }' "/tmp/moved.$irq" | xargs)"
		check "it went to every CPU" test "$(awk '$2 - $1 >= 100' "/tmp/moved.$irq" | wc -l)" -eq 4
	done

	loads
	offline=0
	for cpu in 3 2 1 3 2 1; do
		irq_to "$edge" $cpu
		irq_to "$level" $cpu
		sleep 0.05
		switch_cpu $cpu 0 && offline=$((offline + 1))
		sleep 0.05
		switch_cpu $cpu 1
	done
	loads_end
	check "6 times a CPU went, that had the interrupts" test $offline -eq 6
	check "each edge has arrived once" exactly edge $edge1
	check "and each level interrupt" exactly level $level1
	check "there was a load" test $((edge1 - edge0)) -ge 1000 -a $((level1 - level0)) -ge 1000
	check "interrupts go to a CPU that was away" irq_to "$level" 3
	run level 10
	before=$(irq_count "$level" 3)
	run level 100
	check "..." test $(($(irq_count "$level" 3) - before)) -eq 100
fi

# Where parallel CPUs are, no text is patched: the module goes when they are gone.
check "the kernel did not complain" dmesg_clean
[ "$present" -eq 0 ] || check "the other CPUs go offline" switch_cpus 0
check "the last CPU has the interrupts" run edge 100
pair_remove edge
pair_remove level
for sim in ich ich2 old old2; do
	check "$sim is destroyed" sim_destroy $sim
done
rmmod vioapic_pulser
rmmod vioapic_user
check "the module goes" rmmod vioapic
check "the kernel did not complain of that either" dmesg_clean
done_testing
