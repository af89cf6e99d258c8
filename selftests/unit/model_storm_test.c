// SPDX-License-Identifier: GPL-2.0
/*
 * virt/model/model.c in the owner role: a line that its handler never quiets.
 * CONFORMANCE 13; CVE-2020-27152 is the recursion that cannot happen here
 */
#include "model_owner_fixture.h"

#define LIMIT	3

/* In service, with a limit */
static void begin_limited(struct fixture *f)
{
	begin_in_service(f);
	f->m.storm_limit = LIMIT;
}

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
	begin_limited(f);
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

	begin_limited(&f);
	f.m.storm_limit = VIOAPIC_STORM_LIMIT;
	redeliver(&f, 9999);
	eoi(&f, 0x31);
	assert_storm(&f);
	(void)state;
}

static void a_limit_of_zero_is_none(void **state)
{
	struct fixture f;

	begin_limited(&f);
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

	begin_limited(&f);
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

	begin_limited(&f);
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

/* As who serves by a thread: masked, ended, and unmasked with the line as it was */
static void serve_masked(struct fixture *f)
{
	rte_write(f, PIN, LEVEL | MASKED);
	eoi(f, 0x31);
	assert_nothing_sent(f);
	rte_write(f, PIN, LEVEL);
}

static void an_eoi_while_masked_is_no_rest(void **state)
{
	struct fixture f;
	unsigned int i;

	begin_limited(&f);
	for (i = 0; i < LIMIT - 1; i++) {
		serve_masked(&f);
		assert_taken(&f, PIN);
	}
	serve_masked(&f);
	assert_storm(&f);
	storm_over(&f);
	assert_taken(&f, PIN);
	/* A line that has fallen meanwhile is one */
	for (i = 0; i < LIMIT - 1; i++) {
		serve_masked(&f);
		assert_taken(&f, PIN);
	}
	rte_write(&f, PIN, LEVEL | MASKED);
	line(&f, PIN, false);
	eoi(&f, 0x31);
	line(&f, PIN, true);
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	assert_int_equal(f.m.redeliver[PIN], 0);
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

	begin_limited(&f);
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

static void a_masked_pin_counts_on_though_another_begins_a_storm(void **state)
{
	static const unsigned int masked[] = { 4, 6, 63, 64, 130, 239 };
	struct fixture f;
	unsigned int i, n;

	for (i = 0; i < sizeof(masked) / sizeof(*masked); i++) {
		begin_limited(&f);
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
		assert_nothing_sent(&f);
		assert_true(f.fx.what & VIOAPIC_FX_STORM);
		assert_int_equal(f.fx.pin, masked[i]);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		cmocka_unit_test(an_eoi_while_masked_is_no_rest),
		cmocka_unit_test(a_line_that_falls_in_a_storm_is_forgotten),
		cmocka_unit_test(mask_and_new_route_do_not_get_round_the_hold),
		cmocka_unit_test(a_storm_that_ends_while_masked_is_sent_at_unmask),
		cmocka_unit_test(an_eoi_by_edge_mode_counts_too),
		cmocka_unit_test(edges_are_never_held_back),
		cmocka_unit_test(pins_that_share_a_vector_are_held_back_each_by_its_own_count),
		cmocka_unit_test(two_storms_are_told_each_and_over_together),
		cmocka_unit_test(a_masked_pin_counts_on_though_another_begins_a_storm),
	};

	return cmocka_run_group_tests_name("model: storms", tests, NULL, NULL);
}
