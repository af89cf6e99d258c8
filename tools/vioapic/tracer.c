// SPDX-License-Identifier: GPL-2.0
/*
 * What the tracepoints say, in the order of time.
 *
 * In a tracefs instance of our own, so that no other tracing is disturbed; it
 * is removed on every way out but SIGKILL, and the next trace sweeps up after
 * that.  The device is not held open: rmmod must stay possible.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tracefs.h>
#include <unistd.h>

#include "tracer.h"
#include "vioapic.h"

#define INSTANCE_PREFIX	"vioapic-trace-"
#define ROUND_MS	100
/* An event can be read this long after its time stamp, its CPU may have been stopped in between */
#define SETTLE_NS	2000000ULL
#define BATCH_MAX	65536

static volatile sig_atomic_t interrupted;

static struct sample *add_sample(struct tracer *tracer)
{
	struct sample *sample;

	if (tracer->samples_count == tracer->samples_room) {
		size_t room = tracer->samples_room ? tracer->samples_room * 2 : 1024;

		sample = reallocarray(tracer->samples, room, sizeof(*sample));
		if (!sample) {
			tracer->out_of_memory = true;
			return NULL;
		}
		tracer->samples = sample;
		tracer->samples_room = room;
	}
	sample = &tracer->samples[tracer->samples_count];
	*sample = (struct sample){ .sequence = tracer->samples_count++ };
	return sample;
}

static bool is_wanted(const struct tracer *tracer, const char *name)
{
	int i;

	for (i = 0; i < tracer->names_count; i++)
		if (!strcmp(tracer->names[i], name))
			return true;
	return !tracer->names_count;
}

static int compare(const void *left, const void *right)
{
	const struct sample *a = left, *b = right;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->sequence < b->sequence ? -1 : 1;
}

static bool is_done(const struct tracer *tracer)
{
	return tracer->enough || ferror(stdout) || tracer->out_of_memory;
}

/*
 * Hands on, in the order of time, what happened up to @until.  What is younger
 * stays: a CPU that was read before it may still come up with something older.
 */
static void hand_on(struct tracer *tracer, __u64 until)
{
	size_t i, rest;

	if (!tracer->samples_count)
		return;
	if (tracer->sink->batch)
		tracer->sink->batch(tracer->data);
	qsort(tracer->samples, tracer->samples_count, sizeof(*tracer->samples), compare);
	for (i = 0; i < tracer->samples_count; i++) {
		if (tracer->samples[i].time > until || is_done(tracer))
			break;
		tracer->enough = tracer->sink->take(tracer->data, &tracer->samples[i]);
	}
	rest = tracer->samples_count - i;
	memmove(tracer->samples, tracer->samples + i, rest * sizeof(*tracer->samples));
	tracer->samples_count = rest;
	for (i = 0; i < rest; i++)
		tracer->samples[i].sequence = i;
}

static void read_text(struct tep_event *event, const char *field, struct tep_record *record,
		      char *text, size_t size)
{
	const char *raw;
	int length;

	raw = tep_get_field_raw(NULL, event, field, record, &length, 0);
	if (raw)
		snprintf(text, size, "%.*s", length, raw);
}

static int on_event(struct tep_event *event, struct tep_record *record, int cpu, void *data)
{
	const struct kind *kind = find_kind(event->name);
	struct tracer *tracer = data;
	struct sample *sample;
	unsigned int i;

	if (!kind || record->ts < tracer->start)
		return 0;
	sample = add_sample(tracer);
	if (!sample)
		return -1;
	sample->time = record->ts;
	sample->cpu = cpu;
	sample->kind = kind;
	read_text(event, "name", record, sample->name, sizeof(sample->name));
	if (!is_wanted(tracer, sample->name)) {
		tracer->samples_count--;
		return 0;
	}
	if (kind->text)
		read_text(event, kind->text, record, sample->text, sizeof(sample->text));
	for (i = 0; i < kind->count; i++) {
		unsigned long long value = 0;

		tep_get_field_val(NULL, event, kind->fields[i], record, &value, 0);
		sample->field[i] = value;
	}
	tracer->arrived++;
	/* Someone produces faster than we read: give up on the order rather than on memory. */
	if (!tracer->held && tracer->samples_count >= BATCH_MAX)
		hand_on(tracer, UINT64_MAX);
	return is_done(tracer);
}

static int on_lost(struct tep_event *event, struct tep_record *record, int cpu, void *data)
{
	struct tracer *tracer = data;
	struct sample *sample = add_sample(tracer);

	(void)event;
	if (!sample)
		return -1;
	sample->time = record->ts;
	sample->cpu = cpu;
	sample->kind = &kind_lost;
	sample->field[LOST_COUNT] = record->missed_events > 0 ? (__u64)record->missed_events :
								FIELD_UNKNOWN;
	return 0;
}

__u64 tracer_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static bool module_is_loaded(void)
{
	return tracefs_dir_exists(NULL, "events/vioapic");
}

static void read_all(struct tracer *tracer)
{
	tracer->arrived = 0;
	tracefs_iterate_raw_events(tracer->tep, tracer->instance, NULL, 0, on_event, tracer);
}

bool tracer_was_quiet(struct tracer *tracer, const char *name, __u64 from, __u64 until)
{
	const struct sample *sample;
	bool quiet = true;

	usleep(2 * SETTLE_NS / 1000);
	tracer->held = true;
	read_all(tracer);
	tracer->held = false;
	for (sample = tracer->samples; sample < tracer->samples + tracer->samples_count; sample++)
		if (sample->time >= from && sample->time <= until &&
		    (sample->kind == &kind_lost || !strcmp(sample->name, name)))
			quiet = false;
	return quiet;
}

/* Reads all that is in the ring buffers, hands on what has settled. */
static void run_round(struct tracer *tracer, __u64 until)
{
	read_all(tracer);
	hand_on(tracer, until);
}

int tracer_run(struct tracer *tracer)
{
	/* Tells at once when who reads our output has gone, even if nothing happens. */
	struct pollfd reader = { .fd = STDOUT_FILENO };
	int status = STATUS_DONE;

	while (!interrupted && !is_done(tracer)) {
		run_round(tracer, tracer_now() - SETTLE_NS);
		if (tracer->arrived)
			continue;
		if (tracer->sink->rest && !tracer->enough)
			tracer->enough = tracer->sink->rest(tracer->data);
		if (!module_is_loaded()) {
			status = refuse("module vioapic was unloaded");
			break;
		}
		if (poll(&reader, 1, ROUND_MS) > 0 && reader.revents & (POLLERR | POLLNVAL))
			return status;
	}
	tracefs_trace_off(tracer->instance);
	if (!is_done(tracer))
		run_round(tracer, UINT64_MAX);
	if (tracer->out_of_memory)
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

int tracer_start(struct tracer *tracer)
{
	static const char *const systems[] = { "vioapic", NULL };
	const char *dir = find_tracefs();
	char name[64];

	setvbuf(stdout, NULL, _IOLBF, 0);
	tracefs_set_loglevel(TEP_LOG_NONE);
	catch_signals();
	if (!dir)
		return STATUS_REFUSED;
	if (!module_is_loaded())
		return refuse("no tracepoints vioapic:* in %s", dir);
	tracer->tep = tracefs_local_events_system(dir, systems);
	if (!tracer->tep)
		return refuse("cannot read the events in %s: %s", dir, strerror(errno));

	tracefs_instances_walk(sweep, NULL);
	snprintf(name, sizeof(name), INSTANCE_PREFIX "%d", getpid());
	tracer->instance = tracefs_instance_create(name);
	if (!tracer->instance)
		return refuse("cannot create %s/instances/%s: %s", dir, name, strerror(errno));
	tracefs_follow_missed_events(tracer->instance, on_lost, tracer);
	/* One clock for all CPUs, and one that we can read too */
	if (tracefs_instance_file_write(tracer->instance, "trace_clock", "mono") < 0)
		return refuse("cannot set the trace clock: %s", strerror(errno));
	tracer->start = tracer_now();
	if (tracefs_event_enable(tracer->instance, "vioapic", NULL))
		return refuse("cannot enable the events vioapic:*: %s", strerror(errno));
	return STATUS_DONE;
}

void tracer_stop(struct tracer *tracer)
{
	if (tracer->instance) {
		tracefs_event_disable(tracer->instance, "vioapic", NULL);
		if (tracefs_instance_destroy(tracer->instance))
			refuse("cannot remove the trace instance %s: %s",
			       tracefs_instance_get_name(tracer->instance), strerror(errno));
		tracefs_instance_free(tracer->instance);
	}
	if (tracer->tep)
		tep_free(tracer->tep);
	free(tracer->samples);
}
