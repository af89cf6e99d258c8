// SPDX-License-Identifier: GPL-2.0
/*
 * Save and restore of an I/O APIC: see <vioapic/state.h>.
 *
 * What is saved is what matters, not how the model keeps it: there is one way to
 * write down each state, and all others are refused.  A state that passes the
 * check is one that the model can be in.
 */
#include <vioapic/state.h>

#define PAGE_BYTES	4096
#define FLAGS_LINE	(VIOAPIC_PIN_HIGH | VIOAPIC_PIN_DRIVEN | VIOAPIC_PIN_ASSERTED | \
			 VIOAPIC_PIN_SERVICE)

static_assert(sizeof(struct vioapic_state) == 144 + 16 * VIOAPIC_PINS_MAX, "has padding");
static_assert(VIOAPIC_PINS_MAX == VIOAPIC_MAX_PINS, "one of them changed");
static_assert(VIOAPIC_STATE_REGS == VIOAPIC_REG_RTE, "one of them changed");
static_assert(VIOAPIC_PIN_HELD == VIOAPIC_HELD, "one of them changed");

/* Save */

static u16 flags_of(u32 line)
{
	u32 electric = vioapic_line_electric(line);

	return (electric & VIOAPIC_LINE_HIGH ? VIOAPIC_PIN_HIGH : 0) |
	       (electric & VIOAPIC_LINE_DRIVEN ? VIOAPIC_PIN_DRIVEN : 0) |
	       (line & VIOAPIC_LINE_CLAIMED ? VIOAPIC_PIN_ASSERTED : 0) |
	       (line & VIOAPIC_LINE_SERVICE ? VIOAPIC_PIN_SERVICE : 0);
}

/* A message that is to be sent though the line does not ask for it any more */
static bool can_be_latched(u64 rte)
{
	return vioapic_rte_sends_edges(rte) || vioapic_rte_is_ready(rte);
}

static void save_pin(const struct vioapic_model *m, unsigned int pin, struct vioapic_pin_state *p)
{
	u32 line = m->line[pin];

	p->rte = m->rte[pin];
	if (m->role == VIOAPIC_SHADOW) {
		if (m->ask[vioapic_rte_index(pin)])
			p->flags = VIOAPIC_PIN_STALE;
		return;
	}
	if (!(p->rte & VIOAPIC_RTE_REMOTE_IRR) && (line & VIOAPIC_LINE_SERVICE))
		line = vioapic_line_of(vioapic_line_electric(line), line & VIOAPIC_LINE_CLAIMED,
				       p->rte);
	p->rte &= ~VIOAPIC_RTE_DELIVS;
	p->storm = vioapic_line_is_asserted(line, p->rte) ? m->redeliver[pin] : 0;
	p->flags = flags_of(line);
	if (vioapic_line_waits(line, p->rte))
		p->rte |= VIOAPIC_RTE_DELIVS;
	else if ((line & VIOAPIC_LINE_SENT) && can_be_latched(p->rte))
		p->flags |= VIOAPIC_PIN_LATCHED;
}

void vioapic_model_save(const struct vioapic_model *m, struct vioapic_state *state)
{
	unsigned int i;

	__builtin_memset(state, 0, sizeof(*state));
	state->magic = VIOAPIC_STATE_MAGIC;
	state->version = VIOAPIC_STATE_VERSION;
	state->size = sizeof(*state);
	state->role = m->role;
	state->pins = m->pins;
	for (i = 0; i < VIOAPIC_NAME_LEN - 1 && m->chip->name[i]; i++)
		state->chip[i] = m->chip->name[i];
	state->ioregsel = m->ioregsel;
	for (i = 0; i < VIOAPIC_STATE_REGS; i++)
		state->reg[i] = m->reg[i];
	for (i = 0; i < m->pins; i++)
		save_pin(m, i, &state->pin[i]);
}

/* Check */

static const struct vioapic_chip *chip_of(const struct vioapic_state *state)
{
	unsigned int i;

	for (i = 1; i < VIOAPIC_NAME_LEN; i++)
		if (state->chip[i] && !state->chip[i - 1])
			return NULL;
	return state->chip[VIOAPIC_NAME_LEN - 1] ? NULL : vioapic_chip_find(state->chip);
}

static bool registers_are_possible(const struct vioapic_state *state,
				   const struct vioapic_chip *chip)
{
	u32 id = state->reg[VIOAPIC_REG_ID], version = state->reg[VIOAPIC_REG_VERSION];
	unsigned int i;

	/*
	 * A shadow's are what its controller answers, and where that has no register
	 * it may be anything: what was read before, all ones.  But pins and chip were
	 * taken from the version.
	 */
	if (state->role == VIOAPIC_SHADOW)
		return (version >> 16 & 0xff) == state->pins - 1 &&
		       vioapic_chip_for(version) == vioapic_chip_for(chip->version);
	if (id & 0x00ffffff & ~chip->id_scratch || (u64)id >> 24 >> chip->id_bits)
		return false;
	id &= 0xff000000;
	if (version != ((state->pins - 1) << 16 | chip->version) ||
	    state->reg[VIOAPIC_REG_ARB] != (chip->has_arb ? id : 0) ||
	    state->reg[VIOAPIC_REG_BOOT] != chip->boot)
		return false;
	for (i = VIOAPIC_REG_BOOT + 1; i < VIOAPIC_STATE_REGS; i++)
		if (state->reg[i])
			return false;
	return true;
}

static bool shadow_pin_is_possible(const struct vioapic_pin_state *p)
{
	if (p->storm || (p->flags & ~VIOAPIC_PIN_STALE))
		return false;
	if (!(p->rte & VIOAPIC_RTE_LEVEL) && (p->rte & VIOAPIC_RTE_DELIVS))
		return false;
	/* What is known of a pin stays so only at rest; a level pin has to be masked, too */
	return p->flags ||
	       ((p->rte & VIOAPIC_RTE_MASKED || !(p->rte & VIOAPIC_RTE_LEVEL)) &&
		!(p->rte & VIOAPIC_RTE_READONLY));
}

static bool owner_pin_is_possible(const struct vioapic_pin_state *p,
				  const struct vioapic_chip *chip)
{
	u32 line = vioapic_state_line(p->flags, p->rte);

	if ((p->flags & ~(FLAGS_LINE | VIOAPIC_PIN_LATCHED)) ||
	    (p->flags & (VIOAPIC_PIN_HIGH | VIOAPIC_PIN_DRIVEN)) == VIOAPIC_PIN_HIGH)
		return false;
	if ((p->flags & VIOAPIC_PIN_SERVICE) && !(p->rte & VIOAPIC_RTE_REMOTE_IRR))
		return false;
	if (p->rte & ~(chip->rte_mask | VIOAPIC_RTE_READONLY))
		return false;
	/* Remote IRR may be set in edge mode too: see vioapic_model_stick() */
	if (!(p->rte & VIOAPIC_RTE_DELIVS) != !vioapic_line_waits(line, p->rte))
		return false;
	/* A line that falls ends the storm */
	if (p->storm && !vioapic_line_is_asserted(line, p->rte))
		return false;
	/* No message is held back while one is in service */
	if (p->storm == VIOAPIC_PIN_HELD && p->rte & VIOAPIC_RTE_REMOTE_IRR)
		return false;
	return !(p->flags & VIOAPIC_PIN_LATCHED) ||
	       (can_be_latched(p->rte) && !vioapic_line_waits(line, p->rte));
}

static bool is_empty(const struct vioapic_pin_state *p)
{
	return !p->rte && !p->storm && !p->flags;
}

static bool pins_are_possible(const struct vioapic_state *state, const struct vioapic_chip *chip)
{
	const struct vioapic_pin_state *p;
	unsigned int pin;
	bool good;

	for (pin = 0; pin < VIOAPIC_PINS_MAX; pin++) {
		p = &state->pin[pin];
		if (pin >= state->pins)
			good = is_empty(p);
		else if (state->role == VIOAPIC_SHADOW)
			good = shadow_pin_is_possible(p);
		else
			good = owner_pin_is_possible(p, chip);
		if (!good || p->reserved)
			return false;
	}
	return true;
}

/* All but an address of 0 */
static bool is_possible(const struct vioapic_state *state)
{
	const struct vioapic_chip *chip;
	unsigned int i;

	if (state->magic != VIOAPIC_STATE_MAGIC || state->version != VIOAPIC_STATE_VERSION ||
	    state->size != sizeof(*state))
		return false;
	for (i = 0; i < sizeof(state->reserved) / sizeof(*state->reserved); i++)
		if (state->reserved[i])
			return false;
	if (state->role != VIOAPIC_SHADOW && state->role != VIOAPIC_OWNER)
		return false;
	if (!state->pins || state->pins > VIOAPIC_MAX_PINS)
		return false;
	if (state->address % PAGE_BYTES || state->gsi_base > ~0U - (state->pins - 1))
		return false;
	if (state->ioregsel > vioapic_index_mask(state->pins))
		return false;
	chip = chip_of(state);
	return chip && registers_are_possible(state, chip) && pins_are_possible(state, chip);
}

int vioapic_state_check(const struct vioapic_state *state)
{
	return state->address && is_possible(state) ? 0 : -EINVAL;
}

/* Restore */

static void restore_pin(struct vioapic_model *m, unsigned int pin,
			const struct vioapic_pin_state *p)
{
	m->rte[pin] = p->rte;
	if (m->role == VIOAPIC_SHADOW) {
		m->ask[vioapic_rte_index(pin)] = !!p->flags;
		return;
	}
	m->redeliver[pin] = p->storm;
	m->line[pin] = vioapic_state_line(p->flags, p->rte);
	m->plain &= !(m->line[pin] & VIOAPIC_LINE_CLAIMS);
	if (p->flags & VIOAPIC_PIN_LATCHED)
		m->line[pin] |= VIOAPIC_LINE_SENT;
	if (p->rte & VIOAPIC_RTE_LEVEL && p->rte & VIOAPIC_RTE_REMOTE_IRR)
		m->irr[pin / 64] |= 1ULL << (pin % 64);
}

int vioapic_model_restore(struct vioapic_model *m, const struct vioapic_state *state,
			  struct vioapic_effects *fx)
{
	unsigned int i;

	fx->what = 0;
	if (!is_possible(state) || chip_of(state) != m->chip || state->role != m->role ||
	    state->pins != m->pins)
		return -EINVAL;

	m->ioregsel = state->ioregsel;
	for (i = 0; i < VIOAPIC_STATE_REGS; i++)
		m->reg[i] = state->reg[i];
	for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
		m->irr[i] = 0;
	for (i = 0; i < m->pins; i++)
		restore_pin(m, i, &state->pin[i]);
	vioapic_model_resume(m, fx);
	return 0;
}
