#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench.sh (`make bench`): boots all that the benchmark compares, and writes build/bench/{table.md,bench.json,bench.svg};
# README.md beside this says what the numbers are. What is measured is measured by tests, those that have bench=1 in
# their header: this collects what they say in lines "# figure NAME NUMBER".
#	KERNELS='6.1'	only these kernels
#	TESTS='glob'	only these tests; what they have not measured is not compared
#	UPDATE=1	these are the figures from now on (tools/bench/figures.json, bench.svg, README.md)
#	JOBS=n		VMs at a time, as of selftests/run.sh
# Exits with 1 if a figure is worse by 3%, or missing, or a test failed; with 2 if there is nothing to compare with.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cd "$top" || exit 1
KERNELS=${KERNELS:-6.1 6.12 7.3}
out=$top/build/bench
runs=$out/runs
export KERNELS

"$top/tools/vm/need.sh" python3 gnuplot-nox binutils || exit 1
mkdir -p "$out" || exit 1
# Before twenty minutes, not after them
[[ -n ${UPDATE:-} ]] || "$here/report.py" readable "$here/figures.json" || exit 2
: >"$out/figures"

# progress: passes on what failed, and says how far all is
progress() {
	local line finished=0 all=''
	while read -r line; do
		case $line in
		*"] not ok "*) echo "${clear}$line" ;;
		"[build/"*) continue ;;
		*"] 1.."*) finished=$((finished + 1)) ;;
		*) continue ;;
		esac
		[[ -n $all || ! -s $runs/boots ]] || all=$(wc -l <"$runs/boots")
		[[ ! -t 1 ]] || printf '%sbench: %s of %s boots, %d:%02d' "$clear" "$finished" "${all:-?}" $((SECONDS / 60)) $((SECONDS % 60))
	done
	echo "${clear}bench: $finished of ${all:-?} boots in $((SECONDS / 60)) min $((SECONDS % 60)) s"
}
clear=''
[[ ! -t 1 ]] || clear=$'\r\e[K'

[[ ! -t 1 ]] || printf 'bench: building'
BENCH=1 RESULTS=$runs "$top/selftests/run.sh" </dev/null | progress
status=${PIPESTATUS[0]}

# "KERNEL NAME NUMBER" for each figure
for tap in "$runs"/*.tap; do
	# The file's name is that of the boot: KERNEL_TEST_..
	kernel=${tap##*/}
	sed -n "s/^# figure \([^ ]*\) \(-\{0,1\}[0-9]*\)$/${kernel%%_*} \1 \2/p" "$tap"
done >"$out/figures"
for kernel in ${KERNELS//,/ }; do
	for module in vioapic vioapic_kvm; do
		file=$(find "build/$kernel" -name "$module.ko" | head -n 1)
		[[ -z $file ]] || echo "$kernel text.$module $(size -A "$file" | awk '$1 ~ /text/ { n += $2 } END { print n }')"
	done
done >>"$out/figures"

if [[ $status -ne 0 ]]; then
	echo "bench: a test failed, see above and $runs${UPDATE:+; the committed figures stay as they are}" >&2
	UPDATE=''
fi
"$here/report.py" ${UPDATE:+--update} ${TESTS:+--some} "$out/figures" "$here/figures.json" "$out"
reported=$?
[[ $reported -ne 0 || $status -eq 0 ]] || reported=1
exit $reported
