// SPDX-License-Identifier: GPL-2.0
/* virt/model/state.c: save and restore */
#include "state_fixture.h"

static void a_saved_state_has_every_register(void **state)
{
	const struct vioapic_chip *chip;
	struct fixture f, to;
	unsigned int pin;

	for_each_chip(chip) {
		start(&f, chip->name, VIOAPIC_OWNER);
		reg_write(&f, VIOAPIC_REG_ID, 0x0affffff);
		for (pin = 0; pin < f.m.pins; pin++)
			rte_write(&f, pin, (u64)(pin + 1) << 48 | MASKED | (255 - pin));
		wr(&f, VIOAPIC_IOREGSEL, 4, 0x17);
		save(&f, &saved);
		assert_string_equal(saved.chip, chip->name);
		assert_int_equal(saved.magic, VIOAPIC_STATE_MAGIC);
		assert_int_equal(saved.version, 1);
		assert_int_equal(saved.size, sizeof(saved));
		assert_int_equal(saved.role, VIOAPIC_ROLE_OWNER);
		assert_int_equal(saved.pins, chip->pins);
		assert_int_equal(saved.ioregsel, 0x17);
		assert_int_equal(saved.reg[0], 0x0a000000 | chip->id_scratch);
		assert_int_equal(saved.reg[1], (chip->pins - 1) << 16 | chip->version);
		assert_int_equal(saved.reg[2], chip->has_arb ? 0x0a000000 : 0);
		move(&f, &to);
		assert_int_equal(to.fx.what, 0);
		assert_memory_equal(&f.m, &to.m, sizeof(f.m));
		assert_int_equal(rd(&to, VIOAPIC_IOREGSEL, 4), 0x17);
		for (pin = 0; pin < f.m.pins; pin++)
			assert_int_equal(rte_read(&to, pin), rte_read(&f, pin));
	}
	(void)state;
}

static void what_the_model_does_not_know_is_saved_as_zero(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	memset(&saved, POISON, sizeof(saved));
	vioapic_model_save(&f.m, &saved);
	assert_int_equal(saved.address, 0);
	assert_int_equal(saved.gsi_base, 0);
	assert_int_equal(saved.pin[24].rte, 0);
	/* Good for the model, but not for who has to place it */
	assert_int_equal(restore(&f), 0);
	assert_int_equal(vioapic_state_check(&saved), -EINVAL);
	(void)state;
}

static void restoring_twice_changes_nothing(void **state)
{
	struct vioapic_model once;
	struct fixture f, to;

	begin_in_service(&f);
	rte_write(&f, 7, LEVEL);
	line(&f, 7, true);
	move(&f, &to);
	assert_sent_only(&to, 7);
	once = to.m;
	assert_int_equal(restore(&to), 0);
	assert_memory_equal(&to.m, &once, sizeof(once));
	assert_sent_only(&to, 7);
	(void)state;
}

static void a_restore_replaces_all_that_was_there(void **state)
{
	struct fixture f, to;
	unsigned int pin;

	begin_in_service(&f);
	save(&f, &saved);
	start(&to, "ich", VIOAPIC_OWNER);
	to.m.storm_limit = 1;
	for (pin = 0; pin < 24; pin++) {
		rte_write(&to, pin, LEVEL + pin);
		line(&to, pin, true);
		assert_taken(&to, pin);
		/* Half of them held back, half of them in service */
		if (pin % 2)
			eoi(&to, 0x31 + pin);
	}
	assert_int_equal(restore(&to), 0);
	assert_int_equal(to.fx.what, 0);
	to.m.storm_limit = f.m.storm_limit;
	assert_memory_equal(&f.m, &to.m, sizeof(f.m));
	assert_consistent(&to);
	(void)state;
}

static void a_service_goes_on_after_restore(void **state)
{
	struct fixture f, to;

	begin_in_service(&f);
	move(&f, &to);
	assert_int_equal(to.fx.what, 0);
	assert_int_equal(rte_read(&to, PIN), LEVEL | IRR);
	assert_consistent(&to);
	eoi(&to, 0x31);
	assert_taken(&to, PIN);
	line(&to, PIN, false);
	eoi(&to, 0x31);
	assert_nothing_sent(&to);
	(void)state;
}

static void a_line_high_with_remote_irr_clear_is_delivered_after_restore(void **state)
{
	struct fixture f, to;

	/* Nobody accepted it before */
	begin(&f, LEVEL);
	line(&f, PIN, true);
	assert_not_taken(&f, PIN);
	move(&f, &to);
	assert_int_equal(to.fx.what, VIOAPIC_FX_DELIVER);
	assert_taken(&to, PIN);
	assert_int_equal(rte_read(&to, PIN), LEVEL | IRR);

	/* Saved before the outcome was known */
	begin(&f, LEVEL | LOW);
	line(&f, PIN, false);
	move(&f, &to);
	assert_int_equal(saved.pin[PIN].rte, LEVEL | LOW | DELIVS);
	assert_not_taken(&to, PIN);
	assert_int_equal(rte_read(&to, PIN), LEVEL | LOW | DELIVS);
	line(&to, PIN, true);
	assert_int_equal(rte_read(&to, PIN), LEVEL | LOW);
	(void)state;
}

static void a_masked_level_is_delivered_at_the_unmask_after_restore(void **state)
{
	struct fixture f, to;

	begin(&f, LEVEL | MASKED);
	line(&f, PIN, true);
	move(&f, &to);
	assert_int_equal(to.fx.what, 0);
	rte_write(&to, PIN, LEVEL);
	assert_taken(&to, PIN);
	(void)state;
}

static void an_edge_lost_before_the_save_does_not_come_back(void **state)
{
	struct fixture f, to;

	begin(&f, EDGE | MASKED);
	line(&f, PIN, true);
	move(&f, &to);
	assert_int_equal(to.fx.what, 0);
	rte_write(&to, PIN, EDGE);
	assert_nothing_sent(&to);
	line(&to, PIN, true);
	assert_nothing_sent(&to);

	/* Sent, and nobody took it */
	begin(&f, EDGE);
	line(&f, PIN, true);
	assert_not_taken(&f, PIN);
	move(&f, &to);
	assert_int_equal(to.fx.what, 0);
	line(&to, PIN, false);
	line(&to, PIN, true);
	assert_sent_only(&to, PIN);
	(void)state;
}

static void remote_irr_that_is_stuck_in_edge_mode_is_carried(void **state)
{
	struct fixture f, to;

	begin_in_service(&f);
	rte_write(&f, PIN, EDGE);
	vioapic_model_stick(&f.m, PIN, &f.fx);
	move(&f, &to);
	assert_int_equal(to.fx.what, 0);
	assert_consistent(&to);
	assert_int_equal(rte_read(&to, PIN), EDGE | IRR);
	reg_write(&to, LOW_HALF(PIN), LEVEL);
	assert_nothing_sent(&to);
	eoi(&to, 0x31);
	assert_sent_only(&to, PIN);
	(void)state;
}

static void remote_irr_restored_in_edge_mode_goes_as_linux_has_it_go(void **state)
{
	struct fixture f;

	begin(&f, EDGE | MASKED);
	line(&f, PIN, true);
	save(&f, &saved);
	saved.pin[PIN].rte |= IRR;
	assert_int_equal(restore(&f), 0);
	/* No EOI is for it, and edge mode written is, even if it was there before */
	eoi(&f, 0x31);
	assert_int_equal(rte_read(&f, PIN), EDGE | MASKED | IRR);
	reg_write(&f, LOW_HALF(PIN), EDGE | MASKED);
	assert_int_equal(rte_read(&f, PIN), EDGE | MASKED);
	rte_write(&f, PIN, LEVEL);
	assert_sent_only(&f, PIN);
	(void)state;
}

static void a_latched_edge_is_sent_after_restore(void **state)
{
	struct fixture f, to;

	begin(&f, EDGE);
	line(&f, PIN, true);
	assert_sent_only(&f, PIN);
	move(&f, &to);
	assert_int_equal(saved.pin[PIN].flags,
			 VIOAPIC_PIN_HIGH | VIOAPIC_PIN_DRIVEN | VIOAPIC_PIN_LATCHED);
	assert_taken(&to, PIN);
	move(&to, &f);
	assert_int_equal(f.fx.what, 0);
	(void)state;
}

static void an_outcome_that_came_too_late_is_not_saved(void **state)
{
	struct fixture f, to;

	begin(&f, EDGE);
	line(&f, PIN, true);
	rte_write(&f, PIN, EDGE | MASKED);
	move(&f, &to);
	assert_int_equal(to.fx.what, 0);
	begin(&f, LEVEL);
	line(&f, PIN, true);
	rte_write(&f, PIN, LEVEL | MASKED);
	move(&f, &to);
	assert_int_equal(to.fx.what, 0);
	(void)state;
}

static void a_storm_goes_on_after_restore(void **state)
{
	struct fixture f, to;
	unsigned int i;

	begin_in_service(&f);
	f.m.storm_limit = 3;
	for (i = 0; i < 2; i++) {
		eoi(&f, 0x31);
		assert_taken(&f, PIN);
	}
	move(&f, &to);
	assert_int_equal(saved.pin[PIN].storm, 2);
	/* One more, and it is held back: here as there */
	eoi(&to, 0x31);
	assert_int_equal(to.fx.what, VIOAPIC_FX_STORM);
	move(&to, &f);
	assert_int_equal(saved.pin[PIN].storm, VIOAPIC_PIN_HELD);
	/* The timer is for who restores to start */
	assert_int_equal(f.fx.what, VIOAPIC_FX_STORM);
	assert_int_equal(f.fx.pin, PIN);
	assert_int_equal(rte_read(&f, PIN), LEVEL | DELIVS);
	storm_over(&f);
	assert_taken(&f, PIN);
	(void)state;
}

static void resuming_tells_anew_what_is_under_way(void **state)
{
	struct vioapic_model before;
	struct fixture f;

	begin_in_service(&f);
	memset(&f.fx, POISON, sizeof(f.fx));
	before = f.m;
	vioapic_model_resume(&f.m, &f.fx);
	assert_int_equal(f.fx.what, 0);
	assert_memory_equal(&f.m, &before, sizeof(before));
	eoi(&f, 0x31);
	assert_not_taken(&f, PIN);
	memset(&f.fx, POISON, sizeof(f.fx));
	vioapic_model_resume(&f.m, &f.fx);
	assert_int_equal(f.fx.what, VIOAPIC_FX_DELIVER);
	assert_taken(&f, PIN);
	assert_int_equal(rte_read(&f, PIN), LEVEL | IRR);
	(void)state;
}

static void the_storm_limit_is_no_state(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	save(&f, &saved);
	f.m.storm_limit = 77;
	assert_int_equal(restore(&f), 0);
	assert_int_equal(f.m.storm_limit, 77);
	(void)state;
}

static void a_restored_id_is_gone_at_the_next_reset(void **state)
{
	struct fixture f, to;

	start(&f, "82093aa", VIOAPIC_OWNER);
	reg_write(&f, VIOAPIC_REG_ID, 0x0a000000);
	save(&f, &saved);
	assert_int_equal(vioapic_model_init(&to.m, f.m.chip, VIOAPIC_OWNER, 0, 3), 0);
	assert_int_equal(restore(&to), 0);
	assert_int_equal(reg_read(&to, VIOAPIC_REG_ID), 0x0a000000);
	reset(&to);
	assert_int_equal(reg_read(&to, VIOAPIC_REG_ID), 0x03000000);
	assert_int_equal(reg_read(&to, VIOAPIC_REG_ARB), 0x03000000);
	(void)state;
}

static void polarity_and_lines_that_nobody_drove_are_kept(void **state)
{
	struct fixture f, to;

	begin(&f, LEVEL | LOW);
	move(&f, &to);
	assert_int_equal(to.fx.what, 0);
	eoi(&to, 0x31);
	assert_nothing_sent(&to);
	line(&to, PIN, false);
	assert_taken(&to, PIN);
	(void)state;
}

static void a_shadow_knows_after_restore_what_it_knew_before(void **state)
{
	struct fixture f, to;

	start(&f, "ich", VIOAPIC_SHADOW);
	vioapic_model_load(&f.m, VIOAPIC_REG_ID, 0xf2345678);
	vioapic_model_load(&f.m, LOW_HALF(1), LEVEL | IRR);
	vioapic_model_load(&f.m, LOW_HALF(2), LEVEL | MASKED);
	vioapic_model_load(&f.m, LOW_HALF(3), EDGE | 0xfffe0000);
	vioapic_model_load(&f.m, HIGH_HALF(3), ~0U);
	reg_write(&f, LOW_HALF(4), LEVEL);
	reg_write(&f, LOW_HALF(4), LEVEL | MASKED);
	reg_read(&f, LOW_HALF(2));
	save(&f, &saved);
	move(&f, &to);
	assert_int_equal(to.fx.what, 0);
	assert_memory_equal(&f.m, &to.m, sizeof(f.m));
	reg_read(&to, LOW_HALF(2));
	assert_int_equal(to.fx.what, 0);
	reg_read(&to, LOW_HALF(4));
	assert_int_equal(to.fx.what, VIOAPIC_FX_SAMPLE);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_saved_state_has_every_register),
		cmocka_unit_test(what_the_model_does_not_know_is_saved_as_zero),
		cmocka_unit_test(restoring_twice_changes_nothing),
		cmocka_unit_test(a_restore_replaces_all_that_was_there),
		cmocka_unit_test(a_service_goes_on_after_restore),
		cmocka_unit_test(a_line_high_with_remote_irr_clear_is_delivered_after_restore),
		cmocka_unit_test(a_masked_level_is_delivered_at_the_unmask_after_restore),
		cmocka_unit_test(an_edge_lost_before_the_save_does_not_come_back),
		cmocka_unit_test(remote_irr_that_is_stuck_in_edge_mode_is_carried),
		cmocka_unit_test(remote_irr_restored_in_edge_mode_goes_as_linux_has_it_go),
		cmocka_unit_test(a_latched_edge_is_sent_after_restore),
		cmocka_unit_test(an_outcome_that_came_too_late_is_not_saved),
		cmocka_unit_test(a_storm_goes_on_after_restore),
		cmocka_unit_test(resuming_tells_anew_what_is_under_way),
		cmocka_unit_test(the_storm_limit_is_no_state),
		cmocka_unit_test(a_restored_id_is_gone_at_the_next_reset),
		cmocka_unit_test(polarity_and_lines_that_nobody_drove_are_kept),
		cmocka_unit_test(a_shadow_knows_after_restore_what_it_knew_before),
	};

	return cmocka_run_group_tests_name("model: save and restore", tests, NULL, NULL);
}
