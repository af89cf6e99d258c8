// SPDX-License-Identifier: GPL-2.0
/* vioapic stats */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "device.h"
#include "vioapic.h"

struct arguments {
	const char *name;
	bool json;
};

static const char *const counters[VIOAPIC_CNT_NR] = {
	[VIOAPIC_CNT_READS] = "reads",
	[VIOAPIC_CNT_WRITES] = "writes",
	[VIOAPIC_CNT_HW_READS] = "hw_reads",
	[VIOAPIC_CNT_HW_WRITES] = "hw_writes",
	[VIOAPIC_CNT_HW_INDEX] = "hw_index",
	[VIOAPIC_CNT_ROUTES] = "routes",
	[VIOAPIC_CNT_EOIS] = "eois",
	[VIOAPIC_CNT_DELIVERIES] = "deliveries",
	[VIOAPIC_CNT_UNDECODED] = "undecoded",
	[VIOAPIC_CNT_BYPASSED] = "bypassed",
	[VIOAPIC_CNT_TAKEOVERS] = "takeovers",
	[VIOAPIC_CNT_RELEASES] = "releases",
	[VIOAPIC_CNT_REFUSED] = "refused",
	[VIOAPIC_CNT_STORMS] = "storms",
	[VIOAPIC_CNT_FAULTS] = "faults",
};

static const struct argp_option options[] = {
	{ .name = "json", .key = 'j', .doc = "An object; without NAME an array of objects" },
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
			argp_error(state, "one I/O APIC, or none for all");
		arguments->name = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[NAME]",
	.doc = "Show the counters of one I/O APIC, or of all, since the module was loaded.",
};

static __u64 accesses(const struct vioapic_stats *stats)
{
	return stats->counter[VIOAPIC_CNT_READS] + stats->counter[VIOAPIC_CNT_WRITES];
}

static __u64 hw_accesses(const struct vioapic_stats *stats)
{
	return stats->counter[VIOAPIC_CNT_HW_READS] + stats->counter[VIOAPIC_CNT_HW_WRITES] +
	       stats->counter[VIOAPIC_CNT_HW_INDEX];
}

static double hw_ratio(const struct vioapic_stats *stats)
{
	return (double)hw_accesses(stats) / (double)accesses(stats);
}

static void print_table(const struct vioapic_stats *stats, size_t count)
{
	size_t i, c;

	printf("%-11s", "COUNTER");
	for (i = 0; i < count; i++)
		printf("  %12s", stats[i].name);
	for (c = 0; c < VIOAPIC_CNT_NR; c++) {
		printf("\n%-11s", counters[c]);
		for (i = 0; i < count; i++)
			printf("  %12llu", stats[i].counter[c]);
	}
	printf("\n%-11s", "accesses");
	for (i = 0; i < count; i++)
		printf("  %12llu", accesses(&stats[i]));
	printf("\n%-11s", "hw_accesses");
	for (i = 0; i < count; i++)
		printf("  %12llu", hw_accesses(&stats[i]));
	printf("\n%-11s", "hw_ratio");
	for (i = 0; i < count; i++) {
		if (accesses(&stats[i]))
			printf("  %12.3f", hw_ratio(&stats[i]));
		else
			printf("  %12s", "-");
	}
	putchar('\n');
}

static void add_number(struct json_object *object, const char *name, __u64 value)
{
	json_object_object_add(object, name, json_object_new_uint64(value));
}

static struct json_object *stats_json(const struct vioapic_stats *stats)
{
	struct json_object *object = json_object_new_object();
	struct json_object *ratio = NULL;
	size_t c;

	json_object_object_add(object, "name", json_object_new_string(stats->name));
	for (c = 0; c < VIOAPIC_CNT_NR; c++)
		add_number(object, counters[c], stats->counter[c]);
	add_number(object, "accesses", accesses(stats));
	add_number(object, "hw_accesses", hw_accesses(stats));
	if (accesses(stats)) {
		char text[32];

		snprintf(text, sizeof(text), "%.6f", hw_ratio(stats));
		ratio = json_object_new_double_s(hw_ratio(stats), text);
	}
	json_object_object_add(object, "hw_ratio", ratio);
	return object;
}

static void print_all_json(const struct vioapic_stats *stats, size_t count)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_object_array_add(array, stats_json(&stats[i]));
	print_json(array);
}

int cmd_stats(int argc, char **argv)
{
	struct arguments arguments = { 0 };
	struct vioapic_stats *stats = NULL;
	const struct vioapic_info *one;
	struct inventory inventory;
	size_t count, i;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	status = inventory_open(&inventory);
	if (status)
		goto out;
	status = STATUS_REFUSED;
	one = inventory.list;
	count = inventory.count;
	if (arguments.name) {
		one = inventory_find(&inventory, arguments.name);
		count = 1;
		if (!one)
			goto out;
	}
	stats = calloc(count + 1, sizeof(*stats));
	if (!stats) {
		refuse("out of memory");
		goto out;
	}
	for (i = 0; i < count; i++) {
		memcpy(stats[i].name, one[i].name, sizeof(stats[i].name));
		if (ioctl(inventory.fd, VIOAPIC_IOC_STATS, &stats[i])) {
			refuse_ioctl(one[i].name, "count", errno, NULL);
			goto out;
		}
	}
	if (!arguments.json)
		print_table(stats, count);
	else if (arguments.name)
		print_json(stats_json(stats));
	else
		print_all_json(stats, count);
	status = STATUS_DONE;
out:
	free(stats);
	inventory_close(&inventory);
	return status;
}
