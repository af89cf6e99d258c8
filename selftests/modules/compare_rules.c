// SPDX-License-Identifier: GPL-2.0
/*
 * Every difference between QEMU's I/O APIC and the model, with the datasheet's
 * verdict.  82093AA is Intel 290566-001, ICH10 is Intel 319973.
 *
 * A rule looks at the state before the step and the step, and explains only the
 * bits that this reason makes different, in the direction that it makes them so.
 */
#include "compare.h"

#define LOW_BYTE	0xffULL
#define VECTORS		0xffffffffULL
#define BOTH		3
#define ONLY_20		2

/* Of the register at @at */
static bool covers(const struct compare_step *st, unsigned int at)
{
	return st->offset < at + 4 && st->offset + st->size > at;
}

/* The same where registers repeat */
static bool covers_alias(const struct compare_step *st, unsigned int at)
{
	return covers(st, at + (st->offset & ~(COMPARE_ALIAS - 1)));
}

/* One or two whole registers, as the bus of the machine has it too */
static bool is_whole(const struct compare_step *st)
{
	return st->size >= 4 && !(st->offset & (st->size - 1));
}

/* @value of IOWIN as the access of @st sees it, at QEMU's idea of its offset */
static u64 seen(const struct compare_step *st, u32 value)
{
	int at = st->offset % COMPARE_ALIAS - VIOAPIC_IOWIN;
	u64 mask = st->size == 8 ? ~0ULL : BIT_ULL(8 * st->size) - 1;

	if (at <= -8 || at >= 4)
		return 0;
	return (at < 0 ? (u64)value << -8 * at : value >> 8 * at) & mask;
}

/* Messages that only one has sent, the last of their vector; a trigger mode is either's */
static u64 only(u64 sender, u64 other)
{
	return (sender & ~other & VECTORS) | ((sender ^ other) & ~VECTORS);
}

/* Can the write change register @index: the selected one, and what goes with it? */
static bool is_target(const struct compare_state *s, unsigned int index)
{
	const struct compare_step *st = &s->step;

	if (covers_alias(st, VIOAPIC_IOWIN))
		return index == st->index ||
		       (st->index == VIOAPIC_REG_ID && index == VIOAPIC_REG_ARB);
	return covers_alias(st, VIOAPIC_EOI) &&
	       index >= VIOAPIC_REG_RTE && !(index & 1);
}

/* The access does nothing in QEMU, and messages are only the model's */
static u64 qemu_stays(const struct compare_state *s, const struct compare_diff *d)
{
	switch (d->what) {
	case COMPARE_IOREGSEL:
		return d->qemu == s->step.index ? ~0ULL : 0;
	case COMPARE_REGISTER:
		return is_target(s, d->index) && d->qemu == s->was[d->index] ? ~0ULL : 0;
	case COMPARE_MESSAGE:
		return only(d->ours, d->qemu);
	default:
		return 0;
	}
}

/* The same with us */
static u64 we_stay(const struct compare_state *s, const struct compare_diff *d)
{
	switch (d->what) {
	case COMPARE_IOREGSEL:
		return d->ours == s->step.index ? ~0ULL : 0;
	case COMPARE_REGISTER:
		return is_target(s, d->index) && d->ours == s->was[d->index] ? ~0ULL : 0;
	case COMPARE_MESSAGE:
		return only(d->qemu, d->ours);
	default:
		return 0;
	}
}

static bool is_aligned(const struct compare_step *st)
{
	return !(st->offset & (st->size - 1));
}

/* Since 8.1, of one that is not aligned, QEMU makes several that are */
static u64 short_read(const struct compare_state *s, const struct compare_diff *d)
{
	if (d->what != COMPARE_VALUE || (s->step.size >= 4 && is_aligned(&s->step)) || d->qemu)
		return 0;
	return covers(&s->step, VIOAPIC_IOWIN) ? ~0ULL : 0;
}

static u64 short_write(const struct compare_state *s, const struct compare_diff *d)
{
	if (s->step.op != COMPARE_WRITE || is_whole(&s->step))
		return 0;
	return covers(&s->step, VIOAPIC_IOWIN) ? qemu_stays(s, d) : 0;
}

static u64 alias_read(const struct compare_state *s, const struct compare_diff *d)
{
	const struct compare_step *st = &s->step;

	if (d->what != COMPARE_VALUE || st->offset < COMPARE_ALIAS || d->ours)
		return 0;
	return d->qemu == s->peek(st->offset % COMPARE_ALIAS, st->size) ? ~0ULL : 0;
}

static u64 alias_write(const struct compare_state *s, const struct compare_diff *d)
{
	if (s->step.op != COMPARE_WRITE || s->step.offset < COMPARE_ALIAS)
		return 0;
	return we_stay(s, d);
}

static u64 arbitration(const struct compare_state *s, const struct compare_diff *d)
{
	u32 id = s->qemu[VIOAPIC_REG_ID];

	if (d->what == COMPARE_REGISTER && d->index == VIOAPIC_REG_ARB)
		return d->qemu == id && !d->ours ? ~0ULL : 0;
	if (d->what == COMPARE_VALUE && s->step.index == VIOAPIC_REG_ARB)
		return d->qemu == seen(&s->step, id) && !d->ours ? ~0ULL : 0;
	return 0;
}

static u64 scratchpad(const struct compare_state *s, const struct compare_diff *d)
{
	u64 ours = 0;

	if (d->what == COMPARE_REGISTER && d->index == VIOAPIC_REG_ID)
		ours = BIT(15);
	if (d->what == COMPARE_VALUE && s->step.index == VIOAPIC_REG_ID)
		ours = seen(&s->step, BIT(15));
	return ours & d->ours & ~d->qemu;
}

static u64 reserved(const struct compare_state *s, const struct compare_diff *d)
{
	const struct compare_step *st = &s->step;
	u64 bits, value = st->value;

	if (d->what != COMPARE_REGISTER || d->index < VIOAPIC_REG_RTE || st->op != COMPARE_WRITE)
		return 0;
	/* The second half of one that is not aligned may be all of IOWIN, as above */
	if (st->offset == VIOAPIC_IOWIN - 4 && st->size == 8)
		value >>= 32;
	else if (st->offset != VIOAPIC_IOWIN || !is_whole(st))
		return 0;
	bits = d->index & 1 ? 0xffff : 0xfffe0000;
	return d->index == st->index && !(d->ours & bits) ? bits & ~(d->qemu ^ value) : 0;
}

/* An EOI for @vector that QEMU does not take */
static u64 eoi_lost(const struct compare_state *s, const struct compare_diff *d, u8 vector)
{
	u32 was;

	if (d->what == COMPARE_REGISTER) {
		was = s->was[d->index];
		if (!(was & VIOAPIC_RTE_REMOTE_IRR) || (u8)was != vector)
			return 0;
	}
	return qemu_stays(s, d);
}

static u64 eoi_short(const struct compare_state *s, const struct compare_diff *d)
{
	const struct compare_step *st = &s->step;

	if (st->op != COMPARE_WRITE || is_whole(st))
		return 0;
	if (st->offset > VIOAPIC_EOI || st->offset + st->size <= VIOAPIC_EOI)
		return 0;
	return eoi_lost(s, d, st->value >> 8 * (VIOAPIC_EOI - st->offset));
}

static u64 eoi_wide(const struct compare_state *s, const struct compare_diff *d)
{
	const struct compare_step *st = &s->step;

	if (st->op != COMPARE_WRITE || st->offset != VIOAPIC_EOI || !is_whole(st))
		return 0;
	return (u32)st->value & ~LOW_BYTE ? eoi_lost(s, d, st->value) : 0;
}

/* Pins: who sends a message that the other does not send */

enum lean { NOBODY, QEMU_SENDS, WE_SEND };

/* Is @pin one that the step can make send? */
static bool is_touched(const struct compare_state *s, unsigned int pin)
{
	const struct compare_step *st = &s->step;

	if (st->op == COMPARE_LINE)
		return st->pin == pin || (!st->pin && pin == 2);
	if (st->op == COMPARE_WRITE && covers_alias(st, VIOAPIC_IOWIN))
		return st->index >= VIOAPIC_REG_RTE && (st->index - VIOAPIC_REG_RTE) / 2 == pin;
	/* An EOI, by either way */
	return st->op != COMPARE_READ;
}

/* What of @d is a message of @pin's that only @who has sent */
static u64 traces(const struct compare_diff *d, unsigned int pin, u64 rte, enum lean who)
{
	u64 sender = who == QEMU_SENDS ? d->qemu : d->ours;
	u64 other = who == QEMU_SENDS ? d->ours : d->qemu;
	bool accepted = compare_is_accepted(rte);
	u64 bit;

	if (d->what == COMPARE_REGISTER) {
		bit = VIOAPIC_RTE_REMOTE_IRR;
		if (who == WE_SEND && !accepted)
			bit = VIOAPIC_RTE_DELIVS;
		return sender & ~other & bit;
	}
	if (!accepted)
		return 0;
	bit = BIT_ULL((rte & VIOAPIC_RTE_VECTOR) - COMPARE_VECTORS);
	return only(sender, other) & (bit | bit << 32);
}

static u64 pins(const struct compare_state *s, const struct compare_diff *d,
		enum lean (*who)(const struct compare_state *s, unsigned int pin, u64 rte))
{
	enum lean lean;
	unsigned int pin;
	u64 rte, bits = 0;

	for (pin = 0; pin < COMPARE_PINS; pin++) {
		if (d->what == COMPARE_REGISTER ? d->index != COMPARE_LOW(pin) :
		    d->what != COMPARE_MESSAGE || !is_touched(s, pin))
			continue;
		rte = compare_rte(s->ours, pin);
		lean = who(s, pin, rte);
		if (lean != NOBODY)
			bits |= traces(d, pin, rte, lean);
	}
	return bits;
}

static bool is_masked(u64 rte)
{
	return rte & VIOAPIC_RTE_MASKED;
}

static bool is_edge(u64 rte)
{
	return !(rte & VIOAPIC_RTE_LEVEL);
}

static enum lean wire_of(const struct compare_state *s, unsigned int pin, u64 rte)
{
	const struct compare_step *st = &s->step;

	if (pin == 0 && !(rte & VIOAPIC_RTE_ACTIVE_LOW) && s->pin[0].high)
		return WE_SEND;
	if (pin != 2)
		return NOBODY;
	return s->pin[2].latched || (st->op == COMPARE_LINE && !st->pin && st->high) ?
		QEMU_SENDS : NOBODY;
}

static u64 wire(const struct compare_state *s, const struct compare_diff *d)
{
	return pins(s, d, wire_of);
}

static enum lean polarity_of(const struct compare_state *s, unsigned int pin, u64 rte)
{
	const struct compare_pin *p = &s->pin[pin];

	if (!(rte & VIOAPIC_RTE_ACTIVE_LOW) || is_masked(rte) || !p->driven)
		return NOBODY;
	if (vioapic_rte_is_level(rte))
		return p->latched ? QEMU_SENDS : p->high ? NOBODY : WE_SEND;
	if (s->step.op != COMPARE_LINE || !is_edge(rte))
		return NOBODY;
	return s->step.high ? QEMU_SENDS : WE_SEND;
}

static u64 polarity(const struct compare_state *s, const struct compare_diff *d)
{
	return pins(s, d, polarity_of);
}

static enum lean mode_of(const struct compare_state *s, unsigned int pin, u64 rte)
{
	if (is_edge(rte) || vioapic_rte_is_level(rte) || is_masked(rte))
		return NOBODY;
	return s->pin[pin].latched ? QEMU_SENDS : NOBODY;
}

static u64 mode(const struct compare_state *s, const struct compare_diff *d)
{
	return d->what == COMPARE_REGISTER ? pins(s, d, mode_of) : 0;
}

static u64 accept(const struct compare_state *s, const struct compare_diff *d)
{
	unsigned int pin = (d->index - VIOAPIC_REG_RTE) / 2;
	u64 mask = VIOAPIC_RTE_REMOTE_IRR | VIOAPIC_RTE_DELIVS;

	if (d->what != COMPARE_REGISTER || d->index < VIOAPIC_REG_RTE || d->index & 1)
		return 0;
	if (!vioapic_rte_is_ready(d->ours) || !s->pin[pin].latched)
		return 0;
	if (compare_is_accepted(compare_rte(s->ours, pin)))
		return 0;
	if ((d->qemu & mask) != VIOAPIC_RTE_REMOTE_IRR || (d->ours & mask) != VIOAPIC_RTE_DELIVS)
		return 0;
	return mask;
}

static bool is_active_high_level(u64 rte)
{
	return vioapic_rte_is_level(rte) && !is_masked(rte) && !(rte & VIOAPIC_RTE_ACTIVE_LOW);
}

static enum lean late_of(const struct compare_state *s, unsigned int pin, u64 rte)
{
	if (!is_active_high_level(rte))
		return NOBODY;
	return s->pin[pin].high && !s->pin[pin].latched ? WE_SEND : NOBODY;
}

static u64 late(const struct compare_state *s, const struct compare_diff *d)
{
	return pins(s, d, late_of);
}

static enum lean stale_of(const struct compare_state *s, unsigned int pin, u64 rte)
{
	if (!is_active_high_level(rte))
		return NOBODY;
	return s->pin[pin].latched && !s->pin[pin].high ? QEMU_SENDS : NOBODY;
}

static u64 stale(const struct compare_state *s, const struct compare_diff *d)
{
	return pins(s, d, stale_of);
}

static enum lean phantom_of(const struct compare_state *s, unsigned int pin, u64 rte)
{
	if (s->step.op != COMPARE_WRITE || !is_edge(rte) || is_masked(rte))
		return NOBODY;
	return s->pin[pin].was ? QEMU_SENDS : NOBODY;
}

static u64 phantom(const struct compare_state *s, const struct compare_diff *d)
{
	return d->what == COMPARE_MESSAGE ? pins(s, d, phantom_of) : 0;
}

static enum lean repeat_of(const struct compare_state *s, unsigned int pin, u64 rte)
{
	const struct compare_step *st = &s->step;

	if (st->op != COMPARE_LINE || !is_edge(rte) || is_masked(rte) ||
	    rte & VIOAPIC_RTE_ACTIVE_LOW)
		return NOBODY;
	return st->high && st->was_high ? QEMU_SENDS : NOBODY;
}

static u64 repeat(const struct compare_state *s, const struct compare_diff *d)
{
	return d->what == COMPARE_MESSAGE ? pins(s, d, repeat_of) : 0;
}

static u64 storm(const struct compare_state *s, const struct compare_diff *d)
{
	const struct compare_step *st = &s->step;

	if (d->what != COMPARE_REGISTER || !vioapic_rte_is_ready(d->ours & d->qemu))
		return 0;
	if (st->op != COMPARE_WRITE || st->offset != VIOAPIC_EOI || d->qemu & VIOAPIC_RTE_DELIVS)
		return 0;
	return s->was[d->index] & VIOAPIC_RTE_REMOTE_IRR ? d->ours & VIOAPIC_RTE_DELIVS : 0;
}

struct compare_rule compare_rules[] = {
	{
		.name = "arbitration", .versions = ONLY_20, .explains = arbitration,
		.where = "register 2",
		.qemu = "follows the ID, as on version 0x11", .ours = "reads 0",
		.section = "ICH10 13.5.1",
		.verdict = "ours: no arbitration register there, 02h to 0Fh are reserved",
	}, {
		.name = "scratchpad", .versions = ONLY_20, .explains = scratchpad,
		.where = "ID register bit 15",
		.qemu = "reads 0", .ours = "keeps what is written",
		.section = "ICH10 13.5.5",
		.verdict = "ours: a scratchpad bit",
	}, {
		.name = "short-read", .versions = BOTH, .explains = short_read,
		.where = "IOWIN read with 1 or 2 bytes",
		.qemu = "reads 0", .ours = "reads those bytes of the register",
		.section = "82093AA 3.0, ICH10 13.5.3",
		.verdict = "either will do, software must not; ours shows what a whole read would",
	}, {
		.name = "short-write", .versions = BOTH, .explains = short_write,
		.where = "IOWIN written with 1 or 2 bytes, or misaligned",
		.qemu = "ignores it", .ours = "changes the bytes that it covers",
		.section = "82093AA 3.0, ICH10 13.5.3",
		.verdict = "either will do, software must not; ours spares bytes not covered",
	}, {
		.name = "alias-read", .versions = BOTH, .explains = alias_read,
		.where = "read above offset 0xff",
		.qemu = "decodes 8 address bits: registers repeat", .ours = "reads 0",
		.section = "82093AA 3.0 table 1, ICH10 13.5.1",
		.verdict = "ours: each register has one address, nothing says that they repeat",
	}, {
		.name = "alias-write", .versions = BOTH, .explains = alias_write,
		.where = "write above offset 0xff",
		.qemu = "decodes 8 address bits: registers repeat", .ours = "ignores it",
		.section = "82093AA 3.0 table 1, ICH10 13.5.1",
		.verdict = "ours: a stray write must not reach a register",
	}, {
		.name = "reserved", .versions = BOTH, .explains = reserved,
		.where = "RTE bits 17-47",
		.qemu = "keeps what is written", .ours = "reads 0",
		.section = "82093AA 3.2.4, ICH10 13.5.7",
		.verdict = "what reserved bits read is not said; ours stores nothing there",
	}, {
		.name = "eoi-short", .versions = ONLY_20, .explains = eoi_short,
		.where = "EOI register written with 1 or 2 bytes, or misaligned",
		.qemu = "ignores it", .ours = "takes the low byte, if covered",
		.section = "ICH10 13.5.4",
		.verdict = "ours: only bits 7:0 are used; a lost EOI leaves the pin dead",
	}, {
		.name = "eoi-wide", .versions = ONLY_20, .explains = eoi_wide,
		.where = "EOI register written with bits 31:8 not 0",
		.qemu = "compares all 32 bits: no RTE matches", .ours = "takes the low byte",
		.section = "ICH10 13.5.4",
		.verdict = "ours: bits 31:8 are ignored by the chip",
	}, {
		.name = "wire", .versions = BOTH, .explains = wire,
		.where = "line of pin 0, on the second I/O APIC too",
		.qemu = "has it at pin 2, as the PC's timer", .ours = "has it at pin 0",
		.section = "82093AA 3.2.4",
		.verdict = "ours: each input has its own entry; wiring is the board's",
	}, {
		.name = "polarity", .versions = BOTH, .explains = polarity,
		.where = "RTE bit 13",
		.qemu = "is stored and not obeyed: high is active", .ours = "1 is low active",
		.section = "82093AA 3.2.4, ICH10 13.5.7",
		.verdict = "ours: the bit specifies the polarity of the signal",
	}, {
		.name = "mode", .versions = BOTH, .explains = mode,
		.where = "remote IRR of a level pin, delivery mode neither fixed nor lowest",
		.qemu = "is set when the line is asserted",
		.ours = "stays clear: the pin is edge-triggered",
		.section = "82093AA 3.2.4 bits 10:8",
		.verdict = "ours: they are edge whatever bit 15 says, or have to be",
	}, {
		.name = "accept", .versions = BOTH, .explains = accept,
		.where = "RTE bits 14, 12, level message that no local APIC takes",
		.qemu = "remote IRR is set by sending, delivery status never",
		.ours = "delivery status is set, remote IRR by acceptance",
		.section = "82093AA 3.2.4 bits 14, 12",
		.verdict = "ours: set by acceptance; QEMU waits for an EOI that nobody sends",
	}, {
		.name = "late", .versions = BOTH, .explains = late,
		.where = "level pin whose line rose while it was edge-triggered",
		.qemu = "does not see the line: nothing is sent", .ours = "sends",
		.section = "82093AA 3.2.4 bit 16",
		.verdict = "ours: a level on a pin that is not masked results in delivery",
	}, {
		.name = "stale", .versions = BOTH, .explains = stale,
		.where = "level pin whose line fell while it was edge-triggered",
		.qemu = "still sees the line: sends", .ours = "sends nothing",
		.section = "82093AA 3.2.4 bit 16",
		.verdict = "ours: there is no level on the pin",
	}, {
		.name = "phantom", .versions = BOTH, .explains = phantom,
		.where = "pin made edge-triggered, unmasked, after a level was seen high",
		.qemu = "sends", .ours = "sends nothing",
		.section = "82093AA 3.2.4 bits 16, 15",
		.verdict = "ours: no edge has come since, and one that came before is not held",
	}, {
		.name = "repeat", .versions = BOTH, .explains = repeat,
		.where = "edge pin whose line is driven high while it is high",
		.qemu = "sends once more", .ours = "sends nothing",
		.section = "82093AA 3.2.4",
		.verdict = "ours: no edge without a change of the signal",
	}, {
		.name = "storm", .versions = ONLY_20, .explains = storm,
		.where = "RTE bit 12, pin held back after 10000 EOIs with redelivery",
		.qemu = "stays clear", .ours = "is set until the message goes out",
		.section = "82093AA 3.2.4 bit 12",
		.verdict = "ours: 1 is send pending; no chip holds back, both do at one count",
	},
	{ }
};

u64 compare_judge(const struct compare_state *s, const struct compare_diff *d)
{
	u64 left = d->qemu ^ d->ours, bits;
	struct compare_rule *rule;

	for (rule = compare_rules; rule->name && left; rule++) {
		if (!compare_applies(rule, s->version))
			continue;
		bits = rule->explains(s, d) & left;
		if (!bits)
			continue;
		rule->count++;
		left &= ~bits;
	}
	return left;
}
