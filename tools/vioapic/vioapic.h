/* SPDX-License-Identifier: GPL-2.0 */
/* The vioapic command: what its files show each other. */
#ifndef VIOAPIC_TOOL_H
#define VIOAPIC_TOOL_H

#include <argp.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Exit statuses, part of the contract with scripts */
#define STATUS_DONE	0
#define STATUS_REFUSED	1
#define STATUS_USAGE	2

/**
 * struct command - one subcommand
 * @name:    as typed
 * @summary: one line for --help
 * @run:     @argv[0] is "vioapic NAME", for argp's messages; returns an exit status
 */
struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

int cmd_list(int argc, char **argv);
int cmd_takeover(int argc, char **argv);
int cmd_release(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_save(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_sim(int argc, char **argv);
int cmd_kvm(int argc, char **argv);

/* One line on stderr, "vioapic: ..."; returns STATUS_REFUSED */
int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct json_object;
/* Prints @object on stdout and drops the reference */
void print_json(struct json_object *object);

#endif
