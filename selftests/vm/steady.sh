#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Takeover and release never come between an index write and its data access: two CPUs in parallel,
# one does nothing but select and read, the other takes over and releases.
# boot: smp=2 threads=multi weight=12
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC, and takes a CPU offline"
needs module cpus=2 command=taskset

probe=/sys/kernel/debug/vioapic_probe
insmod "$modules/vioapic_probe.ko"
echo 3 >$probe/pin # nobody uses it

# Kernel text is patched now, and then no more, while there is but one CPU.
for hook in oops fixup; do
	check "hook $hook is installed" vioapic takeover --all --hook $hook
	vioapic release --all
done
check "the second CPU comes online" sh -c "echo 1 >/sys/devices/system/cpu/cpu1/online"

taskset 2 cat $probe/steady >/tmp/wrong &
reader=$!
check "40 rounds meanwhile" taskset 1 "$bin/rounds" ioapic0 40
echo 1 >$probe/stop
wait $reader
note "$(cat $probe/pairs) pairs, $(cat /tmp/wrong) wrong, $(counter ioapic0 reads) reads trapped"
check "reads were trapped" test "$(counter ioapic0 reads)" -ge 10000
check "and others were not" test $((2 * $(cat $probe/pairs) - $(counter ioapic0 reads))) -ge 10000
check "every read was of the register that was selected" test "$(cat /tmp/wrong)" -eq 0
check "the kernel did not complain" dmesg_clean
echo 0 >/sys/devices/system/cpu/cpu1/online
done_testing
