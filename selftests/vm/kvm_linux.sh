#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The stock kernel as a guest with two CPUs on two I/O APICs of ours: it sends by a serial port on pin 200, reboots,
# and does it again. The host has one CPU: a guest that waits for its other CPU would keep QEMU's thread from it.
# boot: smp=1 nested=1 kimage=1 weight=60 timeout=420
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
needs module kvm image unloaded=vioapic_kvm

insmod "$modules/vioapic_kvm.ko"
"$bin/vmm" linux "$image" >/tmp/out 2>&1
status=$?
note "$(tr -d '\r' </tmp/out)"
report $status "a stock kernel boots, uses pin 200, reboots and does so again"
# By the guest's own /proc/interrupts
said() { [ "$(grep -c "IO-APIC *200-edge *ttyS1" /tmp/out)" -eq 2 ]; }
check "both times the port's interrupts came by pin 200" said
check "the kernel did not complain" dmesg_clean
done_testing
