/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lock of a device, private to virt.
 *
 * Its holders run with interrupts off, in any context.  Who waits for it does so until
 * the holder is done, however long a hypervisor has it wait for its CPU: to go on without
 * the lock while its holder lives is to have two inside.  There are four who do not get
 * it, at once or after a bounded wait:
 *
 *   lost     Its holder has died: a task, of an oops in a tracer of ours.  That is known
 *            by the oops itself, on the same CPU, and remembered until the lock is made
 *            anew in a rendezvous.
 *   beneath  This very CPU holds it, in what the caller interrupts, or has called it.
 *   NMI      It never waits, whoever holds the lock: see vioapic_sim_set_line() and
 *            struct vioapic_site for what becomes of its lines and accesses.  If the
 *            lock is free, it takes it as all do.
 *   the end  In an oops, a panic, a reboot the other CPUs may have been stopped for
 *            good, with whatever they held: after some tenths of a second, enough.
 *
 * In a rendezvous all other CPUs stand still with interrupts off, so who holds the lock
 * then is either lost or an NMI, which is soon done.
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
	dev->slow = dev->state != VIOAPIC_STATE_TAKEN || dev->posted || dev->eager ||
		    dev->lies;
}

void vioapic_device_lock_init(struct vioapic_device *dev);
bool vioapic_device_outwait(struct vioapic_device *dev);
bool vioapic_lock_ends(void);

#endif
