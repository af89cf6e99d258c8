/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of virt/model/model.c in the owner role have in common: a pin to look at */
#ifndef MODEL_OWNER_FIXTURE_H
#define MODEL_OWNER_FIXTURE_H

#include "model_fixture.h"

#define PIN	5
#define OTHER	17
#define EDGE	0x31ULL
#define LEVEL	(VIOAPIC_RTE_LEVEL | 0x31)
#define LOW	VIOAPIC_RTE_ACTIVE_LOW
#define MASKED	VIOAPIC_RTE_MASKED
#define IRR	VIOAPIC_RTE_REMOTE_IRR
#define DELIVS	VIOAPIC_RTE_DELIVS
#define MODE(m)	((u64)(m) << VIOAPIC_RTE_DELMODE_SHIFT)

static inline void begin(struct fixture *f, u64 rte)
{
	start(f, "generic240", VIOAPIC_OWNER);
	rte_write(f, PIN, rte);
	assert_nothing_sent(f);
}

/* A level pin in service, line still asserted */
static inline void begin_in_service(struct fixture *f)
{
	begin(f, LEVEL);
	line(f, PIN, true);
	assert_taken(f, PIN);
	assert_int_equal(rte_read(f, PIN), LEVEL | IRR);
}

/* Held back, by a storm of one, while the outcome of the message before is not known */
static inline void begin_held_back(struct fixture *f)
{
	begin_in_service(f);
	eoi(f, 0x31);
	assert_sent_only(f, PIN);
	f->m.storm_limit = 1;
	rte_write(f, PIN, LEVEL + 1);
	assert_true(f->fx.what & VIOAPIC_FX_STORM);
}

#endif
