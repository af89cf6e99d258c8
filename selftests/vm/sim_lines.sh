#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The lines of a simulated I/O APIC: driven by files, by the command, by ioctls and by eventfds.
# boot: smp=2 timeout=240 weight=6
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC"
needs module

users=/sys/kernel/debug/vioapic_user
configfs=/sys/kernel/config/vioapic

# refused STATUS PATTERN COMMAND..: its exit status; one line on stderr, which has PATTERN (and argp's hint
# with a status of 2); nothing on stdout
refused() {
	want_status=$1 pattern=$2
	shift 2
	"$@" >/tmp/out 2>/tmp/err
	status=$?
	[ "$status" -ne 2 ] || sed -i '/^Try /,$d' /tmp/err
	[ "$status" -eq "$want_status" ] && [ ! -s /tmp/out ] && [ "$(wc -l </tmp/err)" -eq 1 ] &&
		grep -Eq "$pattern" /tmp/err && return 0
	echo "status $status, said:"
	cat /tmp/out /tmp/err
	return 1
}

sent() { sed -n 's/^deliveries //p' "$configfs/sim0/counters"; }
count() { cat $users/edge/count; }
# counts N COMMAND..: N interrupts come of COMMAND, and all are in /proc/interrupts and in the counters
counts() {
	want=$1
	shift
	before_handler=$(count) before_irq=$(irq_count "$irq") before_sent=$(sent)
	"$@" || return 1
	wait_for 20 is_counted || true
	is_counted && [ $(($(irq_count "$irq") - before_irq)) -eq "$want" ] &&
		[ $(($(sent) - before_sent)) -eq "$want" ] && return 0
	echo "handler $(($(count) - before_handler)), irq $(($(irq_count "$irq") - before_irq)), sent $(($(sent) - before_sent)), wanted $want"
	return 1
}
is_counted() { [ $(($(count) - before_handler)) -eq "$want" ]; }
both_came() { [ $(($(count) - seen)) -eq 1 ] && [ "$(cat "$users/other/count")" -eq 1 ]; }
write_file() { echo "$2" >"$configfs/sim0/$1"; }
said() { dmesg | tail -n 3 | grep -q "$1"; }
gone() { ! vioapic list | grep -q "^$1 "; }
json() { vioapic list --json | tr -d ' \n' | grep -q "$1"; }

insmod "$modules/vioapic_user.ko"

# --- Life, by the command
check "create" vioapic sim create sim0 --pins 24 --gsi-base 100 --id 9
check "list has it, as owner" sh -c "vioapic list | grep -Eq '^sim0 +owner +0x[0-9a-f]+ +9 +0x20 +100-123 +taken +oops +lapic$'"
check "list --json has it" json '"name":"sim0","role":"owner",.*"chip":"ich","state":"taken","hook":"oops","backend":"lapic"'
check "its directory is there" test "$(cat $configfs/sim0/live)" -eq 1
check "show" sh -c "vioapic show sim0 | grep -q '^ *23  123  '"
check "show --json" sh -c "vioapic show sim0 --json | grep -q '\"gsi\": 123'"
check "all options" vioapic sim create sim1 --pins 240 --gsi-base 200 --id 0x20 --chip generic240 --hook fixup \
	--storm-limit never --allow smi,nmi,init
check "are what its files say" test "$(cd $configfs/sim1 && cat pins gsi_base id chip hook storm_limit allow | tr '\n' ' ')" = \
	"240 200 32 generic240 fixup 0 smi nmi init "
check "the same name again is refused" refused 1 "cannot create sim0: .*there is one" vioapic sim create sim0
check "a shadow's name is refused" refused 1 "ioapic0 already" vioapic sim create ioapic0
check "an ID that is taken is refused" refused 1 "ID 9 is taken" vioapic sim create sim2 --id 9
check "GSIs that are taken are refused" refused 1 "overlap those of sim0" vioapic sim create sim2 --gsi-base 110
check "a chip that is none is refused" refused 1 'no chip "door"' vioapic sim create sim2 --chip door
check "a name with a slash is refused" refused 1 "cannot be the name" vioapic sim create a/b
check "a name that is too long is refused" refused 1 "31 characters" vioapic sim create abcdefghijklmnopqrstuvwxyz0123456
check "241 pins are wrong usage" refused 2 "not '241'" vioapic sim create sim2 --pins 241
check "a mode that cannot be allowed is wrong usage" refused 2 "not 'extint'" vioapic sim create sim2 --allow extint
check "an unknown hook is wrong usage" refused 2 "no hook 'door'" vioapic sim create sim2 --hook door
check "no name is wrong usage" refused 2 "what it shall be called" vioapic sim create
check "an unknown command is wrong usage" refused 2 "no command 'explode'" vioapic sim explode
check "no command is wrong usage" refused 2 "no command given" vioapic sim
check "takeover of it is refused" refused 1 "sim0 is simulated" vioapic takeover sim0
check "release of it is refused" refused 1 "sim0 is simulated" vioapic release sim0
check "check of it is refused" refused 1 "no hardware to compare" vioapic check sim0
check "takeover of all leaves it out" vioapic takeover --all
check "release of all does" vioapic release --all
check "so it is taken still" sh -c "vioapic list | grep -q '^sim0 .* taken '"

# --- Lines
echo "edge 105 edge high" >$users/add
echo "other 107 edge low" >$users/add
irq=$(cat $users/edge/irq)
check "its line is in /proc/interrupts" grep -Eq "^ *$irq:.* IO-APIC +5-edge +edge" /proc/interrupts
check "pulse, by the command: one interrupt" counts 1 vioapic sim pulse sim0 5
# Those that come before the CPU has taken the one before merge with it: that is what edges do.
before=$(sent)
vioapic sim pulse sim0 5 --count 100
check "100 of them: 100 messages" test $(($(sent) - before)) -eq 100
check "pulse, by file: one interrupt" counts 1 write_file pulse 5
check "raise, by the command: one" counts 1 vioapic sim raise sim0 5
check "again: none" counts 0 vioapic sim raise sim0 5
check "lower, by file: none" counts 0 write_file lower 5
check "raise, by file: one" counts 1 write_file raise 5
check "lower, by the command: none" counts 0 vioapic sim lower sim0 5
# level_of PIN: as show has it; show --json
level_of() { vioapic show sim0 | awk -v pin="$1" '$1 == pin { print $12 }'; }
level_json() { vioapic show sim0 --json | tr -d ' \n' | grep -o "\"pin\":$1,[^}]*" | sed -n 's/.*"line":\([^,}]*\).*/\1/p'; }
vioapic sim raise sim0 9
check "show says which lines are high" test "$(level_of 9)$(level_json 9)" = high1
check "which are low" test "$(level_of 5)$(level_json 5)" = low0
check "and which nobody has driven" test "$(level_of 11)$(level_json 11)" = -null
check "a shadow has no lines" sh -c "! vioapic show ioapic0 | grep -q LINE && ! vioapic show ioapic0 --json | grep -q '\"line\"'"
vioapic sim lower sim0 9
seen=$(count)
check "two pins at once" vioapic sim pulse sim0 5 7
check "one interrupt of each comes" wait_for 20 both_came
check "stats has the messages" sh -c "vioapic stats sim0 | grep -Eq '^deliveries +$(sent)$'"
check "a pin past the last is refused" refused 1 "sim0 has no pin 24: its pins are 0-23" vioapic sim pulse sim0 24
check "with one that there is, too" refused 1 "sim0 has no pin 24" vioapic sim pulse sim0 5 24
check "which is left alone" counts 0 refused 1 "sim0 has no pin 30" vioapic sim raise sim0 5 30
check "it can still be raised" counts 1 vioapic sim raise sim0 5
check "and lowered" vioapic sim lower sim0 5
check "a pin of the machine's own is refused" refused 1 "ioapic0 is not simulated" vioapic sim raise ioapic0 1
check "a pin of nobody's is refused" refused 1 'no I/O APIC "nobody"' vioapic sim lower nobody 1
check "a pin that is no number is wrong usage" refused 2 "not '1x'" vioapic sim pulse sim0 1x
check "no pin is wrong usage" refused 2 "name an I/O APIC and a pin" vioapic sim raise sim0
check "by file, a pin past the last is refused" sh -c "! echo 24 2>/dev/null >$configfs/sim0/pulse"
check "and the log says why" said "sim0: it has no such pin"
check "by file, what is no number is refused" sh -c "! echo five 2>/dev/null >$configfs/sim0/raise"
mkdir $configfs/dead
check "by file, before it is live: refused" sh -c "! echo 1 2>/dev/null >$configfs/dead/pulse"
check "by the command, too" refused 1 'no I/O APIC "dead"' vioapic sim pulse dead 1

# --- The trace
vioapic trace --raw --count 2 sim0 >/tmp/trace 2>&1 &
tracer=$!
wait_for 60 grep -qs 1 "/sys/kernel/tracing/instances/vioapic-trace-$tracer/events/vioapic/enable"
vioapic sim pulse sim0 5 --count 2
wait_for 60 ended $tracer || kill $tracer
check "trace shows each message" test "$(grep -Ec '\] sim0 +deliver pin 5: vector 0x[0-9a-f]{2} fixed .* edge high unmasked' /tmp/trace)" -eq 2

# --- Faults, by the command
check "no fault is set at first" test -z "$(vioapic sim fault sim0)"
check "fault: duplicate, once" vioapic sim fault sim0 duplicate=once,usecs=50000
check "one pulse, two interrupts" counts 2 vioapic sim pulse sim0 5
check "the next is one again" counts 1 vioapic sim pulse sim0 5
fault=$(vioapic sim fault sim0)
check "it is told, and counted" test "$fault" = \
	"duplicate=probability=100,interval=1,times=0,seed=0,pin=-1,usecs=50000 count=1"
check "the file says the same" test "$(cat $configfs/sim0/fault)" = "$fault"
check "several at once" vioapic sim fault sim0 ones=probability=0,seed=5 delay=pin=7 duplicate=off
check "are told" test "$(vioapic sim fault sim0 | cut -d= -f1 | tr '\n' ' ')" = "ones delay "
check "what was told is taken" vioapic sim fault sim0 "$(vioapic sim fault sim0 | sed -n '1s/ .*//p')"
check "off" vioapic sim fault sim0 off
check "mends all" test -z "$(vioapic sim fault sim0)"
check "of a pin past the last it is refused" refused 1 "no pin 24" vioapic sim fault sim0 ones=pin=24
check "with one that is right, too" refused 1 "sim0 has no pin 24" vioapic sim fault sim0 ones ones=pin=24
check "a number that cannot be is wrong usage" refused 2 "usecs is 1 to" vioapic sim fault sim0 ones delay=usecs=0
check "and nothing is broken" test -z "$(vioapic sim fault sim0)"
check "also before it is live" refused 1 "dead has no pin 24" vioapic sim fault dead ones ones=pin=24
check "where nothing is broken either" test -z "$(vioapic sim fault dead)"
check "of the machine's own it is refused" refused 1 'no simulated I/O APIC "ioapic0"' vioapic sim fault ioapic0 ones
check "a fault that is none is wrong usage" refused 2 "no fault 'door'" vioapic sim fault sim0 door
check "so is an attribute that is none" refused 2 "no 'door=1'" vioapic sim fault sim0 ones=door=1

# --- ioctls and eventfds; an edge interrupt of the second pin that rises is one of its falling
echo other >$users/remove
echo "third 106 edge high" >$users/add
"$bin/lines" sim0 5 6 >/tmp/lines
report $? "the requests were all made"
while read -r status sentence; do
	case $status in
	[01]) report "$status" "$sentence" ;;
	*) note "$status $sentence" ;;
	esac
done </tmp/lines

# --- Destroy
check "with a pin in use it is refused, and says which" refused 1 "pin [56] of sim0 \(GSI 10[56], interrupt [0-9]+\) is in use" \
	vioapic sim destroy sim0
check "a pulse still arrives" counts 1 vioapic sim pulse sim0 5
echo edge >$users/remove
echo third >$users/remove
check "destroy of one that is there and one that is not" refused 1 'no simulated I/O APIC "nobody"' \
	vioapic sim destroy nobody sim1
check "took the first away" gone sim1
check "destroy of the machine's own is refused" refused 1 'no simulated I/O APIC "ioapic0"' vioapic sim destroy ioapic0
check "a name and --all are wrong usage" refused 2 "without names" vioapic sim destroy sim0 --all
mkdir $configfs/byhand
echo 1 >$configfs/byhand/live
check "one made by hand is listed" sh -c "vioapic list | grep -q '^byhand .* owner .* taken '"
check "destroy takes its directory, too" vioapic sim destroy byhand
check "so it is gone" test ! -e $configfs/byhand
mkdir $configfs/byhand
echo 1 >$configfs/byhand/live
check "destroy --all" vioapic sim destroy --all
check "leaves no directory" sh -c "[ -z \"\$(ls $configfs)\" ]"
check "and no I/O APIC" sh -c "! vioapic list | grep -q owner"

# --- One that has failed
insmod "$modules/vioapic_probe.ko"
vioapic sim create sim0
echo 1 >/sys/kernel/debug/vioapic_probe/slot
check "an access that cannot be emulated" grep -q 0x /sys/kernel/debug/vioapic_probe/alien
check "has it fail" sh -c "vioapic list | grep -q '^sim0 .* failed '"
for command in raise lower pulse; do
	check "$command is refused" refused 1 "sim0 has failed, see dmesg: destroy it" vioapic sim $command sim0 5
done
check "but not to show it" within 20 sh -c "vioapic show sim0 >/dev/null"
check "it can be destroyed" within 20 vioapic sim destroy sim0
rmmod vioapic_probe

# --- The module goes while an eventfd is signalled
vioapic sim create sim0
"$bin/lines" hold sim0 5 >/tmp/held &
holder=$!
wait_for 60 grep -q held /tmp/held
check "unload with an eventfd that is signalled" rmmod vioapic
kill $holder
check "the kernel did not complain" dmesg_clean
done_testing
