#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh SECONDS (`make fuzz SECONDS=n`): fuzzes virt/model/model.c and virt/model/state.c for so long, starting from the
# kept corpus. What is found goes to build/unit/fuzz, and so does an input that breaks something: it is named,
# and run.sh fails. NEW=dir keeps the inputs that reached something new.
set -u

# bash counts in a variable of this name; the caller's comes as an argument
limit=${1:-60}
top=$(cd "$(dirname "$0")/../.." && pwd)
out=$top/build/unit
[[ $limit =~ ^[1-9][0-9]*$ ]] || { echo "run.sh: for how many seconds? Not: $limit" >&2; exit 2; }

"$top/selftests/fuzz/need.sh" || exit 1
make -s -C "$top/selftests/unit" O="$out" "$out/fuzz/model_fuzz" || exit 1
new=${NEW:-$out/fuzz/corpus}
mkdir -p "$new" || exit 1
exec "$out/fuzz/model_fuzz" -max_total_time="$limit" -max_len=2048 -timeout=20 -print_final_stats=1 \
	-artifact_prefix="$out/fuzz/" "$new" "$top/selftests/fuzz/corpus"
