// SPDX-License-Identifier: GPL-2.0
/* How a simulated I/O APIC is broken, in words. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "parse.h"
#include "vioapic.h"

static const char *const names[VIOAPIC_FAULT_KINDS] = {
	[VIOAPIC_FAULT_STUCK_IRR] = "stuck-irr",
	[VIOAPIC_FAULT_DROP_EOI] = "drop-eoi",
	[VIOAPIC_FAULT_DROP_WRITE] = "drop-write",
	[VIOAPIC_FAULT_TORN_WRITE] = "torn-write",
	[VIOAPIC_FAULT_ONES] = "ones",
	[VIOAPIC_FAULT_LOST_INDEX] = "lost-index",
	[VIOAPIC_FAULT_DELAY] = "delay",
	[VIOAPIC_FAULT_DUPLICATE] = "duplicate",
	[VIOAPIC_FAULT_SPURIOUS] = "spurious",
};

const char *fault_name(unsigned int kind)
{
	return kind < ARRAY_SIZE(names) ? names[kind] : NULL;
}

static bool takes_time(unsigned int kind)
{
	return kind == VIOAPIC_FAULT_DELAY || kind == VIOAPIC_FAULT_DUPLICATE;
}

/* -1 stands for "no limit" and for "any". */
static bool parse_signed(const char *word, __s32 *value)
{
	__u64 number = 0;
	bool ok = !strcmp(word, "-1") || parse_number(word, 0, INT32_MAX, &number);

	if (ok)
		*value = *word == '-' ? -1 : (__s32)number;
	return ok;
}

static bool parse_unsigned(const char *word, __u32 *value)
{
	__u64 number;
	bool ok = parse_number(word, 0, UINT32_MAX, &number);

	if (ok)
		*value = number;
	return ok;
}

static bool parse_attribute(const char *name, const char *number, struct vioapic_fault_attr *attr)
{
	if (!strcmp(name, "probability"))
		return parse_unsigned(number, &attr->probability);
	if (!strcmp(name, "interval"))
		return parse_unsigned(number, &attr->interval);
	if (!strcmp(name, "times"))
		return parse_signed(number, &attr->times);
	if (!strcmp(name, "pin"))
		return parse_signed(number, &attr->pin);
	if (!strcmp(name, "seed"))
		return parse_number(number, 0, UINT64_MAX, &attr->seed);
	if (!strcmp(name, "usecs"))
		return parse_unsigned(number, &attr->usecs);
	return false;
}

static bool parse_attributes(char *words, struct vioapic_fault_attr *attr, char *why)
{
	char *word, *number;

	while ((word = strsep(&words, ","))) {
		if (!strcmp(word, "always"))
			continue;
		if (!strcmp(word, "once")) {
			attr->times = 1;
			continue;
		}
		number = strchr(word, '=');
		if (number)
			*number++ = '\0';
		if (number && parse_attribute(word, number, attr))
			continue;
		snprintf(why, FAULT_LEN,
			 "no '%s%s%s': once, always, off, or probability=, interval=, times=, seed=, pin=, usecs= and a number",
			 word, number ? "=" : "", number ? number : "");
		return false;
	}
	return true;
}

/* As the module does; which pins there are, it knows. */
static const char *wrong_in(const struct vioapic_sim_fault *fault)
{
	const struct vioapic_fault_attr *attr = &fault->attr;

	if (attr->probability > 100)
		return "probability is in percent: 0 to 100";
	if (!attr->interval || attr->interval > INT32_MAX)
		return "interval is 1 for every opportunity, n for every nth";
	if (!attr->times)
		return "times is 1 or more, or -1 for no limit";
	if (!takes_time(fault->kind) && attr->usecs)
		return "only delay and duplicate have usecs";
	if (attr->usecs > VIOAPIC_FAULT_USECS_MAX ||
	    (fault->kind == VIOAPIC_FAULT_DELAY && !attr->usecs))
		return "usecs is 1 to 10000000, of duplicate also 0";
	return NULL;
}

static void refuse_kind(const char *kind, char *why)
{
	size_t i, used;

	used = snprintf(why, FAULT_LEN, "no fault '%s': there are", kind);
	for (i = 0; i < ARRAY_SIZE(names) && used < FAULT_LEN; i++)
		used += snprintf(why + used, FAULT_LEN - used, "%s %s", i ? "," : "", names[i]);
}

bool fault_parse(const char *word, struct vioapic_sim_fault *request, char *why)
{
	char text[FAULT_LEN / 2], *attributes = text, *kind;
	const char *wrong;
	unsigned int i;

	if (strlen(word) >= sizeof(text)) {
		snprintf(why, FAULT_LEN, "too long: '%.40s...'", word);
		return false;
	}
	memcpy(text, word, strlen(word) + 1);
	memset(&request->attr, 0, sizeof(request->attr));
	request->action = VIOAPIC_FAULT_OFF;
	if (!strcmp(text, "off")) {
		request->kind = VIOAPIC_FAULT_ALL;
		return true;
	}
	kind = strsep(&attributes, "=");
	for (i = 0; i < ARRAY_SIZE(names) && strcmp(kind, names[i]) != 0; i++)
		;
	if (i == ARRAY_SIZE(names)) {
		refuse_kind(kind, why);
		return false;
	}
	request->kind = i;
	if (attributes && !strcmp(attributes, "off"))
		return true;
	request->action = VIOAPIC_FAULT_SET;
	request->attr = (struct vioapic_fault_attr) {
		.probability = 100, .interval = 1, .times = -1, .pin = -1,
		.usecs = takes_time(i) ? VIOAPIC_FAULT_USECS : 0,
	};
	if (attributes && !parse_attributes(attributes, &request->attr, why))
		return false;
	wrong = wrong_in(request);
	if (wrong)
		snprintf(why, FAULT_LEN, "%s", wrong);
	return !wrong;
}

const char *fault_text(const struct vioapic_sim_fault *fault, char *buf)
{
	const struct vioapic_fault_attr *attr = &fault->attr;
	const char *name = fault_name(fault->kind);
	int length;

	length = snprintf(buf, FAULT_LEN,
			  "%s=probability=%u,interval=%u,times=%d,seed=%llu,pin=%d",
			  name ? name : "unknown", attr->probability, attr->interval, attr->times,
			  attr->seed, attr->pin);
	if (takes_time(fault->kind))
		snprintf(buf + length, FAULT_LEN - length, ",usecs=%u", attr->usecs);
	return buf;
}
