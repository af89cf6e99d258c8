// SPDX-License-Identifier: GPL-2.0
/* virt/model/model.c in the owner role: what becomes of messages, and what asks for none */
#include "model_owner_fixture.h"

/* Acceptance */

static void remote_irr_is_set_on_acceptance_only(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	line(&f, PIN, true);
	assert_int_equal(f.m.rte[PIN], LEVEL);
	assert_not_taken(&f, PIN);
	assert_int_equal(rte_read(&f, PIN), LEVEL | DELIVS);
	(void)state;
}

static void a_level_that_nobody_accepts_is_tried_again_when_the_route_changes(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	line(&f, PIN, true);
	assert_not_taken(&f, PIN);
	/* Not by a write that changes nothing */
	rte_write(&f, PIN, LEVEL);
	assert_int_equal(f.fx.what, 0);
	reg_write(&f, HIGH_HALF(PIN), 0x55000000);
	assert_not_taken(&f, PIN);
	reg_write(&f, HIGH_HALF(PIN), 0x01000000);
	assert_taken(&f, PIN);
	assert_int_equal(rte_read(&f, PIN), 0x0100000000000000ULL | LEVEL | IRR);
	(void)state;
}

static void a_level_that_nobody_accepts_is_tried_again_at_unmask(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	line(&f, PIN, true);
	assert_not_taken(&f, PIN);
	rte_write(&f, PIN, LEVEL | MASKED);
	assert_nothing_sent(&f);
	assert_int_equal(rte_read(&f, PIN), LEVEL | MASKED);
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	(void)state;
}

static void a_level_that_nobody_accepts_is_tried_again_when_driven_again(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	line(&f, PIN, true);
	assert_not_taken(&f, PIN);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	(void)state;
}

static void a_level_that_nobody_accepts_is_forgotten_when_it_falls(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	line(&f, PIN, true);
	assert_not_taken(&f, PIN);
	line(&f, PIN, false);
	assert_int_equal(rte_read(&f, PIN), LEVEL);
	reg_write(&f, HIGH_HALF(PIN), 0x01000000);
	assert_nothing_sent(&f);
	(void)state;
}

static void an_outcome_that_nobody_waits_for_is_ignored(void **state)
{
	static const unsigned int pins[] = { 0, PIN, 23, 239, 240, 255, 256, 256 + PIN, ~0U };
	struct vioapic_model before;
	struct fixture f;
	unsigned int i;

	begin(&f, LEVEL);
	before = f.m;
	for (i = 0; i < sizeof(pins) / sizeof(*pins); i++) {
		vioapic_model_delivered(&f.m, pins[i], true);
		vioapic_model_delivered(&f.m, pins[i], false);
	}
	assert_memory_equal(&f.m, &before, sizeof(before));
	line(&f, PIN, true);
	vioapic_model_delivered(&f.m, 256 + PIN, true);
	assert_false(f.m.rte[PIN] & IRR);
	assert_taken(&f, PIN);
	/* Told twice */
	before = f.m;
	vioapic_model_delivered(&f.m, PIN, false);
	assert_memory_equal(&f.m, &before, sizeof(before));
	(void)state;
}

static void a_late_outcome_of_a_pin_that_is_edge_now_sets_nothing(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	line(&f, PIN, true);
	rte_write(&f, PIN, EDGE);
	vioapic_model_delivered(&f.m, PIN, true);
	assert_int_equal(rte_read(&f, PIN), EDGE);
	(void)state;
}

/* Delivery modes */

static void a_late_outcome_of_a_pin_that_is_held_back_ends_the_hold(void **state)
{
	struct fixture f;

	begin_held_back(&f);
	vioapic_model_delivered(&f.m, PIN, true);
	assert_int_equal(rte_read(&f, PIN), (LEVEL + 1) | IRR);
	assert_int_equal(f.m.redeliver[PIN], 0);
	/* Its end is one more EOI too many, and somebody has to start the timer */
	eoi(&f, 0x32);
	assert_int_equal(f.fx.what, VIOAPIC_FX_STORM);
	(void)state;
}

static void modes_without_level_trigger_are_edges_whatever_bit_15_says(void **state)
{
	static const unsigned int modes[] = {
		VIOAPIC_SMI, VIOAPIC_NMI, VIOAPIC_INIT, VIOAPIC_EXTINT,
	};
	struct fixture f;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		u64 rte = VIOAPIC_RTE_LEVEL | MODE(modes[i]);

		begin(&f, rte | MASKED);
		line(&f, PIN, true);
		rte_write(&f, PIN, rte);
		assert_nothing_sent(&f);
		line(&f, PIN, false);
		line(&f, PIN, true);
		assert_taken(&f, PIN);
		assert_int_equal(rte_read(&f, PIN), rte);
		line(&f, PIN, true);
		assert_nothing_sent(&f);
		rte_write(&f, PIN, MODE(modes[i]));
		line(&f, PIN, false);
		line(&f, PIN, true);
		assert_taken(&f, PIN);
	}
	(void)state;
}

static void programming_extint_sends_nothing(void **state)
{
	struct fixture f;

	begin(&f, EDGE | MASKED);
	line(&f, PIN, true);
	rte_write(&f, PIN, MODE(VIOAPIC_EXTINT));
	assert_nothing_sent(&f);
	(void)state;
}

static void lowest_priority_is_level_triggered_like_fixed(void **state)
{
	struct fixture f;

	begin(&f, LEVEL | MODE(VIOAPIC_LOWEST));
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	assert_int_equal(rte_read(&f, PIN), LEVEL | MODE(VIOAPIC_LOWEST) | IRR);
	eoi(&f, 0x31);
	assert_taken(&f, PIN);
	(void)state;
}

static void reserved_delivery_modes_are_never_sent(void **state)
{
	struct fixture f;
	unsigned int mode;

	for (mode = 3; mode <= 6; mode += 3) {
		begin(&f, EDGE | MODE(mode));
		line(&f, PIN, true);
		assert_nothing_sent(&f);
		rte_write(&f, PIN, LEVEL | MODE(mode));
		assert_nothing_sent(&f);
		line(&f, PIN, false);
		line(&f, PIN, true);
		assert_nothing_sent(&f);
		eoi(&f, 0x31);
		assert_nothing_sent(&f);
		/* A valid mode finds the line asserted */
		rte_write(&f, PIN, LEVEL);
		assert_taken(&f, PIN);
	}
	(void)state;
}

/* Hostile arguments */

static void lines_that_do_not_exist_are_ignored(void **state)
{
	static const unsigned int pins[] = { 24, 63, 64, 239, 240, 256, 256 + PIN, 65536, ~0U };
	struct vioapic_model before;
	struct fixture f;
	unsigned int i;

	start(&f, "82093aa", VIOAPIC_OWNER);
	rte_write(&f, PIN, EDGE);
	before = f.m;
	for (i = 0; i < sizeof(pins) / sizeof(*pins); i++) {
		line(&f, pins[i], true);
		assert_int_equal(f.fx.what, 0);
		line(&f, pins[i], false);
		assert_int_equal(f.fx.what, 0);
	}
	assert_memory_equal(&f.m, &before, sizeof(before));
	(void)state;
}

static void the_deliver_map_is_whole_whatever_was_in_it(void **state)
{
	struct fixture f;
	unsigned int pin;

	start(&f, "generic240", VIOAPIC_OWNER);
	for (pin = 0; pin < 240; pin++) {
		rte_write(&f, pin, EDGE);
		line(&f, pin, true);
		assert_taken(&f, pin);
	}
	(void)state;
}

static void reset_forgets_service_and_keeps_the_lines(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	rte_write(&f, OTHER, LEVEL);
	line(&f, OTHER, true);
	assert_sent_only(&f, OTHER);
	reset(&f);
	assert_int_equal(f.fx.what, 0);
	assert_consistent(&f);
	assert_int_equal(rte_read(&f, PIN), VIOAPIC_RTE_RESET);
	/* An outcome from before */
	rte_write(&f, OTHER, LEVEL | MASKED);
	vioapic_model_delivered(&f.m, OTHER, true);
	assert_int_equal(rte_read(&f, OTHER), LEVEL | MASKED);
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, 0);
	rte_write(&f, OTHER, LEVEL);
	assert_taken(&f, OTHER);
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remote_irr_is_set_on_acceptance_only),
		cmocka_unit_test(a_level_that_nobody_accepts_is_tried_again_when_the_route_changes),
		cmocka_unit_test(a_level_that_nobody_accepts_is_tried_again_at_unmask),
		cmocka_unit_test(a_level_that_nobody_accepts_is_tried_again_when_driven_again),
		cmocka_unit_test(a_level_that_nobody_accepts_is_forgotten_when_it_falls),
		cmocka_unit_test(an_outcome_that_nobody_waits_for_is_ignored),
		cmocka_unit_test(a_late_outcome_of_a_pin_that_is_edge_now_sets_nothing),
		cmocka_unit_test(a_late_outcome_of_a_pin_that_is_held_back_ends_the_hold),
		cmocka_unit_test(modes_without_level_trigger_are_edges_whatever_bit_15_says),
		cmocka_unit_test(programming_extint_sends_nothing),
		cmocka_unit_test(lowest_priority_is_level_triggered_like_fixed),
		cmocka_unit_test(reserved_delivery_modes_are_never_sent),
		cmocka_unit_test(lines_that_do_not_exist_are_ignored),
		cmocka_unit_test(the_deliver_map_is_whole_whatever_was_in_it),
		cmocka_unit_test(reset_forgets_service_and_keeps_the_lines),
	};

	return cmocka_run_group_tests_name("model: owner, messages", tests, NULL, NULL);
}
