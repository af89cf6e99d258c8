// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target for virt/model/model.c and virt/model/state.c: see selftests/model/pair.h
 * for what it checks and selftests/fuzz/run.sh for how to run it.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../model/pair.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned long steps = 0;
	const char *wrong = pair_run(data, size, &steps);

	if (!wrong)
		return 0;
	fprintf(stderr, "%s\n", wrong);
	abort();
}
