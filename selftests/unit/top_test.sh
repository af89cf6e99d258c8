#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # called by check
# top_test.sh: `vioapic top` (build/unit/top_test, which selftests/run.sh finds), driven in a terminal emulator whose
# screen is compared. The I/O APICs are those of top_fixture.c; how much time goes by is no matter.
set -u

top=@top@
"$top/tools/vm/need.sh" tmux ncurses-base >&2 || exit 1
work=$(mktemp -d)
socket=$work/socket
trap 'tm kill-server 2>/dev/null; rm -rf "$work"' EXIT
fixture=$top/build/unit/fixture/top_fixture
export LC_ALL=C.UTF-8 TERM=xterm

count=0 bad=0
check() {
	local sentence=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/said" 2>&1; then
		echo "ok $count - $sentence"
	else
		echo "not ok $count - $sentence"
		sed 's/^/# /' "$work/said" | tail -n 30
		bad=1
	fi
}

tm() { tmux -S "$socket" -f /dev/null "$@"; }
# start COLUMNS LINES [OPTION..]: ends with its status on the screen
start() {
	tm kill-server 2>/dev/null
	# Who comes while a server goes gets no other.
	socket+=+
	tm new-session -d -x "$1" -y "$2" "TERM=screen $fixture ${*:3}; echo status \$?; sleep 1000"
}
# What comes is never the same: RATE, TOTAL and N in its place
screen() {
	tm capture-pane -p | sed -E -e 's/^(ioapic0 +[49] +[49] +)[0-9.]+ +[0-9]+/\1RATE TOTAL/' \
		-e 's/^(vioapic top: )[0-9.]+/\1N/' -e 's/ +$//'
}
# shows FILE: soon
shows() {
	local i
	for ((i = 0; i < 400; i++)); do
		screen >"$work/screen"
		cmp -s "$work/screen" "$1" && return
		sleep 0.05
	done
	diff "$1" "$work/screen"
}
# has PATTERN: soon
has() {
	local i
	for ((i = 0; i < 400; i++)); do
		screen >"$work/screen"
		grep -Eq "$1" "$work/screen" && return
		sleep 0.05
	done
	cat "$work/screen"
	return 1
}
# nth_is N PATTERN: the Nth row has it, soon
nth_is() {
	local i
	for ((i = 0; i < 400; i++)); do
		screen | sed -n "$((2 + $1))p" | grep -Eq "$2" && return
		sleep 0.05
	done
	screen
	return 1
}

cat >"$work/want" <<'END'
vioapic top: N interrupts/s, 16 of 264 pins, by rate
NAME      PIN   IRQ    RATE/S       TOTAL  VEC   CPUS   ACTION / QUIET BECAUSE
ioapic0     9     9    RATE TOTAL  0x29  0      acpi
ioapic0     4     4    RATE TOTAL  0x24  0      ttyS0
ioapic0     1     1       0.0           5  0x21  0      i8042: not asked for
sim0        0    24       0.0           0  0x30  0      no handler, unmasked
sim0        1    25       0.0           0  0x31  0      disabled: disabled
sim0        2    26       0.0           7  0x32  -      masked: masked
sim0        3    27       0.0           0  0x33  0      served: remote IRR set
sim0        4    28       0.0           0  0x05  0      vector: no vector
sim0        5    29       0.0           0  0x35  -      nobody: dest 7 is no CPU
sim0        6    30       0.0           0  0x36  -      offline: CPU offline
sim0        7    31       0.0           0  0x37  0      low: line low
sim0        8    32       0.0           0  0x38  0      high: line high
sim0        9    33       0.0           0  0x39  0      untaken: nobody takes it
sim0       10    34       0.0           0  0x3a  0      edge: no edge
sim0       11    35       0.0           0  0x3b  0      storm: held back: storm
sim0       12     -         -           0  0x3c  0      no interrupt, unmasked





sort: r rate  t total  p pin  i irq  a action   m all pins   q quit
END
start 80 24 --interval 0.2
check "80x24: rates, and why what is quiet is quiet" shows "$work/want"
check "lines as wide as the screen, or less" sh -c "! grep -E '.{81}' $work/screen"
tm send-keys p
check "p: by pin" nth_is 1 '^ioapic0     1 '
tm send-keys t
check "t: by total" nth_is 3 '^sim0        2 .* 7 '
tm send-keys a
check "a: by action" nth_is 1 ' acpi$'
check "which the head says" has 'by action$'
tm send-keys m
check "m: all pins" has '264 of 264 pins'
tm send-keys End
check "End: the last" has '^sim0      239 '
tm send-keys Home
check "Home: the first" nth_is 1 ' acpi$'
tm send-keys NPage
check "page down" nth_is 1 '^ioapic0  |^sim0 '
tm resize-window -x 100 -y 10
check "resized: the keys are in the last line" has '^sort: r rate'
last_line() { screen | sed -n 10p | grep -q '^sort: '; }
check "of ten" last_line
tm resize-window -x 30 -y 2
check "two lines of 30 are enough to live" has '^(sort: r rate|vioapic top)'
tm resize-window -x 80 -y 24
tm send-keys q
check "q: it ends with status 0, and the screen is as it was" has '^status 0$'
start 80 24 nobody
check "what is refused is said" has "vioapic: no I/O APIC 'nobody'"
check "with status 1" has '^status 1$'
tm kill-server 2>/dev/null
TERM=nonsense "$fixture" </dev/null >"$work/out" 2>&1
check "without a terminal it is refused" grep -q "top is for a terminal: --batch N prints tables" "$work/out"
"$fixture" --batch 2 --interval 0.05 >"$work/out"
check "--batch prints tables" test "$(grep -c ^NAME "$work/out")" -eq 2
check "as the screen has them" grep -q '^sim0       11    35       0.0           0  0x3b  0      storm: held back: storm$' "$work/out"
"$fixture" --interval 0 >"$work/out" 2>&1
check "an interval of 0 is wrong usage" test $? -eq 2
echo "1..$count"
exit $bad
