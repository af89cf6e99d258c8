// SPDX-License-Identifier: GPL-2.0
/* Finds the command among several, and runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch.h"
#include "vioapic.h"

struct invocation {
	const struct dispatch *dispatch;
	const struct command *command;
	int first;		/* place of the command's name in argv */
};

/* For who has named none of them; kept until the end, which is near */
static const char *names(const struct dispatch *dispatch)
{
	char *list = NULL;
	size_t size, i;
	FILE *f = open_memstream(&list, &size);

	if (!f)
		return "others";
	for (i = 0; i < dispatch->count; i++)
		fprintf(f, "%s%s", i ? ", " : "", dispatch->commands[i].name);
	fclose(f);
	return list ? list : "others";
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct invocation *invocation = state->input;
	const struct dispatch *dispatch = invocation->dispatch;
	size_t i;

	switch (key) {
	case ARGP_KEY_ARG:
		for (i = 0; i < dispatch->count; i++)
			if (!strcmp(dispatch->commands[i].name, arg))
				invocation->command = &dispatch->commands[i];
		if (!invocation->command)
			argp_error(state, "no command '%s': there are %s", arg, names(dispatch));
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
	const struct invocation *invocation = input;
	char *out = NULL;
	size_t size, i;
	FILE *f;

	if (key != ARGP_KEY_HELP_POST_DOC || !invocation)
		return (char *)text;
	f = open_memstream(&out, &size);
	if (!f)
		return NULL;
	fputs("Commands:\n", f);
	for (i = 0; i < invocation->dispatch->count; i++)
		fprintf(f, "  %-10s %s\n", invocation->dispatch->commands[i].name,
			invocation->dispatch->commands[i].summary);
	fprintf(f, "\n%s", invocation->dispatch->more);
	fclose(f);
	return out;
}

int dispatch(const struct dispatch *dispatch, int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse,
		.args_doc = "COMMAND [ARGUMENT...]",
		.doc = dispatch->doc,
		.help_filter = help_filter,
	};
	struct invocation invocation = { .dispatch = dispatch };
	static char title[64];	/* the caller keeps argv */

	/* ARGP_IN_ORDER: stop at the command's name, options behind it are its own. */
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &invocation))
		return STATUS_USAGE;

	snprintf(title, sizeof(title), "%s %s", dispatch->title, invocation.command->name);
	argv += invocation.first;
	argc -= invocation.first;
	argv[0] = title;
	return invocation.command->run(argc, argv);
}
