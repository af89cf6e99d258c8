// SPDX-License-Identifier: GPL-2.0
/*
 * The steps that both sides are made to take.
 */
#include <linux/delay.h>
#include "compare.h"

static u32 below(u32 n)
{
	return prandom_u32_state(&both.rnd) % n;
}

/* One in @n */
static bool chance(u32 n)
{
	return !below(n);
}

/* Random steps */

/*
 * May a pin with this RTE send?  To this CPU only in silence, and as QEMU cannot
 * get wrong: destination 0 with any of bits 48-55 set makes it write the message
 * into a register of the local APIC.
 */
static bool is_safe(u64 rte)
{
	u8 dest = rte >> 56;

	if (rte & VIOAPIC_RTE_MASKED || compare_is_accepted(rte))
		return true;
	if (rte & VIOAPIC_RTE_LOGICAL)
		return dest && !(dest & both.ldr);
	return dest && dest != 0xff && dest != both.apic_id;
}

/* @value for register @index, made such that the pin stays safe */
static u32 tame(unsigned int index, u32 value)
{
	unsigned int pin = (index - VIOAPIC_REG_RTE) / 2;
	u64 rte;

	if (index < VIOAPIC_REG_RTE || pin >= COMPARE_PINS)
		return value;
	rte = compare_rte(both.was, pin);
	if (index & 1)
		return is_safe((u64)value << 32 | (u32)rte) ? value : 0xfe000000;
	if (!is_safe((rte & ~0xffffffffULL) | value))
		value |= VIOAPIC_RTE_MASKED;
	return value;
}

static u8 random_vector(void)
{
	static const u8 quiet[] = { 0xf0, 0xf1, 0xf2, 0xf7 };

	return chance(6) ? below(256) : quiet[below(ARRAY_SIZE(quiet))];
}

/* For an EOI: most often of a pin that waits for one */
static u8 random_ended(void)
{
	unsigned int i, from = below(COMPARE_LINES);
	u32 low;

	for (i = 0; i < COMPARE_LINES && !chance(6); i++) {
		low = both.was[COMPARE_LOW(compare_lines[(from + i) % COMPARE_LINES])];
		if (low & VIOAPIC_RTE_REMOTE_IRR)
			return low;
	}
	return random_vector();
}

static u32 random_low(u32 was)
{
	u32 value = was;

	switch (below(8)) {
	case 0:
		value = random_vector();
		value |= chance(4) ? below(8) << VIOAPIC_RTE_DELMODE_SHIFT : 0;
		value |= chance(8) ? VIOAPIC_RTE_LOGICAL : 0;
		value |= chance(8) ? VIOAPIC_RTE_ACTIVE_LOW : 0;
		value |= chance(2) ? VIOAPIC_RTE_LEVEL : 0;
		value |= chance(3) ? VIOAPIC_RTE_MASKED : 0;
		value |= prandom_u32_state(&both.rnd) & VIOAPIC_RTE_READONLY;
		break;
	case 1:
		value = (value & ~VIOAPIC_RTE_VECTOR) | random_vector();
		break;
	case 2:
		value = (value & ~(u32)VIOAPIC_RTE_LEVEL) | VIOAPIC_RTE_MASKED;
		break;
	case 3:
		value = (value & ~(u32)VIOAPIC_RTE_MASKED) | VIOAPIC_RTE_LEVEL;
		break;
	case 4:
		value ^= VIOAPIC_RTE_MASKED;
		break;
	case 5:
		value ^= VIOAPIC_RTE_LEVEL;
		break;
	case 6:
		value ^= chance(4) ? VIOAPIC_RTE_ACTIVE_LOW : VIOAPIC_RTE_REMOTE_IRR;
		break;
	default:
		value ^= BIT(below(17));
	}
	if (chance(32))
		value ^= prandom_u32_state(&both.rnd) & 0xfffe0000;
	return value;
}

static u32 random_high(void)
{
	if (!chance(6))
		return both.apic_id << 24;
	return (prandom_u32_state(&both.rnd) & (chance(8) ? 0xffffffff : 0xffff0000));
}

static u8 random_pin(void)
{
	if (chance(3))
		return below(COMPARE_PINS);
	return compare_lines[below(COMPARE_LINES - !chance(4))];
}

/* An access to the page, as CPUs can make it */
static void step_read(unsigned int offset, unsigned int size)
{
	u64 qemu = qemu_read(offset, size);

	both.step.op = COMPARE_READ;
	both.step.offset = offset;
	both.step.size = size;
	compare_same(COMPARE_VALUE, 0, qemu, ours_read(offset, size));
}

static void step_write(unsigned int offset, unsigned int size, u64 value)
{
	if (offset % COMPARE_ALIAS == VIOAPIC_IOWIN)
		value = (value & ~0xffffffffULL) | tame(both.step.index, value);
	both.step.op = COMPARE_WRITE;
	both.step.offset = offset;
	both.step.size = size;
	both.step.value = value;
	qemu_write(offset, size, value);
	ours_write(offset, size, value);
}

/* The same by way of the backend, as the trap path makes it */
static void backend_write(unsigned int index, u32 value)
{
	value = tame(index, value);
	both.step.op = COMPARE_WRITE;
	both.step.offset = VIOAPIC_IOWIN;
	both.step.size = 4;
	both.step.index = index;
	both.step.value = value;
	both_write(index, value);
}

static void backend_read(unsigned int index)
{
	both.step.op = COMPARE_READ;
	both.step.offset = VIOAPIC_IOWIN;
	both.step.size = 4;
	both.step.index = index;
	ours_write(VIOAPIC_IOREGSEL, 4, index);
	compare_same(COMPARE_VALUE, 0, both.dev->ops->reg_read(both.dev, index),
		     ours_read(VIOAPIC_IOWIN, 4));
}

static void backend_eoi(u8 vector)
{
	both.step.op = COMPARE_WRITE;
	both.step.offset = VIOAPIC_EOI;
	both.step.size = 4;
	both.step.value = vector;
	both.dev->ops->eoi(both.dev, vector);
	ours_write(VIOAPIC_EOI, 4, vector);
}

static void step_line(unsigned int pin, bool high)
{
	both.step.op = COMPARE_LINE;
	both.step.pin = pin;
	both.step.was_high = both.pin[pin].high;
	both.step.high = high;
	qemu_line(pin, high);
	ours_line(pin, high);
}

/*
 * Handlers quiet their devices first, or the interrupt would come again and again;
 * in QEMU also one whose line it only remembers as high.
 */
void compare_step_take(void)
{
	unsigned int i, pin;
	u32 low;

	for (i = 0; i < COMPARE_LINES; i++) {
		pin = compare_lines[i];
		low = both.was[COMPARE_LOW(pin)];
		if (low & VIOAPIC_RTE_MASKED || !(low & VIOAPIC_RTE_LEVEL))
			continue;
		if (both.pin[pin].high || both.pin[pin].latched) {
			step_line(pin, false);
			compare_all();
		}
	}
	both.step.op = COMPARE_TAKE;
	both_take();
}

/* What Linux does for an EOI on version 0x11, but for the high halves that it rewrites */
static void step_linux_eoi(unsigned int pin)
{
	u32 low = both.was[COMPARE_LOW(pin)];

	backend_write(COMPARE_LOW(pin), (low | VIOAPIC_RTE_MASKED) & ~VIOAPIC_RTE_LEVEL);
	compare_all();
	backend_write(COMPARE_LOW(pin), low);
}

/* Ends an interrupt that comes again at once until the sides differ; both as they are then */
static void storm(unsigned int pin)
{
	unsigned int low = COMPARE_LOW(pin), n;

	both_calm(pin);
	compare_all();
	backend_write(low + 1, both.apic_id << 24);
	compare_all();
	backend_write(low, VIOAPIC_RTE_LEVEL | COMPARE_VECTORS | 0x10);
	compare_all();
	step_line(pin, true);
	compare_all();
	for (n = 0; n < 2 * VIOAPIC_STORM_LIMIT; n++) {
		backend_eoi(COMPARE_VECTORS | 0x10);
		both.qemu[low] = both.dev->ops->reg_read(both.dev, low);
		both.ours[low] = vioapic_model_register(both.model, low);
		if (both.qemu[low] != both.ours[low])
			return;
	}
}

/* An interrupt that comes again at each EOI, until both have had enough of it */
void compare_step_storm(void)
{
	unsigned int pin = compare_lines[0], low = COMPARE_LOW(pin), i;
	struct vioapic_effects fx;

	/*
	 * QEMU sends again after 10 ms, by a clock that goes on while it has no CPU:
	 * on a busy machine that may be before its pause can be seen.
	 */
	for (i = 0; i < 10; i++) {
		storm(pin);
		if (!(both.qemu[low] & VIOAPIC_RTE_REMOTE_IRR))
			break;
	}
	compare_same(COMPARE_REGISTER, low, both.qemu[low], both.ours[low]);
	for (i = 0; i < 1000; i++) {
		if (both.dev->ops->reg_read(both.dev, low) & VIOAPIC_RTE_REMOTE_IRR)
			break;
		mdelay(1);
	}
	vioapic_model_storm_over(both.model, &fx);
	ours_carry_out(&fx);
	compare_all();
}

static u8 random_index(void)
{
	switch (below(4)) {
	case 0:
		return below(256);
	case 1:
		return below(VIOAPIC_REG_BOOT + 1);
	default:
		return COMPARE_LOW(random_pin()) + below(2);
	}
}

static void random_page_access(bool write)
{
	static const u8 registers[] = { VIOAPIC_IOREGSEL, VIOAPIC_IOWIN, VIOAPIC_EOI };
	unsigned int size = 1 << below(4), offset;
	u64 value;

	if (chance(3))
		offset = below(0x50);
	else
		offset = registers[below(ARRAY_SIZE(registers))];
	if (chance(8))
		offset += COMPARE_ALIAS * (1 + below(15));
	if (!write) {
		step_read(offset, size);
		return;
	}
	value = (u64)prandom_u32_state(&both.rnd) << 32 | prandom_u32_state(&both.rnd);
	if (offset % COMPARE_ALIAS == VIOAPIC_IOREGSEL)
		value = (value & ~0xffULL) | random_index();
	else if (offset % COMPARE_ALIAS == VIOAPIC_EOI)
		value = (chance(2) ? value & ~0xffULL : 0) | random_ended();
	else if (offset % COMPARE_ALIAS == VIOAPIC_IOWIN && both.step.index < COMPARE_INDEXES &&
		 !chance(4))
		value = random_low(both.was[both.step.index]);
	step_write(offset, size, value);
}

static void random_eoi(void)
{
	u8 vector = random_ended();

	if (chance(8))
		step_write(VIOAPIC_EOI, 4, vector | (u64)prandom_u32_state(&both.rnd) << 8);
	else if (chance(8))
		step_write(VIOAPIC_EOI, 1 + below(2), vector);
	else
		backend_eoi(vector);
}

void compare_step_random(void)
{
	unsigned int pin = random_pin();
	u32 what = below(100);

	if (what < 28)
		backend_write(COMPARE_LOW(pin), random_low(both.was[COMPARE_LOW(pin)]));
	else if (what < 36)
		backend_write(COMPARE_LOW(pin) + 1, random_high());
	else if (what < 56)
		step_line(compare_lines[below(COMPARE_LINES - !chance(8))], chance(2));
	else if (what < 66)
		random_page_access(false);
	else if (what < 78)
		random_page_access(true);
	else if (what < 84)
		random_eoi();
	else if (what < 87)
		step_linux_eoi(pin);
	else if (what < 90)
		backend_write(random_index(), prandom_u32_state(&both.rnd));
	else if (what < 96)
		backend_read(random_index());
	else
		compare_step_take();
}

