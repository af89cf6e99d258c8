/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stands behind a model: the interrupt controller that really delivers.
 *
 * Data flows one way.  A backend is told what changed; it never calls the
 * model or the device back.  Every op that is not said to sleep runs under
 * the lock of the device (interrupts off: no sleeping, no allocation, no printk).
 */
#ifndef VIOAPIC_BACKEND_H
#define VIOAPIC_BACKEND_H

#include <linux/interrupt.h>
#include <vioapic/types.h>

struct vioapic_device;

/**
 * struct vioapic_listener - who gets the interrupts of a pin (foreign)
 * @handler: as of request_irq()
 * @name:    in /proc/interrupts
 * @data:    for @handler
 */
struct vioapic_listener {
	irq_handler_t handler;
	const char *name;
	void *data;
};

/**
 * struct vioapic_backend_ops - one kind of interrupt controller
 * @name:     as in "vioapic list"
 * @id:       enum vioapic_uapi_backend
 * @foreign:  it is somebody else's, who changes registers at any time and takes of a
 *            write what he likes: every read goes to it, and every write is read back
 * @obeyed:   (foreign) bits of an RTE that are as written if the write was taken at all;
 *            of the others it makes what it likes
 * @attach:   set up for @dev; may sleep.  0 or a negative errno, with one
 *            sentence in @reason (VIOAPIC_REASON_LEN bytes)
 * @detach:   undo @attach; may sleep
 * @route:    (shadow role, as all below) RTE @pin changed from @old to @new (never both equal)
 * @sample:   the low half of RTE @pin as the controller reads it now
 * @flush:    wait until all that was written has arrived
 * @eoi:      explicit EOI of @vector by the EOI register
 * @reg_read: a register as the controller has it
 * @rte_read: (or NULL) both halves of RTE @pin as the controller has them: two of @reg_read
 *            in one, for who wants them of all pins
 * @reg_write: write a register, whether or not that changes it
 * @get_index: IOREGSEL as the controller has it
 * @put_index: select @index, and forget what was known of the controller's
 *            state: after this, others may touch it
 * @freeze:   (or NULL) hold accesses back, or let them come again, so that model and
 *            controller can be compared; may sleep, not under the lock
 * @listen:   (foreign) the interrupts of @pin go to @listener, once software unmasks it;
 *            may sleep, not under the lock.  0, -EBUSY if they go to another, -ENOMEM
 * @unlisten: (foreign) undo @listen, if that was; may sleep, not under the lock
 */
struct vioapic_backend_ops {
	const char *name;
	u8 id;
	bool foreign;
	u64 obeyed;
	int (*attach)(struct vioapic_device *dev, char *reason);
	void (*detach)(struct vioapic_device *dev);
	void (*route)(struct vioapic_device *dev, unsigned int pin, u64 old, u64 new);
	u32 (*sample)(struct vioapic_device *dev, unsigned int pin);
	void (*flush)(struct vioapic_device *dev);
	void (*eoi)(struct vioapic_device *dev, u8 vector);
	u32 (*reg_read)(struct vioapic_device *dev, unsigned int index);
	u64 (*rte_read)(struct vioapic_device *dev, unsigned int pin);
	void (*reg_write)(struct vioapic_device *dev, unsigned int index, u32 value);
	u8 (*get_index)(struct vioapic_device *dev);
	void (*put_index)(struct vioapic_device *dev, u8 index);
	void (*freeze)(struct vioapic_device *dev, bool on);
	int (*listen)(struct vioapic_device *dev, unsigned int pin,
		      const struct vioapic_listener *listener);
	void (*unlisten)(struct vioapic_device *dev, unsigned int pin);
};

extern const struct vioapic_backend_ops vioapic_native;
extern const struct vioapic_backend_ops vioapic_xen;

/*
 * What the architecture offers to simulated I/O APICs: its own local interrupt controllers.
 * Messages are no op of the backend, as there is but one, and an indirect call costs a
 * tenth of what is ours of an interrupt.
 */
extern const struct vioapic_backend_ops vioapic_arch_sim;

/*
 * Called when a local interrupt controller has come that may take what none took before;
 * set once, before the first is attached.  It may sleep, but vioapic_mutex is not to be
 * taken: who holds that waits for CPU hotplug, which waits for this.
 */
extern void (*vioapic_arch_sim_arrived)(void);

/** vioapic_arch_sim_exit() - at module exit: undo what attaching the first has set up */
void vioapic_arch_sim_exit(void);

/**
 * vioapic_arch_deliver() - send the message of an RTE
 * @rte:   all of it
 * @allow: BIT(delivery mode) of those that are sent although they can kill the
 *         machine: SMI, NMI, INIT
 *
 * Context: any, interrupts off; vioapic_arch_sim is attached.
 * Return: 1 if any local interrupt controller took it, as far as one can tell; 0 if none
 * did; -EPERM if it is none that is sent.
 */
int vioapic_arch_deliver(u64 rte, u8 allow);

#endif
