// SPDX-License-Identifier: GPL-2.0
/* vmm TEST [ARGUMENT..]: one test; 0 if it is passed, and a sentence on stderr if not */
#include <stdio.h>
#include <string.h>

#include "vmm.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} tests[] = {
	{ "registers", test_registers },
	{ "exits", test_exits },
	{ "interrupts", test_interrupts },
	{ "save", test_save },
	{ "restore", test_restore },
	{ "refuse", test_refuse },
	{ "life", test_life },
	{ "churn", test_churn },
	{ "hostile", test_hostile },
	{ "linux", test_linux },
	{ "cost", test_cost },
	{ "eventfd", test_eventfd },
	{ "storm", test_storm },
	{ "foreign", test_foreign },
	{ "missed", test_missed },
	{ "watch", test_watch },
	{ "rounds", test_rounds },
	{ "stuck", test_stuck },
	{ "claims", test_claims },
	{ "nobody", test_nobody },
	{ "stall", test_stall },
	{ "stalling-guest", test_stalling_guest },
	{ "beside", test_beside },
	{ "names", test_names },
	{ "many", test_many },
};

int main(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; argc > 1 && i < sizeof(tests) / sizeof(*tests); i++)
		if (!strcmp(argv[1], tests[i].name))
			return tests[i].run(argc - 2, argv + 2);
	fprintf(stderr, "usage: vmm TEST ..\n");
	return 2;
}
