// SPDX-License-Identifier: GPL-2.0
/* vioapic list */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "parse.h"
#include "vioapic.h"

static const struct argp argp = {
	.options = json_options,
	.parser = parse_json,
	.doc = "List every I/O APIC.",
};

static struct json_object *string_or_null(const char *string)
{
	return string ? json_object_new_string(string) : NULL;
}

static struct json_object *info_json(const struct vioapic_info *info)
{
	struct json_object *object = json_object_new_object();
	char address[32];

	snprintf(address, sizeof(address), "0x%llx", info->address);
	json_object_object_add(object, "name", json_object_new_string(info->name));
	json_object_object_add(object, "role", json_object_new_string(role_name(info->role)));
	json_object_object_add(object, "address", json_object_new_string(address));
	json_object_object_add(object, "id", json_object_new_int(info->id));
	json_object_object_add(object, "version", json_object_new_int(info->version));
	json_object_object_add(object, "gsi_base", json_object_new_int64(info->gsi_base));
	json_object_object_add(object, "pins", json_object_new_int64(info->pins));
	json_object_object_add(object, "chip", json_object_new_string(info->chip));
	json_object_object_add(object, "state", json_object_new_string(state_name(info->state)));
	json_object_object_add(object, "hook", string_or_null(hook_name(info->hook)));
	json_object_object_add(object, "backend", string_or_null(backend_name(info->backend)));
	return object;
}

/* Columns */
enum { NAME, ROLE, ADDRESS, ID, VERSION_REG, GSIS, STATE, HOOK, BACKEND, NR_COLUMNS };

struct row {
	char cell[NR_COLUMNS][VIOAPIC_NAME_LEN];
};

static void info_row(const struct vioapic_info *info, struct row *row)
{
	const char *hook = hook_name(info->hook);
	const char *backend = backend_name(info->backend);
	const size_t size = sizeof(row->cell[0]);

	snprintf(row->cell[NAME], size, "%s", info->name);
	snprintf(row->cell[ROLE], size, "%s", role_name(info->role));
	snprintf(row->cell[ADDRESS], size, "0x%llx", info->address);
	snprintf(row->cell[ID], size, "%u", info->id);
	snprintf(row->cell[VERSION_REG], size, "0x%02x", info->version);
	snprintf(row->cell[GSIS], size, "%u-%u", info->gsi_base,
		 info->gsi_base + info->pins - 1);
	snprintf(row->cell[STATE], size, "%s", state_name(info->state));
	snprintf(row->cell[HOOK], size, "%s", hook ? hook : "-");
	snprintf(row->cell[BACKEND], size, "%s", backend ? backend : "-");
}

static void measure(const struct row *row, size_t *widths)
{
	int c;

	for (c = 0; c < NR_COLUMNS; c++)
		if (strlen(row->cell[c]) > widths[c])
			widths[c] = strlen(row->cell[c]);
}

static void print_row(const struct row *row, const size_t *widths)
{
	int c;

	/* No padding behind the last column */
	for (c = 0; c < NR_COLUMNS - 1; c++)
		printf("%-*s  ", (int)widths[c], row->cell[c]);
	printf("%s\n", row->cell[c]);
}

static void print_table(const struct inventory *inventory)
{
	static const struct row head = {
		.cell = {
			[NAME] = "NAME", [ROLE] = "ROLE", [ADDRESS] = "ADDRESS", [ID] = "ID",
			[VERSION_REG] = "VERSION", [GSIS] = "GSIS", [STATE] = "STATE",
			[HOOK] = "HOOK", [BACKEND] = "BACKEND",
		},
	};
	size_t widths[NR_COLUMNS] = { 0 };
	struct row line;
	size_t i;

	measure(&head, widths);
	for (i = 0; i < inventory->count; i++) {
		info_row(&inventory->list[i], &line);
		measure(&line, widths);
	}
	print_row(&head, widths);
	for (i = 0; i < inventory->count; i++) {
		info_row(&inventory->list[i], &line);
		print_row(&line, widths);
	}
}

int cmd_list(int argc, char **argv)
{
	struct inventory inventory;
	bool json = false;
	size_t i;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	status = inventory_open(&inventory);
	if (!status && json) {
		struct json_object *array = json_object_new_array();

		for (i = 0; i < inventory.count; i++)
			json_object_array_add(array, info_json(&inventory.list[i]));
		print_json(array);
	} else if (!status) {
		print_table(&inventory);
	}
	inventory_close(&inventory);
	return status;
}
