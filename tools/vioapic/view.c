// SPDX-License-Identifier: GPL-2.0
/* One I/O APIC with all that is known of its pins. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "view.h"
#include "vioapic.h"

bool view_is_guests(const struct view *view)
{
	return view->info.backend == VIOAPIC_BACKEND_KVM;
}

/* The lines of an owner; a shadow's are the controller's, and nobody can ask for them. */
static void ask_lines(struct view *view)
{
	struct vioapic_snapshot *lines = &view->lines;

	memcpy(lines->name, view->info.name, sizeof(lines->name));
	view->has_lines = view->info.role == VIOAPIC_ROLE_OWNER &&
			  !ioctl(view->inventory.fd, VIOAPIC_IOC_SAVE, lines);
}

static int ask_table(struct view *view)
{
	struct vioapic_table *table = &view->table;

	memcpy(table->name, view->info.name, sizeof(table->name));
	if (ioctl(view->inventory.fd, VIOAPIC_IOC_TABLE, table)) {
		table->reason[sizeof(table->reason) - 1] = '\0';
		return refuse_ioctl(view->info.name, "show", errno, table->reason);
	}
	if (table->pins > VIOAPIC_PINS_MAX)
		table->pins = VIOAPIC_PINS_MAX;
	return STATUS_DONE;
}

int view_open(struct view *view, const char *name)
{
	const struct vioapic_info *info;
	int status;

	memset(view, 0, sizeof(*view));
	view->inventory.fd = -1;
	status = inventory_open(&view->inventory);
	if (status)
		return status;
	info = inventory_find(&view->inventory, name);
	if (!info)
		return STATUS_REFUSED;
	view->info = *info;
	status = ask_table(view);
	if (!status)
		status = irqs_read(view->inventory.fd, info, &view->irqs);
	if (!status && !view_is_guests(view))
		status = cpus_open(&view->cpus);
	if (!status)
		ask_lines(view);
	return status;
}

void view_close(struct view *view)
{
	cpus_free(&view->cpus);
	inventory_close(&view->inventory);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

void view_measure(struct view *view, double seconds)
{
	struct timespec nap = { .tv_sec = seconds, .tv_nsec = (seconds - (long)seconds) * 1e9 };
	__u64 before[VIOAPIC_PINS_MAX];
	double start = now(), passed;
	unsigned int pin;

	for (pin = 0; pin < VIOAPIC_PINS_MAX; pin++)
		before[pin] = view->irqs.pin[pin].count;
	nanosleep(&nap, NULL);
	irqs_count(&view->irqs);
	passed = now() - start;
	for (pin = 0; pin < VIOAPIC_PINS_MAX; pin++)
		view->rate[pin] = (view->irqs.pin[pin].count - before[pin]) / passed;
	view->has_rate = true;
}

const char *view_line(const struct view *view, unsigned int pin)
{
	const __u16 flags = view->lines.state.pin[pin].flags;

	if (flags & (VIOAPIC_PIN_ASSERTED | VIOAPIC_PIN_SERVICE))
		return "asserted";
	if (!(flags & VIOAPIC_PIN_DRIVEN))
		return "-";
	return flags & VIOAPIC_PIN_HIGH ? "high" : "low";
}

enum reach view_reached(const struct view *view, unsigned int pin, int *online, size_t *count)
{
	struct rte rte = rte_decode(view->table.rte[pin]);

	return cpus_reached(&view->cpus, &rte, online, count);
}

enum reach view_reach(const struct view *view, unsigned int pin, char *text, size_t size)
{
	int *online = calloc(view->cpus.count + 1, sizeof(*online));
	enum reach reach = REACH_NOBODY;
	size_t count = 0;

	if (online)
		reach = view_reached(view, pin, online, &count);
	cpus_text(online, count, text, size);
	free(online);
	return reach;
}
