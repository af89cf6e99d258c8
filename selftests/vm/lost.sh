#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A task dies with the lock of a taken I/O APIC held, in a tracer of vioapic:access. Nobody waits for it
# for ever: questions are refused, the page opens at the next access, release makes all good again.
# boot: kernels=main,6.1 smp=1 weight=5 append="pci=nomsi"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "kills a task of the kernel"
needs module hmp disk

# The kernel's own oops is what this is about, so its log is not judged here.
state_is() { vioapic list | grep -q "^ioapic0 .* $1 "; }
refused() { vioapic "$@" 2>/tmp/why && return 1; [ "$(wc -l </tmp/why)" -eq 1 ] && grep -q 'release it' /tmp/why; }
die() { ! insmod "$modules/vioapic_crash.ko" how=die && dmesg | grep -q 'invalid opcode'; }

check "takeover" vioapic takeover --all
check "a tracer dies with the lock held" die
check "check is refused in one line" within 20 refused check ioapic0
check "show is refused in one line" within 20 refused show ioapic0
check "it still counts as taken" state_is taken
insmod "$modules/vioapic_probe.ko"
check "the next access is done, by the hardware" within 20 cat /sys/kernel/debug/vioapic_probe/dump
check "and the I/O APIC is released" state_is failed
check "the disk reads as it should" within 20 sha256sum -c /etc/vioapic-disk.sha256
check "release" within 20 vioapic release ioapic0
check "takeover again" within 20 vioapic takeover ioapic0
check "shadow and hardware agree" within 20 vioapic check ioapic0
check "the disk reads as it should, taken" within 20 sha256sum -c /etc/vioapic-disk.sha256
check "the hardware holds what vioapic shows, by QEMU's witness" ioapic_agrees ioapic0 0
reads=$(counter ioapic0 reads)
cat /sys/kernel/debug/vioapic_probe/dump >/tmp/dump
check "accesses trap again" test $(($(counter ioapic0 reads) - reads)) -ge 51
check "release again" within 20 vioapic release ioapic0
done_testing
