# SPDX-License-Identifier: GPL-2.0
# An I/O APIC that the kernel unplugs while it is taken over, and another that gets its slot in the fixmap.
# boot: kernels=every smp=2 noload=1 weight=4
# shellcheck shell=sh disable=SC1091,SC2317 # the VM's lib.sh; called by check
. /selftests/lib.sh

echo "vioapic-rig: loading module" >/dev/kmsg # noload=1: now it is we who load it
probe=/sys/kernel/debug/vioapic_probe
insmod /lib/vioapic/vioapic_probe.ko
echo 1 >$probe/slot

succeeds() { [ "$(cat "$probe/$1")" -eq 0 ]; }
state_is() { vioapic list | grep -q "^ioapic1 .* $1 "; }
refused() { vioapic "$@" 2>/tmp/why && return 1; [ "$(wc -l </tmp/why)" -eq 1 ] && grep -q unplugged /tmp/why; }

check "the kernel takes a second I/O APIC" succeeds plug
insmod /lib/vioapic/vioapic.ko
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
insmod /lib/vioapic/vioapic.ko
check "loaded again, the module lists the other" sh -c "vioapic list | grep -q '^ioapic1 .*0xfec30000 .* released '"
check "takeover of that" vioapic takeover --all
check "release of all" vioapic release --all
check "the kernel unplugs it, too" succeeds unplug
check "the kernel did not complain" dmesg_clean
done_testing
