// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls on virt/model/model.c and on the reference model of selftests/model:
 * both have to do the same.  SEED=n in the environment for another seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "../model/pair.h"
#include <cmocka.h>

#define STEPS	1000000UL
#define BYTES	4096		/* of a life: about 900 calls */

static u64 noise(u64 *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void a_million_random_calls_find_no_difference_from_the_reference(void **state)
{
	const char *asked = getenv("SEED");
	u64 seed = asked ? strtoull(asked, NULL, 0) : 0x82093aa290566ULL;
	u64 data[BYTES / 8], first = seed;
	unsigned long steps = 0;
	const char *wrong;
	unsigned int i;

	printf("# SEED=%#llx\n", (unsigned long long)seed);
	while (steps < STEPS) {
		u64 start = seed;

		for (i = 0; i < BYTES / 8; i++)
			data[i] = noise(&seed);
		wrong = pair_run((const u8 *)data, sizeof(data), &steps);
		if (wrong)
			fail_msg("SEED=%#llx: %s", (unsigned long long)start, wrong);
	}
	printf("# %lu calls from SEED=%#llx\n", steps, (unsigned long long)first);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_random_calls_find_no_difference_from_the_reference),
	};

	return cmocka_run_group_tests_name("model: reference", tests, NULL, NULL);
}
