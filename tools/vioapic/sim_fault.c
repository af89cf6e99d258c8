// SPDX-License-Identifier: GPL-2.0
/* vioapic sim fault */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"
#include "fault.h"
#include "sim.h"
#include "vioapic.h"

struct arguments {
	const char *name;
	char **faults;
	int count;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	struct vioapic_sim_fault request = { 0 };
	char why[FAULT_LEN];
	int i;

	(void)arg;
	switch (key) {
	case ARGP_KEY_ARGS:
		arguments->name = state->argv[state->next];
		arguments->faults = state->argv + state->next + 1;
		arguments->count = state->argc - state->next - 1;
		/* Before any is set */
		for (i = 0; i < arguments->count; i++)
			if (!fault_parse(arguments->faults[i], &request, why))
				argp_error(state, "%s", why);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name a simulated I/O APIC (vioapic list)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "NAME [KIND[=ARG]...]\nNAME off",
	.doc = "Break a simulated I/O APIC; without KIND, tell how it is broken.\vKIND:\n"
	       "stuck-irr drop-eoi drop-write torn-write ones lost-index delay duplicate spurious\n"
	       "ARG: once, always (the default), off, or some of\n"
	       "probability=PERCENT,interval=N,times=N,seed=N,pin=N,usecs=N",
};

static int ask(int fd, struct vioapic_sim_fault *request)
{
	int error = 0;

	if (ioctl(fd, VIOAPIC_IOC_SIM_FAULT, request))
		error = errno;
	request->reason[sizeof(request->reason) - 1] = '\0';
	return error;
}

/* Of a pin that it has; all else has been checked */
static bool has_all_pins(int fd, const struct arguments *arguments)
{
	struct vioapic_sim_fault request = { 0 };
	char why[FAULT_LEN];
	int i;

	for (i = 0; i < arguments->count; i++)
		if (fault_parse(arguments->faults[i], &request, why) && request.attr.pin >= 0 &&
		    !sim_has_pin(fd, arguments->name, request.attr.pin))
			return false;
	return true;
}

static int set(int fd, const char *name, const char *word)
{
	struct vioapic_sim_fault request = { 0 };
	char why[FAULT_LEN];
	int error;

	if (!fault_parse(word, &request, why) || name_set(request.name, name))
		return STATUS_REFUSED;
	error = ask(fd, &request);
	return error ? refuse_ioctl(name, "break", error, request.reason) : STATUS_DONE;
}

static int show(int fd, const char *name)
{
	struct vioapic_sim_fault request;
	unsigned int kind;
	char text[FAULT_LEN];
	int error;

	for (kind = 0; kind < VIOAPIC_FAULT_KINDS; kind++) {
		request = (struct vioapic_sim_fault){ .kind = kind, .action = VIOAPIC_FAULT_GET };
		if (name_set(request.name, name))
			return STATUS_REFUSED;
		error = ask(fd, &request);
		if (error == ENODATA)
			continue;
		if (error)
			return refuse_ioctl(name, "ask", error, request.reason);
		printf("%s count=%llu\n", fault_text(&request, text), request.count);
	}
	return STATUS_DONE;
}

int sim_fault(int argc, char **argv)
{
	struct arguments arguments = { 0 };
	int fd, i, status = STATUS_DONE;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	if (device_open(&fd))
		return STATUS_REFUSED;
	if (!arguments.count)
		status = show(fd, arguments.name);
	else if (!has_all_pins(fd, &arguments))
		status = STATUS_REFUSED;
	for (i = 0; !status && i < arguments.count; i++)
		status = set(fd, arguments.name, arguments.faults[i]);
	close(fd);
	return status;
}
