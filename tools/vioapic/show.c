// SPDX-License-Identifier: GPL-2.0
/* vioapic show */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "show_svg.h"
#include "view.h"
#include "vioapic.h"

/* On a terminal, where somebody looks */
#define INTERVAL_DEFAULT	0.5
#define INTERVAL_MAX		3600

enum { KEY_SVG = 0x100 };

struct arguments {
	const char *name;
	bool json;
	bool svg;
	double interval;	/* negative: not given */
};

static const struct argp_option options[] = {
	{ .name = "json", .key = 'j', .doc = "An object with an array of pins" },
	{ .name = "svg", .key = KEY_SVG, .doc = "A picture of which pins go to which CPUs" },
	{ .name = "interval", .key = 'i', .arg = "SECONDS",
	  .doc = "How long to count for the rate; 0: none. Default: 0.5 on a terminal, else 0" },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	char *end;

	switch (key) {
	case 'j':
		arguments->json = true;
		return 0;
	case KEY_SVG:
		arguments->svg = true;
		return 0;
	case 'i':
		arguments->interval = strtod(arg, &end);
		if (end == arg || *end ||
		    !(arguments->interval >= 0 && arguments->interval <= INTERVAL_MAX))
			argp_error(state, "--interval wants seconds, 0 to %d", INTERVAL_MAX);
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->name)
			argp_error(state, "one I/O APIC at a time");
		arguments->name = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name an I/O APIC (vioapic list)");
		return 0;
	case ARGP_KEY_END:
		if (arguments->json && arguments->svg)
			argp_error(state, "either --json or --svg");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "NAME",
	.doc = "Show the redirection table, decoded, and what the kernel has made of it.",
};

/* Text */

static const char *const plain[] = { "", "", "", "" };
static const char *const coloured[] = { "\033[2m", "\033[33m", "\033[31m", "\033[0m" };

enum colour { QUIET, BUSY, WRONG, NORMAL };

/* Of a pin: what is masked recedes, what is in service or nowhere at home stands out */
static enum colour colour_of(const struct view *view, unsigned int pin, enum reach reach)
{
	struct rte rte = rte_decode(view->table.rte[pin]);

	if (rte.masked)
		return QUIET;
	if (view->cpus.count && (reach == REACH_NOBODY || reach == REACH_OFFLINE))
		return WRONG;
	return rte.remote_irr || rte.pending ? BUSY : NORMAL;
}

static void print_interrupt(const struct view *view, unsigned int pin)
{
	const struct pin_irq *irq = &view->irqs.pin[pin];

	if (!irq->mapped) {
		printf("  %4s  %10s", "-", "-");
		if (view->has_rate)
			printf("  %8s", "-");
		return;
	}
	printf("  %4u  %10llu", irq->number, irq->count);
	if (view->has_rate)
		printf("  %8.1f", view->rate[pin]);
	if (irq->actions[0])
		printf("  %s", irq->actions);
	if (irq->flags & VIOAPIC_IRQ_DISABLED && irq->actions[0])
		printf(" (disabled)");
}

static void print_pin(const struct view *view, unsigned int pin, const char *const *colours)
{
	struct rte rte = rte_decode(view->table.rte[pin]);
	char dest[32], cpus[64];
	enum reach reach = view_reach(view, pin, cpus, sizeof(cpus));
	enum colour colour = colour_of(view, pin, reach);

	if (rte.remapped)
		snprintf(dest, sizeof(dest), "handle %u", rte.handle);
	else
		snprintf(dest, sizeof(dest), "%u", rte.dest);
	printf("%s%3u  %3u  0x%02x    %-9s  %-9s  %-12s  %-7s  %-8s  %-8s  %3d  %-7s",
	       colours[colour], pin, view->info.gsi_base + pin, rte.vector,
	       delivery_name(rte.delivery),
	       rte.remapped ? "remapped" : rte.logical ? "logical" : "physical", dest,
	       rte.level ? "level" : "edge", rte.active_low ? "low" : "high",
	       rte.masked ? "masked" : "unmasked", rte.remote_irr,
	       rte.pending ? "pending" : "idle");
	if (view->has_lines)
		printf("  %-8s", view_line(view, pin));
	if (!view_is_guests(view)) {
		printf("  %-5s", cpus);
		print_interrupt(view, pin);
	}
	printf("%s\n", colour == NORMAL ? "" : colours[NORMAL]);
}

static void print_table(const struct view *view)
{
	const struct vioapic_table *table = &view->table;
	const char *no_colour = getenv("NO_COLOR");
	const char *const *colours = isatty(1) && !(no_colour && *no_colour) ? coloured : plain;
	unsigned int pin;

	printf("%s: id %u, version 0x%02x, %u pins, arb %u, ioregsel 0x%02x\n", view->info.name,
	       table->id_reg >> 24, table->version_reg & 0xff, table->pins,
	       table->arb_reg >> 24 & 0xf, table->ioregsel);
	printf("%-3s  %-3s  %-6s  %-9s  %-9s  %-12s  %-7s  %-8s  %-8s  %-3s  %-7s",
	       "PIN", "GSI", "VECTOR", "DELIVERY", "DEST-MODE", "DEST", "TRIGGER", "POLARITY",
	       "MASK", "IRR", "STATUS");
	if (view->has_lines)
		printf("  %-8s", "LINE");
	if (!view_is_guests(view)) {
		printf("  %-5s  %4s  %10s", "CPUS", "IRQ", "COUNT");
		if (view->has_rate)
			printf("  %8s", "RATE");
		printf("  ACTIONS");
	}
	putchar('\n');
	for (pin = 0; pin < table->pins; pin++)
		print_pin(view, pin, colours);
}

/* JSON, as show.schema.json has it */

static struct json_object *line_json(const struct view *view, unsigned int pin)
{
	const __u16 flags = view->lines.state.pin[pin].flags;

	if (!(flags & VIOAPIC_PIN_DRIVEN))
		return NULL;
	return json_object_new_int(!!(flags & VIOAPIC_PIN_HIGH));
}

static struct json_object *actions_json(const struct pin_irq *irq)
{
	struct json_object *array = json_object_new_array();
	char names[IRQ_ACTIONS_LEN];
	char *rest, *name;

	memcpy(names, irq->actions, sizeof(names));
	for (name = strtok_r(names, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
		json_object_array_add(array, json_object_new_string(name));
	return array;
}

static struct json_object *cpus_json(const struct view *view, unsigned int pin)
{
	struct json_object *array = json_object_new_array();
	int *online = calloc(view->cpus.count + 1, sizeof(*online));
	size_t count = 0, i;

	if (online)
		view_reached(view, pin, online, &count);
	for (i = 0; online && i < count; i++)
		json_object_array_add(array, json_object_new_int(online[i]));
	free(online);
	return array;
}

static void add_interrupt(struct json_object *row, const struct view *view, unsigned int pin)
{
	const struct pin_irq *irq = &view->irqs.pin[pin];
	bool there = irq->mapped, disabled = irq->flags & VIOAPIC_IRQ_DISABLED;
	double rate = view->rate[pin];

	json_object_object_add(row, "cpus", cpus_json(view, pin));
	json_object_object_add(row, "irq", there ? json_object_new_int64(irq->number) : NULL);
	json_object_object_add(row, "actions", there ? actions_json(irq) : NULL);
	json_object_object_add(row, "disabled",
			       there ? json_object_new_boolean(disabled) : NULL);
	json_object_object_add(row, "count", there ? json_object_new_int64(irq->count) : NULL);
	json_object_object_add(row, "rate",
			       there && view->has_rate ? json_object_new_double(rate) : NULL);
}

static struct json_object *view_json(const struct view *view)
{
	const struct vioapic_table *table = &view->table;
	struct json_object *object = json_object_new_object();
	struct json_object *pins = json_object_new_array();
	unsigned int pin;

	json_object_object_add(object, "name", json_object_new_string(view->info.name));
	json_object_object_add(object, "state",
			       json_object_new_string(state_name(view->info.state)));
	json_object_object_add(object, "id", json_object_new_int64(table->id_reg >> 24));
	json_object_object_add(object, "version", json_object_new_int64(table->version_reg & 0xff));
	json_object_object_add(object, "arb", json_object_new_int64(table->arb_reg >> 24 & 0xf));
	json_object_object_add(object, "ioregsel", json_object_new_int64(table->ioregsel));
	for (pin = 0; pin < table->pins; pin++) {
		struct json_object *row = rte_json(pin, view->info.gsi_base + pin, table->rte[pin]);

		if (view->has_lines)
			json_object_object_add(row, "line", line_json(view, pin));
		if (!view_is_guests(view))
			add_interrupt(row, view, pin);
		json_object_array_add(pins, row);
	}
	json_object_object_add(object, "pins", pins);
	return object;
}

int cmd_show(int argc, char **argv)
{
	struct arguments arguments = { .interval = -1 };
	static struct view view;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	if (arguments.interval < 0)
		arguments.interval = isatty(1) && !arguments.svg ? INTERVAL_DEFAULT : 0;
	status = view_open(&view, arguments.name);
	if (status)
		goto out;
	if (arguments.interval > 0 && view.irqs.known)
		view_measure(&view, arguments.interval);
	if (arguments.json)
		print_json(view_json(&view));
	else if (arguments.svg)
		show_svg(&view);
	else
		print_table(&view);
out:
	view_close(&view);
	return status;
}
