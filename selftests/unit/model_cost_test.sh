#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# model_cost_test.sh: instructions that one access costs in the model, as a test (build/unit/model_cost_test,
# which selftests/run.sh finds): at most 30 for a read and 80 for a write, of any size, at any offset, with
# any number of pins, whatever follows from it; counted by callgrind, call by call, the function with all it
# calls. VERBOSE=1 names the dearest call of each kind.
# One pin is in service: an EOI looks at each pin that is. Above the limit is only the EOI that finds a line
# asserted once too often and starts storm protection, once in VIOAPIC_STORM_LIMIT: see `EOI, storm'.
set -u

top=@top@
out=$(cd "$(dirname "$0")" && pwd)
"$top/tools/vm/need.sh" valgrind || exit 1
make -s -C "$top/selftests/unit" O="$out" "$out/cost/model_cost" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

toggle=()
for function in read write set_line; do toggle+=(--toggle-collect="vioapic_model_$function"); done
if ! valgrind --tool=callgrind --combine-dumps=yes --collect-atstart=no "${toggle[@]}" \
	--callgrind-out-file="$work/counts" "$out/cost/model_cost" >"$work/log" 2>&1; then
	tail -n 20 "$work/log" >&2
	exit 1
fi
# A part of the file is one call: its name, then its total.
awk -v verbose="${VERBOSE:-}" '
	sub(/^desc: Trigger: Client Request: /, "") { call = $0 }
	/^totals: / && call != "" {
		kind = call
		sub(/^[^:]*: /, "", kind)
		sub(/, [a-z0-9]+ (owner|shadow), .*/, "", kind)
		access = call ~ /^read/ ? "read" : "write"
		limit = access == "read" ? 30 : kind == "EOI, storm" ? 100 : 80
		key = access " " kind
		if ($2 > most[key]) { most[key] = $2; at[key] = call; most_of[key] = limit }
		calls++
		call = ""
	}
	END {
		print "1..2"
		for (key in most) {
			if (verbose) print "# " most[key] " " at[key]
			if (most[key] > most_of[key]) {
				print "# " most[key] " instructions, not " most_of[key] ": " at[key]
				bad = 1
			}
		}
		print (calls > 5000 ? "ok" : "not ok") " 1 - callgrind has counted " calls " calls"
		print (bad ? "not ok" : "ok") " 2 - no read costs more than 30 instructions, no write more than 80"
		exit bad || calls <= 5000
	}' "$work/counts"
