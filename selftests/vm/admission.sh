#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Who may do what: nobody opens nothing, asks nothing and learns no address; what a locked down kernel keeps from root;
# what a kprobe hides is carried out; and what a load leaves behind.
# boot: kernels=main,6.1 smp=2 weight=4 append=pci=nomsi
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC, and locks the kernel down until it is booted again"
needs module nobody hmp

probe=/sys/kernel/debug/vioapic_probe
tracing=/sys/kernel/tracing
config=/sys/kernel/config/vioapic
module=$modules/vioapic.ko

insmod "$modules/vioapic_probe.ko"
check "takeover" vioapic takeover --all
check "a simulated one is made" vioapic sim create sim0 --pins 24
check "and one by mkdir" mkdir $config/sim1
check "a fault is set" vioapic sim fault sim0 delay=pin=3

# --- An instruction that a kprobe has
echo 1 >$probe/pin # VERSION
check "a read by an instruction with a single-stepped kprobe" sh -c "cat $probe/probed >/tmp/probed"
check "has the register's value" grep -q '^0x1700[0-9a-f][0-9a-f]$' /tmp/probed
check "the kprobe was hit once" grep -qx 1 $probe/hits
check "and the page has not opened" sh -c "vioapic list | grep -q '^ioapic0 .* taken '"
check "nothing was undecoded" test "$(counter ioapic0 undecoded)" -eq 0
check "shadow and hardware agree" vioapic check ioapic0

# --- Nobody
# Whatever an administrator may have opened on the way there
chmod 755 /sys/kernel/debug /sys/kernel/tracing /sys/kernel/debug/vioapic 2>/dev/null
find /sys/kernel/debug/vioapic $config /dev/vioapic* -type f -o -type c >/tmp/nodes
check "there are nodes to be tried" test "$(wc -l </tmp/nodes)" -gt 30
cat >/tmp/try.sh <<'TRY'
# try.sh: files on stdin; those that can be opened, for anything, and how many there were. (An error of : ends ash.)
n=0
while read -r file; do
	[ -e "$file" ] || echo "not seen: $file"
	{ true <"$file"; } 2>/dev/null && echo "reads $file"
	{ true >>"$file"; } 2>/dev/null && echo "writes $file"
	n=$((n + 1))
done
echo "tried $n"
TRY
chmod 755 /tmp/try.sh
# opens_none [seen]: of /tmp/nodes, all of which were tried; seen: and could have been looked up
opens_none() {
	as_nobody sh /tmp/try.sh </tmp/nodes >/tmp/opened
	grep -qx "tried $(wc -l </tmp/nodes)" /tmp/opened || return 1
	! grep -E "^(reads|writes${1:+|not $1})" /tmp/opened
}
check "of which nobody opens none" opens_none seen
no_directory() { ! as_nobody mkdir "$config/mine" 2>/dev/null && ! test -e "$config/mine"; }
check "nobody makes no directory" no_directory
find $tracing/events/vioapic -type f >/tmp/nodes
check "there are tracepoints to be tried" test "$(wc -l </tmp/nodes)" -gt 20
check "nobody opens none of theirs" opens_none

# They have short names, as their users see them: a module's own, unless the kernel or another module has one like it
for event in "$tracing"/events/vioapic/*/; do basename "$event"; done >/tmp/events
namesakes() {
	while read -r event; do
		grep -E " (__tracepoint|__SCK__tp_func|__traceiter)_$event([[:space:]]|\$)" /proc/kallsyms | grep -v '\[vioapic\]'
	done </tmp/events
}
namesakes >/tmp/namesakes
check "no tracepoint of anybody's has the name of one of ours" test ! -s /tmp/namesakes

# What everybody may read of a module has no address in it
cat >/tmp/learn.sh <<'LEARN'
find -L /sys/module/vioapic /sys/class/misc/vioapic /sys/class/misc/vioapic_kvm -maxdepth 3 -type f 2>/dev/null |
while read -r file; do cat "$file" 2>/dev/null; done
grep vioapic /proc/modules /proc/kallsyms /proc/interrupts /proc/iomem
LEARN
chmod 755 /tmp/learn.sh
as_nobody sh /tmp/learn.sh >/tmp/learnt 2>/dev/null
check "nobody learns something of the module" grep -q vioapic /tmp/learnt
check "and no address" sh -c "! grep -aiE 'ffff[89a-f][0-9a-f]{11}' /tmp/learnt"

"$bin/nobody" >/tmp/requests
report $? "the requests were all made"
while read -r status sentence; do
	case $status in
	[01]) report "$status" "$sentence" ;;
	*) note "$status $sentence" ;;
	esac
done </tmp/requests

# --- A load leaves nothing behind that the one before has not
table=$(for file in /sys/firmware/acpi/tables/dynamic/SSDT*; do grep -qa VIOA "$file" && wc -c <"$file"; done | head -n 1)
check "the table of simulated ones is there" test "${table:-0}" -gt 0
rmdir $config/sim1
check "the simulated one goes" vioapic sim destroy sim0
check "unload" rmmod vioapic
echo "bytes_req == $table" >$tracing/events/kmem/kmalloc/filter
echo 1 >$tracing/events/kmem/kmalloc/enable
check "load again" insmod "$module"
check "a simulated one again" vioapic sim create sim0 --pins 24
echo 0 >$tracing/events/kmem/kmalloc/enable
copies=$(grep -c 'kmalloc: .*\(vioapic_arch_plug\|load_table\|kmemdup\)' $tracing/trace)
check "the table is not copied again" test "$copies" -eq 0
check "nor is there a second one" sh -c "test \$(grep -la VIOA /sys/firmware/acpi/tables/dynamic/SSDT* | wc -l) -eq 1"

# --- Locked down
check "takeover" vioapic takeover --all
check "save" vioapic save ioapic0 /tmp/state
check "save of a simulated one" vioapic save sim0 /tmp/sim.state
check "restore, while nothing is locked down" vioapic restore ioapic0 /tmp/state
denied() { ! vioapic "$@" 2>/tmp/said && [ "$(wc -l </tmp/said)" -eq 1 ] && grep -q 'locked down' /tmp/said; }
tracing_on() { grep -qsx 1 "$tracing/instances/vioapic-trace-$tracer/events/vioapic/state/enable"; }
# The second lets root look at nothing that could have the kernel's secrets in it
trace_integrity() {
	vioapic trace --count 1 >/tmp/trace 2>/tmp/said &
	tracer=$!
	wait_for 60 tracing_on
	vioapic release ioapic0 && vioapic takeover ioapic0
	wait_for 60 ended "$tracer" || kill "$tracer"
	wait "$tracer"
	tracer_status=$?
	cat /tmp/trace /tmp/said
	# What a busy machine has lost is a line that does not count
	[ "$tracer_status" -eq 0 ] && [ "$(grep -vc 'events lost here' /tmp/trace)" -eq 1 ]
}
trace_confidentiality() { ! vioapic trace --count 1 2>/tmp/said && [ "$(wc -l </tmp/said)" -eq 1 ]; }
[ -e /sys/kernel/security/lockdown ] || mount -t securityfs securityfs /sys/kernel/security
for mode in integrity confidentiality; do
	check "lockdown: $mode" sh -c "echo $mode >/sys/kernel/security/lockdown"
	ioapic_witness >/tmp/before
	check "restore is refused in one line" denied restore ioapic0 /tmp/state
	check "that of a simulated one, too" denied restore sim0 /tmp/sim.state
	ioapic_witness | diff /tmp/before - >/tmp/changes
	report $? "the hardware is as it was"
	check "list, show and check go on" sh -c "vioapic list && vioapic show ioapic0 && vioapic check ioapic0"
	check "release and takeover, too" sh -c "vioapic release ioapic0 && vioapic takeover ioapic0"
	check "lines are driven" vioapic sim pulse sim0 3
	check "counters are read" grep -Eqx '[0-9]+' /sys/kernel/debug/vioapic/ioapic0/reads
	check "trace: $mode" trace_$mode
done
check "the kernel did not complain" dmesg_clean
done_testing
