#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Hardware that we did not write: random accesses to QEMU's I/O APIC and to the model, and every difference
# between them with the datasheet's verdict: see selftests/modules/compare_rules.c. By hand, with another seed:
#	make vm RUN='VIOAPIC_RIG=1 VIOAPIC_DISTURB=1 /selftests/vioapic/hardware.sh SEED' and what these headers say, in capitals
# boot: smp=1 weight=20 machine=microvm disk=0 append=vioapic_hardware=0x20 qemu="-global virtio-mmio.ioeventfd=off -device virtio-serial-device,bus=virtio-mmio-bus.0 -device virtio-serial-device,bus=virtio-mmio-bus.3 -device virtio-serial-device,bus=virtio-mmio-bus.11 -device virtio-serial-device,bus=virtio-mmio-bus.23"
# boot: smp=1 weight=20 machine=microvm disk=0 append=vioapic_hardware=0x11 qemu="-global ioapic.version=0x11 -global virtio-mmio.ioeventfd=off -device virtio-serial-device,bus=virtio-mmio-bus.0 -device virtio-serial-device,bus=virtio-mmio-bus.3 -device virtio-serial-device,bus=virtio-mmio-bus.11 -device virtio-serial-device,bus=virtio-mmio-bus.23"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes the I/O APIC of devices"
needs parameter=vioapic_hardware module

seed=${1:-290566}
steps=200000
version=$(sed -n 's/.*vioapic_hardware=\(0x[0-9a-f]*\).*/\1/p' /proc/cmdline)
results=/sys/kernel/debug/vioapic_compare

# The second I/O APIC, where the lines of the consoles are, is for us alone.
for device in /sys/bus/virtio/devices/*; do
	echo "${device##*/}" >"$device/driver/unbind"
done
check "accesses to QEMU's I/O APIC and to the model" \
	insmod "$modules/vioapic_compare.ko" seed="$seed" steps=$steps
note "$(cat $results/summary)"
value() { sed -n "s/.*$1 \([^ ]*\).*/\1/p" $results/summary; }
check "it has version $version" test "$(value version)" = "$version"
check "at least 100000 accesses" test "$(value accesses)" -ge 100000
unexplained() {
	[ "$(value unexplained)" -eq 0 ] || { dmesg | grep vioapic_compare; return 1; }
}
check "no difference that has no rule" unexplained

# The differences. Those that last are counted at each comparison; a rule that nothing happened by is stale.
while IFS='|' read -r count name where qemu ours section verdict; do
	check "$name, $count times: $where: QEMU $qemu; the model $ours ($section: $verdict)" test "$count" -gt 0
done <$results/rules

check "rmmod" rmmod vioapic_compare
check "the kernel did not complain" dmesg_clean
done_testing
