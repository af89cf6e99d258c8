// SPDX-License-Identifier: GPL-2.0
/*
 * The I/O APICs of a machine that Xen has, as its PV dom0 reaches them: by the
 * hypercalls PHYSDEVOP_apic_read and PHYSDEVOP_apic_write.
 *
 * Xen answers 0 to nearly every write and takes what it likes: of an RTE the low half
 * only, and that only while nobody has the pin's interrupt.  Vector, destination and
 * their modes are then of its own choice; what was written as the vector is taken for
 * the number of the pirq; and whether the pin is masked follows from its trigger mode: a
 * level-triggered one is until an event channel is bound to its pirq, an edge-triggered
 * one is not.  There is no IOREGSEL, and no EOI register.
 *
 * Pins that somebody listens to go by Xen's interrupts instead: xen_pirq.c.
 */
#include <linux/slab.h>
#include "xen.h"

static bool is_low_half(const struct vioapic_device *dev, unsigned int index)
{
	return !(index & 1) && index - VIOAPIC_REG_RTE < 2U * dev->pins;
}

static u32 xen_reg_read(struct vioapic_device *dev, unsigned int index)
{
	u32 value = vioapic_xen_read(dev, index);

	if (is_low_half(dev, index))
		value = vioapic_pirq_read(dev, vioapic_rte_pin(index), value);
	return value;
}

static void xen_reg_write(struct vioapic_device *dev, unsigned int index, u32 value)
{
	if (!is_low_half(dev, index) ||
	    !vioapic_pirq_write(dev, vioapic_rte_pin(index), value))
		vioapic_xen_write(dev, index, value);
}

static void xen_route(struct vioapic_device *dev, unsigned int pin, u64 old, u64 new)
{
	unsigned int index = vioapic_rte_index(pin);

	if ((old ^ new) >> 32)
		xen_reg_write(dev, index + 1, new >> 32);
	if ((u32)(old ^ new))
		xen_reg_write(dev, index, new);
}

static u32 xen_sample(struct vioapic_device *dev, unsigned int pin)
{
	return xen_reg_read(dev, vioapic_rte_index(pin));
}

/* Nothing is posted: a hypercall is over when it returns. */
static void xen_flush(struct vioapic_device *dev)
{
}

static u8 xen_get_index(struct vioapic_device *dev)
{
	return 0;
}

static void xen_put_index(struct vioapic_device *dev, u8 index)
{
}

static int xen_attach(struct vioapic_device *dev, char *reason)
{
	return 0;
}

static void xen_detach(struct vioapic_device *dev)
{
	kfree(dev->pirqs);
	dev->pirqs = NULL;
}

const struct vioapic_backend_ops vioapic_xen = {
	.name = "xen",
	.id = VIOAPIC_BACKEND_XEN,
	.foreign = true,
	.obeyed = VIOAPIC_RTE_ACTIVE_LOW | VIOAPIC_RTE_LEVEL | VIOAPIC_RTE_MASKED |
		  VIOAPIC_RTE_DEST | VIOAPIC_RTE_HIGH_DEST,
	.attach = xen_attach,
	.detach = xen_detach,
	.route = xen_route,
	.sample = xen_sample,
	.flush = xen_flush,
	.eoi = vioapic_pirq_eoi,
	.reg_read = xen_reg_read,
	.reg_write = xen_reg_write,
	.get_index = xen_get_index,
	.put_index = xen_put_index,
	.listen = vioapic_pirq_listen,
	.unlisten = vioapic_pirq_unlisten,
};
