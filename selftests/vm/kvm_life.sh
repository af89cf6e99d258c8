# SPDX-License-Identifier: GPL-2.0
# Guests that are saved in one process and restored in another; VMMs that end in all ways; guests that do all they can.
# boot: kernels=6.1,6.12 smp=2 weight=30
# shellcheck shell=sh disable=SC1091,SC2317 # the VM's lib.sh; called by check
. /selftests/lib.sh

vmm=/selftests/bin/vmm

# over SENTENCE CHIP EOI MODE: from one process to another, in the handler of a level interrupt
over() {
	check "$1: saved" $vmm save /tmp/image "$2" "$3" "$4"
	check "$1: restored, served, and asked again" $vmm restore /tmp/image "$2"
	rm -f /tmp/image
}

available() {
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemAvailable/ { print $2 }' /proc/meminfo
}
# KVM has a directory for each VM that is alive
no_vm() { ! ls -d /sys/kernel/debug/kvm/*-* 2>/dev/null; }

modprobe kvm-amd || skip_all "this VM has no nested KVM"
insmod /lib/vioapic/vioapic_kvm.ko
for mode in xapic x2apic; do
	over "EOI by broadcast, $mode" ich broadcast $mode
	over "EOI register, $mode" generic240 directed $mode
	over "EOI by edge mode, $mode" 82093aa edge $mode
done
check "VMMs end in all ways" $vmm life
check "hostile guests, 240 pins" $vmm hostile generic240 2000
check "hostile guests, 24 pins" $vmm hostile 82093aa 2000

# In use, it stays
$vmm interrupts level ioctl broadcast xapic 1000000 >/tmp/out 2>&1 &
running=$!
opened() { for fd in "/proc/$running/fd/"*; do readlink "$fd"; done | grep -Fq '[vioapic]'; }
check "a guest runs" wait_for 10 opened
rmmod vioapic_kvm 2>/dev/null
report $(($? == 0)) "rmmod is refused while a guest has an I/O APIC"
kill -KILL $running
wait $running 2>/dev/null
check "and not afterwards" wait_for 10 rmmod vioapic_kvm
check "registers are right after all that" sh -c "insmod /lib/vioapic/vioapic_kvm.ko && $vmm registers ich 1"

check "no VM is left" wait_for 10 no_vm
check "100 I/O APICs come and go" $vmm churn 100
before=$(available)
check "and 1000 more" $vmm churn 1000
after=$(available)
# One is 12 KiB; what the rest of the system takes and gives back is up to 4 MiB
note "available: $before KiB, then $after KiB"
check "they left no memory behind" test $((before - after)) -lt 6144
check "the kernel did not complain" dmesg_clean
done_testing
