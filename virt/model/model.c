// SPDX-License-Identifier: GPL-2.0
/*
 * The I/O APIC as a pure state machine: see <vioapic/model.h>.
 *
 * All registers lie in one array in which registers that do not exist are zero,
 * so a read of IOWIN is a load from it.  An RTE is a pair of them, low half
 * first, and is handled as one u64.
 *
 * Indexes from software are cut to the width of the array with an AND and not
 * with a comparison, which a CPU may guess wrong (CVE-2013-1798, L1TF);
 * comparisons with the number of pins only decide what such an index means.
 */
#include <vioapic/model.h>
#include "model_owner.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the halves of an RTE lie in memory low half first"
#endif

static inline unsigned long index_mask(unsigned long index)
{
	return cut(index, VIOAPIC_REGS - 1);
}

static inline unsigned long pin_of(unsigned long index)
{
	return slot(vioapic_rte_pin(index));
}

/* Registers 0x00-0x0f are no RTEs, and neither are those beyond the last pin */
static inline bool is_rte(const struct vioapic_model *m, unsigned long index)
{
	return vioapic_rte_pin(index) < m->pins;
}

static u32 id_field(unsigned int bits)
{
	return ((1U << bits) - 1) << 24;
}

/* Shadow: which reads have to ask the controller */

/* What the controller says about the pin just now is in its RTE */
static void sampled(struct vioapic_model *m, unsigned int pin)
{
	u64 rte = m->rte[pin];

	if (!(rte & VIOAPIC_RTE_LEVEL)) {
		/* An edge pin never gets remote IRR, but it may have it from when it was level */
		m->rte[pin] = rte & ~VIOAPIC_RTE_DELIVS;
		m->ask[vioapic_rte_index(pin)] = !!(rte & VIOAPIC_RTE_REMOTE_IRR);
	} else if ((rte & VIOAPIC_RTE_MASKED) && !(rte & VIOAPIC_RTE_READONLY)) {
		/* A masked pin sends nothing: what is clear stays clear */
		m->ask[vioapic_rte_index(pin)] = false;
	} else {
		m->ask[vioapic_rte_index(pin)] = true;
	}
}

/* Software changed the low half; delivery status and remote IRR are as they were */
static void rerouted_shadow(struct vioapic_model *m, unsigned int pin, u32 old, u32 new)
{
	if (!(new & VIOAPIC_RTE_LEVEL)) {
		/*
		 * On most controllers nothing of an edge pin is in service.  If something
		 * was, whoever reads (clear_IO_APIC_pin() does) shall know of this one.
		 */
		m->rte[pin] &= RTE_SOFTWARE;
	} else if (!(new & VIOAPIC_RTE_MASKED) || !(old & VIOAPIC_RTE_LEVEL)) {
		m->ask[vioapic_rte_index(pin)] = true;
	}
}

/* Registers */

/* Software writes a register and wants the bits in @changed to change */

static inline void write_id(struct vioapic_model *m, u32 changed, struct vioapic_effects *fx)
{
	u32 id;

	changed &= m->id_mask;
	m->reg[VIOAPIC_REG_ID] ^= changed;
	/* The ID itself is all that there is above bit 23 */
	if (!(changed >> 24))
		return;
	id = m->reg[VIOAPIC_REG_ID] & m->id_mask & 0xff000000;
	if (m->chip->has_arb)
		m->reg[VIOAPIC_REG_ARB] = id;
	fx->what = VIOAPIC_FX_ID;
	fx->val = id >> 24;
}

static noinline void rerouted_else(struct vioapic_model *m, unsigned long index, u64 rte,
				   u32 changed, struct vioapic_effects *fx)
{
	if (m->role == VIOAPIC_OWNER)
		rerouted_claimed(m, pin_of(index), rte, fx);
	else if (!(index & 1))
		rerouted_shadow(m, pin_of(index), rte ^ changed, rte);
}

static inline void write_rte(struct vioapic_model *m, unsigned long index, u32 changed,
			     struct vioapic_effects *fx)
{
	unsigned long pin = pin_of(index);
	u64 rte;

	changed &= m->rte_mask[index & 1];
	if (!changed) {
		/* Edge mode, written, means something even if it was there before */
		rte = m->rte[pin];
		if (!(index & 1) && (rte & RTE_IN_SERVICE) == VIOAPIC_RTE_REMOTE_IRR &&
		    m->role == VIOAPIC_OWNER)
			rerouted_in_service(m, pin, rte);
		return;
	}
	fx->pin = pin;
	fx->old = m->rte[pin] & RTE_SOFTWARE;
	m->reg[index] ^= changed;
	rte = READ_ONCE(m->rte[pin]);
	fx->new = rte & RTE_SOFTWARE;
	fx->what = VIOAPIC_FX_ROUTE;
	if (m->plain)
		rerouted_owner(m, pin, rte, fx);
	else
		rerouted_else(m, index, rte, changed, fx);
}

static noinline void write_register(struct vioapic_model *m, unsigned long index, u32 changed,
				    struct vioapic_effects *fx)
{
	if (is_rte(m, index))
		write_rte(m, index, changed, fx);
	else if (index == VIOAPIC_REG_ID)
		write_id(m, changed, fx);
}

static inline void write_eoi(struct vioapic_model *m, u32 vector, struct vioapic_effects *fx)
{
	if (!m->chip->has_eoi)
		return;
	fx->what = VIOAPIC_FX_EOI;
	fx->val = vector;
	eoi(m, vector, fx);
}

/*
 * Accesses of @size bytes, which is a constant, that need not cover a register
 * exactly.  They touch one register or none, as two are never 8 bytes close.
 * @offset as seen from the first that an access covers the register from.
 */
#define FROM(reg, offset, size)	((offset) - ((reg) + 1 - (size)))

static __always_inline u64 bytes(unsigned int size)
{
	return ~0ULL >> (64 - 8 * size);
}

/* Of IOWIN, as an access at @offset sees it; and back.  -(8 * n) % 64 is 8 * (IOWIN - n) */
static __always_inline u64 seen(u64 value, unsigned int offset, unsigned int size)
{
	if (size <= 4)
		return value << 8 * (size - 1) >> 8 * FROM(VIOAPIC_IOWIN, offset, size);
	if (offset < VIOAPIC_IOWIN)
		return value << (-(8 * offset) & 63);
	return value >> 8 * (offset - VIOAPIC_IOWIN);
}

static __always_inline u64 unseen(u64 value, unsigned int offset, unsigned int size)
{
	if (size <= 4)
		return value << 8 * FROM(VIOAPIC_IOWIN, offset, size) >> 8 * (size - 1);
	if (offset < VIOAPIC_IOWIN)
		return value >> (-(8 * offset) & 63);
	return value << 8 * (offset - VIOAPIC_IOWIN);
}

static __always_inline u64 read_bytes(struct vioapic_model *m, unsigned int offset,
				      unsigned int size, struct vioapic_effects *fx)
{
	unsigned long index;

	if (FROM(VIOAPIC_IOWIN, offset, size) > size + 2)
		return offset < 4 ? m->ioregsel >> 8 * offset & bytes(size) : 0;
	index = index_mask(m->ioregsel);
	/* Both bits that the controller owns are in one byte */
	if (m->ask[index] && FROM(VIOAPIC_IOWIN + 1, offset, size) < size) {
		fx->what = VIOAPIC_FX_SAMPLE;
		fx->pin = vioapic_rte_pin(index);
	}
	return seen(m->reg[index], offset, size) & bytes(size);
}

static __always_inline void write_bytes(struct vioapic_model *m, unsigned int offset,
					unsigned int size, u64 value, struct vioapic_effects *fx)
{
	unsigned long index;
	u64 changed;

	if (FROM(VIOAPIC_IOWIN, offset, size) <= size + 2) {
		index = index_mask(m->ioregsel);
		changed = (seen(m->reg[index], offset, size) ^ value) & bytes(size);
		write_register(m, index, unseen(changed, offset, size), fx);
	} else if (FROM(VIOAPIC_EOI, offset, size) < size) {
		write_eoi(m, value >> (-(8 * offset) & 63), fx);
	} else if (offset < 4) {
		changed = ((m->ioregsel >> 8 * offset) ^ value) & bytes(size);
		m->ioregsel ^= changed << 8 * offset & m->index_mask;
	}
}

u64 vioapic_model_read(struct vioapic_model *m, unsigned int offset,
		       unsigned int size, struct vioapic_effects *fx)
{
	unsigned long index;

	fx->what = 0;
	if (size == 4) {
		if (offset != VIOAPIC_IOWIN)
			return read_bytes(m, offset, 4, fx);
		index = index_mask(m->ioregsel);
		if (m->ask[index]) {
			fx->what = VIOAPIC_FX_SAMPLE;
			fx->pin = pin_of(index);
		}
		return m->reg[index];
	}
	if (size == 8)
		return read_bytes(m, offset, 8, fx);
	if (size == 2)
		return read_bytes(m, offset, 2, fx);
	if (size == 1)
		return read_bytes(m, offset, 1, fx);
	return 0;
}

void vioapic_model_write(struct vioapic_model *m, unsigned int offset,
			 unsigned int size, u64 value, struct vioapic_effects *fx)
{
	unsigned long index;

	fx->what = 0;
	if (size == 4) {
		if (offset == VIOAPIC_IOREGSEL) {
			m->ioregsel = value & m->index_mask;
		} else if (offset == VIOAPIC_IOWIN) {
			index = index_mask(m->ioregsel);
			write_register(m, index, m->reg[index] ^ value, fx);
		} else {
			write_bytes(m, offset, 4, value, fx);
		}
	} else if (size == 8) {
		write_bytes(m, offset, 8, value, fx);
	} else if (size == 2) {
		write_bytes(m, offset, 2, value, fx);
	} else if (size == 1) {
		write_bytes(m, offset, 1, value, fx);
	}
}

u32 vioapic_model_register(const struct vioapic_model *m, unsigned int index)
{
	return index < VIOAPIC_REGS ? m->reg[index_mask(index)] : 0;
}

void vioapic_model_sample(struct vioapic_model *m, unsigned int pin, u32 low)
{
	if (m->role != VIOAPIC_SHADOW || pin >= m->pins)
		return;
	pin = slot(pin);
	m->rte[pin] = (m->rte[pin] & RTE_SOFTWARE) | (low & VIOAPIC_RTE_READONLY);
	sampled(m, pin);
}

void vioapic_model_load(struct vioapic_model *m, unsigned int index, u32 value)
{
	if (m->role != VIOAPIC_SHADOW)
		return;
	if (index >= VIOAPIC_REG_RTE && !is_rte(m, index))
		return;
	m->reg[index_mask(index)] = value;
	/* A high half says nothing of the bits that the controller owns */
	if (index >= VIOAPIC_REG_RTE && !(index & 1))
		sampled(m, pin_of(index));
}

void vioapic_model_load_rte(struct vioapic_model *m, unsigned int pin, u64 rte)
{
	if (m->role != VIOAPIC_SHADOW || pin >= m->pins)
		return;
	pin = slot(pin);
	m->rte[pin] = rte;
	sampled(m, pin);
}

/* Life */

int vioapic_model_init(struct vioapic_model *m, const struct vioapic_chip *chip,
		       enum vioapic_role role, unsigned int pins, u8 id)
{
	struct vioapic_effects fx;
	u32 id_reg = (u32)id << 24;

	if (!pins)
		pins = chip->pins;
	if (pins > VIOAPIC_MAX_PINS)
		return -EINVAL;
	/* A shadow takes what the controller is said to have */
	if (role == VIOAPIC_OWNER && (id_reg & ~id_field(chip->id_bits)))
		return -EINVAL;

	__builtin_memset(m, 0, sizeof(*m));
	m->chip = chip;
	m->role = role;
	m->plain = role == VIOAPIC_OWNER;
	m->pins = pins;
	m->index_mask = vioapic_index_mask(pins);
	vioapic_model_set_id_bits(m, chip->id_bits);
	m->rte_mask[0] = chip->rte_mask;
	m->rte_mask[1] = chip->rte_mask >> 32;
	m->storm_limit = VIOAPIC_STORM_LIMIT;
	m->reset_id = id_reg;
	m->reg[VIOAPIC_REG_VERSION] = (pins - 1) << 16 | chip->version;
	m->reg[VIOAPIC_REG_BOOT] = chip->boot;
	vioapic_model_reset(m, &fx);
	return 0;
}

void vioapic_model_set_id_bits(struct vioapic_model *m, unsigned int bits)
{
	m->id_mask = id_field(bits) | m->chip->id_scratch;
}

void vioapic_model_reset(struct vioapic_model *m, struct vioapic_effects *fx)
{
	unsigned int pin, i;

	fx->what = 0;
	m->ioregsel = 0;
	m->reg[VIOAPIC_REG_ID] = m->reset_id;
	m->reg[VIOAPIC_REG_ARB] = m->chip->has_arb ? m->reset_id : 0;
	for (pin = 0; pin < m->pins; pin++) {
		m->rte[slot(pin)] = VIOAPIC_RTE_RESET;
		m->redeliver[slot(pin)] = 0;
		m->line[slot(pin)] &= ~VIOAPIC_LINE_SENT;
		set_claims(m, slot(pin), m->line[slot(pin)] & VIOAPIC_LINE_CLAIMS);
		drop_service(m, slot(pin), fx);
	}
	for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
		m->irr[i] = 0;
	for (i = 0; i < VIOAPIC_REGS; i++)
		m->ask[i] = 0;
}

/* Lines and messages (owner) */

/* The line of @pin is @line now; nothing is pending until it has been looked at */
static inline void change_line(struct vioapic_model *m, unsigned long pin, u32 line,
			       struct vioapic_effects *fx)
{
	u64 rte = m->rte[pin] & ~VIOAPIC_RTE_DELIVS;
	u32 was = m->line[pin];

	m->line[pin] = line;
	m->rte[pin] = rte;
	if (vioapic_line_is_asserted(line, rte) && !vioapic_line_is_asserted(was, rte) &&
	    vioapic_rte_sends_edges(rte))
		send(m, pin, fx);
	else
		look_at_line(m, pin, rte, fx);
}

void vioapic_model_set_line(struct vioapic_model *m, unsigned int pin, bool high,
			    struct vioapic_effects *fx)
{
	u32 line, was, claims;

	fx->what = 0;
	if (m->role != VIOAPIC_OWNER || pin >= m->pins)
		return;
	pin = slot(pin);
	was = m->line[pin];
	line = (was & ~VIOAPIC_LINE_HIGH) | VIOAPIC_LINE_DRIVEN | (high ? VIOAPIC_LINE_HIGH : 0);
	claims = was & VIOAPIC_LINE_CLAIMS;
	if (claims)
		line = (was & VIOAPIC_LINE_SENT) |
		       vioapic_line_of(line & VIOAPIC_LINE_ASSERTED, claims, m->rte[pin]);
	change_line(m, pin, line, fx);
}

/* The line is @line again, which it was for a moment before: nothing rises */
static void fall_back(struct vioapic_model *m, unsigned long pin, u32 line)
{
	m->line[pin] = line | (m->line[pin] & VIOAPIC_LINE_SENT);
	if (!vioapic_line_waits(line, m->rte[pin]))
		m->rte[pin] &= ~VIOAPIC_RTE_DELIVS;
	if (!vioapic_line_is_asserted(line, m->rte[pin]))
		m->redeliver[pin] = 0;
}

/* Is there a service, or may there be one, for whoever claims the line until it ends? */
static bool may_be_served(u64 rte)
{
	return vioapic_rte_is_level(rte) || rte & VIOAPIC_RTE_MASKED;
}

void vioapic_model_claim(struct vioapic_model *m, unsigned int pin, enum vioapic_claim how,
			 struct vioapic_effects *fx)
{
	u32 was, claims;
	bool stays;

	fx->what = 0;
	if (m->role != VIOAPIC_OWNER || pin >= m->pins)
		return;
	m->plain = false;
	pin = slot(pin);
	was = m->line[pin];
	stays = how == VIOAPIC_CLAIM_SERVICE && may_be_served(m->rte[pin]);
	claims = was & VIOAPIC_LINE_CLAIMS;
	if (how == VIOAPIC_CLAIM_OFF)
		claims &= ~VIOAPIC_LINE_CLAIMED;
	else
		claims |= stays ? VIOAPIC_LINE_SERVICE : VIOAPIC_LINE_CLAIMED;
	change_line(m, pin, (was & VIOAPIC_LINE_SENT) |
		    vioapic_line_of(vioapic_line_electric(was), claims, m->rte[pin]), fx);
	if (how == VIOAPIC_CLAIM_OFF || how == VIOAPIC_CLAIM_ON || stays)
		return;
	fall_back(m, pin, was);
	if (how == VIOAPIC_CLAIM_SERVICE)
		end_too(fx, pin);
}

void vioapic_model_let_go(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx)
{
	fx->what = 0;
	if (pin >= m->pins || vioapic_model_in_service(m, pin))
		return;
	pin = slot(pin);
	drop_service(m, pin, fx);
	if (fx->what)
		fall_back(m, pin, m->line[pin]);
}

void vioapic_model_eoi(struct vioapic_model *m, u8 vector, struct vioapic_effects *fx)
{
	fx->what = 0;
	eoi(m, vector, fx);
}

void vioapic_model_end(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx)
{
	fx->what = 0;
	send_none(fx);
	if (vioapic_model_in_service(m, pin) && m->role == VIOAPIC_OWNER)
		served(m, slot(pin), fx);
}

bool vioapic_model_take(struct vioapic_model *m, unsigned int pin, u64 *rte)
{
	if (pin >= m->pins)
		return false;
	pin = slot(pin);
	if (!(m->line[pin] & VIOAPIC_LINE_SENT))
		return false;
	m->line[pin] &= ~VIOAPIC_LINE_SENT;
	*rte = m->rte[pin] & RTE_SOFTWARE;
	if (*rte & VIOAPIC_RTE_MASKED)
		return false;
	if (!vioapic_rte_is_level(*rte))
		return true;
	/* It is on its way already, or is held back */
	if (m->rte[pin] & VIOAPIC_RTE_REMOTE_IRR || m->redeliver[pin] == VIOAPIC_HELD)
		return false;
	set(m->irr, pin);
	m->rte[pin] = *rte | VIOAPIC_RTE_REMOTE_IRR;
	return true;
}

void vioapic_model_refused(struct vioapic_model *m, unsigned int pin, u64 rte)
{
	if (pin >= m->pins || !vioapic_rte_is_level(rte))
		return;
	pin = slot(pin);
	/* It has ended meanwhile, and there may be another to be sent */
	if (m->line[pin] & VIOAPIC_LINE_SENT || (m->rte[pin] & RTE_IN_SERVICE) != RTE_IN_SERVICE)
		return;
	clear(m->irr, pin);
	m->rte[pin] &= RTE_SOFTWARE;
	if (vioapic_line_waits(m->line[pin], m->rte[pin]))
		m->rte[pin] |= VIOAPIC_RTE_DELIVS;
}

void vioapic_model_delivered(struct vioapic_model *m, unsigned int pin, bool accepted)
{
	if (pin >= m->pins)
		return;
	pin = slot(pin);
	if (!(m->line[pin] & VIOAPIC_LINE_SENT))
		return;
	m->line[pin] &= ~VIOAPIC_LINE_SENT;
	/* An edge was sent, and is gone if nobody took it */
	if (!vioapic_rte_is_level(m->rte[pin]))
		return;
	if (accepted) {
		set(m->irr, pin);
		m->rte[pin] = (m->rte[pin] & RTE_SOFTWARE) | VIOAPIC_RTE_REMOTE_IRR;
		/* Reported late, and held back since: there is no other message to hold */
		if (m->redeliver[pin] == VIOAPIC_HELD)
			m->redeliver[pin] = 0;
	} else if (vioapic_line_waits(m->line[pin], m->rte[pin])) {
		m->rte[pin] |= VIOAPIC_RTE_DELIVS;
	}
}

bool vioapic_model_in_service(const struct vioapic_model *m, unsigned int pin)
{
	return pin < m->pins && m->rte[slot(pin)] & VIOAPIC_RTE_REMOTE_IRR;
}

void vioapic_model_stick(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx)
{
	unsigned int i;
	u64 any = 0;

	if (m->role != VIOAPIC_OWNER || pin >= m->pins)
		return;
	pin = slot(pin);
	m->rte[pin] = (m->rte[pin] & RTE_SOFTWARE) | VIOAPIC_RTE_REMOTE_IRR;
	if (m->rte[pin] & VIOAPIC_RTE_LEVEL)
		set(m->irr, pin);
	m->redeliver[pin] = 0;
	if (!(fx->what & VIOAPIC_FX_DELIVER) || !(fx->deliver[pin / 64] >> (pin % 64) & 1))
		return;
	m->line[pin] &= ~VIOAPIC_LINE_SENT;
	clear(fx->deliver, pin);
	for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
		any |= fx->deliver[i];
	if (!any)
		fx->what &= ~VIOAPIC_FX_DELIVER;
}

void vioapic_model_retry(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx)
{
	fx->what = 0;
	if (m->role != VIOAPIC_OWNER || pin >= m->pins)
		return;
	pin = slot(pin);
	if (m->redeliver[pin] == VIOAPIC_HELD || !vioapic_line_waits(m->line[pin], m->rte[pin]))
		return;
	m->rte[pin] &= ~VIOAPIC_RTE_DELIVS;
	send(m, pin, fx);
}

void vioapic_model_resume(struct vioapic_model *m, struct vioapic_effects *fx)
{
	unsigned int pin;

	fx->what = 0;
	if (m->role != VIOAPIC_OWNER)
		return;
	send_none(fx);
	for (pin = 0; pin < slot(m->pins); pin++) {
		if (m->redeliver[pin] == VIOAPIC_HELD) {
			fx->what |= VIOAPIC_FX_STORM;
			fx->pin = pin;
		} else if (vioapic_line_waits(m->line[pin], m->rte[pin])) {
			m->rte[pin] &= ~VIOAPIC_RTE_DELIVS;
			send_too(m, pin, fx);
		}
		if (m->line[pin] & VIOAPIC_LINE_SENT)
			send_too(m, pin, fx);
	}
}

void vioapic_model_storm_over(struct vioapic_model *m, struct vioapic_effects *fx)
{
	unsigned int pin;

	fx->what = 0;
	send_none(fx);
	for (pin = 0; pin < slot(m->pins); pin++) {
		if (m->redeliver[pin] != VIOAPIC_HELD)
			continue;
		m->redeliver[pin] = 0;
		m->rte[pin] &= ~VIOAPIC_RTE_DELIVS;
		/* It may have been masked, or wait for an EOI of before */
		if (vioapic_line_waits(m->line[pin], m->rte[pin]))
			send_too(m, pin, fx);
	}
}
