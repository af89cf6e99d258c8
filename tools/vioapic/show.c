// SPDX-License-Identifier: GPL-2.0
/* vioapic show */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "decode.h"
#include "device.h"
#include "vioapic.h"

struct arguments {
	const char *name;
	bool json;
};

static const struct argp_option options[] = {
	{ .name = "json", .key = 'j', .doc = "An object with an array of pins" },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'j':
		arguments->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->name)
			argp_error(state, "one I/O APIC at a time");
		arguments->name = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name an I/O APIC (vioapic list)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "NAME",
	.doc = "Show the redirection table, decoded.",
};

/* The lines of an owner; a shadow's are the controller's, and nobody can ask for them. */
static bool ask_lines(int fd, const struct vioapic_info *info, struct vioapic_snapshot *lines)
{
	memset(lines, 0, sizeof(*lines));
	memcpy(lines->name, info->name, sizeof(lines->name));
	return info->role == VIOAPIC_ROLE_OWNER && !ioctl(fd, VIOAPIC_IOC_SAVE, lines);
}

static const char *line_text(const struct vioapic_snapshot *lines, __u32 pin)
{
	const __u16 flags = lines->state.pin[pin].flags;

	if (!(flags & VIOAPIC_PIN_DRIVEN))
		return "-";
	return flags & VIOAPIC_PIN_HIGH ? "high" : "low";
}

static struct json_object *line_json(const struct vioapic_snapshot *lines, __u32 pin)
{
	const __u16 flags = lines->state.pin[pin].flags;

	if (!(flags & VIOAPIC_PIN_DRIVEN))
		return NULL;
	return json_object_new_int(!!(flags & VIOAPIC_PIN_HIGH));
}

/* @lines: NULL if they are not known, also below */
static void print_table(const struct vioapic_info *info, const struct vioapic_table *table,
			const struct vioapic_snapshot *lines)
{
	__u32 pin;

	printf("%s: id %u, version 0x%02x, %u pins, arb %u, ioregsel 0x%02x\n", info->name,
	       table->id_reg >> 24, table->version_reg & 0xff, table->pins,
	       table->arb_reg >> 24 & 0xf, table->ioregsel);
	printf("%-3s  %-3s  %-6s  %-9s  %-9s  %-12s  %-7s  %-8s  %-8s  %-3s  %s%s\n",
	       "PIN", "GSI", "VECTOR", "DELIVERY", "DEST-MODE", "DEST", "TRIGGER", "POLARITY",
	       "MASK", "IRR", "STATUS", lines ? "   LINE" : "");
	for (pin = 0; pin < table->pins; pin++) {
		struct rte rte = rte_decode(table->rte[pin]);
		char dest[32];

		if (rte.remapped)
			snprintf(dest, sizeof(dest), "handle %u", rte.handle);
		else
			snprintf(dest, sizeof(dest), "%u", rte.dest);
		printf("%3u  %3u  0x%02x    %-9s  %-9s  %-12s  %-7s  %-8s  %-8s  %3d  %s",
		       pin, info->gsi_base + pin, rte.vector, delivery_name(rte.delivery),
		       rte.remapped ? "remapped" : rte.logical ? "logical" : "physical", dest,
		       rte.level ? "level" : "edge", rte.active_low ? "low" : "high",
		       rte.masked ? "masked" : "unmasked", rte.remote_irr,
		       rte.pending ? "pending" : "idle");
		if (lines)
			printf("%s  %s", rte.pending ? "" : "   ", line_text(lines, pin));
		putchar('\n');
	}
}

static struct json_object *table_json(const struct vioapic_info *info,
				      const struct vioapic_table *table,
				      const struct vioapic_snapshot *lines)
{
	struct json_object *object = json_object_new_object();
	struct json_object *pins = json_object_new_array();
	__u32 pin;

	json_object_object_add(object, "name", json_object_new_string(info->name));
	json_object_object_add(object, "state", json_object_new_string(state_name(info->state)));
	json_object_object_add(object, "id", json_object_new_int64(table->id_reg >> 24));
	json_object_object_add(object, "version", json_object_new_int64(table->version_reg & 0xff));
	json_object_object_add(object, "arb", json_object_new_int64(table->arb_reg >> 24 & 0xf));
	json_object_object_add(object, "ioregsel", json_object_new_int64(table->ioregsel));
	for (pin = 0; pin < table->pins; pin++) {
		struct json_object *row = rte_json(pin, info->gsi_base + pin, table->rte[pin]);

		if (lines)
			json_object_object_add(row, "line", line_json(lines, pin));
		json_object_array_add(pins, row);
	}
	json_object_object_add(object, "pins", pins);
	return object;
}

int cmd_show(int argc, char **argv)
{
	struct arguments arguments = { 0 };
	struct vioapic_table table = { 0 };
	struct vioapic_snapshot snapshot, *lines;
	const struct vioapic_info *info;
	struct inventory inventory;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	status = inventory_open(&inventory);
	if (status)
		goto out;
	status = STATUS_REFUSED;
	info = inventory_find(&inventory, arguments.name);
	if (!info)
		goto out;
	memcpy(table.name, info->name, sizeof(table.name));
	if (ioctl(inventory.fd, VIOAPIC_IOC_TABLE, &table)) {
		table.reason[sizeof(table.reason) - 1] = '\0';
		refuse_ioctl(info->name, "show", errno, table.reason);
		goto out;
	}
	if (table.pins > VIOAPIC_PINS_MAX)
		table.pins = VIOAPIC_PINS_MAX;
	lines = ask_lines(inventory.fd, info, &snapshot) ? &snapshot : NULL;
	if (arguments.json)
		print_json(table_json(info, &table, lines));
	else
		print_table(info, &table, lines);
	status = STATUS_DONE;
out:
	inventory_close(&inventory);
	return status;
}
