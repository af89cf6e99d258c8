// SPDX-License-Identifier: GPL-2.0
/* virt/model/model.c in the owner role: EOI */
#include "model_fixture.h"

#define PIN	5
#define LEVEL	(VIOAPIC_RTE_LEVEL | 0x31)
#define MASKED	VIOAPIC_RTE_MASKED
#define IRR	VIOAPIC_RTE_REMOTE_IRR
#define DELIVS	VIOAPIC_RTE_DELIVS
#define LIMIT	3

static void begin(struct fixture *f)
{
	start(f, "generic240", VIOAPIC_OWNER);
	f->m.storm_limit = LIMIT;
	rte_write(f, PIN, LEVEL);
	line(f, PIN, true);
	assert_taken(f, PIN);
}

/* EOI */

static void an_eoi_of_another_vector_clears_nothing(void **state)
{
	struct fixture f;
	unsigned int v;

	begin(&f);
	for (v = 0; v < 256; v++) {
		if (v == 0x31)
			continue;
		eoi(&f, v);
		assert_int_equal(f.fx.what, 0);
		wr(&f, VIOAPIC_EOI, 4, v);
		assert_int_equal(f.fx.what, VIOAPIC_FX_EOI);
	}
	assert_int_equal(rte_read(&f, PIN), LEVEL | IRR);
	(void)state;
}

static void an_eoi_ends_a_service_once(void **state)
{
	struct fixture f;

	begin(&f);
	eoi(&f, 0x31);
	assert_consistent(&f);
	assert_not_taken(&f, PIN);
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, 0);
	assert_int_equal(rte_read(&f, PIN), LEVEL | DELIVS);
	(void)state;
}

static void an_eoi_serves_every_pin_that_has_the_vector(void **state)
{
	struct fixture f;
	unsigned int pin;

	start(&f, "generic240", VIOAPIC_OWNER);
	for (pin = 0; pin < 240; pin++) {
		rte_write(&f, pin, LEVEL);
		line(&f, pin, true);
		assert_taken(&f, pin);
	}
	/* Every third at rest, every fifth masked, every seventh of another vector */
	for (pin = 0; pin < 240; pin++) {
		if (pin % 3 == 0)
			line(&f, pin, false);
		if (pin % 5 == 0)
			rte_write(&f, pin, LEVEL | MASKED);
		if (pin % 7 == 0)
			rte_write(&f, pin, LEVEL + 1);
	}
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, VIOAPIC_FX_DELIVER);
	for (pin = 0; pin < 240; pin++) {
		assert_int_equal(sent(&f, pin), pin % 3 && pin % 5 && pin % 7);
		assert_int_equal(!!(f.m.rte[pin] & IRR), pin % 7 == 0);
	}
	assert_consistent(&f);
	(void)state;
}

static void the_eoi_register_does_what_a_broadcast_does(void **state)
{
	struct fixture f;

	begin(&f);
	wr(&f, VIOAPIC_EOI, 4, 0xffffff31);
	assert_int_equal(f.fx.what, VIOAPIC_FX_EOI | VIOAPIC_FX_DELIVER);
	assert_int_equal(f.fx.val, 0x31);
	assert_taken(&f, PIN);
	line(&f, PIN, false);
	/* Its low byte counts, and counts alone */
	wr(&f, VIOAPIC_EOI + 1, 1, 0x31);
	assert_int_equal(f.fx.what, 0);
	assert_true(f.m.rte[PIN] & IRR);
	wr(&f, VIOAPIC_EOI, 1, 0x31);
	assert_int_equal(f.fx.what, VIOAPIC_FX_EOI);
	assert_int_equal(rte_read(&f, PIN), LEVEL);
	(void)state;
}

static void a_chip_without_eoi_register_ignores_it(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_OWNER);
	rte_write(&f, PIN, LEVEL);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	wr(&f, VIOAPIC_EOI, 4, 0x31);
	assert_int_equal(f.fx.what, 0);
	assert_int_equal(rte_read(&f, PIN), LEVEL | IRR);
	(void)state;
}

static void a_vector_changed_in_service_recovers_by_its_new_eoi_or_edge_mode(void **state)
{
	struct fixture f;

	begin(&f);
	rte_write(&f, PIN, VIOAPIC_RTE_LEVEL | 0x32);
	assert_nothing_sent(&f);
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, 0);
	assert_true(f.m.rte[PIN] & IRR);
	eoi(&f, 0x32);
	assert_taken(&f, PIN);
	rte_write(&f, PIN, VIOAPIC_RTE_LEVEL | 0x33);
	rte_write(&f, PIN, 0x33 | MASKED);
	rte_write(&f, PIN, VIOAPIC_RTE_LEVEL | 0x33);
	assert_taken(&f, PIN);
	(void)state;
}

static void retargeting_in_service_keeps_the_eoi(void **state)
{
	struct fixture f;

	begin(&f);
	reg_write(&f, HIGH_HALF(PIN), 0x02000000);
	assert_nothing_sent(&f);
	assert_true(f.m.rte[PIN] & IRR);
	eoi(&f, 0x31);
	assert_taken(&f, PIN);
	(void)state;
}

/* Pins of each word of the map of pins in service, in each combination, each in each state */
static void an_eoi_finds_all_pins_in_service_whatever_becomes_of_them(void **state)
{
	static const unsigned int pins[] = { 3, 60, 70, 140, 230 };
	enum { ABSENT, SENDS, FELL, STORM, OTHER_VECTOR, STATES };
	unsigned int combination, what, i, stormy;
	struct fixture f;

	for (combination = 0; combination < 5 * 5 * 5 * 5 * 5; combination++) {
		start(&f, "generic240", VIOAPIC_OWNER);
		for (i = 0, what = combination; i < 5; i++, what /= STATES) {
			if (what % STATES == ABSENT)
				continue;
			rte_write(&f, pins[i], LEVEL + (what % STATES == OTHER_VECTOR));
			line(&f, pins[i], true);
			assert_taken(&f, pins[i]);
			line(&f, pins[i], what % STATES != FELL);
			f.m.redeliver[pins[i]] = what % STATES == STORM ? LIMIT - 1 : 0;
		}
		f.m.storm_limit = LIMIT;
		eoi(&f, 0x31);
		assert_consistent(&f);
		stormy = 0;
		for (i = 0, what = combination; i < 5; i++, what /= STATES) {
			unsigned int now = what % STATES;

			stormy = now == STORM ? pins[i] : stormy;
			assert_int_equal(sent(&f, pins[i]), now == SENDS);
			assert_int_equal(f.m.redeliver[pins[i]],
					 now == SENDS ? 1 : now == STORM ? VIOAPIC_HELD : 0);
			assert_int_equal(f.m.rte[pins[i]] & (IRR | DELIVS),
					 now == STORM ? DELIVS : now == OTHER_VECTOR ? IRR : 0);
		}
		assert_int_equal(!!(f.fx.what & VIOAPIC_FX_STORM), !!stormy);
		if (stormy)
			assert_int_equal(f.fx.pin, stormy);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_eoi_of_another_vector_clears_nothing),
		cmocka_unit_test(an_eoi_ends_a_service_once),
		cmocka_unit_test(an_eoi_serves_every_pin_that_has_the_vector),
		cmocka_unit_test(the_eoi_register_does_what_a_broadcast_does),
		cmocka_unit_test(a_chip_without_eoi_register_ignores_it),
		cmocka_unit_test(a_vector_changed_in_service_recovers_by_its_new_eoi_or_edge_mode),
		cmocka_unit_test(retargeting_in_service_keeps_the_eoi),
		cmocka_unit_test(an_eoi_finds_all_pins_in_service_whatever_becomes_of_them),
	};

	return cmocka_run_group_tests_name("model: EOI", tests, NULL, NULL);
}
