#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# need.sh: clang, and its libFuzzer, which is a package with its version in its name.
set -u

need=$(cd "$(dirname "$0")/../.." && pwd)/tools/vm/need.sh
"$need" make clang || exit 1
echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
	clang -fsanitize=fuzzer,address,undefined -x c -o /dev/null - 2>/dev/null && exit 0
"$need" "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
