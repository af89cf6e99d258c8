/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of virt/model/model.c have in common. */
#ifndef MODEL_FIXTURE_H
#define MODEL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <vioapic/model.h>
#include <cmocka.h>

#define LOW_HALF(pin)	(VIOAPIC_REG_RTE + 2 * (pin))
#define HIGH_HALF(pin)	(VIOAPIC_REG_RTE + 2 * (pin) + 1)

/* Left in the effects before each call: what a call does not name, it leaves alone */
#define POISON		0xa5

struct fixture {
	struct vioapic_model m;
	struct vioapic_effects fx;
};

#define for_each_chip(chip) \
	for ((chip) = vioapic_chips; (chip)->name; (chip)++)

static inline void start(struct fixture *f, const char *chip, enum vioapic_role role)
{
	memset(f, POISON, sizeof(*f));
	assert_int_equal(vioapic_model_init(&f->m, vioapic_chip_find(chip), role, 0, 1), 0);
}

static inline u64 rd(struct fixture *f, unsigned int offset, unsigned int size)
{
	memset(&f->fx, POISON, sizeof(f->fx));
	return vioapic_model_read(&f->m, offset, size, &f->fx);
}

static inline void wr(struct fixture *f, unsigned int offset, unsigned int size, u64 value)
{
	memset(&f->fx, POISON, sizeof(f->fx));
	vioapic_model_write(&f->m, offset, size, value, &f->fx);
}

/* As Linux accesses registers: 32-bit index, 32-bit data */
static inline u32 reg_read(struct fixture *f, unsigned int index)
{
	wr(f, VIOAPIC_IOREGSEL, 4, index);
	return rd(f, VIOAPIC_IOWIN, 4);
}

static inline void reg_write(struct fixture *f, unsigned int index, u32 value)
{
	wr(f, VIOAPIC_IOREGSEL, 4, index);
	wr(f, VIOAPIC_IOWIN, 4, value);
}

static inline u64 rte_read(struct fixture *f, unsigned int pin)
{
	u64 low = reg_read(f, LOW_HALF(pin));

	return low | (u64)reg_read(f, HIGH_HALF(pin)) << 32;
}

/* @f->fx is of the write of the low half */
static inline void rte_write(struct fixture *f, unsigned int pin, u64 rte)
{
	reg_write(f, HIGH_HALF(pin), rte >> 32);
	reg_write(f, LOW_HALF(pin), rte);
}

static inline void line(struct fixture *f, unsigned int pin, bool high)
{
	memset(&f->fx, POISON, sizeof(f->fx));
	vioapic_model_set_line(&f->m, pin, high, &f->fx);
}

static inline void eoi(struct fixture *f, u8 vector)
{
	memset(&f->fx, POISON, sizeof(f->fx));
	vioapic_model_eoi(&f->m, vector, &f->fx);
}

static inline void storm_over(struct fixture *f)
{
	memset(&f->fx, POISON, sizeof(f->fx));
	vioapic_model_storm_over(&f->m, &f->fx);
}

static inline void reset(struct fixture *f)
{
	memset(&f->fx, POISON, sizeof(f->fx));
	vioapic_model_reset(&f->m, &f->fx);
}

/* The map of pins that wait for an EOI says what the RTEs say */
static inline void assert_consistent(const struct fixture *f)
{
	unsigned int pin;

	for (pin = 0; pin < VIOAPIC_PIN_SLOTS; pin++)
		assert_int_equal(f->m.irr[pin / 64] >> (pin % 64) & 1,
				 f->m.rte[pin] / VIOAPIC_RTE_REMOTE_IRR &
				 f->m.rte[pin] / VIOAPIC_RTE_LEVEL & 1);
}

static inline unsigned int sent_count(const struct fixture *f)
{
	unsigned int i, n = 0;

	if (f->fx.what & VIOAPIC_FX_DELIVER)
		for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
			n += __builtin_popcountll(f->fx.deliver[i]);
	return n;
}

static inline bool sent(const struct fixture *f, unsigned int pin)
{
	return (f->fx.what & VIOAPIC_FX_DELIVER) && f->fx.deliver[pin / 64] >> (pin % 64) & 1;
}

#define assert_nothing_sent(f)	assert_false((f)->fx.what & VIOAPIC_FX_DELIVER)

#define assert_sent_only(f, pin) do { \
	assert_true(sent(f, pin)); \
	assert_int_equal(sent_count(f), 1); \
} while (0)

/* A message went out for @pin alone, and a local APIC took it, or none did */
#define assert_taken(f, pin) do { \
	assert_sent_only(f, pin); \
	vioapic_model_delivered(&(f)->m, pin, true); \
} while (0)

#define assert_not_taken(f, pin) do { \
	assert_sent_only(f, pin); \
	vioapic_model_delivered(&(f)->m, pin, false); \
} while (0)

#endif
