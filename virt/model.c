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

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the halves of an RTE lie in memory low half first"
#endif

#define RTE_LOW_HALF	0x00000000ffffffffULL
#define RTE_HIGH_HALF	0xffffffff00000000ULL
#define RTE_SOFTWARE	(~VIOAPIC_RTE_READONLY)
/* Set in all delivery modes that know no level trigger: SMI, NMI, INIT, ExtINT */
#define RTE_EDGE_MODES	0x0000000000000600ULL

#define INDEX_8_BITS	0xff

static bool test(const u64 *map, unsigned int n)
{
	return map[n / 64] >> (n % 64) & 1;
}

static void set(u64 *map, unsigned int n)
{
	map[n / 64] |= 1ULL << (n % 64);
}

static void clear(u64 *map, unsigned int n)
{
	map[n / 64] &= ~(1ULL << (n % 64));
}

static unsigned int index_mask(unsigned int index)
{
	return index & (VIOAPIC_REGS - 1);
}

static unsigned int slot(unsigned int pin)
{
	return pin & (VIOAPIC_PIN_SLOTS - 1);
}

static unsigned int pin_of(unsigned int index)
{
	return slot((index - VIOAPIC_REG_RTE) / 2);
}

/* Registers 0x00-0x0f are no RTEs, and neither are those beyond the last pin */
static bool is_rte(const struct vioapic_model *m, unsigned int index)
{
	return index >= VIOAPIC_REG_RTE &&
	       index < VIOAPIC_REG_RTE + 2U * m->pins;
}

static u32 id_field(const struct vioapic_chip *chip)
{
	return ((1U << chip->id_bits) - 1) << 24;
}

/* Shadow: which reads have to ask the controller */

static void ask(struct vioapic_model *m, unsigned int pin, bool yes)
{
	if (yes)
		set(m->ask, VIOAPIC_REG_RTE + 2 * pin);
	else
		clear(m->ask, VIOAPIC_REG_RTE + 2 * pin);
}

/* What the controller says about the pin just now is in its RTE */
static void ask_sampled(struct vioapic_model *m, unsigned int pin)
{
	u64 rte = m->rte[pin];
	bool quiet;

	if (!(rte & VIOAPIC_RTE_LEVEL))
		m->rte[pin] &= RTE_SOFTWARE;
	/* A masked pin sends nothing: what is clear stays clear */
	quiet = (rte & VIOAPIC_RTE_MASKED) && !(rte & VIOAPIC_RTE_READONLY);
	ask(m, pin, (rte & VIOAPIC_RTE_LEVEL) && !quiet);
}

static void ask_written(struct vioapic_model *m, unsigned int pin, u64 old, u64 new)
{
	bool quiet = (old & new & VIOAPIC_RTE_LEVEL) && (new & VIOAPIC_RTE_MASKED) &&
		     !test(m->ask, VIOAPIC_REG_RTE + 2 * pin);

	ask(m, pin, (new & VIOAPIC_RTE_LEVEL) && !quiet);
}

/* Owner: the pins */

static bool asserted(const struct vioapic_model *m, unsigned int pin)
{
	bool low = m->rte[pin] & VIOAPIC_RTE_ACTIVE_LOW;

	return test(m->driven, pin) && test(m->level, pin) != low;
}

/* NMI and INIT are edge triggered whatever bit 15 says; SMI and ExtINT have to be */
static bool is_level(u64 rte)
{
	return (rte & VIOAPIC_RTE_LEVEL) && !(rte & RTE_EDGE_MODES);
}

/* Delivery modes 3 and 6 are reserved: nothing is sent */
static bool is_reserved(u64 rte)
{
	unsigned int mode = (rte & VIOAPIC_RTE_DELMODE) >> VIOAPIC_RTE_DELMODE_SHIFT;

	return mode == 3 || mode == 6;
}

static void send(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx)
{
	unsigned int i;

	if (!(fx->what & VIOAPIC_FX_DELIVER)) {
		for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
			fx->deliver[i] = 0;
		fx->what |= VIOAPIC_FX_DELIVER;
	}
	set(fx->deliver, pin);
	set(m->sent, pin);
	m->rte[pin] &= ~VIOAPIC_RTE_DELIVS;
}

/* The line fell: the pin came to rest by itself, whatever is in service */
static void settle(struct vioapic_model *m, unsigned int pin)
{
	clear(m->held, pin);
	m->redeliver[pin] = 0;
	m->rte[pin] &= ~VIOAPIC_RTE_DELIVS;
}

/* Send the message of a level pin if there is one to send */
static void service(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx)
{
	u64 rte = m->rte[pin];

	if (!is_level(rte) || (rte & (VIOAPIC_RTE_MASKED | VIOAPIC_RTE_REMOTE_IRR)) ||
	    !asserted(m, pin))
		return;

	if (!test(m->held, pin) && m->storm_limit && m->redeliver[pin] >= m->storm_limit) {
		m->redeliver[pin] = 0;
		set(m->held, pin);
		fx->what |= VIOAPIC_FX_STORM;
		fx->pin = pin;
	}
	if (test(m->held, pin))
		m->rte[pin] |= VIOAPIC_RTE_DELIVS;
	else
		send(m, pin, fx);
}

/* Remote IRR goes; @redeliver: the pin is about to send again without a pause */
static void end_service(struct vioapic_model *m, unsigned int pin, bool redeliver)
{
	clear(m->irr, pin);
	m->rte[pin] &= ~VIOAPIC_RTE_REMOTE_IRR;
	if (!redeliver)
		m->redeliver[pin] = 0;
	else if (m->redeliver[pin] != ~0U)
		m->redeliver[pin]++;
}

/*
 * An EOI ends the service of each pin that has the vector now.  If software
 * changed the vector meanwhile, the EOI of the old one goes past, as it does on
 * hardware; the pin recovers with an EOI for the new vector or when edge
 * trigger mode is written.
 */
static void eoi(struct vioapic_model *m, u8 vector, struct vioapic_effects *fx)
{
	unsigned int i, pin;
	u64 rte, map;

	for (i = 0; i < VIOAPIC_PIN_WORDS; i++) {
		for (map = m->irr[i]; map; map &= map - 1) {
			pin = 64 * i + __builtin_ctzll(map);
			rte = m->rte[pin];
			if ((rte & VIOAPIC_RTE_VECTOR) != vector)
				continue;
			end_service(m, pin, !(rte & VIOAPIC_RTE_MASKED) && asserted(m, pin));
			service(m, pin, fx);
		}
	}
}

/* Software changed the RTE; remote IRR is still as it was */
static void rerouted(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx)
{
	u64 rte = m->rte[pin] & ~VIOAPIC_RTE_DELIVS;
	bool high = asserted(m, pin);

	m->rte[pin] = rte;
	/*
	 * Edge mode, written, ends the service: what Linux has for an EOI on
	 * chips without EOI register.  With the line still asserted, level mode
	 * will deliver again, so this counts as an EOI for storms too.
	 */
	if (!(rte & VIOAPIC_RTE_LEVEL) && (rte & VIOAPIC_RTE_REMOTE_IRR))
		end_service(m, pin, high);
	if (!high)
		settle(m, pin);
	service(m, pin, fx);
}

/* Registers */

static void write_id(struct vioapic_model *m, u32 value, struct vioapic_effects *fx)
{
	u32 field = id_field(m->chip);

	if (!((m->reg[VIOAPIC_REG_ID] ^ value) & field))
		return;
	m->reg[VIOAPIC_REG_ID] = (m->reg[VIOAPIC_REG_ID] & ~field) | (value & field);
	if (m->chip->has_arb)
		m->reg[VIOAPIC_REG_ARB] = value & field;
	fx->what |= VIOAPIC_FX_ID;
	fx->val = (value & field) >> 24;
}

static void write_register(struct vioapic_model *m, unsigned int index, u32 value,
			   struct vioapic_effects *fx)
{
	unsigned int pin = pin_of(index);
	u64 half = index & 1 ? RTE_HIGH_HALF : RTE_LOW_HALF;
	u64 old, new;

	if (!is_rte(m, index)) {
		if (index == VIOAPIC_REG_ID)
			write_id(m, value, fx);
		return;
	}

	old = m->rte[pin];
	new = ((u64)value << 32 | value) & half & m->chip->rte_mask;
	new |= old & (~half | VIOAPIC_RTE_READONLY);
	if (!((old ^ new) & RTE_SOFTWARE))
		return;

	m->rte[pin] = new;
	fx->what |= VIOAPIC_FX_ROUTE;
	fx->pin = pin;
	fx->old = old & RTE_SOFTWARE;
	fx->new = new & RTE_SOFTWARE;

	if (m->role == VIOAPIC_OWNER) {
		rerouted(m, pin, fx);
		return;
	}
	/* As on the controller: nothing of an edge pin is in service */
	if (!(new & VIOAPIC_RTE_LEVEL))
		m->rte[pin] = new & RTE_SOFTWARE;
	ask_written(m, pin, old, new);
}

static void write_eoi(struct vioapic_model *m, u8 vector, struct vioapic_effects *fx)
{
	if (!m->chip->has_eoi)
		return;
	fx->what |= VIOAPIC_FX_EOI;
	fx->val = vector;
	eoi(m, vector, fx);
}

/*
 * The register that an access touches: never two, they are too far apart.
 * Return: its offset, or -1 if there is none.
 */
static int register_at(unsigned int offset, unsigned int size)
{
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return -1;
	if (offset < VIOAPIC_IOREGSEL + 4)
		return VIOAPIC_IOREGSEL;
	if (offset < VIOAPIC_IOWIN + 4 && offset + size > VIOAPIC_IOWIN)
		return VIOAPIC_IOWIN;
	if (offset < VIOAPIC_EOI + 4 && offset + size > VIOAPIC_EOI)
		return VIOAPIC_EOI;
	return -1;
}

/* Bytes of the access that come before the register, in bits; negative: skipped */
static int lane_shift(unsigned int offset, int base)
{
	return 8 * (base - (int)offset);
}

static u64 access_bytes(unsigned int size)
{
	return ~0ULL >> (64 - 8 * size);
}

/* What of an access's @bits falls on the register, and the reverse */
static u32 to_register(u64 bits, int shift)
{
	return shift < 0 ? bits << -shift : bits >> shift;
}

static u64 from_register(u64 bits, int shift)
{
	return shift < 0 ? bits >> -shift : bits << shift;
}

static noinline u64 read_odd(struct vioapic_model *m, unsigned int offset, unsigned int size,
			     struct vioapic_effects *fx)
{
	int base = register_at(offset, size);
	unsigned int index = index_mask(m->ioregsel);
	u32 value = 0, lanes;
	int shift;

	if (base < 0)
		return 0;
	shift = lane_shift(offset, base);
	lanes = to_register(access_bytes(size), shift);
	if (base == VIOAPIC_IOREGSEL) {
		value = m->ioregsel;
	} else if (base == VIOAPIC_IOWIN) {
		value = m->reg[index];
		if ((lanes & VIOAPIC_RTE_READONLY) && test(m->ask, index)) {
			fx->what |= VIOAPIC_FX_SAMPLE;
			fx->pin = pin_of(index);
		}
	}
	return from_register(value, shift) & access_bytes(size);
}

static noinline void write_odd(struct vioapic_model *m, unsigned int offset, unsigned int size,
			       u64 value, struct vioapic_effects *fx)
{
	int base = register_at(offset, size);
	unsigned int index = index_mask(m->ioregsel);
	u32 bits, lanes;
	int shift;

	if (base < 0)
		return;
	shift = lane_shift(offset, base);
	lanes = to_register(access_bytes(size), shift);
	bits = to_register(value & access_bytes(size), shift);
	if (base == VIOAPIC_IOREGSEL)
		m->ioregsel = ((m->ioregsel & ~lanes) | bits) & m->index_mask;
	else if (base == VIOAPIC_IOWIN)
		write_register(m, index, (m->reg[index] & ~lanes) | bits, fx);
	else if (lanes & 0xff)
		write_eoi(m, bits, fx);
}

u64 vioapic_model_read(struct vioapic_model *m, unsigned int offset,
		       unsigned int size, struct vioapic_effects *fx)
{
	unsigned int index = index_mask(m->ioregsel);

	fx->what = 0;
	if (size == 4 && offset == VIOAPIC_IOWIN) {
		if (test(m->ask, index)) {
			fx->what = VIOAPIC_FX_SAMPLE;
			fx->pin = pin_of(index);
		}
		return m->reg[index];
	}
	if (size == 4 && offset == VIOAPIC_IOREGSEL)
		return m->ioregsel;
	return read_odd(m, offset, size, fx);
}

void vioapic_model_write(struct vioapic_model *m, unsigned int offset,
			 unsigned int size, u64 value, struct vioapic_effects *fx)
{
	fx->what = 0;
	if (size == 4 && offset == VIOAPIC_IOREGSEL)
		m->ioregsel = value & m->index_mask;
	else if (size == 4 && offset == VIOAPIC_IOWIN)
		write_register(m, index_mask(m->ioregsel), value, fx);
	else
		write_odd(m, offset, size, value, fx);
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
	ask_sampled(m, pin);
}

void vioapic_model_load(struct vioapic_model *m, unsigned int index, u32 value)
{
	if (m->role != VIOAPIC_SHADOW)
		return;
	if (index >= VIOAPIC_REG_RTE && !is_rte(m, index))
		return;
	m->reg[index_mask(index)] = value;
	if (index >= VIOAPIC_REG_RTE)
		ask_sampled(m, pin_of(index));
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
	if (role == VIOAPIC_OWNER && (id_reg & ~id_field(chip)))
		return -EINVAL;

	__builtin_memset(m, 0, sizeof(*m));
	m->chip = chip;
	m->role = role;
	m->pins = pins;
	m->index_mask = INDEX_8_BITS;
	if (VIOAPIC_REG_RTE + 2 * pins > INDEX_8_BITS + 1)
		m->index_mask = VIOAPIC_REGS - 1;
	m->storm_limit = VIOAPIC_STORM_LIMIT;
	m->reg[VIOAPIC_REG_ID] = id_reg;
	m->reg[VIOAPIC_REG_VERSION] = (pins - 1) << 16 | chip->version;
	m->reg[VIOAPIC_REG_ARB] = chip->has_arb ? id_reg : 0;
	m->reg[VIOAPIC_REG_BOOT] = chip->boot;
	vioapic_model_reset(m, &fx);
	return 0;
}

void vioapic_model_reset(struct vioapic_model *m, struct vioapic_effects *fx)
{
	unsigned int pin, i;

	fx->what = 0;
	m->ioregsel = 0;
	for (pin = 0; pin < m->pins; pin++) {
		m->rte[slot(pin)] = VIOAPIC_RTE_RESET;
		m->redeliver[slot(pin)] = 0;
		ask(m, slot(pin), false);
	}
	for (i = 0; i < VIOAPIC_PIN_WORDS; i++) {
		m->irr[i] = 0;
		m->sent[i] = 0;
		m->held[i] = 0;
	}
}

/* Lines and messages (owner) */

void vioapic_model_set_line(struct vioapic_model *m, unsigned int pin, bool high,
			    struct vioapic_effects *fx)
{
	bool was, rte_level;
	u64 rte;

	fx->what = 0;
	if (m->role != VIOAPIC_OWNER || pin >= m->pins)
		return;
	pin = slot(pin);
	rte = m->rte[pin];
	rte_level = is_level(rte);
	was = asserted(m, pin);
	set(m->driven, pin);
	if (high)
		set(m->level, pin);
	else
		clear(m->level, pin);

	if (!asserted(m, pin))
		settle(m, pin);
	else if (rte_level)
		service(m, pin, fx);
	else if (!was && !(rte & VIOAPIC_RTE_MASKED) && !is_reserved(rte))
		send(m, pin, fx);
}

void vioapic_model_eoi(struct vioapic_model *m, u8 vector, struct vioapic_effects *fx)
{
	fx->what = 0;
	eoi(m, vector, fx);
}

void vioapic_model_delivered(struct vioapic_model *m, unsigned int pin, bool accepted)
{
	if (pin >= m->pins)
		return;
	pin = slot(pin);
	if (!test(m->sent, pin))
		return;
	clear(m->sent, pin);
	/* An edge was sent, and is gone if nobody took it */
	if (!is_level(m->rte[pin]))
		return;
	if (accepted) {
		set(m->irr, pin);
		m->rte[pin] |= VIOAPIC_RTE_REMOTE_IRR;
	} else {
		m->rte[pin] |= VIOAPIC_RTE_DELIVS;
	}
}

void vioapic_model_storm_over(struct vioapic_model *m, struct vioapic_effects *fx)
{
	unsigned int i;
	u64 map;

	fx->what = 0;
	for (i = 0; i < VIOAPIC_PIN_WORDS; i++) {
		map = m->held[i];
		m->held[i] = 0;
		for (; map; map &= map - 1)
			service(m, 64 * i + __builtin_ctzll(map), fx);
	}
}
