# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib.sh: for the tests of selftests/vm, which source it and are run by busybox sh or dash: tap.sh, machine.sh, and what they ask
# the kernel, vioapic and devices.
#
#	. "$(dirname "$0")/lib.sh"
#	disturbs "takes over the I/O APIC"
#	needs module cpus=2
#	check "the module is there" test -d /sys/module/vioapic
#	done_testing

# shellcheck source=selftests/tap.sh
. "${VIOAPIC_TREE:-$(dirname "$0")}/tap.sh"

# The kernel's log since vioapic.ko was loaded (where it was loaded before, since this test began): the stock kernel's boot has
# warnings of its own.
dmesg_since_load() {
	dmesg | sed -n "/$dmesg_mark/,\$p"
}

# No complaint of the kernel's; fails too if the log does not reach back to where it began.
dmesg_clean() {
	dmesg_since_load | grep -q "$dmesg_mark" || {
		echo "the kernel's log no longer reaches back to '$dmesg_mark'"
		return 1
	}
	! dmesg_since_load | complaints
}

# What the kernel complains of, in the log that is read
complaints() { without_others_races | grep -E -A 20 'WARNING:|BUG:|UBSAN:|ODEBUG:|Oops|Call Trace'; }

# Of the races that KCSAN reports, each between two lines, those in which one side is ours: the kernel has some of its own.
without_others_races() {
	awk '
	/=============================================================$/ {
		if (inside && (ours || !race)) printf "%s", text
		inside = !inside; text = ""; ours = race = frame = 0
		next
	}
	!inside { print; next }
	{ text = text $0 "\n" }
	/BUG: KCSAN: data-race/ { race = 1 }
	# The stack of either side: the access itself may be in a function that ours calls.
	/ (by (task|interrupt)|no (matching )?stack)/ { frame = 0 }
	/\+0x/ && ++frame <= 2 && /\[vioapic/ { ours = 1 }
	END { if (inside) printf "%s", text }'
}

# Of the memory that nobody points to, by the kernel's own search, none is ours. It takes only what is older than five seconds.
nothing_leaked() {
	sleep 6
	echo scan >/sys/kernel/debug/kmemleak || return 1
	! awk '
	/^unreferenced/ { if (ours) printf "%s", text; text = ""; ours = 0 }
	{ text = text $0 "\n" }
	/\[vioapic/ { ours = 1 }
	END { if (ours) printf "%s", text }' /sys/kernel/debug/kmemleak | grep .
}

# After an oops it does no more; tests that are about one say what else there shall not be.
lockdep_looks() {
	grep -q 'debug_locks: *1' /proc/lockdep_stats || [ $(($(cat /proc/sys/kernel/tainted) & 128)) -ne 0 ]
}

# What a kernel of the rig's that looks for it has to say at the end of each test. Others' may have stopped looking before.
at_last() {
	[ -n "$VIOAPIC_RIG" ] || return
	[ ! -e /sys/kernel/debug/kmemleak ] || check "no memory of ours is lost" nothing_leaked
	[ ! -e /proc/lockdep_stats ] || check "lockdep has looked on to the end" lockdep_looks
}

# wait_for SECONDS COMMAND..: until COMMAND succeeds; fails if it does not after as many tries as SECONDS have room for.
# Tries are counted and not time: a VM that has to wait for its CPUs does neither.
wait_for() {
	wait_tries=$(($1 * 200))
	shift
	until "$@"; do
		[ $((wait_tries -= 1)) -gt 0 ] || return 1
		sleep 0.005
	done
}

# within SECONDS COMMAND..: COMMAND in the background, so that one that waits for a lost interrupt
# (for ever, and deaf to signals) fails and the test goes on
within() {
	within_limit=$1
	shift
	{ "$@"; } &
	within_pid=$!
	wait_for "$within_limit" ended "$within_pid" || {
		echo "not done within $within_limit s: $*"
		return 1
	}
	wait "$within_pid"
}

# soaking: shall a test that has a long form go on? For VIOAPIC_SOAK minutes from when it first asks; without that, no.
soaking() {
	[ -n "${VIOAPIC_SOAK:-}" ] || return
	soak_now=$(cut -d. -f1 /proc/uptime)
	[ "$soak_now" -lt "${soak_end:=$((soak_now + VIOAPIC_SOAK * 60))}" ]
}

# ended PID: gone, or a zombie that nobody has waited for yet
ended() { ! grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null; }

# cpus: the numbers of the CPUs that are online
cpus() { sed -n 's/^processor[[:space:]]*: //p' /proc/cpuinfo; }

# as_nobody COMMAND..: by a shell of the user's who may do nothing
as_nobody() { su -s /bin/sh nobody -c "$*"; }

# irq_of ACTION: the number of the interrupt that has a handler of this name (the first of several)
irq_of() {
	grep -lE "(^|,)$1(,|$)" /sys/kernel/irq/*/actions | cut -d/ -f5 | sort -n | head -n 1
}

# disk_irq: that of /dev/vda when it has but one, an I/O APIC's
disk_irq() {
	disk_device=$(readlink -f /sys/block/vda/device)
	irq_of "${disk_device##*/}"
}

# irq_count IRQ [CPU]: how often it has come, to all CPUs together or to CPU
irq_count() {
	awk -v irq="$1:" -v cpu="${2:+CPU$2}" '
		NR == 1 { n = NF; for (i = 1; i <= n; i++) name[i] = $i }
		$1 == irq { for (i = 1; i <= n; i++) if (cpu == "" || name[i] == cpu) sum += $(i + 1) }
		END { print sum + 0 }' /proc/interrupts
}

# alarm_arrives IRQ COUNT: the clock's alarm, which has been set, has come by its interrupt, as of which there were COUNT. One
# whose second passes while it is set never comes: it is set again, further away.
alarm_arrives() {
	for alarm_try in 2 3 4 0; do
		wait_for 5 irq_beyond "$1" "$2" && return
		[ $alarm_try -ne 0 ] || break
		echo 0 >/sys/class/rtc/rtc0/wakealarm
		echo +$alarm_try >/sys/class/rtc/rtc0/wakealarm
	done
	return 1
}
irq_beyond() { [ "$(irq_count "$1")" -gt "$2" ]; }

# irq_elsewhere IRQ CPU: how often it has come to others than CPU
irq_elsewhere() { echo $(($(irq_count "$1") - $(irq_count "$1" "$2"))); }

# irq_to IRQ CPU: from now on to this CPU alone (an edge one: from the one after the next on)
irq_to() { printf %x $((1 << $2)) >"/proc/irq/$1/smp_affinity"; }

# counter NAME COUNTER: of an I/O APIC
counter() { cat "/sys/kernel/debug/vioapic/$1/$2"; }

# rte_is PIN VALUE: a line "PIN VALUE" without what the hardware changes by itself: delivery status, remote IRR
rte_is() { printf '%d %016x\n' "$1" $(($2 & ~0x5000)); }

# ioapic_shown NAME: the registers as vioapic knows them (of a released I/O APIC: as the hardware has them)
ioapic_shown() {
	vioapic show --json "$1" | sed -n \
		-e 's/^  "ioregsel": \([0-9]*\),$/ioregsel \1/p' \
		-e 's/^ *"pin": \([0-9]*\),$/pin \1/p' -e 's/^ *"rte": "\(.*\)",$/rte \1/p' |
	while read -r shown_what shown_value; do
		case $shown_what in
		ioregsel) printf 'ioregsel %#x\n' "$shown_value" ;;
		pin) shown_pin=$shown_value ;;
		rte) rte_is "$shown_pin" "$shown_value" ;;
		esac
	done
}

# ioapic_witness [NUMBER]: the same as QEMU says, which has never heard of vioapic; NUMBER from 0 on
ioapic_witness() {
	hmp info pic | sed -n -e 's/^ioapic.* sel=\([^ ]*\) .*/ioregsel \1/p' -e 's/^ *pin *\([0-9]*\) *\(0x[0-9a-f]*\) .*/\1 \2/p' |
	awk -v wanted="${1:-0}" '$1 == "ioregsel" { n++ } n - 1 == wanted' | witness_says
}
# witness_says: lines "ioregsel VALUE" and "PIN VALUE", whoever wrote them, as ioapic_shown has them
witness_says() {
	while read -r witness_pin witness_value; do
		if [ "$witness_pin" = ioregsel ]; then
			printf 'ioregsel %#x\n' "$witness_value"
		else
			rte_is "$witness_pin" "$witness_value"
		fi
	done
}

# ioapic_agrees NAME NUMBER [index]: what vioapic says and what QEMU says; with "index" IOREGSEL too, which
# the kernel and the hardware have in common only while nothing is taken over
ioapic_agrees() {
	ioapic_shown "$1" | grep -v "${3:-ioregsel}" >/tmp/agrees.shown
	ioapic_witness "$2" | grep -v "${3:-ioregsel}" >/tmp/agrees.witness
	[ -s /tmp/agrees.shown ] && diff /tmp/agrees.shown /tmp/agrees.witness
}

# disk_read: all of the disk, past the cache, each request waiting for the one before; right?
disk_read() {
	read -r disk_sum _ </etc/vioapic-disk.sha256
	[ "$(dd if=/dev/vda bs="${1:-16k}" iflag=direct 2>/dev/null | sha256sum | cut -d' ' -f1)" = "$disk_sum" ]
}

# serial_sent: bytes that ttyS0 has sent, by its driver's count
serial_sent() { sed -n 's/^0: .* tx:\([0-9]*\) .*/\1/p' /proc/tty/driver/serial*; }

# serial_write LINES: 16 bytes each, as they are (stty raw), each sent before the next, so that each takes an interrupt
serial_write() {
	serial_i=0
	while [ $serial_i -lt "$1" ]; do
		serial_before=$(serial_sent)
		printf '%07d vioapic\n' $serial_i
		wait_for 5 serial_beyond "$serial_before" || return 1
		serial_i=$((serial_i + 1))
	done >/dev/ttyS0
}
serial_beyond() { [ "$(serial_sent)" -gt "$1" ]; }

# key_presses FILE: of a key of the alphabet, in what was read from an input event device
key_presses() {
	# struct input_event in words of 16 bits: time (8), type (1 is a key), code, value (1 is down)
	hexdump -v -e '12/2 "%u " "\n"' "$1" | awk '$9 == 1 && $11 == 1 { n++ } END { print n + 0 }'
}

# keyboard: the keyboard's input event device
keyboard() {
	awk '/^N: .*keyboard/ { found = 1 }
		found && /^H:/ { for (i = 1; i <= NF; i++) if ($i ~ /^event/) { print "/dev/input/" $i; exit } }' \
		/proc/bus/input/devices
}

# shellcheck source=selftests/machine.sh
. "${VIOAPIC_TREE:-$(dirname "$0")}/machine.sh"

echo "TAP version 13"
[ "$(id -u)" -eq 0 ] || skip_all "it needs root"
[ -z "$own_tmp" ] || skip_all "its tree, $tree, $own_tmp: move it"
if [ -n "$VIOAPIC_RIG" ]; then
	dmesg_mark="vioapic-rig: loading module"
else
	dmesg_mark="vioapic-test: $test_name begins, $$"
	echo "$dmesg_mark" >/dev/kmsg
fi
