// SPDX-License-Identifier: GPL-2.0
/* vioapic sim create */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"
#include "parse.h"
#include "sim.h"
#include "vioapic.h"

enum { KEY_PINS = 0x100, KEY_GSI_BASE, KEY_ID, KEY_CHIP, KEY_HOOK, KEY_STORM_LIMIT, KEY_ALLOW };

struct arguments {
	const char *name;
	const char *chip;
	struct vioapic_sim_create request;
};

static const struct argp_option options[] = {
	{ .name = "pins", .key = KEY_PINS, .arg = "N", .doc = "1-240; default: as the chip has" },
	{ .name = "gsi-base", .key = KEY_GSI_BASE, .arg = "G",
	  .doc = "GSI of pin 0; default: the next that is free" },
	{ .name = "id", .key = KEY_ID, .arg = "I", .doc = "default: the next that is free" },
	{ .name = "chip", .key = KEY_CHIP, .arg = "C",
	  .doc = "82093aa, ich (default), pch120, via, amd, qemu, generic240" },
	{ .name = "hook", .key = KEY_HOOK, .arg = "oops|fixup",
	  .doc = "Where faults are caught: oops (default) costs others least, fixup traps faster" },
	{ .name = "storm-limit", .key = KEY_STORM_LIMIT, .arg = "N|never",
	  .doc = "EOIs with immediate redelivery before a pin is held back; default: 10000" },
	{ .name = "allow", .key = KEY_ALLOW, .arg = "smi,nmi,init",
	  .doc = "Send these too, although they can kill the machine" },
	{ 0 }
};

static __u64 within(const struct argp_state *state, const char *option, const char *word,
		    __u64 min, __u64 max)
{
	__u64 value = 0;

	if (!parse_number(word, min, max, &value))
		argp_error(state, "--%s wants a number from %llu to %llu, not '%s'", option, min,
			   max, word);
	return value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	struct vioapic_sim_create *request = &arguments->request;

	switch (key) {
	case KEY_PINS:
		request->pins = within(state, "pins", arg, 1, VIOAPIC_PINS_MAX);
		return 0;
	case KEY_GSI_BASE:
		request->gsi_base = (__s64)within(state, "gsi-base", arg, 0, INT32_MAX);
		return 0;
	case KEY_ID:
		request->id = (__s32)within(state, "id", arg, 0, 254);
		return 0;
	case KEY_CHIP:
		if (!*arg)
			argp_error(state, "--chip wants a name");
		arguments->chip = arg;
		return 0;
	case KEY_HOOK:
		request->hook = value_of(hook_name, arg);
		if (!request->hook)
			argp_error(state, "no hook '%s': oops or fixup", arg);
		return 0;
	case KEY_STORM_LIMIT:
		request->storm_limit = !strcmp(arg, "never") ? VIOAPIC_STORM_NEVER :
			within(state, "storm-limit", arg, 1, VIOAPIC_STORM_NEVER - 1);
		return 0;
	case KEY_ALLOW:
		if (!parse_allow(arg, &request->allow))
			argp_error(state, "--allow wants some of smi,nmi,init, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->name)
			argp_error(state, "one I/O APIC at a time");
		arguments->name = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "say what it shall be called");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "NAME",
	.doc = "Give the running kernel one more I/O APIC, whose lines you drive.",
};

int sim_create(int argc, char **argv)
{
	struct arguments arguments = { .request = { .gsi_base = -1, .id = -1 } };
	struct vioapic_sim_create *request = &arguments.request;
	int fd, status;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	if (name_set(request->name, arguments.name))
		return STATUS_REFUSED;
	/* Cut off, it is as little one as before, and the kernel knows which there are */
	if (arguments.chip)
		strncpy(request->chip, arguments.chip, sizeof(request->chip) - 1);
	if (device_open(&fd))
		return STATUS_REFUSED;
	status = STATUS_DONE;
	if (ioctl(fd, VIOAPIC_IOC_SIM_CREATE, request)) {
		const int error = errno;

		request->reason[sizeof(request->reason) - 1] = '\0';
		status = refuse_ioctl(arguments.name, "create", error, request->reason);
	}
	close(fd);
	return status;
}
