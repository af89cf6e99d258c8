#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every instruction form on real memory and through a real trap: see vioapic_forms.ko.
# boot: smp=2 weight=10
# boot: kernels=6.12-cloud,7.3-cloud smp=1 weight=8
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC"
needs module

differences() { dmesg | sed -n 's/.* \([0-9]*\) forms, .* \([0-9]*\) faults, \([0-9]*\) differences.*/\1 \2 \3/p' | tail -n 1; }

for hook in oops fixup; do
	check "takeover with hook $hook" vioapic takeover --all --hook $hook
	n=0
	[ $hook = fixup ] && n=1
	check "each form ends as on real memory, hook $hook" \
		insmod "$modules/vioapic_forms.ko" hook=$n rounds=5 seed="$(date +%s)"
	note "forms, faults, differences: $(differences)"
	check "the forms were trapped, hook $hook" test "$(differences | cut -d' ' -f2)" -gt 10000
	rmmod vioapic_forms
	vioapic release --all
done
check "the kernel did not complain" dmesg_clean
done_testing
