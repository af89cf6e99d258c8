#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Under Xen, as dom0: an I/O APIC of Xen's through a page that is mapped nowhere.
# boot: kernels=main,6.1 xen=1 mem=2G noload=1 modules=xen-privcmd weight=20
# shellcheck shell=sh source=selftests/dom0.sh disable=SC1091,SC2154,SC2317 # dom0.sh, and what it sets; called by check
. "$(dirname "$0")/dom0.sh"
disturbs "takes over the I/O APIC"
needs unloaded

check "vioapic.ko loads" insmod "$modules/vioapic.ko"
check "the driver loads" insmod "$modules/vioapic_window.ko"
check "no window where there is no I/O APIC" sh -c "! echo 0xfed00000 >$window/open 2>/dev/null"
check "... and the log says so" sh -c "dmesg | grep -q 'no window on .*fed00000: .* no I/O APIC there'"
check "a window opens" sh -c "echo $ioapic >$window/open"
check "it is listed" sh -c "vioapic list | grep -q '^window0 *shadow *$ioapic .* 0-23 *taken *oops *xen$'"
check "show works" sh -c "vioapic show window0 | grep -q 'window0: id 0, version 0x20, 24 pins'"
check "check finds no difference" checked window0
check "version, ID, arbitration and all RTEs are what Xen reports" same_registers
check "on every CPU, interrupts off" sh -c "echo irq >$window/context"

check "the trace begins" trace_start window0
before=$(refused window0)
window_rte 17 000000000001a011 >/tmp/rte
written=$(cat /tmp/rte)
check "a written RTE arrives in Xen" [ "$(xen_rte 17)" = "$written" ]
check "level, active low, masked" [ "$((0x$written & 0x1a000))" -eq $((0x1a000)) ]
check "its low half was not refused" sh -c "! dmesg | grep -q 'window0: xen has not taken .* register 0x32'"
window_rte 17 000000000000a011 >/tmp/rte
check "that Xen does not unmask a level pin by the register is seen" [ "$(cat /tmp/rte)" = "$written" ]
check "... and counted" [ "$(refused window0)" -gt "$before" ]
before=$(refused window0)
echo "0 0f000000" >$window/reg
check "an ID that is written Xen does not take" grep -qx 00000000 $window/reg
check "... which is counted" [ "$(refused window0)" -eq $((before + 1)) ]
check "all is what Xen reports, still" same_registers
check "the trace ends" trace_stop
check "trace has the accesses, with the driver's function" grep -Eq 'window0 write IOWIN  RTE 17 low .*(reg_write|act_rte).*\[hw\]' /tmp/trace
check "... and the refusal" grep -q 'window0 refused RTE 17 low = 0x0000a011: it is 0x0001a' /tmp/trace

vioapic release window0 2>/tmp/err
report $(($? != 1)) "a window is not released by the command"
check "... with the reason" grep -q 'until that closes it' /tmp/err
check "release --all leaves it alone" vioapic release --all
check "takeover --all takes the kernel's own, too" vioapic takeover --all
check "... and both are there" sh -c "vioapic list | grep -c ' taken ' | grep -qx 2"
check "... and say the same" checked ioapic0
check "... both of them" checked window0
check "state is saved" vioapic save window0 /tmp/state
window_rte 17 0000000000018011 >/tmp/rte
check "another polarity arrives" [ "$(($(printf '0x%s' "$(xen_rte 17)") & 0x2000))" -eq 0 ]
check "state is restored, as far as Xen takes it" vioapic restore window0 /tmp/state
check "... and it takes the polarity" [ "$(($(printf '0x%s' "$(xen_rte 17)") & 0x2000))" -eq $((0x2000)) ]
check "check finds no difference" checked window0
check "vioapic.ko cannot go before its driver" sh -c "! rmmod vioapic 2>/dev/null"
check "the window closes" sh -c "echo 1 >$window/close"
check "it is gone" sh -c "! vioapic list | grep -q window"
check "it opens again" sh -c "echo $ioapic >$window/open"
check "the same registers" same_registers
check "the driver unloads, with the window open" rmmod vioapic_window
check "that has closed it" sh -c "! vioapic list | grep -q window"
check "rmmod works" rmmod vioapic

# 50 rounds
round() {
	insmod "$modules/vioapic.ko" && insmod "$modules/vioapic_window.ko" || return 1
	echo "$ioapic" >"$window/open" && vioapic takeover --all || return 1
	[ "$(window_rte 17)" = "$(xen_rte 17)" ] || return 1
	checked window0 && checked ioapic0 || return 1
	# Both orders
	[ $(($1 % 2)) -eq 0 ] || echo 1 >"$window/close"
	rmmod vioapic_window && rmmod vioapic
}
rounds() {
	for n in $(seq 50); do
		round "$n" || { echo "round $n"; return 1; }
	done
}
check "50 rounds of load, use, unload" rounds
check "the disk reads as it should" disk_read
check "the kernel did not complain" dmesg_clean
check "Xen did not complain" xen_clean
done_testing
