// SPDX-License-Identifier: GPL-2.0
/* I/O APIC registers in words. */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>

#include "decode.h"
#include "vioapic.h"

struct rte rte_decode(__u64 raw)
{
	struct rte rte = {
		.vector = raw & 0xff,
		.delivery = (raw >> 8) & 7,
		.logical = raw >> 11 & 1,
		.pending = raw >> 12 & 1,
		.active_low = raw >> 13 & 1,
		.remote_irr = raw >> 14 & 1,
		.level = raw >> 15 & 1,
		.masked = raw >> 16 & 1,
		.remapped = raw >> 48 & 1,
	};

	if (rte.remapped)
		rte.handle = (raw >> 49 & 0x7fff) | (raw >> 11 & 1) << 15;
	else
		rte.dest = (raw >> 56 & 0xff) | (raw >> 49 & 0x7f) << 8;
	return rte;
}

const char *delivery_name(unsigned int delivery)
{
	static const char *const names[] = {
		"fixed", "lowest", "smi", "reserved3", "nmi", "init", "reserved6", "extint",
	};

	return names[delivery & 7];
}

/* A text of DECODE_LEN being put together */
struct text {
	char *buf;
	size_t used;
};

static struct text text_begin(char *buf)
{
	buf[0] = '\0';
	return (struct text){ .buf = buf };
}

/* Cuts off what does not fit. */
static void __attribute__((format(printf, 3, 4)))
text_add(struct text *text, const char *separator, const char *format, ...)
{
	va_list ap;

	if (text->used)
		text->used += snprintf(text->buf + text->used, DECODE_LEN - text->used,
				       "%s", separator);
	if (text->used < DECODE_LEN) {
		va_start(ap, format);
		text->used += vsnprintf(text->buf + text->used, DECODE_LEN - text->used,
					format, ap);
		va_end(ap);
	}
	if (text->used >= DECODE_LEN)
		text->used = DECODE_LEN - 1;
}

const char *register_name(unsigned int index, char *buf)
{
	static const char *const names[] = {
		[REG_ID] = "ID",
		[REG_VERSION] = "VERSION",
		[REG_ARB] = "ARB",
		[REG_BOOT] = "BOOT",
	};

	if (index < ARRAY_SIZE(names))
		snprintf(buf, DECODE_LEN, "%s", names[index]);
	else if (index >= REG_RTE)
		snprintf(buf, DECODE_LEN, "RTE %u %s", (index - REG_RTE) / 2,
			 index & 1 ? "high" : "low");
	else
		snprintf(buf, DECODE_LEN, "register 0x%02x", index);
	return buf;
}

/* Bits 0-31.  When remapped, what would be the destination mode is a part of the handle. */
static void add_low(struct text *text, const struct rte *rte)
{
	text_add(text, " ", "vector 0x%02x %s", rte->vector, delivery_name(rte->delivery));
	if (!rte->remapped)
		text_add(text, " ", "%s", rte->logical ? "logical" : "physical");
	text_add(text, " ", "%s %s %s", rte->level ? "level" : "edge",
		 rte->active_low ? "low" : "high", rte->masked ? "masked" : "unmasked");
	if (rte->remote_irr)
		text_add(text, " ", "remote-irr");
	if (rte->pending)
		text_add(text, " ", "pending");
}

static void add_high(struct text *text, const struct rte *rte)
{
	if (rte->remapped)
		text_add(text, " ", "handle %u", rte->handle);
	else
		text_add(text, " ", "dest %u", rte->dest);
}

const char *register_text(unsigned int index, __u32 value, char *buf)
{
	struct text text = text_begin(buf);
	struct rte rte;

	if (index >= REG_RTE && index & 1) {
		rte = rte_decode((__u64)value << 32);
		/* Bit 15 of a handle is in the other half. */
		if (rte.remapped)
			text_add(&text, "", "handle bits 0-14: %u", rte.handle);
		else
			add_high(&text, &rte);
	} else if (index >= REG_RTE) {
		rte = rte_decode(value);
		add_low(&text, &rte);
	} else if (index == REG_ID) {
		text_add(&text, "", "ID %u", value >> 24);
	} else if (index == REG_VERSION) {
		text_add(&text, "", "version 0x%02x, %u pins", value & 0xff,
			 (value >> 16 & 0xff) + 1);
	} else if (index == REG_ARB) {
		text_add(&text, "", "arbitration ID %u", value >> 24 & 0xf);
	} else if (index == REG_BOOT) {
		text_add(&text, "", "%s delivery", value & 1 ? "front side bus" : "APIC bus");
	}
	return buf;
}

const char *rte_text(__u64 raw, char *buf)
{
	struct text text = text_begin(buf);
	struct rte rte = rte_decode(raw);

	add_low(&text, &rte);
	add_high(&text, &rte);
	return buf;
}

static void add_change(struct text *text, bool old, bool new, const char *clear, const char *set)
{
	if (old != new)
		text_add(text, ", ", "%s -> %s", old ? set : clear, new ? set : clear);
}

const char *rte_diff_text(__u64 old, __u64 new, char *buf)
{
	struct text text = text_begin(buf);
	struct rte a = rte_decode(old), b = rte_decode(new);
	/* What is said here; the rest is reserved */
	const __u64 known = 0xffff00000001ffffULL;

	add_change(&text, a.masked, b.masked, "unmasked", "masked");
	if (a.vector != b.vector)
		text_add(&text, ", ", "vector 0x%02x -> 0x%02x", a.vector, b.vector);
	if (a.delivery != b.delivery)
		text_add(&text, ", ", "%s -> %s", delivery_name(a.delivery),
			 delivery_name(b.delivery));
	add_change(&text, a.level, b.level, "edge", "level");
	add_change(&text, a.active_low, b.active_low, "high", "low");
	if (a.remapped != b.remapped) {
		text_add(&text, ", ", "%s %u -> %s %u",
			 a.remapped ? "handle" : "dest", a.remapped ? a.handle : a.dest,
			 b.remapped ? "handle" : "dest", b.remapped ? b.handle : b.dest);
	} else if (a.remapped) {
		if (a.handle != b.handle)
			text_add(&text, ", ", "handle %u -> %u", a.handle, b.handle);
	} else {
		add_change(&text, a.logical, b.logical, "physical", "logical");
		if (a.dest != b.dest)
			text_add(&text, ", ", "dest %u -> %u", a.dest, b.dest);
	}
	add_change(&text, a.remote_irr, b.remote_irr, "no remote-irr", "remote-irr");
	add_change(&text, a.pending, b.pending, "idle", "pending");
	if ((old ^ new) & ~known)
		text_add(&text, ", ", "reserved bits 0x%llx -> 0x%llx", old & ~known, new & ~known);
	if (!text.used)
		text_add(&text, "", "unchanged");
	return buf;
}

struct json_object *rte_json(unsigned int pin, __u32 gsi, __u64 raw)
{
	struct json_object *object = json_object_new_object();
	struct rte rte = rte_decode(raw);
	char hex[32];

	snprintf(hex, sizeof(hex), "0x%016llx", raw);
	json_object_object_add(object, "pin", json_object_new_int64(pin));
	json_object_object_add(object, "gsi", json_object_new_int64(gsi));
	json_object_object_add(object, "rte", json_object_new_string(hex));
	json_object_object_add(object, "vector", json_object_new_int(rte.vector));
	json_object_object_add(object, "delivery_mode", json_object_new_int(rte.delivery));
	json_object_object_add(object, "logical", json_object_new_int(rte.logical));
	json_object_object_add(object, "dest", rte.remapped ? NULL : json_object_new_int(rte.dest));
	json_object_object_add(object, "level", json_object_new_int(rte.level));
	json_object_object_add(object, "active_low", json_object_new_int(rte.active_low));
	json_object_object_add(object, "masked", json_object_new_int(rte.masked));
	json_object_object_add(object, "remote_irr", json_object_new_int(rte.remote_irr));
	json_object_object_add(object, "delivery_status", json_object_new_int(rte.pending));
	json_object_object_add(object, "handle",
			       rte.remapped ? json_object_new_int(rte.handle) : NULL);
	return object;
}
