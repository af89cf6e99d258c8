#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Kernels on which vioapic_kvm.ko finds KVM's functions by their names: what if one is not there, or is another than it
# was? Copies of the module ask for another name.
# boot: kernels=7.2,7.3 smp=2 disk=0 weight=3
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
needs kernel=6.18 module kvm unloaded=vioapic_kvm command=strings

module=$modules/vioapic_kvm.ko
modprobe kvm

# renamed OLD NEW: a copy that knows a function by another name, as long as the first. The string that the code has comes
# before those of type and debugging information.
renamed() {
	cp "$module" /tmp/renamed.ko
	renamed_at=$(strings -t d "$module" | awk -v old="$1" '$2 == old { print $1; exit }')
	printf %s "$2" | dd of=/tmp/renamed.ko bs=1 seek="$renamed_at" conv=notrunc 2>/dev/null
}
loaded() { grep -q "^vioapic_kvm " /proc/modules; }
# does_not_load PATTERN: one sentence that has it, and nothing else has changed
does_not_load() {
	echo "vioapic-test: $1" >/dev/kmsg
	! insmod /tmp/renamed.ko 2>/dev/null || { rmmod vioapic_kvm; return 1; }
	# insmod tries a second way when the first has failed.
	dmesg | awk '/vioapic-test:/ { n = 0; next } { sub(/^[^]]*\] /, ""); said[n++] = $0 }
		END { for (i = 0; i < n; i++) print said[i] }' | sort -u >/tmp/said
	cat /tmp/said
	[ "$(wc -l </tmp/said)" -eq 1 ] && grep -q "^vioapic_kvm: does not load: .*$1" /tmp/said && ! loaded
}

check "as it is, it loads" insmod "$module"
check "..." loaded
check "and goes" rmmod vioapic_kvm
uses=$(awk '$1 == "kvm" { print $3 }' /proc/modules)
for name in file_is_kvm kvm_get_running_vcpu __kvm_vcpu_kick kvm_apic_match_dest __kvm_emulate_msr_read kvm_get_linear_rip; do
	# All but the last letter is right.
	other=${name%?}X
	check "a module that asks for $other()" renamed $name "$other"
	check "does not load without it, and says so" does_not_load "kvm:$other()"
done
check "one that takes another function for kvm_apic_match_dest()" renamed kvm_apic_match_dest kvm_apic_update_irr
check "does not load, as that has other arguments" does_not_load "kvm_apic_update_irr of this kernel's KVM is not what"
check "one that takes another structure for struct kvm_lapic" renamed kvm_lapic kvm_timer
check "does not load, as that has other members" does_not_load "kvm_timer of this kernel's KVM is not what"
check "KVM has as many users as before" test "$(awk '$1 == "kvm" { print $3 }' /proc/modules)" -eq "$uses"
check "guests are refused in one line" sh -c \
	"! vioapic kvm list 2>/tmp/why && grep -q 'modprobe vioapic_kvm' /tmp/why && test \$(wc -l </tmp/why) -eq 1"
check "as it is, it loads once more" insmod "$module"
check "the kernel did not complain" dmesg_clean
done_testing
