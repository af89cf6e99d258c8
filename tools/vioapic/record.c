// SPDX-License-Identifier: GPL-2.0
/* Recorded traces: see record.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vioapic/state.h>

#include "decode.h"
#include "record.h"
#include "vioapic.h"

static const char magic[8] = "vioTRACE";

enum { TYPE_DEVICE = 1, TYPE_FUNCTION, TYPE_EVENT, TYPE_END };

/* Both: what was numbered */

static int add_device(struct record *record, const char *name)
{
	char (*devices)[VIOAPIC_NAME_LEN];

	devices = reallocarray(record->devices, record->devices_count + 1, sizeof(*devices));
	if (!devices)
		return refuse("out of memory");
	record->devices = devices;
	snprintf(devices[record->devices_count++], sizeof(*devices), "%s", name);
	return STATUS_DONE;
}

static int add_function(struct record *record, const char *name)
{
	char **functions;

	functions = reallocarray(record->functions, record->functions_count + 1,
				 sizeof(*functions));
	if (!functions)
		return refuse("out of memory");
	record->functions = functions;
	functions[record->functions_count] = strdup(name);
	if (!functions[record->functions_count])
		return refuse("out of memory");
	record->functions_count++;
	return STATUS_DONE;
}

void record_close(struct record *record)
{
	unsigned int i;

	for (i = 0; i < record->functions_count; i++)
		free(record->functions[i]);
	free(record->functions);
	free(record->devices);
	if (record->file)
		fclose(record->file);
	*record = (struct record){ 0 };
}

/* Writing: what fails shows in ferror() */

static void put(struct record *record, __u64 number)
{
	for (; number > 0x7f; number >>= 7)
		putc(number | 0x80, record->file);
	putc(number, record->file);
}

static void put_text(struct record *record, const char *text)
{
	size_t length = strlen(text);

	if (length > RECORD_TEXT_MAX)
		length = RECORD_TEXT_MAX;
	put(record, length);
	fwrite(text, 1, length, record->file);
}

static int written(struct record *record)
{
	if (!ferror(record->file))
		return STATUS_DONE;
	return refuse("cannot write %s: %s", record->path, strerror(errno));
}

int record_flush(struct record *record)
{
	fflush(record->file);
	return written(record);
}

int record_create(struct record *record, const char *path, __u64 time)
{
	*record = (struct record){ .path = path, .time = time };
	record->file = fopen(path, "we");
	if (!record->file)
		return refuse("cannot open %s: %s", path, strerror(errno));
	fwrite(magic, sizeof(magic), 1, record->file);
	put(record, RECORD_VERSION);
	return written(record);
}

int record_device(struct record *record, const char *name, unsigned int backend,
		  const struct vioapic_state *state)
{
	if (record->devices_count == RECORD_DEVICES_MAX)
		return refuse("more than %d I/O APICs: name some", RECORD_DEVICES_MAX);
	if (add_device(record, name))
		return STATUS_REFUSED;
	put(record, TYPE_DEVICE);
	put_text(record, name);
	put(record, backend);
	put(record, sizeof(*state));
	fwrite(state, sizeof(*state), 1, record->file);
	return record_flush(record);
}

/* 0 if there are too many, or no room: without a name an access is as good */
static unsigned int function_number(struct record *record, const char *name)
{
	unsigned int i;

	/* The one who made the last access is the likeliest. */
	for (i = record->functions_count; i > 0; i--)
		if (!strncmp(record->functions[i - 1], name, RECORD_TEXT_MAX))
			return i;
	if (record->functions_count == RECORD_FUNCTIONS_MAX || !*name ||
	    add_function(record, name))
		return 0;
	put(record, TYPE_FUNCTION);
	put_text(record, name);
	return record->functions_count;
}

static unsigned int device_number(const struct record *record, const char *name)
{
	unsigned int i;

	for (i = record->devices_count; i > 0; i--)
		if (!strcmp(record->devices[i - 1], name))
			break;
	return i;
}

int record_event(struct record *record, const struct sample *sample, const char *caller)
{
	unsigned int device = device_number(record, sample->name), function = 0, i;

	if (!device && sample->kind->topic != TOPIC_LOST)
		return STATUS_DONE;
	if (is_access(sample))
		function = function_number(record, caller);
	put(record, TYPE_EVENT);
	put(record, sample->kind->topic);
	put(record, device);
	put(record, sample->cpu);
	/* Out of order only if they came too fast for that */
	put(record, sample->time > record->time ? sample->time - record->time : 0);
	for (i = 0; i < sample->kind->count; i++)
		put(record, is_access(sample) && i == ACCESS_IP ? function : sample->field[i]);
	if (sample->kind->text)
		put_text(record, sample->text);
	if (sample->time > record->time)
		record->time = sample->time;
	record->events++;
	return written(record);
}

int record_finish(struct record *record)
{
	FILE *file = record->file;

	put(record, TYPE_END);
	put(record, record->events);
	if (written(record))
		return STATUS_REFUSED;
	record->file = NULL;
	if (fclose(file))
		return refuse("cannot write %s: %s", record->path, strerror(errno));
	return STATUS_DONE;
}

/* Reading */

enum got { GOT, GOT_CUT, GOT_BAD };

static enum got get_bytes(struct record *record, void *data, size_t size)
{
	return fread(data, 1, size, record->file) == size ? GOT : GOT_CUT;
}

/* A number up to @max */
static enum got get(struct record *record, __u64 *number, __u64 max)
{
	unsigned int shift;
	int c;

	*number = 0;
	for (shift = 0; shift < 64; shift += 7) {
		c = getc(record->file);
		if (c == EOF)
			return GOT_CUT;
		if (shift == 63 && c > 1)
			return GOT_BAD;
		*number |= (__u64)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return *number <= max ? GOT : GOT_BAD;
	}
	return GOT_BAD;
}

/* Of what a terminal does not take for more than text; @size has room for what is allowed */
static enum got get_text(struct record *record, char *text, size_t size)
{
	__u64 length, i;
	enum got got = get(record, &length, size - 1);

	if (got != GOT)
		return got;
	got = get_bytes(record, text, length);
	if (got != GOT)
		return got;
	text[length] = '\0';
	for (i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return GOT_BAD;
	return length ? GOT : GOT_BAD;
}

static enum got get_device(struct record *record, struct record_entry *entry)
{
	__u64 backend, size;
	enum got got;

	if (record->devices_count == RECORD_DEVICES_MAX)
		return GOT_BAD;
	got = get_text(record, entry->sample.name, sizeof(entry->sample.name));
	if (got == GOT)
		got = get(record, &backend, VIOAPIC_BACKEND_KVM);
	if (got == GOT)
		got = get(record, &size, ~0ULL);
	if (got != GOT)
		return got;
	if (size != sizeof(entry->state))
		return GOT_BAD;
	got = get_bytes(record, &entry->state, sizeof(entry->state));
	if (got != GOT)
		return got;
	if (vioapic_state_check(&entry->state) || add_device(record, entry->sample.name))
		return GOT_BAD;
	entry->what = RECORD_DEVICE;
	entry->backend = backend;
	return GOT;
}

static enum got get_function(struct record *record)
{
	char text[RECORD_TEXT_MAX + 1];
	enum got got = get_text(record, text, sizeof(text));

	if (got != GOT)
		return got;
	if (record->functions_count == RECORD_FUNCTIONS_MAX || add_function(record, text))
		return GOT_BAD;
	return GOT;
}

/* What a field may be at most: others index arrays with it, or print it as what it is */
static __u64 field_max(enum topic topic, unsigned int field)
{
	static const __u64 max[TOPICS][FIELDS_MAX] = {
		[TOPIC_ACCESS] = {
			[ACCESS_OFFSET] = 4095, [ACCESS_SIZE] = 8, [ACCESS_WRITE] = 1,
			[ACCESS_INDEX] = VIOAPIC_REGS - 1, [ACCESS_HW] = 1,
			[ACCESS_VALUE] = ~0ULL, [ACCESS_VCPU] = ~0U,
		},
		[TOPIC_ROUTE] = {
			[ROUTE_PIN] = VIOAPIC_PINS_MAX - 1, [ROUTE_OLD] = ~0ULL,
			[ROUTE_NEW] = ~0ULL,
		},
		[TOPIC_REFUSE] = {
			[REFUSE_INDEX] = VIOAPIC_REGS - 1, [REFUSE_WANTED] = ~0U,
			[REFUSE_HAS] = ~0U,
		},
		[TOPIC_EOI] = { [EOI_VECTOR] = 0xff },
		[TOPIC_DELIVER] = {
			[DELIVER_PIN] = VIOAPIC_PINS_MAX - 1, [DELIVER_RTE] = ~0ULL,
			[DELIVER_ACCEPTED] = 1,
		},
		[TOPIC_FAULT] = { [FAULT_PIN] = ~0ULL },
		[TOPIC_STATE] = { [STATE_STATE] = VIOAPIC_STATE_FAILED },
		[TOPIC_LOST] = { [LOST_COUNT] = ~0ULL },
	};

	return max[topic == TOPIC_GUEST_ACCESS ? TOPIC_ACCESS : topic][field];
}

static bool is_possible(const struct sample *sample)
{
	const __u64 *field = sample->field;
	__u64 size = field[ACCESS_SIZE];
	int pin;

	if (sample->kind->topic == TOPIC_FAULT) {
		pin = sample_pin(sample);
		return pin >= -1 && pin < VIOAPIC_PINS_MAX;
	}
	if (!is_access(sample))
		return true;
	return (size == 1 || size == 2 || size == 4 || size == 8) &&
	       field[ACCESS_OFFSET] + size <= 4096 &&
	       field[ACCESS_VALUE] <= ~0ULL >> (64 - 8 * size);
}

static enum got get_event(struct record *record, struct record_entry *entry)
{
	struct sample *sample = &entry->sample;
	__u64 topic, device, cpu, delta, function = 0;
	enum got got = get(record, &topic, TOPICS - 1);
	unsigned int i;

	if (got == GOT)
		got = get(record, &device, record->devices_count);
	if (got == GOT)
		got = get(record, &cpu, 0xffff);
	if (got == GOT)
		got = get(record, &delta, ~0ULL);
	if (got != GOT)
		return got;
	*sample = (struct sample){ .kind = kind_of(topic), .cpu = cpu };
	/* A gap is nobody's, and all else somebody's */
	if (topic == TOPIC_LOST ? device : !device)
		return GOT_BAD;
	for (i = 0; got == GOT && i < sample->kind->count; i++) {
		if (is_access(sample) && i == ACCESS_IP)
			got = get(record, &function, record->functions_count);
		else
			got = get(record, &sample->field[i], field_max(topic, i));
	}
	if (got == GOT && sample->kind->text)
		got = get_text(record, sample->text, sizeof(sample->text));
	if (got != GOT)
		return got;
	if (!is_possible(sample))
		return GOT_BAD;
	record->time += delta;
	record->events++;
	sample->time = record->time;
	if (device)
		memcpy(sample->name, record->devices[device - 1], sizeof(sample->name));
	entry->what = RECORD_EVENT;
	entry->device = (int)device - 1;
	entry->caller = function ? record->functions[function - 1] : "";
	return GOT;
}

static enum got get_end(struct record *record, struct record_entry *entry)
{
	__u64 events;
	enum got got = get(record, &events, ~0ULL);

	if (got != GOT)
		return got;
	entry->what = RECORD_END;
	/* What comes behind the end is nothing of ours. */
	return events == record->events && getc(record->file) == EOF ? GOT : GOT_BAD;
}

int record_next(struct record *record, struct record_entry *entry)
{
	enum got got;
	__u64 type;

	do {
		got = get(record, &type, TYPE_END);
		if (got != GOT)
			break;
		switch (type) {
		case TYPE_DEVICE:
			got = get_device(record, entry);
			break;
		case TYPE_FUNCTION:
			got = get_function(record);
			break;
		case TYPE_EVENT:
			got = get_event(record, entry);
			break;
		case TYPE_END:
			got = get_end(record, entry);
			break;
		default:
			got = GOT_BAD;
		}
	} while (got == GOT && type == TYPE_FUNCTION);
	if (ferror(record->file))
		return refuse("cannot read %s: %s", record->path, strerror(errno));
	if (got == GOT_BAD)
		return refuse("%s is damaged behind event %llu: record again", record->path,
			      record->events);
	if (got == GOT_CUT) {
		record->cut = true;
		entry->what = RECORD_END;
	}
	return STATUS_DONE;
}

int record_open(struct record *record, const char *path)
{
	char begin[sizeof(magic)];
	__u64 version;

	*record = (struct record){ .path = path };
	record->file = fopen(path, "re");
	if (!record->file)
		return refuse("cannot open %s: %s", path, strerror(errno));
	if (get_bytes(record, begin, sizeof(begin)) != GOT) {
		if (ferror(record->file))
			return refuse("cannot read %s: %s", path, strerror(errno));
		return refuse("%s is no recorded trace: vioapic trace --record makes them", path);
	}
	if (memcmp(begin, magic, sizeof(magic)) || get(record, &version, ~0ULL) != GOT)
		return refuse("%s is no recorded trace: vioapic trace --record makes them", path);
	if (version != RECORD_VERSION)
		return refuse("%s is of version %llu, not %d: use the vioapic that recorded it",
			      path, version, RECORD_VERSION);
	return STATUS_DONE;
}
