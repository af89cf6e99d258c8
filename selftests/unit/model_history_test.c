// SPDX-License-Identifier: GPL-2.0
/* virt/model/model.c: how other I/O APIC models were broken, one test each */
#include "model_fixture.h"

#define PIN	5
#define LEVEL	(VIOAPIC_RTE_LEVEL | 0x31)
#define MASKED	VIOAPIC_RTE_MASKED
#define IRR	VIOAPIC_RTE_REMOTE_IRR
#define MODE(m)	((u64)(m) << VIOAPIC_RTE_DELMODE_SHIFT)

/* KVM: IOREGSEL past the table read and wrote memory of the host */
static void cve_2013_1798_an_index_past_the_table_reaches_no_memory(void **state)
{
	struct { u8 red[256]; struct vioapic_model m; u8 zone[256]; } *box;
	struct vioapic_effects fx;
	unsigned int index, i;

	box = malloc(sizeof(*box));
	memset(box, POISON, sizeof(*box));
	assert_int_equal(vioapic_model_init(&box->m, vioapic_chip_find("82093aa"),
					    VIOAPIC_OWNER, 0, 0), 0);
	for (index = 0; index <= 0xffff; index++) {
		/* Also as no write of IOREGSEL leaves it */
		box->m.ioregsel = index;
		if (index % VIOAPIC_REGS < VIOAPIC_REG_RTE + 2 * 24)
			continue;
		assert_int_equal(vioapic_model_read(&box->m, VIOAPIC_IOWIN, 4, &fx), 0);
		assert_int_equal(vioapic_model_read(&box->m, VIOAPIC_IOWIN - 4, 8, &fx), 0);
		vioapic_model_write(&box->m, VIOAPIC_IOWIN, 4, ~0U, &fx);
		assert_int_equal(fx.what, 0);
	}
	for (i = 0; i < 256; i++)
		assert_true(box->red[i] == POISON && box->zone[i] == POISON);
	free(box);
	(void)state;
}

/* KVM: -1, for no destination, was added up as a count of deliveries */
static void cve_2014_0155_no_destination_is_no_delivery(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_OWNER);
	rte_write(&f, PIN, 0xfe00000000000000ULL | LEVEL);
	line(&f, PIN, true);
	assert_not_taken(&f, PIN);
	assert_false(rte_read(&f, PIN) & IRR);
	rte_write(&f, PIN, LEVEL);
	assert_nothing_sent(&f);
	/* The high half came first, and was the retry */
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	assert_true(rte_read(&f, PIN) & IRR);
	(void)state;
}

/* KVM: destinations indexed arrays as long as the number of CPUs */
static void cve_2016_9777_any_destination_is_only_kept(void **state)
{
	struct fixture f;
	u64 dest;

	start(&f, "generic240", VIOAPIC_OWNER);
	for (dest = 0; dest < 0x10000; dest++) {
		rte_write(&f, 239, dest << 48 | VIOAPIC_RTE_LOGICAL | MASKED);
		assert_int_equal(f.m.rte[239], dest << 48 | VIOAPIC_RTE_LOGICAL | MASKED);
	}
	(void)state;
}

/* KVM, 2021: one word for a bitmap of more than 64 */
static void pins_beyond_64_have_their_own_bits(void **state)
{
	struct fixture f;
	unsigned int pin, other;

	start(&f, "generic240", VIOAPIC_OWNER);
	for (pin = 0; pin < 240; pin++)
		rte_write(&f, pin, VIOAPIC_RTE_LEVEL | pin);
	for (pin = 0; pin < 240; pin++) {
		line(&f, pin, true);
		assert_taken(&f, pin);
		assert_consistent(&f);
		line(&f, pin, false);
		for (other = 1; other < 4; other++) {
			eoi(&f, pin + 64 * other);
			assert_true(f.m.rte[pin] & IRR);
		}
		eoi(&f, pin);
		assert_false(f.m.rte[pin] & IRR);
	}
	(void)state;
}

/* KVM: the EOI scan ran without an I/O APIC; here one without anything in service */
static void cve_2018_19407_an_eoi_with_nothing_set_up_does_nothing(void **state)
{
	struct vioapic_model before;
	struct fixture f;
	unsigned int role, vector;

	for (role = VIOAPIC_SHADOW; role <= VIOAPIC_OWNER; role++) {
		start(&f, "ich", role);
		before = f.m;
		for (vector = 0; vector < 256; vector++) {
			eoi(&f, vector);
			assert_int_equal(f.fx.what, 0);
		}
		assert_memory_equal(&f.m, &before, sizeof(before));
	}
	(void)state;
}

/* KVM: EOI, resample, set line, deliver, EOI .. until the stack was gone */
static void cve_2020_27152_an_eoi_sends_once_and_returns(void **state)
{
	struct fixture f;
	unsigned int i;

	start(&f, "ich", VIOAPIC_OWNER);
	rte_write(&f, PIN, LEVEL);
	line(&f, PIN, true);
	for (i = 0; i < 9999; i++) {
		assert_taken(&f, PIN);
		eoi(&f, 0x31);
		/* Nothing is accepted before the caller says so: no way back in here */
		assert_false(f.m.rte[PIN] & IRR);
	}
	assert_taken(&f, PIN);
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, VIOAPIC_FX_STORM);
	(void)state;
}

/* KVM, 2026: the timer fired for what was gone; here a storm that is over already */
static void a_storm_timer_that_fires_late_finds_nothing(void **state)
{
	struct vioapic_model before;
	struct fixture f;

	start(&f, "ich", VIOAPIC_OWNER);
	f.m.storm_limit = 1;
	rte_write(&f, PIN, LEVEL);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, VIOAPIC_FX_STORM);
	reset(&f);
	before = f.m;
	storm_over(&f);
	assert_int_equal(f.fx.what, 0);
	assert_memory_equal(&f.m, &before, sizeof(before));
	(void)state;
}

/* KVM, 2025: a retarget in service lost the EOI, and its fix left stale intercepts */
static void a_retarget_in_service_loses_no_eoi_and_leaves_none(void **state)
{
	struct fixture f;

	start(&f, "ich", VIOAPIC_OWNER);
	rte_write(&f, PIN, LEVEL);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	rte_write(&f, PIN, 0x0300000000000000ULL | VIOAPIC_RTE_LEVEL | 0x44);
	assert_nothing_sent(&f);
	line(&f, PIN, false);
	eoi(&f, 0x44);
	assert_int_equal(rte_read(&f, PIN), 0x0300000000000000ULL | VIOAPIC_RTE_LEVEL | 0x44);
	/* Neither vector means anything now */
	line(&f, PIN, true);
	assert_sent_only(&f, PIN);
	eoi(&f, 0x31);
	assert_int_equal(f.fx.what, 0);
	eoi(&f, 0x44);
	assert_int_equal(f.fx.what, 0);
	(void)state;
}

/* Xen: a GSI out of range reached the model from another device */
static void xsa_261_a_pin_out_of_range_reaches_nothing(void **state)
{
	struct vioapic_model before;
	struct fixture f;
	unsigned int pin;

	start(&f, "82093aa", VIOAPIC_OWNER);
	before = f.m;
	for (pin = 24; pin < 70000; pin++) {
		line(&f, pin, true);
		assert_int_equal(f.fx.what, 0);
		vioapic_model_delivered(&f.m, pin, true);
		vioapic_model_sample(&f.m, pin, ~0U);
	}
	assert_memory_equal(&f.m, &before, sizeof(before));
	(void)state;
}

/* Xen: delivery where there was no local APIC to take it */
static void xsa_256_without_a_local_apic_a_message_waits(void **state)
{
	struct fixture f;
	unsigned int i;

	start(&f, "82093aa", VIOAPIC_OWNER);
	rte_write(&f, PIN, LEVEL);
	for (i = 0; i < 100; i++) {
		line(&f, PIN, true);
		assert_not_taken(&f, PIN);
		assert_int_equal(rte_read(&f, PIN), LEVEL | VIOAPIC_RTE_DELIVS);
		eoi(&f, 0x31);
		assert_int_equal(f.fx.what, 0);
	}
	(void)state;
}

/* Several: a panic that the guest could reach */
static void no_delivery_mode_is_fatal(void **state)
{
	struct fixture f;
	unsigned int mode;

	for (mode = 0; mode < 8; mode++) {
		start(&f, "82093aa", VIOAPIC_OWNER);
		rte_write(&f, PIN, LEVEL | MODE(mode));
		line(&f, PIN, true);
		assert_int_equal(sent(&f, PIN), mode != 3 && mode != 6);
		vioapic_model_delivered(&f.m, PIN, true);
		assert_int_equal(!!(f.m.rte[PIN] & IRR), mode < 2);
		eoi(&f, 0x31);
		assert_int_equal(sent(&f, PIN), mode < 2);
	}
	(void)state;
}

/* The version register has the last pin, not how many there are */
static void there_is_no_pin_past_the_maximum_redirection_entry(void **state)
{
	const struct vioapic_chip *chip;
	unsigned int last;
	struct fixture f;

	for_each_chip(chip) {
		start(&f, chip->name, VIOAPIC_OWNER);
		last = reg_read(&f, VIOAPIC_REG_VERSION) >> 16 & 0xff;
		assert_int_equal(last + 1, chip->pins);
		rte_write(&f, last, LEVEL);
		assert_int_equal(rte_read(&f, last), LEVEL);
		if (LOW_HALF(last + 1) > f.m.index_mask)
			continue;
		rte_write(&f, last + 1, LEVEL);
		assert_int_equal(rte_read(&f, last + 1), 0);
		line(&f, last + 1, true);
		assert_int_equal(f.fx.what, 0);
	}
	(void)state;
}

/* There are no globals that the first would keep from the second */
static void a_second_ioapic_is_as_alive_as_the_first(void **state)
{
	struct fixture f[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		start(&f[i], i ? "pch120" : "82093aa", VIOAPIC_OWNER);
		rte_write(&f[i], PIN, LEVEL + i);
	}
	for (i = 0; i < 2; i++) {
		line(&f[i], PIN, true);
		assert_taken(&f[i], PIN);
	}
	for (i = 0; i < 2; i++) {
		eoi(&f[i], 0x31 + !i);
		assert_nothing_sent(&f[i]);
		eoi(&f[i], 0x31 + i);
		assert_taken(&f[i], PIN);
	}
	(void)state;
}

/* Several: asserted while masked, and never heard of again */
static void a_level_interrupt_is_not_lost_at_unmask(void **state)
{
	struct fixture f;

	start(&f, "82093aa", VIOAPIC_OWNER);
	line(&f, PIN, true);
	rte_write(&f, PIN, LEVEL | MASKED);
	rte_write(&f, PIN, LEVEL);
	assert_taken(&f, PIN);
	rte_write(&f, PIN, LEVEL | MASKED);
	eoi(&f, 0x31);
	assert_nothing_sent(&f);
	rte_write(&f, PIN, LEVEL);
	assert_sent_only(&f, PIN);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cve_2013_1798_an_index_past_the_table_reaches_no_memory),
		cmocka_unit_test(cve_2014_0155_no_destination_is_no_delivery),
		cmocka_unit_test(cve_2016_9777_any_destination_is_only_kept),
		cmocka_unit_test(pins_beyond_64_have_their_own_bits),
		cmocka_unit_test(cve_2018_19407_an_eoi_with_nothing_set_up_does_nothing),
		cmocka_unit_test(cve_2020_27152_an_eoi_sends_once_and_returns),
		cmocka_unit_test(a_storm_timer_that_fires_late_finds_nothing),
		cmocka_unit_test(a_retarget_in_service_loses_no_eoi_and_leaves_none),
		cmocka_unit_test(xsa_261_a_pin_out_of_range_reaches_nothing),
		cmocka_unit_test(xsa_256_without_a_local_apic_a_message_waits),
		cmocka_unit_test(no_delivery_mode_is_fatal),
		cmocka_unit_test(there_is_no_pin_past_the_maximum_redirection_entry),
		cmocka_unit_test(a_second_ioapic_is_as_alive_as_the_first),
		cmocka_unit_test(a_level_interrupt_is_not_lost_at_unmask),
	};

	return cmocka_run_group_tests_name("model: how others were broken", tests, NULL, NULL);
}
