# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# tap.sh: what a test says, and how (TAP).
#
#	check "the module is there" test -d /sys/module/vioapic
#	report $? "a sentence about what was just done"
#	skip "a sentence" "why it cannot be told here"
#	done_testing

tap_count=0
tap_failed=0

# report STATUS SENTENCE: ok if STATUS is 0
report() {
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $2"
	fi
}

# check SENTENCE COMMAND..: ok if COMMAND succeeds; what it says is shown if it does not
check() {
	tap_sentence=$1
	shift
	if tap_said=$("$@" 2>&1); then
		report 0 "$tap_sentence"
	else
		report 1 "$tap_sentence"
		echo "# $*"
		[ -z "$tap_said" ] || note "$tap_said"
		return 1
	fi
}

# figure NAME NUMBER: for the benchmark (tools/bench), which takes the numbers that it compares from the tests
figure() { note "figure $1 $2"; }

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# note TEXT: a remark that is no result
note() {
	echo "$1" | sed 's/^/# /'
}

# skip_all WHY: nothing can be told on this machine
skip_all() {
	echo "1..0 # SKIP $1"
	exit 4
}

# What else there is to tell at the end, of those who replace it
at_last() { :; }

# Prints the plan; without it a test counts as broken off.
done_testing() {
	at_last
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit
}
