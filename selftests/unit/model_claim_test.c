// SPDX-License-Identifier: GPL-2.0
/* virt/model/model.c in the owner role: lines that are claimed, and messages on their way */
#include "model_owner_fixture.h"

static void claim(struct fixture *f, enum vioapic_claim how)
{
	memset(&f->fx, POISON, sizeof(f->fx));
	vioapic_model_claim(&f->m, PIN, how, &f->fx);
}

static bool has_ended(const struct fixture *f)
{
	unsigned int i;

	if (!(f->fx.what & VIOAPIC_FX_ENDED))
		return false;
	for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
		assert_int_equal(f->fx.ended[i], i == PIN / 64 ? 1ULL << PIN % 64 : 0);
	return true;
}

static bool sends(const struct fixture *f)
{
	return f->fx.what & VIOAPIC_FX_DELIVER && f->fx.deliver[PIN / 64] >> PIN % 64 & 1;
}

static void take(struct fixture *f, u64 rte)
{
	u64 said = POISON;

	assert_true(vioapic_model_take(&f->m, PIN, &said));
	assert_int_equal(said, rte);
}

static bool nothing_to_take(struct fixture *f)
{
	u64 said;

	return !vioapic_model_take(&f->m, PIN, &said);
}

static bool is_asserted(const struct fixture *f)
{
	return vioapic_line_is_asserted(f->m.line[PIN], f->m.rte[PIN]);
}

static void a_claim_asserts_whatever_the_polarity(void **state)
{
	static const u64 polarity[] = { 0, LOW };
	struct fixture f;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		begin(&f, LEVEL | polarity[i]);
		claim(&f, VIOAPIC_CLAIM_ON);
		assert_true(sends(&f));
		take(&f, LEVEL | polarity[i]);
		assert_int_equal(rte_read(&f, PIN), LEVEL | polarity[i] | IRR);
		/* And whatever becomes of it */
		rte_write(&f, PIN, LEVEL | (polarity[i] ^ LOW));
		assert_true(is_asserted(&f));
		claim(&f, VIOAPIC_CLAIM_OFF);
		assert_false(is_asserted(&f));
		eoi(&f, 0x31);
		assert_false(sends(&f));
	}
	(void)state;
}

static void a_line_is_asserted_while_anybody_asserts_it(void **state)
{
	struct fixture f;

	begin(&f, LEVEL | LOW);
	line(&f, PIN, false);
	assert_true(sends(&f));
	take(&f, LEVEL | LOW);
	claim(&f, VIOAPIC_CLAIM_ON);
	assert_int_equal(f.fx.what, 0);
	line(&f, PIN, true);
	assert_true(is_asserted(&f));
	claim(&f, VIOAPIC_CLAIM_SERVICE);
	claim(&f, VIOAPIC_CLAIM_OFF);
	assert_true(is_asserted(&f));
	eoi(&f, 0x31);
	assert_true(has_ended(&f));
	assert_false(is_asserted(&f));
	/* Electrically it is as it was left */
	line(&f, PIN, false);
	assert_true(sends(&f));
	(void)state;
}

static void a_pulse_is_a_message_and_leaves_nothing(void **state)
{
	struct fixture f;

	begin(&f, EDGE);
	claim(&f, VIOAPIC_CLAIM_PULSE);
	assert_true(sends(&f));
	assert_false(is_asserted(&f));
	take(&f, EDGE);
	claim(&f, VIOAPIC_CLAIM_ON);
	assert_true(sends(&f));
	take(&f, EDGE);
	/* What is asserted has no edge */
	claim(&f, VIOAPIC_CLAIM_PULSE);
	assert_false(sends(&f));
	assert_true(is_asserted(&f));

	begin(&f, LEVEL);
	claim(&f, VIOAPIC_CLAIM_PULSE);
	assert_true(sends(&f));
	take(&f, LEVEL);
	eoi(&f, 0x31);
	assert_false(sends(&f));
	begin(&f, LEVEL | MASKED);
	claim(&f, VIOAPIC_CLAIM_PULSE);
	assert_false(sends(&f));
	rte_write(&f, PIN, LEVEL);
	assert_false(sends(&f));
	(void)state;
}

static void a_service_that_ends_asks_again_before_it_sends_again(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	claim(&f, VIOAPIC_CLAIM_SERVICE);
	assert_true(sends(&f));
	assert_false(has_ended(&f));
	take(&f, LEVEL);
	eoi(&f, 0x31);
	assert_true(has_ended(&f));
	assert_false(sends(&f));
	/* Also if edge mode ends it */
	claim(&f, VIOAPIC_CLAIM_SERVICE);
	take(&f, LEVEL);
	rte_write(&f, PIN, EDGE | MASKED);
	assert_true(has_ended(&f));
	rte_write(&f, PIN, LEVEL);
	assert_false(sends(&f));
	/* Or nobody has it any more */
	claim(&f, VIOAPIC_CLAIM_SERVICE);
	take(&f, LEVEL);
	vioapic_model_end(&f.m, PIN, &f.fx);
	assert_true(has_ended(&f));
	assert_int_equal(rte_read(&f, PIN), LEVEL);
	vioapic_model_end(&f.m, PIN, &f.fx);
	assert_int_equal(f.fx.what, 0);
	(void)state;
}

static void what_is_claimed_while_masked_is_asked_again_at_the_unmask(void **state)
{
	static const u64 modes[] = { LEVEL, EDGE };
	struct fixture f;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		begin(&f, modes[i] | MASKED);
		claim(&f, VIOAPIC_CLAIM_SERVICE);
		assert_int_equal(f.fx.what, 0);
		/* Still masked: nothing to ask for */
		rte_write(&f, PIN, (modes[i] + 1) | MASKED);
		assert_false(has_ended(&f));
		rte_write(&f, PIN, modes[i]);
		assert_true(has_ended(&f));
		assert_false(sends(&f));
		assert_false(is_asserted(&f));
	}
	(void)state;
}

static void of_an_edge_a_claim_for_a_service_is_one_message(void **state)
{
	struct fixture f;
	unsigned int i;

	begin(&f, EDGE);
	for (i = 0; i < 3; i++) {
		claim(&f, VIOAPIC_CLAIM_SERVICE);
		assert_true(sends(&f));
		assert_true(has_ended(&f));
		take(&f, EDGE);
	}
	/* Reserved modes send nothing, and keep nobody waiting */
	begin(&f, EDGE | MODE(3));
	claim(&f, VIOAPIC_CLAIM_SERVICE);
	assert_false(sends(&f));
	assert_true(has_ended(&f));
	(void)state;
}

static void a_reset_and_letting_go_ask_again(void **state)
{
	struct fixture f;

	begin(&f, LEVEL | MASKED);
	claim(&f, VIOAPIC_CLAIM_SERVICE);
	claim(&f, VIOAPIC_CLAIM_ON);
	reset(&f);
	assert_true(has_ended(&f));
	/* The lines stay */
	assert_true(is_asserted(&f));
	claim(&f, VIOAPIC_CLAIM_OFF);

	claim(&f, VIOAPIC_CLAIM_SERVICE);
	vioapic_model_let_go(&f.m, PIN, &f.fx);
	assert_true(has_ended(&f));
	vioapic_model_let_go(&f.m, PIN, &f.fx);
	assert_int_equal(f.fx.what, 0);
	/* Not what is in service */
	begin(&f, LEVEL);
	claim(&f, VIOAPIC_CLAIM_SERVICE);
	take(&f, LEVEL);
	vioapic_model_let_go(&f.m, PIN, &f.fx);
	assert_int_equal(f.fx.what, 0);
	vioapic_model_let_go(&f.m, 240, &f.fx);
	assert_int_equal(f.fx.what, 0);
	(void)state;
}

static void a_message_on_its_way_may_end_before_its_sender_knows(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	line(&f, PIN, true);
	take(&f, LEVEL);
	assert_true(nothing_to_take(&f));
	line(&f, PIN, false);
	eoi(&f, 0x31);
	assert_int_equal(rte_read(&f, PIN), LEVEL);
	/* Nobody took another one: there is another to be sent since */
	line(&f, PIN, true);
	assert_true(sends(&f));
	vioapic_model_refused(&f.m, PIN, LEVEL);
	take(&f, LEVEL);
	assert_int_equal(rte_read(&f, PIN), LEVEL | IRR);
	(void)state;
}

static void what_nobody_took_waits_and_is_tried_again(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	line(&f, PIN, true);
	take(&f, LEVEL);
	vioapic_model_refused(&f.m, PIN, LEVEL);
	assert_int_equal(rte_read(&f, PIN), LEVEL | DELIVS);
	assert_consistent(&f);
	vioapic_model_retry(&f.m, PIN, &f.fx);
	assert_true(sends(&f));
	take(&f, LEVEL);
	vioapic_model_retry(&f.m, PIN, &f.fx);
	assert_int_equal(f.fx.what, 0);
	/* Of an edge nothing is left, and of what is in service nothing is taken back for it */
	vioapic_model_refused(&f.m, PIN, EDGE);
	assert_int_equal(rte_read(&f, PIN), LEVEL | IRR);
	/* The line has fallen: then nothing waits */
	line(&f, PIN, false);
	vioapic_model_refused(&f.m, PIN, LEVEL);
	assert_int_equal(rte_read(&f, PIN), LEVEL);
	(void)state;
}

static void what_is_masked_or_held_back_meanwhile_is_not_sent(void **state)
{
	struct fixture f;

	begin(&f, EDGE);
	line(&f, PIN, true);
	rte_write(&f, PIN, EDGE | MASKED);
	assert_true(nothing_to_take(&f));

	begin(&f, LEVEL);
	f.m.storm_limit = 1;
	claim(&f, VIOAPIC_CLAIM_ON);
	take(&f, LEVEL);
	eoi(&f, 0x31);
	assert_true(f.fx.what & VIOAPIC_FX_STORM);
	assert_true(nothing_to_take(&f));
	vioapic_model_retry(&f.m, PIN, &f.fx);
	assert_int_equal(f.fx.what, 0);
	storm_over(&f);
	take(&f, LEVEL);
	(void)state;
}

/* Taken already, or held back: what was to be sent is not sent twice */
static void what_is_in_service_or_held_back_is_not_taken(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	line(&f, PIN, true);
	f.fx.what = 0;
	vioapic_model_stick(&f.m, PIN, &f.fx);
	assert_true(f.m.line[PIN] & VIOAPIC_LINE_SENT);
	assert_true(nothing_to_take(&f));
	assert_int_equal(rte_read(&f, PIN), LEVEL | IRR);
	assert_false(f.m.line[PIN] & VIOAPIC_LINE_SENT);

	begin_held_back(&f);
	assert_true(f.m.line[PIN] & VIOAPIC_LINE_SENT);
	assert_true(nothing_to_take(&f));
	assert_false(vioapic_model_in_service(&f.m, PIN));
	(void)state;
}

/* A line that comes to rest because its claim is let go begins anew, as one that falls */
static void letting_go_ends_a_storm(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	f.m.storm_limit = 1;
	line(&f, PIN, true);
	take(&f, LEVEL);
	eoi(&f, 0x31);
	assert_true(f.fx.what & VIOAPIC_FX_STORM);
	claim(&f, VIOAPIC_CLAIM_SERVICE);
	line(&f, PIN, false);
	assert_true(is_asserted(&f));
	assert_true(nothing_to_take(&f));
	vioapic_model_let_go(&f.m, PIN, &f.fx);
	assert_true(has_ended(&f));
	assert_false(is_asserted(&f));
	line(&f, PIN, true);
	assert_true(sends(&f));
	(void)state;
}

/*
 * Slots behind the last pin that look as if they waited, or were in service; and a shadow's,
 * whose lines are the hardware's
 */
static void nobody_else_is_tried_again(void **state)
{
	struct vioapic_model before;
	struct fixture f;
	unsigned int pin;

	start(&f, "ich", VIOAPIC_OWNER);
	for (pin = 24; pin < VIOAPIC_PIN_SLOTS; pin++) {
		f.m.rte[pin] = LEVEL | IRR;
		f.m.line[pin] = VIOAPIC_LINE_HIGH | VIOAPIC_LINE_DRIVEN | VIOAPIC_LINE_SERVICE;
	}
	before = f.m;
	for (pin = 24; pin < VIOAPIC_PIN_SLOTS; pin++)
		vioapic_model_refused(&f.m, pin, LEVEL);
	assert_memory_equal(&f.m, &before, sizeof(before));
	for (pin = 24; pin < VIOAPIC_PIN_SLOTS; pin++)
		f.m.rte[pin] = LEVEL;
	before = f.m;
	for (pin = 24; pin < VIOAPIC_PIN_SLOTS; pin++) {
		vioapic_model_retry(&f.m, pin, &f.fx);
		assert_int_equal(f.fx.what, 0);
		vioapic_model_let_go(&f.m, pin, &f.fx);
		assert_int_equal(f.fx.what, 0);
	}
	assert_memory_equal(&f.m, &before, sizeof(before));
	for (pin = 24; pin < VIOAPIC_PIN_SLOTS; pin++)
		f.m.line[pin] |= VIOAPIC_LINE_SENT;
	before = f.m;
	for (pin = 24; pin < VIOAPIC_PIN_SLOTS; pin++)
		assert_false(vioapic_model_take(&f.m, pin, &f.m.rte[pin]));
	assert_memory_equal(&f.m, &before, sizeof(before));

	start(&f, "ich", VIOAPIC_SHADOW);
	f.m.rte[PIN] = LEVEL;
	f.m.line[PIN] = VIOAPIC_LINE_HIGH;
	before = f.m;
	vioapic_model_retry(&f.m, PIN, &f.fx);
	assert_int_equal(f.fx.what, 0);
	assert_memory_equal(&f.m, &before, sizeof(before));
	(void)state;
}

static void what_does_not_exist_is_ignored(void **state)
{
	struct fixture f;
	u64 rte;

	begin(&f, LEVEL);
	vioapic_model_claim(&f.m, 240, VIOAPIC_CLAIM_ON, &f.fx);
	assert_int_equal(f.fx.what, 0);
	vioapic_model_retry(&f.m, 240, &f.fx);
	assert_int_equal(f.fx.what, 0);
	vioapic_model_end(&f.m, 240, &f.fx);
	assert_int_equal(f.fx.what, 0);
	assert_false(vioapic_model_take(&f.m, 240, &rte));
	vioapic_model_refused(&f.m, 240, LEVEL);
	start(&f, "ich", VIOAPIC_SHADOW);
	vioapic_model_claim(&f.m, PIN, VIOAPIC_CLAIM_ON, &f.fx);
	assert_int_equal(f.fx.what | f.m.line[PIN], 0);
	vioapic_model_retry(&f.m, PIN, &f.fx);
	assert_int_equal(f.fx.what, 0);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_claim_asserts_whatever_the_polarity),
		cmocka_unit_test(a_line_is_asserted_while_anybody_asserts_it),
		cmocka_unit_test(a_pulse_is_a_message_and_leaves_nothing),
		cmocka_unit_test(a_service_that_ends_asks_again_before_it_sends_again),
		cmocka_unit_test(what_is_claimed_while_masked_is_asked_again_at_the_unmask),
		cmocka_unit_test(of_an_edge_a_claim_for_a_service_is_one_message),
		cmocka_unit_test(a_reset_and_letting_go_ask_again),
		cmocka_unit_test(a_message_on_its_way_may_end_before_its_sender_knows),
		cmocka_unit_test(what_nobody_took_waits_and_is_tried_again),
		cmocka_unit_test(what_is_masked_or_held_back_meanwhile_is_not_sent),
		cmocka_unit_test(what_is_in_service_or_held_back_is_not_taken),
		cmocka_unit_test(letting_go_ends_a_storm),
		cmocka_unit_test(nobody_else_is_tried_again),
		cmocka_unit_test(what_does_not_exist_is_ignored),
	};

	return cmocka_run_group_tests_name("model: owner, claims", tests, NULL, NULL);
}
