#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Bad input and bad times: a one-line reason, the right exit status, nothing changed.
# boot: kernels=every spare=7.2 smp=2 weight=12 append=pci=nomsi
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC, and lets that fail"
needs module nobody disk serial command=strings

probe=/sys/kernel/debug/vioapic_probe
module=$modules/vioapic.ko

state() { vioapic list --json; }
is() { state | grep -q "\"state\": \"$1\""; }

# refused STATUS PATTERN COMMAND..: its exit status; one line on stderr, which has PATTERN (and argp's hint
# with a status of 2); nothing on stdout; the state as before
refused() {
	want_status=$1 pattern=$2
	shift 2
	state >/tmp/before 2>/dev/null
	"$@" >/tmp/out 2>/tmp/err
	status=$?
	state >/tmp/after 2>/dev/null
	[ "$status" -ne 2 ] || sed -i '/^Try /,$d' /tmp/err
	if [ "$status" -eq "$want_status" ] && [ ! -s /tmp/out ] && [ "$(wc -l </tmp/err)" -eq 1 ] &&
	   grep -Eq "$pattern" /tmp/err && cmp -s /tmp/before /tmp/after; then
		return 0
	fi
	echo "status $status, said:"
	cat /tmp/out /tmp/err
	diff /tmp/before /tmp/after
	return 1
}

# Of all that it takes to get a byte from the disk and a character to the serial port.
works() {
	works_before=$(irq_count "$(disk_irq)")
	within 30 disk_read && [ "$(irq_count "$(disk_irq)")" -gt "$works_before" ] && serial_write 2
}

# The same with less work and more time: traced, everything is some times slower.
works_slowly() {
	works_before=$(irq_count "$(disk_irq)")
	within 120 dd if=/dev/vda of=/dev/null bs=16k count=16 iflag=direct 2>/dev/null &&
	[ "$(irq_count "$(disk_irq)")" -gt "$works_before" ]
}

# reasons of the kernel's since SENTENCE was written to its log
mark() { echo "vioapic-test: $1" >/dev/kmsg; }
said_since() { dmesg | sed -n "/vioapic-test: $1/,\$p" | grep -v vioapic-test; }

insmod "$modules/vioapic_probe.ko"
stty -F /dev/ttyS0 raw
exec 3>/dev/ttyS0	# keeps its interrupt

# --- Names and words
check "list: released at first" is released
for command in takeover release show stats check trace; do
	check "$command of an unknown name is refused" \
		refused 1 "^vioapic: no I/O APIC 'nobody', there is ioapic0" vioapic $command nobody
done
check "a good name does not help a bad one" refused 1 "no I/O APIC 'nobody'" vioapic takeover ioapic0 nobody
check "release of what is not taken over" refused 1 "ioapic0 is not taken over" vioapic release ioapic0
check "check of what is not taken over" refused 1 "ioapic0 is not taken over" vioapic check ioapic0
# What is wrong; below it argp says where to read more
check "an unknown hook is wrong usage" refused 2 "no hook 'door'" vioapic takeover --all --hook door
check "an unknown backend is wrong usage" refused 2 "no backend 'front'" vioapic takeover --all --backend front
check "an unknown command is wrong usage" refused 2 "no command 'explode'" vioapic explode
check "an unknown option is wrong usage" refused 2 "unrecogni[sz]ed option" vioapic list --nonsense
check "no name is wrong usage" refused 2 "name an I/O APIC" vioapic takeover
check "a name and --all are wrong usage" refused 2 "without names" vioapic takeover --all ioapic0
check "--count none is wrong usage" refused 2 "not 'none'" vioapic trace --count none
check "backend xen is refused here" refused 1 "with no Xen to call: use --backend native" vioapic takeover --all --backend xen

# --- Not root
for command in list "takeover --all" "release --all" "show ioapic0" "trace --count 1"; do
	check "$command is for root alone" refused 1 "only root may" as_nobody vioapic "$command"
done

# --- Raw requests
"$bin/ioctls" >/tmp/ioctls
report $? "the requests were all made"
state >/tmp/before
while read -r status sentence; do
	case $status in
	[01]) report "$status" "$sentence" ;;
	*) note "$status $sentence" ;;
	esac
done </tmp/ioctls
check "they changed nothing" is released
check "and takeovers and releases by two threads at once work" "$bin/ioctls" race

# --- Somebody else's hook
for hook in oops fixup; do
	case $hook in
	oops) function=page_fault_oops other=fixup ;;
	*) function=fixup_exception other=oops ;;
	esac
	# A hook that was installed stays until the module goes.
	rmmod vioapic && insmod "$module"
	check "another's hook of $function() loads" insmod "$modules/vioapic_rival.ko" function=$function
	check "hook $hook is refused then, with a hint" \
		refused 1 "a livepatch has $function\(\).*--hook $other" vioapic takeover ioapic0 --hook $hook
	check "hook $other works" vioapic takeover ioapic0 --hook $other
	check "and the machine with it" works
	check "release" vioapic release ioapic0
	rmmod vioapic_rival
	check "hook $hook works when the other has gone" vioapic takeover ioapic0 --hook $hook
	check "and the other is refused now" \
		sh -c "! insmod $modules/vioapic_rival.ko function=$function 2>/dev/null"
	check "the machine works" works
	vioapic release ioapic0
done

# --- ftrace switched off before, and after
rmmod vioapic && insmod "$module"
sysctl -w kernel.ftrace_enabled=0 >/dev/null
if grep -qx 0 /proc/sys/kernel/ftrace_enabled; then
	check "with kernel.ftrace_enabled=0 takeover is refused" refused 1 "kernel.ftrace_enabled is 0" vioapic takeover ioapic0
	sysctl -w kernel.ftrace_enabled=1 >/dev/null
else
	# On 7.3 that switches nothing.
	check "kernel.ftrace_enabled cannot be switched off, and takeover works" vioapic takeover ioapic0
	check "and is undone" vioapic release ioapic0
fi
check "with kernel.ftrace_enabled=1 it works" vioapic takeover ioapic0
check "kernel.ftrace_enabled cannot be switched off then" \
	sh -c "sysctl -w kernel.ftrace_enabled=0 >/dev/null 2>&1; grep -qx 1 /proc/sys/kernel/ftrace_enabled"
check "taken over still" is taken
reads=$(counter ioapic0 reads)
cat $probe/dump >/dev/null
check "and trapped" test "$(counter ioapic0 reads)" -gt "$reads"

# --- Twice
check "takeover of what is taken over" refused 1 "ioapic0 is taken over already" vioapic takeover ioapic0
check "the same with another hook" refused 1 "taken over" vioapic takeover ioapic0 --hook fixup
check "takeover --all of what is taken over: nothing to do" vioapic takeover --all

# --- The tracers of the kernel's own, on the functions that we hook and on all
tracing=/sys/kernel/tracing
tracer() {
	echo "$2" >"$tracing"/set_ftrace_filter
	echo "$1" >"$tracing"/current_tracer || return 1
	tracer_reads=$(counter ioapic0 reads)
	cat "$probe"/dump >/dev/null
	works_slowly
	tracer_status=$?
	echo nop >"$tracing"/current_tracer
	echo >"$tracing"/set_ftrace_filter
	[ "$tracer_status" -eq 0 ] && [ "$(counter ioapic0 reads)" -gt "$tracer_reads" ]
}
for tracer in function function_graph; do
	check "tracer $tracer on the hooked functions" tracer $tracer "page_fault_oops fixup_exception"
	check "tracer $tracer on everything" tracer $tracer ""
done
check "taken over still" is taken

# --- An access that cannot be emulated
mark alien
check "an access that cannot be emulated gets its value all the same" grep -q 0x $probe/alien
check "list says failed" is failed
check "one message says why and where" \
	sh -c "dmesg | grep -c 'vioapic: ioapic0: released: .* at get_alien+0x.*\[vioapic_probe\]' | grep -qx 1"
said_since alien | grep -v 'vioapic: ioapic0: released' >/tmp/said
check "the kernel says nothing else" test ! -s /tmp/said
check "the machine works" works
check "an undecoded access was counted" grep -qx 1 /sys/kernel/debug/vioapic/ioapic0/undecoded
check "it can be taken over again" vioapic takeover ioapic0
check "and works" works
check "shadow and hardware agree" vioapic check ioapic0
grep -q 0x $probe/alien
check "release of a failed one" vioapic release ioapic0
check "released" is released

# --- The module goes while taken over
vioapic takeover --all
grep . $probe/dump >/dev/null
mark rmmod
check "rmmod while taken over" rmmod vioapic
check "releases first" sh -c "dmesg | sed -n '/vioapic-test: rmmod/,\$p' | grep -q 'vioapic: ioapic0: released'"
check "the page is present again" grep -qx 1 $probe/present
check "the machine works" works
for command in list "takeover --all" "release --all" "show ioapic0" "trace --count 1" "stats ioapic0" "check ioapic0"; do
	# shellcheck disable=SC2086 # words
	check "without the module: $command" refused 1 "module vioapic is not loaded: modprobe vioapic" vioapic $command
done

# --- A module of another kernel
cp "$module" /tmp/other.ko
offset=$(strings -t d "$module" | awk '$2 ~ /^vermagic=/ { print $1 + length($2) + 1; exit }')
printf XXX | dd of=/tmp/other.ko bs=1 seek="$offset" conv=notrunc 2>/dev/null
mark other
check "a module of another kernel does not load" sh -c "! insmod /tmp/other.ko 2>/dev/null"
# insmod tries a second way when the first has failed.
said_since other | sed 's/^[^]]*\] //' | sort -u >/tmp/said
check "the kernel says so in one line" sh -c "wc -l </tmp/said | grep -qx 1 && grep -q 'version magic' /tmp/said"
check "and the tool that there is no module" refused 1 "module vioapic is not loaded" vioapic list

check "the module loads again" insmod "$module"
check "takeover works" vioapic takeover --all
check "the machine works" works
check "shadow and hardware agree" vioapic check ioapic0
check "the kernel did not complain" dmesg_clean
done_testing
