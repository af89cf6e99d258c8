// SPDX-License-Identifier: GPL-2.0
/*
 * The I/O APICs of a machine that Xen has, as its PV dom0 reaches them: by the
 * hypercalls PHYSDEVOP_apic_read and PHYSDEVOP_apic_write.
 *
 * Xen answers 0 to nearly every write and takes what it likes: of an RTE the low half
 * only, and that only while it has no handler for the pin itself.  Vector, destination
 * and their modes are then of its own choice; what was written as the vector is taken
 * for the number of the pirq; and a level-triggered pin stays masked until an event
 * channel is bound to its pirq.  There is no IOREGSEL, and no EOI register.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kconfig.h>
#include <linux/lockdep.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>
#include <vioapic/device.h>

/* In no other domain is this backend used, and in no other kernel is there one. */
static int call(unsigned int cmd, struct physdev_apic *apic)
{
	return IS_ENABLED(CONFIG_XEN_PV) ? HYPERVISOR_physdev_op(cmd, apic) : -ENOSYS;
}

static u32 xen_reg_read(struct vioapic_device *dev, unsigned int index)
{
	struct physdev_apic apic = { .apic_physbase = dev->phys, .reg = index };

	lockdep_assert_held(&dev->lock);
	dev->reached = true;
	dev->cnt[VIOAPIC_CNT_HW_READS]++;
	/* As on a bus: where nobody answers, all lines are high. */
	return call(PHYSDEVOP_apic_read, &apic) ? ~0U : apic.value;
}

/* What came of it is told by reading back, and by nothing else. */
static void xen_reg_write(struct vioapic_device *dev, unsigned int index, u32 value)
{
	struct physdev_apic apic = { .apic_physbase = dev->phys, .reg = index, .value = value };

	lockdep_assert_held(&dev->lock);
	dev->reached = true;
	dev->cnt[VIOAPIC_CNT_HW_WRITES]++;
	call(PHYSDEVOP_apic_write, &apic);
}

static void xen_route(struct vioapic_device *dev, unsigned int pin, u64 old, u64 new)
{
	unsigned int index = VIOAPIC_REG_RTE + 2 * pin;

	if ((old ^ new) >> 32)
		xen_reg_write(dev, index + 1, new >> 32);
	if ((u32)(old ^ new))
		xen_reg_write(dev, index, new);
}

static u32 xen_sample(struct vioapic_device *dev, unsigned int pin)
{
	return xen_reg_read(dev, VIOAPIC_REG_RTE + 2 * pin);
}

/* Nothing is posted: a hypercall is over when it returns. */
static void xen_flush(struct vioapic_device *dev)
{
}

static void xen_eoi(struct vioapic_device *dev, u8 vector)
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
	.eoi = xen_eoi,
	.reg_read = xen_reg_read,
	.reg_write = xen_reg_write,
	.get_index = xen_get_index,
	.put_index = xen_put_index,
};
