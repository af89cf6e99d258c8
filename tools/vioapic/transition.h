/* SPDX-License-Identifier: GPL-2.0 */
/* What takeover and release share: whom they mean, and all or nothing. */
#ifndef VIOAPIC_TOOL_TRANSITION_H
#define VIOAPIC_TOOL_TRANSITION_H

#include <argp.h>
#include <stdbool.h>
#include <linux/types.h>

/**
 * struct transition - I/O APICs to bring into a state
 * @take:    take over, else release
 * @all:     every one that is not in that state yet
 * @names:   else these
 * @count:   of @names
 * @hook:    enum vioapic_uapi_hook, takeover only
 * @backend: enum vioapic_uapi_backend, takeover only
 */
struct transition {
	bool take;
	bool all;
	char **names;
	int count;
	__u32 hook;
	__u32 backend;
};

#define TRANSITION_OPTION_ALL \
	{ .name = "all", .key = 'a', .doc = "All that are not in that state yet" }

/* Parses the names and --all, for a subcommand's parser to fall back on. */
error_t transition_parse(int key, struct argp_state *state, struct transition *transition);

/* Returns an exit status. If it is not 0, nothing changed. */
int transition_run(const struct transition *transition);

#endif
