#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Who holds the lock of an I/O APIC and lives keeps it, however long that takes: an NMI in a rendezvous, and a CPU
# that a hypervisor lets wait. Parallel CPUs (threads=multi) boot with one, so that text is patched before the other runs.
# boot: kernels=6.12 smp=2 disk=0 weight=2
# boot: kernels=6.12 smp=2 threads=multi weight=6
# shellcheck shell=sh source=selftests/sim.sh disable=SC1091,SC2154,SC2317 # sim.sh, and what it sets; called by check
. "$(dirname "$0")/sim.sh"
disturbs "has NMIs, and CPUs that hold each other up"
needs module cpus=2

nmi=/sys/kernel/debug/vioapic_nmi
insmod "$modules/vioapic_user.ko"
insmod "$modules/vioapic_nmi.ko"

if [ "$(cpus | wc -l)" -eq 2 ]; then
	check "an I/O APIC" sim_create a chip=ich
	user_add edge a 5 edge high
	check "save" vioapic save a /tmp/state
	echo "a 5" >$nmi/rob
	n=0
	while [ $n -lt 10 ]; do
		vioapic restore a /tmp/state || break
		n=$((n + 1))
	done
	check "10 times it is restored" test $n -eq 10
	echo "a 5 off" >$nmi/rob
	read -r held robbed <$nmi/rob
	check "each time an NMI had the lock before" test "$held" -eq 10
	check "and kept it until it was done" test "$robbed" -eq 0
	came() { user_is edge count 10; }
	check "what it did has happened" wait_for 5 came
	echo edge >$user/remove
	check "it goes" sim_destroy a
	check "the kernel did not complain" dmesg_clean
	done_testing
	exit
fi

check "takeover" vioapic takeover ioapic0
check "the other CPU comes online" sh -c "echo 1 >/sys/devices/system/cpu/cpu1/online"
# Of what takes that long, the kernel would complain
echo 0 >/proc/sys/kernel/watchdog
echo 1 >/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress
check "an access takes very long" within 300 sh -c "echo 1 >$nmi/linger"
check "another has waited for it" grep -qx 0 $nmi/linger
check "nobody went by" grep -qx 0 /sys/kernel/debug/vioapic/ioapic0/bypassed
check "the I/O APIC is taken" sh -c "vioapic list | grep -q '^ioapic0 .* taken '"
check "shadow and hardware agree" vioapic check ioapic0
check "the kernel did not complain" dmesg_clean
check "the other CPU goes offline" sh -c "echo 0 >/sys/devices/system/cpu/cpu1/online"
check "release" vioapic release ioapic0
done_testing
