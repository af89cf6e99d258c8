// SPDX-License-Identifier: GPL-2.0
/* The vioapic command: registers in words, addresses to names, words to values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <linux/vioapic.h>

#include "decode.h"
#include "fault.h"
#include "kallsyms.h"
#include "parse.h"

static void assert_name(unsigned int index, const char *expected)
{
	char buf[DECODE_LEN];

	assert_string_equal(register_name(index, buf), expected);
}

static void register_names(void **state)
{
	(void)state;
	assert_name(0x00, "ID");
	assert_name(0x01, "VERSION");
	assert_name(0x02, "ARB");
	assert_name(0x03, "BOOT");
	assert_name(0x04, "register 0x04");
	assert_name(0x0f, "register 0x0f");
	assert_name(0x10, "RTE 0 low");
	assert_name(0x11, "RTE 0 high");
	assert_name(0x18, "RTE 4 low");
	assert_name(0x3f, "RTE 23 high");
	assert_name(0x10 + 2 * 239, "RTE 239 low");
}

static void assert_register(unsigned int index, __u32 value, const char *expected)
{
	char buf[DECODE_LEN];

	assert_string_equal(register_text(index, value, buf), expected);
}

static void register_values(void **state)
{
	(void)state;
	assert_register(0x00, 0x02000000, "ID 2");
	assert_register(0x01, 0x00170011, "version 0x11, 24 pins");
	assert_register(0x01, 0x00ef0020, "version 0x20, 240 pins");
	assert_register(0x02, 0x0f000000, "arbitration ID 15");
	assert_register(0x03, 0x00000001, "front side bus delivery");
	assert_register(0x07, 0x12345678, "");
	assert_register(0x18, 0x00000924, "vector 0x24 lowest logical edge high unmasked");
	assert_register(0x18, 0x0001f0ff,
			"vector 0xff fixed physical level low masked remote-irr pending");
	assert_register(0x19, 0x03000000, "dest 3");
	assert_register(0x19, 0x01020000, "dest 257");
	assert_register(0x19, 0x00030000, "handle bits 0-14: 1");
	/* All ones: every bit at once must fit */
	assert_register(0x18, 0xffffffff,
			"vector 0xff extint logical level low masked remote-irr pending");
}

static void delivery_modes(void **state)
{
	static const char *const names[] = {
		"fixed", "lowest", "smi", "reserved3", "nmi", "init", "reserved6", "extint",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		assert_int_equal(rte_decode((__u64)i << 8).delivery, i);
		assert_string_equal(delivery_name(i), names[i]);
	}
}

/* Each bit of an entry alone goes to its field, and to no other. */
static void rte_fields(void **state)
{
	(void)state;
	assert_int_equal(rte_decode(0xa5).vector, 0xa5);
	assert_true(rte_decode(1ULL << 11).logical);
	assert_true(rte_decode(1ULL << 12).pending);
	assert_true(rte_decode(1ULL << 13).active_low);
	assert_true(rte_decode(1ULL << 14).remote_irr);
	assert_true(rte_decode(1ULL << 15).level);
	assert_true(rte_decode(1ULL << 16).masked);
	assert_true(rte_decode(1ULL << 48).remapped);
	assert_int_equal(rte_decode(0xffULL << 56).dest, 0xff);
	assert_int_equal(rte_decode(0x7fULL << 49).dest, 0x7f00);
	assert_int_equal(rte_decode(0x2aULL << 56 | 1ULL << 49).dest, 0x12a);
}

static void rte_remapped(void **state)
{
	/* Handle 0x8123: bits 0-14 in 49-63, bit 15 in bit 11 */
	const __u64 raw = 0x0123ULL << 49 | 1ULL << 48 | 1ULL << 11 | 0x31;
	struct rte rte = rte_decode(raw);
	char buf[DECODE_LEN];

	(void)state;
	assert_true(rte.remapped);
	assert_int_equal(rte.handle, 0x8123);
	assert_int_equal(rte.dest, 0);
	assert_string_equal(rte_text(raw, buf),
			    "vector 0x31 fixed edge high unmasked handle 33059");
}

static void assert_diff(__u64 old, __u64 new, const char *expected)
{
	char buf[DECODE_LEN];

	assert_string_equal(rte_diff_text(old, new, buf), expected);
}

static void rte_differences(void **state)
{
	const __u64 dest1 = 1ULL << 56, dest2 = 2ULL << 56, masked = 1ULL << 16;

	(void)state;
	assert_diff(0, 0, "unchanged");
	assert_diff(dest1 | masked, dest2, "masked -> unmasked, dest 1 -> 2");
	assert_diff(0, masked, "unmasked -> masked");
	assert_diff(0x23, 0x25, "vector 0x23 -> 0x25");
	assert_diff(0, 0x100, "fixed -> lowest");
	assert_diff(1 << 15, 0, "level -> edge");
	assert_diff(0, 1 << 13, "high -> low");
	assert_diff(0, 1 << 11, "physical -> logical");
	assert_diff(0, 1 << 14, "no remote-irr -> remote-irr");
	assert_diff(1 << 12, 0, "pending -> idle");
	assert_diff(0, 1ULL << 20, "reserved bits 0x0 -> 0x100000");
	assert_diff(dest1, 1ULL << 48 | 7ULL << 49, "dest 1 -> handle 7");
	assert_diff(1ULL << 48 | 6ULL << 49, 1ULL << 48 | 7ULL << 49, "handle 6 -> 7");
	assert_diff(1ULL << 48, 1ULL << 48 | 1ULL << 11, "handle 0 -> 32768");
}

/* Whatever changes, something is said, and it fits. */
static void rte_differences_fit(void **state)
{
	char buf[DECODE_LEN];
	unsigned int bit;

	(void)state;
	for (bit = 0; bit < 64; bit++) {
		assert_string_not_equal(rte_diff_text(0, 1ULL << bit, buf), "unchanged");
		assert_string_not_equal(rte_diff_text(~0ULL, ~(1ULL << bit), buf), "unchanged");
	}
	assert_in_range(strlen(rte_diff_text(0, ~0ULL, buf)), 1, DECODE_LEN - 2);
	assert_in_range(strlen(rte_diff_text(0, ~0ULL & ~(1ULL << 48), buf)), 1, DECODE_LEN - 2);
}

static long member(struct json_object *object, const char *name)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, name, &value));
	return json_object_get_int64(value);
}

static void rte_as_json(void **state)
{
	struct json_object *object = rte_json(4, 28, 0x020000000001a924ULL), *value;

	(void)state;
	assert_int_equal(member(object, "pin"), 4);
	assert_int_equal(member(object, "gsi"), 28);
	assert_int_equal(member(object, "vector"), 0x24);
	assert_int_equal(member(object, "delivery_mode"), 1);
	assert_int_equal(member(object, "logical"), 1);
	assert_int_equal(member(object, "dest"), 2);
	assert_int_equal(member(object, "level"), 1);
	assert_int_equal(member(object, "active_low"), 1);
	assert_int_equal(member(object, "masked"), 1);
	assert_int_equal(member(object, "remote_irr"), 0);
	assert_int_equal(member(object, "delivery_status"), 0);
	assert_true(json_object_object_get_ex(object, "handle", &value));
	assert_null(value);
	assert_true(json_object_object_get_ex(object, "rte", &value));
	assert_string_equal(json_object_get_string(value), "0x020000000001a924");
	json_object_put(object);

	object = rte_json(0, 0, 9ULL << 49 | 1ULL << 48);
	assert_int_equal(member(object, "handle"), 9);
	assert_true(json_object_object_get_ex(object, "dest", &value));
	assert_null(value);
	json_object_put(object);
}

static struct kallsyms parse(const char *text)
{
	FILE *file = fmemopen((char *)text, strlen(text), "r");
	struct kallsyms kallsyms;

	assert_non_null(file);
	assert_int_equal(kallsyms_read(&kallsyms, file), 0);
	fclose(file);
	return kallsyms;
}

static void assert_symbol(const struct kallsyms *kallsyms, __u64 address, const char *expected)
{
	char buf[128];

	assert_string_equal(kallsyms_text(kallsyms, address, buf, sizeof(buf)), expected);
}

static void symbols(void **state)
{
	static const char text[] =
		"ffffffff81000300 t later\n"
		"0000000000000000 A fixed_percpu_data\n"
		"ffffffff81000110 t alias_of_read\n"
		"ffffffff81000110 T native_io_apic_read\n"
		"ffffffff81000100 t __pfx_native_io_apic_read\n"
		"ffffffff81000200 D some_data\n"
		"ffffffff81000000 T _text\n"
		"ffffffffc0001000 t probe\t[demo]\n"
		"not a symbol\n"
		"\n";
	struct kallsyms kallsyms = parse(text);

	(void)state;
	assert_int_equal(kallsyms.count, 4);
	assert_symbol(&kallsyms, 0xffffffff81000110, "native_io_apic_read+0x0");
	assert_symbol(&kallsyms, 0xffffffff8100013a, "native_io_apic_read+0x2a");
	/* Data in between and padding do not catch anything */
	assert_symbol(&kallsyms, 0xffffffff81000210, "native_io_apic_read+0x100");
	assert_symbol(&kallsyms, 0xffffffff81000105, "_text+0x105");
	assert_symbol(&kallsyms, 0xffffffff81000300, "later+0x0");
	assert_symbol(&kallsyms, 0xffffffffc0001010, "probe+0x10 [demo]");
	/* Before all, and far behind a function */
	assert_symbol(&kallsyms, 0x1000, "0x1000");
	assert_symbol(&kallsyms, 0xffffffff80ffffff, "0xffffffff80ffffff");
	assert_symbol(&kallsyms, 0xffffffff81020000, "0xffffffff81020000");
	assert_symbol(&kallsyms, 0xffffffffffffffff, "0xffffffffffffffff");
	kallsyms_free(&kallsyms);
}

/* What kptr_restrict leaves */
static void symbols_hidden(void **state)
{
	static const char text[] = "0000000000000000 T _text\n0000000000000000 t other\n";
	struct kallsyms kallsyms = parse(text);

	(void)state;
	assert_int_equal(kallsyms.count, 0);
	assert_symbol(&kallsyms, 0xffffffff81000110, "0xffffffff81000110");
	kallsyms_free(&kallsyms);
}

static void numbers(void **state)
{
	static const char *const bad[] = {
		"", " ", "-1", "+1", " 1", "1 ", "1x", "0x", "0xg", "x1", "a", "1,2", "--1",
		"256", "0x100", "18446744073709551616", "99999999999999999999999",
	};
	__u64 value = 77;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_number(bad[i], 0, 255, &value));
	assert_false(parse_number("0", 1, 255, &value));
	assert_int_equal(value, 77);
	assert_true(parse_number("0", 0, 255, &value));
	assert_int_equal(value, 0);
	assert_true(parse_number("255", 0, 255, &value));
	assert_int_equal(value, 255);
	assert_true(parse_number("0xfF", 0, 255, &value));
	assert_int_equal(value, 255);
	assert_true(parse_number("0X10", 0, 255, &value));
	assert_int_equal(value, 16);
	/* Not octal */
	assert_true(parse_number("010", 0, 255, &value));
	assert_int_equal(value, 10);
	assert_true(parse_number("18446744073709551615", 0, ~0ULL, &value));
	assert_true(value == ~0ULL);
}

static void modes_to_allow(void **state)
{
	static const char *const bad[] = {
		"", ",", "smi,", ",smi", "smi,,nmi", "SMI", "smi nmi", "sm", "smix", "extint",
	};
	__u32 allow = 77;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_allow(bad[i], &allow));
	assert_int_equal(allow, 77);
	assert_true(parse_allow("smi", &allow));
	assert_int_equal(allow, VIOAPIC_ALLOW_SMI);
	assert_true(parse_allow("nmi", &allow));
	assert_int_equal(allow, VIOAPIC_ALLOW_NMI);
	assert_true(parse_allow("init,smi,init", &allow));
	assert_int_equal(allow, VIOAPIC_ALLOW_INIT | VIOAPIC_ALLOW_SMI);
}

static void assert_fault(const char *word, struct vioapic_sim_fault expected)
{
	struct vioapic_sim_fault fault = {
		.name = "sim0", .attr = { .pin = 7, .usecs = 7, .seed = 7 },
	};
	char why[FAULT_LEN];

	assert_true(fault_parse(word, &fault, why));
	strcpy(expected.name, "sim0");
	assert_memory_equal(&fault, &expected, sizeof(fault));
}

#define ATTR(TIMES, USECS) { .probability = 100, .interval = 1, .times = (TIMES), .pin = -1, \
			     .usecs = (USECS) }

static void faults_set(void **state)
{
	(void)state;
	assert_fault("stuck-irr", (struct vioapic_sim_fault){
		.kind = VIOAPIC_FAULT_STUCK_IRR, .action = VIOAPIC_FAULT_SET,
		.attr = ATTR(-1, 0) });
	assert_fault("ones=always", (struct vioapic_sim_fault){
		.kind = VIOAPIC_FAULT_ONES, .action = VIOAPIC_FAULT_SET, .attr = ATTR(-1, 0) });
	assert_fault("spurious=once", (struct vioapic_sim_fault){
		.kind = VIOAPIC_FAULT_SPURIOUS, .action = VIOAPIC_FAULT_SET,
		.attr = ATTR(1, 0) });
	assert_fault("drop-eoi=probability=10,interval=3,times=-1,seed=0xffffffffffffffff,pin=9",
		     (struct vioapic_sim_fault){
			.kind = VIOAPIC_FAULT_DROP_EOI, .action = VIOAPIC_FAULT_SET,
			.attr = { .probability = 10, .interval = 3, .times = -1, .pin = 9,
				  .seed = ~0ULL } });
	/* Kinds that take time have a default. */
	assert_fault("delay", (struct vioapic_sim_fault){
		.kind = VIOAPIC_FAULT_DELAY, .action = VIOAPIC_FAULT_SET,
		.attr = ATTR(-1, VIOAPIC_FAULT_USECS) });
	assert_fault("duplicate=usecs=0,times=2", (struct vioapic_sim_fault){
		.kind = VIOAPIC_FAULT_DUPLICATE, .action = VIOAPIC_FAULT_SET,
		.attr = ATTR(2, 0) });
	assert_fault("lost-index=off", (struct vioapic_sim_fault){
		.kind = VIOAPIC_FAULT_LOST_INDEX });
	assert_fault("off", (struct vioapic_sim_fault){ .kind = VIOAPIC_FAULT_ALL });
}

static void faults_refused(void **state)
{
	static const char *const bad[] = {
		"", "=", "stuck", "stuck-irr=", "stuck-irr=twice", "stuck-irr=times",
		"stuck-irr=times=", "stuck-irr=times=-2", "stuck-irr=times=1x", "stuck-irr=1",
		"stuck-irr=times=2147483648", "stuck-irr=,once", "stuck-irr=once,",
		"stuck-irr=times=1=2", "stuck-irr=seed=-1", "stuck-irr=seed=18446744073709551616",
		"stuck-irr=probability=4294967296", "stuck-irr=Pin=1", "off=once", "stuck-irr,ones",
		/* Numbers that the module refuses */
		"ones=probability=101", "ones=interval=0", "ones=interval=2147483648",
		"ones=times=0", "ones=usecs=3", "delay=usecs=0", "delay=usecs=10000001",
		"duplicate=usecs=10000001",
	};
	struct vioapic_sim_fault fault;
	char why[FAULT_LEN], word[4096];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(why, "");
		assert_false(fault_parse(bad[i], &fault, why));
		assert_true(*why);
	}
	/* Of any length */
	for (i = 1; i < sizeof(word); i++) {
		memset(word, '%', i);
		word[i] = '\0';
		assert_false(fault_parse(word, &fault, why));
		memcpy(word, "ones=", i < 5 ? i : 5);
		assert_int_equal(fault_parse(word, &fault, why), i == 4);
	}
}

/* What is shown can be given back. */
static void faults_shown(void **state)
{
	struct vioapic_sim_fault fault, again;
	char text[FAULT_LEN], why[FAULT_LEN];
	unsigned int kind;

	(void)state;
	for (kind = 0; kind < VIOAPIC_FAULT_KINDS; kind++) {
		assert_non_null(fault_name(kind));
		memset(&fault, 0, sizeof(fault));
		memset(&again, 0, sizeof(again));
		assert_true(fault_parse(fault_name(kind), &fault, why));
		assert_int_equal(fault.kind, kind);
		assert_true(fault_parse(fault_text(&fault, text), &again, why));
		assert_memory_equal(&fault, &again, sizeof(fault));
	}
	assert_null(fault_name(kind));
	memset(&fault.attr, 0xff, sizeof(fault.attr));
	fault.kind = VIOAPIC_FAULT_DUPLICATE;
	assert_in_range(strlen(fault_text(&fault, text)), 1, FAULT_LEN / 2 - 1);
	fault.attr = (struct vioapic_fault_attr) {
		.probability = 100, .interval = INT32_MAX, .times = INT32_MAX, .pin = INT32_MAX,
		.seed = ~0ULL, .usecs = VIOAPIC_FAULT_USECS_MAX,
	};
	assert_true(fault_parse(fault_text(&fault, text), &again, why));
	assert_memory_equal(&fault.attr, &again.attr, sizeof(fault.attr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(register_names),
		cmocka_unit_test(register_values),
		cmocka_unit_test(delivery_modes),
		cmocka_unit_test(rte_fields),
		cmocka_unit_test(rte_remapped),
		cmocka_unit_test(rte_differences),
		cmocka_unit_test(rte_differences_fit),
		cmocka_unit_test(rte_as_json),
		cmocka_unit_test(symbols),
		cmocka_unit_test(symbols_hidden),
		cmocka_unit_test(numbers),
		cmocka_unit_test(modes_to_allow),
		cmocka_unit_test(faults_set),
		cmocka_unit_test(faults_refused),
		cmocka_unit_test(faults_shown),
	};

	return cmocka_run_group_tests_name("tool", tests, NULL, NULL);
}
