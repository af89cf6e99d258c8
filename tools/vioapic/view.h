/* SPDX-License-Identifier: GPL-2.0 */
/* One I/O APIC with all that is known of its pins: registers, lines, interrupts, CPUs. */
#ifndef VIOAPIC_TOOL_VIEW_H
#define VIOAPIC_TOOL_VIEW_H

#include <stdbool.h>
#include "cpus.h"
#include "decode.h"
#include "device.h"
#include "irqs.h"

/**
 * struct view - of an I/O APIC
 * @info:  what it is
 * @table: its registers
 * @lines: its state, if @has_lines: an owner's.  Of a shadow the controller has the lines
 * @irqs:  this kernel's interrupts
 * @cpus:  of this machine; none for a KVM guest's
 * @rate:  interrupts in a second, by pin, if @has_rate
 */
struct view {
	struct inventory inventory;
	struct vioapic_info info;
	struct vioapic_table table;
	struct vioapic_snapshot lines;
	struct pin_irqs irqs;
	struct cpus cpus;
	double rate[VIOAPIC_PINS_MAX];
	bool has_lines;
	bool has_rate;
};

/* Return: 0, or STATUS_REFUSED and has said why. view_close() is safe after both. */
int view_open(struct view *view, const char *name);
void view_close(struct view *view);

/* Waits, and counts again */
void view_measure(struct view *view, double seconds);

/* A KVM guest's: its CPUs and interrupts are not this machine's */
bool view_is_guests(const struct view *view);

/* "high", "low", "asserted", or "-" where nobody has driven it; @view->has_lines */
const char *view_line(const struct view *view, unsigned int pin);

/**
 * view_reach() - the CPUs that a pin's interrupt goes to
 * @text: of @size: "0-1", or "-"
 */
enum reach view_reach(const struct view *view, unsigned int pin, char *text, size_t size);

/* The same, as numbers: room for @view->cpus.count */
enum reach view_reached(const struct view *view, unsigned int pin, int *online, size_t *count);

#endif
