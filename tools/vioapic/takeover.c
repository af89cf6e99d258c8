// SPDX-License-Identifier: GPL-2.0
/* vioapic takeover */
#include <linux/vioapic.h>

#include "device.h"
#include "transition.h"
#include "vioapic.h"

enum { KEY_HOOK = 0x100, KEY_BACKEND };

static const struct argp_option options[] = {
	TRANSITION_OPTION_ALL,
	{ .name = "hook", .key = KEY_HOOK, .arg = "oops|fixup",
	  .doc = "Where faults are caught: oops (default) costs others least, fixup traps faster" },
	{ .name = "backend", .key = KEY_BACKEND, .arg = "native|xen",
	  .doc = "Who delivers; default: what fits the machine" },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct transition *transition = state->input;

	switch (key) {
	case KEY_HOOK:
		transition->hook = value_of(hook_name, arg);
		if (!transition->hook)
			argp_error(state, "no hook '%s': oops or fixup", arg);
		return 0;
	case KEY_BACKEND:
		transition->backend = value_of(backend_name, arg);
		/* lapic is for simulated ones, which are never taken over. */
		if (!transition->backend || transition->backend == VIOAPIC_BACKEND_LAPIC)
			argp_error(state, "no backend '%s': native or xen", arg);
		return 0;
	default:
		return transition_parse(key, state, transition);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "NAME...\n--all",
	.doc = "Trap and emulate every access.  If one is refused, none is taken over.",
};

int cmd_takeover(int argc, char **argv)
{
	struct transition transition = { .take = true };

	argp_parse(&argp, argc, argv, 0, NULL, &transition);
	return transition_run(&transition);
}
