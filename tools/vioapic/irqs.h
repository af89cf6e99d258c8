/* SPDX-License-Identifier: GPL-2.0 */
/* What this kernel has made of the pins of an I/O APIC: interrupts, handlers, counts. */
#ifndef VIOAPIC_TOOL_IRQS_H
#define VIOAPIC_TOOL_IRQS_H

#include <stdbool.h>
#include <linux/vioapic.h>

#define IRQ_ACTIONS_LEN	64

/**
 * struct pin_irq - the interrupt of a pin
 * @mapped:  there is one; if not, all else is 0
 * @number:  in /proc/interrupts
 * @flags:   VIOAPIC_IRQ_*
 * @count:   how often it has come, to all CPUs
 * @actions: names of its handlers, with a comma between each two; cut off with ".." if long
 */
struct pin_irq {
	bool mapped;
	__u32 number;
	__u32 flags;
	__u64 count;
	char actions[IRQ_ACTIONS_LEN];
};

/**
 * struct pin_irqs - of all pins
 * @known: false: the module is older than this command, and tells of no interrupts
 */
struct pin_irqs {
	bool known;
	struct pin_irq pin[VIOAPIC_PINS_MAX];
};

/**
 * irqs_read() - ask the module which interrupts there are, and sysfs what they are
 * @fd: of /dev/vioapic
 * Return: 0, or STATUS_REFUSED and has said why.
 */
int irqs_read(int fd, const struct vioapic_info *info, struct pin_irqs *irqs);

/* irqs_count() - count anew */
void irqs_count(struct pin_irqs *irqs);

#endif
