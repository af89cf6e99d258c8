# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh source=selftests/lib.sh disable=SC1091,SC2034 # lib.sh; used by who sources this
# sim.sh: simulated I/O APICs for the tests: lib.sh, and what tests of simulated ones have in common.
. "$(dirname "$0")/lib.sh"

sims=/sys/kernel/config/vioapic
user=/sys/kernel/debug/vioapic_user
pulser=/sys/kernel/debug/vioapic_pulser
bare=/sys/kernel/debug/vioapic_bare

# sim_create NAME [ATTRIBUTE=VALUE..]
sim_create() {
	sim_name=$1
	shift
	mkdir "$sims/$sim_name" || return 1
	for sim_word in "$@"; do
		echo "${sim_word#*=}" >"$sims/$sim_name/${sim_word%%=*}" || return 1
	done
	echo 1 >"$sims/$sim_name/live"
}

# slots: of the kernel's I/O APICs, by vioapic_bare.ko
slots() {
	echo >$bare/slots
	cat $bare/slots
}

# counter NAME COUNTER: of a simulated I/O APIC
counter() { sed -n "s/^$2 //p" "$sims/$1/counters"; }

sim_destroy() { echo 0 >"$sims/$1/live" && rmdir "$sims/$1"; }

# user_add NAME SIM PIN edge|level high|low [FLAGS]: a driver of the pin, see vioapic_user.c
user_add() { echo "$1 $(($(cat "$sims/$2/gsi_base") + $3)) $4 $5 $6" >$user/add; }

# device_add NAME SIM PIN edge|level high|low [KEEP]: its device, see vioapic_pulser.c
device_add() { echo "$*" >$pulser/attach; }

# pair_add NAME SIM PIN edge|level high|low: both; pair_remove NAME
pair_add() { user_add "$1" "$2" "$3" "$4" "$5" && device_add "$1" "$2" "$3" "$4" "$5"; }
pair_remove() { echo "$1" >$pulser/detach && echo "$1" >$user/remove; }

# run NAME N: N events, each waiting for the one before
run() { echo "$1 $2" >$pulser/run; }

# user_is NAME WHAT VALUE: of struct vioapic_user
user_of() { cat "$user/$1/$2"; }
user_is() { [ "$(user_of "$1" "$2")" -eq "$3" ]; }

# exactly NAME N [CALLS]: N events served, by N calls of the handler or by CALLS, none lost, none without reason
exactly() {
	grep . "$user/$1"/[cnls]*
	user_is "$1" sent "$2" && user_is "$1" seen "$2" && user_is "$1" lost 0 && user_is "$1" none 0 &&
		user_is "$1" count "${3:-$2}"
}
