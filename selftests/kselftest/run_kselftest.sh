#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run_kselftest.sh: runs the tests beside it, one after the other, and says how each ended (TAP 13); see -h.
# What a test says itself is in there as remarks. Ends with 0 if none has failed.

cd "$(dirname "$0")" || exit 1
# shellcheck disable=SC2016 # not expanded
usage() {
	echo "Usage: run_kselftest.sh [OPTION..]
  -t, --test COLLECTION:TEST  only this one; may be said again
  -c, --collection NAME       only those of this one; may be said again
  -S, --skip COLLECTION:TEST  not this one; may be said again
  -l, --list                  list the tests, run none
  -d, --dry-run               say which would be run
  -s, --summary               say how each ended; what they said goes to output.log
  -o, --override-timeout N    seconds for each, whatever its settings say; 0 is for ever
  -D, --disturb               also those that disturb the machine: take over its I/O APIC, take CPUs offline,
                              suspend, crash it. Only on one that nobody else needs (VIOAPIC_DISTURB=1 is the same)
  -h, --help                  this"
}
wrong() {
	echo "run_kselftest.sh: $1; -h tells of the options, -l lists the tests" >&2
	exit 2
}

list=kselftest-list.txt
[ -r $list ] || wrong "no $list beside it: this is no installed tree"
collections='' tests='' skipped='' dry='' summary='' limit=''
while [ $# -gt 0 ]; do
	case $1 in
	-t|--test|-c|--collection|-S|--skip|-o|--override-timeout) [ $# -ge 2 ] || wrong "$1 wants an argument" ;;
	esac
	case $1 in
	-t|--test) grep -Fqx -e "$2" $list || wrong "there is no test '$2'"
		tests="$tests $2"; shift ;;
	-S|--skip) grep -Fqx -e "$2" $list || wrong "there is no test '$2'"
		skipped="$skipped $2"; shift ;;
	-c|--collection) cut -d: -f1 $list | grep -Fqx -e "$2" || wrong "there is no collection '$2', there is $(cut -d: -f1 $list | sort -u | xargs)"
		collections="$collections $2"; shift ;;
	-o|--override-timeout) case $2 in ''|*[!0-9]*) wrong "'$2' is no number of seconds" ;; esac
		limit=$2; shift ;;
	-l|--list) cat $list; exit ;;
	-d|--dry-run) dry=1 ;;
	-s|--summary) summary=1 ;;
	-D|--disturb) export VIOAPIC_DISTURB=1 ;;
	-h|--help) usage; exit ;;
	*) wrong "no option '$1'" ;;
	esac
	shift
done

# wanted TEST
wanted() {
	case " $skipped " in *" $1 "*) return 1 ;; esac
	[ -n "$tests$collections" ] || return 0
	case " $tests " in *" $1 "*) return ;; esac
	case " $collections " in *" ${1%%:*} "*) return ;; esac
	return 1
}
chosen=$(while read -r test; do ! wanted "$test" || echo "$test"; done <$list)
[ -n "$chosen" ] || wrong "no test is left"
if [ -n "$dry" ]; then
	echo "$chosen"
	exit
fi

log=/dev/null
[ -z "$summary" ] || log=$PWD/output.log
: >"$log" || exit 1
# Status and reason come out of a pipeline by these.
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM

# run COLLECTION TEST SECONDS: as a test is run, in its own directory
run() {
	cd "$1" || exit 1
	if [ "$3" -gt 0 ]; then
		timeout -k 60 "$3" "./$2" 2>&1
	else
		"./$2" 2>&1
	fi
	echo $? >"$work/status"
}

# remarks: what a test says, in the test's report and for its reason to be skipped
remarks() {
	tee -a "$log" | while IFS= read -r line; do
		case $line in 1..0\ *SKIP*) echo "${line#*SKIP}" >"$work/reason" ;; esac
		[ -n "$summary" ] || printf '# %s\n' "$line"
	done
}

echo "TAP version 13"
echo "1..$(echo "$chosen" | wc -l)"
number=0 failed=0
for name in $chosen; do
	number=$((number + 1))
	collection=${name%%:*} test=${name#*:}
	seconds=${limit:-$(sed -n 's/^timeout=\([0-9]*\)$/\1/p' "$collection/settings" 2>/dev/null)}
	seconds=${seconds:-45}
	title="selftests: $collection: $test"
	[ -n "$summary" ] || printf '# %s\n# timeout set to %s\n' "$title" "$seconds"
	echo "$title" >>"$log"
	rm -f "$work/status" "$work/reason"
	(run "$collection" "$test" "$seconds") </dev/null | remarks
	status=$(cat "$work/status" 2>/dev/null)
	case ${status:-none} in
	0) echo "ok $number $title" ;;
	4) echo "ok $number $title # SKIP$(cat "$work/reason" 2>/dev/null)" ;;
	124|143) echo "not ok $number $title # TIMEOUT $seconds seconds"
		failed=1 ;;
	*) echo "not ok $number $title # exit=$status"
		failed=1 ;;
	esac
done
exit $failed
