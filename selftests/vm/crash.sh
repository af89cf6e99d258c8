#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A kernel that ends while its I/O APIC is taken over: it reboots, it starts another, and after a panic
# the crash kernel runs; none of that may wait for a lock whose holder is gone.
#
# One VM boots again and again; the last sector of its disk (whose image stays as it is) tells how far
# it has come. What a kernel says before its end is here with what the next one says; a kernel that does
# not come is a test that breaks off.
# boot: smp=2 kimage=1 weight=25 timeout=600 append=crashkernel=256M qemu="-action reboot=reset"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "panics and reboots"
needs rig disk

last=16383
stage() { dd if=/dev/vda bs=512 skip=$last count=1 iflag=direct 2>/dev/null | sed -n 's/^stage \([0-9]*\) \([0-9]*\) \([0-9]*\)$/\1 \2 \3/p;1q'; }
# next STAGE: what is to be done by the next kernel, with our counts
next() {
	printf "%-511s\n" "stage $1 $tap_count $tap_failed" | sed 's/ *$//' >/tmp/stage
	truncate -s 512 /tmp/stage
	dd if=/tmp/stage of=/dev/vda bs=512 seek=$last oflag=direct 2>/dev/null
	sleep 1	# for our output
}

read -r stage tap_count tap_failed <<-EOF
	$(stage)
EOF
tap_count=${tap_count:-0} tap_failed=${tap_failed:-0}

# What the crash kernel and the one after kexec have: the rig's init, and this.
pack() {
	mkdir -p /tmp/small/dev /tmp/small/proc /tmp/small/sys /tmp/small/tmp
	cp -a /init /bin /selftests /etc /tmp/small 2>/dev/null
	rm -rf "/tmp/small$modules" "/tmp/small$bin" /tmp/small/etc/vioapic-run
	mkdir -p /tmp/small/lib/modules
	cp -a "/lib/modules/$(uname -r)" /tmp/small/lib/modules
	echo "VIOAPIC_RIG=1 VIOAPIC_DISTURB=1 exec $tree/crash.sh" >/tmp/small/etc/vioapic-run
	(cd /tmp/small && find . | cpio -o -H newc 2>/dev/null) >/tmp/small.cpio
	rm -rf /tmp/small
}
kexec() { "$bin/kexec" "$image" /tmp/small.cpio "console=ttyS0 panic=-1 loglevel=5 nokaslr $1" ${2:+"$2"}; }

# An interrupt of the I/O APIC's arrives.
serial_works() {
	stty -F /dev/ttyS0 raw
	serial_write 3
}

taken() {
	check "$1: takeover" vioapic takeover --all
	insmod "$modules/vioapic_probe.ko" 2>/dev/null
	check "$1: its page is trapped" grep -qx 0 /sys/kernel/debug/vioapic_probe/present
}

# crash HOW: a panic with a crash kernel ready
crash() {
	pack
	check "crash, $1: a crash kernel is loaded" kexec "nr_cpus=1 reset_devices irqpoll vioapic_crashed=$1" crash
	next "$2"
	insmod "$modules/vioapic_crash.ko" how="$1"
	report 1 "crash, $1: the kernel should have died"
	done_testing
}
# In the crash kernel
crashed() {
	report 0 "crash, $1: the crash kernel runs"
	check "crash, $1: it is the crash kernel" test -e /proc/vmcore
	check "crash, $1: interrupts arrive in it" serial_works
	next "$stage"
	reboot -f
	sleep 60
	done_testing
}

crashed=$(sed -n 's/.*vioapic_crashed=\([a-z]*\).*/\1/p' /proc/cmdline)
[ -z "$crashed" ] || crashed "$crashed"

case $stage in
'')
	taken "reboot"
	next 1
	reboot -f
	;;
1)
	report 0 "reboot -f: the machine comes up again"
	taken "panic"
	next 2
	insmod "$modules/vioapic_crash.ko" how=plain
	;;
2)
	report 0 "panic without a crash kernel: the machine reboots"
	taken "crash, plain"
	crash plain 3
	;;
3)
	report 0 "crash, plain: the crash kernel reboots"
	taken "crash, inside"
	crash inside 4
	;;
4)
	report 0 "crash, inside: the crash kernel reboots"
	taken "crash, beside"
	crash beside 5
	;;
5)
	report 0 "crash, beside: the crash kernel reboots"
	taken "kexec"
	pack
	next 6
	kexec "vioapic_kexec"
	;;
6)
	report 0 "kexec: the other kernel runs"
	check "kexec: it is another" grep -q vioapic_kexec /proc/cmdline
	check "kexec: interrupts arrive in it" serial_works
	check "kexec: the disk's too" sh -c "dd if=/dev/vda of=/dev/null bs=64k count=16 iflag=direct 2>/dev/null"
	done_testing
	;;
esac
sleep 60
report 1 "stage ${stage:-0}: the kernel should have ended"
done_testing
