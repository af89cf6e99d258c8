/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lock of a device, private to virt.
 *
 * Faults take it with interrupts off, in any context.  Its holder may be gone for
 * good: on a CPU that was stopped in a panic, or a task that died in a tracer of
 * vioapic:access.  So nobody waits for ever.
 */
#ifndef VIOAPIC_LOCK_H
#define VIOAPIC_LOCK_H

#include <linux/spinlock.h>
#include <vioapic/device.h>

/*
 * As a fault takes it.  Interrupts are off, so there is no preemption to disable,
 * and a call each way is a tenth of what is ours of a trap; with lockdep, it
 * shall see everything.
 */
static __always_inline bool vioapic_trap_lock(struct vioapic_device *dev)
{
	/* There is no such lock without SMP, but this may be from within its holder */
	if (!IS_ENABLED(CONFIG_SMP) && READ_ONCE(dev->owner) >= 0)
		return false;
	if (IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC))
		return raw_spin_trylock(&dev->lock);
	return arch_spin_trylock(&dev->lock.raw_lock);
}

static __always_inline void vioapic_trap_unlock(struct vioapic_device *dev)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC))
		raw_spin_unlock(&dev->lock);
	else
		arch_spin_unlock(&dev->lock.raw_lock);
}

/*
 * In the queue, as vCPUs take the lock of a guest's: who only tried might never get it.
 * Interrupts are off; not for a lock that faults take.
 */
static __always_inline void vioapic_trap_lock_queued(struct vioapic_device *dev)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC))
		raw_spin_lock(&dev->lock);
	else
		arch_spin_lock(&dev->lock.raw_lock);
}

/*
 * At the end of whatever changed @dev->state, @posted, @eager or @lies: may reads be
 * answered without looking at these?  The lock is held, or its holder is gone.
 */
static __always_inline void vioapic_device_settle(struct vioapic_device *dev)
{
	dev->quick = dev->state == VIOAPIC_STATE_TAKEN && !dev->posted && !dev->eager &&
		     !dev->lies;
}

void vioapic_device_lock_init(struct vioapic_device *dev);
bool vioapic_device_outwait(struct vioapic_device *dev);

#endif
