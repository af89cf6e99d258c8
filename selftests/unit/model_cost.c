// SPDX-License-Identifier: GPL-2.0
/*
 * Calls of virt/model/model.c for callgrind to count the instructions of, one at a
 * time: see model_cost_test.sh.  Without callgrind it only checks that each call
 * does what it is there for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>
#include <vioapic/model.h>

#define VECTOR	0x31
#define LEVEL	(VIOAPIC_RTE_LEVEL | VECTOR)
#define EDGE	VECTOR
#define MASKED	VIOAPIC_RTE_MASKED
#define LOW	VIOAPIC_RTE_ACTIVE_LOW
#define DEST	VIOAPIC_RTE_DEST
#define ALL	(~0ULL)

static struct vioapic_model m;
static struct vioapic_effects fx;
static unsigned int pin;		/* the one that is looked at: the last */
static char name[128];			/* of the model, then of the call */

/* What the pin is made to be before the write that counts */
enum before { AT_REST, ASSERTED, WAITING, IN_SERVICE, IN_SERVICE_FALLEN, STORM, HELD, STUCK };

struct form {
	const char *name;
	enum before before;
	unsigned int reg;	/* 0: low half of the RTE, 1: high half; else the ID, index 0 */
	u64 from, to;		/* RTE, or ID */
	u32 owner, shadow;	/* what has to follow */
};

#define ROUTE	VIOAPIC_FX_ROUTE
#define SENDS	(VIOAPIC_FX_ROUTE | VIOAPIC_FX_DELIVER)
#define HOLDS	(VIOAPIC_FX_ROUTE | VIOAPIC_FX_STORM)
#define ID	2
#define FX_ID	VIOAPIC_FX_ID

static const struct form writes[] = {
	{ "same value",		  AT_REST,	0, LEVEL, LEVEL, 0, 0 },
	{ "ID",			  AT_REST,	ID, 10 << 24, 5 << 24, FX_ID, FX_ID },
	{ "mask",		  AT_REST,	0, LEVEL, LEVEL | MASKED, ROUTE, ROUTE },
	{ "unmask",		  AT_REST,	0, LEVEL | MASKED, LEVEL, ROUTE, ROUTE },
	{ "unmask, edge",	  ASSERTED,	0, EDGE | MASKED, EDGE, ROUTE, ROUTE },
	{ "all bits",		  AT_REST,	0, 0, 0x1afff, ROUTE, ROUTE },
	{ "destination",	  AT_REST,	1, LEVEL, DEST | LEVEL, ROUTE, ROUTE },
	{ "unmask, sends",	  ASSERTED,	0, LEVEL | MASKED, LEVEL, SENDS, ROUTE },
	{ "vector, sends",	  WAITING,	0, LEVEL, LEVEL + 1, SENDS, ROUTE },
	{ "polarity, sends",	  AT_REST,	0, LEVEL | LOW, LEVEL, ROUTE, ROUTE },
	{ "level mode, sends",	  ASSERTED,	0, EDGE, LEVEL, SENDS, ROUTE },
	{ "destination, sends",	  WAITING,	1, LEVEL, DEST | LEVEL, SENDS, ROUTE },
	{ "mask in service",	  IN_SERVICE,	0, LEVEL, LEVEL | MASKED, ROUTE, ROUTE },
	{ "edge mode in service", IN_SERVICE,	0, LEVEL, EDGE, ROUTE, ROUTE },
	{ "edge mode, line fell", IN_SERVICE_FALLEN, 0, LEVEL, EDGE | MASKED, ROUTE, ROUTE },
	{ "edge mode once more, stuck", STUCK,	0, EDGE, EDGE, 0, 0 },
	{ "level mode, stuck",	  STUCK,	0, EDGE, LEVEL, ROUTE, ROUTE },
	{ "level mode, storm",	  STORM,	0, LEVEL | MASKED, LEVEL, HOLDS, ROUTE },
	{ "vector, held",	  HELD,		0, LEVEL, LEVEL + 1, ROUTE, ROUTE },
	{ "destination, held",	  HELD,		1, LEVEL, DEST | LEVEL, ROUTE, ROUTE },
};

#define EOI	VIOAPIC_FX_EOI

static const struct form eois[] = {
	{ "EOI, nothing in service", AT_REST,	0, LEVEL, VECTOR, EOI, EOI },
	{ "EOI, another vector",  IN_SERVICE,	0, LEVEL, VECTOR + 1, EOI, EOI },
	{ "EOI",		  IN_SERVICE_FALLEN, 0, LEVEL, VECTOR, EOI, EOI },
	{ "EOI, masked",	  IN_SERVICE,	0, LEVEL | MASKED, VECTOR, EOI, EOI },
	{ "EOI, redelivers",	  IN_SERVICE,	0, LEVEL, VECTOR, EOI | VIOAPIC_FX_DELIVER, EOI },
	{ "EOI, storm",		  STORM,	0, LEVEL, VECTOR, EOI | VIOAPIC_FX_STORM, EOI },
};

static void failed(void)
{
	fprintf(stderr, "model_cost: this is not what %s does: %#x\n", name, fx.what);
	exit(1);
}

/* From here to the end of the call, callgrind counts: --toggle-collect=vioapic_model_* */
static u64 count_read(unsigned int offset, unsigned int size)
{
	u64 value;

	CALLGRIND_ZERO_STATS;
	value = vioapic_model_read(&m, offset, size, &fx);
	CALLGRIND_DUMP_STATS_AT(name);
	return value;
}

static void count_write(unsigned int offset, unsigned int size, u64 value)
{
	CALLGRIND_ZERO_STATS;
	vioapic_model_write(&m, offset, size, value, &fx);
	CALLGRIND_DUMP_STATS_AT(name);
}

static void count_line(bool high)
{
	CALLGRIND_ZERO_STATS;
	vioapic_model_set_line(&m, pin, high, &fx);
	CALLGRIND_DUMP_STATS_AT(name);
}

static void prepare_register(unsigned int index, u32 value)
{
	vioapic_model_write(&m, VIOAPIC_IOREGSEL, 4, index, &fx);
	vioapic_model_write(&m, VIOAPIC_IOWIN, 4, value, &fx);
}

static void prepare_rte(u64 rte)
{
	prepare_register(VIOAPIC_REG_RTE + 2 * pin + 1, rte >> 32);
	prepare_register(VIOAPIC_REG_RTE + 2 * pin, rte);
}

static void prepare(enum before before, u64 rte)
{
	vioapic_model_reset(&m, &fx);
	vioapic_model_set_line(&m, pin, false, &fx);
	m.storm_limit = VIOAPIC_STORM_LIMIT;
	if (before == AT_REST) {
		prepare_rte(rte);
		return;
	}
	if (before == ASSERTED) {
		prepare_rte(rte);
		vioapic_model_set_line(&m, pin, true, &fx);
		return;
	}
	prepare_rte(LEVEL);
	vioapic_model_set_line(&m, pin, true, &fx);
	vioapic_model_delivered(&m, pin, before != WAITING);
	if (before == IN_SERVICE_FALLEN)
		vioapic_model_set_line(&m, pin, false, &fx);
	if (before == HELD) {
		m.storm_limit = 1;
		vioapic_model_eoi(&m, VECTOR, &fx);
	}
	prepare_rte(rte);
	if (before == STUCK)
		vioapic_model_stick(&m, pin, &fx);
	if (before == STORM) {
		m.storm_limit = 1;
		/* Nothing in service any more, but in eois[], where that is for the EOI to end */
		if (rte & MASKED)
			vioapic_model_eoi(&m, VECTOR, &fx);
		m.redeliver[pin] = 1;
	}
}

static void begin_name(const char *what, unsigned int offset, unsigned int size)
{
	snprintf(name, sizeof(name), "%s of %u at %#x: %s, %s %s, %u pins",
		 strchr(what, ':') ? "read" : "write", size, offset, what,
		 m.chip->name, m.role == VIOAPIC_OWNER ? "owner" : "shadow", m.pins);
}

static void count_writes(const struct form *form)
{
	unsigned int offset, size, index = 0;
	u32 to = form->to, expected;

	if (form->reg != ID)
		index = VIOAPIC_REG_RTE + 2 * pin + form->reg;
	if (form->reg == 1)
		to = form->to >> 32;
	expected = m.role == VIOAPIC_OWNER ? form->owner : form->shadow;
	for (offset = VIOAPIC_IOWIN - 7; offset < VIOAPIC_IOWIN + 4; offset++) {
		for (size = 1; size <= 8; size *= 2) {
			int at = offset - VIOAPIC_IOWIN;
			u64 value = at > 0 ? to >> 8 * at : (u64)to << 8 * -at;

			if (at + (int)size <= 0)
				continue;
			begin_name(form->name, offset, size);
			if (form->reg == ID)
				prepare_register(0, form->from);
			else
				prepare(form->before, form->from);
			vioapic_model_write(&m, VIOAPIC_IOREGSEL, 4, index, &fx);
			count_write(offset, size, value);
			/* Who writes all of the register sees all of what follows */
			if (at <= 0 && at + (int)size >= 4 && fx.what != expected)
				failed();
		}
	}
}

static void count_eois(const struct form *form)
{
	unsigned int offset, size;
	u32 expected = m.role == VIOAPIC_OWNER ? form->owner : form->shadow;

	if (!m.chip->has_eoi)
		expected = 0;
	for (offset = VIOAPIC_EOI - 7; offset <= VIOAPIC_EOI; offset++) {
		for (size = 1; size <= 8; size *= 2) {
			if (offset + size <= VIOAPIC_EOI)
				continue;
			begin_name(form->name, offset, size);
			prepare(form->before, form->from);
			count_write(offset, size, form->to << 8 * (VIOAPIC_EOI - offset));
			if (fx.what != expected)
				failed();
		}
	}
}

/* All the rest of the page is like one of these */
static void count_elsewhere(void)
{
	static const unsigned int offsets[] = {
		0, 1, 2, 3, 4, 8, 0x14, 0x20, 0x38, 0x41, 0x44, 0xff8, 0xfff,
	};
	unsigned int i, size;

	prepare(IN_SERVICE, LEVEL);
	for (i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		for (size = 0; size <= 9; size++) {
			begin_name("elsewhere", offsets[i], size);
			count_write(offsets[i], size, ALL);
			begin_name("elsewhere:", offsets[i], size);
			count_read(offsets[i], size);
		}
	}
}

static void count_reads(const char *what, unsigned int index, u32 expected)
{
	unsigned int offset, size;

	vioapic_model_write(&m, VIOAPIC_IOREGSEL, 4, index, &fx);
	for (offset = VIOAPIC_IOWIN - 7; offset < VIOAPIC_IOWIN + 4; offset++) {
		for (size = 0; size <= 9; size++) {
			begin_name(what, offset, size);
			count_read(offset, size);
			if (offset == VIOAPIC_IOWIN && size == 4 && fx.what != expected)
				failed();
		}
	}
}

static void count_lines(void)
{
	static const struct {
		const char *name;
		enum before before;
		u64 rte;
		bool high;
	} lines[] = {
		{ "line rises, edge",	AT_REST,	EDGE,		true },
		{ "line rises, level",	AT_REST,	LEVEL,		true },
		{ "line rises, masked",	AT_REST,	LEVEL | MASKED, true },
		{ "line falls",		WAITING,	LEVEL,		false },
		{ "line stays, level",	WAITING,	LEVEL,		true },
		{ "line stays, held",	HELD,		LEVEL,		true },
	};
	unsigned int i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		begin_name(lines[i].name, 0, 0);
		prepare(lines[i].before, lines[i].rte);
		count_line(lines[i].high);
	}
}

static void count_all(const char *chip, enum vioapic_role role, unsigned int pins)
{
	unsigned int i;

	if (vioapic_model_init(&m, vioapic_chip_find(chip), role, pins, 1))
		exit(1);
	pin = m.pins - 1;
	prepare(AT_REST, LEVEL);
	count_reads("low half:", VIOAPIC_REG_RTE + 2 * pin,
		    role == VIOAPIC_SHADOW ? VIOAPIC_FX_SAMPLE : 0);
	count_reads("high half:", VIOAPIC_REG_RTE + 2 * pin + 1, 0);
	count_reads("ID:", VIOAPIC_REG_ID, 0);
	count_reads("no register:", 0x0f, 0);
	count_elsewhere();
	for (i = 0; i < sizeof(writes) / sizeof(*writes); i++)
		count_writes(&writes[i]);
	for (i = 0; i < sizeof(eois) / sizeof(*eois); i++)
		count_eois(&eois[i]);
	if (role == VIOAPIC_OWNER)
		count_lines();
}

int main(void)
{
	static const struct { const char *chip; unsigned int pins; } models[] = {
		{ "generic240", 0 }, { "generic240", 1 }, { "pch120", 0 }, { "82093aa", 0 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(models) / sizeof(*models); i++) {
		count_all(models[i].chip, VIOAPIC_OWNER, models[i].pins);
		count_all(models[i].chip, VIOAPIC_SHADOW, models[i].pins);
	}
	return 0;
}
