#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# vioapic save and restore on the machine's own I/O APIC: what is saved comes back, what has changed reaches the
# hardware, what is damaged is refused and changes nothing.
# (iomem=relaxed: /dev/mem is how somebody else changes the hardware.)
# boot: smp=2 weight=10 append="pci=nomsi iomem=relaxed"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "changes registers of the I/O APIC"
needs module parameter=iomem=relaxed hmp disk serial command=devmem command=hexdump

tracing=/sys/kernel/tracing
probe=/sys/kernel/debug/vioapic_probe
kbd=1 acpi=9 free=7 # by the ancient order; nobody has 7

# poke FILE OFFSET HEX..: bytes of a saved state; see struct vioapic_state
poke() {
	poke_file=$1 poke_at=$2
	shift 2
	for poke_byte; do
		printf '%b' "\\0$(printf %o "0x$poke_byte")" | dd of="$poke_file" bs=1 seek="$poke_at" conv=notrunc 2>/dev/null
		poke_at=$((poke_at + 1))
	done
}
index=60 id=67 arb=75 # the byte in which it is
rte() { echo $((144 + 16 * $1 + ${2:-0})); } # PIN [BYTE]
changed() { cp /tmp/state /tmp/changed; poke /tmp/changed "$@"; }

# What the I/O APIC holds, by vioapic and by QEMU; still is what it was?
look() {
	ioapic_shown ioapic0 >/tmp/soft
	ioapic_witness | grep -v ioregsel >/tmp/hard
}
untouched() {
	ioapic_shown ioapic0 | diff /tmp/soft - && ioapic_witness | grep -v ioregsel | diff /tmp/hard - && vioapic check ioapic0
}
agrees() { vioapic check ioapic0 && ioapic_agrees ioapic0 0; }
index_is() { ioapic_witness | grep -qx "ioregsel $1"; }
on_hardware() { ioapic_witness | grep -qx "$1 $2"; } # PIN RTE
arrived() { [ "$(irq_count "$1")" -gt "$2" ]; }
restore() { vioapic restore ioapic0 "$1"; }
same_again() { vioapic save ioapic0 /tmp/again && cmp "$1" /tmp/again; }

# refused STATUS PATTERN COMMAND..: its status, one line that says why, and nothing has changed
refused() {
	want_status=$1 pattern=$2
	shift 2
	look
	"$@" >/tmp/out 2>/tmp/err
	status=$?
	[ "$status" -ne 2 ] || sed -i '/^Try /,$d' /tmp/err
	[ "$status" -eq "$want_status" ] && [ ! -s /tmp/out ] && [ "$(wc -l </tmp/err)" -eq 1 ] &&
	grep -Eq "$pattern" /tmp/err && ioapic_shown ioapic0 | diff /tmp/soft - && ioapic_witness | grep -v ioregsel | diff /tmp/hard - &&
	return
	echo "status $status, said:"
	cat /tmp/out /tmp/err
	return 1
}

insmod "$modules/vioapic_probe.ko"
stty -F /dev/ttyS0 raw
cat "$(keyboard)" >/tmp/keys & # before the next line, or it would hold the port open too
keys_pid=$!
exec 3>/dev/ttyS0 # keeps its interrupt

# --- Not taken over
check "save of what is not taken over" refused 1 "not taken over.*: take it over first" vioapic save ioapic0 /tmp/none
check "and no file comes of it" test ! -e /tmp/none
vioapic takeover --all
vioapic save ioapic0 /tmp/early
vioapic release --all
check "restore of what is not taken over" refused 1 "not taken over.*: take it over first" vioapic restore ioapic0 /tmp/early

# --- There and back
check "takeover" vioapic takeover --all
check "save" vioapic save ioapic0 /tmp/state
check "it has the size of the struct" test "$(wc -c </tmp/state)" -eq 3984
check "it is the same as before release and takeover" "$bin/snapshot" same /tmp/early /tmp/state
check "to standard output it is the same" sh -c 'vioapic save ioapic0 | cmp /tmp/state'
look
writes=$(counter ioapic0 hw_writes) routes=$(counter ioapic0 routes)
check "restore" restore /tmp/state
check "save, restore, save: the same bytes" same_again /tmp/state
check "restore from standard input" sh -c 'vioapic restore ioapic0 </tmp/state'
check "restored twice: the same bytes" same_again /tmp/state
check "and nothing has changed" untouched
check "none of this counts as the kernel's doing" \
	test "$(counter ioapic0 hw_writes) $(counter ioapic0 routes)" = "$writes $routes"

# --- Damaged
"$bin/snapshot" hostile ioapic0 >/tmp/hostile
report $? "the damaged states were all tried"
while read -r status sentence; do
	case $status in
	[01]) report "$status" "refused, and nothing changed: $sentence" ;;
	*) note "$sentence" ;;
	esac
done </tmp/hostile
check "all have been refused" untouched
head -c 2000 /tmp/state >/tmp/short
cat /tmp/state /tmp/state >/tmp/long
: >/tmp/empty
check "a truncated file" refused 1 "/tmp/short is truncated, it has 2000 of 3984 bytes" restore /tmp/short
check "a file that is too long" refused 1 "/tmp/long is longer" restore /tmp/long
check "an empty file" refused 1 "/tmp/empty is empty" restore /tmp/empty
check "a file of something else" refused 1 "/proc/version is no saved state" restore /proc/version
check "no file" refused 1 "cannot open /tmp/nothing: No such file" restore /tmp/nothing
changed 0 50 41 4f 49
check "the other byte order" refused 1 "other byte order" restore /tmp/changed
changed 4 02
check "another version" refused 1 "is of version 2, not 1" restore /tmp/changed
changed 49 10
check "the state of an I/O APIC elsewhere" refused 1 "cannot restore ioapic0: .* at 0xfec01000, and ioapic0 is at 0xfec00000" \
	restore /tmp/changed
changed "$(rte 24)" 01
check "a 25th entry" refused 1 "cannot restore ioapic0: the state is damaged" restore /tmp/changed
changed $id 0f
check "an ID without its arbitration ID" refused 1 "register 0x02 is .* in the state" restore /tmp/changed
check "a shadow in KVM's format" refused 1 "ioapic0 is a shadow" vioapic save --kvm ioapic0 /tmp/none
check "and no file comes of it" test ! -e /tmp/none
check "a shadow from KVM's format" refused 1 "leave out --kvm" vioapic restore --kvm ioapic0 /tmp/state
check "no I/O APIC of that name" refused 1 "no I/O APIC 'nobody'" vioapic restore nobody /tmp/state
check "a full disk" refused 1 "cannot write /dev/full: No space" vioapic save ioapic0 /dev/full
check "no name is wrong usage" refused 2 "name an I/O APIC" vioapic save
check "a third argument is wrong usage" refused 2 "one file at a time" vioapic restore ioapic0 /tmp/state more

# --- What has changed reaches the hardware
pressed() { [ "$(key_presses /tmp/keys)" -gt "$1" ]; }
# Each key makes an interrupt for its press and one for its release.
types() {
	keys=$(key_presses /tmp/keys)
	hmp sendkey a 1 >/dev/null
	wait_for 5 pressed "$keys"
}
check "a key arrives" types
changed "$(rte $kbd 2)" 01
check "the keyboard's pin is masked by a restore" restore /tmp/changed
check "the hardware has it" on_hardware $kbd "$(sed -n "s/^$kbd \(.*\)/\1/p" /tmp/hard | sed 's/....\(....\)$/0001\1/')"
check "and so have all three of them" agrees
check "save gives the bytes that were restored" same_again /tmp/changed
irqs=$(irq_count $kbd)
hmp sendkey b 1 >/dev/null
sleep 1
check "a key does not arrive" test "$irqs" -eq "$(irq_count $kbd)"
check "the original comes back" restore /tmp/state
check "all is as it was" untouched
# An edge while masked is lost, and the next comes when the byte has been fetched.
dd if=/dev/port bs=1 skip=$((0x60)) count=1 of=/dev/null 2>/dev/null
check "a key arrives again" types
kill $keys_pid

# Unmasked before it has its destination again, it would send to nobody, and stay in service for ever
changed "$(rte $acpi 2)" 01
poke /tmp/changed "$(rte $acpi 7)" 80
check "the SCI's pin is masked by a restore, and nobody's" restore /tmp/changed
irqs=$(irq_count $acpi)
hmp system_powerdown >/dev/null # the power button: nobody listens
sleep 1
check "it does not arrive" test "$(irq_count $acpi)" -eq "$irqs"
check "the original comes back" restore /tmp/state
check "and the level line, still asserted, delivers" wait_for 5 arrived $acpi "$irqs"
# The kernel selects registers when it ends a level interrupt.
check "restored once more" restore /tmp/state
check "the same bytes again" same_again /tmp/state
look

# --- In which order
echo 1 >$tracing/events/vioapic/route/enable
routes() { # what was written since the last time: "old new"
	sed -n 's/.* route: ioapic0 pin=7 old=\(0x[0-9a-f]*\) new=\(0x[0-9a-f]*\)/\1 \2/p' $tracing/trace
	echo >$tracing/trace
}
routes >/dev/null
changed "$(rte $free)" 31 00 00 00 00 00 00 01
check "a free pin is programmed" restore /tmp/changed
check "and the hardware has it" on_hardware $free 0100000000000031
check "as it was masked, at once" sh -c "[ '$(routes)' = '0x0000000000010000 0x0100000000000031' ]"
changed "$(rte $free)" 32 20 00 00 00 00 00 02
check "another vector and another CPU" restore /tmp/changed
check "and the hardware has them" on_hardware $free 0200000000002032
check "first it is masked, so no message goes out with half of it" test "$(routes)" = \
	"0x0100000000000031 0x0100000000010031
0x0100000000010031 0x0200000000002032"
changed "$(rte $free)" 33 20 00 00 00 00 00 02
check "the low half alone" restore /tmp/changed
check "is written at once" test "$(routes)" = "0x0200000000002032 0x0200000000002033"
check "shadow, hardware and QEMU agree" agrees
check "the original comes back" restore /tmp/state
routes >/dev/null
check "restored twice" restore /tmp/state
check "nothing is written" test -z "$(routes)"
echo 0 >$tracing/events/vioapic/route/enable
check "all is as it was" untouched

# --- ID and IOREGSEL
cp /tmp/state /tmp/changed
poke /tmp/changed $id 05
poke /tmp/changed $arb 05
check "another ID" restore /tmp/changed
check "the hardware has it" sh -c 'hmp info pic | grep -q "^ioapic0: .* id=0x05 "'
check "save gives the bytes that were restored" same_again /tmp/changed
check "shadow and hardware agree" vioapic check ioapic0
changed $index 1e
check "the original ID, and another index" restore /tmp/changed
check "the ID is on the hardware" sh -c 'hmp info pic | grep -q "^ioapic0: .* id=0x00 "'
check "save gives the bytes that were restored" same_again /tmp/changed
check "release" vioapic release ioapic0
check "the hardware has the index that was restored" ioapic_agrees ioapic0 0 index
check "it is that one" index_is 0x1e
check "takeover" vioapic takeover ioapic0
check "the original comes back" restore /tmp/state
check "all is as it was" untouched

# --- Somebody else has changed the hardware
selected=$(devmem 0xfec00000 32)
devmem 0xfec00000 32 $((0x10 + 2 * free))
devmem 0xfec00010 32 0x1a5a5
devmem 0xfec00000 32 "$selected"
check "the hardware is not as the shadow" sh -c '! vioapic check ioapic0'
check "a refused restore" sh -c '! vioapic restore ioapic0 /tmp/short 2>/dev/null'
changed 49 10
check "and one that the kernel refuses" sh -c '! vioapic restore ioapic0 /tmp/changed 2>/dev/null'
check "hide nothing" sh -c '! vioapic check ioapic0'
check "a restore" restore /tmp/state
check "brings the hardware back" untouched

# --- At work
echo 0 >/sys/class/rtc/rtc0/wakealarm
echo +2 >/sys/class/rtc/rtc0/wakealarm
alarms=$(irq_count 8) disk=$(irq_count "$(disk_irq)") serial=$(irq_count "$(irq_of ttyS0)")
within 100 disk_read &
reader=$!
within 100 serial_write 64 &
writer=$!
rounds=0 wrong=0
until ended $reader && ended $writer; do
	"$bin/snapshot" rounds ioapic0 20 2>/tmp/wrong || wrong=$((wrong + 1))
	rounds=$((rounds + 20))
done
wait $reader
report $? "the disk reads right meanwhile"
wait $writer
report $? "the serial port sends meanwhile"
note "$rounds rounds, $(($(irq_count "$(disk_irq)") - disk)) interrupts of the disk, $(($(irq_count "$(irq_of ttyS0)") - serial)) of the serial port"
[ "$wrong" -eq 0 ] || note "$(cat /tmp/wrong)"
check "save, restore, save under load: the same bytes" test "$wrong" -eq 0
check "100 rounds at least" test "$rounds" -ge 100
check "the disk's interrupts came" test $(($(irq_count "$(disk_irq)") - disk)) -ge 500
check "the clock's alarm arrives" alarm_arrives 8 "$alarms"
check "shadow, hardware and QEMU agree" agrees

# --- One that has failed
grep -q 0x $probe/alien
check "save of a failed one" refused 1 "ioapic0 has released itself.*: take it over again" vioapic save ioapic0 /tmp/none
check "restore of a failed one" refused 1 "ioapic0 has released itself.*: take it over again" vioapic restore ioapic0 /tmp/state
check "takeover" vioapic takeover ioapic0
check "and a restore" restore /tmp/state
check "all is as it was" untouched
vioapic release --all
check "the machine works" within 60 disk_read
check "the kernel did not complain" dmesg_clean
done_testing
