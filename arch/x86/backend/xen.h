/* SPDX-License-Identifier: GPL-2.0 */
/* Private to arch/x86/backend: the two forms of the backend xen, built with CONFIG_XEN_PV only. */
#ifndef VIOAPIC_BACKEND_XEN_H
#define VIOAPIC_BACKEND_XEN_H

#include <linux/lockdep.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>
#include <vioapic/device.h>

/* The register form; under the lock of the device, as the first three below */

static inline u32 vioapic_xen_read(struct vioapic_device *dev, unsigned int index)
{
	struct physdev_apic apic = { .apic_physbase = dev->phys, .reg = index };

	lockdep_assert_held(&dev->lock);
	dev->reached = true;
	dev->cnt[VIOAPIC_CNT_HW_READS]++;
	/* As on a bus: where nobody answers, all lines are high. */
	return HYPERVISOR_physdev_op(PHYSDEVOP_apic_read, &apic) ? ~0U : apic.value;
}

/* What came of it is told by reading back, and by nothing else. */
static inline void vioapic_xen_write(struct vioapic_device *dev, unsigned int index,
				     u32 value)
{
	struct physdev_apic apic = { .apic_physbase = dev->phys, .reg = index, .value = value };

	lockdep_assert_held(&dev->lock);
	dev->reached = true;
	dev->cnt[VIOAPIC_CNT_HW_WRITES]++;
	HYPERVISOR_physdev_op(PHYSDEVOP_apic_write, &apic);
}

/* xen_pirq.c: the pirq form */

/**
 * vioapic_pirq_write() - software writes the low half of an RTE
 * Return: false if it is not for a pin that anybody listens to: nothing was done.
 */
bool vioapic_pirq_write(struct vioapic_device *dev, unsigned int pin, u32 low);

/** vioapic_pirq_read() - of the low half that Xen has, what software is to see */
u32 vioapic_pirq_read(struct vioapic_device *dev, unsigned int pin, u32 low);

/** vioapic_pirq_eoi() - software ends the service of all pins with @vector */
void vioapic_pirq_eoi(struct vioapic_device *dev, u8 vector);

int vioapic_pirq_listen(struct vioapic_device *dev, unsigned int pin,
			const struct vioapic_listener *listener);
void vioapic_pirq_unlisten(struct vioapic_device *dev, unsigned int pin);

#endif
