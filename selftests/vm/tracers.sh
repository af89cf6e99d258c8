#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# trace-cmd, perf and bpftrace on the tracepoints, as README has them.
# boot: kernels=6.12 smp=2 mem=3G disk=0 weight=8 progs="trace-cmd perf bpftrace"
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2154,SC2317 # lib.sh, and what it sets; called by check
. "$(dirname "$0")/lib.sh"
disturbs "takes over the I/O APIC"
needs module

insmod "$modules/vioapic_probe.ko"
check "takeover" vioapic takeover --all
cd /tmp || exit 1

# What is traced: a dump of all registers, and an EOI where there is no register for it
cat >/tmp/busy <<'END'
#!/bin/sh
cat /sys/kernel/debug/vioapic_probe/dump >/dev/null
echo 9 >/sys/kernel/debug/vioapic_probe/pin
cat /sys/kernel/debug/vioapic_probe/eoi >/dev/null
END
chmod 755 /tmp/busy
check "there is something to be traced" /tmp/busy

# has FILE PATTERN HOW_OFTEN
has() {
	[ "$(grep -Ec "$2" "$1")" -eq "$3" ] && return
	head -n 20 "$1"
	return 1
}

trace-cmd record -e vioapic:access -o /tmp/trace.dat /tmp/busy >/tmp/log 2>&1
report $? "trace-cmd records" || cat /tmp/log
trace-cmd report /tmp/trace.dat >/tmp/out 2>/tmp/log
check "trace-cmd reports each of the 116 accesses" has /tmp/out 'access: +ioapic0 (read|write) offset=' 116
check "with values, and functions" has /tmp/out 'ioapic0 read offset=0x10 size=4 index=0x1 value=0x[0-9a-f]+ (hw|shadow) ip=' 1

# perf looks for its settings there
export HOME=/tmp
perf record -a -e 'vioapic:*' -o /tmp/perf.data /tmp/busy >/tmp/log 2>&1
report $? "perf records"
perf script -i /tmp/perf.data >/tmp/out 2>/tmp/log
check "perf prints each of the 116 accesses" has /tmp/out 'vioapic:access: ioapic0 (read|write) offset=' 116
# Of its own it takes "access" for what one can do to a cache
perf stat -a -x, -e 'vioapic:acces?' /tmp/busy >/dev/null 2>/tmp/out
check "and counts them" has /tmp/out '^116,,vioapic:access,' 1

bpftrace -e 'tracepoint:vioapic:access { @[args->write, ksym(args->ip)] = count(); }' \
	-c '/bin/busybox sh /tmp/busy' >/tmp/out 2>/tmp/log
report $? "bpftrace runs"
sed 's/^/# /' /tmp/log
accesses=$(sed -n 's/^@\[.*\]: \([0-9]*\)$/\1/p' /tmp/out | awk '{ sum += $1 } END { print sum + 0 }')
check "bpftrace counts the same" test "$accesses" -eq 116
check "by function" has /tmp/out '^@\[[01], [a-zA-Z_0-9.]+\]: [0-9]+$' "$(grep -c '^@\[' /tmp/out)"
sed 's/^/# /' /tmp/out
check "shadow and hardware agree" vioapic check ioapic0
check "the kernel did not complain" dmesg_clean
done_testing
