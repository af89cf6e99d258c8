/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of virt/model/state.c and virt/model/kvm_state.c have in common. */
#ifndef STATE_FIXTURE_H
#define STATE_FIXTURE_H

#include "model_fixture.h"
#include <vioapic/state.h>

#define PIN	5
#define LEVEL	(VIOAPIC_RTE_LEVEL | 0x31)
#define EDGE	0x31ULL
#define LOW	VIOAPIC_RTE_ACTIVE_LOW
#define MASKED	VIOAPIC_RTE_MASKED
#define IRR	VIOAPIC_RTE_REMOTE_IRR
#define DELIVS	VIOAPIC_RTE_DELIVS
#define ADDRESS	0xfec00000

static struct vioapic_state saved, again;

static inline void save(const struct fixture *f, struct vioapic_state *state)
{
	memset(state, POISON, sizeof(*state));
	vioapic_model_save(&f->m, state);
	state->address = ADDRESS;
}

static inline int restore(struct fixture *f)
{
	memset(&f->fx, POISON, sizeof(f->fx));
	return vioapic_model_restore(&f->m, &saved, &f->fx);
}

/* The state of @f, in a model that knows nothing of it */
static inline void move(const struct fixture *f, struct fixture *to)
{
	save(f, &saved);
	start(to, f->m.chip->name, f->m.role);
	to->m.storm_limit = f->m.storm_limit;
	assert_int_equal(vioapic_state_check(&saved), 0);
	assert_int_equal(restore(to), 0);
	save(to, &again);
	assert_memory_equal(&saved, &again, sizeof(saved));
}

static inline void begin(struct fixture *f, u64 rte)
{
	start(f, "ich", VIOAPIC_OWNER);
	rte_write(f, PIN, rte);
}

static inline void begin_in_service(struct fixture *f)
{
	begin(f, LEVEL);
	line(f, PIN, true);
	assert_taken(f, PIN);
}

#endif
