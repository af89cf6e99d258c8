#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A level line that nobody quiets, whose handlers are threads: the pin is masked, the interrupt ended, and the pin
# unmasked when the thread has run. Whoever ends a service that way is held back as others are.
# boot: kernels=6.12 smp=1 disk=0 append=threadirqs weight=4
# boot: kernels=6.12-rt smp=1 disk=0 weight=4
# shellcheck shell=sh source=selftests/sim.sh disable=SC1091,SC2154,SC2317 # sim.sh, and what it sets; called by check
. "$(dirname "$0")/sim.sh"
disturbs "has an interrupt storm"
needs module

insmod "$modules/vioapic_user.ko"
insmod "$modules/vioapic_pulser.ko"
stormed() { [ "$(counter a storms)" -ge "$1" ]; }
threads() { grep -qs "^irq/[0-9]*-$1" /proc/[0-9]*/comm; }

# With and without EOI register; the driver asks for a thread, or the kernel gives it one
for chip in ich 82093aa; do
	for flags in t ''; do
		how="$chip, $([ "$flags" ] && echo IRQF_ONESHOT || echo forced)"
		check "$how: an I/O APIC with a limit of 100" sim_create a chip=$chip storm_limit=100
		check "$how: a driver" user_add u a 5 level high $flags
		check "$how: served by a thread" threads u
		# Its device gives in after 1000: whatever we do wrong, the machine lives to tell
		check "$how: a device that holds its line for 1000 interrupts" device_add u a 5 level high 1000
		echo u >$pulser/event
		check "$how: they arrive" wait_for 60 user_is u seen 1
		check "$how: all of them" exactly u 1 1000
		storms=$(counter a storms)
		check "$how: it was held back after each 100, but for the last, when the line fell" test "$storms" -eq 9
		echo u >$pulser/detach
		# Raised and left: nothing but that gives us back the CPU
		if [ "$storms" -eq 9 ]; then
			echo 5 >$sims/a/raise
			check "$how: a line that is raised and left is held back, and the machine lives" wait_for 60 stormed 100
			echo 5 >$sims/a/lower
			sleep 0.02
			calls=$(user_of u count)
			sleep 0.05
			check "$how: it falls, and is quiet" user_is u count "$calls"
		fi
		echo u >$user/remove
		check "$how: it goes" sim_destroy a
	done
done

# It would not come back to say that it is not held back
if [ "$tap_failed" -eq 0 ]; then
	check "with the limit that there is by default" sim_create a chip=ich
	user_add u a 5 level high t
	echo 5 >$sims/a/raise
	check "the machine lives too" wait_for 60 stormed 2
	echo 5 >$sims/a/lower
	echo u >$user/remove
	check "it goes" sim_destroy a
fi
rmmod vioapic_pulser
rmmod vioapic_user
check "the kernel did not complain" dmesg_clean
done_testing
