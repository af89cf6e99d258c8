// SPDX-License-Identifier: GPL-2.0
/* virt/model/kvm_state.c: KVM's format */
#include "state_fixture.h"
#include <linux/kvm.h>

#define MODE(m)	((u64)(m) << VIOAPIC_RTE_DELMODE_SHIFT)

static struct kvm_ioapic_state kvm;

static const struct vioapic_chip *chip(const char *name)
{
	return vioapic_chip_find(name);
}

/* To what begin() begins with */
static int from_kvm(void)
{
	memset(&again, POISON, sizeof(again));
	return vioapic_state_from_kvm(&again, &kvm, chip("ich"), 24, 0);
}

/* KVM's as it is made, with @rte for the pin, and its line asserted or not */
static void begin_kvm(u64 rte, bool irr)
{
	unsigned int pin;

	memset(&kvm, 0, sizeof(kvm));
	kvm.base_address = ADDRESS;
	for (pin = 0; pin < 24; pin++)
		kvm.redirtbl[pin].bits = MASKED;
	kvm.redirtbl[PIN].bits = rte;
	kvm.irr = irr << PIN;
}

/* What was converted, in a model */
static void move_from_kvm(struct fixture *f)
{
	assert_int_equal(from_kvm(), 0);
	saved = again;
	start(f, "ich", VIOAPIC_OWNER);
	assert_int_equal(restore(f), 0);
}

static void a_state_comes_back_from_kvm_as_it_went(void **state)
{
	struct fixture f, to;
	unsigned int pin;

	start(&f, "82093aa", VIOAPIC_OWNER);
	reg_write(&f, VIOAPIC_REG_ID, 0x0a000000);
	for (pin = 0; pin < 24; pin++) {
		rte_write(&f, pin, (u64)pin << 56 | (u64)pin << 49 | (pin % 2 ? LEVEL : EDGE) |
			  (pin % 3 ? 0 : MASKED) | (pin % 5 ? 0 : VIOAPIC_RTE_LOGICAL));
		if (pin % 4 == 1) {
			line(&f, pin, true);
			vioapic_model_delivered(&f.m, pin, pin < 12);
		}
	}
	wr(&f, VIOAPIC_IOREGSEL, 4, 0x21);
	save(&f, &saved);
	saved.gsi_base = 48;
	memset(&kvm, POISON, sizeof(kvm));
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
	assert_int_equal(kvm.base_address, ADDRESS);
	assert_int_equal(kvm.id, 10);
	assert_int_equal(kvm.ioregsel, 0x21);
	assert_int_equal(kvm.pad, 0);
	assert_int_equal(kvm.irr, 0x222222);
	memset(&again, POISON, sizeof(again));
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("82093aa"), 24, 48), 0);
	assert_memory_equal(&saved, &again, sizeof(saved));
	start(&to, "82093aa", VIOAPIC_OWNER);
	assert_int_equal(restore(&to), 0);
	/* Refused ones, unmasked: 13 and 17 */
	assert_int_equal(sent_count(&to), 2);
	assert_true(sent(&to, 13) && sent(&to, 17));
	(void)state;
}

static void kvm_delivers_what_was_held_and_knows_no_delivery_status(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	f.m.storm_limit = 1;
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, VIOAPIC_FX_STORM);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
	assert_int_equal(kvm.redirtbl[PIN].bits, LEVEL);
	assert_int_equal(kvm.irr, 1 << PIN);
	assert_int_equal(from_kvm(), 0);
	assert_int_equal(again.pin[PIN].storm, 0);
	assert_int_equal(again.pin[PIN].rte, LEVEL | DELIVS);
	(void)state;
}

static void edges_go_to_kvm_once(void **state)
{
	struct fixture f;

	/* Delivered: its bit is clear, or KVM would deliver it again */
	begin(&f, EDGE);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
	assert_int_equal(kvm.irr, 0);
	/* Not yet */
	begin(&f, EDGE);
	line(&f, PIN, true);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
	assert_int_equal(kvm.irr, 1 << PIN);
	assert_int_equal(from_kvm(), 0);
	assert_true(again.pin[PIN].flags & VIOAPIC_PIN_LATCHED);
	/* Masked: the line alone */
	begin(&f, EDGE | MASKED);
	line(&f, PIN, true);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
	assert_int_equal(kvm.irr, 1 << PIN);
	assert_int_equal(from_kvm(), 0);
	assert_int_equal(again.pin[PIN].flags, VIOAPIC_PIN_HIGH | VIOAPIC_PIN_DRIVEN);
	(void)state;
}

static void kvm_knows_assertion_and_not_polarity(void **state)
{
	struct fixture f;

	begin(&f, LEVEL | LOW | MASKED);
	line(&f, PIN, false);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
	assert_int_equal(kvm.irr, 1 << PIN);
	assert_int_equal(from_kvm(), 0);
	assert_int_equal(again.pin[PIN].flags, VIOAPIC_PIN_DRIVEN);
	line(&f, PIN, true);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
	assert_int_equal(kvm.irr, 0);
	(void)state;
}

static void what_kvm_cannot_hold_is_refused_not_truncated(void **state)
{
	struct kvm_ioapic_state untouched;
	struct fixture f;

	memset(&kvm, POISON, sizeof(kvm));
	untouched = kvm;
	start(&f, "pch120", VIOAPIC_OWNER);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), -ERANGE);
	start(&f, "amd", VIOAPIC_OWNER);
	reg_write(&f, VIOAPIC_REG_ID, 0x10000000);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), -ERANGE);
	start(&f, "ich", VIOAPIC_SHADOW);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), -EINVAL);
	begin(&f, LEVEL);
	save(&f, &saved);
	saved.reserved[1] = 1;
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), -EINVAL);
	assert_int_equal(vioapic_model_init(&f.m, vioapic_chip_find("ich"), VIOAPIC_OWNER, 25, 0),
			 0);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), -ERANGE);
	assert_memory_equal(&kvm, &untouched, sizeof(kvm));
	(void)state;
}

static void pins_that_only_kvm_has_are_masked(void **state)
{
	struct fixture f;

	assert_int_equal(vioapic_model_init(&f.m, vioapic_chip_find("amd"), VIOAPIC_OWNER, 3, 15),
			 0);
	rte_write(&f, 2, EDGE);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
	assert_int_equal(kvm.id, 15);
	assert_int_equal(kvm.redirtbl[2].bits, EDGE);
	assert_int_equal(kvm.redirtbl[3].bits, MASKED);
	assert_int_equal(kvm.redirtbl[23].bits, MASKED);
	(void)state;
}

static void what_a_guest_wrote_into_reserved_bits_is_dropped(void **state)
{
	unsigned int bit;

	for (bit = 17; bit < 48; bit++) {
		begin_kvm(LEVEL | IRR | 1ULL << bit, true);
		assert_int_equal(from_kvm(), 0);
		assert_int_equal(again.pin[PIN].rte, LEVEL | IRR);
		assert_int_equal(again.pin[PIN].flags, VIOAPIC_PIN_HIGH | VIOAPIC_PIN_DRIVEN);
	}
	begin_kvm(~0ULL, false);
	assert_int_equal(from_kvm(), 0);
	assert_int_equal(again.pin[PIN].rte, 0xffff00000001afff);
	(void)state;
}

static void a_state_goes_to_kvm_and_back_on_every_chip(void **state)
{
	static const unsigned int pins[] = { 1, 3, 23, 24 };
	const struct vioapic_chip *chip;
	struct fixture f, to;
	unsigned int i;

	for_each_chip(chip) {
		for (i = 0; i < 4; i++) {
			assert_int_equal(vioapic_model_init(&f.m, chip, VIOAPIC_OWNER,
							    pins[i], 9), 0);
			rte_write(&f, 0, LEVEL);
			line(&f, 0, true);
			assert_taken(&f, 0);
			rte_write(&f, pins[i] - 1, LEVEL | 7ULL << 56);
			save(&f, &saved);
			assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
			memset(&again, POISON, sizeof(again));
			assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip, pins[i], 0), 0);
			assert_memory_equal(&again, &saved, sizeof(saved));
			assert_int_equal(vioapic_model_init(&to.m, chip, VIOAPIC_OWNER,
							    pins[i], 0), 0);
			assert_int_equal(restore(&to), 0);
		}
	}
	(void)state;
}

static void pins_that_are_in_use_and_not_there_are_refused(void **state)
{
	begin_kvm(LEVEL, false);
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("ich"), PIN + 1, 0), 0);
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("ich"), PIN, 0), -ERANGE);
	begin_kvm(MASKED, true);
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("ich"), PIN + 1, 0), 0);
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("ich"), PIN, 0), -ERANGE);
	begin_kvm(MASKED, false);
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("ich"), PIN, 0), 0);
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("ich"), 1, 0), 0);
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("ich"), 0, 0), -EINVAL);
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("pch120"), 25, 0), -ERANGE);
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("pch120"), 120, 0), -ERANGE);
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("pch120"), ~0U, 0), -ERANGE);
	(void)state;
}

static void an_nmi_that_kvm_has_sent_is_not_sent_again(void **state)
{
	static const enum vioapic_delmode modes[] = {
		VIOAPIC_SMI, VIOAPIC_NMI, VIOAPIC_INIT, VIOAPIC_EXTINT,
	};
	struct fixture f;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		/* Level-triggered in KVM, and in service */
		begin_kvm(LEVEL | MODE(modes[i]) | IRR, true);
		move_from_kvm(&f);
		assert_nothing_sent(&f);
		assert_int_equal(rte_read(&f, PIN), LEVEL | MODE(modes[i]));
		line(&f, PIN, true);
		assert_nothing_sent(&f);
		/* It has the next edge, and as a level it is not dead */
		line(&f, PIN, false);
		line(&f, PIN, true);
		assert_taken(&f, PIN);
		rte_write(&f, PIN, LEVEL);
		assert_sent_only(&f, PIN);
		/* KVM would deliver this one: nobody has taken it */
		begin_kvm(LEVEL | MODE(modes[i]), true);
		move_from_kvm(&f);
		assert_sent_only(&f, PIN);
		begin_kvm(LEVEL | MODE(modes[i]) | MASKED, true);
		move_from_kvm(&f);
		assert_nothing_sent(&f);
	}
	(void)state;
}

static void an_nmi_lost_while_masked_is_not_sent_by_kvm_at_the_unmask(void **state)
{
	struct fixture f;
	unsigned int mode;

	for (mode = 0; mode < 8; mode++) {
		/* KVM looks at bit 15 and at irr then */
		begin(&f, LEVEL | MODE(mode) | MASKED);
		line(&f, PIN, true);
		save(&f, &saved);
		assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
		assert_int_equal(kvm.irr, (mode < 2) << PIN);
		/* Without bit 15, it sends nothing, and knows that the line is not to rise again */
		begin(&f, EDGE | MODE(mode) | MASKED);
		line(&f, PIN, true);
		save(&f, &saved);
		assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
		assert_int_equal(kvm.irr, 1 << PIN);
		assert_int_equal(from_kvm(), 0);
		assert_int_equal(again.pin[PIN].flags, VIOAPIC_PIN_HIGH | VIOAPIC_PIN_DRIVEN);
	}
	(void)state;
}

/* Where KVM has it, 6 is the mode of a start-up IPI */
static void what_has_a_reserved_mode_is_not_sent_by_kvm(void **state)
{
	static const u64 rtes[] = {
		EDGE | MODE(3), EDGE | MODE(6), LEVEL | MODE(3), LEVEL | MODE(6),
	};
	struct fixture f;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		begin(&f, rtes[i]);
		line(&f, PIN, true);
		assert_nothing_sent(&f);
		save(&f, &saved);
		assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
		assert_int_equal(kvm.irr, 0);
	}
	(void)state;
}

static void remote_irr_of_an_edge_pin_is_left_behind(void **state)
{
	struct fixture f;

	begin_kvm(EDGE | IRR, false);
	move_from_kvm(&f);
	assert_int_equal(rte_read(&f, PIN), EDGE);
	reg_write(&f, LOW_HALF(PIN), LEVEL);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	/* KVM would deliver the edge, whatever the bit says */
	begin_kvm(EDGE | IRR, true);
	move_from_kvm(&f);
	assert_sent_only(&f, PIN);
	/* And stuck, by a fault */
	begin_in_service(&f);
	rte_write(&f, PIN, EDGE);
	vioapic_model_stick(&f.m, PIN, &f.fx);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
	assert_int_equal(kvm.redirtbl[PIN].bits, EDGE);
	/* In service, and its mode changed since */
	begin_in_service(&f);
	rte_write(&f, PIN, LEVEL | MODE(VIOAPIC_NMI));
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
	assert_int_equal(kvm.redirtbl[PIN].bits, LEVEL | MODE(VIOAPIC_NMI));
	(void)state;
}

#define refuse_kvm(f, field, value) do { \
	save(f, &saved); \
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0); \
	assert_int_equal(from_kvm(), 0); \
	kvm.field = (value); \
	assert_int_equal(from_kvm(), -EINVAL); \
} while (0)

static void a_state_of_kvm_that_no_chip_can_have_is_refused(void **state)
{
	struct fixture f;

	begin(&f, LEVEL);
	refuse_kvm(&f, base_address, 0);
	refuse_kvm(&f, base_address, ADDRESS + 0x10);
	refuse_kvm(&f, ioregsel, 0x100);
	refuse_kvm(&f, id, 16);
	refuse_kvm(&f, id, 0x100);
	refuse_kvm(&f, irr, 1 << 24);
	refuse_kvm(&f, pad, 1);
	save(&f, &saved);
	assert_int_equal(vioapic_state_to_kvm(&saved, &kvm), 0);
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("ich"), 24, ~0U - 22), -EINVAL);
	assert_int_equal(vioapic_state_from_kvm(&again, &kvm, chip("ich"), 24, ~0U - 23), 0);
	/* Not KVM's to keep, and not taken from it */
	kvm.redirtbl[23].bits = EDGE | DELIVS;
	assert_int_equal(from_kvm(), 0);
	assert_int_equal(again.pin[23].rte, EDGE);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_comes_back_from_kvm_as_it_went),
		cmocka_unit_test(kvm_delivers_what_was_held_and_knows_no_delivery_status),
		cmocka_unit_test(edges_go_to_kvm_once),
		cmocka_unit_test(kvm_knows_assertion_and_not_polarity),
		cmocka_unit_test(what_kvm_cannot_hold_is_refused_not_truncated),
		cmocka_unit_test(pins_that_only_kvm_has_are_masked),
		cmocka_unit_test(what_a_guest_wrote_into_reserved_bits_is_dropped),
		cmocka_unit_test(a_state_goes_to_kvm_and_back_on_every_chip),
		cmocka_unit_test(pins_that_are_in_use_and_not_there_are_refused),
		cmocka_unit_test(an_nmi_that_kvm_has_sent_is_not_sent_again),
		cmocka_unit_test(an_nmi_lost_while_masked_is_not_sent_by_kvm_at_the_unmask),
		cmocka_unit_test(what_has_a_reserved_mode_is_not_sent_by_kvm),
		cmocka_unit_test(remote_irr_of_an_edge_pin_is_left_behind),
		cmocka_unit_test(a_state_of_kvm_that_no_chip_can_have_is_refused),
	};

	return cmocka_run_group_tests_name("model: KVM's format", tests, NULL, NULL);
}
