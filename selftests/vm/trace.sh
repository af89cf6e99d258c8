#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# vioapic trace and replay, and the tracepoints that they read.
# boot: kernels=main,6.1 spare=6.12 smp=2 weight=6
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC"
needs module cpus=2 hmp

tracing=/sys/kernel/tracing
probe=/sys/kernel/debug/vioapic_probe

no_instance() { ! ls -d "$tracing"/instances/vioapic-trace-* 2>/dev/null; }

# trace OPTION..: starts it; returns when it sees events (an instance and all symbols: seconds, when emulated)
trace() {
	: >/tmp/trace
	vioapic trace "$@" >/tmp/trace 2>/tmp/trace.err &
	tracer=$!
	wait_for 60 tracing_on
}
tracing_on() { grep -qsx 1 "$tracing/instances/vioapic-trace-$tracer/events/vioapic/state/enable"; }
# finish: its exit status, if it has one in time
finish() {
	wait_for 60 ended $tracer || kill -KILL $tracer
	wait $tracer
}
stop() {
	kill "-${1:-INT}" $tracer
	finish
}
lines_are() { [ "$(wc -l </tmp/trace)" -ge "$1" ]; }

# said PATTERN: a line of the trace has it
said() { grep -Eq "$1" /tmp/trace; }
show() { sed 's/^/# /' /tmp/trace; }

insmod "$modules/vioapic_probe.ko"
keyboard=$(irq_of i8042)
# Its pin has the same number: so it is with ISA's interrupts but the timer's.
irq_to "$keyboard" 0
hmp sendkey a
check "takeover" vioapic takeover --all

# --- An affinity change is carried out when the next interrupt arrives
before=$(irq_count "$keyboard")
pressed() { [ "$(irq_count "$keyboard")" -gt "$before" ]; }
trace --raw
report $? "the trace begins"
irq_to "$keyboard" 1
hmp sendkey b
wait_for 5 pressed
hmp sendkey c
wait_for 5 said "route pin $keyboard:.*(dest|vector)"
report $? "an affinity change shows as a route of pin $keyboard"
stop
report $? "an interrupt ends it with status 0"
check "nothing on stderr" test ! -s /tmp/trace.err
show

rte="vector 0x[0-9a-f]{2}"
check "the selecting of the RTE's high half" \
	said "ioapic0 +write IOREGSEL 0x$(printf %02x $((0x11 + 2 * keyboard))) \(RTE $keyboard high\) +[a-z_]+\+0x[0-9a-f]+"
check "a write of it, which reached the hardware" said "write IOWIN +RTE $keyboard high = 0x[0-9a-f]{8}: .*dest.* \[hw\]"
check "a write of the low half with the new vector" said "write IOWIN +RTE $keyboard low = 0x[0-9a-f]{8}: .*$rte.* \[hw\]"
check "index writes stay in the shadow" said "write IOREGSEL .* \[shadow\]"
vector=$(printf '0x%02x' $(($(vioapic show --json ioapic0 | grep -A2 "\"pin\": $keyboard," | sed -n 's/.*"rte": "\(.*\)".*/\1/p') & 0xff)))
check "the vector is what show says" said "write IOWIN +RTE $keyboard low = .*vector $vector"
check "instructions are resolved to io_apic.c's functions" \
	said " (native_io_apic_write|io_apic_write|native_io_apic_read|io_apic_read|__ioapic_write_entry|ioapic_set_affinity|mask_ioapic_irq|unmask_ioapic_irq|io_apic_modify_irq|io_apic_sync)\+0x[0-9a-f]+"
check "every access has a symbol and says where it went" \
	sh -c "! grep -E '(read|write) +(IOREGSEL|IOWIN)' /tmp/trace | grep -Ev ' [a-z_0-9.]+\+0x[0-9a-f]+(/0x[0-9a-f]+)?( \[[a-z_]+\])?  \[(hw|shadow)\]$'"
check "in order of time" sh -c "awk '\$1 + 0 < last { exit 1 } { last = \$1 + 0 }' /tmp/trace"

# --- Instructions of a module, reads, EOIs
trace --raw ioapic0
cat $probe/dump >/dev/null
echo 9 >$probe/pin
cat $probe/eoi >/dev/null
wait_for 5 lines_are 116
stop
check "an access of a module's is resolved, too" said "read +IOWIN +RTE 23 high = 0x[0-9a-f]+.* \[vioapic_probe\]"
check "the version register is decoded" said "read +IOWIN +VERSION = 0x[0-9a-f]{8}: .*24 pins"
check "each of the 116 accesses has a line" test "$(grep -c 'vioapic_probe' /tmp/trace)" -eq 116

# --- Folded: a line for what was done
dumped() { said "registers read, by [a-z_]+ \[vioapic_probe\]$"; }
trace
before=$(irq_count "$keyboard")
irq_to "$keyboard" 0
hmp sendkey a
wait_for 5 pressed
hmp sendkey b
wait_for 5 said "pin $keyboard: .*CPU 1 to 0,"
report $? "an affinity change is a line"
cat $probe/dump >/dev/null
wait_for 5 dumped
stop
show
check "which says what has changed, and who did it" \
	said "ioapic0 +pin $keyboard: (vector 0x[0-9a-f]{2} to 0x[0-9a-f]{2}, )?CPU [01] to [01], by [a-z_]*(ioapic|io_apic)[a-z_]*$"
check "a dump of all registers is one line" test "$(grep -c "registers read, by" /tmp/trace)" -eq 1
check "and no step of either shows" sh -c "! grep -E 'IOREGSEL|IOWIN|0x[0-9a-f]{8}' /tmp/trace"

# --- Of some pins, of some kinds
trace --raw --pin 23 --kind access
cat $probe/dump >/dev/null
wait_for 5 lines_are 4
stop
check "--pin leaves those of one pin" test "$(grep -c 'RTE 23 ' /tmp/trace) $(wc -l </tmp/trace)" = "4 4"
trace --raw --kind eoi,state
cat $probe/dump >/dev/null
echo 9 >$probe/pin
cat $probe/eoi >/dev/null
vioapic release --all
vioapic takeover --all
wait_for 5 said "state taken"
stop
check "--kind leaves those of its kinds" sh -c "! grep -Ev ' (eoi  |state) ' /tmp/trace"
vioapic trace --kind nonsense >/tmp/out 2>&1
report $(($? != 2)) "another kind is wrong usage"
check "and it says which there are" grep -q "is one of access, route, refuse, eoi, deliver, fault, state, not 'nonsense'" /tmp/out
vioapic trace --raw --record /tmp/x >/tmp/out 2>&1
report $(($? != 2)) "--record with --raw is wrong usage"

# --- Recorded and replayed: the machine's own
replayed() { # STATUS PATTERN
	vioapic replay /tmp/recorded >/tmp/out 2>/tmp/err
	[ $? -eq "$1" ] && grep -Eq "$2" /tmp/out && return
	cat /tmp/out /tmp/err
	return 1
}
# recording OPTION..: ready when the state is in the file
recording() {
	rm -f /tmp/recorded
	trace --record /tmp/recorded "$@"
	wait_for 60 state_is_in
}
state_is_in() { [ "$(wc -c </tmp/recorded 2>/dev/null || echo 0)" -ge 3984 ]; }
recording
irq_to "$keyboard" 1
before=$(irq_count "$keyboard")
hmp sendkey c
wait_for 5 pressed
hmp sendkey d
cat $probe/dump >/dev/null
cat $probe/eoi >/dev/null
disk_read ""
stop
report $? "a trace is recorded"
check "nothing is printed" test ! -s /tmp/trace -a ! -s /tmp/trace.err
check "the model says the same" replayed 0 "^ioapic0: [0-9]{3,} events, [0-9]{3,} compared, no difference$"
note "$(cat /tmp/out), $(wc -c </tmp/recorded) bytes"
vioapic replay --print /tmp/recorded >/tmp/out
check "--print has every event" test "$(grep -c "vioapic_probe" /tmp/out)" -eq 116
head -c 4500 /tmp/recorded >/tmp/cut
vioapic replay /tmp/cut >/tmp/out 2>/tmp/err
report $(($? != 1)) "what is cut off is refused, behind what there is"
check "in one line" sh -c "wc -l </tmp/err | grep -qx 1 && grep -q 'is cut off behind event [1-9]' /tmp/err"
vioapic replay /bin/busybox >/tmp/out 2>/tmp/err
report $(($? != 1)) "what is no trace is refused"
check "in one line, too" sh -c "! test -s /tmp/out && wc -l </tmp/err | grep -qx 1 && grep -q 'is no recorded trace' /tmp/err"
vioapic release --all
vioapic trace --record /tmp/recorded >/tmp/out 2>/tmp/err
report $(($? != 1)) "nothing that is taken over is refused"
check "and what was recorded before stays" replayed 0 "no difference$"
vioapic takeover --all

# --- Events that nobody has read in time
# lose: more than the ring buffers have room for while the tracer cannot read
lose() {
	echo 4 >"$tracing/instances/vioapic-trace-$tracer/buffer_size_kb"
	kill -STOP $tracer
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		cat $probe/dump >/dev/null
	done
	kill -CONT $tracer
}
trace --raw
lose
wait_for 20 said "events lost here$"
report $? "a line says that events were lost"
stop
recording
lose
stop
vioapic replay /tmp/recorded >/tmp/out 2>/tmp/err
report $(($? != 1)) "what has lost events is not replayed as if it were whole"
check "which is said in a line" sh -c "wc -l </tmp/err | grep -qx 1 && grep -q 'events were lost at event [0-9]' /tmp/err"

# --- A simulated one that is broken: where the trace and the model part
insmod "$modules/vioapic_user.ko"
vioapic sim create sim0
user=/sys/kernel/debug/vioapic_user
gsi=$(vioapic list --json | awk -F'[ ,]+' '/"name": "sim0"/ { found = 1 } found && $2 == "\"gsi_base\":" { print $3; exit }')
echo "level $((gsi + 5)) level high" >$user/add
echo "edge $((gsi + 6)) edge high" >$user/add
# What a sound one does: messages, EOIs, a disabled interrupt that is masked when it comes, and unmasked
drive() {
	for pin in 6 5; do
		driver=$([ $pin -eq 6 ] && echo edge || echo level)
		vioapic sim pulse sim0 $pin
		echo 1 >"$user/$driver/disabled"
		usleep 20000
		vioapic sim pulse sim0 $pin
		usleep 20000
		echo 0 >"$user/$driver/disabled"
		usleep 20000
	done
	vioapic sim pulse sim0 6
}
# What would wait for ever for the end of a service that does not come is no disable_irq().
pulse() {
	vioapic sim pulse sim0 5
	usleep 20000
	vioapic sim pulse sim0 6
}
vioapic save sim0 /tmp/sound
recording sim0
drive
stop
check "a sound one is as the model says" replayed 0 "^sim0: [0-9]+ events, [0-9]+ compared, no difference$"
check "with messages and their ends" sh -c "vioapic replay --print /tmp/recorded | grep -q 'deliver pin 5' && vioapic replay --print /tmp/recorded | grep -q 'eoi '"
# parts FAULT DRIVE PATTERN: broken so, the two part, and the model's word has PATTERN
parts() {
	recording sim0
	vioapic sim fault sim0 "$1" || return 1
	$2
	stop
	vioapic sim fault sim0 off
	# Remote IRR that stays set would keep the driver from going.
	vioapic restore sim0 /tmp/sound
	replayed 1 "model: .*$3" && grep -q "a fault was injected before: ${1%%=*}" /tmp/out
}
check "of one that loses a write" parts drop-write=once,pin=5 drive "route pin 5"
check "of one that reads as ones" parts ones=once drive "it reads 0x"
check "of one that loses an EOI" parts drop-eoi=once,pin=5 pulse "eoi   vector"
check "of one that loses an index" parts lost-index drive "IOREGSEL is 0x"
rmmod vioapic_user
check "it can go" vioapic sim destroy sim0

# --- top, where there is no terminal
vioapic top --batch 2 --interval 0.1 ioapic0 >/tmp/top
report $? "top prints tables"
# column PIN N: of the last table
column() { awk -v pin="$1" -v n="$2" '$1 == "ioapic0" && $2 == pin { value = $n } END { print value }' /tmp/top; }
check "two of them" test "$(grep -c ^NAME /tmp/top)" -eq 2
check "top has the keyboard's pin, its interrupt and handler" grep -Eq "^ioapic0 +$keyboard +$keyboard .* i8042" /tmp/top
check "and counts as the kernel does" test "$(column "$keyboard" 5)" = "$(irq_count "$keyboard")"
check "none came meanwhile" test "$(column "$keyboard" 4)" = 0.0
check "nobody asked for one" grep -Eq "^ioapic0 +$keyboard .* i8042: not asked for$" /tmp/top
vioapic top nobody --batch 1 >/tmp/out 2>/tmp/err
report $(($? != 1)) "top of an unknown name is refused"
vioapic top >/tmp/out 2>/tmp/err </dev/null
report $(($? != 1)) "and without a terminal"
check "which says what to do" grep -q "top is for a terminal: --batch N prints tables" /tmp/err

# --- --count, names
trace --raw --count 3
cat $probe/dump >/dev/null
finish
report $? "--count 3 ends it by itself"
check "after three lines" test "$(wc -l </tmp/trace)" -eq 3
vioapic trace nobody >/tmp/out 2>/tmp/err
report $(($? != 1)) "an unknown name is refused"
check "in one line, which says which there are" \
	sh -c "! test -s /tmp/out && wc -l </tmp/err | grep -qx 1 && grep -q \"no I/O APIC 'nobody', there is ioapic0\" /tmp/err"
trace
vioapic release --all
vioapic takeover --all
wait_for 5 said "ioapic0 +state taken"
stop TERM
report $? "SIGTERM ends it with status 0"
check "release shows" said "ioapic0 +state released"
check "and takeover" said "ioapic0 +state taken"

# --- What it leaves behind
check "no instance is left" no_instance
trace
check "while it runs there is one" sh -c "ls -d $tracing/instances/vioapic-trace-*"
stop KILL
trace --count 1
cat $probe/dump >/dev/null
finish
check "what a kill -9 left, the next trace removes" no_instance
trace
check "rmmod while it runs" rmmod vioapic
finish
report $(($? != 1)) "ends it with status 1"
check "and a line why" grep -q "module vioapic was unloaded" /tmp/trace.err
check "without an instance" no_instance
insmod "$modules/vioapic.ko"
vioapic takeover --all

# --- By hand, as perf and trace-cmd do
for event in access route eoi state; do
	check "the tracepoint vioapic:$event" test -e $tracing/events/vioapic/$event/format
done
echo 1 >$tracing/events/vioapic/enable
cat $probe/dump >/dev/null
echo 0 >$tracing/events/vioapic/enable
check "vioapic:access in tracefs' own words" \
	grep -Eq 'access: ioapic0 read offset=0x10 size=4 index=0x1 value=0x[0-9a-f]+ (hw|shadow) ip=[a-z_]+\+0x' $tracing/trace
echo >$tracing/trace
echo 'offset == 0x10 && write == 0' >$tracing/events/vioapic/access/filter
echo 1 >$tracing/events/vioapic/access/enable
cat $probe/dump >/dev/null
echo 0 >$tracing/events/vioapic/access/enable
echo 0 >$tracing/events/vioapic/access/filter
check "its fields filter" sh -c "grep -q 'read offset=0x10' $tracing/trace && ! grep -q 'write\|offset=0x0 ' $tracing/trace"

check "shadow and hardware agree" vioapic check ioapic0
check "the kernel did not complain" dmesg_clean
done_testing
