#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Broken I/O APICs: each fault is seen by the kernel, and its drivers, as on real broken hardware.
#
# What the kernel says when it ends is in the memory of a second serial port, which QEMU keeps through the
# reset: the next kernel looks there, also for how far we had come.
# boot: smp=1 disk=0 weight=12 append=earlyprintk=ttyS1,keep timeout=500 qemu="-action reboot=reset -chardev ringbuf,id=last,size=65536 -serial chardev:last"
# boot: smp=4 disk=0 weight=12 append=earlyprintk=ttyS1,keep timeout=500 qemu="-action reboot=reset -chardev ringbuf,id=last,size=65536 -serial chardev:last"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2016,SC2317 # lib.sh, and what it sets; called by check, or eval'ed there
. "$(dirname "$0")/lib.sh"
disturbs "stores interrupts that never end, and reboots"
needs rig hmp

root=/sys/kernel/config/vioapic
drivers=/sys/kernel/debug/vioapic_user
devices=/sys/kernel/debug/vioapic_pulser
tracing=/sys/kernel/tracing

sim() { # NAME CHIP
	mkdir "$root/$1"
	echo "$2" >"$root/$1/chip"
	echo 1 >"$root/$1/live"
}
fault() { echo "$2" >"$root/$1/fault"; }
# mended NAME: of all that was wrong with it
mended() { fault "$1" off; }
count_of() { sed -n "s/^$2=.* count=//p" "$root/$1/fault"; }
attribute_of() { sed -n "s/^$2=.*$3=\([-0-9]*\).*/\1/p" "$root/$1/fault"; }
rte() { vioapic show --json "$1" | awk -F'[ ,"]+' -v pin="$2" '$2 == "pin" { at = $4 } $2 == "rte" && at == pin { print $4 }'; }
bit() { [ $(($(rte "$1" "$2") >> $3 & 1)) -eq "$4" ]; }
line() { echo "$2" >"$root/$1/$3"; }

# driver NAME SIM PIN edge|level [with a device]: the kernel drives the pin
driver() {
	echo "$1 $(($(cat "$root/$2/gsi_base") + $3)) $4 high" >$drivers/add || return 1
	[ -z "${5:-}" ] || echo "$1 $2 $3 $4 high" >$devices/attach
}
undriver() {
	echo "$1" >$devices/detach 2>/dev/null
	echo "$1" >$drivers/remove
}
of() { cat "$drivers/$1/$2"; }
irq() { of "$1" irq; }
disabled() { echo "$2" >"$drivers/$1/disabled"; }
event() { echo "$1" >$devices/event; }
has() { [ "$(of "$1" "$2")" -eq "$3" ]; }
# comes NAME COUNTER VALUE: soon, and then it stays
comes() {
	wait_for 5 has "$@" || { echo "$2 is $(of "$1" "$2"), wanted $3"; return 1; }
	sleep 0.02
	has "$@" || { echo "$2 went on to $(of "$1" "$2"), wanted $3"; return 1; }
}
# never_comes NAME COUNTER VALUE: it stays where it is, at VALUE
never_comes() { sleep 0.3; has "$@" || { echo "$2 is $(of "$1" "$2"), wanted $3"; return 1; }; }
counted() { # SIM KIND HOW_OFTEN
	[ "$(count_of "$1" "$2")" = "$3" ] || { cat "$root/$1/fault"; return 1; }
}
counted_in_all() { sed -n "s/^$2 //p" "$root/$1/counters"; }
said_by_kernel() { dmesg_since_load | grep -Eq "$1"; }
loaded() { insmod "$modules/vioapic_user.ko" && insmod "$modules/vioapic_pulser.ko"; }

# The next kernel, at the end

hmp info name >/dev/null # the first answer after a reset gets lost
said=$(hmp ringbuf_read last 65536)
read -r tap_count tap_failed a b <<-EOF
	$(echo "$said" | sed -n 's/.*sim_faults: \([0-9]*\) tests, \([0-9]*\) failed, IDs \([0-9]*\) \([0-9]*\).*/\1 \2 \3 \4/p')
EOF
if [ -n "$tap_count" ]; then
	unable() { echo "$said" | grep -Eq "Unable to reset IRR for apic: $1, pin :9"; }
	check "reboot: the kernel was unable to reset IRR, with an EOI register" unable "$a"
	check "reboot: the kernel was unable to reset IRR, without" unable "$b"
	check "reboot: and said so of no other pin" [ "$(echo "$said" | grep -c 'Unable to reset IRR')" -eq 2 ]
	echo "$said" | sed -n '/sim_faults:/,/^\[    0\./p' >/tmp/end
	check "reboot: it had no other complaint" eval '! complaints </tmp/end'
	done_testing
fi
tap_count=0 tap_failed=0

# What is set and what is told

check "a driver and its device" loaded
check "a simulated I/O APIC with an EOI register" sim a ich
check "and one without" sim b 82093aa
check "neither is broken" [ -z "$(cat $root/a/fault $root/b/fault)" ]
driver edge a 3 edge
for text in nonsense "delay=usecs=0" "delay=usecs=10000001" "ones=usecs=3" "ones=pin=24" "ones=pin=-2" "ones=times=0" \
	"ones=times=-2" "ones=interval=0" "ones=probability=101" "ones=probability=-1" "ones=seed=-1" "ones=seed=x" \
	"ones=color=1" "ones=" "ones=once,off" "ones,delay" "=once" "" "ones=seed=$(printf %0120d 1)"; do
	echo "vioapic-rig: refused?" >/dev/kmsg
	check "\"$text\" is refused" eval '! fault a "$text" 2>/dev/null'
	check "in one line" [ "$(dmesg | tac | sed '/vioapic-rig: refused?$/q' | grep -c 'vioapic: a: ')" -eq 1 ]
done
check "and nothing is broken" [ -z "$(cat $root/a/fault)" ]
"$bin/sim_fault" a >/tmp/ioctl
check "the ioctl's test ran" [ "$(wc -l </tmp/ioctl)" -ge 25 ]
while read -r status sentence; do
	if [ "$status" = "#" ]; then note "$sentence"; else report "$status" "ioctl: $sentence"; fi
done </tmp/ioctl
check "a fault of an I/O APIC's is not another's" eval 'fault a spurious && [ -z "$(cat $root/b/fault)" ]'
check "the command breaks it, too" vioapic sim fault a delay=pin=2,usecs=7,seed=5
check "as it was told to" grep -qx 'delay=probability=100,interval=1,times=-1,seed=5,pin=2,usecs=7 count=0' $root/a/fault
check "once, on a pin, is one time" eval 'fault a delay=once,pin=3 && [ "$(attribute_of a delay times) $(attribute_of a delay pin)" = "1 3" ]'
check "always is as often as can be" eval 'fault a delay=always && [ "$(attribute_of a delay times)" = -1 ]'
check "the command turns one off" eval 'vioapic sim fault a delay=off && ! grep delay $root/a/fault'
mended a
check "all off, none is told" [ -z "$(cat $root/a/fault)" ]
check "the interrupt comes" eval 'line a 3 pulse && comes edge count 1'
check "no fault was counted so far" [ "$(counted_in_all a faults)" -eq 0 ]

# Remote IRR that stays, and EOIs that are lost

# lost_eoi SIM KIND: of a level interrupt's; the first still comes
lost_eoi() {
	lost="$2 of $1"
	driver level "$1" 9 level device
	event level
	check "$lost: before, the interrupt comes" comes level seen 1
	check "$lost: it is out of service" bit "$1" 9 14 0
	fault "$1" "$2=pin=9"
	event level
	check "$lost: one more comes" comes level seen 2
	check "$lost: it stays in service" bit "$1" 9 14 1
	check "$lost: once counted" counted "$1" "$2" 1
	event level
	check "$lost: it never comes again" never_comes level seen 2
	check "$lost: nor does it have a message on its way" bit "$1" 9 12 0
	mended "$1"
	check "$lost: the fault gone, it still does not come" never_comes level seen 2
	# One that nobody asked for takes the driver's EOI with it
	fault "$1" spurious=once,pin=9
	line "$1" 9 lower
	check "$lost: an EOI that gets through ends it" comes level seen 3
	check "$lost: it is out of service" bit "$1" 9 14 0
	mended "$1"
	event level
	check "$lost: and comes again" comes level seen 4
	undriver level
}
lost_eoi a stuck-irr
lost_eoi a drop-eoi
lost_eoi b stuck-irr
lost_eoi b drop-eoi

# To mask and to unmask: what is stuck stays; what only missed an EOI register is out of service at once
fault a drop-eoi=once,pin=9
driver level a 9 level device
event level
check "drop-eoi, once: the interrupt comes" comes level seen 1
check "drop-eoi, once: it stays in service" bit a 9 14 1
check "drop-eoi, once: no time is left" [ "$(attribute_of a drop-eoi times)" = 0 ]
mended a
fault a spurious=once,pin=9
line a 9 raise; line a 9 lower
check "drop-eoi, once: a spurious one ends it" bit a 9 14 0
mended a
undriver level

# Registers

# The kernel moves the interrupt; the write does not arrive
if [ "$(cpus | wc -l)" -gt 1 ]; then
	irq_to "$(irq edge)" 0
	line a 3 pulse; wait_for 5 has edge count 2
	line a 3 pulse; wait_for 5 has edge count 3
	fault a drop-write=pin=3
	irq_to "$(irq edge)" 1
	there=$(irq_count "$(irq edge)" 1)
	for n in 4 5 6 7; do
		line a 3 pulse
		wait_for 5 has edge count $n
	done
	check "drop-write: the kernel believes to have moved the interrupt" grep -qx 1 "/proc/irq/$(irq edge)/effective_affinity_list"
	check "drop-write: it keeps coming" comes edge count 7
	check "drop-write: to where it was" [ "$(irq_count "$(irq edge)" 1)" -eq "$there" ]
	check "drop-write: counted" [ "$(count_of a drop-write)" -ge 2 ]
	mended a
	undriver edge
	driver edge a 3 edge
fi
# It masks the interrupt, at the next one; nor does that
before=$(counted_in_all a deliveries)
fault a drop-write=pin=3
disabled edge 1
for n in 1 2 3; do line a 3 pulse; done
check "drop-write: what the kernel masked is not masked" bit a 3 16 0
check "drop-write: messages go on" [ $(($(counted_in_all a deliveries) - before)) -eq 3 ]
check "drop-write: counted as that" [ "$(count_of a drop-write)" -ge 1 ]
disabled edge 0
mended a
undriver edge
driver edge a 3 edge
check "drop-write: gone, the interrupt comes" eval 'line a 3 pulse && comes edge count 1'

# The kernel masks it, lazily: at the next one.  Bit 16 does not arrive.
sent_by() { counted_in_all a deliveries; }
disabled edge 1
before=$(sent_by)
line a 3 pulse
check "not torn: what the kernel masked is masked" wait_for 5 bit a 3 16 1
line a 3 pulse; line a 3 pulse
check "not torn: the second message is not sent" [ $(($(sent_by) - before)) -eq 1 ]
disabled edge 0
check "not torn: the pending one is handled" comes edge count 2
fault a torn-write=pin=3
disabled edge 1
before=$(sent_by)
line a 3 pulse
check "torn-write: counted" wait_for 5 counted a torn-write 1
line a 3 pulse; line a 3 pulse
check "torn-write: what the kernel masked is not" bit a 3 16 0
check "torn-write: messages go on" [ $(($(sent_by) - before)) -eq 3 ]
mended a
disabled edge 0
check "torn-write: gone, the pending one is handled" comes edge count 3
undriver edge
fault a torn-write=pin=3
driver edge a 3 edge
check "torn-write: the vector arrives" [ $(($(rte a 3) & 0xff)) -ne 0 ]
check "torn-write: the pin is as masked as it was" bit a 3 16 1
line a 3 pulse
check "torn-write: and the interrupt does not come" never_comes edge count 0
mended a
undriver edge

# What the kernel writes to pin 3 lands where it had been before: in pin 5
driver edge a 3 edge
driver other a 5 edge
disabled edge 1	# which looks at pin 3, too
disabled other 1; line a 5 pulse; sleep 0.05; disabled other 0
check "lost-index: before, the other interrupt comes" comes other count 1
fault a lost-index=once,pin=3
line a 3 pulse
check "lost-index: counted" wait_for 5 counted a lost-index 1
check "lost-index: what was to be masked is not" bit a 3 16 0
check "lost-index: what was to be written is in the other pin" [ $(($(rte a 5) & 0x100ff)) -eq $((($(rte a 3) & 0xff) | 0x10000)) ]
line a 5 pulse
check "lost-index: whose interrupt does not come any more" never_comes other count 1
disabled edge 0
mended a
undriver other
undriver edge

# free_irq() waits until the interrupt is out of service, and believes the dead chip that it is in
driver edge a 3 edge
fault a ones=times=40,pin=3
check "ones: free_irq() comes to an end when the chip answers again" within 20 undriver edge
check "ones: it had asked again and again" counted a ones 40

# A chip that is dead from the start
mkdir $root/dead
fault dead ones
check "ones: the kernel does not take a chip that is dead" eval '! echo 1 2>/dev/null >$root/dead/live'
check "ones: and says why" said_by_kernel 'registers return all ones, skipping'
check "ones: it is not live" grep -qx 0 $root/dead/live
check "ones: counted" [ "$(count_of dead ones)" -ge 3 ]
mended dead
check "ones: mended, the kernel takes it" eval 'echo 1 >$root/dead/live'
check "ones: with all of its pins" grep -qx 24 $root/dead/pins
echo 0 >$root/dead/live
rmdir $root/dead

# Messages

driver edge a 3 edge
fault a delay=pin=3,usecs=200000
echo 1 >$tracing/events/vioapic/enable
line a 3 pulse
check "delay: the interrupt does not come at once" has edge count 0
check "delay: it does come" comes edge count 1
echo 0 >$tracing/events/vioapic/enable
check "delay: the tracepoint says so" grep -q ' fault: a delay pin=3$' $tracing/trace
awk '/ fault: a delay/ { t = $4 } / deliver: a pin=3/ { u = $4 } END { print int((u - t) * 1000 + 0.5) }' $tracing/trace >/tmp/late
echo >$tracing/trace
note "200 ms were $(cat /tmp/late) ms"
check "delay: as late as it was told to" awk '$1 < 200 || $1 > 400 { exit 1 }' /tmp/late
line a 3 pulse; line a 3 pulse
check "delay: what asks meanwhile is the same message" comes edge count 2
before=$(sent_by)
line a 3 pulse
undriver edge
sleep 0.3
check "delay: not sent if the pin is masked by then" [ "$(sent_by)" -eq "$before" ]
mended a
driver level a 9 level device
fault a delay=pin=9,usecs=1500000
event level
check "delay, level: delivery status says that it is pending" bit a 9 12 1
check "delay, level: it comes" comes level seen 1
check "delay, level: once" has level none 0
check "delay, level: counted" counted a delay 1
mended a
sim c ich
driver gone c 1 edge
fault c delay=usecs=10000000
line c 1 pulse
undriver gone
check "delay: an I/O APIC goes with a message on its way" eval 'echo 0 >$root/c/live && rmdir $root/c'
undriver level

driver edge a 3 edge device
fault a duplicate=pin=3,usecs=200000
n=0
while [ $n -lt 5 ]; do
	n=$((n + 1))
	event edge
	wait_for 5 has edge count $((2 * n)) || break
done
check "duplicate: the handler runs twice for each pulse" comes edge count 10
check "duplicate: once with reason" has edge seen 5
check "duplicate: once without" has edge none 5
check "duplicate: as often as counted" counted a duplicate 5
check "duplicate: the kernel has noticed interrupts that nobody wanted" eval '[ "$(sed -n "s/^unhandled //p" "/proc/irq/$(irq edge)/spurious")" -ge 1 ]'
mended a

driver level a 9 level device
fault a spurious=pin=9
n=0
while [ $n -lt 10 ]; do
	n=$((n + 1))
	event level
	wait_for 5 has level count $((2 * n)) || break
done
check "spurious: when the line falls there is one more" comes level count 20
check "spurious: with nobody asking" has level none 10
check "spurious: as often as counted" counted a spurious 10
check "spurious: the kernel has noticed interrupts that nobody wanted" eval '[ "$(sed -n "s/^unhandled //p" "/proc/irq/$(irq level)/spurious")" -ge 1 ]'
check "spurious: nothing is in service" bit a 9 14 0
mended a

# How often

# sequence ATTRIBUTES: after each of 40 pulses, how often it was so far
sequence() {
	fault a "duplicate=pin=3,usecs=0,$1"
	sequence_n=0
	while [ $sequence_n -lt 40 ]; do
		sequence_n=$((sequence_n + 1))
		line a 3 pulse
		count_of a duplicate
	done | paste -sd' '
}
all_before=$(counted_in_all a faults)
first=$(sequence probability=30,seed=7)
first_n=${first##* }
note "30 %: $first"
again=$(sequence probability=30,seed=7)
different=$(sequence probability=30,seed=8)
check "a probability: some of them" [ "$first_n" -ge 4 ]
check "and not all" [ "$first_n" -le 24 ]
check "the same seed, the same faults" [ "$first" = "$again" ]
check "another seed, others" [ "$first" != "$different" ]
check "all are counted" [ $(($(counted_in_all a faults) - all_before)) -eq $((first_n + first_n + ${different##* })) ]
check "a probability of 0: none" [ "$(sequence probability=0)" = "$(yes 0 | head -n 40 | paste -sd' ')" ]
check "every third" [ "$(sequence interval=3 | cut -d' ' -f1-8)" = "0 0 1 1 1 2 2 2" ]
check "two and no more" [ "$(sequence times=2 | cut -d' ' -f1-4,40)" = "1 2 2 2 2" ]
check "and none is left" [ "$(attribute_of a duplicate times)" = 0 ]
line a 5 pulse
check "another pin is not this one" eval 'fault a duplicate=pin=4 && line a 3 pulse && counted a duplicate 0'
mended a
undriver edge
undriver level
check "the kernel did not complain" dmesg_clean

# The end: pin 9 of each is in service for ever, pin 3 is as it should be

driver level_a a 9 level device
driver level_b b 9 level device
driver edge a 3 edge
fault a stuck-irr=pin=9
fault b stuck-irr=pin=9
event level_a; event level_b
check "reboot: the last interrupts come" eval 'comes level_a seen 1 && comes level_b seen 1'
check "reboot: remote IRR is set" eval 'bit a 9 14 1 && bit b 9 14 1'
sleep 1 # for our output
# As an error, so that it is on the console
echo "<3>sim_faults: $tap_count tests, $tap_failed failed, IDs $(cat $root/a/id) $(cat $root/b/id)" >/dev/kmsg
reboot -f
sleep 60
report 1 "the kernel should have ended"
done_testing
