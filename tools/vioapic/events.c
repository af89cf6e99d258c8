// SPDX-License-Identifier: GPL-2.0
/* The tracepoints vioapic:*, their fields and how a line of each reads. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "decode.h"
#include "device.h"
#include "events.h"
#include "vioapic.h"

/* vioapic:access, vioapic:guest_access */
enum {
	ACCESS_IP, ACCESS_OFFSET, ACCESS_SIZE, ACCESS_WRITE, ACCESS_INDEX, ACCESS_HW, ACCESS_VALUE,
	ACCESS_VCPU,
};

static void print_what(const struct sample *sample)
{
	const __u64 *field = sample->field;
	unsigned int index = field[ACCESS_INDEX], size = field[ACCESS_SIZE];
	unsigned long long value = field[ACCESS_VALUE];
	bool write = field[ACCESS_WRITE];
	char name[DECODE_LEN], text[DECODE_LEN];

	printf("%-5s ", write ? "write" : "read");
	switch (field[ACCESS_OFFSET]) {
	case OFFSET_IOREGSEL:
		printf("IOREGSEL %s0x%02llx (%s)", write ? "" : "= ", value,
		       register_name(value, name));
		break;
	case OFFSET_IOWIN:
		printf("IOWIN  %s = 0x%0*llx", register_name(index, name), (int)size * 2, value);
		if (size == sizeof(__u32) && *register_text(index, value, text))
			printf(": %s", text);
		break;
	case OFFSET_EOI:
		printf("EOI vector 0x%02llx", value);
		break;
	default:
		printf("offset 0x%02llx = 0x%0*llx", field[ACCESS_OFFSET], (int)size * 2,
		       value);
	}
	if (size != sizeof(__u32))
		printf(" (%u byte%s)", size, size == 1 ? "" : "s");
}

static void print_access(const struct sample *sample, const struct kallsyms *kallsyms)
{
	char symbol[256];

	print_what(sample);
	kallsyms_text(kallsyms, sample->field[ACCESS_IP], symbol, sizeof(symbol));
	printf("  %s  [%s]", symbol, sample->field[ACCESS_HW] ? "hw" : "shadow");
}

static void print_guest_access(const struct sample *sample, const struct kallsyms *kallsyms)
{
	(void)kallsyms;
	print_what(sample);
	printf("  vcpu %llu at 0x%llx", sample->field[ACCESS_VCPU], sample->field[ACCESS_IP]);
}

/* vioapic:route */
enum { ROUTE_PIN, ROUTE_OLD, ROUTE_NEW };

static void print_route(const struct sample *sample, const struct kallsyms *kallsyms)
{
	char text[DECODE_LEN];

	(void)kallsyms;
	printf("route pin %llu: %s", sample->field[ROUTE_PIN],
	       rte_diff_text(sample->field[ROUTE_OLD], sample->field[ROUTE_NEW], text));
}

static void print_eoi(const struct sample *sample, const struct kallsyms *kallsyms)
{
	(void)kallsyms;
	printf("eoi   vector 0x%02llx", sample->field[0]);
}

/* vioapic:refuse */
enum { REFUSE_INDEX, REFUSE_WANTED, REFUSE_HAS };

static void print_refuse(const struct sample *sample, const struct kallsyms *kallsyms)
{
	char name[DECODE_LEN];

	(void)kallsyms;
	printf("refused %s = 0x%08llx: it is 0x%08llx",
	       register_name(sample->field[REFUSE_INDEX], name), sample->field[REFUSE_WANTED],
	       sample->field[REFUSE_HAS]);
}

/* vioapic:deliver */
enum { DELIVER_PIN, DELIVER_RTE, DELIVER_ACCEPTED };

static void print_deliver(const struct sample *sample, const struct kallsyms *kallsyms)
{
	char text[DECODE_LEN];

	(void)kallsyms;
	printf("deliver pin %llu: %s%s", sample->field[DELIVER_PIN],
	       rte_text(sample->field[DELIVER_RTE], text),
	       sample->field[DELIVER_ACCEPTED] ? "" : ", not accepted");
}

static void print_state(const struct sample *sample, const struct kallsyms *kallsyms)
{
	(void)kallsyms;
	printf("state %s", state_name(sample->field[0]));
}

#define ACCESS_FIELDS				\
	[ACCESS_IP] = "ip",			\
	[ACCESS_OFFSET] = "offset",		\
	[ACCESS_SIZE] = "size",			\
	[ACCESS_WRITE] = "write",		\
	[ACCESS_INDEX] = "index",		\
	[ACCESS_HW] = "hw",			\
	[ACCESS_VALUE] = "value",		\
	[ACCESS_VCPU] = "vcpu"

static const struct kind kinds[] = {
	{
		.event = "access",
		.fields = { ACCESS_FIELDS },
		.print = print_access,
	}, {
		.event = "guest_access",
		.fields = { ACCESS_FIELDS },
		.print = print_guest_access,
	}, {
		.event = "route",
		.fields = { [ROUTE_PIN] = "pin", [ROUTE_OLD] = "old", [ROUTE_NEW] = "new" },
		.print = print_route,
	}, {
		.event = "refuse",
		.fields = {
			[REFUSE_INDEX] = "index",
			[REFUSE_WANTED] = "wanted",
			[REFUSE_HAS] = "has",
		},
		.print = print_refuse,
	}, {
		.event = "eoi",
		.fields = { "vector" },
		.print = print_eoi,
	}, {
		.event = "deliver",
		.fields = {
			[DELIVER_PIN] = "pin",
			[DELIVER_RTE] = "rte",
			[DELIVER_ACCEPTED] = "accepted",
		},
		.print = print_deliver,
	}, {
		.event = "state",
		.fields = { "state" },
		.print = print_state,
	},
};

static void print_lost(const struct sample *sample, const struct kallsyms *kallsyms)
{
	(void)kallsyms;
	if (sample->field[0] == FIELD_UNKNOWN)
		printf("events lost here");
	else
		printf("%llu events lost here", sample->field[0]);
}

const struct kind kind_lost = { .print = print_lost };

const struct kind *find_kind(const char *event)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].event, event))
			return &kinds[i];
	return NULL;
}
