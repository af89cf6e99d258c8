#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# vioapic save and restore on simulated I/O APICs: lines, latched edges and what is in service too; and KVM's format.
# boot: smp=2 weight=6
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC"
needs module

sims=/sys/kernel/config/vioapic

# poke FILE OFFSET HEX..: bytes of a saved state; see struct vioapic_state
poke() {
	poke_file=$1 poke_at=$2
	shift 2
	for poke_byte; do
		printf '%b' "\\0$(printf %o "0x$poke_byte")" | dd of="$poke_file" bs=1 seek="$poke_at" conv=notrunc 2>/dev/null
		poke_at=$((poke_at + 1))
	done
}
# pin FILE PIN LOW HIGH FLAGS: RTE as bytes of its low half, last byte of its high half, and the flags
pin() {
	# shellcheck disable=SC2086 # bytes
	poke "$1" $((144 + 16 * $2)) $3 00 00 00 00 "$4"
	poke "$1" $((144 + 16 * $2 + 12)) "$5"
}
sim() { # NAME CHIP
	mkdir "$sims/$1" && echo "$2" >"$sims/$1/chip" && echo 1 >"$sims/$1/live"
}
# delivered N COMMAND..: sends so many messages
delivered() {
	delivered_want=$1 delivered_before=$(sed -n 's/^deliveries //p' "$sims"/sim0/counters)
	shift
	"$@" || return
	delivered_got=$(($(sed -n 's/^deliveries //p' "$sims"/sim0/counters) - delivered_before))
	[ "$delivered_got" -eq "$delivered_want" ] || { echo "$delivered_got messages"; return 1; }
}
rte() { vioapic show --json sim0 | sed -n "/\"pin\": $1,/,/}/s/^ *\"rte\": \"\(.*\)\",*\$/\1/p"; }
restore() { vioapic restore sim0 "$1"; }
same_again() { vioapic save sim0 /tmp/again && cmp "$1" /tmp/again; }
refs() { cat /sys/module/vioapic/refcnt; }

# refused PATTERN COMMAND..: status 1, one line that says why, and nothing has changed
refused() {
	pattern=$1
	shift
	vioapic save sim0 /tmp/before
	"$@" >/tmp/out 2>/tmp/err
	status=$?
	[ "$status" -eq 1 ] && [ ! -s /tmp/out ] && [ "$(wc -l </tmp/err)" -eq 1 ] && grep -Eq "$pattern" /tmp/err &&
	same_again /tmp/before && return
	echo "status $status, said:"
	cat /tmp/out /tmp/err
	return 1
}

check "a simulated 82093AA" sim sim0 82093aa
check "another, of 240 pins" sim sim1 generic240
check "save" vioapic save sim0 /tmp/state
check "restore" delivered 0 restore /tmp/state
check "save, restore, save: the same bytes" same_again /tmp/state
refs=$(refs)

# --- What was under way goes on
cp /tmp/state /tmp/busy
pin /tmp/busy 5 "d0 90" 00 03	# level, high, and nobody has accepted the message
pin /tmp/busy 6 "d1 00" 00 03	# edge, high; it is long over
pin /tmp/busy 7 "d2 00" 00 07	# edge, high, latched and not sent
pin /tmp/busy 8 "d3 c0" 00 03	# level, high, in service
poke /tmp/busy 60 1a		# IOREGSEL: pin 5's low half
check "a line that was high with remote IRR clear delivers, a latched edge too, and nothing else" delivered 2 restore /tmp/busy
check "the level pin is in service then" test "$(rte 5)" = 0x000000000000c0d0
check "the one that was in service still is" test "$(rte 8)" = 0x000000000000c0d3
check "entries in use hold the module" test "$(refs)" -gt "$refs"
check "save" vioapic save sim0 /tmp/service
check "restored, nothing is sent again" delivered 0 restore /tmp/service
check "save, restore, save: the same bytes" same_again /tmp/service
check "restored twice" delivered 0 restore /tmp/service
check "the same bytes" same_again /tmp/service
check "the line falls" sh -c "echo 5 >$sims/sim0/lower"
check "an edge is one when the line rises" delivered 1 sh -c "echo 6 >$sims/sim0/lower; echo 6 >$sims/sim0/raise"

# --- KVM's format
check "save in KVM's format" vioapic save --kvm sim0 /tmp/kvm
check "it has its size" test "$(wc -c </tmp/kvm)" -eq 216
check "elsewhere in between" restore /tmp/state
check "restore from KVM's format" delivered 0 vioapic restore --kvm sim0 /tmp/kvm
check "what was in service is so again" test "$(rte 8)" = 0x000000000000c0d3
check "in KVM's format, it is the same" sh -c "vioapic save --kvm sim0 | cmp /tmp/kvm"
check "240 pins have no room there" refused "sim1 has 240 pins" vioapic save --kvm sim1 /tmp/none

# It does not say which chip: that of whom it is restored to
ich_goes_through_kvm() {
	sim sim2 ich && vioapic save sim2 /tmp/ich && cp /tmp/ich /tmp/ich.busy || return
	pin /tmp/ich.busy 8 "d3 c0" 00 03
	vioapic restore sim2 /tmp/ich.busy && vioapic save --kvm sim2 /tmp/ich.kvm &&
	vioapic restore sim2 /tmp/ich && vioapic restore --kvm sim2 /tmp/ich.kvm &&
	vioapic save sim2 /tmp/ich.after && cmp /tmp/ich.busy /tmp/ich.after
}
ich_refs=$(refs)
check "an ICH in KVM's format, and back" ich_goes_through_kvm
check "from KVM's format to one of 240 pins" refused "sim1 has 240 pins, KVM 24" vioapic restore --kvm sim1 /tmp/ich.kvm
ich_is_gone() { echo 0 >"$sims"/sim2/live && rmdir "$sims"/sim2; }
check "the ICH is destroyed, with an entry in use" ich_is_gone
check "which holds the module no more" test "$(refs)" -eq "$ich_refs"

# --- Others'
vioapic save sim1 /tmp/other
check "the state of another" refused "a chip generic240, and sim0 is a chip 82093aa" restore /tmp/other
vioapic takeover --all
vioapic save ioapic0 /tmp/shadow
check "the state of a shadow" refused "the state is that of a shadow, and sim0 is an owner" restore /tmp/shadow
check "an owner's to a shadow" refused "the state is that of an owner, and ioapic0 is a shadow" vioapic restore ioapic0 /tmp/state
cp /tmp/state /tmp/changed
poke /tmp/changed 67 10
check "an ID too wide" refused "damaged" restore /tmp/changed
cp /tmp/busy /tmp/changed
pin /tmp/changed 5 "d0 80" 00 03
check "a message that waits and does not" refused "damaged" restore /tmp/changed

check "the original comes back" restore /tmp/state
check "the same bytes" same_again /tmp/state
check "nothing holds the module for them" test "$(refs)" -eq "$refs"
gone() { echo 0 >"$sims"/sim0/live && echo 0 >"$sims"/sim1/live && rmdir "$sims"/sim0 "$sims"/sim1; }
check "both are destroyed" gone
check "save of one that is gone" sh -c "! vioapic save sim0 /tmp/none 2>/tmp/err && grep -q \"no I/O APIC 'sim0'\" /tmp/err"
vioapic release --all
check "the kernel did not complain" dmesg_clean
done_testing
