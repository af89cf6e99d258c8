// SPDX-License-Identifier: GPL-2.0
/*
 * vioapic trace
 *
 * In a tracefs instance of our own, so that no other tracing is disturbed; it
 * is removed on every way out but SIGKILL, and the next trace sweeps up after
 * that.  The device is not held open: rmmod must stay possible.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tracefs.h>
#include <unistd.h>

#include "device.h"
#include "events.h"
#include "kallsyms.h"
#include "vioapic.h"

#define INSTANCE_PREFIX	"vioapic-trace-"
#define ROUND_MS	100
/* An event can be read this long after its time stamp, its CPU may have been stopped in between */
#define SETTLE_NS	2000000ULL
#define BATCH_MAX	65536

struct arguments {
	char **names;
	int names_count;
	unsigned long count;	/* 0: no end */
};

struct trace {
	struct arguments arguments;
	struct kallsyms kallsyms;
	unsigned int modules;
	struct tracefs_instance *instance;
	struct tep_handle *tep;
	struct sample *samples;
	size_t samples_count, samples_room;
	size_t arrived;		/* in this round */
	__u64 start;
	unsigned long printed;
	int name_width;
	bool out_of_memory;
};

static volatile sig_atomic_t interrupted;

static struct sample *add_sample(struct trace *trace)
{
	struct sample *sample;

	if (trace->samples_count == trace->samples_room) {
		size_t room = trace->samples_room ? trace->samples_room * 2 : 1024;

		sample = reallocarray(trace->samples, room, sizeof(*sample));
		if (!sample) {
			trace->out_of_memory = true;
			return NULL;
		}
		trace->samples = sample;
		trace->samples_room = room;
	}
	sample = &trace->samples[trace->samples_count];
	*sample = (struct sample){ .sequence = trace->samples_count++ };
	return sample;
}

static bool is_wanted(const struct arguments *arguments, const char *name)
{
	int i;

	for (i = 0; i < arguments->names_count; i++)
		if (!strcmp(arguments->names[i], name))
			return true;
	return !arguments->names_count;
}

static int compare(const void *left, const void *right)
{
	const struct sample *a = left, *b = right;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->sequence < b->sequence ? -1 : 1;
}

static bool is_done(const struct trace *trace)
{
	return (trace->arguments.count && trace->printed >= trace->arguments.count) ||
	       ferror(stdout) || trace->out_of_memory;
}

static void print_sample(struct trace *trace, const struct sample *sample)
{
	double seconds = ((double)sample->time - (double)trace->start) / 1e9;

	printf("%12.6f [%03d] %-*s ", seconds, sample->cpu, trace->name_width, sample->name);
	sample->kind->print(sample, &trace->kallsyms);
	putchar('\n');
	if (sample->kind != &kind_lost)
		trace->printed++;
}

/*
 * Prints, in the order of time, what happened up to @until.  What is younger
 * stays: a CPU that was read before it may still come up with something older.
 */
static void print_samples(struct trace *trace, __u64 until)
{
	size_t i, rest;

	if (!trace->samples_count)
		return;
	qsort(trace->samples, trace->samples_count, sizeof(*trace->samples), compare);
	for (i = 0; i < trace->samples_count; i++) {
		if (trace->samples[i].time > until || is_done(trace))
			break;
		print_sample(trace, &trace->samples[i]);
	}
	rest = trace->samples_count - i;
	memmove(trace->samples, trace->samples + i, rest * sizeof(*trace->samples));
	trace->samples_count = rest;
	for (i = 0; i < rest; i++)
		trace->samples[i].sequence = i;
}

static int on_event(struct tep_event *event, struct tep_record *record, int cpu, void *data)
{
	const struct kind *kind = find_kind(event->name);
	struct trace *trace = data;
	struct sample *sample;
	const char *name;
	int length;
	size_t i;

	if (!kind || record->ts < trace->start)
		return 0;
	name = tep_get_field_raw(NULL, event, "name", record, &length, 0);
	sample = add_sample(trace);
	if (!sample)
		return -1;
	sample->time = record->ts;
	sample->cpu = cpu;
	sample->kind = kind;
	if (name)
		snprintf(sample->name, sizeof(sample->name), "%.*s", length, name);
	if (!is_wanted(&trace->arguments, sample->name)) {
		trace->samples_count--;
		return 0;
	}
	for (i = 0; i < FIELDS_MAX && kind->fields[i]; i++) {
		unsigned long long value = 0;

		tep_get_field_val(NULL, event, kind->fields[i], record, &value, 0);
		sample->field[i] = value;
	}
	trace->arrived++;
	/* Someone produces faster than we read: give up on the order rather than on memory. */
	if (trace->samples_count >= BATCH_MAX)
		print_samples(trace, UINT64_MAX);
	return is_done(trace);
}

static int on_lost(struct tep_event *event, struct tep_record *record, int cpu, void *data)
{
	struct trace *trace = data;
	struct sample *sample = add_sample(trace);

	(void)event;
	if (!sample)
		return -1;
	sample->time = record->ts;
	sample->cpu = cpu;
	sample->kind = &kind_lost;
	sample->field[0] = record->missed_events > 0 ? (__u64)record->missed_events : FIELD_UNKNOWN;
	return 0;
}

static __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Changes when a module comes or goes: FNV-1a over names and addresses. */
static unsigned int modules_fingerprint(void)
{
	FILE *file = fopen("/proc/modules", "r");
	unsigned int hash = 2166136261u;
	char line[1024], name[64], address[32], *c;

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %*s %*s %*s %*s %31s", name, address) != 2)
			continue;
		for (c = name; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 16777619u;
		for (c = address; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 16777619u;
	}
	fclose(file);
	return hash;
}

/* Reads the kernel's symbols, unless they are the same still; without, addresses stay numbers. */
static void load_symbols(struct trace *trace)
{
	unsigned int modules = modules_fingerprint();
	FILE *file;

	if (trace->kallsyms.count && modules == trace->modules)
		return;
	trace->modules = modules;
	kallsyms_free(&trace->kallsyms);
	file = fopen("/proc/kallsyms", "r");
	if (!file)
		return;
	kallsyms_read(&trace->kallsyms, file);
	fclose(file);
}

static bool module_is_loaded(void)
{
	return tracefs_dir_exists(NULL, "events/vioapic");
}

/* Reads all that is in the ring buffers, prints what has settled. */
static void run_round(struct trace *trace, __u64 until)
{
	trace->arrived = 0;
	tracefs_iterate_raw_events(trace->tep, trace->instance, NULL, 0, on_event, trace);
	if (trace->samples_count)
		load_symbols(trace);
	print_samples(trace, until);
}

static int run(struct trace *trace)
{
	/* Tells at once when who reads our output has gone, even if nothing happens. */
	struct pollfd reader = { .fd = STDOUT_FILENO };
	int status = STATUS_DONE;

	while (!interrupted && !is_done(trace)) {
		run_round(trace, now() - SETTLE_NS);
		if (trace->arrived)
			continue;
		if (!module_is_loaded()) {
			status = refuse("module vioapic was unloaded");
			break;
		}
		if (poll(&reader, 1, ROUND_MS) > 0 && reader.revents & (POLLERR | POLLNVAL))
			return status;
	}
	tracefs_trace_off(trace->instance);
	if (!is_done(trace))
		run_round(trace, UINT64_MAX);
	if (trace->out_of_memory)
		return refuse("out of memory");
	/* head has seen enough: that is no failure. Others are main's. */
	if (ferror(stdout) && errno == EPIPE) {
		__fpurge(stdout);
		clearerr(stdout);
	}
	return status;
}

/* Removes what a trace left behind that was killed. */
static int sweep(const char *name, void *data)
{
	struct tracefs_instance *instance;
	const size_t prefix = strlen(INSTANCE_PREFIX);
	long pid;

	(void)data;
	if (strncmp(name, INSTANCE_PREFIX, prefix) != 0)
		return 0;
	pid = strtol(name + prefix, NULL, 10);
	if (pid <= 0 || !kill(pid, 0) || errno != ESRCH)
		return 0;
	instance = tracefs_instance_create(name);
	if (instance) {
		tracefs_instance_destroy(instance);
		tracefs_instance_free(instance);
	}
	return 0;
}

/* Returns the directory of tracefs, or NULL and has said why. */
static const char *find_tracefs(void)
{
	static const char usual[] = "/sys/kernel/tracing";
	const char *dir = NULL;

	if (tracefs_tracing_dir_is_mounted(false, &dir) > 0 && dir)
		return dir;
	/* No /proc/mounts, perhaps */
	if (!access("/sys/kernel/tracing/instances", F_OK) &&
	    !tracefs_set_tracing_dir((char *)usual))
		return usual;
	refuse("tracefs is not mounted: mount -t tracefs none %s", usual);
	return NULL;
}

static int start(struct trace *trace)
{
	static const char *const systems[] = { "vioapic", NULL };
	const char *dir = find_tracefs();
	char name[64];

	if (!dir)
		return STATUS_REFUSED;
	if (!module_is_loaded())
		return refuse("no tracepoints vioapic:* in %s", dir);
	trace->tep = tracefs_local_events_system(dir, systems);
	if (!trace->tep)
		return refuse("cannot read the events in %s: %s", dir, strerror(errno));

	tracefs_instances_walk(sweep, NULL);
	snprintf(name, sizeof(name), INSTANCE_PREFIX "%d", getpid());
	trace->instance = tracefs_instance_create(name);
	if (!trace->instance)
		return refuse("cannot create %s/instances/%s: %s", dir, name, strerror(errno));
	tracefs_follow_missed_events(trace->instance, on_lost, trace);
	/* One clock for all CPUs, and one that we can read too */
	if (tracefs_instance_file_write(trace->instance, "trace_clock", "mono") < 0)
		return refuse("cannot set the trace clock: %s", strerror(errno));
	load_symbols(trace);
	trace->start = now();
	if (tracefs_event_enable(trace->instance, "vioapic", NULL))
		return refuse("cannot enable the events vioapic:*: %s", strerror(errno));
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "tracing, stop with Ctrl-C\n");
	return STATUS_DONE;
}

static void stop(struct trace *trace)
{
	if (trace->instance) {
		tracefs_event_disable(trace->instance, "vioapic", NULL);
		if (tracefs_instance_destroy(trace->instance))
			refuse("cannot remove the trace instance %s: %s",
			       tracefs_instance_get_name(trace->instance), strerror(errno));
		tracefs_instance_free(trace->instance);
	}
	if (trace->tep)
		tep_free(trace->tep);
	kallsyms_free(&trace->kallsyms);
	free(trace->samples);
}

static void on_signal(int signal)
{
	(void)signal;
	interrupted = 1;
}

static void catch_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal }, old;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		/* nohup wants us to outlive the terminal. */
		sigaction(ends[i], NULL, &old);
		if (ends[i] == SIGHUP && old.sa_handler == SIG_IGN)
			continue;
		sigaction(ends[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
}

static const struct argp_option options[] = {
	{ .name = "count", .key = 'n', .arg = "N", .doc = "Stop after N events" },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	char *end;

	switch (key) {
	case 'n':
		errno = 0;
		arguments->count = strtoul(arg, &end, 10);
		if (errno || *end || !arguments->count || *arg < '0' || *arg > '9')
			argp_error(state, "--count wants a number from 1 on, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARGS:
		arguments->names = state->argv + state->next;
		arguments->names_count = state->argc - state->next;
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

/* Are all the names given known?  Sets the width of their column. */
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
	inventory_close(&inventory);
	return status;
}

int cmd_trace(int argc, char **argv)
{
	struct trace trace = { 0 };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &trace.arguments);
	status = check_names(&trace);
	if (status)
		return status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	tracefs_set_loglevel(TEP_LOG_NONE);
	catch_signals();
	status = start(&trace);
	if (!status)
		status = run(&trace);
	stop(&trace);
	return status;
}
