#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Guests that are saved in one process and restored in another; VMMs that end in all ways; guests that do all they can.
# boot: kernels=main,6.1 smp=2 nested=1 weight=30
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "lets everybody at /dev/kvm"
needs module nobody kvm unloaded=vioapic_kvm

vmm=$bin/vmm

# over SENTENCE CHIP EOI MODE: from one process to another, in the handler of a level interrupt
over() {
	check "$1: saved" "$vmm" save /tmp/image "$2" "$3" "$4"
	check "$1: restored, served, and asked again" "$vmm" restore /tmp/image "$2"
	check "$1: with local APICs that are restored late" "$vmm" restore /tmp/image "$2" late
	check "$1: saved, the line is an eventfd's" "$vmm" save /tmp/image "$2" "$3" "$4" eventfd
	check "$1: restored, the eventfd is bound before" "$vmm" restore /tmp/image "$2" before
	check "$1: and bound afterwards" "$vmm" restore /tmp/image "$2" after
	rm -f /tmp/image
}

available() {
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemAvailable/ { print $2 }' /proc/meminfo
}
# KVM has a directory for each VM that is alive
no_vm() { ! ls -d /sys/kernel/debug/kvm/*-* 2>/dev/null; }

insmod "$modules/vioapic_kvm.ko"
for mode in xapic x2apic; do
	over "EOI by broadcast, $mode" ich broadcast $mode
	over "EOI register, $mode" generic240 directed $mode
	over "EOI by edge mode, $mode" 82093aa edge $mode
done
check "VMMs end in all ways" "$vmm" life
check "hostile guests, 240 pins" "$vmm" hostile generic240 2000
check "hostile guests, 24 pins" "$vmm" hostile 82093aa 2000

# In use, it stays
"$vmm" interrupts level ioctl broadcast xapic 1000000 >/tmp/out 2>&1 &
running=$!
opened() { for fd in "/proc/$running/fd/"*; do readlink "$fd"; done | grep -Fq '[vioapic]'; }
check "a guest runs" wait_for 10 opened
listed() { vioapic list | grep "^kvm$running  *owner  *0xfec00000  *0  *0x20  *0-23  *taken  *-  *kvm$"; }
check "an administrator sees it" listed
check "and its redirection table" sh -c "vioapic show kvm$running | grep '^  5 .* fixed .* level '"
stat_of() { vioapic stats --json kvm$running | sed -n "s/^ *\"$1\": \([0-9]*\),\$/\1/p"; }
before=$(stat_of deliveries)
delivered() { [ "$(stat_of deliveries)" -gt $((before + 100)) ]; }
check "its interrupts are counted" wait_for 20 delivered
check "and EOIs" test "$(stat_of eois)" -gt 100
vioapic trace --raw kvm$running --count 2000 >/tmp/trace 2>&1
for what in "write IOWIN  RTE . low = .* vcpu 3 at 0x1" "route pin " "deliver pin " "eoi   vector 0x"; do
	check "a trace shows '$what'" grep -q "kvm$running *$what" /tmp/trace
done
check "its state can be saved" sh -c "vioapic save kvm$running >/tmp/state && [ -s /tmp/state ]"
check "also in KVM's format" sh -c "vioapic save kvm$running --kvm >/tmp/state && [ -s /tmp/state ]"
# refused COMMAND ARGUMENT..: in one line
refused() { ! vioapic "$@" 2>/tmp/said && [ "$(wc -l </tmp/said)" -eq 1 ]; }
for command in takeover release check "sim destroy"; do
	# shellcheck disable=SC2086 # words
	check "$command is refused" refused $command kvm$running
done
check "restore is refused" refused restore kvm$running /tmp/state --kvm
check "vioapic kvm list counts it" sh -c "vioapic kvm list | grep '^$running  *vmm  *[0-9]*  *4  *split  *1  *-$'"
check "there is nothing to attach to" refused kvm attach $running
rmmod vioapic_kvm 2>/dev/null
report $(($? == 0)) "rmmod is refused while a guest has an I/O APIC"
kill -KILL $running
wait $running 2>/dev/null
check "and not afterwards" wait_for 10 rmmod vioapic_kvm
check "registers are right after all that" sh -c "insmod $modules/vioapic_kvm.ko && $vmm registers ich 1"

check "the name of a VMM in a PID namespace has the number that it has here" "$vmm" names

# An unprivileged VMM that was let at the devices, even the administrator's, and wants more
modes=$(stat -c 'chmod %a %n' /dev/kvm /dev/vioapic /dev/vioapic_kvm)
chmod 666 /dev/kvm /dev/vioapic_kvm
check "whoever may open the VMMs' devices can serve a guest" as_nobody "$vmm" interrupts level eventfd broadcast xapic 300
chmod 666 /dev/vioapic
denied() { ! as_nobody "$@" 2>/tmp/said && grep -q "needs root\|only root\|CAP_SYS_ADMIN" /tmp/said; }
for command in "vioapic list" "vioapic sim create x" "vioapic kvm list"; do
	check "but not '$command'" denied "$command"
done
eval "$modes"

check "no VM is left" wait_for 10 no_vm
check "100 I/O APICs come and go" "$vmm" churn 100
before=$(available)
check "and 1000 more" "$vmm" churn 1000
after=$(available)
# One is 12 KiB; what the rest of the system takes and gives back is up to 4 MiB
note "available: $before KiB, then $after KiB"
check "they left no memory behind" test $((before - after)) -lt 6144
check "the kernel did not complain" dmesg_clean
done_testing
