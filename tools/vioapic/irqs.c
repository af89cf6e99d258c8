// SPDX-License-Identifier: GPL-2.0
/* What this kernel has made of the pins of an I/O APIC: the module says which, sysfs the rest. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "device.h"
#include "irqs.h"
#include "vioapic.h"

/* The first line of a file of an interrupt, "" if it cannot be read */
static void read_file(__u32 irq, const char *name, char *line, size_t size)
{
	char path[64];
	FILE *f;

	line[0] = '\0';
	snprintf(path, sizeof(path), "/sys/kernel/irq/%u/%s", irq, name);
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(line, size, f))
		line[0] = '\0';
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
}

static void read_actions(struct pin_irq *irq)
{
	char line[1024];
	char *c;

	read_file(irq->number, "actions", line, sizeof(line));
	/* Drivers choose these names, users some of them */
	for (c = line; *c; c++)
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
	if (strlen(line) < sizeof(irq->actions)) {
		memcpy(irq->actions, line, strlen(line) + 1);
		return;
	}
	memcpy(irq->actions, line, sizeof(irq->actions) - 3);
	memcpy(irq->actions + sizeof(irq->actions) - 3, "..", 3);
}

static void read_count(struct pin_irq *irq)
{
	/* Ten digits and a comma for each CPU there may be */
	static char line[8192 * 11];
	char *next = line;

	irq->count = 0;
	read_file(irq->number, "per_cpu_count", line, sizeof(line));
	while (*next) {
		irq->count += strtoull(next, &next, 10);
		while (*next && (*next < '0' || *next > '9'))
			next++;
	}
}

int irqs_read(int fd, const struct vioapic_info *info, struct pin_irqs *irqs)
{
	static struct vioapic_irqs req;
	__u32 pin;

	memset(irqs, 0, sizeof(*irqs));
	memset(&req, 0, sizeof(req));
	memcpy(req.name, info->name, sizeof(req.name));
	if (ioctl(fd, VIOAPIC_IOC_IRQS, &req)) {
		if (errno == ENOTTY)
			return 0;
		req.reason[sizeof(req.reason) - 1] = '\0';
		return refuse_ioctl(info->name, "tell the interrupts of", errno, req.reason);
	}
	irqs->known = true;
	for (pin = 0; pin < req.pins && pin < VIOAPIC_PINS_MAX; pin++) {
		struct pin_irq *irq = &irqs->pin[pin];

		if (!(req.irq[pin].flags & VIOAPIC_IRQ_MAPPED))
			continue;
		irq->mapped = true;
		irq->number = req.irq[pin].irq;
		irq->flags = req.irq[pin].flags;
		read_actions(irq);
		read_count(irq);
	}
	return 0;
}

void irqs_count(struct pin_irqs *irqs)
{
	unsigned int pin;

	for (pin = 0; pin < VIOAPIC_PINS_MAX; pin++)
		if (irqs->pin[pin].mapped)
			read_count(&irqs->pin[pin]);
}
