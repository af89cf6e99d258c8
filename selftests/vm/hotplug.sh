#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# An I/O APIC that the kernel unplugs while it is taken over, and another that gets its slot in the fixmap. And what the TLBs had
# of a slot before.
# boot: kernels=every smp=2 noload=1 weight=4
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "gives the kernel I/O APICs, and unplugs them"
needs unloaded cpus=2

probe=/sys/kernel/debug/vioapic_probe
insmod "$modules/vioapic_probe.ko"
echo 1 >$probe/slot

succeeds() { [ "$(cat "$probe/$1")" -eq 0 ]; }
state_is() { vioapic list | grep -q "^ioapic1 .* $1 "; }
refused() { vioapic "$@" 2>/tmp/why && return 1; [ "$(wc -l </tmp/why)" -eq 1 ] && grep -q unplugged /tmp/why; }

check "the kernel takes a second I/O APIC" succeeds plug
insmod "$modules/vioapic.ko"
echo 0 >$probe/slot
check "no CPU goes on with what is in its TLB: right after a takeover all reads trap" "$bin/rounds" ioapic0 20 $probe/touch
echo 1 >$probe/slot
check "it is listed" sh -c "vioapic list | grep -q '^ioapic1 .*0xfec20000 .* released '"
check "takeover" vioapic takeover ioapic1
check "its page is trapped" test "$(cat $probe/present)" -eq 0
check "the kernel unplugs it" succeeds unplug
check "it no longer counts as taken" state_is failed
echo $((0xfec30000)) >$probe/address
check "another gets its slot" succeeds plug
pte=$(cat $probe/pte)
check "release" vioapic release ioapic1
check "the slot stays the other's" test "$(cat $probe/pte)" = "$pte"
check "takeover of what is gone is refused in one line" refused takeover ioapic1
check "the slot stays the other's" test "$(cat $probe/pte)" = "$pte"
rmmod vioapic
insmod "$modules/vioapic.ko"
check "loaded again, the module lists the other" sh -c "vioapic list | grep -q '^ioapic1 .*0xfec30000 .* released '"
check "takeover of that" vioapic takeover --all
check "release of all" vioapic release --all
check "the kernel unplugs it, too" succeeds unplug

# Whose accesses are looked for first, by the hook that comes first, has gone
check "a third one comes" succeeds plug
rmmod vioapic
insmod "$modules/vioapic.ko"
check "takeover by the other hook" vioapic takeover ioapic1 --hook fixup
check "the kernel unplugs it while it is taken" succeeds unplug
reads=$(counter ioapic1 reads)
check "a simulated one gets its slot" vioapic sim create sim0 --pins 7
asked() { sed -n 's/^reads //p' /sys/kernel/config/vioapic/sim0/counters; }
check "the kernel has asked that one, and no other" test "$(asked)" -gt 0 -a "$(counter ioapic1 reads)" -eq "$reads"
check "it goes" vioapic sim destroy sim0
check "what is left of the other is released" vioapic release ioapic1
check "the kernel did not complain" dmesg_clean
done_testing
