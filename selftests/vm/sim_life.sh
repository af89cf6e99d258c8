#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Life and death of simulated I/O APICs: what they are by default and by request, what is refused and leaves
# everything as it was, and that nothing but us ever sees an access to their registers.
# boot: kernels=every spare=7.2 smp=4 disk=0 weight=12
# boot: smp=1 disk=0 weight=8
# shellcheck shell=sh source=selftests/sim.sh disable=SC1091,SC2154,SC2317 # sim.sh, and what it sets; called by check
. "$(dirname "$0")/sim.sh"
needs module listed="^ioapic0 .* 0xfec00000 +0 .* 0-23 "

insmod "$modules/vioapic_user.ko"
insmod "$modules/vioapic_pulser.ko"
insmod "$modules/vioapic_bare.ko"

# ram ADDRESS: the words at the begin of this page, where registers are, that are not 0
ram() {
	echo "$1" >$bare/ram
	xargs <$bare/ram
}
address_of() { vioapic list | awk -v name="$1" '$1 == name { print $3 }'; }
has() { [ "$(cat "$sims/$1/$2")" = "$3" ]; }
# refused FILE TEXT ERROR [SENTENCE]: writing TEXT fails with ERROR, the kernel's log says SENTENCE, once
refused() {
	refused_lines=$(dmesg | grep -c 'vioapic: ')
	env echo "$2" 2>/tmp/why >"$sims/$1" && return 1 # not the shell's: dash's does not say why
	grep -q "$3" /tmp/why || { cat /tmp/why; return 1; }
	[ -z "$4" ] && return
	dmesg | grep 'vioapic: ' | tail -n 1 | grep -q "$4" && [ "$(dmesg | grep -c 'vioapic: ')" -eq $((refused_lines + 1)) ]
}
start_slots=$(slots)

# --- Defaults
check "one with all defaults" sim_create a
check "is an ICH" has a chip ich
check "of 24 pins" has a pins 24
check "with the next GSI" has a gsi_base 24
check "and the next ID" has a id 1
check "and is listed" sh -c "vioapic list | grep -q '^a  *owner  *0x[0-9a-f]*  *1  *0x20  *24-47  *taken  *oops  *lapic'"
check "a second follows" sim_create b chip=generic240 pins=7
check "with the next GSI" has b gsi_base 48
check "of the pins asked for" has b pins 7
check "and the next ID" has b id 2
echo 1 >/sys/kernel/tracing/events/vioapic/access/enable
check "a third, all said" sim_create c chip=amd pins=33 gsi_base=1000 id=200 hook=fixup storm_limit=5 allow=nmi
grep -v '^#' /sys/kernel/tracing/trace | grep ': access: c ' >/tmp/accesses
echo 0 >/sys/kernel/tracing/events/vioapic/access/enable
note "$(head -n 2 /tmp/accesses)"
# What io_apic.c does first is to read register 0.
check "we see the first access of all" sh -c "head -n 1 /tmp/accesses | grep -q 'write offset=0x0 size=4 index=0x0 value=0x0 '"
check "and answer it" sh -c "sed -n 2p /tmp/accesses | grep -q 'read offset=0x10 size=4 index=0x0 value=0xc8000000 '"
check "and all others" test "$(grep -c ' read ' /tmp/accesses)" -eq "$(counter c reads)" \
	-a "$(grep -c ' write ' /tmp/accesses)" -eq "$(counter c writes)"
check "is as said" sh -c "cd $sims/c && cat chip pins gsi_base id hook storm_limit allow | xargs | grep -qx 'amd 33 1000 200 fixup 5 nmi'"
check "the kernel agrees" sh -c "dmesg | grep -q 'IOAPIC\[[0-9]*\]: apic_id 200, version 33, address 0x[0-9a-f]*, GSI 1000-1032'"
check "a fourth comes after that" sim_create d
check "..." has d gsi_base 1033
check "and takes the ID that is free" has d id 3
check "its pins work" pair_add e c 32 edge high
check "..." run e 100
check "..." exactly e 100
pair_remove e

# --- Refused while it is live
for word in pins=8 gsi_base=2000 id=9 chip=ich hook=oops storm_limit=1 allow=smi; do
	check "${word%=*} of what is live" refused "c/${word%=*}" "${word#*=}" busy "it is live"
done
check "nothing has changed" sh -c "cd $sims/c && cat chip pins gsi_base id hook storm_limit allow | xargs | grep -qx 'amd 33 1000 200 fixup 5 nmi'"
check "live twice" refused c/live 1 busy "live already"
check "rmdir of what is live" sh -c "! rmdir $sims/c 2>/tmp/why && grep -q busy /tmp/why"
check "is refused, and it lives" has c live 1

# --- Values that are none; nothing changes
mkdir "$sims"/e
for word in pins=0 pins=241 pins=-1 gsi_base=-2 gsi_base=4294967296 id=255 id=-7 storm_limit=4294967296; do
	check "$word" refused "e/${word%=*}" "${word#*=}" range "e: ${word%=*} is out of range: [01] to [0-9]*"
done
for word in pins=many pins= pins=auto id=0x id=1x id=never gsi_base=1.5 storm_limit=auto; do
	check "$word" refused "e/${word%=*}" "${word#*=}" Invalid "e: ${word%=*} is a number: [01] to [0-9]*"
done
check "what there is is said" refused e/pins 241 range "pins is out of range: 1 to 240$"
check "with the word that will do, too" refused e/id x Invalid "id is a number: 0 to 254 or auto$"
check "live=perhaps" refused e/live perhaps Invalid "live is 0 or 1"
check "chip=none" refused e/chip none Invalid "no such chip"
check "chip with a name of 100 characters" refused e/chip "$(printf %0100d 1)" Invalid "no such chip"
check "chip with the name of another before it" refused e/chip "$(printf 'ich%29sdoor' '')" Invalid "no such chip"
check "allow with something behind it" refused e/allow "$(printf 'nmi%29sdoor' '')" Invalid "smi, nmi and init"
check "hook=none" refused e/hook none Invalid "hooks are"
check "allow=extint" refused e/allow extint Invalid "smi, nmi and init"
check "allow=nmi extint" refused e/allow "nmi extint" Invalid "smi, nmi and init"
check "it is as it was" sh -c "cd $sims/e && cat chip pins gsi_base id hook storm_limit allow live | xargs | grep -qx 'ich 24 auto auto oops 10000 0'"
# As the command has it
check "storm_limit=never" sh -c "echo never >$sims/e/storm_limit"
check "is 0" has e storm_limit 0
check "allow=smi,nmi" sh -c "echo smi,nmi >$sims/e/allow"
check "is smi nmi" has e allow "smi nmi"
check "pins=010" sh -c "echo 010 >$sims/e/pins"
check "is 10" has e pins 10
check "id=0x0a" sh -c "echo 0x0a >$sims/e/id"
check "is 10" has e id 10
check "ones=seed=010,pin=0x8" sh -c "echo ones=seed=010,pin=0x8 >$sims/e/fault"
check "is 10 and 8" grep -q 'seed=10,pin=8 ' "$sims/e/fault"
rmdir "$sims"/e
check "with 9 pins" sim_create e pins=9
check "pin 010 is pin 10 and not pin 8" refused e/pulse 010 "" "no such pin"
check "it goes" sim_destroy e
mkdir "$sims"/e
for file in raise lower pulse; do
	check "$file of what is not live" refused e/$file 1 "No such device" "not live"
	check "$file of a pin that it has not" refused a/$file 24 "" "no such pin"
	check "$file of no number" refused a/$file x Invalid "number of a pin"
done
# What the others have
echo 30 >"$sims"/e/gsi_base
check "a GSI base in another's range" refused e/live 1 exists "GSIs 30-53 overlap those of a, 24-47"
echo 990 >"$sims"/e/gsi_base
echo 120 >"$sims"/e/pins
check "a range around another's" refused e/live 1 exists "overlap those of c"
echo 0 >"$sims"/e/gsi_base
check "the machine's own" refused e/live 1 exists "overlap"
echo auto >"$sims"/e/gsi_base
echo 2 >"$sims"/e/id
check "an ID that another has" refused e/live 1 exists "ID 2 is taken"
echo 16 >"$sims"/e/id
check "an ID that this chip cannot have" refused e/live 1 Invalid "has 0 to 14"
check "none of that has left anything" test "$(slots)" -eq $((start_slots + 4)) -a "$(vioapic list | wc -l)" -eq 6
echo auto >"$sims"/e/id
echo 24 >"$sims"/e/pins
check "now it can live" sh -c "echo 1 >$sims/e/live"
check "a name that is too long" sh -c "! mkdir $sims/$(printf %050d 1) 2>/dev/null"
check "the machine's own name" sh -c "mkdir $sims/ioapic0 && ! echo 1 2>/dev/null >$sims/ioapic0/live && rmdir $sims/ioapic0"

# --- Destroyed while a pin is in use
user_add busy c 7 level low
check "destroy with a pin in use names it" refused c/live 0 busy \
	"c: pin 7 of c (GSI 1007, interrupt $(user_of busy irq)) is in use"
check "it lives" has c live 1
device_add busy c 7 level low
check "and works" run busy 100
check "each arrived once" exactly busy 100
check "with a module on it, it is refused, too" refused c/live 0 busy "a module drives"
pair_remove busy
check "without, it goes" sim_destroy c
check "dead twice is nothing" sh -c "echo 0 >$sims/e/live && echo 0 >$sims/e/live"
rmdir "$sims"/e
check "a GSI that is free again" sim_create c gsi_base=1000
check "is as good as new" pair_add e c 7 edge high
check "..." run e 10
check "..." exactly e 10
pair_remove e

# --- Registers: the RAM beneath holds what was put there, which reads as an idle pin
for name in a b c d; do
	check "no write ever came to the RAM under $name" test "$(ram "$(address_of $name)")" = 10=10000
done
check "the probe can tell" test "$(ram 0x1000000)" != 10=10000
for name in a b c d; do
	check "$name goes" sim_destroy $name
done
check "the kernel has as many as at the start" test "$(slots)" -eq "$start_slots"

# --- Over and over, under load
(until [ -e /tmp/stop ]; do
	find /sys/devices/system /proc/irq -type f -maxdepth 4 -exec cat {} + >/dev/null 2>&1
	sleep 0.02
done) &
rounds() { # NAME N: each is used once
	for round in $(seq 1 "$2"); do
		sim_create "$1" chip=generic240 && echo "$((round % 240))" >"$sims/$1/pulse" && sim_destroy "$1" || return 1
	done
}
check "200 rounds of create and destroy under load" within 150 rounds r 200
rounds x 60 &
rounds y 60
status=$?
wait $!
report $(($? + status)) "60 rounds at once of two that do not know of each other"
touch /tmp/stop
check "the kernel has as many as at the start" test "$(slots)" -eq "$start_slots"
check "so has vioapic" test "$(vioapic list | wc -l)" -eq 2
rmmod vioapic_pulser
rmmod vioapic_bare
rmmod vioapic_user
check "one made by the command" vioapic sim create a
check "is dead" sh -c "echo 0 >$sims/a/live"
check "its directory is not removed" sh -c "! rmdir $sims/a 2>/dev/null"
check "the same name is refused, and it is said how it can go" sh -c \
	"! vioapic sim create a 2>/tmp/why && grep -q 'there is one: vioapic sim destroy a$' /tmp/why"
check "so it goes" vioapic sim destroy a
check "..." test ! -e "$sims/a"
mkdir "$sims/a"
check "with a directory the module stays" sh -c "! rmmod vioapic 2>/dev/null"
rmdir "$sims/a"
check "without, it goes" rmmod vioapic
check "and nothing that it has hooked still has its hook" sh -c \
	"! grep -E '^(native_set_fixmap|page_fault_oops|fixup_exception) ' /sys/kernel/tracing/enabled_functions"
check "the kernel did not complain" dmesg_clean
done_testing
