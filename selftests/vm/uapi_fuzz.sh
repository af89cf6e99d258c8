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


# coverage: how many functions of each module /tmp/kcov has a place in, and which it has none in
coverage() {
	{ sed -n 's/^\([0-9a-f]*\) [tT] \([^[:space:]]*\)[[:space:]]*\[\(vioapic[a-z_]*\)\]$/\1 \3 \2/p' /proc/kallsyms; cat /tmp/kcov; } | sort |
	awk 'NF == 3 { at = $2 " " $3; n[$2] += !(at in seen); seen[at]; next }
		at != "" { hit[at] }
		END {
			for (f in seen) { split(f, w, " "); if (f in hit) reached[w[1]]++; else missed[w[1]] = missed[w[1]] " " w[2] }
			for (m in n) printf "%s: %d of %d functions; not:%s\n", m, reached[m], n[m], missed[m]
		}'
}

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
	[ ! -s /tmp/kcov ] || { note "$who reached"; coverage >/tmp/said; note "$(cat /tmp/said)"; rm /tmp/kcov; }
	check "$who: nothing but the machine's own I/O APIC is left" [ "$(vioapic list | tail -n +2 | wc -l)" -eq "$(vioapic list | grep -c ' native$\| released ')" ]
	check "$who: takeover, check and release" sh -c "vioapic takeover --all && vioapic check ioapic0 && vioapic release --all"
done
check "a directory and a simulated one can be made" sh -c "mkdir /sys/kernel/config/vioapic/after && echo 1 >/sys/kernel/config/vioapic/after/live"
check "and removed" sh -c "echo 0 >/sys/kernel/config/vioapic/after/live && rmdir /sys/kernel/config/vioapic/after"
check "nobody uses vioapic_kvm.ko any more" rmmod vioapic_kvm
check "nor vioapic.ko" rmmod vioapic
check "the kernel did not complain" dmesg_clean
done_testing
