// SPDX-License-Identifier: GPL-2.0
/* vioapic top, on I/O APICs that are the test's: what they are is the same each time. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"
#include "vioapic.h"

const char *argp_program_version = "test";

int refuse(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "vioapic: ");
	vfprintf(stderr, format, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	return STATUS_REFUSED;
}

static struct vioapic_info infos[] = {
	{ .name = "ioapic0", .pins = 24, .state = VIOAPIC_STATE_TAKEN },
	{ .name = "sim0", .pins = 240, .state = VIOAPIC_STATE_TAKEN, .gsi_base = 24,
	  .role = VIOAPIC_ROLE_OWNER, .backend = VIOAPIC_BACKEND_LAPIC },
};

int inventory_open(struct inventory *inventory)
{
	*inventory = (struct inventory){ .count = 2, .list = infos };
	return 0;
}

void inventory_close(struct inventory *inventory)
{
	(void)inventory;
}

bool view_is_guests(const struct view *view)
{
	return view->info.backend == VIOAPIC_BACKEND_KVM;
}

/* One is there, 1 is not online, of 7 nobody knows */
enum reach view_reach(const struct view *view, unsigned int pin, char *text, size_t size)
{
	unsigned int dest = view->table.rte[pin] >> 56;

	snprintf(text, size, "%s", dest ? "-" : "0");
	return !dest ? REACH_CPUS : dest == 1 ? REACH_OFFLINE : REACH_NOBODY;
}

#define MASKED	RTE_MASKED
#define LEVEL	RTE_LEVEL
#define IRR	0x4000ULL
#define LOW	0x2000ULL

static void pin(struct view *view, unsigned int number, const char *actions, __u64 rte,
		__u64 count)
{
	struct pin_irq *irq = &view->irqs.pin[number];

	irq->mapped = true;
	irq->number = view->info.gsi_base + number;
	irq->count = count;
	strcpy(irq->actions, actions);
	view->table.rte[number] = rte;
}

/* One thing after another that a pin can be quiet for */
static void make_sim(struct view *view)
{
	struct vioapic_pin_state *state = view->lines.state.pin;

	view->has_lines = true;
	pin(view, 0, "", 0x30, 0);
	pin(view, 1, "disabled", 0x31, 0);
	view->irqs.pin[1].flags = VIOAPIC_IRQ_DISABLED;
	pin(view, 2, "masked", MASKED | 0x32, 7);
	pin(view, 3, "served", LEVEL | IRR | 0x33, 0);
	pin(view, 4, "vector", 0x05, 0);
	pin(view, 5, "nobody", 0x35 | 7ULL << 56, 0);
	pin(view, 6, "offline", 0x36 | 1ULL << 56, 0);
	pin(view, 7, "low", LEVEL | 0x37, 0);
	pin(view, 8, "high", LEVEL | LOW | 0x38, 0);
	state[8].flags = VIOAPIC_PIN_HIGH | VIOAPIC_PIN_DRIVEN;
	pin(view, 9, "untaken", LEVEL | 0x39, 0);
	state[9].flags = VIOAPIC_PIN_HIGH | VIOAPIC_PIN_DRIVEN;
	pin(view, 10, "edge", LOW | 0x3a, 0);
	state[10].flags = VIOAPIC_PIN_ASSERTED;
	pin(view, 11, "storm", LEVEL | 0x3b, 0);
	state[11].storm = VIOAPIC_PIN_HELD;
	view->table.rte[12] = 0x3c;
}

/* Called once a round: what comes then has come once more */
int view_open(struct view *view, const char *name)
{
	static unsigned int rounds;
	unsigned int i;

	memset(view, 0, sizeof(*view));
	for (i = 0; i < 2 && strcmp(infos[i].name, name); i++)
		;
	if (i == 2)
		return refuse("no I/O APIC '%s'", name);
	view->info = infos[i];
	view->table.pins = view->info.pins;
	view->irqs.known = true;
	for (i = 0; i < view->table.pins; i++)
		view->table.rte[i] = MASKED;
	if (view->info.role == VIOAPIC_ROLE_OWNER) {
		make_sim(view);
		return 0;
	}
	pin(view, 1, "i8042", 0x21, 5);
	pin(view, 4, "ttyS0", 0x24, 1000 + 500 * rounds);
	pin(view, 9, "acpi", LEVEL | 0x29, 12345678901ULL + 1000 * rounds);
	rounds++;
	return 0;
}

void view_close(struct view *view)
{
	(void)view;
}

int main(int argc, char **argv)
{
	argp_err_exit_status = STATUS_USAGE;
	return cmd_top(argc, argv);
}
