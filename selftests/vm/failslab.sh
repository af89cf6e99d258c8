#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Out of memory at every allocation, one after the other: each way into the modules is refused with ENOMEM, and works when it is
# asked again. What they do for others' requests fails as little as the rest: the machine goes on.
# boot: kernels=6.1 smp=1 noload=1 disk=0 append="log_buf_len=8M" timeout=1200 weight=70
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "lets allocations fail"
needs kvm unloaded

# Those count that are made with a module on the stack: ours, or KVM or configfs for it
nth=/proc/self/fail-nth
if [ -e $nth ]; then
	for kind in failslab fail_page_alloc; do
		dir=/sys/kernel/debug/$kind
		echo N >$dir/ignore-gfp-wait
		echo 0 >$dir/verbose
		echo 0xffffffffc0000000 >$dir/require-start
		echo 0xfffffffffefff000 >$dir/require-end
	done
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
elif insmod "$modules/vioapic_fail.ko" 2>/dev/null; then
	nth=/sys/kernel/debug/vioapic_fail
else
	skip_all "this kernel lets no allocation fail"
fi

# What the kernel says of memory that it has not got has a call trace, too
nothing_broke() {
	dmesg_since_load | grep -q "$dmesg_mark" && ! dmesg_since_load | grep -E -A 20 'WARNING:|BUG:|UBSAN:|ODEBUG:|Oops'
}

# Some hundred loads and unloads are not for the console
read -r level _ </proc/sys/kernel/printk
dmesg -n 1
mkfifo /tmp/said
"$bin/fail_nth" "$modules" $nth >/tmp/said 2>&1 &
while read -r verdict sentence; do
	case $verdict in
	[01]) report "$verdict" "$sentence" ;;
	*) note "$verdict $sentence" ;;
	esac
done </tmp/said
wait $!
report $? "all ways were gone"
dmesg -n "$level"
check "takeover, check and release" sh -c "vioapic takeover --all && vioapic check ioapic0 && vioapic release --all"
check "nobody uses vioapic_kvm.ko any more" rmmod vioapic_kvm
check "nor vioapic.ko" rmmod vioapic
check "nothing broke" nothing_broke
done_testing
