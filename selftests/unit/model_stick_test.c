// SPDX-License-Identifier: GPL-2.0
/* virt/model/model.c in the owner role: hardware whose remote IRR stays set, simulated */
#include "model_owner_fixture.h"

/* As the device does for a fault: the pin was in service, and after the call it is not */
static void stick(struct fixture *f, unsigned int pin)
{
	assert_false(vioapic_model_in_service(&f->m, pin));
	vioapic_model_stick(&f->m, pin, &f->fx);
	assert_true(vioapic_model_in_service(&f->m, pin));
	assert_consistent(f);
}

/* Nothing of @pin is under way but that it is in service */
static void assert_stuck(struct fixture *f, unsigned int pin, u64 rte)
{
	assert_int_equal(rte_read(f, pin), rte | IRR);
	assert_int_equal(f->m.redeliver[pin], 0);
	assert_false(f->m.line[pin] & VIOAPIC_LINE_SENT);
}

static void a_pin_is_in_service_from_acceptance_to_eoi(void **state)
{
	struct fixture f;
	unsigned int pin;

	begin(&f, LEVEL);
	for (pin = 0; pin < 240; pin++)
		rte_write(&f, pin, LEVEL);
	for (pin = 0; pin < 240; pin++) {
		line(&f, pin, true);
		assert_false(vioapic_model_in_service(&f.m, pin));
		assert_taken(&f, pin);
		assert_true(vioapic_model_in_service(&f.m, pin));
		line(&f, pin, false);
		assert_true(vioapic_model_in_service(&f.m, pin));
		eoi(&f, 0x31);
		assert_false(vioapic_model_in_service(&f.m, pin));
	}
	(void)state;
}

static void a_pin_that_does_not_exist_is_not_in_service(void **state)
{
	static const unsigned int pins[] = { 24, 63, 64, 255, 256 + PIN, ~0U - 255 + PIN };
	struct fixture f;
	unsigned int i;

	start(&f, "ich", VIOAPIC_OWNER);
	/* Bits that are never set, to tell a pin from nothing */
	for (i = 0; i < VIOAPIC_PIN_SLOTS; i++)
		f.m.rte[i] |= IRR;
	assert_true(vioapic_model_in_service(&f.m, 23));
	for (i = 0; i < sizeof(pins) / sizeof(*pins); i++)
		assert_false(vioapic_model_in_service(&f.m, pins[i]));
	(void)state;
}

static void an_eoi_that_is_dropped_sends_nothing_and_leaves_remote_irr(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	eoi(&f, 0x31);
	assert_sent_only(&f, PIN);
	stick(&f, PIN);
	assert_int_equal(f.fx.what, 0);
	assert_stuck(&f, PIN, LEVEL);
	/* No message was sent whose outcome could be due */
	vioapic_model_delivered(&f.m, PIN, false);
	assert_stuck(&f, PIN, LEVEL);
	/* The next one is not dropped */
	wr(&f, VIOAPIC_EOI, 4, 0x31);
	assert_taken(&f, PIN);
	(void)state;
}

static void of_an_eoi_register_that_drops_it_the_write_remains(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	wr(&f, VIOAPIC_EOI, 4, 0x31);
	stick(&f, PIN);
	assert_int_equal(f.fx.what, VIOAPIC_FX_EOI);
	assert_int_equal(f.fx.val, 0x31);
	(void)state;
}

static void an_eoi_that_one_pin_drops_serves_the_others(void **state)
{
	static const unsigned int pins[] = { PIN, 63, 64, 130, 239 };
	struct fixture f;
	unsigned int i, j;

	for (i = 0; i < 5; i++) {
		begin(&f, LEVEL);
		for (j = 0; j < 5; j++) {
			rte_write(&f, pins[j], LEVEL);
			line(&f, pins[j], true);
			assert_taken(&f, pins[j]);
		}
		eoi(&f, 0x31);
		assert_int_equal(sent_count(&f), 5);
		stick(&f, pins[i]);
		assert_int_equal(f.fx.what, VIOAPIC_FX_DELIVER);
		assert_int_equal(sent_count(&f), 4);
		for (j = 0; j < 5; j++) {
			assert_int_equal(sent(&f, pins[j]), j != i);
			vioapic_model_delivered(&f.m, pins[j], true);
			assert_true(vioapic_model_in_service(&f.m, pins[j]));
		}
		assert_stuck(&f, pins[i], LEVEL);
		/* All of them, down to none */
		eoi(&f, 0x31);
		for (j = 0; j < 5; j++)
			stick(&f, pins[j]);
		assert_int_equal(f.fx.what, 0);
	}
	(void)state;
}

static void a_line_at_rest_is_stuck_as_well(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	line(&f, PIN, false);
	/* Nothing is in the map, and it is not looked at */
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, 0);
	stick(&f, PIN);
	assert_int_equal(f.fx.what, 0);
	line(&f, PIN, true);
	assert_nothing_sent(&f);
	assert_stuck(&f, PIN, LEVEL);
	(void)state;
}

static void the_mask_and_edge_sequence_of_linux_can_fail(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	rte_write(&f, PIN, EDGE | MASKED);
	stick(&f, PIN);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE);
	assert_int_equal(f.fx.new, EDGE | MASKED);
	assert_stuck(&f, PIN, EDGE | MASKED);
	rte_write(&f, PIN, LEVEL);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE);
	assert_stuck(&f, PIN, LEVEL);
	assert_consistent(&f);
	/* Nothing else helps either, for as long as it is not let */
	rte_write(&f, PIN, EDGE | MASKED);
	stick(&f, PIN);
	rte_write(&f, PIN, MASKED);
	stick(&f, PIN);
	assert_stuck(&f, PIN, MASKED);
	eoi(&f, 0);
	assert_stuck(&f, PIN, MASKED);
	rte_write(&f, PIN, EDGE | MASKED);
	assert_int_equal(rte_read(&f, PIN), EDGE | MASKED);
	assert_consistent(&f);
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	(void)state;
}

static void edges_are_sent_whatever_is_stuck(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	rte_write(&f, PIN, EDGE);
	stick(&f, PIN);
	line(&f, PIN, false);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	assert_stuck(&f, PIN, EDGE);
	(void)state;
}

/* In edge mode with remote IRR set, line still asserted */
static void begin_stuck_edge(struct fixture *f)
{
	begin_in_service(f);
	rte_write(f, PIN, EDGE);
	stick(f, PIN);
	assert_stuck(f, PIN, EDGE);
}

static void an_eoi_ends_no_service_of_an_edge_pin(void **state)
{
	struct fixture f;

	begin_stuck_edge(&f);
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, 0);
	assert_stuck(&f, PIN, EDGE);
	wr(&f, VIOAPIC_EOI, 4, 0x31);
	assert_int_equal(f.fx.what, VIOAPIC_FX_EOI);
	assert_stuck(&f, PIN, EDGE);
	/* Level again, it is for it */
	reg_write(&f, LOW_HALF(PIN), LEVEL);
	assert_nothing_sent(&f);
	assert_stuck(&f, PIN, LEVEL);
	eoi(&f, 0x31);
	assert_taken(&f, PIN);
	assert_consistent(&f);
	(void)state;
}

static void edge_mode_written_once_more_ends_what_is_stuck(void **state)
{
	struct fixture f;

	begin_stuck_edge(&f);
	reg_write(&f, LOW_HALF(PIN), EDGE);
	/* No route has changed */
	assert_int_equal(f.fx.what, 0);
	assert_int_equal(rte_read(&f, PIN), EDGE);
	assert_consistent(&f);
	/* With the line asserted, this was an EOI for storms too */
	assert_int_equal(f.m.redeliver[PIN], 1);
	reg_write(&f, LOW_HALF(PIN), LEVEL);
	assert_taken(&f, PIN);
	/* And with the line at rest, none */
	begin_stuck_edge(&f);
	line(&f, PIN, false);
	wr(&f, VIOAPIC_IOREGSEL, 4, LOW_HALF(PIN));
	wr(&f, VIOAPIC_IOWIN, 1, EDGE);
	assert_int_equal(rte_read(&f, PIN), EDGE);
	assert_int_equal(f.m.redeliver[PIN], 0);
	(void)state;
}

/* So that the sequence of Linux can fail once: it writes one before level mode */
static void a_high_half_as_it_was_ends_nothing(void **state)
{
	struct fixture f;

	begin_stuck_edge(&f);
	reg_write(&f, HIGH_HALF(PIN), 0);
	assert_int_equal(f.fx.what, 0);
	assert_stuck(&f, PIN, EDGE);
	rte_write(&f, PIN, LEVEL);
	assert_nothing_sent(&f);
	assert_stuck(&f, PIN, LEVEL);
	/* But a change does */
	begin_stuck_edge(&f);
	reg_write(&f, HIGH_HALF(PIN), 7 << 24);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE);
	assert_int_equal(rte_read(&f, PIN), EDGE | 7ULL << 56);
	assert_consistent(&f);
	(void)state;
}

static void level_mode_written_once_more_ends_nothing(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	rte_write(&f, PIN, LEVEL);
	assert_int_equal(f.fx.what, 0);
	assert_int_equal(rte_read(&f, PIN), LEVEL | IRR);
	assert_consistent(&f);
	(void)state;
}

static void what_does_not_end_is_no_storm(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	f.m.storm_limit = 2;
	eoi(&f, 0x31);
	assert_taken(&f, PIN);
	assert_int_equal(f.m.redeliver[PIN], 1);
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, VIOAPIC_FX_STORM);
	assert_int_equal(f.m.rte[PIN], LEVEL | DELIVS);
	stick(&f, PIN);
	assert_stuck(&f, PIN, LEVEL);
	storm_over(&f);
	assert_int_equal(f.fx.what, 0);
	eoi(&f, 0x31);
	assert_taken(&f, PIN);
	assert_int_equal(f.m.redeliver[PIN], 1);
	(void)state;
}

static void the_effect_of_a_storm_stays(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	f.m.storm_limit = 1;
	eoi(&f, 0x31);
	stick(&f, PIN);
	assert_int_equal(f.fx.what, VIOAPIC_FX_STORM);
	assert_int_equal(f.fx.pin, PIN);
	(void)state;
}

/* What lies in the map of deliveries means nothing without VIOAPIC_FX_DELIVER */
static void an_old_map_of_deliveries_is_not_looked_at(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	line(&f, PIN, false);
	eoi(&f, 0x31);
	memset(f.fx.deliver, 0xff, sizeof(f.fx.deliver));
	f.m.line[PIN] |= VIOAPIC_LINE_SENT;
	stick(&f, PIN);
	assert_int_equal(f.fx.what, 0);
	assert_int_equal(f.fx.deliver[0], ~0ULL);
	assert_true(f.m.line[PIN] & VIOAPIC_LINE_SENT);
	/* And of a map without the pin, nothing is taken */
	f.fx.what = VIOAPIC_FX_DELIVER;
	f.fx.deliver[0] = ~(1ULL << PIN);
	vioapic_model_stick(&f.m, PIN, &f.fx);
	assert_int_equal(f.fx.what, VIOAPIC_FX_DELIVER);
	assert_true(f.m.line[PIN] & VIOAPIC_LINE_SENT);
	(void)state;
}

static void pins_that_do_not_exist_and_those_of_a_shadow_do_not_stick(void **state)
{
	static const unsigned int pins[] = { 24, 63, 64, 239, 240, 256, 256 + PIN, 65536, ~0U };
	struct vioapic_model before;
	struct fixture f;
	unsigned int i;

	start(&f, "82093aa", VIOAPIC_OWNER);
	before = f.m;
	f.fx.what = 0;
	for (i = 0; i < sizeof(pins) / sizeof(*pins); i++)
		vioapic_model_stick(&f.m, pins[i], &f.fx);
	assert_memory_equal(&f.m, &before, sizeof(before));
	start(&f, "82093aa", VIOAPIC_SHADOW);
	before = f.m;
	f.fx.what = 0;
	vioapic_model_stick(&f.m, PIN, &f.fx);
	assert_memory_equal(&f.m, &before, sizeof(before));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pin_is_in_service_from_acceptance_to_eoi),
		cmocka_unit_test(a_pin_that_does_not_exist_is_not_in_service),
		cmocka_unit_test(an_eoi_that_is_dropped_sends_nothing_and_leaves_remote_irr),
		cmocka_unit_test(of_an_eoi_register_that_drops_it_the_write_remains),
		cmocka_unit_test(an_eoi_that_one_pin_drops_serves_the_others),
		cmocka_unit_test(a_line_at_rest_is_stuck_as_well),
		cmocka_unit_test(the_mask_and_edge_sequence_of_linux_can_fail),
		cmocka_unit_test(edges_are_sent_whatever_is_stuck),
		cmocka_unit_test(an_eoi_ends_no_service_of_an_edge_pin),
		cmocka_unit_test(edge_mode_written_once_more_ends_what_is_stuck),
		cmocka_unit_test(a_high_half_as_it_was_ends_nothing),
		cmocka_unit_test(level_mode_written_once_more_ends_nothing),
		cmocka_unit_test(what_does_not_end_is_no_storm),
		cmocka_unit_test(the_effect_of_a_storm_stays),
		cmocka_unit_test(an_old_map_of_deliveries_is_not_looked_at),
		cmocka_unit_test(pins_that_do_not_exist_and_those_of_a_shadow_do_not_stick),
	};

	return cmocka_run_group_tests_name("model: owner, stuck", tests, NULL, NULL);
}
