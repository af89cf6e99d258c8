// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of simulated I/O APICs, where driving them at once is not all: somebody else is
 * inside, it is broken, a pin is not idle.
 *
 * Who cannot have the lock (an NMI, a tracer that is called under it) leaves a note: what
 * was done to the line of each pin, in bits that are set without a lock.  Whoever drives
 * a line next acts on all notes first, so that what is done to a line after them comes
 * after them; else an interrupt on the same CPU does.
 *
 * Runs wherever a line is driven; it is built without tracing.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/nospec.h>
#include <linux/smp.h>
#include "effects.h"
#include "faults.h"
#include "lines.h"

/* In a note: BIT(enum vioapic_line_action) of all, and the last of them above */
#define LAST_SHIFT	4
#define ALL		(BIT(LAST_SHIFT) - 1)

/**
 * vioapic_lines_set() - the line of a pin is driven, whatever is the matter with it
 * @sim:  its lock is held
 * @pin:  one that there is
 * @high: as of vioapic_sim_set_line()
 */
void vioapic_lines_set(struct vioapic_sim *sim, unsigned int pin, bool high)
{
	lockdep_assert_held(&sim->dev.lock);
	if (unlikely(sim->faults)) {
		vioapic_faults_set_line(sim, pin, high);
		return;
	}
	vioapic_model_set_line(&sim->dev.model, pin, high, &sim->dev.fx);
	if (sim->dev.fx.what)
		vioapic_owner_carry_out(sim);
}

/** vioapic_lines_pulse() - likewise, vioapic_sim_pulse() */
void vioapic_lines_pulse(struct vioapic_sim *sim, unsigned int pin)
{
	struct vioapic_model *m = &sim->dev.model;
	bool high;

	pin = array_index_nospec(pin, VIOAPIC_PIN_SLOTS);
	high = !(m->rte[pin] & VIOAPIC_RTE_ACTIVE_LOW);
	if (vioapic_line_is_asserted(m->line[pin], m->rte[pin]))
		vioapic_lines_set(sim, pin, !high);
	vioapic_lines_set(sim, pin, high);
	vioapic_lines_set(sim, pin, !high);
}

/* As edges do that nobody has taken yet, those of one pin merge; how it is left stays */
static void act_on(struct vioapic_sim *sim, unsigned int pin, u8 note)
{
	unsigned int last = note >> LAST_SHIFT;
	bool high = last == VIOAPIC_LINE_RAISE;

	if (note & BIT(VIOAPIC_LINE_PULSE))
		vioapic_lines_pulse(sim, pin);
	if (last == VIOAPIC_LINE_PULSE)
		return;
	if (note & BIT(high ? VIOAPIC_LINE_LOWER : VIOAPIC_LINE_RAISE))
		vioapic_lines_set(sim, pin, !high);
	vioapic_lines_set(sim, pin, high);
}

static noinline void catch_up(struct vioapic_sim *sim)
{
	unsigned int pin;
	u8 note;

	lockdep_assert_held(&sim->dev.lock);
	/* Whoever leaves a note from now on says so once more */
	WRITE_ONCE(sim->dev.later, false);
	smp_mb();	/* pairs with vioapic_lines_later() */
	for_each_set_bit(pin, sim->eventful, VIOAPIC_PIN_SLOTS) {
		clear_bit(pin, sim->eventful);
		smp_mb__after_atomic();	/* likewise */
		note = xchg(&sim->events[pin], 0);
		if (note)
			act_on(sim, pin, note);
	}
}

/**
 * vioapic_lines_begin() - lock @sim to drive the line of a pin
 * @sim: whose
 * @pin: any number
 *
 * Context: any, interrupts off.
 * Return: 0; or -ERANGE, -EIO, -EBUSY as vioapic_sim_set_line(), or -EAGAIN if it has to be
 * done later, and not locked.
 */
int vioapic_lines_begin(struct vioapic_sim *sim, unsigned int pin)
{
	struct vioapic_device *dev = &sim->dev;

	if (pin >= dev->pins)
		return -ERANGE;
	if (!vioapic_device_outwait(dev))
		return READ_ONCE(dev->lost) ? -EBUSY : -EAGAIN;
	WRITE_ONCE(dev->owner, raw_smp_processor_id());
	if (dev->state != VIOAPIC_STATE_TAKEN) {
		vioapic_lines_end(sim);
		return -EIO;
	}
	if (READ_ONCE(dev->later))
		catch_up(sim);
	return 0;
}

/**
 * vioapic_lines_later() - leave a note for who has the lock next
 * @sim:    whose lock cannot be had
 * @pin:    one that there is
 * @action: enum vioapic_line_action
 *
 * Context: any.
 * Return: 0; -EIO if @sim has failed.
 */
int vioapic_lines_later(struct vioapic_sim *sim, unsigned int pin, u32 action)
{
	u8 *event = &sim->events[array_index_nospec(pin, VIOAPIC_PIN_SLOTS)];
	u8 was = READ_ONCE(*event), note;

	if (READ_ONCE(sim->dev.state) != VIOAPIC_STATE_TAKEN)
		return -EIO;
	do
		note = (was & ALL) | BIT(action) | action << LAST_SHIFT;
	while (!try_cmpxchg(event, &was, note));
	set_bit(pin, sim->eventful);
	smp_mb__after_atomic();	/* pairs with catch_up() */
	WRITE_ONCE(sim->dev.later, true);
	irq_work_queue(&sim->catch_up);
	return 0;
}

/* If it does not get the lock either, the machine is about to end */
static void catch_up_now(struct irq_work *work)
{
	struct vioapic_sim *sim = container_of(work, struct vioapic_sim, catch_up);
	unsigned long flags;

	local_irq_save(flags);
	if (!vioapic_lines_begin(sim, 0))
		vioapic_lines_end(sim);
	local_irq_restore(flags);
}

void vioapic_lines_init(struct vioapic_sim *sim)
{
	sim->catch_up = IRQ_WORK_INIT_HARD(catch_up_now);
}

/**
 * vioapic_lines_stop() - nothing is driven later any more
 * @sim: nobody drives lines of it any more.  May sleep
 */
void vioapic_lines_stop(struct vioapic_sim *sim)
{
	irq_work_sync(&sim->catch_up);
}
