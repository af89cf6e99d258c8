// SPDX-License-Identifier: GPL-2.0
/* vioapic COMMAND */
#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dispatch.h"
#include "vioapic.h"

static const struct command commands[] = {
	{ .name = "list", .run = cmd_list, .summary = "every I/O APIC and its state" },
	{ .name = "takeover", .run = cmd_takeover, .summary = "trap and emulate all accesses" },
	{ .name = "release", .run = cmd_release, .summary = "give the registers back" },
	{ .name = "show", .run = cmd_show, .summary = "the redirection table, decoded" },
	{ .name = "explain", .run = cmd_explain, .summary = "why a pin does not interrupt" },
	{ .name = "trace", .run = cmd_trace, .summary = "what is done to them, live" },
	{ .name = "replay", .run = cmd_replay, .summary = "a recorded trace against the model" },
	{ .name = "top", .run = cmd_top, .summary = "how often interrupts come, or why not" },
	{ .name = "stats", .run = cmd_stats, .summary = "counters" },
	{ .name = "check", .run = cmd_check, .summary = "shadow against hardware" },
	{ .name = "save", .run = cmd_save, .summary = "write down all that one holds" },
	{ .name = "restore", .run = cmd_restore, .summary = "put one into a saved state" },
	{ .name = "sim", .run = cmd_sim, .summary = "simulated I/O APICs: create, drive, destroy" },
	{ .name = "kvm", .run = cmd_kvm, .summary = "those of virtual machines: list, watch" },
};

static const struct dispatch vioapic = {
	.title = "vioapic",
	.doc = "Take over the I/O APICs of the running kernel and watch them.\v",
	.more = "'vioapic COMMAND --help' tells more, vioapic(8) all of it.",
	.commands = commands,
	.count = ARRAY_SIZE(commands),
};

const char *argp_program_version = "vioapic " VERSION;

int refuse(const char *format, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	/* In one write: the output of others must not come in between. */
	fprintf(stderr, "vioapic: %s\n", line);
	return STATUS_REFUSED;
}

void print_json(struct json_object *object)
{
	const int format = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			   JSON_C_TO_STRING_NOSLASHESCAPE;

	puts(json_object_to_json_string_ext(object, format));
	json_object_put(object);
}

int main(int argc, char **argv)
{
	int status;

	argp_err_exit_status = STATUS_USAGE;
	status = dispatch(&vioapic, argc, argv);

	/* A full disk must not pass for success. */
	if ((fflush(stdout) || ferror(stdout)) && status == STATUS_DONE)
		status = refuse("cannot write the output: %s", strerror(errno));
	return status;
}
