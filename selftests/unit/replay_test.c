// SPDX-License-Identifier: GPL-2.0
/* vioapic trace --record and replay: files, hostile ones too, and where model and trace part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vioapic/state.h>

#include "device.h"
#include "record.h"
#include "rerun.h"
#include "vioapic.h"

#define PIN	5
#define LEVEL	(VIOAPIC_RTE_LEVEL | 0x41)
#define EDGE	0x41ULL
#define IRR	VIOAPIC_RTE_REMOTE_IRR
#define MASKED	VIOAPIC_RTE_MASKED
#define LOW	VIOAPIC_RTE_ACTIVE_LOW

static char path[] = P_tmpdir "/replay_test.XXXXXX";
static char said[512], model_says[RERUN_LEN];
static unsigned int times_said;
static struct vioapic_model machine;	/* what is traced */
static struct vioapic_effects fx;
static struct rerun rerun;
static struct record record;
static struct record_entry entry;
static __u64 clock_ns;

int refuse(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(said, sizeof(said), format, ap);
	va_end(ap);
	times_said++;
	return STATUS_REFUSED;
}

const char *state_name(unsigned int state)
{
	return state ? "taken" : "released";
}

/* --- The model over a trace that a machine of the same model has made */

static struct vioapic_state state_now(void)
{
	struct vioapic_state state;

	vioapic_model_save(&machine, &state);
	state.address = 0xfec00000;
	return state;
}

static void start(const char *chip, enum vioapic_role role)
{
	assert_int_equal(vioapic_model_init(&machine, vioapic_chip_find(chip), role, 0, 0), 0);
}

static void follow(void)
{
	struct vioapic_state state = state_now();

	assert_int_equal(vioapic_state_check(&state), 0);
	rerun_start(&rerun, &state);
	*model_says = '\0';
}

static struct sample event(enum topic topic, __u64 first, __u64 second, __u64 third)
{
	struct sample sample = { .kind = kind_of(topic), .time = ++clock_ns, .name = "sim0" };

	sample.field[0] = first;
	sample.field[1] = second;
	sample.field[2] = third;
	return sample;
}

static struct sample access_of(bool write, unsigned int offset, unsigned int size, u64 value)
{
	struct sample sample = event(TOPIC_ACCESS, 0, 0, 0);

	sample.field[ACCESS_WRITE] = write;
	sample.field[ACCESS_OFFSET] = offset;
	sample.field[ACCESS_SIZE] = size;
	sample.field[ACCESS_VALUE] = value;
	sample.field[ACCESS_INDEX] = machine.ioregsel;
	return sample;
}

static bool agrees(struct sample sample)
{
	return rerun_step(&rerun, &sample, model_says);
}

#define assert_agrees(sample) \
	do { \
		if (!agrees(sample)) \
			print_error("the model says: %s\n", model_says); \
		assert_string_equal(model_says, ""); \
	} while (0)

#define assert_parts(sample, says) \
	do { \
		assert_false(agrees(sample)); \
		if (!strstr(model_says, says)) \
			print_error("the model says: %s\n", model_says); \
		assert_non_null(strstr(model_says, says)); \
	} while (0)

/* As virt/sim/owner.c and virt/device/device.c trace */
static void effects(void)
{
	unsigned int pin;

	if (fx.what & VIOAPIC_FX_ROUTE)
		assert_agrees(event(TOPIC_ROUTE, fx.pin, fx.old, fx.new));
	if (fx.what & VIOAPIC_FX_EOI)
		assert_agrees(event(TOPIC_EOI, fx.val, 0, 0));
	for (pin = 0; fx.what & VIOAPIC_FX_DELIVER && pin < machine.pins; pin++) {
		if (!(fx.deliver[pin / 64] >> (pin % 64) & 1))
			continue;
		assert_agrees(event(TOPIC_DELIVER, pin, machine.rte[pin], 1));
		vioapic_model_delivered(&machine, pin, true);
	}
}

static void wr(unsigned int offset, unsigned int size, u64 value)
{
	vioapic_model_write(&machine, offset, size, value, &fx);
	assert_agrees(access_of(true, offset, size, value));
	effects();
}

static void rd(unsigned int offset, unsigned int size)
{
	u64 value = vioapic_model_read(&machine, offset, size, &fx);

	assert_agrees(access_of(false, offset, size, value));
}

static void reg_write(unsigned int index, u32 value)
{
	wr(VIOAPIC_IOREGSEL, 4, index);
	wr(VIOAPIC_IOWIN, 4, value);
}

static void rte_write(u64 rte)
{
	reg_write(vioapic_rte_index(PIN) + 1, rte >> 32);
	reg_write(vioapic_rte_index(PIN), rte);
}

static void line(bool high)
{
	vioapic_model_set_line(&machine, PIN, high, &fx);
	effects();
}

static void owners(void **state)
{
	const struct vioapic_chip *chip;
	unsigned int i;

	(void)state;
	for (chip = vioapic_chips; chip->name; chip++) {
		start(chip->name, VIOAPIC_OWNER);
		follow();
		rte_write(LEVEL | 3ULL << 56);
		line(true);
		for (i = 0; i < 16 + 2 * machine.pins; i++) {
			wr(VIOAPIC_IOREGSEL, 4, i);
			rd(VIOAPIC_IOWIN, 4);
		}
		/* Once more while the line is asserted, and not any more */
		if (chip->has_eoi) {
			wr(VIOAPIC_EOI, 4, 0x41);
			line(false);
			wr(VIOAPIC_EOI, 4, 0x41);
		}
		rte_write(MASKED);
		rte_write(LEVEL | LOW | 0x800);
		line(true);
		line(false);
		rd(VIOAPIC_IOWIN, 4);
		rd(VIOAPIC_IOWIN + 1, 1);
		rd(VIOAPIC_IOWIN - 1, 4);
		rd(VIOAPIC_IOREGSEL, 4);
		rte_write(MASKED | EDGE);
		rte_write(EDGE);
		line(true);
		line(false);
		line(true);
		reg_write(VIOAPIC_REG_ID, 0x0f000000);
		rd(VIOAPIC_IOWIN, 4);
		wr(VIOAPIC_IOWIN, 2, 0xffff);
		wr(VIOAPIC_IOWIN + 2, 8, ~0ULL);
	}
}

/* The state that it is recorded from may be any: in service, waiting, latched. */
static void owners_under_way(void **state)
{
	(void)state;
	start("ich", VIOAPIC_OWNER);
	follow();
	rte_write(LEVEL);
	line(true);
	follow();
	wr(VIOAPIC_IOREGSEL, 4, vioapic_rte_index(PIN));
	rd(VIOAPIC_IOWIN, 4);
	wr(VIOAPIC_EOI, 4, 0x41);
	vioapic_model_claim(&machine, PIN, VIOAPIC_CLAIM_ON, &fx);
	follow();
	wr(VIOAPIC_EOI, 4, 0x41);
	line(false);
	start("ich", VIOAPIC_OWNER);
	follow();
	rte_write(LEVEL);
	/* Of a message that nobody took, delivery status tells until the line falls. */
	wr(VIOAPIC_IOREGSEL, 4, vioapic_rte_index(PIN));
	vioapic_model_set_line(&machine, PIN, true, &fx);
	assert_agrees(event(TOPIC_DELIVER, PIN, machine.rte[PIN], 0));
	vioapic_model_delivered(&machine, PIN, false);
	assert_true(machine.rte[PIN] & VIOAPIC_RTE_DELIVS);
	rd(VIOAPIC_IOWIN, 4);
	rd(VIOAPIC_IOWIN + 1, 1);
	rd(VIOAPIC_IOWIN - 1, 4);
	/* A line that is high already can still rise: nobody has seen it fall. */
	start("ich", VIOAPIC_OWNER);
	follow();
	rte_write(EDGE);
	line(true);
	follow();
	line(false);
	line(true);
}

static void shadows(void **state)
{
	unsigned int i;

	(void)state;
	start("ich", VIOAPIC_SHADOW);
	for (i = 0; i < 2 * machine.pins; i++)
		vioapic_model_load(&machine, VIOAPIC_REG_RTE + i, i & 1 ? 0 : MASKED);
	follow();
	rte_write(LEVEL | 2ULL << 56);
	/* What the controller owns is as the controller says */
	assert_agrees(access_of(false, VIOAPIC_IOWIN, 4, LEVEL | IRR));
	assert_agrees(access_of(false, VIOAPIC_IOWIN, 4, LEVEL));
	assert_agrees(access_of(false, VIOAPIC_IOWIN + 1, 1, (LEVEL | IRR) >> 8 & 0xff));
	assert_parts(access_of(false, VIOAPIC_IOWIN, 4, LEVEL ^ 1), "it reads 0x00008041");
	follow();
	reg_write(VIOAPIC_REG_ID, 0x0f000000);
	/* And so is what it makes of an ID */
	assert_agrees(access_of(false, VIOAPIC_IOWIN, 4, 0x07000000));
	assert_parts(access_of(false, VIOAPIC_IOWIN, 4, 0x0f000000), "it reads 0x07000000");
}

/* What is broken in one way or another, as vioapic sim fault breaks it */
static void parted(void **state)
{
	(void)state;
	start("ich", VIOAPIC_OWNER);
	follow();
	rte_write(EDGE);
	/* drop-write: no route follows */
	vioapic_model_write(&machine, VIOAPIC_IOWIN, 4, LEVEL, &fx);
	assert_agrees(access_of(true, VIOAPIC_IOWIN, 4, LEVEL));
	assert_parts(access_of(false, VIOAPIC_IOWIN, 4, LEVEL), "route pin 5: edge -> level");
	/* torn-write: it is another */
	follow();
	assert_agrees(access_of(true, VIOAPIC_IOWIN, 4, LEVEL | MASKED));
	assert_parts(event(TOPIC_ROUTE, PIN, LEVEL, EDGE), "route pin 5: unmasked -> masked");
	/* A route of another pin, one that nobody asked for, an EOI likewise */
	follow();
	assert_agrees(access_of(true, VIOAPIC_IOWIN, 4, LEVEL | MASKED));
	assert_parts(event(TOPIC_ROUTE, PIN + 1, LEVEL, LEVEL | MASKED), "route pin 5");
	follow();
	assert_parts(event(TOPIC_ROUTE, PIN, LEVEL, EDGE), "nobody has written this entry");
	follow();
	assert_parts(event(TOPIC_EOI, 0x41, 0, 0), "nobody has written the EOI register");
	/* drop-eoi: no eoi follows; one of another vector */
	follow();
	assert_agrees(access_of(true, VIOAPIC_EOI, 4, 0x41));
	assert_parts(access_of(true, VIOAPIC_EOI, 4, 0x41), "eoi   vector 0x41");
	follow();
	assert_agrees(access_of(true, VIOAPIC_EOI, 4, 0x41));
	assert_parts(event(TOPIC_EOI, 0x42, 0, 0), "eoi   vector 0x41");
	/* ones */
	follow();
	assert_parts(access_of(false, VIOAPIC_IOWIN, 4, ~0U), "it reads 0x00008041");
	/* lost-index */
	follow();
	assert_parts(access_of(true, VIOAPIC_IOREGSEL, 4, 0x10), "IOREGSEL is 0x10");
}

static void parted_messages(void **state)
{
	const u64 rte = LEVEL;

	(void)state;
	start("ich", VIOAPIC_OWNER);
	follow();
	rte_write(LEVEL);
	/* stuck-irr: it reads as set behind the EOI */
	line(true);
	line(false);
	vioapic_model_eoi(&machine, 0x41, &fx);
	assert_agrees(access_of(true, VIOAPIC_EOI, 4, 0x41));
	assert_agrees(event(TOPIC_EOI, 0x41, 0, 0));
	assert_parts(access_of(false, VIOAPIC_IOWIN, 4, LEVEL | IRR), "it reads 0x00008041");
	/* duplicate */
	follow();
	assert_agrees(event(TOPIC_DELIVER, PIN, rte, 1));
	assert_parts(event(TOPIC_DELIVER, PIN, rte, 1), "remote IRR is set");
	/* One that nobody took is sent again */
	follow();
	assert_agrees(event(TOPIC_DELIVER, PIN, rte, 0));
	assert_agrees(event(TOPIC_DELIVER, PIN, rte, 1));
	follow();
	assert_parts(event(TOPIC_DELIVER, PIN, rte + 1, 1), "deliver pin 5: vector 0x41");
	follow();
	assert_parts(event(TOPIC_DELIVER, PIN + 1, MASKED, 1), "pin 6 does not send: it is masked");
	follow();
	assert_parts(event(TOPIC_DELIVER, 100, rte, 1), "no message to send for pin 100");
	start("ich", VIOAPIC_SHADOW);
	follow();
	assert_parts(event(TOPIC_DELIVER, PIN, rte, 1), "no message to send");
}

/* --- Files */

static void assert_refused(int status, const char *sentence)
{
	assert_int_equal(status, STATUS_REFUSED);
	if (!strstr(said, sentence))
		print_error("said: %s\n", said);
	assert_non_null(strstr(said, sentence));
	assert_non_null(strstr(said, path));
	assert_null(strchr(said, '\n'));
	assert_int_equal(times_said, 1);
	times_said = 0;
}

static void write_file(void)
{
	struct sample fault = event(TOPIC_FAULT, 0xffff, 0, 0);
	struct sample lost = event(TOPIC_LOST, FIELD_UNKNOWN, 0, 0);
	struct vioapic_state state;
	struct sample first;

	start("ich", VIOAPIC_OWNER);
	state = state_now();
	strcpy(fault.text, "stuck-irr");
	*lost.name = '\0';
	first = access_of(true, VIOAPIC_IOWIN, 8, ~0ULL);
	first.cpu = 0x1234;
	first.field[ACCESS_VCPU] = ~0U;
	assert_int_equal(record_create(&record, path, clock_ns - 1), 0);
	assert_int_equal(record_device(&record, "sim0", VIOAPIC_BACKEND_LAPIC, &state), 0);
	assert_int_equal(record_device(&record, "other", VIOAPIC_BACKEND_LAPIC, &state), 0);
	assert_int_equal(record_event(&record, &first, "f+0x1"), 0);
	assert_int_equal(record_event(&record, &fault, ""), 0);
	assert_int_equal(record_event(&record, &lost, ""), 0);
	strcpy(first.name, "other");
	first.time = 0;
	assert_int_equal(record_event(&record, &first, "g [m]"), 0);
	strcpy(first.name, "third");
	assert_int_equal(record_event(&record, &first, "h"), 0);
	assert_int_equal(record_finish(&record), 0);
	record_close(&record);
}

static void assert_next(int what)
{
	assert_int_equal(record_next(&record, &entry), 0);
	assert_int_equal(entry.what, what);
}

static void round_trip(void **state)
{
	struct vioapic_state expected;

	(void)state;
	write_file();
	expected = state_now();
	assert_int_equal(record_open(&record, path), 0);
	assert_next(RECORD_DEVICE);
	assert_string_equal(entry.sample.name, "sim0");
	assert_memory_equal(&entry.state, &expected, sizeof(expected));
	assert_int_equal(entry.backend, VIOAPIC_BACKEND_LAPIC);
	assert_next(RECORD_DEVICE);
	assert_next(RECORD_EVENT);
	assert_int_equal(entry.sample.kind->topic, TOPIC_ACCESS);
	assert_int_equal(entry.sample.field[ACCESS_VALUE], ~0ULL);
	assert_int_equal(entry.sample.field[ACCESS_VCPU], ~0U);
	assert_int_equal(entry.sample.field[ACCESS_OFFSET], VIOAPIC_IOWIN);
	assert_int_equal(entry.sample.cpu, 0x1234);
	assert_int_equal(entry.device, 0);
	assert_string_equal(entry.sample.name, "sim0");
	assert_string_equal(entry.caller, "f+0x1");
	assert_next(RECORD_EVENT);
	assert_int_equal(entry.sample.kind->topic, TOPIC_FAULT);
	assert_string_equal(entry.sample.text, "stuck-irr");
	assert_next(RECORD_EVENT);
	assert_int_equal(entry.sample.kind->topic, TOPIC_LOST);
	assert_int_equal(entry.sample.field[LOST_COUNT], FIELD_UNKNOWN);
	assert_int_equal(entry.device, -1);
	assert_next(RECORD_EVENT);
	assert_string_equal(entry.sample.name, "other");
	assert_string_equal(entry.caller, "g [m]");
	/* Of the third there was no state. */
	assert_next(RECORD_END);
	assert_false(record.cut);
	assert_int_equal(record.events, 4);
	record_close(&record);
}

/* Reads all of it. Returns 0, 1 if it was refused, 2 if it is cut off. */
static int read_file(void)
{
	int status = record_open(&record, path);

	entry.what = RECORD_EVENT;
	while (!status && entry.what != RECORD_END) {
		status = record_next(&record, &entry);
		if (!status && entry.what == RECORD_EVENT && rerun.model.chip)
			rerun_step(&rerun, &entry.sample, model_says);
		if (!status && entry.what == RECORD_DEVICE)
			rerun_start(&rerun, &entry.state);
	}
	if (!status && record.cut)
		status = 2;
	record_close(&record);
	return status;
}

static unsigned char whole[16384], other[16384];
static size_t length;

static void get(void)
{
	FILE *file = fopen(path, "r");

	length = fread(whole, 1, sizeof(whole), file);
	fclose(file);
	assert_in_range(length, 2 * sizeof(struct vioapic_state), sizeof(whole) - 1);
}

static void put(const void *data, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
}

static void hostile(void **state)
{
	(void)state;
	put("", 0);
	assert_refused(read_file(), "is no recorded trace");
	put("\177ELF is not ours", 16);
	assert_refused(read_file(), "is no recorded trace");
	put("vioTRACE\2", 9);
	assert_refused(read_file(), "is of version 2, not 1");
	put("vioTRACE\1\5", 10);
	assert_refused(read_file(), "is damaged behind event 0");
	put("vioTRACE\1\377\377\377\377\377\377\377\377\377\377\377", 20);
	assert_refused(read_file(), "is damaged behind event 0");
	/* An event of nobody's; a function that is none; a text with a control character */
	put("vioTRACE\1\3\0\0\0\0", 14);
	assert_refused(read_file(), "is damaged behind event 0");
	put("vioTRACE\1\3\0\1\0\0", 14);
	assert_refused(read_file(), "is damaged behind event 0");
	put("vioTRACE\1\2\1\33", 12);
	assert_refused(read_file(), "is damaged behind event 0");
	put("vioTRACE\1\4\1", 11);
	assert_refused(read_file(), "is damaged behind event 0");
	put("vioTRACE\1\4\0x", 12);
	assert_refused(read_file(), "is damaged behind event 0");
	put("vioTRACE\1\4\0", 11);
	assert_int_equal(read_file(), 0);
	write_file();
	get();
	/* The state of an I/O APIC that cannot be */
	whole[18 + 7] ^= 0x55;
	put(whole, length);
	assert_refused(read_file(), "is damaged behind event 0");
}

/* Cut off anywhere; and each byte in turn is another: nothing worse than a line comes of it. */
static void damaged(void **state)
{
	unsigned int seed = 1;
	size_t i;
	int got;

	(void)state;
	write_file();
	get();
	for (i = 10; i < length; i++) {
		put(whole, i);
		assert_int_equal(read_file(), 2);
		if (i == 100)
			i = length - 150;
	}
	for (i = 0; i < 4000; i++) {
		memcpy(other, whole, length);
		seed = seed * 1103515245 + 12345;
		other[i % 2 ? length - 1 - seed / 65536 % 120 : seed / 65536 % length] = seed >> 8;
		put(other, length);
		times_said = 0;
		got = read_file();
		assert_in_range(got, 0, 2);
		assert_int_equal(times_said, got == 1);
	}
	times_said = 0;
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners),
		cmocka_unit_test(owners_under_way),
		cmocka_unit_test(shadows),
		cmocka_unit_test(parted),
		cmocka_unit_test(parted_messages),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(hostile),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
