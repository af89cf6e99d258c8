#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Requests at random, spoilt a little: of all that /dev/vioapic, /dev/vioapic_kvm, guests' I/O APICs and configfs take, as root
# and as somebody without privileges who was given a descriptor. Errnos, reasons and answers are as they ought to be, and
# then all is gone, and the machine as it was.
# boot: smp=2 weight=15 mem=1G
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC, and asks for whatever there is"
needs module kvm nobody unloaded=vioapic_kvm


insmod "$modules/vioapic_kvm.ko"
chmod 666 /dev/kvm /dev/vioapic_kvm
# An hour of it is some millions.
calls=${VIOAPIC_SOAK:+$((VIOAPIC_SOAK * 100000))}
seed=${VIOAPIC_SEED:-82093}
for who in root nobody; do
	"$bin/uapi_fuzz" "$seed" "${calls:-20000}" ${who#root} >/tmp/said 2>&1
	status=$?
	while read -r verdict sentence; do
		case $verdict in
		[01]) report "$verdict" "$who: $sentence" ;;
		*) note "$verdict $sentence" ;;
		esac
	done </tmp/said
	report $status "$who, seed $seed: it got to its end"
	check "$who: nothing but the machine's own I/O APIC is left" [ "$(vioapic list | tail -n +2 | wc -l)" -eq "$(vioapic list | grep -c ' native$\| released ')" ]
	check "$who: takeover, check and release" sh -c "vioapic takeover --all && vioapic check ioapic0 && vioapic release --all"
done
check "a directory and a simulated one can be made" sh -c "mkdir /sys/kernel/config/vioapic/after && echo 1 >/sys/kernel/config/vioapic/after/live"
check "and removed" sh -c "echo 0 >/sys/kernel/config/vioapic/after/live && rmdir /sys/kernel/config/vioapic/after"
check "nobody uses vioapic_kvm.ko any more" rmmod vioapic_kvm
check "nor vioapic.ko" rmmod vioapic
check "the kernel did not complain" dmesg_clean
done_testing
