// SPDX-License-Identifier: GPL-2.0
/* vioapic check */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "decode.h"
#include "device.h"
#include "vioapic.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **name = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*name)
			argp_error(state, "one I/O APIC at a time");
		*name = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name an I/O APIC (vioapic list)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "NAME",
	.doc = "Compare shadow and hardware, register by register; exit status 1 if any differs.",
};

static void print_diff(const char *name, const struct vioapic_diff *diff)
{
	char reg[DECODE_LEN], text[DECODE_LEN];

	printf("%s: %s: shadow 0x%08x, hardware 0x%08x", name, register_name(diff->index, reg),
	       diff->shadow, diff->hardware);
	if (diff->mask != 0xffffffff)
		printf(", compared 0x%08x", diff->mask);
	if (diff->index >= REG_RTE) {
		int shift = diff->index & 1 ? 32 : 0;
		__u64 shadow = diff->shadow & diff->mask, hardware = diff->hardware & diff->mask;

		printf(" (%s)", rte_diff_text(shadow << shift, hardware << shift, text));
	}
	putchar('\n');
}

static int print_check(const char *name, const struct vioapic_check *check)
{
	__u32 i, shown = check->differences;

	if (shown > VIOAPIC_DIFFS_MAX)
		shown = VIOAPIC_DIFFS_MAX;
	for (i = 0; i < shown; i++)
		print_diff(name, &check->diff[i]);
	if (!check->differences) {
		printf("%s: %u registers, no difference\n", name, check->registers);
		return STATUS_DONE;
	}
	printf("%s: %u registers, %u difference%s\n", name, check->registers, check->differences,
	       check->differences == 1 ? "" : "s");
	return STATUS_REFUSED;
}

int cmd_check(int argc, char **argv)
{
	struct vioapic_check check = { 0 };
	const struct vioapic_info *info;
	struct inventory inventory;
	const char *name = NULL;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &name);
	status = inventory_open(&inventory);
	if (status)
		goto out;
	status = STATUS_REFUSED;
	info = inventory_find(&inventory, name);
	if (!info)
		goto out;
	memcpy(check.name, info->name, sizeof(check.name));
	if (!ioctl(inventory.fd, VIOAPIC_IOC_CHECK, &check)) {
		status = print_check(info->name, &check);
	} else if (errno == ENODATA && !*check.reason) {
		refuse("%s is not taken over: there is nothing to compare", info->name);
	} else {
		check.reason[sizeof(check.reason) - 1] = '\0';
		refuse_ioctl(info->name, "check", errno, check.reason);
	}
out:
	inventory_close(&inventory);
	return status;
}
