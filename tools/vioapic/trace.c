// SPDX-License-Identifier: GPL-2.0
/* vioapic trace */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cpus.h"
#include "device.h"
#include "fold.h"
#include "kallsyms.h"
#include "record.h"
#include "tracer.h"
#include "vioapic.h"

/* Steps of one thing that is done come closer than this. */
#define REST_NS		250000000ULL
/* A state was saved in a moment in which nothing happened, or it is tried again so often. */
#define SAVE_TRIES	50
#define CLOCKS_NS	10000		/* by which those of the kernel and of ours may differ */

enum { KEY_RAW = 0x100, KEY_PIN, KEY_KIND, KEY_RECORD };

struct arguments {
	char **names;
	int names_count;
	unsigned long count;	/* 0: no end */
	bool raw;
	bool pins[VIOAPIC_PINS_MAX], some_pins;
	bool topics[TOPICS], some_topics;
	const char *record;
};

/**
 * struct trace - what becomes of the events
 * @cpus:       of this machine, as they were in the beginning
 * @fold:       unless raw
 * @record:     if it is recorded
 * @begun:      of those that are recorded, by their number: when the state was saved
 * @done:       lines printed, or events recorded
 * @name_width: of the column
 */
struct trace {
	struct arguments arguments;
	struct tracer tracer;
	struct kallsyms kallsyms;
	struct cpus cpus;
	struct fold fold;
	struct record record;
	__u64 *begun;
	unsigned long done;
	int name_width;
	bool failed;
};

/* Options */

static const struct argp_option options[] = {
	{ .name = "count", .key = 'n', .arg = "N",
	  .doc = "Stop after N lines, or events recorded" },
	{ .name = "raw", .key = KEY_RAW,
	  .doc = "A line for each event, and not for what they mean" },
	{ .name = "pin", .key = KEY_PIN, .arg = "N[,N..]",
	  .doc = "Only what is about these pins" },
	{ .name = "kind", .key = KEY_KIND, .arg = "KIND[,KIND..]",
	  .doc = "Only access, route, refuse, eoi, deliver, fault, state" },
	{ .name = "record", .key = KEY_RECORD, .arg = "FILE",
	  .doc = "Print nothing, write it down for vioapic replay" },
	{ 0 }
};

static unsigned long to_number(struct argp_state *state, const char *option, const char *arg,
			       unsigned long min, unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 10);
	if (errno || *end || value < min || value > max || *arg < '0' || *arg > '9') {
		if (max == ~0UL)
			argp_error(state, "%s wants a number from %lu on, not '%s'", option, min,
				   arg);
		else
			argp_error(state, "%s wants a number from %lu to %lu, not '%s'", option,
				   min, max, arg);
	}
	return value;
}

static void add_kind(struct argp_state *state, struct arguments *arguments, const char *word)
{
	char known[128] = "";
	bool found = false;
	unsigned int i;

	for (i = 0; i < TOPICS; i++) {
		if (!topic_is(i, word))
			continue;
		arguments->topics[i] = true;
		found = true;
	}
	for (i = 0; topic_name(i); i++)
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
			 i ? ", " : "", topic_name(i));
	if (!found)
		argp_error(state, "--kind is one of %s, not '%s'", known, word);
	arguments->some_topics = true;
}

static void add_words(struct argp_state *state, struct arguments *arguments, int key, char *words)
{
	char *word;

	if (!*words)
		argp_error(state, "%s wants something", key == KEY_PIN ? "--pin" : "--kind");
	while ((word = strsep(&words, ","))) {
		if (key == KEY_KIND) {
			add_kind(state, arguments, word);
			continue;
		}
		arguments->pins[to_number(state, "--pin", word, 0, VIOAPIC_PINS_MAX - 1)] = true;
		arguments->some_pins = true;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'n':
		arguments->count = to_number(state, "--count", arg, 1, ~0UL);
		return 0;
	case KEY_RAW:
		arguments->raw = true;
		return 0;
	case KEY_PIN:
	case KEY_KIND:
		add_words(state, arguments, key, arg);
		return 0;
	case KEY_RECORD:
		arguments->record = arg;
		return 0;
	case ARGP_KEY_ARGS:
		arguments->names = state->argv + state->next;
		arguments->names_count = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (arguments->record &&
		    (arguments->raw || arguments->some_pins || arguments->some_topics))
			argp_error(state, "--record takes all: no --raw, --pin, --kind");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[NAME...]",
	.doc = "Print what happens, as it happens, to these I/O APICs or to all, until Ctrl-C.",
};

/* What the three ways have in common */

static bool count(struct trace *trace)
{
	trace->done++;
	return trace->arguments.count && trace->done >= trace->arguments.count;
}

static void refresh_symbols(void *data)
{
	struct trace *trace = data;

	kallsyms_refresh(&trace->kallsyms);
}

/* Who made an access, "" if it is none */
static const char *caller(const struct trace *trace, const struct sample *sample, char *buf,
			  size_t size)
{
	*buf = '\0';
	if (sample->kind->topic == TOPIC_ACCESS)
		kallsyms_text(&trace->kallsyms, sample->field[ACCESS_IP], buf, size);
	else if (sample->kind->topic == TOPIC_GUEST_ACCESS)
		snprintf(buf, size, "vcpu %llu", sample->field[ACCESS_VCPU]);
	return buf;
}

static bool is_wanted(const struct arguments *arguments, enum topic topic, int pin)
{
	if (topic == TOPIC_LOST)
		return true;
	if (arguments->some_topics && !arguments->topics[topic])
		return false;
	return !arguments->some_pins ||
	       (pin >= 0 && pin < VIOAPIC_PINS_MAX && arguments->pins[pin]);
}

static void print_head(const struct trace *trace, const struct sample *sample)
{
	double seconds = ((double)sample->time - (double)trace->tracer.start) / 1e9;

	printf("%12.6f [%03d] %-*s ", seconds, sample->cpu, trace->name_width, sample->name);
}

/* Raw */

static bool take_raw(void *data, const struct sample *sample)
{
	struct trace *trace = data;
	char symbol[256];

	if (!is_wanted(&trace->arguments, sample->kind->topic, sample_pin(sample)))
		return false;
	print_head(trace, sample);
	sample->kind->print(stdout, sample, caller(trace, sample, symbol, sizeof(symbol)));
	putchar('\n');
	return sample->kind != &kind_lost && count(trace);
}

static const struct tracer_sink raw = { .batch = refresh_symbols, .take = take_raw };

/* Folded */

static bool print_line(void *data, const struct fold_line *line)
{
	struct trace *trace = data;

	if (!is_wanted(&trace->arguments, line->topic, line->pin))
		return false;
	print_head(trace, &line->first);
	puts(line->text);
	return line->topic != TOPIC_LOST && count(trace);
}

static bool take_folded(void *data, const struct sample *sample)
{
	struct trace *trace = data;
	char symbol[256];

	/* As the inventory calls those of guests, whose CPUs are others */
	trace->fold.cpus = strncmp(sample->name, "kvm", 3) ? &trace->cpus : NULL;
	return fold_add(&trace->fold, sample, caller(trace, sample, symbol, sizeof(symbol)));
}

static bool rest_folded(void *data)
{
	struct trace *trace = data;

	return tracer_now() - trace->fold.last > REST_NS && fold_end(&trace->fold);
}

static const struct tracer_sink folded = {
	.batch = refresh_symbols,
	.take = take_folded,
	.rest = rest_folded,
};

/* Recorded */

static bool take_recorded(void *data, const struct sample *sample)
{
	struct trace *trace = data;
	struct record *record = &trace->record;
	unsigned long long events = record->events;
	char symbol[256];
	unsigned int i;

	/* What was before the state was saved is in the state. */
	for (i = 0; i < record->devices_count; i++)
		if (!strcmp(record->devices[i], sample->name) && sample->time < trace->begun[i])
			return false;
	if (record_event(record, sample, caller(trace, sample, symbol, sizeof(symbol)))) {
		trace->failed = true;
		return true;
	}
	return record->events > events && sample->kind != &kind_lost && count(trace);
}

static bool rest_recorded(void *data)
{
	struct trace *trace = data;

	trace->failed = record_flush(&trace->record);
	return trace->failed;
}

static const struct tracer_sink recorded = {
	.batch = refresh_symbols,
	.take = take_recorded,
	.rest = rest_recorded,
};

/* Saves @info's state in a moment in which nothing happens. */
static int record_state(struct trace *trace, int fd, const struct vioapic_info *info)
{
	struct vioapic_snapshot request = { 0 };
	unsigned int tries;
	__u64 from, until;

	memcpy(request.name, info->name, sizeof(request.name));
	for (tries = 0; tries < SAVE_TRIES; tries++) {
		from = tracer_now();
		if (ioctl(fd, VIOAPIC_IOC_SAVE, &request)) {
			request.reason[sizeof(request.reason) - 1] = '\0';
			return refuse_ioctl(info->name, "record", errno, request.reason);
		}
		until = tracer_now();
		if (!tracer_was_quiet(&trace->tracer, info->name, from - CLOCKS_NS,
				      until + CLOCKS_NS))
			continue;
		trace->begun[trace->record.devices_count] = from;
		return record_device(&trace->record, info->name, info->backend, &request.state);
	}
	return refuse("cannot record %s: it is never at rest, make less happen to it", info->name);
}

static bool is_named(const struct arguments *arguments, const char *name)
{
	int i;

	for (i = 0; i < arguments->names_count; i++)
		if (!strcmp(arguments->names[i], name))
			return true;
	return false;
}

/* Those named, or those that can be */
static bool is_recorded(const struct arguments *arguments, const struct vioapic_info *info)
{
	if (arguments->names_count)
		return is_named(arguments, info->name);
	return info->state == VIOAPIC_STATE_TAKEN && info->backend != VIOAPIC_BACKEND_XEN &&
	       info->backend != VIOAPIC_BACKEND_KVM;
}

/* Before the file is touched */
static int check_recorded(const struct arguments *arguments, const struct inventory *inventory)
{
	bool any = false;
	size_t i;

	for (i = 0; i < inventory->count; i++) {
		const struct vioapic_info *info = &inventory->list[i];

		if (!is_recorded(arguments, info))
			continue;
		any = true;
		if (info->state != VIOAPIC_STATE_TAKEN)
			return refuse("cannot record %s: it is %s, take it over first", info->name,
				      state_name(info->state));
		if (info->backend == VIOAPIC_BACKEND_XEN || info->backend == VIOAPIC_BACKEND_KVM)
			return refuse("cannot record %s: others than software change it, untraced",
				      info->name);
	}
	if (!any)
		return refuse("there is nothing to record: vioapic takeover --all");
	return STATUS_DONE;
}

static int record_states(struct trace *trace)
{
	struct inventory inventory;
	int status = inventory_open(&inventory);
	size_t i;

	trace->begun = calloc(inventory.count + 1, sizeof(*trace->begun));
	if (!status && !trace->begun)
		status = refuse("out of memory");
	for (i = 0; !status && i < inventory.count; i++)
		if (is_recorded(&trace->arguments, &inventory.list[i]))
			status = record_state(trace, inventory.fd, &inventory.list[i]);
	inventory_close(&inventory);
	return status;
}

static int begin_record(struct trace *trace)
{
	int status = record_create(&trace->record, trace->arguments.record, trace->tracer.start);

	return status ?: record_states(trace);
}

static int end_record(struct trace *trace, int status)
{
	struct record *record = &trace->record;
	unsigned long long events = record->events;

	/* A module that was unloaded is no reason to lose what there is. */
	if (trace->failed || record_finish(record))
		return STATUS_REFUSED;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "%llu events\n", events);
	return status;
}

/* The command */

/* Are all the names given known, and fit to be recorded?  Sets the width of their column. */
static int check_names(struct trace *trace)
{
	struct inventory inventory;
	int status, i;
	size_t n;

	status = inventory_open(&inventory);
	for (i = 0; !status && i < trace->arguments.names_count; i++)
		if (!inventory_find(&inventory, trace->arguments.names[i]))
			status = STATUS_REFUSED;
	for (n = 0; !status && n < inventory.count; n++)
		if ((int)strlen(inventory.list[n].name) > trace->name_width)
			trace->name_width = strlen(inventory.list[n].name);
	if (!status && trace->arguments.record)
		status = check_recorded(&trace->arguments, &inventory);
	inventory_close(&inventory);
	return status;
}

static const struct tracer_sink *choose(const struct arguments *arguments)
{
	if (arguments->record)
		return &recorded;
	return arguments->raw ? &raw : &folded;
}

int cmd_trace(int argc, char **argv)
{
	struct trace trace = { .fold = { .line = print_line } };
	struct tracer *tracer = &trace.tracer;
	bool recording = false;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &trace.arguments);
	status = check_names(&trace);
	if (status)
		return status;

	tracer->names = trace.arguments.names;
	tracer->names_count = trace.arguments.names_count;
	tracer->sink = choose(&trace.arguments);
	tracer->data = &trace;
	trace.fold.data = &trace;
	kallsyms_refresh(&trace.kallsyms);
	status = cpus_open(&trace.cpus) ?: tracer_start(tracer);
	if (!status && trace.arguments.record) {
		status = begin_record(&trace);
		recording = !status;
	}
	if (!status && isatty(STDERR_FILENO))
		fprintf(stderr, "tracing, stop with Ctrl-C\n");
	if (!status)
		status = tracer_run(tracer);
	if (!tracer->enough)
		fold_end(&trace.fold);
	if (recording)
		status = end_record(&trace, status);
	tracer_stop(tracer);
	record_close(&trace.record);
	kallsyms_free(&trace.kallsyms);
	cpus_free(&trace.cpus);
	free(trace.begun);
	return status;
}
