// SPDX-License-Identifier: GPL-2.0
/* Waiting for the lock of a device, but not for ever: see lock.h. */
#include <linux/bits.h>
#include <linux/irqflags.h>
#include <linux/processor.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include "lock.h"

/*
 * Holders keep it for some hundred register accesses.  In an oops or a panic the
 * other CPUs may be stopped for good, so there some tenths of a second are
 * enough; else it shall outlast a hypervisor that has descheduled the holder.
 */
#define SPINS_IN_OOPS	BIT(21)
#define SPINS_AT_MOST	BIT(25)

void vioapic_device_lock_init(struct vioapic_device *dev)
{
	raw_spin_lock_init(&dev->lock);
	dev->owner = -1;
}

/**
 * vioapic_device_outwait() - take @dev->lock, interrupts off
 * @dev: whose
 *
 * Return: false if whoever holds the lock will never release it: it is on a CPU
 * that was stopped, its task has died, or it is what this very call interrupts
 * (a tracer that looks at the I/O APIC from inside of a tracepoint).
 */
bool vioapic_device_outwait(struct vioapic_device *dev)
{
	unsigned long spins = 0;

	while (!vioapic_trap_lock(dev)) {
		if (READ_ONCE(dev->owner) == raw_smp_processor_id())
			return false;
		cpu_relax();
		if (++spins > (oops_in_progress ? SPINS_IN_OOPS : SPINS_AT_MOST))
			return false;
	}
	return true;
}

/* The caller has the lock. */
static void enter(struct vioapic_device *dev, struct vioapic_guard *guard)
{
	WRITE_ONCE(dev->owner, raw_smp_processor_id());
	guard->hw[0] = dev->cnt[VIOAPIC_CNT_HW_READS];
	guard->hw[1] = dev->cnt[VIOAPIC_CNT_HW_WRITES];
	guard->hw[2] = dev->cnt[VIOAPIC_CNT_HW_INDEX];
}

/**
 * vioapic_device_lock() - for an administrator's question
 * @dev:   whose
 * @guard: to be given to vioapic_device_unlock()
 *
 * Return: false if the lock is lost: vioapic_release() makes it anew.
 */
bool vioapic_device_lock(struct vioapic_device *dev, struct vioapic_guard *guard)
{
	local_irq_save(guard->flags);
	if (dev->guest && dev->model.role == VIOAPIC_OWNER) {
		vioapic_trap_lock_queued(dev);
	} else if (!vioapic_device_outwait(dev)) {
		local_irq_restore(guard->flags);
		return false;
	}
	enter(dev, guard);
	return true;
}

/**
 * vioapic_device_seize() - take @dev->lock in a rendezvous
 * @dev:   whose
 * @guard: to be given to vioapic_device_unlock()
 *
 * No other CPU runs anything, and holders do not let themselves be interrupted:
 * if the lock is held, its holder is no more.
 */
void vioapic_device_seize(struct vioapic_device *dev, struct vioapic_guard *guard)
{
	local_irq_save(guard->flags);
	if (!vioapic_trap_lock(dev)) {
		vioapic_device_lock_init(dev);
		vioapic_trap_lock(dev);
	}
	enter(dev, guard);
}

void vioapic_device_unlock(struct vioapic_device *dev, const struct vioapic_guard *guard)
{
	dev->cnt[VIOAPIC_CNT_HW_READS] = guard->hw[0];
	dev->cnt[VIOAPIC_CNT_HW_WRITES] = guard->hw[1];
	dev->cnt[VIOAPIC_CNT_HW_INDEX] = guard->hw[2];
	dev->reached = false;
	vioapic_device_settle(dev);
	WRITE_ONCE(dev->owner, -1);
	vioapic_trap_unlock(dev);
	local_irq_restore(guard->flags);
}
