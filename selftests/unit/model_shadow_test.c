// SPDX-License-Identifier: GPL-2.0
/* virt/model/model.c in the shadow role: a controller behind it keeps the pins */
#include "model_fixture.h"

#define PIN	5
#define LEVEL	(VIOAPIC_RTE_LEVEL | 0x31)
#define MASKED	VIOAPIC_RTE_MASKED
#define IRR	VIOAPIC_RTE_REMOTE_IRR
#define DELIVS	VIOAPIC_RTE_DELIVS

static void load_rte(struct fixture *f, unsigned int pin, u64 rte)
{
	vioapic_model_load_rte(&f->m, pin, rte);
}

static bool asks(struct fixture *f, unsigned int pin)
{
	reg_read(f, LOW_HALF(pin));
	if (!(f->fx.what & VIOAPIC_FX_SAMPLE))
		return false;
	assert_int_equal(f->fx.pin, pin);
	return true;
}

static void what_the_controller_reads_is_taken_as_it_is(void **state)
{
	static const u64 rtes[] = {
		0x00000000000189efULL, ~0ULL, 0xffffffffffffafffULL, 0x0123456789abcdefULL,
	};
	struct fixture f;
	unsigned int i;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	for (i = 0; i < 4; i++) {
		load_rte(&f, PIN, rtes[i]);
		assert_int_equal(rte_read(&f, PIN), rtes[i]);
	}
	for (i = 0; i < 4; i++) {
		vioapic_model_load(&f.m, LOW_HALF(PIN + 1), rtes[i]);
		vioapic_model_load(&f.m, HIGH_HALF(PIN + 1), rtes[i] >> 32);
		assert_int_equal(rte_read(&f, PIN + 1), rtes[i]);
	}
	for (i = 0; i < VIOAPIC_REG_RTE; i++) {
		vioapic_model_load(&f.m, i, 0xdeadbe00 + i);
		assert_int_equal(reg_read(&f, i), 0xdeadbe00 + i);
		assert_int_equal(vioapic_model_register(&f.m, i), 0xdeadbe00 + i);
	}
	(void)state;
}

static void reserved_bits_stay_as_the_controller_reads_them(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	load_rte(&f, PIN, 0x0000123400560000ULL | MASKED);
	rte_write(&f, PIN, 0xff00000000000031ULL);
	assert_int_equal(rte_read(&f, PIN), 0xff00123400560031ULL);
	/* A difference in reserved bits alone is none */
	rte_write(&f, PIN, 0xff00edcb00000031ULL);
	assert_int_equal(f.fx.what, 0);
	assert_int_equal(rte_read(&f, PIN), 0xff00123400560031ULL);
	(void)state;
}

static void id_bits_beyond_the_field_stay_as_loaded(void **state)
{
	struct fixture f;

	start(&f, "ich", VIOAPIC_SHADOW);
	vioapic_model_load(&f.m, VIOAPIC_REG_ID, 0x32004000);
	reg_write(&f, VIOAPIC_REG_ID, 0xf5000000);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ID);
	assert_int_equal(f.fx.val, 0x5);
	assert_int_equal(reg_read(&f, VIOAPIC_REG_ID), 0x35004000);
	(void)state;
}

static void nothing_is_loaded_into_an_owner(void **state)
{
	struct vioapic_model before;
	unsigned int index;
	struct fixture f;

	start(&f, "ich", VIOAPIC_OWNER);
	before = f.m;
	for (index = 0; index < 1024; index++)
		vioapic_model_load(&f.m, index, ~0U);
	for (index = 0; index < 1024; index++)
		vioapic_model_load_rte(&f.m, index, ~0ULL);
	for (index = 0; index < 1024; index++)
		vioapic_model_sample(&f.m, index, ~0U);
	assert_memory_equal(&f.m, &before, sizeof(before));
	(void)state;
}

static void an_rte_that_does_not_exist_is_not_loaded(void **state)
{
	static const unsigned int pins[] = { 24, 63, 239, 255, 256, 256 + PIN, ~0U };
	struct vioapic_model before;
	struct fixture f;
	unsigned int i;

	start(&f, "ich", VIOAPIC_SHADOW);
	before = f.m;
	for (i = 0; i < sizeof(pins) / sizeof(*pins); i++)
		load_rte(&f, pins[i], ~0ULL);
	assert_memory_equal(&f.m, &before, sizeof(before));
	load_rte(&f, 23, ~0ULL);
	assert_int_equal(rte_read(&f, 23), ~0ULL);
	(void)state;
}

static void an_edge_pin_is_answered_without_asking(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	assert_false(asks(&f, PIN));
	rte_write(&f, PIN, 0x31);
	assert_false(asks(&f, PIN));
	load_rte(&f, PIN, 0x31);
	assert_false(asks(&f, PIN));
	/* Nor one that was level before */
	load_rte(&f, PIN, LEVEL);
	load_rte(&f, PIN, 0x31);
	assert_false(asks(&f, PIN));
	load_rte(&f, PIN, LEVEL | MASKED);
	rte_write(&f, PIN, 0x31);
	assert_false(asks(&f, PIN));
	(void)state;
}

static void an_edge_pin_has_delivery_status_clear_whatever_others_say(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	load_rte(&f, PIN, 0x31 | DELIVS);
	assert_int_equal(rte_read(&f, PIN), 0x31);
	vioapic_model_sample(&f.m, PIN, ~(u32)IRR);
	assert_int_equal(rte_read(&f, PIN), 0x31);
	assert_false(asks(&f, PIN));
	(void)state;
}

static void the_low_half_of_a_level_pin_asks_each_time(void **state)
{
	struct fixture f;
	unsigned int i;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	rte_write(&f, PIN, LEVEL);
	for (i = 0; i < 3; i++) {
		assert_true(asks(&f, PIN));
		vioapic_model_sample(&f.m, PIN, 0);
	}
	reg_read(&f, HIGH_HALF(PIN));
	assert_int_equal(f.fx.what, 0);
	assert_false(asks(&f, PIN + 1));
	assert_false(asks(&f, PIN - 1));
	(void)state;
}

static void a_level_pin_that_was_loaded_asks(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	load_rte(&f, PIN, LEVEL);
	assert_true(asks(&f, PIN));
	(void)state;
}

static void a_read_that_misses_both_bits_does_not_ask(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	rte_write(&f, PIN, LEVEL);
	rd(&f, 0x10, 1);
	assert_int_equal(f.fx.what, 0);
	rd(&f, 0x12, 2);
	assert_int_equal(f.fx.what, 0);
	rd(&f, 0x0d, 4);
	assert_int_equal(f.fx.what, 0);
	rd(&f, 0x12, 8);
	assert_int_equal(f.fx.what, 0);
	rd(&f, 0x11, 1);
	assert_int_equal(f.fx.what, VIOAPIC_FX_SAMPLE);
	rd(&f, 0x0e, 4);
	assert_int_equal(f.fx.what, VIOAPIC_FX_SAMPLE);
	assert_int_equal(f.fx.pin, PIN);
	(void)state;
}

static void the_read_after_a_sample_has_the_bits_of_the_controller(void **state)
{
	static const u32 bits[] = { IRR, DELIVS, IRR | DELIVS, 0 };
	struct fixture f;
	unsigned int i;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	rte_write(&f, PIN, LEVEL);
	for (i = 0; i < 4; i++) {
		/* All but the two bits is ignored */
		vioapic_model_sample(&f.m, PIN, ~(IRR | DELIVS) | bits[i]);
		assert_int_equal(rd(&f, VIOAPIC_IOWIN, 4), LEVEL | bits[i]);
		assert_int_equal(rd(&f, VIOAPIC_IOWIN, 8), LEVEL | bits[i]);
		assert_int_equal(rd(&f, 0x11, 1), (LEVEL | bits[i]) >> 8 & 0xff);
		assert_int_equal(vioapic_model_register(&f.m, LOW_HALF(PIN)), LEVEL | bits[i]);
	}
	(void)state;
}

static void a_masked_pin_seen_at_rest_is_not_asked_again(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	rte_write(&f, PIN, LEVEL | MASKED);
	assert_true(asks(&f, PIN));
	vioapic_model_sample(&f.m, PIN, IRR);
	assert_true(asks(&f, PIN));
	vioapic_model_sample(&f.m, PIN, DELIVS);
	assert_true(asks(&f, PIN));
	vioapic_model_sample(&f.m, PIN, 0);
	assert_false(asks(&f, PIN));
	assert_int_equal(rte_read(&f, PIN), LEVEL | MASKED);
	/* Nor does a new route change that as long as it is masked */
	rte_write(&f, PIN, 0x0100000000000042ULL | VIOAPIC_RTE_LEVEL | MASKED);
	assert_false(asks(&f, PIN));
	/* And a pin loaded like that is as good as sampled */
	load_rte(&f, PIN + 1, LEVEL | MASKED);
	assert_false(asks(&f, PIN + 1));
	load_rte(&f, PIN + 1, LEVEL | MASKED | IRR);
	assert_true(asks(&f, PIN + 1));
	load_rte(&f, PIN + 1, LEVEL | MASKED | DELIVS);
	assert_true(asks(&f, PIN + 1));
	(void)state;
}

static void unmasking_ends_the_rest_and_masking_does_not_bring_it_back(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	load_rte(&f, PIN, LEVEL | MASKED);
	rte_write(&f, PIN, LEVEL);
	assert_true(asks(&f, PIN));
	vioapic_model_sample(&f.m, PIN, 0);
	rte_write(&f, PIN, LEVEL | MASKED);
	assert_true(asks(&f, PIN));
	(void)state;
}

static void a_masked_pin_that_becomes_level_asks(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	load_rte(&f, PIN, 0x31 | MASKED);
	rte_write(&f, PIN, LEVEL | MASKED);
	assert_true(asks(&f, PIN));
	(void)state;
}

static void writing_edge_mode_clears_remote_irr(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	load_rte(&f, PIN, LEVEL | IRR | DELIVS);
	rte_write(&f, PIN, 0x31 | MASKED);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE);
	assert_int_equal(f.fx.old, LEVEL);
	assert_int_equal(f.fx.new, 0x31 | MASKED);
	/* Of most controllers, and what this one says goes: clear_IO_APIC_pin() reads it */
	assert_true(asks(&f, PIN));
	assert_int_equal(rte_read(&f, PIN), 0x31 | MASKED);
	rte_write(&f, PIN, LEVEL);
	assert_int_equal(vioapic_model_register(&f.m, LOW_HALF(PIN)), LEVEL);
	assert_true(asks(&f, PIN));
	(void)state;
}

static void remote_irr_of_an_edge_pin_is_asked_for_until_it_is_gone(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	load_rte(&f, PIN, 0x31 | MASKED | DELIVS | IRR);
	assert_true(asks(&f, PIN));
	assert_int_equal(rte_read(&f, PIN), 0x31 | MASKED | IRR);
	/* As it was: nothing to pass on, and nothing is known */
	rte_write(&f, PIN, 0x31 | MASKED);
	assert_int_equal(f.fx.what, 0);
	assert_true(asks(&f, PIN));
	vioapic_model_sample(&f.m, PIN, IRR | DELIVS);
	assert_int_equal(rte_read(&f, PIN), 0x31 | MASKED | IRR);
	/* As clear_IO_APIC_pin() goes on: level, EOI, and looks again */
	rte_write(&f, PIN, LEVEL | MASKED);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE);
	assert_true(asks(&f, PIN));
	rte_write(&f, PIN, 0x31 | MASKED);
	assert_true(asks(&f, PIN));
	vioapic_model_sample(&f.m, PIN, 0);
	assert_false(asks(&f, PIN));
	rte_write(&f, PIN, 0x31);
	assert_false(asks(&f, PIN));
	/* At rest in level mode, it is so in edge mode */
	load_rte(&f, PIN + 1, LEVEL | MASKED);
	rte_write(&f, PIN + 1, 0x31);
	assert_false(asks(&f, PIN + 1));
	(void)state;
}

static void level_mode_keeps_remote_irr_over_a_write(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	load_rte(&f, PIN, LEVEL | IRR);
	rte_write(&f, PIN, LEVEL | MASKED);
	assert_int_equal(vioapic_model_register(&f.m, LOW_HALF(PIN)), LEVEL | MASKED | IRR);
	(void)state;
}

static void a_write_that_changes_nothing_has_no_effects(void **state)
{
	struct vioapic_model before;
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	load_rte(&f, PIN, 0xff00000000000000ULL | LEVEL | IRR);
	wr(&f, VIOAPIC_IOREGSEL, 4, LOW_HALF(PIN));
	before = f.m;
	wr(&f, VIOAPIC_IOWIN, 4, LEVEL | IRR);
	assert_int_equal(f.fx.what, 0);
	/* The read-only bits make no difference */
	wr(&f, VIOAPIC_IOWIN, 4, LEVEL | DELIVS);
	assert_int_equal(f.fx.what, 0);
	wr(&f, VIOAPIC_IOWIN, 1, 0x31);
	assert_int_equal(f.fx.what, 0);
	assert_memory_equal(&f.m, &before, sizeof(before));
	reg_write(&f, HIGH_HALF(PIN), 0xff000000);
	assert_int_equal(f.fx.what, 0);
	(void)state;
}

static void a_route_is_told_without_the_bits_of_the_controller(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	load_rte(&f, PIN, 0x0300000000000000ULL | LEVEL | IRR | DELIVS);
	reg_write(&f, HIGH_HALF(PIN), 0x04000000);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE);
	assert_int_equal(f.fx.pin, PIN);
	assert_int_equal(f.fx.old, 0x0300000000000000ULL | LEVEL);
	assert_int_equal(f.fx.new, 0x0400000000000000ULL | LEVEL);
	(void)state;
}

static void effects_that_are_not_named_are_not_touched(void **state)
{
	struct vioapic_effects poison;
	struct fixture f;

	memset(&poison, POISON, sizeof(poison));
	poison.what = 0;
	start(&f, "82093aa", VIOAPIC_SHADOW);
	wr(&f, VIOAPIC_IOREGSEL, 4, LOW_HALF(PIN));
	assert_memory_equal(&f.fx, &poison, sizeof(poison));
	rd(&f, VIOAPIC_IOWIN, 4);
	assert_memory_equal(&f.fx, &poison, sizeof(poison));
	wr(&f, VIOAPIC_IOWIN, 4, MASKED);
	assert_memory_equal(&f.fx, &poison, sizeof(poison));
	(void)state;
}

static void the_eoi_register_only_passes_on(void **state)
{
	struct vioapic_model before;
	struct fixture f;
	unsigned int v;

	start(&f, "ich", VIOAPIC_SHADOW);
	load_rte(&f, PIN, LEVEL | IRR);
	before = f.m;
	for (v = 0; v < 256; v++) {
		wr(&f, VIOAPIC_EOI, 4, 0xabcdef00 | v);
		assert_int_equal(f.fx.what, VIOAPIC_FX_EOI);
		assert_int_equal(f.fx.val, v);
	}
	assert_memory_equal(&f.m, &before, sizeof(before));
	assert_int_equal(rd(&f, VIOAPIC_EOI, 4), 0);

	start(&f, "82093aa", VIOAPIC_SHADOW);
	wr(&f, VIOAPIC_EOI, 4, 0x31);
	assert_int_equal(f.fx.what, 0);
	(void)state;
}

/* __eoi_ioapic_pin() on version 0x11: of 12 accesses, a sample and two routes */
static void an_explicit_eoi_of_linux_passes_on_three_accesses(void **state)
{
	unsigned int samples = 0, routes = 0;
	struct fixture f;
	u64 rte;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	load_rte(&f, PIN, 0x0100000000000000ULL | LEVEL | IRR);

	rte = reg_read(&f, LOW_HALF(PIN));
	samples += f.fx.what == VIOAPIC_FX_SAMPLE;
	rte |= (u64)reg_read(&f, HIGH_HALF(PIN)) << 32;
	samples += f.fx.what == VIOAPIC_FX_SAMPLE;

	reg_write(&f, LOW_HALF(PIN), (rte | MASKED) & ~VIOAPIC_RTE_LEVEL);
	routes += f.fx.what == VIOAPIC_FX_ROUTE;
	reg_write(&f, HIGH_HALF(PIN), rte >> 32);
	routes += f.fx.what == VIOAPIC_FX_ROUTE;

	reg_write(&f, HIGH_HALF(PIN), rte >> 32);
	routes += f.fx.what == VIOAPIC_FX_ROUTE;
	reg_write(&f, LOW_HALF(PIN), rte);
	routes += f.fx.what == VIOAPIC_FX_ROUTE;
	assert_int_equal(f.fx.new, 0x0100000000000000ULL | LEVEL);

	assert_int_equal(samples, 1);
	assert_int_equal(routes, 2);
	(void)state;
}

static void pins_that_do_not_exist_are_not_sampled(void **state)
{
	static const unsigned int pins[] = { 24, 25, 120, 239, 240, 255, 256, 261, 65536, ~0U };
	struct vioapic_model before;
	struct fixture f;
	unsigned int i;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	load_rte(&f, PIN, LEVEL);
	load_rte(&f, 0, LEVEL);
	before = f.m;
	for (i = 0; i < sizeof(pins) / sizeof(*pins); i++)
		vioapic_model_sample(&f.m, pins[i], ~0U);
	assert_memory_equal(&f.m, &before, sizeof(before));
	(void)state;
}

static void a_shadow_has_no_lines_and_sends_nothing(void **state)
{
	struct vioapic_model before;
	struct fixture f;

	start(&f, "ich", VIOAPIC_SHADOW);
	load_rte(&f, PIN, LEVEL | IRR);
	before = f.m;
	line(&f, PIN, true);
	assert_int_equal(f.fx.what, 0);
	vioapic_model_delivered(&f.m, PIN, true);
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, 0);
	storm_over(&f);
	assert_int_equal(f.fx.what, 0);
	assert_memory_equal(&f.m, &before, sizeof(before));
	rte_write(&f, PIN, LEVEL | 0x40);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE);
	(void)state;
}

static void reset_masks_everything_and_has_the_first_id(void **state)
{
	struct fixture f;
	unsigned int pin;

	start(&f, "82093aa", VIOAPIC_SHADOW);
	reg_write(&f, VIOAPIC_REG_ID, 0x07000000);
	for (pin = 0; pin < 24; pin++)
		load_rte(&f, pin, 0xff00000000000000ULL | LEVEL | IRR);
	wr(&f, VIOAPIC_IOREGSEL, 4, 0x1f);
	reset(&f);
	assert_int_equal(f.fx.what, 0);
	assert_int_equal(rd(&f, VIOAPIC_IOREGSEL, 4), 0);
	for (pin = 0; pin < 24; pin++) {
		assert_int_equal(rte_read(&f, pin), VIOAPIC_RTE_RESET);
		assert_false(asks(&f, pin));
	}
	assert_int_equal(reg_read(&f, VIOAPIC_REG_ID), 0x01000000);
	assert_int_equal(reg_read(&f, VIOAPIC_REG_ARB), 0x01000000);
	assert_int_equal(reg_read(&f, VIOAPIC_REG_VERSION), 0x00170011);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_controller_reads_is_taken_as_it_is),
		cmocka_unit_test(reserved_bits_stay_as_the_controller_reads_them),
		cmocka_unit_test(id_bits_beyond_the_field_stay_as_loaded),
		cmocka_unit_test(nothing_is_loaded_into_an_owner),
		cmocka_unit_test(an_rte_that_does_not_exist_is_not_loaded),
		cmocka_unit_test(an_edge_pin_is_answered_without_asking),
		cmocka_unit_test(an_edge_pin_has_delivery_status_clear_whatever_others_say),
		cmocka_unit_test(the_low_half_of_a_level_pin_asks_each_time),
		cmocka_unit_test(a_level_pin_that_was_loaded_asks),
		cmocka_unit_test(a_read_that_misses_both_bits_does_not_ask),
		cmocka_unit_test(the_read_after_a_sample_has_the_bits_of_the_controller),
		cmocka_unit_test(a_masked_pin_seen_at_rest_is_not_asked_again),
		cmocka_unit_test(unmasking_ends_the_rest_and_masking_does_not_bring_it_back),
		cmocka_unit_test(a_masked_pin_that_becomes_level_asks),
		cmocka_unit_test(writing_edge_mode_clears_remote_irr),
		cmocka_unit_test(remote_irr_of_an_edge_pin_is_asked_for_until_it_is_gone),
		cmocka_unit_test(level_mode_keeps_remote_irr_over_a_write),
		cmocka_unit_test(a_write_that_changes_nothing_has_no_effects),
		cmocka_unit_test(a_route_is_told_without_the_bits_of_the_controller),
		cmocka_unit_test(effects_that_are_not_named_are_not_touched),
		cmocka_unit_test(the_eoi_register_only_passes_on),
		cmocka_unit_test(an_explicit_eoi_of_linux_passes_on_three_accesses),
		cmocka_unit_test(pins_that_do_not_exist_are_not_sampled),
		cmocka_unit_test(a_shadow_has_no_lines_and_sends_nothing),
		cmocka_unit_test(reset_masks_everything_and_has_the_first_id),
	};

	return cmocka_run_group_tests_name("model: shadow", tests, NULL, NULL);
}
