#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh: the fuzz run of fixed length, as a test (build/unit/fuzz_test, which selftests/run.sh finds).
# Whatever the kept corpus covers, and RUNS inputs more that are made of it.
set -u

top=@top@
program=$(dirname "$0")/fuzz/model_fuzz
runs=${RUNS:-10000}
sentence="the kept corpus and $runs inputs made of it break nothing"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/new"

echo 1..1
if "$program" -runs="$runs" -seed=82093 -max_len=1024 -timeout=60 -artifact_prefix="$work/" \
	"$work/new" "$top/selftests/fuzz/corpus" >"$work/log" 2>&1; then
	echo "ok 1 - $sentence"
	exit 0
fi
echo "not ok 1 - $sentence"
tail -n 40 "$work/log" >&2
for input in "$work"/crash-* "$work"/timeout-*; do
	[[ ! -e $input ]] || { echo "the input, base64:"; base64 -w 0 "$input"; echo; } >&2
done
exit 1
