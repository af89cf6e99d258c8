// SPDX-License-Identifier: GPL-2.0
/*
 * What registers and messages of a broken I/O APIC do otherwise: see faults.h.
 *
 * Runs in faults, in interrupts and wherever a line is driven, under the lock of
 * the device; it is built without tracing.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/timekeeping.h>
#include "../device/events.h"
#include "effects.h"
#include "faults.h"

#define NO_PIN	(-1)

static void set(u64 *map, unsigned int pin)
{
	map[pin / 64] |= BIT_ULL(pin % 64);
}

static bool is_in(const u64 *map, unsigned int pin)
{
	return map[pin / 64] & BIT_ULL(pin % 64);
}

/* SplitMix64: any seed will do, and any context */
static u64 next_random(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* In the order of the kernel's own should_fail(): interval, probability, times */
static bool is_chosen(struct vioapic_fault *fault)
{
	if (!fault->attr.times)
		return false;
	if (++fault->passed < fault->attr.interval)
		return false;
	fault->passed = 0;
	if (fault->attr.probability < 100 &&
	    (next_random(&fault->random) >> 32) * 100 >> 32 >= fault->attr.probability)
		return false;
	if (fault->attr.times > 0)
		WRITE_ONCE(fault->attr.times, fault->attr.times - 1);
	return true;
}

/**
 * vioapic_faults_strike() - an opportunity: shall it be taken?  Then it counts
 * @faults: of one that is live
 * @kind:   for what
 * @pin:    where, or -1
 */
bool vioapic_faults_strike(struct vioapic_faults *faults, enum vioapic_fault_kind kind, int pin)
{
	struct vioapic_fault *fault = &faults->fault[kind];
	struct vioapic_device *dev = &faults->sim->dev;

	if (!(faults->set & BIT(kind)))
		return false;
	if (fault->attr.pin != NO_PIN && fault->attr.pin != pin)
		return false;
	if (!is_chosen(fault))
		return false;
	WRITE_ONCE(fault->count, fault->count + 1);
	dev->cnt[VIOAPIC_CNT_FAULTS]++;
	trace_fault(dev, kind, pin);
	return true;
}

/* Registers */

static int pin_of(const struct vioapic_device *dev, unsigned int index)
{
	if (index < VIOAPIC_REG_RTE || vioapic_rte_pin(index) >= dev->pins)
		return NO_PIN;
	return vioapic_rte_pin(index);
}

static bool overlaps(unsigned int offset, unsigned int size, unsigned int begin,
		     unsigned int end)
{
	return offset < end && offset + size > begin;
}

static bool ends_service(const struct vioapic_device *dev, int pin, u8 vector)
{
	return pin != NO_PIN && vioapic_model_in_service(&dev->model, pin) &&
	       dev->model.rte[pin] & VIOAPIC_RTE_LEVEL && (u8)dev->model.rte[pin] == vector;
}

/* Does the write get lost on its way?  Of those that do not, @value may be torn. */
static bool is_lost(struct vioapic_faults *faults, unsigned int offset, unsigned int size,
		    u64 *value)
{
	const struct vioapic_device *dev = &faults->sim->dev;
	const struct vioapic_model *m = &dev->model;
	u32 index = m->ioregsel;
	int pin;

	if (overlaps(offset, size, VIOAPIC_IOREGSEL, VIOAPIC_IOREGSEL + 4)) {
		index = *value << 8 * offset & m->index_mask;
		return vioapic_faults_strike(faults, VIOAPIC_FAULT_LOST_INDEX, pin_of(dev, index));
	}
	if (overlaps(offset, size, VIOAPIC_IOWIN, VIOAPIC_IOWIN + 4)) {
		pin = pin_of(dev, index);
		if (pin == NO_PIN)
			return false;
		if (vioapic_faults_strike(faults, VIOAPIC_FAULT_DROP_WRITE, pin))
			return true;
		if (offset == VIOAPIC_IOWIN && size >= sizeof(u32) &&
		    vioapic_faults_strike(faults, VIOAPIC_FAULT_TORN_WRITE, pin))
			*value = (vioapic_model_register(m, index) & ~0xffffU) | (u16)*value;
		return false;
	}
	if (m->chip->has_eoi && overlaps(offset, size, VIOAPIC_EOI, VIOAPIC_EOI + 1)) {
		pin = faults->fault[VIOAPIC_FAULT_DROP_EOI].attr.pin;
		if (!ends_service(dev, pin, *value >> 8 * (VIOAPIC_EOI - offset)))
			pin = NO_PIN;
		return vioapic_faults_strike(faults, VIOAPIC_FAULT_DROP_EOI, pin);
	}
	return false;
}

/* Of pins that were in service, @served, and are not any more, some are all the same */
static void stick_some(struct vioapic_faults *faults, const u64 *served)
{
	struct vioapic_device *dev = &faults->sim->dev;
	unsigned int pin;

	for (pin = 0; pin < dev->pins; pin++) {
		if (!is_in(served, pin) || vioapic_model_in_service(&dev->model, pin))
			continue;
		if (vioapic_faults_strike(faults, VIOAPIC_FAULT_STUCK_IRR, pin) ||
		    (!dev->model.chip->has_eoi &&
		     vioapic_faults_strike(faults, VIOAPIC_FAULT_DROP_EOI, pin)))
			vioapic_model_stick(&dev->model, pin, &dev->fx);
	}
}

/**
 * vioapic_faults_write() - vioapic_model_write(), or what comes of it
 * @sim:    broken; the effects are in @sim->dev.fx
 * @offset: as of vioapic_model_write()
 * @size:   likewise
 * @value:  likewise
 */
void vioapic_faults_write(struct vioapic_sim *sim, unsigned int offset, unsigned int size,
			  u64 value)
{
	struct vioapic_faults *faults = sim->faults;
	struct vioapic_device *dev = &sim->dev;
	u64 served[VIOAPIC_PIN_WORDS] = { };
	unsigned int pin;
	bool may_stick;

	lockdep_assert_held(&dev->lock);
	if (is_lost(faults, offset, size, &value)) {
		dev->fx.what = 0;
		return;
	}
	may_stick = faults->set & (BIT(VIOAPIC_FAULT_STUCK_IRR) | BIT(VIOAPIC_FAULT_DROP_EOI));
	if (may_stick)
		for (pin = 0; pin < dev->pins; pin++)
			if (vioapic_model_in_service(&dev->model, pin))
				set(served, pin);
	vioapic_model_write(&dev->model, offset, size, value, &dev->fx);
	if (may_stick)
		stick_some(faults, served);
}

/**
 * vioapic_faults_read() - what a read sees
 * @sim:   broken
 * @size:  of the read: 1, 2, 4 or 8 bytes
 * @value: what it should see
 */
u64 vioapic_faults_read(struct vioapic_sim *sim, unsigned int size, u64 value)
{
	struct vioapic_device *dev = &sim->dev;
	int pin = pin_of(dev, dev->model.ioregsel);

	lockdep_assert_held(&dev->lock);
	if (!vioapic_faults_strike(sim->faults, VIOAPIC_FAULT_ONES, pin))
		return value;
	return GENMASK_ULL(8 * size - 1, 0);
}

/* Messages */

static void put_off(struct vioapic_faults *faults, struct vioapic_waiting *waiting,
		    unsigned int pin, u32 usecs)
{
	set(waiting->pins, pin);
	waiting->due[pin] = ktime_get_mono_fast_ns() + (u64)usecs * NSEC_PER_USEC;
	irq_work_queue(&faults->soon);
}

/**
 * vioapic_faults_send_unasked() - send though the line does not ask for it
 * @sim: broken
 * @pin: whose message, if it can have one
 */
void vioapic_faults_send_unasked(struct vioapic_sim *sim, unsigned int pin)
{
	u64 rte = sim->dev.model.rte[pin];

	if (!(rte & VIOAPIC_RTE_MASKED) && !vioapic_rte_is_reserved(rte))
		vioapic_send(sim, pin, rte);
}

/**
 * vioapic_faults_send() - send, and send once more if that is what is broken
 * @sim: broken
 * @pin: whose message
 * Return: did anybody take it?
 */
bool vioapic_faults_send(struct vioapic_sim *sim, unsigned int pin)
{
	struct vioapic_faults *faults = sim->faults;
	u32 usecs = faults->fault[VIOAPIC_FAULT_DUPLICATE].attr.usecs;
	bool accepted = vioapic_send(sim, pin, sim->dev.model.rte[pin]);

	if (!accepted || is_in(faults->again.pins, pin) ||
	    !vioapic_faults_strike(faults, VIOAPIC_FAULT_DUPLICATE, pin))
		return accepted;
	if (usecs)
		put_off(faults, &faults->again, pin, usecs);
	else
		vioapic_faults_send_unasked(sim, pin);
	return true;
}

/**
 * vioapic_faults_deliver() - a message is about to go out
 * @sim: broken
 * @pin: in VIOAPIC_FX_DELIVER; the model gets to know the outcome, which of a
 *       message that waits is that nobody took it
 */
void vioapic_faults_deliver(struct vioapic_sim *sim, unsigned int pin)
{
	struct vioapic_faults *faults = sim->faults;
	bool accepted = false;

	lockdep_assert_held(&sim->dev.lock);
	if (faults->sending)
		accepted = vioapic_faults_send(sim, pin);
	else if (is_in(faults->late.pins, pin))
		;
	else if (vioapic_faults_strike(faults, VIOAPIC_FAULT_DELAY, pin))
		put_off(faults, &faults->late, pin,
			faults->fault[VIOAPIC_FAULT_DELAY].attr.usecs);
	else
		accepted = vioapic_faults_send(sim, pin);
	vioapic_model_delivered(&sim->dev.model, pin, accepted);
}
