#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# model_coverage_test.sh: line coverage of the device model by its unit tests, as a test (build/unit/
# model_coverage_test, which selftests/run.sh finds): at least 98% of each file. The random ones do not count.
set -u

top=@top@
out=$(cd "$(dirname "$0")" && pwd)
make -s -C "$top/selftests/unit" O="$out" coverage >"$out/cov/log" 2>&1
awk '
	/^File / { file = $2; gsub(/.*\/|\x27/, "", file) }
	/^Lines executed:/ && file ~ /^(model\.c|model_owner\.h|state\.c|kvm_state\.c)$/ {
		split($2, part, /[:%]/)
		good = part[2] >= 98
		bad += !good
		print (good ? "ok" : "not ok") " " ++n " - " file ": " part[2] "% of " $4 " lines"
		file = ""
	}
	END { print "1..4"; exit bad || n != 4 }' "$out/cov/log"
