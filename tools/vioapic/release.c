// SPDX-License-Identifier: GPL-2.0
/* vioapic release */
#include "transition.h"
#include "vioapic.h"

static const struct argp_option options[] = {
	TRANSITION_OPTION_ALL,
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	return transition_parse(key, state, state->input);
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "NAME...\n--all",
	.doc = "Let accesses go to the hardware again.  If one is refused, none is released.",
};

int cmd_release(int argc, char **argv)
{
	struct transition transition = { .take = false };

	argp_parse(&argp, argc, argv, 0, NULL, &transition);
	return transition_run(&transition);
}
