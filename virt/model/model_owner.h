/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Part of virt/model/model.c, and of nothing else: the pins in the owner role.
 *
 * An access has few instructions to spend.  So what is seldom needed is not
 * inline and called last, where nothing is to be kept across the call.
 */
#ifndef VIOAPIC_MODEL_OWNER_H
#define VIOAPIC_MODEL_OWNER_H

#include <vioapic/model.h>

#define RTE_SOFTWARE	(~VIOAPIC_RTE_READONLY)
#define RTE_IN_SERVICE	(VIOAPIC_RTE_LEVEL | VIOAPIC_RTE_REMOTE_IRR)

static inline void set(u64 *map, unsigned long n)
{
	map[n / 64] |= 1ULL << (n % 64);
}

static inline void clear(u64 *map, unsigned long n)
{
	map[n / 64] &= ~(1ULL << (n % 64));
}

/*
 * The compiler must not conclude from a comparison around it that the AND is
 * needless: it is there for when the comparison was guessed.
 */
static inline unsigned long cut(unsigned long index, unsigned long mask)
{
	__asm__("" : "+r" (index));
	return index & mask;
}

static inline unsigned long slot(unsigned long pin)
{
	return cut(pin, VIOAPIC_PIN_SLOTS - 1);
}

static inline void send_none(struct vioapic_effects *fx)
{
	unsigned int i;

	for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
		fx->deliver[i] = 0;
}

/* Once the map has been cleared */
static inline void send_too(struct vioapic_model *m, unsigned long pin, struct vioapic_effects *fx)
{
	fx->what |= VIOAPIC_FX_DELIVER;
	set(fx->deliver, pin);
	m->line[pin] |= VIOAPIC_LINE_SENT;
}

static inline void send(struct vioapic_model *m, unsigned long pin, struct vioapic_effects *fx)
{
	send_none(fx);
	send_too(m, pin, fx);
}

/*
 * The pin had as many EOIs with its line asserted as the limit, which if 0 is
 * none: is its message held back?
 */
static inline bool hold(struct vioapic_model *m, unsigned long pin, struct vioapic_effects *fx)
{
	bool held = m->redeliver[pin] == VIOAPIC_HELD;

	if (!m->storm_limit) {
		if (held)
			m->redeliver[pin] = 0;
		return false;
	}
	m->rte[pin] |= VIOAPIC_RTE_DELIVS;
	if (!held) {
		m->redeliver[pin] = VIOAPIC_HELD;
		fx->what |= VIOAPIC_FX_STORM;
		fx->pin = pin;
	}
	return true;
}

static noinline void hold_or_send(struct vioapic_model *m, unsigned long pin,
				  struct vioapic_effects *fx)
{
	if (!hold(m, pin, fx))
		send(m, pin, fx);
}

/* @rte is the pin's, and says nothing to be pending: send if it is, or see it come to rest */
static inline void look_at_line(struct vioapic_model *m, unsigned long pin, u64 rte,
				struct vioapic_effects *fx)
{
	u32 line = READ_ONCE(m->line[pin]);

	if (vioapic_line_waits(line, rte)) {
		if (m->redeliver[pin] >= m->storm_limit)
			hold_or_send(m, pin, fx);
		else
			send(m, pin, fx);
	} else if (!vioapic_line_is_asserted(line, rte)) {
		/* Whatever is in service: it will find no line to send again for */
		m->redeliver[pin] = 0;
	}
}

/* An EOI with the line still asserted */
static inline void count(struct vioapic_model *m, unsigned long pin)
{
	if (m->redeliver[pin] < VIOAPIC_HELD - 1)
		m->redeliver[pin]++;
}

/*
 * The service of @pin has ended and it sends nothing now.  Masked with its line asserted,
 * as who serves by a thread ends it, it sends when it is unmasked: that is no rest.
 */
static inline void end_quietly(struct vioapic_model *m, unsigned long pin, u32 line, u64 rte)
{
	if (vioapic_line_is_asserted(line, rte))
		count(m, pin);
	else
		m->redeliver[pin] = 0;
}

/* Claims */

static noinline void end_too(struct vioapic_effects *fx, unsigned long pin)
{
	unsigned int i;

	if (!(fx->what & VIOAPIC_FX_ENDED))
		for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
			fx->ended[i] = 0;
	fx->what |= VIOAPIC_FX_ENDED;
	set(fx->ended, pin);
}

/* @claims are on the line from now on, of a pin whose RTE may have changed */
static inline void set_claims(struct vioapic_model *m, unsigned long pin, u32 claims)
{
	u32 line = m->line[pin];

	m->line[pin] = (line & VIOAPIC_LINE_SENT) |
		       vioapic_line_of(vioapic_line_electric(line), claims, m->rte[pin]);
}

static inline void drop_service(struct vioapic_model *m, unsigned long pin,
				struct vioapic_effects *fx)
{
	if (!(m->line[pin] & VIOAPIC_LINE_SERVICE))
		return;
	set_claims(m, pin, m->line[pin] & VIOAPIC_LINE_CLAIMED);
	end_too(fx, pin);
}

/* The service of @pin, which is level-triggered, has ended; the map to send is clear */
static inline void served(struct vioapic_model *m, unsigned long pin, struct vioapic_effects *fx)
{
	clear(m->irr, pin);
	m->rte[pin] &= ~VIOAPIC_RTE_REMOTE_IRR;
	if (!m->plain)
		drop_service(m, pin, fx);
	if (!vioapic_line_waits(m->line[pin], m->rte[pin])) {
		end_quietly(m, pin, m->line[pin], m->rte[pin]);
		return;
	}
	count(m, pin);
	if (m->redeliver[pin] < m->storm_limit || !hold(m, pin, fx))
		send_too(m, pin, fx);
}

/* An EOI for all pins in service, with all that it can lead to */
static noinline void eoi_slowly(struct vioapic_model *m, u32 vector, struct vioapic_effects *fx)
{
	unsigned long pin, i;
	u64 map;

	for (i = 0; i < VIOAPIC_PIN_WORDS; i++) {
		for (map = m->irr[i]; map; map &= map - 1) {
			pin = 64 * i + __builtin_ctzll(map);
			if ((u8)m->rte[pin] == (u8)vector)
				served(m, pin, fx);
		}
	}
}

static noinline void eoi_claimed(struct vioapic_model *m, u32 vector, struct vioapic_effects *fx)
{
	/* Of a shadow the controller sees to it */
	if (m->role == VIOAPIC_OWNER)
		eoi_slowly(m, vector, fx);
}

/* An EOI for @pin, which would send but had enough of them, and for all others in service */
static noinline void eoi_too_often(struct vioapic_model *m, unsigned long pin, u32 vector,
				   struct vioapic_effects *fx)
{
	/* What is held back has no number */
	if (!m->storm_limit)
		count(m, pin);
	if (!hold(m, pin, fx))
		send_too(m, pin, fx);
	if (m->irr[0] | m->irr[1] | m->irr[2] | m->irr[3])
		eoi_slowly(m, vector, fx);
}

/*
 * An EOI for the pins in word @i, which is a constant, of the map of pins in
 * service; the same as eoi_slowly() for a pin that is not held, and will not be.
 * What is needed twice is read twice rather than kept in a register: those that
 * calls preserve would cost more.
 */
static __always_inline bool eoi_word(struct vioapic_model *m, unsigned int i, u32 vector,
				     struct vioapic_effects *fx)
{
	u64 map = m->irr[i], bit, rte, n;
	unsigned long pin;
	u32 line;

	do {
		bit = map & -map;
		pin = 64 * i + __builtin_ctzll(map);
		rte = READ_ONCE(m->rte[pin]);
		if ((u8)rte != (u8)vector)
			continue;
		m->irr[i] ^= bit;
		m->rte[pin] &= ~VIOAPIC_RTE_REMOTE_IRR;
		rte ^= VIOAPIC_RTE_REMOTE_IRR;
		line = READ_ONCE(m->line[pin]);
		if (!vioapic_line_waits(line, rte)) {
			end_quietly(m, pin, line, rte);
			continue;
		}
		n = READ_ONCE(m->redeliver[pin]) + 1ULL;
		__asm__("" : "+r" (n));
		if (n >= m->storm_limit) {
			eoi_too_often(m, pin, vector, fx);
			return true;
		}
		m->redeliver[pin] = n;
		fx->what |= VIOAPIC_FX_DELIVER;
		fx->deliver[i] |= bit;
		m->line[pin] |= VIOAPIC_LINE_SENT;
	} while (map &= map - 1);
	return false;
}

static noinline void eoi_word_3(struct vioapic_model *m, u32 vector, struct vioapic_effects *fx)
{
	eoi_word(m, 3, vector, fx);
}

static noinline void eoi_word_2(struct vioapic_model *m, u32 vector, struct vioapic_effects *fx)
{
	if (!eoi_word(m, 2, vector, fx) && m->irr[3])
		eoi_word_3(m, vector, fx);
}

static noinline void eoi_word_1(struct vioapic_model *m, u32 vector, struct vioapic_effects *fx)
{
	if (eoi_word(m, 1, vector, fx))
		return;
	if (m->irr[2])
		eoi_word_2(m, vector, fx);
	else if (m->irr[3])
		eoi_word_3(m, vector, fx);
}

static noinline void eoi_word_0(struct vioapic_model *m, u32 vector, struct vioapic_effects *fx)
{
	if (eoi_word(m, 0, vector, fx))
		return;
	if (m->irr[1])
		eoi_word_1(m, vector, fx);
	else if (m->irr[2])
		eoi_word_2(m, vector, fx);
	else if (m->irr[3])
		eoi_word_3(m, vector, fx);
}

/*
 * An EOI ends the service of each pin that is level-triggered (bit 15 says so,
 * whatever the delivery mode) and has the vector now.  If software changed the
 * vector meanwhile, the EOI of the old one goes past, as it does on hardware; the
 * pin recovers with an EOI for the new vector or when edge trigger mode is
 * written.  That alone clears a remote IRR found in edge mode.
 */
static inline void eoi(struct vioapic_model *m, u32 vector, struct vioapic_effects *fx)
{
	/* No loop, as there is seldom anything to do */
#if VIOAPIC_PIN_WORDS != 4
#error "there are other words"
#endif
	send_none(fx);
	if (!m->plain)
		eoi_claimed(m, vector, fx);
	else if (m->irr[0])
		eoi_word_0(m, vector, fx);
	else if (m->irr[1])
		eoi_word_1(m, vector, fx);
	else if (m->irr[2])
		eoi_word_2(m, vector, fx);
	else if (m->irr[3])
		eoi_word_3(m, vector, fx);
}

/*
 * Software wrote the RTE of a pin in service.  Edge mode, written, ends the
 * service: what Linux has for an EOI on chips without EOI register.  With the
 * line still asserted, level mode will deliver again, so this counts as an EOI
 * for storms too.
 */
static noinline void rerouted_in_service(struct vioapic_model *m, unsigned long pin, u64 rte)
{
	bool asserted = vioapic_line_is_asserted(m->line[pin], rte);

	if (rte & VIOAPIC_RTE_LEVEL) {
		m->rte[pin] = rte & ~VIOAPIC_RTE_DELIVS;
		/* It may have been stuck in edge mode, where no EOI is for it */
		set(m->irr, pin);
	} else {
		m->rte[pin] = rte & RTE_SOFTWARE;
		clear(m->irr, pin);
		if (asserted)
			count(m, pin);
	}
	if (!asserted)
		m->redeliver[pin] = 0;
}

/* Software changed the RTE to @rte */
static inline void rerouted_owner(struct vioapic_model *m, unsigned long pin, u64 rte,
				  struct vioapic_effects *fx)
{
	if (rte & VIOAPIC_RTE_REMOTE_IRR) {
		rerouted_in_service(m, pin, rte);
	} else {
		m->rte[pin] &= ~VIOAPIC_RTE_DELIVS;
		look_at_line(m, pin, rte, fx);
	}
}

/*
 * The same where lines may be claimed.  What is claimed until a service ends is kept while
 * the service is at hand, or the pin is masked; else it has to be asked for again.
 */
static noinline void rerouted_claimed(struct vioapic_model *m, unsigned long pin, u64 rte,
				      struct vioapic_effects *fx)
{
	bool was_served = rte & VIOAPIC_RTE_REMOTE_IRR;

	set_claims(m, pin, m->line[pin] & VIOAPIC_LINE_CLAIMS);
	if (was_served) {
		rerouted_in_service(m, pin, rte);
		rte = m->rte[pin];
	}
	if (!(rte & VIOAPIC_RTE_REMOTE_IRR) && (was_served || !(rte & VIOAPIC_RTE_MASKED)))
		drop_service(m, pin, fx);
	/* In service it does not wait, but it may have come to rest */
	if (!(rte & VIOAPIC_RTE_REMOTE_IRR))
		m->rte[pin] &= ~VIOAPIC_RTE_DELIVS;
	look_at_line(m, pin, m->rte[pin], fx);
}

#endif
