#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A kernel without an I/O APIC: the module does not load and says why in one sentence.
#
# With "noapic" alone there is one still, which the kernel has mapped and does not use, if the firmware has an
# MP table; QEMU's has. So this wipes the table out and starts the kernel anew.
# boot: append=noapic noload=1 kimage=1 weight=4 qemu="-action reboot=reset"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "writes to the firmware's tables and starts another kernel"
needs rig parameter=noapic unloaded

bridge=/sys/bus/pci/devices/0000:00:00.0/config

if ! grep -q vioapic_no_table /proc/cmdline; then
	check "unused, but mapped: the module loads" insmod "$modules/vioapic.ko"
	check "the I/O APIC is listed" sh -c "vioapic list | grep -q '^ioapic0 .* 0-23 .* released '"
	check "takeover" vioapic takeover --all
	check "shadow and hardware agree" vioapic check ioapic0
	check "the disk reads as it should" disk_read
	check "release" vioapic release --all
	check "the kernel did not complain" dmesg_clean

	# PAM0 of the host bridge: the ROM's last 64 KiB can be written to
	printf '\060' | dd of=$bridge bs=1 seek=144 conv=notrunc 2>/dev/null
	offset=$(dd if=/dev/mem bs=4096 skip=240 count=16 2>/dev/null | strings -t d | sed -n 's/^ *\([0-9]*\) _MP_.*/\1/p')
	printf 'gone' | dd of=/dev/mem bs=1 seek=$((983040 + offset)) conv=notrunc 2>/dev/null

	mkdir -p /tmp/small
	cp -a /init /bin /lib /lib64 /usr /etc /selftests /tmp/small
	mkdir -p /tmp/small/dev /tmp/small/proc /tmp/small/sys /tmp/small/tmp
	# What has been said here is said; there it goes on with the count.
	echo "tap_before=$tap_count tap_failed_before=$tap_failed VIOAPIC_RIG=1 VIOAPIC_DISTURB=1 exec $tree/noapic.sh" >/tmp/small/etc/vioapic-run
	(cd /tmp/small && find . | cpio -o -H newc 2>/dev/null) >/tmp/small.cpio
	rm -rf /tmp/small
	sleep 1	# for our output
	"$bin/kexec" "$image" /tmp/small.cpio "console=ttyS0 panic=-1 loglevel=5 nokaslr noapic vioapic_no_table"
	report 1 "the other kernel should have started"
	done_testing
fi

tap_count=${tap_before:-0} tap_failed=${tap_failed_before:-0}
dmesg >/tmp/before
check "the kernel has no I/O APIC" sh -c "! dmesg | grep 'IOAPIC\[0\]'"
check "the module does not load" sh -c "! insmod $modules/vioapic.ko 2>/dev/null"
# That it is not the kernel's own is said of any; insmod tries a second way; drivers may be at work still.
dmesg | tail -n +$(($(wc -l </tmp/before) + 1)) | sed 's/^[^]]*\] //' | grep vioapic | grep -v taint | sort -u >/tmp/said
check "the kernel's log has one sentence" sh -c "cat /tmp/said; wc -l </tmp/said | grep -qx 1"
check "which says why" grep -q 'vioapic: this kernel uses no I/O APIC (booted with noapic?)' /tmp/said
check "nothing is left of it" sh -c "! ls -d /sys/module/vioapic /dev/vioapic* /sys/kernel/debug/vioapic 2>/dev/null | grep ."
check "the tool says that it is not loaded" sh -c "vioapic list 2>&1 | grep -q 'module vioapic is not loaded'"
check "the kernel did not complain" dmesg_clean
done_testing
