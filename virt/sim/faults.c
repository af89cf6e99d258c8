// SPDX-License-Identifier: GPL-2.0
/*
 * What a broken I/O APIC does otherwise: see faults.h.
 *
 * Runs in faults, in interrupts and wherever a line is driven, under the lock of
 * the device; it is built without tracing.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <compat/hrtimer.h>
#include "../device/events.h"
#include "faults.h"

#define NO_PIN	(-1)
#define NEVER	U64_MAX

static void set(u64 *map, unsigned int pin)
{
	map[pin / 64] |= BIT_ULL(pin % 64);
}

static void clear(u64 *map, unsigned int pin)
{
	map[pin / 64] &= ~BIT_ULL(pin % 64);
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
		fault->attr.times--;
	return true;
}

/* An opportunity for @kind at @pin, or at none: shall it be taken?  Then it counts. */
static bool strikes(struct vioapic_faults *faults, enum vioapic_fault_kind kind, int pin)
{
	struct vioapic_fault *fault = &faults->fault[kind];
	struct vioapic_device *dev = &faults->sim->dev;

	if (!(faults->set & BIT(kind)))
		return false;
	if (fault->attr.pin != NO_PIN && fault->attr.pin != pin)
		return false;
	if (!is_chosen(fault))
		return false;
	fault->count++;
	dev->cnt[VIOAPIC_CNT_FAULTS]++;
	trace_fault(dev, kind, pin);
	return true;
}

/* Registers */

static int pin_of(const struct vioapic_device *dev, unsigned int index)
{
	if (index < VIOAPIC_REG_RTE || (index - VIOAPIC_REG_RTE) / 2 >= dev->pins)
		return NO_PIN;
	return (index - VIOAPIC_REG_RTE) / 2;
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
		return strikes(faults, VIOAPIC_FAULT_LOST_INDEX, pin_of(dev, index));
	}
	if (overlaps(offset, size, VIOAPIC_IOWIN, VIOAPIC_IOWIN + 4)) {
		pin = pin_of(dev, index);
		if (pin == NO_PIN)
			return false;
		if (strikes(faults, VIOAPIC_FAULT_DROP_WRITE, pin))
			return true;
		if (offset == VIOAPIC_IOWIN && size >= sizeof(u32) &&
		    strikes(faults, VIOAPIC_FAULT_TORN_WRITE, pin))
			*value = (vioapic_model_register(m, index) & ~0xffffU) | (u16)*value;
		return false;
	}
	if (m->chip->has_eoi && overlaps(offset, size, VIOAPIC_EOI, VIOAPIC_EOI + 1)) {
		pin = faults->fault[VIOAPIC_FAULT_DROP_EOI].attr.pin;
		if (!ends_service(dev, pin, *value >> 8 * (VIOAPIC_EOI - offset)))
			pin = NO_PIN;
		return strikes(faults, VIOAPIC_FAULT_DROP_EOI, pin);
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
		if (strikes(faults, VIOAPIC_FAULT_STUCK_IRR, pin) ||
		    (!dev->model.chip->has_eoi && strikes(faults, VIOAPIC_FAULT_DROP_EOI, pin)))
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

	lockdep_assert_held(&dev->lock);
	if (!strikes(sim->faults, VIOAPIC_FAULT_ONES, pin_of(dev, dev->model.ioregsel)))
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

/* To be sent though the line does not ask for it */
static void send_unasked(struct vioapic_sim *sim, unsigned int pin)
{
	u64 rte = sim->dev.model.rte[pin];

	if (!(rte & VIOAPIC_RTE_MASKED) && !vioapic_rte_is_reserved(rte))
		vioapic_owner_send(sim, pin);
}

static bool send(struct vioapic_sim *sim, unsigned int pin)
{
	struct vioapic_faults *faults = sim->faults;
	u32 usecs = faults->fault[VIOAPIC_FAULT_DUPLICATE].attr.usecs;
	bool accepted = vioapic_owner_send(sim, pin);

	if (!accepted || is_in(faults->again.pins, pin) ||
	    !strikes(faults, VIOAPIC_FAULT_DUPLICATE, pin))
		return accepted;
	if (usecs)
		put_off(faults, &faults->again, pin, usecs);
	else
		send_unasked(sim, pin);
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
		accepted = send(sim, pin);
	else if (is_in(faults->late.pins, pin))
		;
	else if (strikes(faults, VIOAPIC_FAULT_DELAY, pin))
		put_off(faults, &faults->late, pin,
			faults->fault[VIOAPIC_FAULT_DELAY].attr.usecs);
	else
		accepted = send(sim, pin);
	vioapic_model_delivered(&sim->dev.model, pin, accepted);
}

static bool is_asserted(const struct vioapic_model *m, unsigned int pin)
{
	return vioapic_line_is_asserted(m->line[pin], m->rte[pin]);
}

/* The line of @pin is driven, and what follows from it happens. */
static void drive(struct vioapic_sim *sim, unsigned int pin, bool high)
{
	vioapic_model_set_line(&sim->dev.model, pin, high, &sim->dev.fx);
	if (sim->dev.fx.what)
		vioapic_owner_carry_out(sim);
}

/**
 * vioapic_faults_set_line() - the line of a pin is driven
 * @sim:  broken
 * @pin:  as of vioapic_model_set_line(), one that there is
 * @high: likewise
 */
void vioapic_faults_set_line(struct vioapic_sim *sim, unsigned int pin, bool high)
{
	struct vioapic_model *m = &sim->dev.model;
	bool was;

	lockdep_assert_held(&sim->dev.lock);
	pin = array_index_nospec(pin, sim->dev.pins);
	was = is_asserted(m, pin);
	drive(sim, pin, high);
	if (!was || is_asserted(m, pin))
		return;
	if ((m->rte[pin] & VIOAPIC_RTE_VECTOR) && !(m->rte[pin] & VIOAPIC_RTE_MASKED) &&
	    strikes(sim->faults, VIOAPIC_FAULT_SPURIOUS, pin))
		send_unasked(sim, pin);
}

/*
 * A level whose line is still asserted: the model has been told that nobody took
 * its message, and sends it when the line is driven as it is.  An edge it has
 * forgotten.
 */
static void send_late(struct vioapic_sim *sim, unsigned int pin)
{
	struct vioapic_model *m = &sim->dev.model;

	sim->faults->sending = true;
	if (vioapic_rte_sends_edges(m->rte[pin]))
		send(sim, pin);
	else if (is_asserted(m, pin))
		drive(sim, pin, m->line[pin] & VIOAPIC_LINE_HIGH);
	sim->faults->sending = false;
}

static u64 first_due(const struct vioapic_waiting *waiting)
{
	u64 map, first = NEVER;
	unsigned int i;

	for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
		for (map = waiting->pins[i]; map; map &= map - 1)
			first = min(first, waiting->due[64 * i + __builtin_ctzll(map)]);
	return first;
}

static void send_due(struct vioapic_sim *sim, struct vioapic_waiting *waiting,
		     void (*how)(struct vioapic_sim *sim, unsigned int pin))
{
	u64 map, now = ktime_get_mono_fast_ns();
	unsigned int i, pin;

	for (i = 0; i < VIOAPIC_PIN_WORDS; i++) {
		for (map = waiting->pins[i]; map; map &= map - 1) {
			pin = 64 * i + __builtin_ctzll(map);
			if (waiting->due[pin] > now)
				continue;
			clear(waiting->pins, pin);
			how(sim, pin);
		}
	}
}

static enum hrtimer_restart time_is_up(struct hrtimer *timer)
{
	struct vioapic_faults *faults = container_of(timer, struct vioapic_faults, timer);
	struct vioapic_sim *sim = faults->sim;
	struct vioapic_guard guard;

	if (!vioapic_device_lock(&sim->dev, &guard))
		return HRTIMER_NORESTART;
	if (sim->dev.state == VIOAPIC_STATE_TAKEN) {
		send_due(sim, &faults->late, send_late);
		send_due(sim, &faults->again, send_unasked);
		irq_work_queue(&faults->soon);
	}
	vioapic_device_unlock(&sim->dev, &guard);
	return HRTIMER_NORESTART;
}

static u64 next_due(struct vioapic_faults *faults)
{
	struct vioapic_device *dev = &faults->sim->dev;
	struct vioapic_guard guard;
	u64 due = NEVER;

	if (!vioapic_device_lock(dev, &guard))
		return NEVER;
	if (dev->state == VIOAPIC_STATE_TAKEN)
		due = min(first_due(&faults->late), first_due(&faults->again));
	vioapic_device_unlock(dev, &guard);
	return due;
}

/*
 * Another CPU may be here too, for a message that was put off since we looked, and
 * we may have started the timer after it: so look again.  Not under the lock, as a
 * line may be driven from wherever the timers' own locks are held.
 */
static void start_timer(struct irq_work *work)
{
	struct vioapic_faults *faults = container_of(work, struct vioapic_faults, soon);
	u64 due, started = NEVER, now;

	while ((due = next_due(faults)) < started) {
		now = ktime_get_mono_fast_ns();
		hrtimer_start(&faults->timer, ns_to_ktime(due > now ? due - now : 0),
			      HRTIMER_MODE_REL);
		started = due;
	}
}

/* Life */

void vioapic_faults_init(struct vioapic_faults *faults)
{
	init_irq_work(&faults->soon, start_timer);
	vioapic_hrtimer_setup(&faults->timer, time_is_up);
}

/**
 * vioapic_faults_start() - @sim is broken from now on
 * @sim:    its lock is held, or it is not live yet
 * @faults: or NULL
 */
void vioapic_faults_start(struct vioapic_sim *sim, struct vioapic_faults *faults)
{
	sim->faults = faults;
	if (!faults)
		return;
	faults->sim = sim;
	sim->dev.lies = true;
}

/**
 * vioapic_faults_forget() - messages that wait are not sent any more
 * @sim: its lock is held, or nobody else is at it
 */
void vioapic_faults_forget(struct vioapic_sim *sim)
{
	memset(sim->faults->late.pins, 0, sizeof(sim->faults->late.pins));
	memset(sim->faults->again.pins, 0, sizeof(sim->faults->again.pins));
}

/**
 * vioapic_faults_stop() - nothing is delayed any more, nor will be
 * @sim: not in VIOAPIC_STATE_TAKEN any more
 * Context: may sleep.
 */
void vioapic_faults_stop(struct vioapic_sim *sim)
{
	struct vioapic_faults *faults = sim->faults;

	if (!faults)
		return;
	/* Neither queues or starts the other any more */
	irq_work_sync(&faults->soon);
	hrtimer_cancel(&faults->timer);
	vioapic_faults_forget(sim);
	faults->sim = NULL;
	sim->dev.lies = false;
	sim->faults = NULL;
}
