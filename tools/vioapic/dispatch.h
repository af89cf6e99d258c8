/* SPDX-License-Identifier: GPL-2.0 */
/* Finds the command among several, and runs it. */
#ifndef VIOAPIC_TOOL_DISPATCH_H
#define VIOAPIC_TOOL_DISPATCH_H

#include <stddef.h>

struct command;

/**
 * struct dispatch - a table of commands
 * @title:    what stands before the command's name on the command line
 * @doc:      for argp, ends in \v
 * @more:     the last line of --help
 * @commands: the table
 * @count:    of @commands
 */
struct dispatch {
	const char *title;
	const char *doc;
	const char *more;
	const struct command *commands;
	size_t count;
};

/* Runs the command that @argv names. Returns an exit status. */
int dispatch(const struct dispatch *dispatch, int argc, char **argv);

#endif
