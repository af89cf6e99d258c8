/* SPDX-License-Identifier: GPL-2.0 */
/* How many interrupts there can be: from 6.13 on, by a function only. */
#ifndef VIOAPIC_COMPAT_IRQNR_H
#define VIOAPIC_COMPAT_IRQNR_H

#include <linux/irqnr.h>

static inline unsigned int vioapic_nr_irqs(void)
{
#ifdef VIOAPIC_HAS_IRQ_GET_NR_IRQS
	return irq_get_nr_irqs();
#else
	return nr_irqs;
#endif
}

#endif
