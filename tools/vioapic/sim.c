// SPDX-License-Identifier: GPL-2.0
/* vioapic sim COMMAND */
#include "dispatch.h"
#include "sim.h"
#include "vioapic.h"

static const struct command commands[] = {
	{ .name = "create", .run = sim_create, .summary = "give this machine one more I/O APIC" },
	{ .name = "destroy", .run = sim_destroy, .summary = "take it away again" },
	{ .name = "raise", .run = sim_raise, .summary = "drive the line of a pin high" },
	{ .name = "lower", .run = sim_lower, .summary = "drive the line of a pin low" },
	{ .name = "pulse", .run = sim_pulse, .summary = "to the asserted level, and back" },
	{ .name = "fault", .run = sim_fault, .summary = "break it, as real ones are broken" },
};

static const struct dispatch sim = {
	.title = "vioapic sim",
	.doc = "I/O APICs that are not there, for the running kernel to use.\v",
	.more = "'vioapic sim COMMAND --help' tells more, vioapic(8) all of it.",
	.commands = commands,
	.count = ARRAY_SIZE(commands),
};

int cmd_sim(int argc, char **argv)
{
	return dispatch(&sim, argc, argv);
}
