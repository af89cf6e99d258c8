// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's interrupts of an I/O APIC's pins.
 *
 * Each I/O APIC has an interrupt domain whose host_data is its number, which is that of its
 * slot in the fixmap; the hardware's number of an interrupt there is the pin.  The domain
 * goes when the I/O APIC is taken back: of simulated ones by vioapic_arch_unplug(), of others
 * by ACPI's hotplug, which has a lock.  RCU keeps interrupts, but not their domains.
 */
#include <linux/acpi.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <asm/fixmap.h>
#include <compat/irqnr.h>
#include <vioapic/device.h>

static u32 irq_flags(struct irq_data *data)
{
	u32 flags = VIOAPIC_IRQ_MAPPED;

	if (irqd_irq_disabled(data))
		flags |= VIOAPIC_IRQ_DISABLED;
	if (irqd_irq_masked(data))
		flags |= VIOAPIC_IRQ_MASKED;
	if (irqd_irq_inprogress(data))
		flags |= VIOAPIC_IRQ_INPROGRESS;
	if (irqd_is_setaffinity_pending(data))
		flags |= VIOAPIC_IRQ_MOVING;
	if (irqd_is_level_type(data))
		flags |= VIOAPIC_IRQ_LEVEL;
	return flags;
}

/* "IR-IO-APIC" with interrupt remapping */
static bool is_ioapic(const struct irq_data *data)
{
	return data->chip && data->domain && data->chip->name &&
	       (!strcmp(data->chip->name, "IO-APIC") || !strcmp(data->chip->name, "IR-IO-APIC"));
}

void vioapic_arch_irqs(struct vioapic_device *dev, struct vioapic_irq *irq)
{
	void *slot = (void *)(long)(__virt_to_fix(dev->site.page) - FIX_IO_APIC_BASE_0);
	unsigned int i, n = vioapic_nr_irqs();
	struct irq_data *data;

	lockdep_assert_held(&vioapic_mutex);
	if (!dev->site.page)
		return;
	acpi_scan_lock_acquire();
	rcu_read_lock();
	for (i = 0; i < n; i++) {
		data = irq_get_irq_data(i);
		if (!data || !is_ioapic(data) || data->domain->host_data != slot ||
		    data->hwirq >= VIOAPIC_PINS_MAX)
			continue;
		irq[data->hwirq].irq = i;
		irq[data->hwirq].flags = irq_flags(data);
	}
	rcu_read_unlock();
	acpi_scan_lock_release();
}
