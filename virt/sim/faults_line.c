// SPDX-License-Identifier: GPL-2.0
/*
 * What lines of a broken I/O APIC do otherwise, and messages that come late: see
 * faults.h.
 *
 * Runs wherever a line is driven and in timers, under the lock of the device; it is
 * built without tracing.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <compat/hrtimer.h>
#include "effects.h"
#include "faults.h"

#define NEVER	U64_MAX

static void clear(u64 *map, unsigned int pin)
{
	map[pin / 64] &= ~BIT_ULL(pin % 64);
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
	    vioapic_faults_strike(sim->faults, VIOAPIC_FAULT_SPURIOUS, pin))
		vioapic_faults_send_unasked(sim, pin);
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
		vioapic_faults_send(sim, pin);
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

	if (!vioapic_device_lock(&sim->dev, &guard)) {
		if (READ_ONCE(sim->dev.lost))
			return HRTIMER_NORESTART;
		hrtimer_forward_now(timer, ms_to_ktime(10));
		return HRTIMER_RESTART;
	}
	if (sim->dev.state == VIOAPIC_STATE_TAKEN) {
		send_due(sim, &faults->late, send_late);
		send_due(sim, &faults->again, vioapic_faults_send_unasked);
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
