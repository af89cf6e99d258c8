// SPDX-License-Identifier: GPL-2.0
/* The tracepoints vioapic:*, their fields and how a line of each reads. */
#include <stdio.h>
#include <string.h>

#include "decode.h"
#include "device.h"
#include "events.h"
#include "vioapic.h"

static void print_what(FILE *out, const struct sample *sample)
{
	const __u64 *field = sample->field;
	unsigned int index = field[ACCESS_INDEX], size = field[ACCESS_SIZE];
	unsigned long long value = field[ACCESS_VALUE];
	bool write = field[ACCESS_WRITE];
	char name[DECODE_LEN], text[DECODE_LEN];

	fprintf(out, "%-5s ", write ? "write" : "read");
	switch (field[ACCESS_OFFSET]) {
	case OFFSET_IOREGSEL:
		fprintf(out, "IOREGSEL %s0x%02llx (%s)", write ? "" : "= ", value,
			register_name(value, name));
		break;
	case OFFSET_IOWIN:
		fprintf(out, "IOWIN  %s = 0x%0*llx", register_name(index, name), (int)size * 2,
			value);
		if (size == sizeof(__u32) && *register_text(index, value, text))
			fprintf(out, ": %s", text);
		break;
	case OFFSET_EOI:
		fprintf(out, "EOI vector 0x%02llx", value);
		break;
	default:
		fprintf(out, "offset 0x%02llx = 0x%0*llx", field[ACCESS_OFFSET], (int)size * 2,
			value);
	}
	if (size != sizeof(__u32))
		fprintf(out, " (%u byte%s)", size, size == 1 ? "" : "s");
}

static void print_access(FILE *out, const struct sample *sample, const char *caller)
{
	print_what(out, sample);
	fprintf(out, "  %s  [%s]", caller, sample->field[ACCESS_HW] ? "hw" : "shadow");
}

static void print_guest_access(FILE *out, const struct sample *sample, const char *caller)
{
	(void)caller;
	print_what(out, sample);
	fprintf(out, "  vcpu %llu at 0x%llx", sample->field[ACCESS_VCPU], sample->field[ACCESS_IP]);
}

static void print_route(FILE *out, const struct sample *sample, const char *caller)
{
	char text[DECODE_LEN];

	(void)caller;
	fprintf(out, "route pin %llu: %s", sample->field[ROUTE_PIN],
		rte_diff_text(sample->field[ROUTE_OLD], sample->field[ROUTE_NEW], text));
}

static void print_eoi(FILE *out, const struct sample *sample, const char *caller)
{
	(void)caller;
	fprintf(out, "eoi   vector 0x%02llx", sample->field[EOI_VECTOR]);
}

static void print_refuse(FILE *out, const struct sample *sample, const char *caller)
{
	char name[DECODE_LEN];

	(void)caller;
	fprintf(out, "refused %s = 0x%08llx: it is 0x%08llx",
		register_name(sample->field[REFUSE_INDEX], name), sample->field[REFUSE_WANTED],
		sample->field[REFUSE_HAS]);
}

static void print_deliver(FILE *out, const struct sample *sample, const char *caller)
{
	char text[DECODE_LEN];

	(void)caller;
	fprintf(out, "deliver pin %llu: %s%s", sample->field[DELIVER_PIN],
		rte_text(sample->field[DELIVER_RTE], text),
		sample->field[DELIVER_ACCEPTED] ? "" : ", not accepted");
}

static void print_fault(FILE *out, const struct sample *sample, const char *caller)
{
	(void)caller;
	fprintf(out, "fault %s", sample->text);
	if (sample_pin(sample) >= 0)
		fprintf(out, " pin %d", sample_pin(sample));
}

static void print_state(FILE *out, const struct sample *sample, const char *caller)
{
	(void)caller;
	fprintf(out, "state %s", state_name(sample->field[STATE_STATE]));
}

#define FIELDS_OF_ACCESS			\
	[ACCESS_IP] = "ip",			\
	[ACCESS_OFFSET] = "offset",		\
	[ACCESS_SIZE] = "size",			\
	[ACCESS_WRITE] = "write",		\
	[ACCESS_INDEX] = "index",		\
	[ACCESS_HW] = "hw",			\
	[ACCESS_VALUE] = "value",		\
	[ACCESS_VCPU] = "vcpu"

static void print_lost(FILE *out, const struct sample *sample, const char *caller)
{
	(void)caller;
	if (sample->field[LOST_COUNT] == FIELD_UNKNOWN)
		fprintf(out, "events lost here");
	else
		fprintf(out, "%llu events lost here", sample->field[LOST_COUNT]);
}

const struct kind kind_lost = {
	.topic = TOPIC_LOST,
	.count = LOST_FIELDS,
	.print = print_lost,
};

static const struct kind kinds[] = {
	{
		.event = "access",
		.topic = TOPIC_ACCESS,
		.fields = { FIELDS_OF_ACCESS },
		.count = ACCESS_FIELDS,
		.print = print_access,
	}, {
		.event = "guest_access",
		.topic = TOPIC_GUEST_ACCESS,
		.fields = { FIELDS_OF_ACCESS },
		.count = ACCESS_FIELDS,
		.print = print_guest_access,
	}, {
		.event = "route",
		.topic = TOPIC_ROUTE,
		.fields = { [ROUTE_PIN] = "pin", [ROUTE_OLD] = "old", [ROUTE_NEW] = "new" },
		.count = ROUTE_FIELDS,
		.print = print_route,
	}, {
		.event = "refuse",
		.topic = TOPIC_REFUSE,
		.fields = {
			[REFUSE_INDEX] = "index",
			[REFUSE_WANTED] = "wanted",
			[REFUSE_HAS] = "has",
		},
		.count = REFUSE_FIELDS,
		.print = print_refuse,
	}, {
		.event = "eoi",
		.topic = TOPIC_EOI,
		.fields = { [EOI_VECTOR] = "vector" },
		.count = EOI_FIELDS,
		.print = print_eoi,
	}, {
		.event = "deliver",
		.topic = TOPIC_DELIVER,
		.fields = {
			[DELIVER_PIN] = "pin",
			[DELIVER_RTE] = "rte",
			[DELIVER_ACCEPTED] = "accepted",
		},
		.count = DELIVER_FIELDS,
		.print = print_deliver,
	}, {
		.event = "fault",
		.topic = TOPIC_FAULT,
		.fields = { [FAULT_PIN] = "pin" },
		.count = FAULT_FIELDS,
		.text = "kind",
		.print = print_fault,
	}, {
		.event = "state",
		.topic = TOPIC_STATE,
		.fields = { [STATE_STATE] = "state" },
		.count = STATE_FIELDS,
		.print = print_state,
	},
};

const struct kind *find_kind(const char *event)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].event, event))
			return &kinds[i];
	return NULL;
}

const struct kind *kind_of(enum topic topic)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].topic == topic)
			return &kinds[i];
	return topic == TOPIC_LOST ? &kind_lost : NULL;
}

bool is_access(const struct sample *sample)
{
	return sample->kind->topic == TOPIC_ACCESS || sample->kind->topic == TOPIC_GUEST_ACCESS;
}

static int register_pin(__u64 index)
{
	return index >= REG_RTE ? (int)(index - REG_RTE) / 2 : -1;
}

int sample_pin(const struct sample *sample)
{
	const __u64 *field = sample->field;

	switch (sample->kind->topic) {
	case TOPIC_ACCESS:
	case TOPIC_GUEST_ACCESS:
		/* Of a selection, what is selected then */
		if (field[ACCESS_OFFSET] == OFFSET_IOREGSEL || field[ACCESS_OFFSET] == OFFSET_IOWIN)
			return register_pin(field[ACCESS_INDEX]);
		return -1;
	case TOPIC_REFUSE:
		return register_pin(field[REFUSE_INDEX]);
	case TOPIC_ROUTE:
		return field[ROUTE_PIN];
	case TOPIC_DELIVER:
		return field[DELIVER_PIN];
	case TOPIC_FAULT:
		/* -1, whatever width it has come through */
		return (__s16)field[FAULT_PIN];
	default:
		return -1;
	}
}

static const char *const topics[] = {
	[TOPIC_ACCESS] = "access",
	[TOPIC_GUEST_ACCESS] = "access",
	[TOPIC_ROUTE] = "route",
	[TOPIC_REFUSE] = "refuse",
	[TOPIC_EOI] = "eoi",
	[TOPIC_DELIVER] = "deliver",
	[TOPIC_FAULT] = "fault",
	[TOPIC_STATE] = "state",
};

const char *topic_name(unsigned int nth)
{
	nth += TOPIC_GUEST_ACCESS;
	return nth < ARRAY_SIZE(topics) ? topics[nth] : NULL;
}

bool topic_is(enum topic topic, const char *name)
{
	return topic < ARRAY_SIZE(topics) && !strcmp(topics[topic], name);
}
