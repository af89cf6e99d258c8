# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2034 # lib.sh; used by who sources this
# dom0.sh: dom0s for the tests: lib.sh, and what Xen itself says.
. "$(dirname "$0")/lib.sh"

window=/sys/kernel/debug/vioapic_window
ioapic=0xfec00000

needs dom0
xen clear

# xen_dump: Xen's own account of its I/O APIC (debug key z); all that it has said before stays in /tmp/xen.log
xen_dump() {
	xen log >>/tmp/xen.log
	xen clear
	xen key z && xen log
}

# xen_registers: the same as lines "reg0 VALUE", "reg1 VALUE", "reg2 VALUE", "PIN RTE"
xen_registers() {
	xen_dump >/tmp/xen.dump
	sed -n 's/^(XEN) \.* register #0\([0-2]\): \([0-9A-Fa-f]*\).*/reg\1 \2/p' /tmp/xen.dump
	sed -n 's/^(XEN)  \([0-9a-f][0-9a-f]  *[0-9A-Fa-f][0-9A-Fa-f]* .*\)/\1/p' /tmp/xen.dump |
	while read -r x_pin x_dest x_mask x_trigger x_irr x_polarity x_status x_logical x_mode x_vector; do
		rte_is $((0x$x_pin)) $((0x$x_dest << 56 | x_mask << 16 | x_trigger << 15 | x_irr << 14 |
			x_polarity << 13 | x_status << 12 | x_logical << 11 | x_mode << 8 | 0x$x_vector))
	done
}

# xen_rte PIN: one of them
xen_rte() { xen_registers | sed -n "s/^$1 //p"; }

# window_registers: the same as a driver reads them through the window
window_registers() {
	while read -r w_name w_value; do
		case $w_name in
		rte*) rte_is "${w_name#rte}" "0x$w_value" ;;
		*) echo "$w_name $w_value" ;;
		esac
	done <$window/all
}

# window_rte PIN [VALUE]: as it reads there, after VALUE was written
window_rte() {
	echo "$*" >$window/rte
	cat $window/rte
}

same_registers() {
	xen_registers >/tmp/same.xen
	window_registers >/tmp/same.window
	[ "$(grep -c . /tmp/same.xen)" -eq 27 ] && diff /tmp/same.xen /tmp/same.window
}

# refused NAME: how many writes Xen has not taken
refused() { vioapic stats --json "$1" | sed -n 's/^ *"refused": *\([0-9]*\),*$/\1/p'; }

# checked NAME: shadow and Xen have the same, but for the pin of Xen's own console, 4, which Xen masks and moves at any time
checked() {
	vioapic check "$1" >/tmp/checked && return
	grep -q ': RTE 4 low: shadow' /tmp/checked && ! grep ': shadow' /tmp/checked | grep -v ': RTE 4 ' && return
	cat /tmp/checked
	return 1
}

# trace_start NAME, trace_stop: what happens in between is in /tmp/trace
trace_start() {
	vioapic trace --raw "$1" >/tmp/trace 2>&1 &
	tracer=$!
	wait_for 60 tracing
}
tracing() { grep -qsx 1 "/sys/kernel/tracing/instances/vioapic-trace-$tracer/events/vioapic/state/enable"; }
trace_stop() {
	kill -TERM "$tracer"
	wait_for 60 ended "$tracer"
}

# Xen has not complained, since this was sourced.
xen_clean() {
	xen log >>/tmp/xen.log
	[ -s /tmp/xen.log ] && ! grep -E -A 20 'WARNING|BUG|Oops|Call Trace' /tmp/xen.log
}
