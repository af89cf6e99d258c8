#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The rig itself: a stock kernel boots and has the module, the disk and the monitor.
# boot: kernels=every,6.1-cloud,6.12-cloud,7.2-cloud,7.3-cloud,6.1-rt,6.12-rt,7.2-rt,7.3-rt
# boot: machine=microvm
# boot: bzimage=1
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
needs module

mode_is() { [ "$(stat -c %a "$1")" = "$2" ]; }

check "the module is loaded" test -d /sys/module/vioapic
check "/dev/vioapic is a device" test -c /dev/vioapic
check "/dev/vioapic is for root alone" mode_is /dev/vioapic 600
check "/dev/vioapic_kvm is a device" test -c /dev/vioapic_kvm
[ -e /run/udev/control ] || check "/dev/vioapic_kvm is so, until udev knows better" mode_is /dev/vioapic_kvm 600
check_if disk "the disk reads as it should" sha256sum -c /etc/vioapic-disk.sha256
check_if hmp "QEMU's monitor answers" sh -c "hmp info status | grep -q running"
check "the kernel did not complain" dmesg_clean
done_testing
