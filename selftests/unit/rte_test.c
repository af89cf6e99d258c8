// SPDX-License-Identifier: GPL-2.0
/* include/vioapic/rte.h: what is said of an entry, against the bits of the datasheet */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <vioapic/rte.h>

/* Bit 15 is the trigger mode, 16 the mask, 14 remote IRR, 8-10 the delivery mode */
#define FOR_EACH_ENTRY(rte)	\
	for (u64 rte = 0; rte < 1 << 17; rte += 1 << 8)

static unsigned int field(u64 rte, unsigned int shift, unsigned int bits)
{
	return rte >> shift & ((1U << bits) - 1);
}

static bool fixed_or_lowest(u64 rte)
{
	return field(rte, 8, 3) <= 1;
}

static void the_delivery_mode_is_bits_8_to_10(void **state)
{
	(void)state;
	FOR_EACH_ENTRY(rte) {
		unsigned int mode = field(rte, 8, 3);

		assert_int_equal(vioapic_rte_mode(rte), mode);
		assert_int_equal(vioapic_rte_is_reserved(rte), mode == 3 || mode == 6);
	}
}

static void the_destination_is_bits_56_to_63_and_above_them_49_to_55(void **state)
{
	unsigned int bit;

	(void)state;
	assert_int_equal(vioapic_rte_dest(0), 0);
	for (bit = 0; bit < 64; bit++)
		assert_int_equal(vioapic_rte_dest(1ULL << bit),
				 bit >= 56 ? 1 << (bit - 56) : bit >= 49 ? 1 << (bit - 49 + 8) : 0);
	assert_int_equal(vioapic_rte_dest(~0ULL), 0x7fff);
	assert_int_equal(vioapic_rte_dest(0xa5b6000000000000ULL), 0xb6 >> 1 << 8 | 0xa5);
}

static void only_fixed_and_lowest_priority_are_level_triggered(void **state)
{
	(void)state;
	FOR_EACH_ENTRY(rte)
		assert_int_equal(vioapic_rte_is_level(rte),
				 field(rte, 15, 1) && fixed_or_lowest(rte));
}

static void a_level_pin_is_ready_unless_masked_or_in_service(void **state)
{
	(void)state;
	FOR_EACH_ENTRY(rte)
		assert_int_equal(vioapic_rte_is_ready(rte),
				 vioapic_rte_is_level(rte) && !field(rte, 16, 1) &&
				 !field(rte, 14, 1));
}

static void whatever_is_not_level_masked_or_reserved_sends_edges(void **state)
{
	(void)state;
	FOR_EACH_ENTRY(rte)
		assert_int_equal(vioapic_rte_sends_edges(rte),
				 !field(rte, 16, 1) && !vioapic_rte_is_level(rte) &&
				 field(rte, 8, 3) != 3 && field(rte, 8, 3) != 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_delivery_mode_is_bits_8_to_10),
		cmocka_unit_test(the_destination_is_bits_56_to_63_and_above_them_49_to_55),
		cmocka_unit_test(only_fixed_and_lowest_priority_are_level_triggered),
		cmocka_unit_test(a_level_pin_is_ready_unless_masked_or_in_service),
		cmocka_unit_test(whatever_is_not_level_masked_or_reserved_sends_edges),
	};

	return cmocka_run_group_tests_name("model: words for an entry", tests, NULL, NULL);
}
