#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Out of memory at every allocation, one after the other: each way into the modules is refused with ENOMEM, and works when it is
# asked again. What they do for others' requests fails as little as the rest: the machine goes on.
# boot: kernels=kasan smp=2 noload=1 timeout=900 weight=30
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154 # lib.sh, and what it sets
. "$(dirname "$0")/lib.sh"
disturbs "lets allocations fail"
needs kvm unloaded file=/proc/self/fail-nth file=/sys/kernel/debug/failslab

# Those count that are made with a module on the stack: ours, or KVM for it
for kind in failslab fail_page_alloc; do
	dir=/sys/kernel/debug/$kind
	echo N >$dir/ignore-gfp-wait
	echo 0 >$dir/verbose
	echo 0xffffffffc0000000 >$dir/require-start
	echo 0xfffffffffefff000 >$dir/require-end
done
echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
"$bin/fail_nth" "$modules" >/tmp/said 2>&1
report $? "all ways were gone"
while read -r verdict sentence; do
	case $verdict in
	[01]) report "$verdict" "$sentence" ;;
	*) note "$verdict $sentence" ;;
	esac
done </tmp/said
check "takeover, check and release" sh -c "vioapic takeover --all && vioapic check ioapic0 && vioapic release --all"
rmmod vioapic_kvm
check "vioapic.ko is unloaded" rmmod vioapic
check "the kernel did not complain" dmesg_clean
done_testing
