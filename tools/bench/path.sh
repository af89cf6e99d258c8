#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# path.sh [oops|fixup|kvm|sim]: what one of these runs, function by function, with the number of instructions of each, in the
# order in which they are entered; by QEMU's log of a CPU that executes one instruction at a time. KERNEL=
#	oops, fixup	a trapped read of io_apic.c's, from the fault to the next instruction
#	kvm		a guest's write to a register of vioapic_kvm's, from its exit until it runs again, in the host
#	sim		a line of a simulated I/O APIC that rises, an edge, until its interrupt comes
# Of many one that is as long as most. Not counted like the benchmark's figures, but it comes to the same number, the accesses'
# own instructions apart.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
what=${1:-fixup}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$top/tools/vm/need.sh" python3 || exit 1

# Before the symbols are told, and what is logged; all of it the VM's
# shellcheck disable=SC2016
case $what in
oops|fixup)
	prepare="insmod /lib/vioapic/vioapic_probe.ko && vioapic takeover --all --hook $what &&
		cat /sys/kernel/debug/vioapic_probe/cost >&2"
	run='cat /sys/kernel/debug/vioapic_probe/touch'
	;;
kvm)
	prepare='modprobe kvm-amd && insmod /lib/vioapic/vioapic_kvm.ko'
	# So many instructions are enough of it
	run='/selftests/vioapic/bin/vmm cost >/dev/null 2>&1 & usleep 20000'
	export NESTED=1 ICOUNT=1
	;;
sim)
	prepare='cd /lib/vioapic && insmod vioapic_user.ko && insmod vioapic_bare.ko && insmod vioapic_rte.ko &&
		mkdir /sys/kernel/config/vioapic/a && cd /sys/kernel/config/vioapic/a && echo generic240 >chip && echo 1 >live &&
		cd /sys/kernel/debug && echo "u $(($(cat ../config/vioapic/a/gsi_base) + 200)) edge high" >vioapic_user/add &&
		echo "$(cat ../config/vioapic/a/id) 200" >vioapic_rte/rte && vector=$(cut -c15- vioapic_rte/rte)'
	run='echo "u a 200 $vector" >vioapic_bare/cost'
	export ICOUNT=1
	;;
*)
	echo "path.sh: oops, fixup, kvm or sim, not $what" >&2
	exit 1
	;;
esac

# The log has gigabytes: nobody keeps it. Open here too, so that nobody waits for a VM that did not come.
mkfifo "$work/log" && exec 3<>"$work/log" || exit 1
"$here/path.py" "$what" "$work/symbols" <"$work/log" 3>&- &
SMP=1 APPEND=nokaslr QEMU_ARGS="-D $work/log" RUN="$prepare || exit 1
	sed -n 's/^\([^ ]*\) [tTwW] \([^ ]*\)\(.*\)/\1 \2\3/p' /proc/kallsyms
	hmp singlestep on; hmp log exec,nochain
	$run
	hmp log none; hmp singlestep off" "$top/tools/vm/vm.sh" >"$work/symbols" 3>&-
exec 3>&-
wait $!
