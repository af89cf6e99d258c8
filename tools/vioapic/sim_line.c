// SPDX-License-Identifier: GPL-2.0
/* vioapic sim raise, lower and pulse */
#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"
#include "parse.h"
#include "sim.h"
#include "vioapic.h"

struct arguments {
	__u32 action;
	const char *name;
	char **pins;
	int pins_count;
	__u64 count;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	__u64 pin;
	int i;

	switch (key) {
	case 'n':
		if (!parse_number(arg, 1, UINT32_MAX, &arguments->count))
			argp_error(state, "--count wants a number from 1 on, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARGS:
		arguments->name = state->argv[state->next];
		arguments->pins = state->argv + state->next + 1;
		arguments->pins_count = state->argc - state->next - 1;
		/* Before any is driven */
		for (i = 0; i < arguments->pins_count; i++)
			if (!parse_number(arguments->pins[i], 0, UINT32_MAX, &pin))
				argp_error(state, "a pin is a number, not '%s'",
					   arguments->pins[i]);
		return 0;
	case ARGP_KEY_END:
		if (!arguments->pins_count)
			argp_error(state, "name an I/O APIC and a pin");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *const verbs[] = {
	[VIOAPIC_LINE_LOWER] = "lower a pin of",
	[VIOAPIC_LINE_RAISE] = "raise a pin of",
	[VIOAPIC_LINE_PULSE] = "pulse a pin of",
};

static int drive(int fd, const struct arguments *arguments, const char *word)
{
	struct vioapic_sim_line request = { .action = arguments->action };
	__u64 pin = 0;

	parse_number(word, 0, UINT32_MAX, &pin);
	request.pin = pin;
	if (name_set(request.name, arguments->name))
		return STATUS_REFUSED;
	if (!ioctl(fd, VIOAPIC_IOC_SIM_LINE, &request))
		return STATUS_DONE;
	request.reason[sizeof(request.reason) - 1] = '\0';
	return refuse_ioctl(arguments->name, verbs[arguments->action], errno, request.reason);
}

/* Before any is driven, too: what is refused has changed nothing. */
static bool has_all_pins(int fd, const struct arguments *arguments)
{
	__u64 pin;
	int i;

	for (i = 0; i < arguments->pins_count; i++)
		if (parse_number(arguments->pins[i], 0, UINT32_MAX, &pin) &&
		    !sim_has_pin(fd, arguments->name, pin))
			return false;
	return true;
}

static int run(const struct argp *argp, __u32 action, int argc, char **argv)
{
	struct arguments arguments = { .action = action, .count = 1 };
	int fd, i, status = STATUS_DONE;
	__u64 n;

	argp_parse(argp, argc, argv, 0, NULL, &arguments);
	if (device_open(&fd))
		return STATUS_REFUSED;
	if (!has_all_pins(fd, &arguments))
		status = STATUS_REFUSED;
	for (n = 0; !status && n < arguments.count; n++)
		for (i = 0; !status && i < arguments.pins_count; i++)
			status = drive(fd, &arguments, arguments.pins[i]);
	close(fd);
	return status;
}

int sim_raise(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "NAME PIN...",
		.doc = "Drive lines high: electrically, before the polarity of the pin.",
	};

	return run(&argp, VIOAPIC_LINE_RAISE, argc, argv);
}

int sim_lower(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "NAME PIN...",
		.doc = "Drive lines low: electrically, before the polarity of the pin.",
	};

	return run(&argp, VIOAPIC_LINE_LOWER, argc, argv);
}

int sim_pulse(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ .name = "count", .key = 'n', .arg = "N", .doc = "So many times" },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "NAME PIN...",
		.doc = "Drive lines to the level that asserts them, and back.",
	};

	return run(&argp, VIOAPIC_LINE_PULSE, argc, argv);
}
