// SPDX-License-Identifier: GPL-2.0
/* virt/model/model.c in the owner role: EOI, and a line that its handler never quiets */
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

/* Storms: CONFORMANCE 13; CVE-2020-27152 is the recursion that cannot happen here */

/* EOIs that end in immediate redelivery */
static void redeliver(struct fixture *f, unsigned int times)
{
	while (times--) {
		eoi(f, 0x31);
		assert_taken(f, PIN);
	}
}

static void assert_storm(struct fixture *f)
{
	assert_true(f->fx.what & VIOAPIC_FX_STORM);
	assert_nothing_sent(f);
	assert_int_equal(f->fx.pin, PIN);
	/* What is held back is a message pending, not a service */
	assert_int_equal(f->m.rte[PIN] & (IRR | DELIVS), DELIVS);
}

static void begin_held(struct fixture *f)
{
	begin(f);
	redeliver(f, LIMIT - 1);
	eoi(f, 0x31);
	assert_storm(f);
}

static void a_line_that_is_never_quieted_is_held_back_at_the_limit(void **state)
{
	struct fixture f;

	begin_held(&f);
	assert_int_equal(f.fx.what, VIOAPIC_FX_STORM);
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, 0);
	line(&f, PIN, true);
	assert_int_equal(f.fx.what, 0);
	(void)state;
}

static void the_limit_is_10000_unless_set(void **state)
{
	struct fixture f;

	begin(&f);
	f.m.storm_limit = VIOAPIC_STORM_LIMIT;
	redeliver(&f, 9999);
	eoi(&f, 0x31);
	assert_storm(&f);
	(void)state;
}

static void a_limit_of_zero_is_none(void **state)
{
	struct fixture f;

	begin(&f);
	f.m.storm_limit = 0;
	redeliver(&f, 20000);
	/* Nor does the count wrap */
	f.m.redeliver[PIN] = VIOAPIC_HELD - 2;
	redeliver(&f, 3);
	assert_int_equal(f.m.redeliver[PIN], VIOAPIC_HELD - 1);
	(void)state;
}

static void the_limit_can_change_at_any_time(void **state)
{
	struct fixture f;

	begin(&f);
	redeliver(&f, LIMIT - 1);
	f.m.storm_limit = LIMIT + 1;
	redeliver(&f, 1);
	f.m.storm_limit = 1;
	eoi(&f, 0x31);
	assert_storm(&f);
	/* Without a limit, whatever has the line looked at again sends */
	f.m.storm_limit = 0;
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	storm_over(&f);
	assert_nothing_sent(&f);
	(void)state;
}

static void the_end_of_a_storm_sends_and_counts_anew(void **state)
{
	struct fixture f;

	begin_held(&f);
	storm_over(&f);
	assert_taken(&f, PIN);
	assert_int_equal(rte_read(&f, PIN), LEVEL | IRR);
	redeliver(&f, LIMIT - 1);
	eoi(&f, 0x31);
	assert_storm(&f);
	(void)state;
}

static void reset_ends_a_storm(void **state)
{
	struct fixture f;

	begin_held(&f);
	reset(&f);
	assert_int_equal(f.fx.what, 0);
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	redeliver(&f, LIMIT - 1);
	(void)state;
}

static void a_change_of_polarity_that_deasserts_ends_a_storm(void **state)
{
	struct fixture f;

	begin_held(&f);
	rte_write(&f, PIN, LEVEL | VIOAPIC_RTE_ACTIVE_LOW);
	assert_int_equal(rte_read(&f, PIN), LEVEL | VIOAPIC_RTE_ACTIVE_LOW);
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	(void)state;
}

static void a_message_that_nobody_accepted_has_no_eoi_to_count(void **state)
{
	struct fixture f;

	start(&f, "generic240", VIOAPIC_OWNER);
	f.m.storm_limit = 1;
	rte_write(&f, PIN, LEVEL);
	line(&f, PIN, true);
	assert_not_taken(&f, PIN);
	rte_write(&f, PIN, 0x31 | MASKED);
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	(void)state;
}

static void a_storm_is_over_once(void **state)
{
	struct fixture f;

	begin_held(&f);
	storm_over(&f);
	assert_taken(&f, PIN);
	storm_over(&f);
	assert_int_equal(f.fx.what, 0);
	(void)state;
}

static void a_line_that_falls_starts_the_count_anew(void **state)
{
	struct fixture f;

	begin(&f);
	redeliver(&f, LIMIT - 1);
	line(&f, PIN, false);
	line(&f, PIN, true);
	redeliver(&f, LIMIT - 1);
	line(&f, PIN, false);
	eoi(&f, 0x31);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	redeliver(&f, LIMIT - 1);
	(void)state;
}

static void an_eoi_while_masked_starts_the_count_anew(void **state)
{
	struct fixture f;

	begin(&f);
	redeliver(&f, LIMIT - 1);
	rte_write(&f, PIN, LEVEL | MASKED);
	eoi(&f, 0x31);
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	redeliver(&f, LIMIT - 1);
	(void)state;
}

static void a_line_that_falls_in_a_storm_is_forgotten(void **state)
{
	struct fixture f;

	begin_held(&f);
	line(&f, PIN, false);
	assert_int_equal(rte_read(&f, PIN), LEVEL);
	storm_over(&f);
	assert_int_equal(f.fx.what, 0);

	/* A new assertion is not the storm */
	begin_held(&f);
	line(&f, PIN, false);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	storm_over(&f);
	assert_int_equal(f.fx.what, 0);
	(void)state;
}

static void mask_and_new_route_do_not_get_round_the_hold(void **state)
{
	struct fixture f;

	begin_held(&f);
	rte_write(&f, PIN, LEVEL | MASKED);
	assert_int_equal(rte_read(&f, PIN), LEVEL | MASKED);
	rte_write(&f, PIN, LEVEL);
	assert_nothing_sent(&f);
	assert_int_equal(rte_read(&f, PIN), LEVEL | DELIVS);
	reg_write(&f, HIGH_HALF(PIN), 0x02000000);
	assert_nothing_sent(&f);
	rte_write(&f, PIN, 0x31 | MASKED);
	rte_write(&f, PIN, LEVEL);
	assert_nothing_sent(&f);
	storm_over(&f);
	assert_taken(&f, PIN);
	(void)state;
}

static void a_storm_that_ends_while_masked_is_sent_at_unmask(void **state)
{
	struct fixture f;

	begin_held(&f);
	rte_write(&f, PIN, LEVEL | MASKED);
	storm_over(&f);
	assert_int_equal(f.fx.what, 0);
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	(void)state;
}

/* Linux has no other EOI on version 0x11 */
static void an_eoi_by_edge_mode_counts_too(void **state)
{
	struct fixture f;
	unsigned int i;

	begin(&f);
	for (i = 1; i < LIMIT; i++) {
		rte_write(&f, PIN, 0x31 | MASKED);
		rte_write(&f, PIN, LEVEL);
		assert_taken(&f, PIN);
	}
	rte_write(&f, PIN, 0x31 | MASKED);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE);
	rte_write(&f, PIN, LEVEL);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE | VIOAPIC_FX_STORM);
	assert_storm(&f);
	(void)state;
}

static void edges_are_never_held_back(void **state)
{
	struct fixture f;
	unsigned int i;

	begin_held(&f);
	rte_write(&f, PIN, 0x31);
	for (i = 0; i < 10 * LIMIT; i++) {
		line(&f, PIN, false);
		line(&f, PIN, true);
		assert_taken(&f, PIN);
		eoi(&f, 0x31);
		assert_int_equal(f.fx.what, 0);
	}
	(void)state;
}

static void pins_that_share_a_vector_are_held_back_each_by_its_own_count(void **state)
{
	struct fixture f;
	unsigned int pin, n;

	start(&f, "generic240", VIOAPIC_OWNER);
	f.m.storm_limit = LIMIT;
	for (pin = 0; pin < 240; pin++) {
		rte_write(&f, pin, LEVEL);
		line(&f, pin, true);
		assert_taken(&f, pin);
	}
	for (n = 1; n <= LIMIT; n++) {
		/* Odd pins get quiet once */
		for (pin = 1; pin < 240; pin += 2)
			if (n == 2) {
				line(&f, pin, false);
				line(&f, pin, true);
			}
		eoi(&f, 0x31);
		for (pin = 0; pin < 240; pin++) {
			assert_int_equal(sent(&f, pin), n < LIMIT || pin % 2);
			vioapic_model_delivered(&f.m, pin, true);
		}
	}
	assert_int_equal(f.fx.what, VIOAPIC_FX_DELIVER | VIOAPIC_FX_STORM);
	assert_int_equal(f.fx.pin, 238);
	storm_over(&f);
	assert_int_equal(f.fx.what, VIOAPIC_FX_DELIVER);
	for (pin = 0; pin < 240; pin++)
		assert_int_equal(sent(&f, pin), pin % 2 == 0);
	(void)state;
}

/* The EOI that ends its service begins a storm on a pin that shares the vector */
static void two_storms_are_told_each_and_over_together(void **state)
{
	const unsigned int other = 130;
	struct fixture f;

	begin_held(&f);
	rte_write(&f, other, LEVEL + 1);
	line(&f, other, true);
	assert_taken(&f, other);
	while (f.m.redeliver[other] < LIMIT - 1) {
		eoi(&f, 0x32);
		assert_taken(&f, other);
	}
	eoi(&f, 0x32);
	assert_int_equal(f.fx.what, VIOAPIC_FX_STORM);
	assert_int_equal(f.fx.pin, other);
	/* What one does, the other does not feel */
	line(&f, other, false);
	line(&f, other, true);
	assert_taken(&f, other);
	assert_int_equal(f.m.redeliver[PIN], VIOAPIC_HELD);
	f.m.redeliver[other] = LIMIT - 1;
	eoi(&f, 0x32);
	assert_int_equal(f.fx.what, VIOAPIC_FX_STORM);
	storm_over(&f);
	assert_int_equal(sent_count(&f), 2);
	assert_true(sent(&f, PIN) && sent(&f, other));
	assert_int_equal(f.m.redeliver[PIN], 0);
	assert_int_equal(f.m.redeliver[other], 0);
	(void)state;
}

static void a_masked_pin_counts_anew_though_another_begins_a_storm(void **state)
{
	static const unsigned int masked[] = { 4, 6, 63, 64, 130, 239 };
	struct fixture f;
	unsigned int i, n;

	for (i = 0; i < sizeof(masked) / sizeof(*masked); i++) {
		begin(&f);
		rte_write(&f, masked[i], LEVEL);
		line(&f, masked[i], true);
		assert_taken(&f, masked[i]);
		for (n = 1; n < LIMIT; n++) {
			eoi(&f, 0x31);
			assert_int_equal(sent_count(&f), 2);
			vioapic_model_delivered(&f.m, PIN, true);
			vioapic_model_delivered(&f.m, masked[i], true);
		}
		rte_write(&f, masked[i], LEVEL | MASKED);
		eoi(&f, 0x31);
		assert_storm(&f);
		line(&f, PIN, false);

		rte_write(&f, masked[i], LEVEL);
		assert_taken(&f, masked[i]);
		for (n = 1; n < LIMIT; n++) {
			eoi(&f, 0x31);
			assert_taken(&f, masked[i]);
		}
	}
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
		cmocka_unit_test(a_line_that_is_never_quieted_is_held_back_at_the_limit),
		cmocka_unit_test(the_limit_is_10000_unless_set),
		cmocka_unit_test(a_limit_of_zero_is_none),
		cmocka_unit_test(the_limit_can_change_at_any_time),
		cmocka_unit_test(the_end_of_a_storm_sends_and_counts_anew),
		cmocka_unit_test(reset_ends_a_storm),
		cmocka_unit_test(a_change_of_polarity_that_deasserts_ends_a_storm),
		cmocka_unit_test(a_message_that_nobody_accepted_has_no_eoi_to_count),
		cmocka_unit_test(a_storm_is_over_once),
		cmocka_unit_test(a_line_that_falls_starts_the_count_anew),
		cmocka_unit_test(an_eoi_while_masked_starts_the_count_anew),
		cmocka_unit_test(a_line_that_falls_in_a_storm_is_forgotten),
		cmocka_unit_test(mask_and_new_route_do_not_get_round_the_hold),
		cmocka_unit_test(a_storm_that_ends_while_masked_is_sent_at_unmask),
		cmocka_unit_test(an_eoi_by_edge_mode_counts_too),
		cmocka_unit_test(edges_are_never_held_back),
		cmocka_unit_test(pins_that_share_a_vector_are_held_back_each_by_its_own_count),
		cmocka_unit_test(two_storms_are_told_each_and_over_together),
		cmocka_unit_test(a_masked_pin_counts_anew_though_another_begins_a_storm),
		cmocka_unit_test(an_eoi_finds_all_pins_in_service_whatever_becomes_of_them),
	};

	return cmocka_run_group_tests_name("model: EOI and storms", tests, NULL, NULL);
}
