/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A second model of the I/O APIC, to compare virt/model/model.c with.
 *
 * Written from Intel's 82093AA datasheet (290566-001, section 3) and ICH10's
 * (13.5), to be read beside them: no table of registers, no maps of pins, no
 * short cuts, and nothing from the other model, its headers included.  It is
 * slow and trusts its caller as little as the other does.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#define REF_PINS	240

/* A pin: the redirection entry, then its line, then what became of its messages */
struct ref_pin {
	/* 3.2.4, bits 0-31 without 12 and 14, and bits 32-63, as they read */
	uint32_t low;
	uint32_t high;
	bool send_pending;		/* bit 12 */
	bool remote_irr;		/* bit 14 */
	bool unknown;			/* (shadow) only the controller knows these two */

	bool line;
	bool driven;
	/* Asserted by who does not ask for polarity: until told otherwise, or for a service */
	bool claimed;
	bool claimed_for_service;

	bool outcome_due;
	bool held;
	uint32_t redeliveries;
};

struct reference {
	bool owner;
	unsigned int version;
	unsigned int id_width;
	bool eoi_register;
	bool arb_is_id;
	bool scratchpad;
	unsigned int pins;
	uint32_t limit;
	unsigned int index;
	uint32_t other[16];		/* registers 0x00-0x0f */
	uint32_t first_id;		/* register 0x00 at each reset: how the board is made */
	struct ref_pin pin[REF_PINS];
};

/* What follows from a call */
struct ref_effects {
	bool sample;
	unsigned int sample_pin;
	bool id;
	unsigned int new_id;
	bool route;
	unsigned int route_pin;
	uint64_t route_old;
	uint64_t route_new;
	bool eoi;
	unsigned int eoi_vector;
	bool storm;
	unsigned int storm_pin;
	unsigned int deliveries;
	bool deliver[REF_PINS];
	unsigned int endings;
	bool ended[REF_PINS];		/* claims for a service */
};

/* False if there is no such chip, or it cannot have so many pins or the ID */
bool ref_init(struct reference *r, const char *chip, bool owner, unsigned int pins,
	      unsigned int id);
void ref_reset(struct reference *r, struct ref_effects *e);
uint64_t ref_read(struct reference *r, unsigned int offset, unsigned int size,
		  struct ref_effects *e);
void ref_write(struct reference *r, unsigned int offset, unsigned int size, uint64_t value,
	       struct ref_effects *e);
uint32_t ref_register(const struct reference *r, unsigned int index);
void ref_sample(struct reference *r, unsigned int pin, uint32_t low);
void ref_load(struct reference *r, unsigned int index, uint32_t value);
void ref_set_line(struct reference *r, unsigned int pin, bool high, struct ref_effects *e);
/* @how: 0 not any more, 1 until then, 2 for a moment, 3 until the service ends */
void ref_claim(struct reference *r, unsigned int pin, unsigned int how, struct ref_effects *e);
void ref_let_go(struct reference *r, unsigned int pin, struct ref_effects *e);
void ref_eoi(struct reference *r, unsigned int vector, struct ref_effects *e);
/*
 * Hardware that is broken: the last call did not end the service of pin @n, whatever
 * @e says.  The one way to remote IRR in an entry that is edge-triggered.
 */
void ref_stick(struct reference *r, unsigned int n, struct ref_effects *e);
void ref_delivered(struct reference *r, unsigned int pin, bool accepted);
/* A message on its way: false if there is none.  Then it may turn out that nobody took it */
bool ref_take(struct reference *r, unsigned int pin, uint64_t *rte);
void ref_refused(struct reference *r, unsigned int pin, uint64_t rte);
/* Of one pin, whatever its vector */
void ref_end(struct reference *r, unsigned int pin, struct ref_effects *e);
void ref_retry(struct reference *r, unsigned int pin, struct ref_effects *e);
void ref_storm_over(struct reference *r, struct ref_effects *e);

/* Level-triggered, unmasked, line asserted, nothing in service */
bool ref_waits(const struct ref_pin *p);

#endif
