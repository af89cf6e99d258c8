/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From effects of the model to messages, private to virt/sim.
 *
 * Calls go down only, all of them under the lock of the device:
 *   owner.c        registers are accessed, lines are driven
 *   lines.c        the long way to drive one, and later
 *   faults_line.c  lines of what is broken, and messages that come late
 *   effects.c      what follows is carried out
 *   faults.c       registers and messages of what is broken
 *   effects.h      a message is sent
 */
#ifndef VIOAPIC_EFFECTS_H
#define VIOAPIC_EFFECTS_H

#include <vioapic/sim_device.h>
#include "../device/events.h"

/* effects.c */
void vioapic_owner_carry_out(struct vioapic_sim *sim);
void vioapic_owner_hold_module(struct vioapic_sim *sim, bool yes);

/**
 * vioapic_send() - send what an RTE says, whatever the model thinks
 * @sim: whose; its lock is held
 * @pin: one that there is
 * @rte: all of it
 *
 * Inline, as vioapic_sim_set_line() is to cost little more than the message.
 * Return: did anybody take it?
 */
static __always_inline bool vioapic_send(struct vioapic_sim *sim, unsigned int pin, u64 rte)
{
	struct vioapic_device *dev = &sim->dev;
	int taken;

	lockdep_assert_held(&dev->lock);
	taken = vioapic_arch_deliver(rte, sim->allow);
	/* Traced before the branch, of which the caller's own on the outcome becomes part */
	if (trace_deliver_enabled())
		vioapic_trace_deliver(dev, pin, rte, taken > 0);
	if (likely(taken > 0)) {
		dev->cnt[VIOAPIC_CNT_DELIVERIES]++;
		return true;
	}
	if (taken < 0)
		dev->cnt[VIOAPIC_CNT_REFUSED]++;
	return false;
}

#endif
