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

#define RTE_SOFTWARE	(~VIOAPIC_RTE_READONLY)
static void set(u64 *map, unsigned int n)
{
	map[n / 64] |= 1ULL << (n % 64);
}

static void clear(u64 *map, unsigned int n)
{
	map[n / 64] &= ~(1ULL << (n % 64));
}

/*
 * The compiler must not conclude from a comparison around it that the AND is
 * needless: it is there for when the comparison was guessed.
 */
static inline unsigned int cut(unsigned int index, unsigned int mask)
{
	__asm__("" : "+r" (index));
	return index & mask;
}

static unsigned int index_mask(unsigned int index)
{
	return cut(index, VIOAPIC_REGS - 1);
}

static unsigned int slot(unsigned int pin)
{
	return cut(pin, VIOAPIC_PIN_SLOTS - 1);
}

static unsigned int pin_of(unsigned int index)
{
	return slot((index - VIOAPIC_REG_RTE) / 2);
}

/* Registers 0x00-0x0f are no RTEs, and neither are those beyond the last pin */
static bool is_rte(const struct vioapic_model *m, unsigned int index)
{
	return (index - VIOAPIC_REG_RTE) / 2 < m->pins;
}

static unsigned int low_half(unsigned int pin)
{
	return VIOAPIC_REG_RTE + 2 * pin;
}

static u32 id_field(const struct vioapic_chip *chip)
{
	return ((1U << chip->id_bits) - 1) << 24;
}

/* Shadow: which reads have to ask the controller */

/* What the controller says about the pin just now is in its RTE */
static void sampled(struct vioapic_model *m, unsigned int pin)
{
	u64 rte = m->rte[pin];

	if (!(rte & VIOAPIC_RTE_LEVEL)) {
		m->rte[pin] = rte & RTE_SOFTWARE;
		m->ask[low_half(pin)] = false;
	} else if ((rte & VIOAPIC_RTE_MASKED) && !(rte & VIOAPIC_RTE_READONLY)) {
		/* A masked pin sends nothing: what is clear stays clear */
		m->ask[low_half(pin)] = false;
	} else {
		m->ask[low_half(pin)] = true;
	}
}

/* Software changed the low half; delivery status and remote IRR are as they were */
static void rerouted_shadow(struct vioapic_model *m, unsigned int pin, u32 old, u32 new)
{
	if (!(new & VIOAPIC_RTE_LEVEL)) {
		/* As on the controller: nothing of an edge pin is in service */
		m->rte[pin] &= RTE_SOFTWARE;
		m->ask[low_half(pin)] = false;
	} else if (!(new & VIOAPIC_RTE_MASKED) || !(old & VIOAPIC_RTE_LEVEL)) {
		m->ask[low_half(pin)] = true;
	}
}

/* Owner: the pins */

static bool asserted(const struct vioapic_model *m, unsigned int pin)
{
	return vioapic_line_is_asserted(m->line[pin], m->rte[pin]);
}

/* A level pin that has a message to send */
static bool is_waiting(const struct vioapic_model *m, unsigned int pin)
{
	return vioapic_rte_is_ready(m->rte[pin]) && asserted(m, pin);
}

static inline void send(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx)
{
	unsigned int i;

	if (!(fx->what & VIOAPIC_FX_DELIVER)) {
		for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
			fx->deliver[i] = 0;
		fx->what |= VIOAPIC_FX_DELIVER;
	}
	set(fx->deliver, pin);
	m->line[pin] |= VIOAPIC_LINE_SENT;
}

/* The line fell: the pin came to rest by itself, whatever is in service */
static void settle(struct vioapic_model *m, unsigned int pin)
{
	m->redeliver[pin] = 0;
}

/* As many EOIs with immediate redelivery as the limit, which if 0 is none */
static noinline void hold(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx)
{
	if (!m->storm_limit) {
		if (m->redeliver[pin] == VIOAPIC_HELD)
			m->redeliver[pin] = 0;
		send(m, pin, fx);
		return;
	}
	m->rte[pin] |= VIOAPIC_RTE_DELIVS;
	if (m->redeliver[pin] == VIOAPIC_HELD)
		return;
	m->redeliver[pin] = VIOAPIC_HELD;
	fx->what |= VIOAPIC_FX_STORM;
	fx->pin = pin;
}

static inline void send_or_hold(struct vioapic_model *m, unsigned int pin,
				struct vioapic_effects *fx)
{
	if (m->redeliver[pin] >= m->storm_limit)
		hold(m, pin, fx);
	else
		send(m, pin, fx);
}

/*
 * The line is asserted and nothing said to be pending: if the pin is level, send
 * its message unless one is in service.
 */
static inline void service(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx)
{
	if (vioapic_rte_is_ready(m->rte[pin]))
		send_or_hold(m, pin, fx);
}

/* Remote IRR goes; @redeliver: the pin is about to send again without a pause */
static inline void end_service(struct vioapic_model *m, unsigned int pin, bool redeliver)
{
	clear(m->irr, pin);
	m->rte[pin] &= ~VIOAPIC_RTE_REMOTE_IRR;
	if (!redeliver)
		m->redeliver[pin] = 0;
	else if (m->redeliver[pin] < VIOAPIC_HELD - 1)
		m->redeliver[pin]++;
}

/* An EOI for the pins in word @i of the map of pins in service */
static noinline void eoi_word(struct vioapic_model *m, unsigned int i, u8 vector,
			      struct vioapic_effects *fx)
{
	unsigned int pin;
	bool again;
	u64 map;

	for (map = m->irr[i]; map; map &= map - 1) {
		pin = 64 * i + __builtin_ctzll(map);
		if ((u8)m->rte[pin] != vector)
			continue;
		again = vioapic_rte_is_ready(m->rte[pin] & RTE_SOFTWARE) && asserted(m, pin);
		end_service(m, pin, again);
		if (again)
			send_or_hold(m, pin, fx);
	}
}

/*
 * An EOI ends the service of each pin that has the vector now.  If software
 * changed the vector meanwhile, the EOI of the old one goes past, as it does on
 * hardware; the pin recovers with an EOI for the new vector or when edge
 * trigger mode is written.
 */
static void eoi(struct vioapic_model *m, u8 vector, struct vioapic_effects *fx)
{
	/* No loop, as there is seldom anything to do */
#if VIOAPIC_PIN_WORDS != 4
#error "there are other words"
#endif
	if (m->irr[0])
		eoi_word(m, 0, vector, fx);
	if (m->irr[1])
		eoi_word(m, 1, vector, fx);
	if (m->irr[2])
		eoi_word(m, 2, vector, fx);
	if (m->irr[3])
		eoi_word(m, 3, vector, fx);
}

static inline void look_at_line(struct vioapic_model *m, unsigned int pin,
				struct vioapic_effects *fx)
{
	if (asserted(m, pin))
		service(m, pin, fx);
	else
		settle(m, pin);
}

/* As rerouted_owner(), for a pin that is in service or has a message pending */
static noinline void rerouted_busy(struct vioapic_model *m, unsigned int pin,
				   struct vioapic_effects *fx)
{
	u64 rte = m->rte[pin] & ~VIOAPIC_RTE_DELIVS;

	m->rte[pin] = rte;
	/*
	 * Edge mode, written, ends the service: what Linux has for an EOI on
	 * chips without EOI register.  With the line still asserted, level mode
	 * will deliver again, so this counts as an EOI for storms too.
	 */
	if ((rte & VIOAPIC_RTE_REMOTE_IRR) && !(rte & VIOAPIC_RTE_LEVEL))
		end_service(m, pin, asserted(m, pin));
	look_at_line(m, pin, fx);
}

/* Software changed the RTE; delivery status and remote IRR are as they were */
static inline void rerouted_owner(struct vioapic_model *m, unsigned int pin,
				  struct vioapic_effects *fx)
{
	if (m->rte[pin] & VIOAPIC_RTE_READONLY)
		rerouted_busy(m, pin, fx);
	else
		look_at_line(m, pin, fx);
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
	fx->what = VIOAPIC_FX_ID;
	fx->val = (value & field) >> 24;
}

static void write_rte(struct vioapic_model *m, unsigned int index, u32 value,
		      struct vioapic_effects *fx)
{
	unsigned int pin = pin_of(index);
	u32 mask = m->rte_mask[index & 1];
	u32 was = m->reg[index];

	value = was ^ ((was ^ value) & mask);
	if (value == was)
		return;
	fx->what = VIOAPIC_FX_ROUTE;
	fx->pin = pin;
	fx->old = m->rte[pin] & RTE_SOFTWARE;
	m->reg[index] = value;
	fx->new = m->rte[pin] & RTE_SOFTWARE;

	if (m->role == VIOAPIC_OWNER)
		rerouted_owner(m, pin, fx);
	else if (!(index & 1))
		rerouted_shadow(m, pin, was, value);
}

static void write_register(struct vioapic_model *m, unsigned int index, u32 value,
			   struct vioapic_effects *fx)
{
	if (is_rte(m, index))
		write_rte(m, index, value, fx);
	else if (index == VIOAPIC_REG_ID)
		write_id(m, value, fx);
}

static void write_eoi(struct vioapic_model *m, u8 vector, struct vioapic_effects *fx)
{
	if (!m->chip->has_eoi)
		return;
	fx->what = VIOAPIC_FX_EOI;
	fx->val = vector;
	eoi(m, vector, fx);
}

/*
 * Accesses that do not cover one register exactly.  They touch one register or
 * none, as two are never 8 bytes close.
 */

/* What an access of each size covers; nothing, if no instruction has it */
static u64 covered(unsigned int size)
{
	static const u64 masks[] = {
		[1] = 0xff, [2] = 0xffff, [4] = 0xffffffff, [8] = ~0ULL,
	};

	return size < sizeof(masks) / sizeof(*masks) ? masks[size] : 0;
}

static noinline u64 read_odd(struct vioapic_model *m, unsigned int offset, unsigned int size,
			     struct vioapic_effects *fx)
{
	unsigned int index = index_mask(m->ioregsel), at = offset - VIOAPIC_IOWIN;
	u64 mask = covered(size), value = m->reg[index];

	if (at < 4)
		value >>= 8 * at;
	else if (-at < 8)
		value <<= 8 * -at;
	else
		return offset < 4 ? m->ioregsel >> 8 * offset & mask : 0;
	/* Both bits that the controller owns are in one byte */
	if (m->ask[index] && mask && VIOAPIC_IOWIN + 1 - offset < size) {
		fx->what = VIOAPIC_FX_SAMPLE;
		fx->pin = pin_of(index);
	}
	return value & mask;
}

static void write_index(struct vioapic_model *m, u64 value, u64 mask)
{
	m->ioregsel ^= (m->ioregsel ^ value) & mask & m->index_mask;
}

static noinline void write_odd(struct vioapic_model *m, unsigned int offset, unsigned int size,
			       u64 value, struct vioapic_effects *fx)
{
	unsigned int index = index_mask(m->ioregsel), at = offset - VIOAPIC_IOWIN;
	u64 mask = covered(size);

	if (at < 4) {
		value <<= 8 * at;
		mask <<= 8 * at;
	} else if (-at < 8) {
		value >>= 8 * -at;
		mask >>= 8 * -at;
	} else {
		at = VIOAPIC_EOI - offset;
		if (offset < 4)
			write_index(m, value << 8 * offset, mask << 8 * offset);
		else if (mask && at < size)
			write_eoi(m, value >> 8 * at, fx);
		return;
	}
	write_register(m, index, m->reg[index] ^ ((m->reg[index] ^ value) & mask), fx);
}

u64 vioapic_model_read(struct vioapic_model *m, unsigned int offset,
		       unsigned int size, struct vioapic_effects *fx)
{
	unsigned int index = index_mask(m->ioregsel);

	fx->what = 0;
	if (size != 4)
		return read_odd(m, offset, size, fx);
	if (offset == VIOAPIC_IOWIN) {
		if (m->ask[index]) {
			fx->what = VIOAPIC_FX_SAMPLE;
			fx->pin = pin_of(index);
		}
		return m->reg[index];
	}
	if (offset == VIOAPIC_IOREGSEL)
		return m->ioregsel;
	return read_odd(m, offset, size, fx);
}

void vioapic_model_write(struct vioapic_model *m, unsigned int offset,
			 unsigned int size, u64 value, struct vioapic_effects *fx)
{
	fx->what = 0;
	if (size != 4)
		write_odd(m, offset, size, value, fx);
	else if (offset == VIOAPIC_IOREGSEL)
		m->ioregsel = value & m->index_mask;
	else if (offset == VIOAPIC_IOWIN)
		write_register(m, index_mask(m->ioregsel), value, fx);
	else if (offset == VIOAPIC_EOI)
		write_eoi(m, value, fx);
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
	m->index_mask = vioapic_index_mask(pins);
	m->rte_mask[0] = chip->rte_mask;
	m->rte_mask[1] = chip->rte_mask >> 32;
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
		m->line[slot(pin)] &= VIOAPIC_LINE_HIGH | VIOAPIC_LINE_DRIVEN;
	}
	for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
		m->irr[i] = 0;
	for (i = 0; i < VIOAPIC_REGS; i++)
		m->ask[i] = 0;
}

/* Lines and messages (owner) */

void vioapic_model_set_line(struct vioapic_model *m, unsigned int pin, bool high,
			    struct vioapic_effects *fx)
{
	u64 rte;
	bool was;

	fx->what = 0;
	if (m->role != VIOAPIC_OWNER || pin >= m->pins)
		return;
	pin = slot(pin);
	was = asserted(m, pin);
	m->line[pin] &= ~VIOAPIC_LINE_HIGH;
	m->line[pin] |= VIOAPIC_LINE_DRIVEN | (high ? VIOAPIC_LINE_HIGH : 0);

	m->rte[pin] &= ~VIOAPIC_RTE_DELIVS;
	rte = m->rte[pin];
	if (!asserted(m, pin))
		settle(m, pin);
	else if (vioapic_rte_is_level(rte))
		service(m, pin, fx);
	else if (!was && vioapic_rte_sends_edges(rte))
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
	if (!(m->line[pin] & VIOAPIC_LINE_SENT))
		return;
	m->line[pin] &= ~VIOAPIC_LINE_SENT;
	/* An edge was sent, and is gone if nobody took it */
	if (!vioapic_rte_is_level(m->rte[pin]))
		return;
	if (accepted) {
		set(m->irr, pin);
		m->rte[pin] = (m->rte[pin] & RTE_SOFTWARE) | VIOAPIC_RTE_REMOTE_IRR;
	} else if (is_waiting(m, pin)) {
		m->rte[pin] |= VIOAPIC_RTE_DELIVS;
	}
}

bool vioapic_model_in_service(const struct vioapic_model *m, unsigned int pin)
{
	return pin < m->pins && m->irr[slot(pin) / 64] >> (pin % 64) & 1;
}

void vioapic_model_stick(struct vioapic_model *m, unsigned int pin, struct vioapic_effects *fx)
{
	unsigned int i;
	u64 any = 0;

	if (m->role != VIOAPIC_OWNER || pin >= m->pins)
		return;
	pin = slot(pin);
	set(m->irr, pin);
	m->rte[pin] = (m->rte[pin] & RTE_SOFTWARE) | VIOAPIC_RTE_REMOTE_IRR;
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

void vioapic_model_resume(struct vioapic_model *m, struct vioapic_effects *fx)
{
	unsigned int pin;

	fx->what = 0;
	for (pin = 0; pin < slot(m->pins); pin++) {
		if (m->redeliver[pin] == VIOAPIC_HELD) {
			fx->what |= VIOAPIC_FX_STORM;
			fx->pin = pin;
		} else if (is_waiting(m, pin)) {
			m->rte[pin] &= ~VIOAPIC_RTE_DELIVS;
			send(m, pin, fx);
		}
		if (m->line[pin] & VIOAPIC_LINE_SENT)
			send(m, pin, fx);
	}
}

void vioapic_model_storm_over(struct vioapic_model *m, struct vioapic_effects *fx)
{
	unsigned int pin;

	fx->what = 0;
	for (pin = 0; pin < slot(m->pins); pin++) {
		if (m->redeliver[pin] != VIOAPIC_HELD)
			continue;
		m->redeliver[pin] = 0;
		m->rte[pin] &= ~VIOAPIC_RTE_DELIVS;
		/* It is asserted: a line that fell is not held any more */
		service(m, pin, fx);
	}
}
