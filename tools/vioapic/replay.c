// SPDX-License-Identifier: GPL-2.0
/* vioapic replay */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "record.h"
#include "rerun.h"
#include "vioapic.h"

enum { KEY_PRINT = 0x100 };

struct arguments {
	const char *path;
	bool print;
};

/**
 * struct replayed - an I/O APIC of the file
 * @name:   of it
 * @events: of it that were looked at
 * @end:    why nothing more is, or NULL
 * @parted: the model said something else
 */
struct replayed {
	char name[VIOAPIC_NAME_LEN];
	struct rerun rerun;
	unsigned long long events;
	const char *end;
	bool parted;
};

struct replay {
	struct arguments arguments;
	struct record record;
	struct replayed **list;
	unsigned int count;
	unsigned long long lost;	/* behind which event, or 0 */
};

static const struct argp_option options[] = {
	{ .name = "print", .key = KEY_PRINT, .doc = "Print every event, as trace --raw does" },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case KEY_PRINT:
		arguments->print = true;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->path)
			argp_error(state, "one file at a time");
		arguments->path = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name a file that vioapic trace --record has made");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Run the model over a recorded trace, and say where the two part.",
};

static int add(struct replay *replay, const struct record_entry *entry)
{
	struct replayed **list, *new = calloc(1, sizeof(*new));

	list = reallocarray(replay->list, replay->count + 1, sizeof(*list));
	if (list)
		replay->list = list;
	if (!new || !list) {
		free(new);
		return refuse("out of memory");
	}
	list[replay->count++] = new;
	memcpy(new->name, entry->sample.name, sizeof(new->name));
	rerun_start(&new->rerun, &entry->state);
	if (entry->backend == VIOAPIC_BACKEND_XEN || entry->backend == VIOAPIC_BACKEND_KVM)
		new->end = "not replayed: others than software change it";
	return STATUS_DONE;
}

static void print_event(const struct record_entry *entry)
{
	const struct sample *sample = &entry->sample;

	printf("%12.6f [%03d] %s ", sample->time / 1e9, sample->cpu, sample->name);
	sample->kind->print(stdout, sample, entry->caller);
	putchar('\n');
}

static void say_parted(struct replayed *one, const struct record_entry *entry, const char *model)
{
	printf("%s: they part at its event %llu\n  trace: ", one->name, one->events);
	print_event(entry);
	printf("  model: %s\n", model);
	if (*one->rerun.fault)
		printf("  a fault was injected before: %s\n", one->rerun.fault);
	one->parted = true;
	one->end = "";
}

static void step(struct replay *replay, const struct record_entry *entry)
{
	const struct sample *sample = &entry->sample;
	struct replayed *one;
	char model[RERUN_LEN];
	unsigned int i;

	if (replay->arguments.print)
		print_event(entry);
	if (entry->device < 0) {
		if (!replay->lost)
			replay->lost = replay->record.events;
		for (i = 0; i < replay->count; i++)
			if (!replay->list[i]->end)
				replay->list[i]->end = "then events were lost";
		return;
	}
	one = replay->list[entry->device];
	if (one->end)
		return;
	one->events++;
	if (sample->kind->topic == TOPIC_STATE)
		one->end = "then it was released or taken over";
	else if (!rerun_step(&one->rerun, sample, model))
		say_parted(one, entry, model);
}

/* Returns an exit status: done if all that there is was replayed, and is the same. */
static int conclude(const struct replay *replay)
{
	int status = STATUS_DONE;
	unsigned int i;

	for (i = 0; i < replay->count; i++) {
		const struct replayed *one = replay->list[i];

		if (one->parted)
			status = STATUS_REFUSED;
		else
			printf("%s: %llu events, %llu compared, no difference%s%s\n", one->name,
			       one->events, one->rerun.compared, one->end ? "; " : "",
			       one->end ? one->end : "");
	}
	if (!replay->count)
		return refuse("%s has no I/O APIC: record again", replay->record.path);
	if (replay->lost)
		return refuse("%s: events were lost at event %llu, what follows cannot be replayed",
			      replay->record.path, replay->lost);
	if (replay->record.cut)
		return refuse("%s is cut off behind event %llu", replay->record.path,
			      replay->record.events);
	return status;
}

static int run(struct replay *replay)
{
	static struct record_entry entry;

	for (;;) {
		if (record_next(&replay->record, &entry))
			return STATUS_REFUSED;
		switch (entry.what) {
		case RECORD_DEVICE:
			if (add(replay, &entry))
				return STATUS_REFUSED;
			break;
		case RECORD_EVENT:
			step(replay, &entry);
			break;
		case RECORD_END:
			return conclude(replay);
		}
	}
}

int cmd_replay(int argc, char **argv)
{
	struct replay replay = { 0 };
	unsigned int i;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &replay.arguments);
	status = record_open(&replay.record, replay.arguments.path);
	if (!status)
		status = run(&replay);
	for (i = 0; i < replay.count; i++)
		free(replay.list[i]);
	free(replay.list);
	record_close(&replay.record);
	return status;
}
