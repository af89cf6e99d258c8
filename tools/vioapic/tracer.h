/* SPDX-License-Identifier: GPL-2.0 */
/* What the tracepoints say, in the order of time. */
#ifndef VIOAPIC_TOOL_TRACER_H
#define VIOAPIC_TOOL_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include "events.h"

struct tep_handle;
struct tracefs_instance;

/**
 * struct tracer_sink - who gets the events
 * @batch: some are about to come; may be NULL
 * @take:  the next; returns whether that was enough
 * @rest:  there is nothing more for now; likewise; may be NULL
 */
struct tracer_sink {
	void (*batch)(void *data);
	bool (*take)(void *data, const struct sample *sample);
	bool (*rest)(void *data);
};

/**
 * struct tracer - a tracefs instance, and what has been read from it
 * @names, @names_count: of these I/O APICs only, unless 0; the caller's, as are
 * @sink, @data:         who gets it
 * @start:               when it began, by tracer_now()
 */
struct tracer {
	char **names;
	int names_count;
	const struct tracer_sink *sink;
	void *data;
	__u64 start;

	struct tracefs_instance *instance;
	struct tep_handle *tep;
	struct sample *samples;
	size_t samples_count, samples_room;
	size_t arrived;		/* in this round */
	bool held;		/* nothing is handed on */
	bool enough;
	bool out_of_memory;
};

/* The clock of the events */
__u64 tracer_now(void);

/* Events are recorded from now on.  Returns 0, or STATUS_REFUSED and has said why. */
int tracer_start(struct tracer *tracer);

/*
 * Of an I/O APIC @name, was there no event between the two moments?  Reads what there is, which
 * goes to the sink later.
 */
bool tracer_was_quiet(struct tracer *tracer, const char *name, __u64 from, __u64 until);

/* Hands on, until the sink has enough or Ctrl-C.  Returns an exit status. */
int tracer_run(struct tracer *tracer);

/* Safe after all of these */
void tracer_stop(struct tracer *tracer);

#endif
