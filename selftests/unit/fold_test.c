// SPDX-License-Identifier: GPL-2.0
/* vioapic trace: accesses folded into what they mean; which pins and kinds events are of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "events.h"
#include "fold.h"
#include "vioapic.h"

#define LINES	16
#define LEVEL	RTE_LEVEL
#define MASKED	RTE_MASKED
#define MS	1000000ULL

static struct fold_line lines[LINES];
static unsigned int told;
static struct fold fold;
static __u64 clock_ns;
static int cpu;

/* The command's own are not linked in */
int refuse(const char *format, ...)
{
	fail_msg("%s", format);
	return STATUS_REFUSED;
}

const char *state_name(unsigned int state)
{
	return state ? "taken" : "released";
}

static bool keep(void *data, const struct fold_line *line)
{
	assert_ptr_equal(data, &told);
	assert_in_range(told, 0, LINES - 1);
	lines[told++] = *line;
	return false;
}

static int setup(void **state)
{
	(void)state;
	fold = (struct fold){ .line = keep, .data = &told };
	told = 0;
	cpu = 0;
	return 0;
}

static struct sample sample_of(enum topic topic)
{
	struct sample sample = { .kind = kind_of(topic), .cpu = cpu, .name = "ioapic0" };

	sample.time = clock_ns += 1000;
	return sample;
}

static void access_at(bool write, unsigned int offset, unsigned int size, unsigned int index,
		      __u64 value, const char *caller)
{
	struct sample sample = sample_of(TOPIC_ACCESS);

	sample.field[ACCESS_WRITE] = write;
	sample.field[ACCESS_OFFSET] = offset;
	sample.field[ACCESS_SIZE] = size;
	sample.field[ACCESS_INDEX] = index;
	sample.field[ACCESS_VALUE] = value;
	assert_false(fold_add(&fold, &sample, caller));
}

static void reg_write(unsigned int index, __u32 value, const char *caller)
{
	access_at(true, OFFSET_IOREGSEL, 4, index, index, caller);
	access_at(true, OFFSET_IOWIN, 4, index, value, caller);
}

static void reg_read(unsigned int index, __u32 value, const char *caller)
{
	access_at(true, OFFSET_IOREGSEL, 4, index, index, caller);
	access_at(false, OFFSET_IOWIN, 4, index, value, caller);
}

static void event(enum topic topic, __u64 first, __u64 second, __u64 third)
{
	struct sample sample = sample_of(topic);

	sample.field[0] = first;
	sample.field[1] = second;
	sample.field[2] = third;
	strcpy(sample.text, topic == TOPIC_FAULT ? "stuck-irr" : "");
	assert_false(fold_add(&fold, &sample, ""));
}

static void route(unsigned int pin, __u64 old, __u64 new)
{
	event(TOPIC_ROUTE, pin, old, new);
}

static void assert_told(unsigned int nth, enum topic topic, int pin, const char *text)
{
	fold_end(&fold);
	assert_in_range(nth, 0, told - 1);
	assert_string_equal(lines[nth].text, text);
	assert_int_equal(lines[nth].topic, topic);
	assert_int_equal(lines[nth].pin, pin);
}

static void assert_one(enum topic topic, int pin, const char *text)
{
	assert_told(0, topic, pin, text);
	assert_int_equal(told, 1);
}

/* As Linux moves an interrupt: masks, reads back, changes both halves, unmasks */
static void moved(void **state)
{
	const __u64 a = 0x31 | 1ULL << 56, b = 0x41 | 2ULL << 56;

	(void)state;
	reg_write(0x18, 0x10031, "mask_ioapic_irq+0x5c");
	route(4, a, a | MASKED);
	reg_read(0x18, 0x10031, "mask_ioapic_irq+0x8e");
	reg_write(0x19, 2 << 24, "ioapic_set_affinity+0xc4");
	route(4, a | MASKED, (b & ~0xffULL) | 0x31 | MASKED);
	reg_write(0x18, 0x10041, "ioapic_set_affinity+0xd0");
	route(4, (b & ~0xffULL) | 0x31 | MASKED, b | MASKED);
	reg_write(0x18, 0x41, "unmask_ioapic_irq+0x30");
	route(4, b | MASKED, b);
	assert_int_equal(told, 0);
	assert_one(TOPIC_ROUTE, 4,
		   "pin 4: vector 0x31 to 0x41, dest 1 to 2, by ioapic_set_affinity");
	assert_int_equal(lines[0].first.time, clock_ns - 13 * 1000);
}

/* CPU n has the ID n + 1, that of CPU 2 is not online, and of 9 nobody knows. */
static struct cpu list[] = {
	{ .apic = 1, .number = 0 },
	{ .apic = 2, .number = 1 },
	{ .apic = 3, .number = CPU_NONE },
};

static const struct cpus cpus = { .count = 3, .list = list };

static void assert_goes(__u64 old, __u64 now, const char *text)
{
	setup(NULL);
	fold.cpus = &cpus;
	route(4, old, now);
	assert_one(TOPIC_ROUTE, 4, text);
}

static void to_cpus(void **state)
{
	const __u64 one = 1ULL << 56, logical = 0x800;

	(void)state;
	assert_goes(0x31 | one, 0x41 | 2 * one, "pin 4: vector 0x31 to 0x41, CPU 0 to 1");
	assert_goes(0x31 | one, 0x31 | 2 * one, "pin 4: CPU 0 to 1");
	assert_goes(0x31 | one, 0x32 | one, "pin 4: vector 0x31 to 0x32");
	assert_goes(0x31 | one, 0x31 | 3 * one | logical, "pin 4: CPU 0 to 0-1");
	assert_goes(0x31 | 2 * one, 0x31 | 2 * one | logical, "pin 4: CPU 1 as before");
	assert_goes(0x31 | one, 0x31 | 255 * one, "pin 4: CPU 0 to 0-1");
	assert_goes(0x31 | one, 0x31 | 3 * one, "pin 4: dest 1 to 3");
	assert_goes(0x31 | one, 0x31 | 9 * one | MASKED, "pin 4: masked, dest 1 to 9");
	assert_goes(one, 1ULL << 48 | 7ULL << 49, "pin 4: dest 1 to handle 7");
	setup(NULL);
	fold.cpus = &cpus;
	event(TOPIC_DELIVER, 5, 0x41 | 2 * one, 1);
	assert_one(TOPIC_DELIVER, 5, "pin 5: edge interrupt, vector 0x41 to CPU 1");
}

static void only_masked(void **state)
{
	(void)state;
	reg_write(0x18, 0x10031, "mask_ioapic_irq+0x5c");
	route(4, 0x31, 0x31 | MASKED);
	assert_one(TOPIC_ROUTE, 4, "pin 4: masked, by mask_ioapic_irq");
	setup(NULL);
	reg_write(0x18, 0x41, "f+0x5c [m]");
	route(4, 0x31 | MASKED, 0x41);
	assert_one(TOPIC_ROUTE, 4, "pin 4: unmasked, vector 0x31 to 0x41, by f [m]");
}

static void changed_back(void **state)
{
	(void)state;
	reg_write(0x18, 0x10031, "mask_ioapic_irq+0x5c");
	route(4, 0x31, 0x31 | MASKED);
	reg_write(0x18, 0x31, "unmask_ioapic_irq+0x5c");
	route(4, 0x31 | MASKED, 0x31);
	assert_one(TOPIC_ROUTE, 4, "pin 4: masked and unmasked again, by mask_ioapic_irq");
	/* What Linux does where there is no EOI register */
	setup(NULL);
	reg_write(0x18, 0x10031, "eoi_ioapic_pin+0x5c");
	route(4, LEVEL | 0x31, MASKED | 0x31);
	reg_write(0x18, 0x8031, "eoi_ioapic_pin+0x6c");
	route(4, MASKED | 0x31, LEVEL | 0x31);
	assert_one(TOPIC_ROUTE, 4, "pin 4: service ended by edge mode, by eoi_ioapic_pin");
	setup(NULL);
	reg_write(0x18, 0x32, "f+0x1");
	route(4, 0x31, 0x32);
	reg_write(0x18, 0x31, "f+0x1");
	route(4, 0x32, 0x31);
	assert_one(TOPIC_ROUTE, 4, "pin 4: changed and changed back, by f");
}

/* What keeps two things apart: another pin, another CPU, another name, a second */
static void apart(void **state)
{
	(void)state;
	reg_write(0x18, 0x32, "f+0x1");
	route(4, 0x31, 0x32);
	reg_write(0x1a, 0x34, "f+0x1");
	route(5, 0x33, 0x34);
	cpu = 1;
	reg_write(0x1a, 0x35, "f+0x1");
	route(5, 0x34, 0x35);
	clock_ns += 1001 * MS;
	reg_write(0x1a, 0x36, "f+0x1");
	route(5, 0x35, 0x36);
	assert_told(0, TOPIC_ROUTE, 4, "pin 4: vector 0x31 to 0x32, by f");
	assert_told(1, TOPIC_ROUTE, 5, "pin 5: vector 0x33 to 0x34, by f");
	assert_told(2, TOPIC_ROUTE, 5, "pin 5: vector 0x34 to 0x35, by f");
	assert_told(3, TOPIC_ROUTE, 5, "pin 5: vector 0x35 to 0x36, by f");
	assert_int_equal(told, 4);
}

static void accesses(void **state)
{
	unsigned int i;

	(void)state;
	access_at(false, OFFSET_IOREGSEL, 4, 0x20, 0x20, "dump+0x1 [probe]");
	for (i = 0; i < 48; i++)
		reg_read(0x10 + i, 0, "dump+0x12 [probe]");
	reg_read(0x18, 0x31, "f+0x1");
	reg_read(0x18, 0x31, "f+0x1");
	reg_write(0x1a, 0x31, "f+0x1");
	reg_read(0x1a, 0x31, "f+0x1");
	reg_read(0x01, 0x00170020, "g+0x1");
	reg_write(0x00, 0x02000000, "h+0x1");
	access_at(true, OFFSET_IOREGSEL, 4, 0x20, 0x20, "i+0x1");
	access_at(true, 0x12, 2, 0x20, 0x20, "i+0x1");
	assert_told(0, TOPIC_ACCESS, -1, "48 registers read, by dump [probe]");
	assert_told(1, TOPIC_ACCESS, 4, "pin 4: read 2 times, by f");
	assert_told(2, TOPIC_ACCESS, 5,
		    "RTE 5 low written: vector 0x31 fixed physical edge high unmasked, unchanged, by f");
	assert_told(3, TOPIC_ACCESS, -1, "VERSION read: version 0x20, 24 pins, by g");
	assert_told(4, TOPIC_ACCESS, -1, "ID written: ID 2, by h");
	assert_told(5, TOPIC_ACCESS, 8, "RTE 8 low selected, by i");
	assert_told(6, TOPIC_ACCESS, -1, "write of 2 bytes at offset 0x12, by i");
	assert_int_equal(told, 7);
}

static void others(void **state)
{
	(void)state;
	access_at(true, OFFSET_EOI, 4, 0, 0x31, "native_eoi+0x1");
	event(TOPIC_EOI, 0x31, 0, 0);
	access_at(true, OFFSET_EOI, 4, 0, 0x32, "f+0x1");
	event(TOPIC_DELIVER, 5, LEVEL | 0x41 | 3ULL << 56, 1);
	event(TOPIC_DELIVER, 5, 0x41 | 3ULL << 56, 0);
	event(TOPIC_EOI, 0x33, 0, 0);
	route(7, 0x31, 0x32);
	event(TOPIC_FAULT, 0xffff, 0, 0);
	event(TOPIC_FAULT, 9, 0, 0);
	event(TOPIC_STATE, 1, 0, 0);
	event(TOPIC_LOST, 12, 0, 0);
	assert_told(0, TOPIC_EOI, -1, "EOI of vector 0x31, by native_eoi");
	assert_told(1, TOPIC_EOI, -1, "EOI of vector 0x32, without effect, by f");
	assert_told(2, TOPIC_DELIVER, 5, "pin 5: level interrupt, vector 0x41 to dest 3");
	assert_told(3, TOPIC_DELIVER, 5,
		    "pin 5: edge interrupt, vector 0x41 to dest 3, which nobody took");
	assert_told(4, TOPIC_EOI, -1, "EOI of vector 0x33");
	assert_told(5, TOPIC_ROUTE, 7, "pin 7: vector 0x31 to 0x32");
	assert_told(6, TOPIC_FAULT, -1, "fault stuck-irr");
	assert_told(7, TOPIC_FAULT, 9, "fault stuck-irr pin 9");
	assert_told(8, TOPIC_STATE, -1, "state taken");
	assert_told(9, TOPIC_LOST, -1, "12 events lost here");
	assert_int_equal(told, 10);
}

/* The most that there can be to say fits, and is cut off if it does not. */
static void long_lines(void **state)
{
	char caller[400];

	(void)state;
	memset(caller, 'x', sizeof(caller) - 1);
	caller[sizeof(caller) - 1] = '\0';
	reg_write(0x18, ~0U, caller);
	route(4, 0, ~0ULL);
	reg_write(0x19, ~0U, caller);
	route(4, ~0ULL, 1ULL << 48);
	fold_end(&fold);
	assert_int_equal(told, 1);
	assert_in_range(strlen(lines[0].text), 1, FOLD_LEN - 1);
}

static void topics(void **state)
{
	static const char *const names[] = {
		"access", "route", "refuse", "eoi", "deliver", "fault", "state",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_string_equal(topic_name(i), names[i]);
	assert_null(topic_name(i));
	assert_true(topic_is(TOPIC_GUEST_ACCESS, "access"));
	assert_false(topic_is(TOPIC_EOI, "access"));
	assert_false(topic_is(TOPIC_LOST, "lost"));
	for (i = 0; i < TOPICS; i++)
		assert_int_equal(kind_of(i)->topic, i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(moved, setup),
		cmocka_unit_test(to_cpus),
		cmocka_unit_test_setup(only_masked, setup),
		cmocka_unit_test_setup(changed_back, setup),
		cmocka_unit_test_setup(apart, setup),
		cmocka_unit_test_setup(accesses, setup),
		cmocka_unit_test_setup(others, setup),
		cmocka_unit_test_setup(long_lines, setup),
		cmocka_unit_test_setup(topics, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
