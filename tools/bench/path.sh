#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# path.sh [oops|fixup]: what one trapped read of io_apic.c's runs, function by function, with the number of instructions
# of each, in the order in which they are entered; by QEMU's log of a CPU that executes one instruction at a time. KERNEL=
# Not counted like the benchmark's figures, but it comes to the same number, the two accesses' own instructions apart.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
hook=${1:-fixup}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$top/tools/vm/need.sh" python3 || exit 1

SMP=1 APPEND=nokaslr QEMU_ARGS="-D $work/log" RUN="
	insmod /lib/vioapic/vioapic_probe.ko
	vioapic takeover --all --hook $hook || exit 1
	cat /sys/kernel/debug/vioapic_probe/cost >&2
	sed -n 's/^\([^ ]*\) [tTwW] \([^ ]*\)\(.*\)/\1 \2\3/p' /proc/kallsyms
	hmp singlestep on; hmp log exec,nochain
	cat /sys/kernel/debug/vioapic_probe/touch
	hmp log none; hmp singlestep off" "$top/tools/vm/vm.sh" >"$work/symbols" || exit 1
"$here/path.py" "$work/symbols" "$work/log"
