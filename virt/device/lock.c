// SPDX-License-Identifier: GPL-2.0
/* Waiting for the lock of a device, but not for ever: see lock.h. */
#include <linux/bits.h>
#include <linux/hardirq.h>
#include <linux/irqflags.h>
#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/processor.h>
#include <linux/smp.h>
#include "lock.h"

/* Some tenths of a second; holders keep it for some hundred register accesses */
#define SPINS_AT_THE_END	BIT(21)

static LIST_HEAD(mortals);
static DEFINE_RAW_SPINLOCK(mortals_lock);

static void make(struct vioapic_device *dev)
{
	raw_spin_lock_init(&dev->lock);
	dev->owner = -1;
	WRITE_ONCE(dev->lost, false);
}

void vioapic_device_lock_init(struct vioapic_device *dev)
{
	make(dev);
	INIT_LIST_HEAD(&dev->mortal);
}

/**
 * vioapic_lock_watch() - notice from now on if who holds the lock of @dev dies
 * @dev: whose; it may be watched already
 *
 * Context: any but NMI.
 */
void vioapic_lock_watch(struct vioapic_device *dev)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&mortals_lock, flags);
	if (list_empty(&dev->mortal))
		list_add(&dev->mortal, &mortals);
	raw_spin_unlock_irqrestore(&mortals_lock, flags);
}

/** vioapic_lock_unwatch() - undo it; before @dev is freed */
void vioapic_lock_unwatch(struct vioapic_device *dev)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&mortals_lock, flags);
	list_del_init(&dev->mortal);
	raw_spin_unlock_irqrestore(&mortals_lock, flags);
}

/*
 * An oops on this CPU: what it interrupts goes on no more.  In an NMI, nothing does.
 */
static int died(struct notifier_block *nb, unsigned long event, void *data)
{
	struct vioapic_device *dev;
	unsigned long flags;

	if (event != DIE_OOPS || in_nmi())
		return NOTIFY_DONE;
	raw_spin_lock_irqsave(&mortals_lock, flags);
	list_for_each_entry(dev, &mortals, mortal)
		if (READ_ONCE(dev->owner) == raw_smp_processor_id())
			WRITE_ONCE(dev->lost, true);
	raw_spin_unlock_irqrestore(&mortals_lock, flags);
	return NOTIFY_DONE;
}

/* After all others: a debugger may let it live, and ends the call then */
static struct notifier_block deaths = { .notifier_call = died, .priority = INT_MIN };

int vioapic_lock_init(void)
{
	return register_die_notifier(&deaths);
}

void vioapic_lock_exit(void)
{
	unregister_die_notifier(&deaths);
}

/**
 * vioapic_lock_ends() - may CPUs be stopped for good?
 * Return: is the machine about to end, or might it be?
 */
bool vioapic_lock_ends(void)
{
	return oops_in_progress || system_state > SYSTEM_RUNNING;
}

/**
 * vioapic_device_outwait() - take @dev->lock, interrupts off
 * @dev: whose
 *
 * Return: false if it cannot be had now: see lock.h.
 */
bool vioapic_device_outwait(struct vioapic_device *dev)
{
	unsigned long spins = 0;

	while (!vioapic_trap_lock(dev)) {
		if (READ_ONCE(dev->lost) || READ_ONCE(dev->owner) == raw_smp_processor_id())
			return false;
		if (vioapic_lock_ends() ? ++spins > SPINS_AT_THE_END : in_nmi())
			return false;
		cpu_relax();
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
 * Return: false if the lock is lost: vioapic_release() makes it anew.  Or see lock.h.
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
 * If it is lost, it is made anew.
 */
void vioapic_device_seize(struct vioapic_device *dev, struct vioapic_guard *guard)
{
	local_irq_save(guard->flags);
	while (!vioapic_trap_lock(dev)) {
		if (READ_ONCE(dev->lost))
			make(dev);
		cpu_relax();
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
