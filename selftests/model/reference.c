// SPDX-License-Identifier: GPL-2.0
/* See reference.h.  Section numbers are those of the 82093AA datasheet. */
#include <string.h>
#include "reference.h"

/* 3.2.4: I/O redirection table registers */
#define BIT_PENDING	0x1000u
#define BIT_ACTIVE_LOW	0x2000u
#define BIT_REMOTE_IRR	0x4000u
#define BIT_LEVEL	0x8000u
#define BIT_MASK	0x10000u

static const struct {
	const char *name;
	unsigned int version, id_width, pins;
	bool eoi_register, arb_is_id, scratchpad;
} chips[] = {
	{ "82093aa",	0x11, 4, 24,  false, true,  false },
	/* ICH10 13.5.5: bit 15 of the ID register is a scratchpad */
	{ "ich",	0x20, 4, 24,  true,  false, true },
	{ "pch120",	0x20, 4, 120, true,  false, false },
	{ "via",	0x11, 4, 24,  true,  true,  false },
	/* SB600 4.5.2: there is an arbitration register; of what is in it, 82093AA 3.2.3 */
	{ "amd",	0x21, 8, 24,  true,  true,  false },
	/* hw/intc/ioapic.c: reading index 2 gives the ID; version 0x20 has an EOI register */
	{ "qemu",	0x20, 4, 24,  true,  true,  false },
	{ "generic240",	0x20, 8, 240, true,  true,  false },
};

bool ref_init(struct reference *r, const char *chip, bool owner, unsigned int pins,
	      unsigned int id)
{
	struct ref_effects none;
	unsigned int c;

	memset(r, 0, sizeof(*r));
	for (c = 0; c < sizeof(chips) / sizeof(chips[0]); c++)
		if (!strcmp(chips[c].name, chip))
			break;
	if (c == sizeof(chips) / sizeof(chips[0]))
		return false;
	if (pins == 0)
		pins = chips[c].pins;
	if (pins > REF_PINS)
		return false;
	if (owner && id >= 1u << chips[c].id_width)
		return false;
	r->owner = owner;
	r->version = chips[c].version;
	r->id_width = chips[c].id_width;
	r->eoi_register = chips[c].eoi_register;
	r->arb_is_id = chips[c].arb_is_id;
	r->scratchpad = chips[c].scratchpad;
	r->pins = pins;
	r->limit = 10000;
	r->first_id = id << 24;
	/* 3.2.2 */
	r->other[1] = (pins - 1) << 16 | r->version;
	ref_reset(r, &none);
	return true;
}

static void drop_claim(struct reference *r, unsigned int n, struct ref_effects *e)
{
	if (!r->pin[n].claimed_for_service)
		return;
	r->pin[n].claimed_for_service = false;
	e->ended[n] = true;
	e->endings++;
}

void ref_reset(struct reference *r, struct ref_effects *e)
{
	unsigned int n;

	memset(e, 0, sizeof(*e));
	r->index = 0;
	/* 3.2.1, 3.2.3 */
	r->other[0] = r->first_id;
	r->other[2] = r->arb_is_id ? r->first_id : 0;
	for (n = 0; n < r->pins; n++) {
		struct ref_pin *p = &r->pin[n];

		p->low = BIT_MASK;
		p->high = 0;
		p->send_pending = false;
		p->remote_irr = false;
		p->unknown = false;
		p->outcome_due = false;
		p->held = false;
		p->redeliveries = 0;
		drop_claim(r, n, e);
	}
}

/* The pin */

static unsigned int delivery_mode(const struct ref_pin *p)
{
	return p->low >> 8 & 7;
}

/* 3.2.4: fixed and lowest priority can be level, SMI, NMI, INIT and ExtINT are edges */
static bool is_level(const struct ref_pin *p)
{
	return (p->low & BIT_LEVEL) && delivery_mode(p) <= 1;
}

static bool asserted(const struct ref_pin *p)
{
	if (p->claimed || p->claimed_for_service)
		return true;
	if (!p->driven)
		return false;
	return p->low & BIT_ACTIVE_LOW ? !p->line : p->line;
}

bool ref_waits(const struct ref_pin *p)
{
	return is_level(p) && !(p->low & BIT_MASK) && asserted(p) && !p->remote_irr;
}

static void send(struct reference *r, unsigned int n, struct ref_effects *e)
{
	e->deliver[n] = true;
	e->deliveries++;
	r->pin[n].outcome_due = true;
}

/* The line of a level pin is looked at */
static void look(struct reference *r, unsigned int n, struct ref_effects *e)
{
	struct ref_pin *p = &r->pin[n];

	if (!ref_waits(p))
		return;
	if (r->limit == 0) {
		if (p->held)
			p->redeliveries = 0;
		p->held = false;
		send(r, n, e);
		return;
	}
	if (p->held) {
		p->send_pending = true;
		return;
	}
	if (p->redeliveries >= r->limit) {
		p->held = true;
		p->redeliveries = 0;
		p->send_pending = true;
		e->storm = true;
		e->storm_pin = n;
		return;
	}
	send(r, n, e);
}

/* The pin came to rest */
static void rest(struct ref_pin *p)
{
	p->held = false;
	p->redeliveries = 0;
}

static void count(struct ref_pin *p)
{
	if (!p->held)
		p->redeliveries++;
}

/* The line of a pin that was asserted, or not, is as it is now */
static void line_changed(struct reference *r, unsigned int n, bool before, struct ref_effects *e)
{
	struct ref_pin *p = &r->pin[n];

	p->send_pending = false;
	if (!asserted(p)) {
		rest(p);
	} else if (is_level(p)) {
		look(r, n, e);
	} else if (!before && !(p->low & BIT_MASK)) {
		/* Modes 3 and 6 are reserved */
		if (delivery_mode(p) != 3 && delivery_mode(p) != 6)
			send(r, n, e);
	}
}

void ref_set_line(struct reference *r, unsigned int n, bool high, struct ref_effects *e)
{
	struct ref_pin *p;
	bool before;

	memset(e, 0, sizeof(*e));
	if (!r->owner || n >= r->pins)
		return;
	p = &r->pin[n];
	before = asserted(p);
	p->line = high;
	p->driven = true;
	line_changed(r, n, before, e);
}

/* The line is not asserted by what asserted it for a moment */
static void settle(struct ref_pin *p)
{
	if (!asserted(p))
		rest(p);
	if (!ref_waits(p))
		p->send_pending = false;
}

void ref_claim(struct reference *r, unsigned int n, unsigned int how, struct ref_effects *e)
{
	struct ref_pin *p;
	bool before, claimed;

	memset(e, 0, sizeof(*e));
	if (!r->owner || n >= r->pins)
		return;
	p = &r->pin[n];
	before = asserted(p);
	claimed = p->claimed;
	/* A masked pin may be anything when it is unmasked */
	if (how == 3 && (is_level(p) || (p->low & BIT_MASK))) {
		p->claimed_for_service = true;
		line_changed(r, n, before, e);
		return;
	}
	p->claimed = how != 0;
	line_changed(r, n, before, e);
	if (how < 2)
		return;
	p->claimed = claimed;
	settle(p);
	if (how == 3) {
		e->ended[n] = true;
		e->endings++;
	}
}

void ref_let_go(struct reference *r, unsigned int n, struct ref_effects *e)
{
	memset(e, 0, sizeof(*e));
	if (n >= r->pins || r->pin[n].remote_irr || !r->pin[n].claimed_for_service)
		return;
	drop_claim(r, n, e);
	settle(&r->pin[n]);
}

static void end_of_service(struct reference *r, unsigned int n, struct ref_effects *e)
{
	struct ref_pin *p = &r->pin[n];

	p->remote_irr = false;
	drop_claim(r, n, e);
	/* Masked it is sent later, and has been asked for in vain all the same */
	if (asserted(p))
		count(p);
	else
		rest(p);
	look(r, n, e);
}

static void end_of_interrupt(struct reference *r, unsigned int vector, struct ref_effects *e)
{
	unsigned int n;

	for (n = 0; n < r->pins; n++) {
		struct ref_pin *p = &r->pin[n];

		/* 3.2.4, bit 14: for level-triggered interrupts; of an edge it is undefined */
		if (!r->owner || !p->remote_irr || !(p->low & BIT_LEVEL) ||
		    (p->low & 0xff) != vector)
			continue;
		end_of_service(r, n, e);
	}
}

void ref_end(struct reference *r, unsigned int n, struct ref_effects *e)
{
	memset(e, 0, sizeof(*e));
	if (r->owner && n < r->pins && r->pin[n].remote_irr)
		end_of_service(r, n, e);
}

void ref_retry(struct reference *r, unsigned int n, struct ref_effects *e)
{
	memset(e, 0, sizeof(*e));
	if (!r->owner || n >= r->pins || !ref_waits(&r->pin[n]) || r->pin[n].held)
		return;
	r->pin[n].send_pending = false;
	send(r, n, e);
}

void ref_eoi(struct reference *r, unsigned int vector, struct ref_effects *e)
{
	memset(e, 0, sizeof(*e));
	end_of_interrupt(r, vector, e);
}

void ref_stick(struct reference *r, unsigned int n, struct ref_effects *e)
{
	struct ref_pin *p;

	if (!r->owner || n >= r->pins)
		return;
	p = &r->pin[n];
	p->remote_irr = true;
	p->send_pending = false;
	rest(p);
	if (e->deliver[n]) {
		e->deliver[n] = false;
		e->deliveries--;
		p->outcome_due = false;
	}
}

void ref_delivered(struct reference *r, unsigned int n, bool accepted)
{
	struct ref_pin *p;

	if (n >= r->pins || !r->pin[n].outcome_due)
		return;
	p = &r->pin[n];
	p->outcome_due = false;
	if (!is_level(p))
		return;
	if (accepted) {
		p->remote_irr = true;
		p->send_pending = false;
		if (p->held)
			rest(p);
	} else if (ref_waits(p)) {
		p->send_pending = true;
	}
}

bool ref_take(struct reference *r, unsigned int n, uint64_t *rte)
{
	struct ref_pin *p;

	if (n >= r->pins || !r->pin[n].outcome_due)
		return false;
	p = &r->pin[n];
	p->outcome_due = false;
	*rte = (uint64_t)p->high << 32 | p->low;
	if (p->low & BIT_MASK)
		return false;
	if (!is_level(p))
		return true;
	if (p->remote_irr || p->held)
		return false;
	p->remote_irr = true;
	p->send_pending = false;
	return true;
}

void ref_refused(struct reference *r, unsigned int n, uint64_t rte)
{
	struct ref_pin *p;

	/* Of an edge there is nothing to take back */
	if (!(rte & BIT_LEVEL) || (rte >> 8 & 7) > 1)
		return;
	if (n >= r->pins || r->pin[n].outcome_due || !(r->pin[n].low & BIT_LEVEL) ||
	    !r->pin[n].remote_irr)
		return;
	p = &r->pin[n];
	p->remote_irr = false;
	p->send_pending = ref_waits(p);
}

void ref_storm_over(struct reference *r, struct ref_effects *e)
{
	unsigned int n;

	memset(e, 0, sizeof(*e));
	for (n = 0; n < r->pins; n++) {
		if (!r->pin[n].held)
			continue;
		rest(&r->pin[n]);
		r->pin[n].send_pending = false;
		look(r, n, e);
	}
}

/* Registers */

static bool is_entry(const struct reference *r, unsigned int index)
{
	return index >= 0x10 && index < 0x10 + 2 * r->pins;
}

uint32_t ref_register(const struct reference *r, unsigned int index)
{
	const struct ref_pin *p;

	if (index < 0x10)
		return r->other[index];
	if (!is_entry(r, index))
		return 0;
	p = &r->pin[(index - 0x10) / 2];
	if (index % 2)
		return p->high;
	return p->low | (p->send_pending ? BIT_PENDING : 0) | (p->remote_irr ? BIT_REMOTE_IRR : 0);
}

/* What a shadow knows after the low half, or the two bits in it, came from the controller */
static void heard(struct ref_pin *p)
{
	if (!(p->low & BIT_LEVEL)) {
		p->send_pending = false;
		/* Not from this mode; it comes to no rest by itself */
		p->unknown = p->remote_irr;
	} else {
		p->unknown = !(p->low & BIT_MASK) || p->send_pending || p->remote_irr;
	}
}

static void write_entry(struct reference *r, unsigned int index, uint32_t value,
			struct ref_effects *e)
{
	unsigned int n = (index - 0x10) / 2;
	struct ref_pin *p = &r->pin[n];
	uint32_t old_low = p->low, old_high = p->high;

	/* Bits 17-47 are reserved */
	if (index % 2)
		p->high = (p->high & 0x0000ffff) | (value & 0xffff0000);
	else
		p->low = (p->low & 0xfffe0000) | (value & 0x0001afff);
	/* Edge mode, written, ends a service; a high half as it was has no mode */
	if (r->owner && p->remote_irr && !(p->low & BIT_LEVEL) &&
	    (index % 2 == 0 || p->high != old_high)) {
		p->remote_irr = false;
		if (asserted(p))
			count(p);
		else
			rest(p);
		drop_claim(r, n, e);
	}
	if (p->low == old_low && p->high == old_high)
		return;
	e->route = true;
	e->route_pin = n;
	e->route_old = (uint64_t)old_high << 32 | old_low;
	e->route_new = (uint64_t)p->high << 32 | p->low;

	if (!r->owner) {
		/* A high half has no mode */
		if (index % 2)
			return;
		if (!(p->low & BIT_LEVEL)) {
			p->send_pending = false;
			p->remote_irr = false;
		} else if (!(p->low & BIT_MASK) || !(old_low & BIT_LEVEL)) {
			p->unknown = true;
		}
		return;
	}
	/* What is claimed until a service ends would be sent now: ask again */
	if (!(p->low & BIT_MASK) && !p->remote_irr)
		drop_claim(r, n, e);
	p->send_pending = false;
	if (asserted(p))
		look(r, n, e);
	else
		rest(p);
}

static void write_register(struct reference *r, unsigned int index, uint32_t value,
			   struct ref_effects *e)
{
	uint32_t field = r->id_width == 4 ? 0x0f000000 : 0xff000000;

	if (is_entry(r, index)) {
		write_entry(r, index, value, e);
		return;
	}
	if (index == 0 && r->scratchpad)
		r->other[0] = (r->other[0] & ~0x8000u) | (value & 0x8000);
	if (index == 0 && (r->other[0] & field) != (value & field)) {
		r->other[0] = (r->other[0] & ~field) | (value & field);
		if (r->arb_is_id)
			r->other[2] = value & field;
		e->id = true;
		e->new_id = (value & field) >> 24;
	}
}

/* The page, byte by byte */

static bool is_defined(unsigned int offset, unsigned int size)
{
	return offset < 4096 && (size == 1 || size == 2 || size == 4 || size == 8);
}

uint64_t ref_read(struct reference *r, unsigned int offset, unsigned int size,
		  struct ref_effects *e)
{
	uint32_t data = ref_register(r, r->index);
	uint64_t value = 0;
	unsigned int i;

	memset(e, 0, sizeof(*e));
	if (!is_defined(offset, size))
		return 0;
	for (i = 0; i < size; i++) {
		unsigned int at = offset + i, byte = 0;

		if (at < 0x04) {
			byte = r->index >> 8 * at & 0xff;
		} else if (at >= 0x10 && at < 0x14) {
			byte = data >> 8 * (at - 0x10) & 0xff;
			/* Bits 12 and 14 are in this one */
			if (at == 0x11 && is_entry(r, r->index) && r->index % 2 == 0 &&
			    r->pin[(r->index - 0x10) / 2].unknown) {
				e->sample = true;
				e->sample_pin = (r->index - 0x10) / 2;
			}
		}
		value |= (uint64_t)byte << 8 * i;
	}
	return value;
}

void ref_write(struct reference *r, unsigned int offset, unsigned int size, uint64_t value,
	       struct ref_effects *e)
{
	uint32_t index = r->index, data = ref_register(r, r->index);
	unsigned int i, vector = 0;
	bool to_index = false, to_data = false, to_eoi = false;

	memset(e, 0, sizeof(*e));
	if (!is_defined(offset, size))
		return;
	for (i = 0; i < size; i++) {
		uint32_t at = offset + i, byte = value >> 8 * i & 0xff, lane;

		if (at < 0x04) {
			lane = 0xffu << 8 * at;
			index = (index & ~lane) | byte << 8 * at;
			to_index = true;
		} else if (at >= 0x10 && at < 0x14) {
			lane = 0xffu << 8 * (at - 0x10);
			data = (data & ~lane) | byte << 8 * (at - 0x10);
			to_data = true;
		} else if (at == 0x40) {
			vector = byte;
			to_eoi = true;
		}
	}
	if (to_index)
		r->index = index & (r->pins > 120 ? 0x1ff : 0xff);
	if (to_data)
		write_register(r, r->index, data, e);
	if (to_eoi && r->eoi_register) {
		e->eoi = true;
		e->eoi_vector = vector;
		end_of_interrupt(r, vector, e);
	}
}

/* The shadow's controller */

void ref_sample(struct reference *r, unsigned int n, uint32_t low)
{
	if (r->owner || n >= r->pins)
		return;
	r->pin[n].send_pending = low & BIT_PENDING;
	r->pin[n].remote_irr = low & BIT_REMOTE_IRR;
	heard(&r->pin[n]);
}

void ref_load(struct reference *r, unsigned int index, uint32_t value)
{
	struct ref_pin *p;

	if (r->owner)
		return;
	if (index < 0x10) {
		r->other[index] = value;
		return;
	}
	if (!is_entry(r, index))
		return;
	p = &r->pin[(index - 0x10) / 2];
	if (index % 2) {
		p->high = value;
		return;
	}
	p->low = value & ~(BIT_PENDING | BIT_REMOTE_IRR);
	p->send_pending = value & BIT_PENDING;
	p->remote_irr = value & BIT_REMOTE_IRR;
	heard(p);
}
