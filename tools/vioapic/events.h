/* SPDX-License-Identifier: GPL-2.0 */
/* The tracepoints vioapic:*, their fields and how a line of each reads. */
#ifndef VIOAPIC_TOOL_EVENTS_H
#define VIOAPIC_TOOL_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <linux/vioapic.h>

#define FIELDS_MAX	8
#define TEXT_MAX	16
#define FIELD_UNKNOWN	(~0ULL)

/* Places in struct sample.field; written in files: at the end of each there is room for more */
enum {
	ACCESS_IP, ACCESS_OFFSET, ACCESS_SIZE, ACCESS_WRITE, ACCESS_INDEX, ACCESS_HW, ACCESS_VALUE,
	ACCESS_VCPU, ACCESS_FIELDS,
};

enum { ROUTE_PIN, ROUTE_OLD, ROUTE_NEW, ROUTE_FIELDS };
enum { REFUSE_INDEX, REFUSE_WANTED, REFUSE_HAS, REFUSE_FIELDS };
enum { EOI_VECTOR, EOI_FIELDS };
enum { DELIVER_PIN, DELIVER_RTE, DELIVER_ACCEPTED, DELIVER_FIELDS };
enum { FAULT_PIN, FAULT_FIELDS };
enum { STATE_STATE, STATE_FIELDS };
enum { LOST_COUNT, LOST_FIELDS };

/* What an event is about, as users of --kind have it; written in files too */
enum topic {
	TOPIC_ACCESS, TOPIC_GUEST_ACCESS, TOPIC_ROUTE, TOPIC_REFUSE, TOPIC_EOI, TOPIC_DELIVER,
	TOPIC_FAULT, TOPIC_STATE, TOPIC_LOST, TOPICS
};

/**
 * struct sample - one event, copied out of the ring buffer
 * @time:     time stamp, ns
 * @sequence: place among the events read together, to keep it where times are equal
 * @kind:     of event
 * @cpu:      where it happened
 * @name:     of the I/O APIC, empty if @kind is &kind_lost
 * @field:    by struct kind.fields
 * @text:     of struct kind.text
 */
struct sample {
	__u64 time;
	size_t sequence;
	const struct kind *kind;
	int cpu;
	char name[VIOAPIC_NAME_LEN];
	__u64 field[FIELDS_MAX];
	char text[TEXT_MAX];
};

/**
 * struct kind - a tracepoint
 * @event:  its name
 * @topic:  what it is about
 * @fields: which go to struct sample.field, in this order
 * @count:  how many they are
 * @text:   a field that is a string, or NULL
 * @print:  the line from behind the name on; @caller: who made the access, as text
 */
struct kind {
	const char *event;
	enum topic topic;
	const char *fields[FIELDS_MAX];
	unsigned int count;
	const char *text;
	void (*print)(FILE *out, const struct sample *sample, const char *caller);
};

/* A gap in the ring buffer of a CPU, of FIELD_UNKNOWN or so many. Not an event. */
extern const struct kind kind_lost;

/* Returns NULL if there is no tracepoint @event. */
const struct kind *find_kind(const char *event);
const struct kind *kind_of(enum topic topic);

bool is_access(const struct sample *sample);

/* The pin that it is about, also of an access to or a selection of its RTE, or -1 */
int sample_pin(const struct sample *sample);

/* What --kind takes: accesses of guests are accesses, and gaps are always told. NULL if no more. */
const char *topic_name(unsigned int nth);
bool topic_is(enum topic topic, const char *name);

#endif
