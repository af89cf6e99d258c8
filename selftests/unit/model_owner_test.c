// SPDX-License-Identifier: GPL-2.0
/* virt/model/model.c in the owner role: lines, and what makes a pin send */
#include "model_owner_fixture.h"

/* Edge */

static void an_edge_is_sent_once(void **state)
{
	struct fixture f;
	unsigned int i;

	begin(&f, EDGE);
	for (i = 0; i < 3; i++) {
		line(&f, PIN, true);
		assert_taken(&f, PIN);
		assert_int_equal(rte_read(&f, PIN), EDGE);
		line(&f, PIN, true);
		assert_nothing_sent(&f);
		line(&f, PIN, false);
		assert_nothing_sent(&f);
		line(&f, PIN, false);
		assert_nothing_sent(&f);
	}
	(void)state;
}

static void edge_while_masked_is_lost(void **state)
{
	struct fixture f;

	begin(&f, EDGE | MASKED);
	line(&f, PIN, true);
	assert_int_equal(f.fx.what, 0);
	rte_write(&f, PIN, EDGE);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE);
	line(&f, PIN, false);
	assert_nothing_sent(&f);
	line(&f, PIN, true);
	assert_sent_only(&f, PIN);
	(void)state;
}

static void an_edge_that_nobody_accepts_is_lost(void **state)
{
	struct fixture f;

	begin(&f, EDGE);
	line(&f, PIN, true);
	assert_not_taken(&f, PIN);
	assert_int_equal(rte_read(&f, PIN), EDGE);
	rte_write(&f, PIN, EDGE | 0x100000000000000ULL);
	assert_nothing_sent(&f);
	(void)state;
}

static void an_edge_sets_no_remote_irr_and_needs_no_eoi(void **state)
{
	struct fixture f;

	begin(&f, EDGE);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, 0);
	line(&f, PIN, false);
	line(&f, PIN, true);
	assert_sent_only(&f, PIN);
	(void)state;
}

static void edges_go_on_while_a_level_service_would_hold_them(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	rte_write(&f, PIN, EDGE);
	assert_nothing_sent(&f);
	line(&f, PIN, false);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	(void)state;
}

/* Polarity */

static void active_low_pins_are_inverted(void **state)
{
	struct fixture f;

	begin(&f, EDGE | LOW);
	line(&f, PIN, false);
	assert_sent_only(&f, PIN);
	line(&f, PIN, true);
	assert_nothing_sent(&f);
	line(&f, PIN, false);
	assert_sent_only(&f, PIN);

	begin(&f, LEVEL | LOW);
	line(&f, PIN, true);
	assert_nothing_sent(&f);
	line(&f, PIN, false);
	assert_taken(&f, PIN);
	line(&f, PIN, true);
	eoi(&f, 0x31);
	assert_nothing_sent(&f);
	(void)state;
}

static void an_active_low_pin_that_nobody_drove_is_at_rest(void **state)
{
	struct fixture f;

	begin(&f, LEVEL | LOW);
	eoi(&f, 0x31);
	assert_nothing_sent(&f);
	line(&f, PIN, true);
	assert_nothing_sent(&f);

	/* Driven to rest before software says that it is active low */
	start(&f, "82093aa", VIOAPIC_OWNER);
	line(&f, PIN, true);
	assert_nothing_sent(&f);
	rte_write(&f, PIN, LEVEL | LOW);
	assert_nothing_sent(&f);
	line(&f, PIN, false);
	assert_sent_only(&f, PIN);
	(void)state;
}

static void a_change_of_polarity_is_no_edge(void **state)
{
	struct fixture f;

	begin(&f, EDGE);
	line(&f, PIN, false);
	rte_write(&f, PIN, EDGE | LOW);
	assert_nothing_sent(&f);
	rte_write(&f, PIN, EDGE);
	assert_nothing_sent(&f);
	line(&f, PIN, true);
	assert_sent_only(&f, PIN);
	(void)state;
}

static void a_change_of_polarity_can_assert_a_level_pin(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	line(&f, PIN, false);
	rte_write(&f, PIN, LEVEL | LOW);
	assert_taken(&f, PIN);
	/* And take it back */
	rte_write(&f, PIN, LEVEL);
	eoi(&f, 0x31);
	assert_nothing_sent(&f);
	(void)state;
}

/* Level */

static void a_level_is_sent_again_at_eoi_while_it_stays_asserted(void **state)
{
	struct fixture f;
	unsigned int i;

	begin_in_service(&f);
	for (i = 0; i < 5; i++) {
		line(&f, PIN, true);
		assert_nothing_sent(&f);
		eoi(&f, 0x31);
		assert_taken(&f, PIN);
		assert_int_equal(rte_read(&f, PIN), LEVEL | IRR);
	}
	line(&f, PIN, false);
	assert_nothing_sent(&f);
	assert_int_equal(rte_read(&f, PIN), LEVEL | IRR);
	eoi(&f, 0x31);
	assert_nothing_sent(&f);
	assert_int_equal(rte_read(&f, PIN), LEVEL);
	(void)state;
}

static void a_line_that_falls_and_rises_in_service_is_sent_at_eoi(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	line(&f, PIN, false);
	line(&f, PIN, true);
	assert_nothing_sent(&f);
	eoi(&f, 0x31);
	assert_taken(&f, PIN);
	(void)state;
}

static void level_asserted_while_masked_is_sent_at_unmask(void **state)
{
	struct fixture f;

	begin(&f, LEVEL | MASKED);
	line(&f, PIN, true);
	assert_nothing_sent(&f);
	rte_write(&f, PIN, LEVEL);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE | VIOAPIC_FX_DELIVER);
	assert_taken(&f, PIN);
	(void)state;
}

static void level_that_fell_again_while_masked_is_not_sent(void **state)
{
	struct fixture f;

	begin(&f, LEVEL | MASKED);
	line(&f, PIN, true);
	line(&f, PIN, false);
	rte_write(&f, PIN, LEVEL);
	assert_nothing_sent(&f);
	(void)state;
}

static void the_route_comes_with_the_message_of_an_unmask(void **state)
{
	struct fixture f;

	begin(&f, LEVEL | MASKED);
	line(&f, PIN, true);
	/* Vector and mask in one write: what is sent is what was just written */
	rte_write(&f, PIN, VIOAPIC_RTE_LEVEL | 0x77);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE | VIOAPIC_FX_DELIVER);
	assert_int_equal(f.fx.pin, PIN);
	assert_int_equal(f.fx.old, LEVEL | MASKED);
	assert_int_equal(f.fx.new, VIOAPIC_RTE_LEVEL | 0x77);
	assert_int_equal(f.m.rte[PIN] & VIOAPIC_RTE_VECTOR, 0x77);
	(void)state;
}

static void switching_edge_to_level_with_the_line_asserted_sends(void **state)
{
	struct fixture f;

	begin(&f, EDGE);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	assert_int_equal(rte_read(&f, PIN), LEVEL | IRR);
	(void)state;
}

static void switching_level_to_edge_sends_nothing(void **state)
{
	struct fixture f;

	begin(&f, LEVEL | MASKED);
	line(&f, PIN, true);
	rte_write(&f, PIN, EDGE);
	assert_nothing_sent(&f);
	(void)state;
}

static void writing_edge_mode_clears_remote_irr(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	rte_write(&f, PIN, EDGE | MASKED);
	assert_nothing_sent(&f);
	assert_int_equal(f.fx.old, LEVEL);
	assert_int_equal(rte_read(&f, PIN), EDGE | MASKED);
	/* The EOI of Linux on version 0x11: level mode back, line still asserted */
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	(void)state;
}

static void mask_and_unmask_do_not_clear_remote_irr(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	rte_write(&f, PIN, LEVEL | MASKED);
	assert_int_equal(rte_read(&f, PIN), LEVEL | MASKED | IRR);
	rte_write(&f, PIN, LEVEL);
	assert_nothing_sent(&f);
	assert_int_equal(rte_read(&f, PIN), LEVEL | IRR);
	eoi(&f, 0x31);
	assert_taken(&f, PIN);
	(void)state;
}

static void an_eoi_while_masked_clears_remote_irr_and_unmask_sends(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	rte_write(&f, PIN, LEVEL | MASKED);
	eoi(&f, 0x31);
	assert_nothing_sent(&f);
	assert_int_equal(rte_read(&f, PIN), LEVEL | MASKED);
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_edge_is_sent_once),
		cmocka_unit_test(edge_while_masked_is_lost),
		cmocka_unit_test(an_edge_that_nobody_accepts_is_lost),
		cmocka_unit_test(an_edge_sets_no_remote_irr_and_needs_no_eoi),
		cmocka_unit_test(edges_go_on_while_a_level_service_would_hold_them),
		cmocka_unit_test(active_low_pins_are_inverted),
		cmocka_unit_test(an_active_low_pin_that_nobody_drove_is_at_rest),
		cmocka_unit_test(a_change_of_polarity_is_no_edge),
		cmocka_unit_test(a_change_of_polarity_can_assert_a_level_pin),
		cmocka_unit_test(a_level_is_sent_again_at_eoi_while_it_stays_asserted),
		cmocka_unit_test(a_line_that_falls_and_rises_in_service_is_sent_at_eoi),
		cmocka_unit_test(level_asserted_while_masked_is_sent_at_unmask),
		cmocka_unit_test(level_that_fell_again_while_masked_is_not_sent),
		cmocka_unit_test(the_route_comes_with_the_message_of_an_unmask),
		cmocka_unit_test(switching_edge_to_level_with_the_line_asserted_sends),
		cmocka_unit_test(switching_level_to_edge_sends_nothing),
		cmocka_unit_test(writing_edge_mode_clears_remote_irr),
		cmocka_unit_test(mask_and_unmask_do_not_clear_remote_irr),
		cmocka_unit_test(an_eoi_while_masked_clears_remote_irr_and_unmask_sends),
	};

	return cmocka_run_group_tests_name("model: owner, lines", tests, NULL, NULL);
}
