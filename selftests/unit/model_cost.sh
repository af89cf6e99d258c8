#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Instructions that one access costs in the model: at most 30 for a read and 80
# for a write of IOREGSEL and IOWIN, 32 bits wide, whatever the number of pins.
# What no driver does, or what sends after an EOI, has limits of its own.
# Usage: model_cost.sh PROGRAM
program=$1
calls=1000
status=0

# measure ROLE PINS KIND: instructions per call, the function with all it calls
measure() {
	out=$(mktemp)
	valgrind --tool=callgrind --callgrind-out-file="$out" \
		--toggle-collect="measured_${3%%-*}" "$program" "$1" "$2" "$3" >/dev/null 2>&1 &&
	callgrind_annotate --inclusive=yes --threshold=100 "$out" |
		tr -d , | awk -v calls=$calls -v f=":vioapic_model_${3%%-*}" '
			index($0, f) { print int($1 / calls + 0.5); found = 1; exit }
			END { exit !found }'
	ret=$?
	rm -f "$out"
	return $ret
}

for role in shadow owner; do
	for kind in read-index read-data read-ask read-narrow write-index write-same write-id \
		write-low write-high write-narrow write-eoi write-unmask write-again; do
		case $kind in
		read-narrow)	limit=40 ;;
		read-*)		limit=30 ;;
		write-narrow)	limit=90 ;;
		write-again)	limit=120 ;;
		*)		limit=80 ;;
		esac
		for pins in 1 24 120 240; do
			n=$(measure $role $pins $kind) || {
				echo "$role $kind: not measured" >&2
				exit 1
			}
			verdict=ok
			[ "$n" -le $limit ] || { verdict='too many'; status=1; }
			printf '%-6s %3d pins %-12s %4d of %d %s\n' \
				$role "$pins" $kind "$n" $limit "$verdict"
		done
	done
done
exit $status
