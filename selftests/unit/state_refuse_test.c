// SPDX-License-Identifier: GPL-2.0
/* virt/model/state.c: what is no state of an I/O APIC */
#include "state_fixture.h"

static void assert_refused(struct fixture *f)
{
	struct vioapic_model before = f->m;

	assert_int_equal(vioapic_state_check(&saved), -EINVAL);
	assert_int_equal(restore(f), -EINVAL);
	assert_int_equal(f->fx.what, 0);
	assert_memory_equal(&f->m, &before, sizeof(before));
}

/* @field of the state of a fresh model set to @value: good as it was, not so any more */
#define refuse(f, field, value) do { \
	save(f, &saved); \
	assert_int_equal(vioapic_state_check(&saved), 0); \
	saved.field = (value); \
	assert_refused(f); \
} while (0)

#define accept(f, field, value) do { \
	save(f, &saved); \
	saved.field = (value); \
	assert_int_equal(vioapic_state_check(&saved), 0); \
	assert_int_equal(restore(f), 0); \
} while (0)

static void a_state_of_another_layout_is_refused(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	refuse(&f, magic, 0);
	refuse(&f, magic, 0x494f4150);
	refuse(&f, version, 0);
	refuse(&f, version, 2);
	refuse(&f, size, sizeof(saved) - 1);
	refuse(&f, size, sizeof(saved) + 1);
	refuse(&f, role, 2);
	refuse(&f, reserved[0], 1);
	refuse(&f, reserved[3], 1);
	refuse(&f, pin[0].reserved, 1);
	refuse(&f, pin[239].reserved, 1);
	(void)state;
}

static void an_address_misaligned_or_zero_is_refused(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	refuse(&f, address, ADDRESS + 1);
	refuse(&f, address, ADDRESS + 0x800);
	accept(&f, address, 0xfffffffffffff000ULL);
	save(&f, &saved);
	saved.address = 0;
	assert_int_equal(vioapic_state_check(&saved), -EINVAL);
	(void)state;
}

static void gsis_that_do_not_fit_are_refused(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	accept(&f, gsi_base, ~0U - 23);
	refuse(&f, gsi_base, ~0U - 22);
	refuse(&f, gsi_base, ~0U);
	(void)state;
}

static void an_unknown_chip_is_refused(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	refuse(&f, chip[0], 0);
	refuse(&f, chip[3], 'x');
	refuse(&f, chip[4], 'x');
	refuse(&f, chip[31], 'x');
	save(&f, &saved);
	memset(saved.chip, 'i', sizeof(saved.chip));
	assert_refused(&f);
	(void)state;
}

static void the_state_of_another_ioapic_is_refused(void **state)
{
	static const struct { const char *chip; enum vioapic_role role; } others[] = {
		{ "via", VIOAPIC_OWNER }, { "pch120", VIOAPIC_OWNER }, { "ich", VIOAPIC_SHADOW },
	};
	struct vioapic_model before;
	struct fixture f, to;
	unsigned int i;

	begin_in_service(&f);
	save(&f, &saved);
	for (i = 0; i < 3; i++) {
		start(&to, others[i].chip, others[i].role);
		before = to.m;
		assert_int_equal(restore(&to), -EINVAL);
		assert_memory_equal(&to.m, &before, sizeof(before));
	}
	assert_int_equal(vioapic_model_init(&to.m, f.m.chip, VIOAPIC_OWNER, 23, 0), 0);
	assert_int_equal(restore(&to), -EINVAL);
	assert_int_equal(vioapic_state_check(&saved), 0);
	(void)state;
}

static void a_number_of_pins_out_of_range_is_refused(void **state)
{
	static const u32 bad[] = { 0, 241, 256, 0x80000000, ~0U };
	struct fixture f;
	unsigned int i;

	start(&f, "generic240", VIOAPIC_OWNER);
	for (i = 0; i < 5; i++)
		refuse(&f, pins, bad[i]);
	/* Even where a shadow's registers say nothing of them */
	start(&f, "generic240", VIOAPIC_SHADOW);
	for (i = 0; i < 5; i++)
		refuse(&f, pins, bad[i]);
	(void)state;
}

static void an_id_too_wide_is_refused(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	accept(&f, reg[0], 0x0f000000);
	refuse(&f, reg[0], 0x10000000);
	refuse(&f, reg[0], 0x00000001);
	refuse(&f, reg[0], 0x00800000);
	/* Its scratchpad */
	accept(&f, reg[0], 0x0a008000);
	refuse(&f, reg[0], 0x0a00c000);
	start(&f, "pch120", VIOAPIC_OWNER);
	refuse(&f, reg[0], 0x00008000);
	start(&f, "amd", VIOAPIC_OWNER);
	reg_write(&f, VIOAPIC_REG_ID, 0xff000000);
	accept(&f, reg[0], 0xff000000);
	refuse(&f, reg[0], 0xff000001);
	(void)state;
}

static void registers_that_the_chip_does_not_have_so_are_refused(void **state)
{
	struct fixture f;
	unsigned int i;

	begin(&f, LEVEL);
	refuse(&f, reg[1], 0x00170011);
	refuse(&f, reg[1], 0x00180020);
	for (i = 2; i < 16; i++)
		refuse(&f, reg[i], 0x01000000);
	start(&f, "82093aa", VIOAPIC_OWNER);
	refuse(&f, reg[2], 0x02000000);
	(void)state;
}

static void an_index_too_wide_is_refused(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	accept(&f, ioregsel, 0xff);
	refuse(&f, ioregsel, 0x100);
	refuse(&f, ioregsel, ~0U);
	start(&f, "generic240", VIOAPIC_OWNER);
	accept(&f, ioregsel, 0x1ff);
	refuse(&f, ioregsel, 0x200);
	refuse(&f, ioregsel, 0x10010);
	(void)state;
}

static void pins_beyond_the_last_are_refused(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	refuse(&f, pin[24].rte, MASKED);
	refuse(&f, pin[24].storm, 1);
	refuse(&f, pin[24].flags, VIOAPIC_PIN_DRIVEN);
	refuse(&f, pin[239].rte, 1);
	(void)state;
}

static void an_rte_that_software_cannot_write_is_refused(void **state)
{
	struct fixture f;
	unsigned int bit;

	begin(&f, EDGE);
	for (bit = 17; bit < 48; bit++)
		refuse(&f, pin[PIN].rte, EDGE | 1ULL << bit);
	accept(&f, pin[PIN].rte, EDGE | 0xffff000000000000ULL);
	(void)state;
}

static void read_only_bits_that_cannot_be_are_refused(void **state)
{
	struct fixture f;

	/* An edge pin has no message to send; that it is in service is for broken hardware */
	begin(&f, EDGE);
	accept(&f, pin[PIN].rte, EDGE | IRR);
	begin(&f, EDGE);
	refuse(&f, pin[PIN].rte, EDGE | DELIVS);
	/* No message without a line, or with one in service, or masked */
	begin(&f, LEVEL);
	accept(&f, pin[PIN].rte, LEVEL | IRR);
	start(&f, "ich", VIOAPIC_OWNER);
	refuse(&f, pin[PIN].rte, LEVEL | DELIVS);
	begin_in_service(&f);
	refuse(&f, pin[PIN].rte, LEVEL | IRR | DELIVS);
	refuse(&f, pin[PIN].rte, LEVEL | MASKED | DELIVS);
	/* And none missing: one state is written down in one way */
	refuse(&f, pin[PIN].rte, LEVEL);
	accept(&f, pin[PIN].rte, LEVEL | DELIVS);
	(void)state;
}

static void lines_that_cannot_be_are_refused(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	refuse(&f, pin[PIN].flags, VIOAPIC_PIN_HIGH);
	refuse(&f, pin[PIN].flags, VIOAPIC_PIN_STALE);
	refuse(&f, pin[PIN].flags, 1 << 6);
	refuse(&f, pin[PIN].flags, 1 << 15);
	/* There is no service that it could be asserted for */
	refuse(&f, pin[PIN].flags, VIOAPIC_PIN_SERVICE);
	begin(&f, LEVEL | MASKED);
	refuse(&f, pin[PIN].flags, VIOAPIC_PIN_LATCHED);
	begin(&f, LEVEL);
	accept(&f, pin[PIN].flags, VIOAPIC_PIN_LATCHED);
	begin(&f, EDGE | MASKED);
	refuse(&f, pin[PIN].flags, VIOAPIC_PIN_LATCHED);
	begin(&f, EDGE | 3 << VIOAPIC_RTE_DELMODE_SHIFT);
	refuse(&f, pin[PIN].flags, VIOAPIC_PIN_LATCHED);
	begin(&f, EDGE);
	accept(&f, pin[PIN].flags, VIOAPIC_PIN_LATCHED);
	assert_sent_only(&f, PIN);
	(void)state;
}

static void a_storm_of_a_line_at_rest_is_refused(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	refuse(&f, pin[PIN].storm, 1);
	refuse(&f, pin[PIN].storm, VIOAPIC_PIN_HELD);
	line(&f, PIN, false);
	refuse(&f, pin[PIN].storm, 1);
	begin_in_service(&f);
	accept(&f, pin[PIN].storm, 1);
	(void)state;
}

static void a_message_held_back_while_one_is_in_service_is_refused(void **state)
{
	struct fixture f;

	begin_in_service(&f);
	accept(&f, pin[PIN].storm, VIOAPIC_PIN_HELD - 1);
	begin_in_service(&f);
	refuse(&f, pin[PIN].storm, VIOAPIC_PIN_HELD);
	rte_write(&f, PIN, LEVEL | MASKED);
	refuse(&f, pin[PIN].storm, VIOAPIC_PIN_HELD);
	/* Masked while it was held back, and nothing in service */
	eoi(&f, 0x31);
	accept(&f, pin[PIN].storm, VIOAPIC_PIN_HELD);
	(void)state;
}

static void a_shadow_whose_version_is_of_another_is_refused(void **state)
{
	const struct vioapic_chip *chip;
	struct fixture f;

	for_each_chip(chip) {
		start(&f, chip->name, VIOAPIC_SHADOW);
		refuse(&f, reg[1], 0);
		refuse(&f, reg[1], ~0U);
		refuse(&f, reg[1], f.m.reg[1] + 0x10000);
		refuse(&f, reg[1], f.m.reg[1] - 0x10000);
		refuse(&f, reg[1], f.m.reg[1] ^ 0x31);
		/* What else a controller may say there */
		accept(&f, reg[1], f.m.reg[1] | 0xff00ff00);
		/* And where it has no register */
		accept(&f, reg[2], ~0U);
		accept(&f, reg[15], 5);
	}
	/* There are versions that no chip here has */
	start(&f, "82093aa", VIOAPIC_SHADOW);
	accept(&f, reg[1], 0x00170013);
	start(&f, "ich", VIOAPIC_SHADOW);
	accept(&f, reg[1], 0x00178032);
	refuse(&f, reg[1], 0x00170021);
	(void)state;
}

static void a_shadow_pin_that_cannot_be_is_refused(void **state)
{
	struct fixture f;

	start(&f, "ich", VIOAPIC_SHADOW);
	refuse(&f, pin[PIN].storm, 1);
	refuse(&f, pin[PIN].flags, VIOAPIC_PIN_DRIVEN);
	refuse(&f, pin[PIN].rte, EDGE | IRR);
	refuse(&f, pin[PIN].rte, EDGE | DELIVS);
	refuse(&f, pin[PIN].rte, LEVEL);
	refuse(&f, pin[PIN].rte, LEVEL | MASKED | IRR);
	refuse(&f, pin[PIN].rte, LEVEL | MASKED | DELIVS);
	accept(&f, pin[PIN].rte, LEVEL | MASKED);
	accept(&f, pin[PIN].flags, VIOAPIC_PIN_STALE);
	accept(&f, reg[0], ~0U);
	accept(&f, pin[PIN].rte, EDGE | IRR);
	refuse(&f, pin[PIN].rte, EDGE | DELIVS);
	accept(&f, pin[PIN].rte, LEVEL | IRR | DELIVS | 0x0000123400000000ULL);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_of_another_layout_is_refused),
		cmocka_unit_test(an_address_misaligned_or_zero_is_refused),
		cmocka_unit_test(gsis_that_do_not_fit_are_refused),
		cmocka_unit_test(an_unknown_chip_is_refused),
		cmocka_unit_test(the_state_of_another_ioapic_is_refused),
		cmocka_unit_test(a_number_of_pins_out_of_range_is_refused),
		cmocka_unit_test(an_id_too_wide_is_refused),
		cmocka_unit_test(registers_that_the_chip_does_not_have_so_are_refused),
		cmocka_unit_test(an_index_too_wide_is_refused),
		cmocka_unit_test(pins_beyond_the_last_are_refused),
		cmocka_unit_test(an_rte_that_software_cannot_write_is_refused),
		cmocka_unit_test(read_only_bits_that_cannot_be_are_refused),
		cmocka_unit_test(lines_that_cannot_be_are_refused),
		cmocka_unit_test(a_storm_of_a_line_at_rest_is_refused),
		cmocka_unit_test(a_message_held_back_while_one_is_in_service_is_refused),
		cmocka_unit_test(a_shadow_whose_version_is_of_another_is_refused),
		cmocka_unit_test(a_shadow_pin_that_cannot_be_is_refused),
	};

	return cmocka_run_group_tests_name("model: states refused", tests, NULL, NULL);
}
