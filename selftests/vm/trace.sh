#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# vioapic trace, and the tracepoints that it reads.
# boot: kernels=main,6.1 smp=2 weight=6
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
trace
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
trace ioapic0
cat $probe/dump >/dev/null
echo 9 >$probe/pin
cat $probe/eoi >/dev/null
wait_for 5 lines_are 116
stop
check "an access of a module's is resolved, too" said "read +IOWIN +RTE 23 high = 0x[0-9a-f]+.* \[vioapic_probe\]"
check "the version register is decoded" said "read +IOWIN +VERSION = 0x[0-9a-f]{8}: .*24 pins"
check "each of the 116 accesses has a line" test "$(grep -c 'vioapic_probe' /tmp/trace)" -eq 116

# --- --count, names
trace --count 3
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
