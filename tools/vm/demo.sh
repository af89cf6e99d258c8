# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What `make run` shows, in the VM: the machine's I/O APIC taken over, at work, and given back;
# and one more that is simulated.

failed=0

show() {
	echo "\$ $1"
	sh -c "$1" || { failed=1; echo "(status $?)"; }
	echo
}

show "uname -r"
show "vioapic list"
show "vioapic takeover --all"
show "dd if=/dev/vda of=/dev/null bs=1M iflag=direct 2>&1 && sha256sum -c /etc/vioapic-disk.sha256"
show "echo 'a line by interrupt' >/dev/ttyS0"
# The new affinity of an edge interrupt reaches the I/O APIC when the next one arrives.
vioapic trace --raw --count 13 ioapic0 >/tmp/trace &
until grep -qs 1 /sys/kernel/tracing/instances/vioapic-trace-$!/events/vioapic/enable; do :; done
show "echo 1 >/proc/irq/1/smp_affinity && hmp sendkey a"
wait
echo "\$ vioapic trace --raw --count 13 ioapic0    # meanwhile"
cat /tmp/trace
echo
# One that is not there, and a driver that knows nothing of that: acpi_register_gsi(), request_irq().
show "vioapic sim create sim0 --pins 240 --chip generic240"
show "insmod /lib/vioapic/vioapic_user.ko && echo 'demo 29 edge high' >/sys/kernel/debug/vioapic_user/add"
show "vioapic sim pulse sim0 5 && vioapic sim pulse sim0 5"
show "grep -E 'CPU|IO-APIC' /proc/interrupts"
show "vioapic list"
show "vioapic show ioapic0"
show "vioapic stats"
show "vioapic check ioapic0"
show "rmmod vioapic_user && vioapic sim destroy --all"
show "vioapic release --all"
exit $failed
