# SPDX-License-Identifier: GPL-2.0
# Under Xen, as dom0: what is mapped where the kernel has its I/O APIC is a dummy page.
# boot: kernels=main,6.1 xen=1 mem=2G noload=1 weight=20
# shellcheck shell=sh disable=SC1091,SC2317 # the VM's lib.sh; called by check
. /selftests/lib.sh

state() { vioapic list --json; }

check "the kernel is a PV guest of Xen's" grep -qx PV /sys/hypervisor/guest_type
check "the module loads" insmod /lib/vioapic/vioapic.ko
check "it finds the I/O APIC of ACPI's table" sh -c "vioapic list | grep -q '^ioapic0 .* 0xfec00000 .* released '"
check "not more than is known is said of it" sh -c "vioapic list | grep -q '^ioapic0 .* - *0- '"
check "the same in JSON" sh -c "vioapic list --json | grep -q '\"pins\": 0,'"

state >/tmp/before
for arguments in ioapic0 --all "--all --hook fixup" "--all --backend native"; do
	# shellcheck disable=SC2086 # words
	vioapic takeover $arguments >/tmp/out 2>/tmp/err
	report $(($? != 1)) "takeover $arguments is refused"
	check "one line says that this is a Xen PV dom0" \
		sh -c "wc -l </tmp/err | grep -qx 1 && grep -q 'in a Xen PV dom0' /tmp/err && ! test -s /tmp/out"
done
state >/tmp/after
check "nothing changed" cmp /tmp/before /tmp/after
check "show is refused for the same reason" sh -c "vioapic show ioapic0 2>&1 | grep -q 'in a Xen PV dom0'"
check "rmmod works" rmmod vioapic
check "the disk reads as it should" disk_read
check "the kernel did not complain" dmesg_clean
done_testing
