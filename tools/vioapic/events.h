/* SPDX-License-Identifier: GPL-2.0 */
/* The tracepoints vioapic:*, their fields and how a line of each reads. */
#ifndef VIOAPIC_TOOL_EVENTS_H
#define VIOAPIC_TOOL_EVENTS_H

#include <stddef.h>
#include <linux/vioapic.h>

#include "kallsyms.h"

#define FIELDS_MAX	8
#define FIELD_UNKNOWN	(~0ULL)

/**
 * struct sample - one event, copied out of the ring buffer
 * @time:     time stamp, ns
 * @sequence: place among the events read together, to keep it where times are equal
 * @kind:     of event
 * @cpu:      where it happened
 * @name:     of the I/O APIC, empty if @kind is &kind_lost
 * @field:    by struct kind.fields
 */
struct sample {
	__u64 time;
	size_t sequence;
	const struct kind *kind;
	int cpu;
	char name[VIOAPIC_NAME_LEN];
	__u64 field[FIELDS_MAX];
};

/**
 * struct kind - a tracepoint
 * @event:  its name
 * @fields: which go to struct sample.field, in this order
 * @print:  the line from behind the name on
 */
struct kind {
	const char *event;
	const char *fields[FIELDS_MAX];
	void (*print)(const struct sample *sample, const struct kallsyms *kallsyms);
};

/* A gap in the ring buffer of a CPU; field 0 is how many, or FIELD_UNKNOWN. Not an event. */
extern const struct kind kind_lost;

/* Returns NULL if there is no tracepoint @event. */
const struct kind *find_kind(const char *event);

#endif
