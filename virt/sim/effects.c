// SPDX-License-Identifier: GPL-2.0
/*
 * What a call on the model of a simulated I/O APIC has brought about.
 *
 * Runs in faults, in interrupts and wherever a line is driven, under the lock of
 * the device; it is built without tracing.
 */
#include <linux/lockdep.h>
#include <linux/module.h>
#include "../device/events.h"
#include "effects.h"
#include "faults.h"

/* Software that has put something into an RTE expects somebody to be there. */
static bool is_programmed(u64 rte)
{
	return (rte & VIOAPIC_RTE_VECTOR) || !(rte & VIOAPIC_RTE_MASKED);
}

/* One more, or one less */
static void hold(struct vioapic_sim *sim, bool more)
{
	if (more) {
		__module_get(THIS_MODULE);
		sim->programmed++;
	} else if (sim->programmed) {
		sim->programmed--;
		module_put(THIS_MODULE);
	}
}

/**
 * vioapic_owner_hold_module() - hold the module once for each RTE that is programmed
 * @sim: whose; its lock is held, or nobody is at its registers any more
 * @yes: or not at all
 */
void vioapic_owner_hold_module(struct vioapic_sim *sim, bool yes)
{
	unsigned int pin, programmed = 0;

	for (pin = 0; yes && pin < sim->dev.pins; pin++)
		programmed += is_programmed(sim->dev.model.rte[pin]);
	while (sim->programmed != programmed)
		hold(sim, sim->programmed < programmed);
}

static void deliver(struct vioapic_sim *sim, unsigned int pin)
{
	struct vioapic_device *dev = &sim->dev;

	if (unlikely(sim->faults))
		vioapic_faults_deliver(sim, pin);
	else
		vioapic_model_delivered(&dev->model, pin,
					vioapic_send(sim, pin, dev->model.rte[pin]));
}

static void deliver_all(struct vioapic_sim *sim)
{
	struct vioapic_effects *fx = &sim->dev.fx;
	unsigned int i;
	u64 map;

	for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
		for (map = fx->deliver[i]; map; map &= map - 1)
			deliver(sim, 64 * i + __builtin_ctzll(map));
}

/**
 * vioapic_owner_carry_out() - do what the last call on the model has brought about
 * @sim: whose; its lock is held, and its effects are in @sim->dev.fx
 */
void vioapic_owner_carry_out(struct vioapic_sim *sim)
{
	struct vioapic_device *dev = &sim->dev;
	struct vioapic_effects *fx = &dev->fx;

	lockdep_assert_held(&dev->lock);
	if (fx->what & VIOAPIC_FX_ROUTE) {
		dev->cnt[VIOAPIC_CNT_ROUTES]++;
		trace_route(dev, fx->pin, fx->old, fx->new);
		if (is_programmed(fx->new) != is_programmed(fx->old))
			hold(sim, is_programmed(fx->new));
	}
	if (fx->what & VIOAPIC_FX_EOI) {
		dev->cnt[VIOAPIC_CNT_EOIS]++;
		trace_eoi(dev, fx->val);
	}
	if (fx->what & VIOAPIC_FX_DELIVER)
		deliver_all(sim);
	if (fx->what & VIOAPIC_FX_STORM) {
		dev->cnt[VIOAPIC_CNT_STORMS]++;
		irq_work_queue(&sim->storm);
	}
}
