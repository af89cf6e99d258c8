# SPDX-License-Identifier: GPL-2.0
# A kernel that uses no I/O APIC: the module does not load and says why in one sentence.
# boot: kernels=6.1,6.12 append=noapic noload=1 disk=0
# shellcheck shell=sh disable=SC1091,SC2317 # the VM's lib.sh; called by check
. /selftests/lib.sh

dmesg >/tmp/before
check "the module does not load" sh -c "! insmod /lib/vioapic/vioapic.ko 2>/dev/null"
# What it says about modules that are not its own, it says of any.
dmesg | tail -n +$(($(wc -l </tmp/before) + 1)) | grep -v 'taint' >/tmp/said
note "$(cat /tmp/said)"
check "the kernel's log has one sentence" sh -c "wc -l </tmp/said | grep -qx 1"
check "which says why" grep -q 'vioapic: this kernel uses no I/O APIC (booted with noapic?)' /tmp/said
check "nothing is left of it" sh -c "! ls -d /sys/module/vioapic /dev/vioapic /sys/kernel/debug/vioapic 2>/dev/null"
check "the tool says that it is not loaded" sh -c "vioapic list 2>&1 | grep -q 'module vioapic is not loaded'"
check "the kernel did not complain" dmesg_clean
done_testing
