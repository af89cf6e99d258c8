// SPDX-License-Identifier: GPL-2.0
/* vioapic COMMAND: finds the subcommand and runs it. */
#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vioapic.h"

static const struct command commands[] = {
	{ .name = "list", .run = cmd_list, .summary = "every I/O APIC and its state" },
	{ .name = "takeover", .run = cmd_takeover, .summary = "trap and emulate all accesses" },
	{ .name = "release", .run = cmd_release, .summary = "give the registers back" },
	{ .name = "show", .run = cmd_show, .summary = "the redirection table, decoded" },
	{ .name = "trace", .run = cmd_trace, .summary = "accesses and what follows, live" },
	{ .name = "stats", .run = cmd_stats, .summary = "counters" },
	{ .name = "check", .run = cmd_check, .summary = "shadow against hardware" },
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

struct invocation {
	const struct command *command;
	int first;		/* place of the command's name in argv */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct invocation *invocation = state->input;
	size_t i;

	switch (key) {
	case ARGP_KEY_ARG:
		for (i = 0; i < ARRAY_SIZE(commands); i++)
			if (!strcmp(commands[i].name, arg))
				invocation->command = &commands[i];
		if (!invocation->command)
			argp_error(state, "no command '%s'", arg);
		/* The rest is for the command's own parser. */
		invocation->first = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no command given");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Appends the table of commands to --help, so that there is one list of them. */
static char *help_filter(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t size, i;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	f = open_memstream(&out, &size);
	if (!f)
		return NULL;
	fputs("Commands:\n", f);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\n'vioapic COMMAND --help' tells more, vioapic(8) all of it.", f);
	fclose(f);
	return out;
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = "Take over the I/O APICs of the running kernel and watch them.\v",
	.help_filter = help_filter,
};

int main(int argc, char **argv)
{
	struct invocation invocation = { 0 };
	char title[64];
	int status;

	argp_err_exit_status = STATUS_USAGE;
	/* ARGP_IN_ORDER: stop at the command's name, options behind it are its own. */
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &invocation))
		return STATUS_USAGE;

	snprintf(title, sizeof(title), "vioapic %s", invocation.command->name);
	argv += invocation.first;
	argc -= invocation.first;
	argv[0] = title;
	status = invocation.command->run(argc, argv);

	/* A full disk must not pass for success. */
	if ((fflush(stdout) || ferror(stdout)) && status == STATUS_DONE)
		status = refuse("cannot write the output: %s", strerror(errno));
	return status;
}
