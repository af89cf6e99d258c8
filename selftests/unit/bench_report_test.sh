#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench_report_test.sh: does `make bench` tell what has become worse? Not the benchmark, but its judgement of figures
# that are made up here (build/unit/bench_report_test, which selftests/run.sh finds).
# shellcheck disable=SC2317 # called by check
set -u

report=@top@/tools/bench/report.py
"@top@/tools/vm/need.sh" python3 gnuplot-nox || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
count=0 failed=0

# check SENTENCE COMMAND..
check() {
	local sentence=$1 result=ok
	shift
	count=$((count + 1))
	"$@" || { result="not ok"; failed=1; }
	echo "$result $count - $sentence"
	[[ $result == ok ]] || sed 's/^/# /' said
}

# measured NUMBER..: of what is ours, of what is not, and where 3% is less than one
measured() { printf '6.12 %s\n' "trap.fixup $1" "trap.mmiotrace $2" "efault.fixup $3" >measured; }
committed() { echo "{\"format\": 1, \"kernels\": {\"6.12\": {\"trap.fixup\": $1, \"trap.mmiotrace\": $2, \"efault.fixup\": $3}}}" >committed; }

# gives STATUS [TEXT [OPTION]]: compared, that is the exit status, and this is said
gives() {
	"$report" ${3:+"$3"} measured committed . >said 2>&1
	[[ $? -eq $1 ]] && grep -Fq -- "${2:-bench: }" said
}

# refuses TEXT: what is committed, in one line with this in it; and nothing else
refuses() {
	"$report" readable committed >said 2>&1
	[[ $? -eq 2 && $(wc -l <said) -eq 1 ]] && grep -Fq -- "$1" said && gives 2 "$1"
}

committed 1000 5000 0
measured 1000 5000 0
check "the same again is no news" gives 0 "bench: 0 figures moved by 1% or more, 0 of them are worse"
measured 1029 5000 0
check "2.9% more is told" gives 0 "6.12 trap.fixup: 1000 -> 1029, +2.9%"
measured 1030 5000 0
check "3% more is worse" gives 1 "6.12 trap.fixup: 1000 -> 1030, +3.0%: WORSE"
measured 1000 5200 0
check "of what is not ours it is told" gives 0 "6.12 trap.mmiotrace: 5000 -> 5200, +4.0%, which is not ours"
echo '{"format": 1, "kernels": {"6.12": {"moves.hardware": 6729}}}' >committed
echo '6.12 moves.hardware 7000' >measured
check "accesses that reach the hardware are ours, too" gives 1 "6.12 moves.hardware: 6729 -> 7000, +4.0%: WORSE"
committed 1000 5000 0
measured 900 5000 0
check "10% less is told" gives 0 "6.12 trap.fixup: 1000 -> 900, -10.0%"
measured 1000 5000 1
check "something where there was nothing is worse" gives 1 "6.12 efault.fixup: 0 -> 1, was 0: WORSE"
echo '6.12 trap.fixup 1000' >measured
check "what is missing is told" gives 1 "6.12 trap.mmiotrace: NOT MEASURED, was 5000"
check "not if only some was to be measured" gives 0 "bench: 0 figures" --some
measured 1000 5000 0
echo '6.12 trap.extable 900' >>measured
check "what is new is told" gives 0 "6.12 trap.extable: 900, is new"
measured 1000 5000 0
sed -i 's/6.12/6.1/' measured
check "a kernel without figures is told" gives 0 "6.1: there are no figures of it"
: >measured
check "nothing at all is a failure" gives 1 "nothing was measured"

measured 71 1000 26
committed 71 1000 26
check "what is above its limit is bold" gives 0 "**71 / 1000 = 0.071**"
check "and counted" grep -q '2 are above what they shall be' said
check "the JSON is one" python3 -m json.tool bench.json said
check "the chart is an SVG" grep -q '<svg' bench.svg

rm committed
check "figures that are not there: in one line" refuses "there is no committed to compare with: \`make bench UPDATE=1'"
: >committed
check "that are empty" refuses "cannot be read"
echo '{"format": 1, "kernels": ' >committed
check "that are cut off" refuses "cannot be read"
printf '\377\376' >committed
check "that are no text" refuses "cannot be read"
printf '%0100000d' 0 | tr 0 '[' >committed
check "that are deep" refuses "cannot be read"
echo '[]' >committed
check "that are something else" refuses "is not of format 1"
echo '{"format": 2, "kernels": {}}' >committed
check "of another format" refuses "is not of format 1"
committed '"1000"' 5000 0
check "that are words" refuses "something else than whole numbers for '6.12'"
committed 1e3 5000 0
check "or fractions" refuses "something else than whole numbers"
committed true 5000 0
check "or truths" refuses "something else than whole numbers"
rm committed
mkdir committed
check "or a directory" refuses "cannot be read"
rmdir committed

check "those of this tree can be compared with" "$report" readable @top@/tools/bench/figures.json
quoted() { "$report" quoted "$1" >said 2>&1; }
check "and the pages have them" quoted @top@/tools/bench/figures.json
mkdir -p tree/tools/bench
cp @top@/README.md tree
cp @top@/tools/bench/{README.md,figures.json} tree/tools/bench
check "as they have where they lie" quoted tree/tools/bench/figures.json
sed -i 's/"trap.fixup": /&1/' tree/tools/bench/figures.json
not_quoted() { ! quoted "$1" && [[ $(grep -c 'README.md has other figures' said) -eq 2 ]]; }
check "a figure that neither has is told" not_quoted tree/tools/bench/figures.json
check "README's rows are of those that there are" python3 -c 'import sys; sys.path.insert(0, "@top@/tools/bench"); import report
sys.exit(bool(report.SHORT - {(row[1], row[3]) for _, rows in report.ROWS for row in rows}))'

echo "1..$count"
exit $failed
