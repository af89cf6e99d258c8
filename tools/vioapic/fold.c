// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses folded into what they mean.
 *
 * Software selects a register and accesses it, half an RTE at a time, masks what it
 * is about to change, reads back, and unmasks.  All that one CPU does to one pin without
 * anything else in between becomes one line, and so does a run of reads by one function.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "vioapic.h"

/* Whatever comes so much later is something else */
#define PAUSE_NS	1000000000ULL

#define TARGET_LEN	64

/* "CPU 1", or "dest 1" if it is no CPU that is online, or a guest's; returns whether it is one */
static bool set_target(const struct fold *fold, const struct rte *rte, char *text)
{
	char list[TARGET_LEN - sizeof("CPUs ")];
	int *online = NULL;
	size_t count = 0;

	if (fold->cpus)
		online = calloc(fold->cpus->count + 1, sizeof(*online));
	if (online && cpus_reached(fold->cpus, rte, online, &count) == REACH_CPUS)
		snprintf(text, TARGET_LEN, "CPU%s %s", count > 1 ? "s" : "",
			 cpus_text(online, count, list, sizeof(list)));
	else if (rte->remapped)
		snprintf(text, TARGET_LEN, "handle %u", rte->handle);
	else
		snprintf(text, TARGET_LEN, "dest %u", rte->dest);
	free(online);
	return count;
}

/* What changed but for the destination, "vector 0x31 to 0x41"; "" if nothing did */
static void set_change(__u64 old, __u64 now, char *buf)
{
	char text[DECODE_LEN];
	const char *from = rte_diff_text(old, now, text);
	char *to = buf;

	*buf = '\0';
	if (old == now)
		return;
	/* What only got masked or unmasked needs no "from" */
	if ((old ^ now) & RTE_MASKED)
		from = strstr(from, " -> ") + strlen(" -> ");
	while (*from && to < buf + DECODE_LEN - 1) {
		if (!strncmp(from, "->", 2)) {
			from += 2;
			to += snprintf(to, buf + DECODE_LEN - to, "to");
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

/* All that changed, "vector 0x31 to 0x41, CPU 1 to 2" */
static void set_changes(const struct fold *fold, __u64 old, __u64 now, char *buf, size_t size)
{
	struct rte a = rte_decode(old), b = rte_decode(now);
	char change[DECODE_LEN], from[TARGET_LEN], to[TARGET_LEN];
	bool cpus = set_target(fold, &a, from) & set_target(fold, &b, to);
	bool odd = a.remapped || b.remapped || !cpus;
	const char *behind = strchr(to, ' ') + 1;
	const __u64 target = RTE_TARGET | RTE_LOGICAL;

	/* If the destinations are no CPUs, the words are those of raw */
	set_change(old, odd ? now : (now & ~target) | (old & target), change);
	if (odd || (a.dest == b.dest && a.logical == b.logical))
		snprintf(buf, size, "%s", change);
	else if (!strcmp(from, to))
		snprintf(buf, size, "%s%s%s as before", change, *change ? ", " : "", to);
	else
		snprintf(buf, size, "%s%s%s to %s", change, *change ? ", " : "", from, behind);
}

/* "mask_ioapic_irq" of "mask_ioapic_irq+0x5c", and the module with it */
static void set_function(char *function, const char *caller)
{
	const char *offset = strchrnul(caller, '+');
	const char *module = strchrnul(offset, ' ');

	snprintf(function, FOLD_CALLER, "%.*s%s", (int)(offset - caller), caller, module);
}

static bool send_line(struct fold *fold, const struct sample *first, enum topic topic, int pin,
		      const char *text, const char *by)
{
	struct fold_line line = { .first = *first, .topic = topic, .pin = pin };

	snprintf(line.text, sizeof(line.text), "%s%s%s", text, *by ? ", by " : "", by);
	return fold->line(fold->data, &line);
}

/* An RTE that was changed, and perhaps changed back */
static bool end_route(struct fold *fold)
{
	char text[FOLD_LEN], changes[FOLD_LEN - DECODE_LEN / 2];
	const char *what = changes;

	if (fold->old != fold->now)
		set_changes(fold, fold->old, fold->now, changes, sizeof(changes));
	else if (fold->edge && fold->old & RTE_LEVEL)
		what = "service ended by edge mode";
	else if (fold->masked && !(fold->old & RTE_MASKED))
		what = "masked and unmasked again";
	else
		what = "changed and changed back";
	snprintf(text, sizeof(text), "pin %d: %s", fold->pin, what);
	return send_line(fold, &fold->first, TOPIC_ROUTE, fold->pin, text, fold->changer);
}

/* Accesses that have changed no RTE */
static bool end_accesses(struct fold *fold)
{
	const char *verb = fold->writes ? "written" : "read";
	char name[DECODE_LEN], value[DECODE_LEN], text[FOLD_LEN];
	unsigned int count = fold->writes ?: fold->reads;

	register_name(fold->index, name);
	register_text(fold->index, fold->value, value);
	if (fold->mixed)
		snprintf(text, sizeof(text), "%u registers read", count);
	else if (!count)
		snprintf(text, sizeof(text), "%s selected", name);
	else if (count == 1)
		snprintf(text, sizeof(text), "%s %s%s%s%s", name, verb, *value ? ": " : "", value,
			 fold->writes && fold->pin >= 0 ? ", unchanged" : "");
	else if (fold->pin >= 0)
		snprintf(text, sizeof(text), "pin %d: %s %u times%s", fold->pin, verb, count,
			 fold->writes ? ", unchanged" : "");
	else
		snprintf(text, sizeof(text), "%s %s %u times", name, verb, count);
	return send_line(fold, &fold->first, TOPIC_ACCESS, fold->pin, text, fold->caller);
}

static bool end_eoi(struct fold *fold)
{
	char text[FOLD_LEN];

	snprintf(text, sizeof(text), "EOI of vector 0x%02llx%s", fold->value & 0xff,
		 fold->ended ? "" : ", without effect");
	return send_line(fold, &fold->first, TOPIC_EOI, -1, text, fold->caller);
}

static void begin(struct fold *fold, const struct sample *sample, int pin)
{
	*fold = (struct fold){
		.line = fold->line,
		.data = fold->data,
		.cpus = fold->cpus,
		.first = *sample,
		.pin = pin,
	};
}

bool fold_end(struct fold *fold)
{
	bool enough = false;

	if (!fold->first.kind)
		return false;
	if (fold->eoi)
		enough = end_eoi(fold);
	else if (fold->routed)
		enough = end_route(fold);
	else
		enough = end_accesses(fold);
	fold->first.kind = NULL;
	return enough;
}

static bool is_close(const struct fold *fold, const struct sample *sample)
{
	return fold->first.kind && fold->first.cpu == sample->cpu &&
	       !strcmp(fold->first.name, sample->name) && sample->time - fold->last < PAUSE_NS;
}

/* Is an access of the registers one step more of the same? */
static bool belongs(const struct fold *fold, const struct sample *sample, const char *function,
		    int pin)
{
	bool iowin = sample->field[ACCESS_OFFSET] == OFFSET_IOWIN;
	bool read = iowin && !sample->field[ACCESS_WRITE];

	if (!is_close(fold, sample) || fold->eoi || fold->first.kind != sample->kind)
		return false;
	if (!fold->mixed && pin >= 0 && pin == fold->pin)
		return true;
	if (!fold->mixed && iowin && pin < 0 && fold->pin < 0 &&
	    fold->index == sample->field[ACCESS_INDEX])
		return true;
	/* One who reads many */
	return !fold->writes && fold->reads && (read || !iowin) && !strcmp(fold->caller, function);
}

static bool add_register(struct fold *fold, const struct sample *sample, const char *caller)
{
	bool iowin = sample->field[ACCESS_OFFSET] == OFFSET_IOWIN, enough = false;
	int pin = sample_pin(sample);
	char function[FOLD_CALLER];

	set_function(function, caller);
	if (!belongs(fold, sample, function, pin)) {
		enough = fold_end(fold);
		begin(fold, sample, pin);
		fold->index = sample->field[ACCESS_INDEX];
	}
	memcpy(fold->caller, function, sizeof(function));
	fold->last = sample->time;
	if (!iowin)
		return enough;
	/* A register of those that are no RTE's, or of another pin */
	if (fold->reads && !fold->writes &&
	    (pin != fold->pin || (pin < 0 && fold->index != sample->field[ACCESS_INDEX])))
		fold->mixed = true;
	fold->index = sample->field[ACCESS_INDEX];
	if (fold->mixed)
		fold->pin = -1;
	/* Reading back what was written does not change what was written */
	if (sample->field[ACCESS_WRITE] || !fold->writes)
		fold->value = sample->field[ACCESS_VALUE];
	if (sample->field[ACCESS_WRITE])
		fold->writes++;
	else
		fold->reads++;
	return enough;
}

static bool add_access(struct fold *fold, const struct sample *sample, const char *caller)
{
	const __u64 *field = sample->field;
	char text[FOLD_LEN];
	bool enough;

	if (field[ACCESS_SIZE] == sizeof(__u32) && field[ACCESS_OFFSET] == OFFSET_IOWIN)
		return add_register(fold, sample, caller);
	/* Whoever reads the index back does nothing */
	if (field[ACCESS_OFFSET] == OFFSET_IOREGSEL)
		return field[ACCESS_WRITE] && add_register(fold, sample, caller);
	enough = fold_end(fold);
	begin(fold, sample, -1);
	set_function(fold->caller, caller);
	fold->last = sample->time;
	fold->value = field[ACCESS_VALUE];
	if (field[ACCESS_OFFSET] == OFFSET_EOI && field[ACCESS_WRITE]) {
		fold->eoi = true;
		return enough;
	}
	fold->first.kind = NULL;
	snprintf(text, sizeof(text), "%s of %llu byte%s at offset 0x%02llx",
		 field[ACCESS_WRITE] ? "write" : "read", field[ACCESS_SIZE],
		 field[ACCESS_SIZE] == 1 ? "" : "s", field[ACCESS_OFFSET]);
	return send_line(fold, sample, TOPIC_ACCESS, sample_pin(sample), text, fold->caller) ||
	       enough;
}

static bool add_route(struct fold *fold, const struct sample *sample)
{
	__u64 old = sample->field[ROUTE_OLD], now = sample->field[ROUTE_NEW];
	int pin = sample->field[ROUTE_PIN];
	bool enough = false;

	/* A restore has no accesses. */
	if (!is_close(fold, sample) || fold->pin != pin || !fold->writes) {
		enough = fold_end(fold);
		begin(fold, sample, pin);
	}
	if (!fold->routed)
		fold->old = old;
	fold->routed = true;
	fold->now = now;
	fold->last = sample->time;
	fold->masked |= !!(now & RTE_MASKED);
	fold->edge |= !(now & RTE_LEVEL);
	if ((old ^ now) & ~RTE_MASKED || !*fold->changer)
		memcpy(fold->changer, fold->caller, sizeof(fold->changer));
	return enough;
}

static bool add_eoi(struct fold *fold, const struct sample *sample)
{
	bool enough = false;

	if (!is_close(fold, sample) || !fold->eoi || fold->ended) {
		/* By the local APICs, whose EOIs nobody writes here */
		enough = fold_end(fold);
		begin(fold, sample, -1);
		fold->eoi = true;
		fold->value = sample->field[EOI_VECTOR];
	}
	fold->ended = true;
	return enough;
}

static bool add_deliver(struct fold *fold, const struct sample *sample)
{
	struct rte rte = rte_decode(sample->field[DELIVER_RTE]);
	int pin = sample->field[DELIVER_PIN];
	char text[FOLD_LEN], to[TARGET_LEN];
	bool enough = fold_end(fold);

	set_target(fold, &rte, to);
	snprintf(text, sizeof(text), "pin %d: %s interrupt, vector 0x%02x to %s%s", pin,
		 rte.level ? "level" : "edge", rte.vector, to,
		 sample->field[DELIVER_ACCEPTED] ? "" : ", which nobody took");
	return send_line(fold, sample, TOPIC_DELIVER, pin, text, "") || enough;
}

/* Those that are lines of their own anyway */
static bool add_other(struct fold *fold, const struct sample *sample)
{
	bool enough = fold_end(fold);
	char text[FOLD_LEN] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	if (out) {
		sample->kind->print(out, sample, "");
		fclose(out);
	}
	return send_line(fold, sample, sample->kind->topic, sample_pin(sample), text, "") || enough;
}

bool fold_add(struct fold *fold, const struct sample *sample, const char *caller)
{
	switch (sample->kind->topic) {
	case TOPIC_ACCESS:
	case TOPIC_GUEST_ACCESS:
		return add_access(fold, sample, caller);
	case TOPIC_ROUTE:
		return add_route(fold, sample);
	case TOPIC_EOI:
		return add_eoi(fold, sample);
	case TOPIC_DELIVER:
		return add_deliver(fold, sample);
	default:
		return add_other(fold, sample);
	}
}
