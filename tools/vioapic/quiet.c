// SPDX-License-Identifier: GPL-2.0
/* Why no interrupt of a pin comes, in a few words. */
#include <stdio.h>
#include <string.h>

#include "quiet.h"
#include "view.h"

/* Those below are no local APIC's, unless the delivery mode needs none */
#define FIRST_VECTOR	16
#define MODE_LOWEST	1

static const char *kernel_reason(const struct view *view, unsigned int pin)
{
	const struct pin_irq *irq = &view->irqs.pin[pin];
	bool masked = view->table.rte[pin] & RTE_MASKED;

	if (!view->irqs.known || view_is_guests(view))
		return NULL;
	/* There would be nobody to take it */
	if (!irq->mapped)
		return masked ? "no interrupt" : "no interrupt, unmasked";
	if (!*irq->actions)
		return masked ? "no handler" : "no handler, unmasked";
	return irq->flags & VIOAPIC_IRQ_DISABLED ? "disabled" : NULL;
}

/* The line of an owner's pin; of a shadow, nobody knows */
static const char *line_reason(const struct view *view, unsigned int pin, const struct rte *rte)
{
	const __u16 flags = view->lines.state.pin[pin].flags;
	bool asserted = flags & (VIOAPIC_PIN_ASSERTED | VIOAPIC_PIN_SERVICE) ||
			(flags & VIOAPIC_PIN_DRIVEN &&
			 !(flags & VIOAPIC_PIN_HIGH) == rte->active_low);

	if (!view->has_lines)
		return "not asked for";
	if (view->lines.state.pin[pin].storm == VIOAPIC_PIN_HELD)
		return "held back: storm";
	if (!asserted)
		return rte->active_low ? "line high" : "line low";
	return rte->level ? "nobody takes it" : "no edge";
}

const char *quiet_reason(const struct view *view, unsigned int pin, char *buf, size_t size)
{
	const struct rte rte = rte_decode(view->table.rte[pin]);
	const char *kernel = kernel_reason(view, pin);
	char cpus[64];

	if (view->info.state == VIOAPIC_STATE_FAILED)
		snprintf(buf, size, "failed, see dmesg");
	else if (kernel)
		snprintf(buf, size, "%s", kernel);
	else if (rte.masked)
		snprintf(buf, size, "masked");
	else if (rte.remote_irr)
		snprintf(buf, size, "remote IRR set");
	else if (rte.vector < FIRST_VECTOR && rte.delivery <= MODE_LOWEST)
		snprintf(buf, size, "no vector");
	else if (!view_is_guests(view) && !rte.remapped &&
		 view_reach(view, pin, cpus, sizeof(cpus)) == REACH_NOBODY)
		snprintf(buf, size, "dest %u is no CPU", rte.dest);
	else if (!view_is_guests(view) && !rte.remapped &&
		 view_reach(view, pin, cpus, sizeof(cpus)) == REACH_OFFLINE)
		snprintf(buf, size, "CPU offline");
	else
		snprintf(buf, size, "%s", line_reason(view, pin, &rte));
	return buf;
}
