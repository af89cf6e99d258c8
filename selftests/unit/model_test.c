// SPDX-License-Identifier: GPL-2.0
/* virt/model/model.c: chips and registers, in either role */
#include "model_fixture.h"

#define SIZES	((const unsigned int[]){ 1, 2, 4, 8 })

static const enum vioapic_role roles[] = { VIOAPIC_SHADOW, VIOAPIC_OWNER };

/* Chips */

static void a_chip_is_found_by_its_name(void **state)
{
	const struct vioapic_chip *chip;

	for_each_chip(chip)
		assert_ptr_equal(vioapic_chip_find(chip->name), chip);
	assert_null(vioapic_chip_find("82093a"));
	assert_null(vioapic_chip_find("82093aaa"));
	assert_null(vioapic_chip_find(""));
	(void)state;
}

static void the_personalities_are_those_of_the_datasheets(void **state)
{
	static const struct {
		const char *name;
		unsigned int version, id_bits, pins;
		bool eoi, arb;
		u32 scratch;
	} want[] = {
		{ "82093aa",	0x11, 4,  24, false, true, 0 },
		{ "ich",	0x20, 4,  24, true,  false, 0x8000 },
		{ "pch120",	0x20, 4, 120, true,  false, 0 },
		{ "via",	0x11, 4,  24, true,  true, 0 },
		{ "amd",	0x21, 8,  24, true,  true, 0 },
		{ "qemu",	0x20, 4,  24, true,  true, 0 },
		{ "generic240",	0x20, 8, 240, true,  true, 0 },
	};
	const struct vioapic_chip *chip;
	unsigned int i;

	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		chip = &vioapic_chips[i];
		assert_string_equal(chip->name, want[i].name);
		assert_int_equal(chip->version, want[i].version);
		assert_int_equal(chip->id_bits, want[i].id_bits);
		assert_int_equal(chip->pins, want[i].pins);
		assert_int_equal(chip->has_eoi, want[i].eoi);
		assert_int_equal(chip->has_arb, want[i].arb);
		assert_int_equal(chip->id_scratch, want[i].scratch);
		/* Linux writes the EOI register if the version is 0x20 or more */
		assert_true(chip->version < 0x20 || chip->has_eoi);
		assert_int_equal(chip->rte_mask, 0xffff00000001afffULL);
	}
	assert_null(vioapic_chips[i].name);
	(void)state;
}

static void there_is_a_chip_for_every_version(void **state)
{
	unsigned int version;

	for (version = 0; version < 256; version++) {
		const struct vioapic_chip *chip = vioapic_chip_for(version);

		assert_int_equal(chip->has_eoi, version >= 0x20);
		assert_int_equal(chip->id_bits, version == 0x21 ? 8 : 4);
	}
	assert_string_equal(vioapic_chip_for(0x11)->name, "82093aa");
	assert_string_equal(vioapic_chip_for(0x20)->name, "ich");
	(void)state;
}

static void a_number_of_pins_out_of_range_is_refused(void **state)
{
	static const unsigned int bad[] = { 241, 255, 256, 65536, 65537, ~0U };
	struct fixture f;
	unsigned int i, pins;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(vioapic_model_init(&f.m, &vioapic_chips[0], VIOAPIC_OWNER,
						    bad[i], 0), -EINVAL);
	for (pins = 1; pins <= VIOAPIC_MAX_PINS; pins++) {
		assert_int_equal(vioapic_model_init(&f.m, &vioapic_chips[0], VIOAPIC_OWNER,
						    pins, 0), 0);
		assert_int_equal(f.m.pins, pins);
		assert_int_equal(reg_read(&f, VIOAPIC_REG_VERSION), (pins - 1) << 16 | 0x11);
	}
	(void)state;
}

static void an_id_too_wide_for_the_chip_is_refused_not_truncated(void **state)
{
	const struct vioapic_chip *chip;
	struct fixture f;
	unsigned int id;

	for_each_chip(chip)
		for (id = 0; id < 256; id++) {
			bool fits = id < 1U << chip->id_bits;

			assert_int_equal(vioapic_model_init(&f.m, chip, VIOAPIC_OWNER, 0, id),
					 fits ? 0 : -EINVAL);
			if (fits)
				assert_int_equal(reg_read(&f, VIOAPIC_REG_ID), id << 24);
		}
	(void)state;
}

static void a_shadow_takes_the_id_that_the_controller_has(void **state)
{
	struct fixture f;

	assert_int_equal(vioapic_model_init(&f.m, &vioapic_chips[0], VIOAPIC_SHADOW, 0, 0xfe), 0);
	assert_int_equal(reg_read(&f, VIOAPIC_REG_ID), 0xfe000000);
	(void)state;
}

/* Registers */

static void an_rte_starts_masked_and_otherwise_zero(void **state)
{
	const struct vioapic_chip *chip;
	struct fixture f;
	unsigned int pin;

	for_each_chip(chip) {
		start(&f, chip->name, VIOAPIC_OWNER);
		for (pin = 0; pin < f.m.pins; pin++)
			assert_int_equal(rte_read(&f, pin), 0x0000000000010000ULL);
		assert_int_equal(f.m.storm_limit, 10000);
	}
	(void)state;
}

static void ioregsel_is_eight_bits_wide(void **state)
{
	const struct vioapic_chip *chip;
	struct fixture f;

	for_each_chip(chip) {
		start(&f, chip->name, VIOAPIC_OWNER);
		if (f.m.pins > 120)
			continue;
		wr(&f, VIOAPIC_IOREGSEL, 4, 0x101);
		assert_int_equal(rd(&f, VIOAPIC_IOREGSEL, 4), 0x01);
		assert_int_equal(rd(&f, VIOAPIC_IOWIN, 4), f.m.reg[VIOAPIC_REG_VERSION]);
		wr(&f, VIOAPIC_IOREGSEL, 8, ~0ULL);
		assert_int_equal(rd(&f, VIOAPIC_IOREGSEL, 8), 0xff);
	}
	(void)state;
}

static void ioregsel_has_a_ninth_bit_only_if_pins_need_it(void **state)
{
	struct fixture f;
	unsigned int pins;

	for (pins = 1; pins <= VIOAPIC_MAX_PINS; pins++) {
		assert_int_equal(vioapic_model_init(&f.m, vioapic_chip_find("generic240"),
						    VIOAPIC_OWNER, pins, 0), 0);
		wr(&f, VIOAPIC_IOREGSEL, 4, ~0U);
		assert_int_equal(rd(&f, VIOAPIC_IOREGSEL, 4), pins > 120 ? 0x1ff : 0xff);
	}
	(void)state;
}

static void every_pin_is_reached_through_the_window(void **state)
{
	const struct vioapic_chip *chip;
	struct fixture f;
	unsigned int pin;

	for_each_chip(chip) {
		start(&f, chip->name, VIOAPIC_OWNER);
		for (pin = 0; pin < f.m.pins; pin++) {
			rte_write(&f, pin, (u64)pin << 56 | VIOAPIC_RTE_MASKED | (pin + 1));
			assert_int_equal(f.fx.what, VIOAPIC_FX_ROUTE);
			assert_int_equal(f.fx.pin, pin);
		}
		for (pin = 0; pin < f.m.pins; pin++)
			assert_int_equal(rte_read(&f, pin),
					 (u64)pin << 56 | VIOAPIC_RTE_MASKED | (pin + 1));
	}
	(void)state;
}

/* What software can write of a register; the read-only bits are apart */
static u32 writable(const struct vioapic_model *m, unsigned int index)
{
	if (index == VIOAPIC_REG_ID)
		return (m->chip->id_bits == 8 ? 0xff000000 : 0x0f000000) | m->chip->id_scratch;
	if (index < LOW_HALF(0) || index >= (unsigned int)LOW_HALF(m->pins))
		return 0;
	return index & 1 ? 0xffff0000 : 0x0001afff;
}

static bool is_low_half(const struct vioapic_model *m, unsigned int index)
{
	return index >= VIOAPIC_REG_RTE && index < (unsigned int)LOW_HALF(m->pins) && !(index & 1);
}

/* The page as bytes */
static void page_of(const struct vioapic_model *m, u8 *page)
{
	u32 data = vioapic_model_register(m, m->ioregsel);

	memset(page, 0, 4096 + 8);
	memcpy(page + VIOAPIC_IOREGSEL, &m->ioregsel, 2);
	memcpy(page + VIOAPIC_IOWIN, &data, 4);
}

static void check_read(struct fixture *f, unsigned int index, unsigned int offset,
		       unsigned int size)
{
	struct vioapic_model before = f->m;
	bool asks = f->m.role == VIOAPIC_SHADOW && is_low_half(&f->m, index) &&
		    (f->m.reg[index] & (VIOAPIC_RTE_LEVEL | VIOAPIC_RTE_REMOTE_IRR)) &&
		    offset <= 0x11 && offset + size > 0x11;
	u8 page[4096 + 8];
	u64 want = 0;
	u32 data;

	page_of(&f->m, page);
	memcpy(&want, page + offset, size);
	assert_int_equal(rd(f, offset, size), want);
	assert_int_equal(f->fx.what, asks ? VIOAPIC_FX_SAMPLE : 0);
	if (asks)
		assert_int_equal(f->fx.pin, (index - 0x10) / 2);
	if (offset == VIOAPIC_IOWIN && size == 4) {
		/* The short cut says the same */
		assert_int_equal(vioapic_model_iowin(&f->m, &data), !asks);
		if (!asks)
			assert_int_equal(data, want);
	}
	assert_memory_equal(&f->m, &before, sizeof(before));
}

static void check_write(struct fixture *f, unsigned int index, unsigned int offset,
			unsigned int size, u64 value)
{
	const struct vioapic_chip *chip = f->m.chip;
	struct vioapic_model before = f->m;
	bool eoi = chip->has_eoi && offset <= VIOAPIC_EOI && offset + size > VIOAPIC_EOI;
	u32 data, want[VIOAPIC_REGS], was, mask = writable(&f->m, index);
	unsigned int what = 0, sel, i;
	u8 page[4096 + 8];

	page_of(&f->m, page);
	memcpy(page + offset, &value, size);
	memcpy(&sel, page + VIOAPIC_IOREGSEL, 4);
	memcpy(&data, page + VIOAPIC_IOWIN, 4);
	memcpy(want, f->m.reg, sizeof(want));
	was = want[index];
	want[index] = (was & ~mask) | (data & mask);
	/* Unchanged, it is not written, and what the controller has stays so */
	if (is_low_half(&f->m, index) && !(want[index] & VIOAPIC_RTE_LEVEL) &&
	    (f->m.role == VIOAPIC_OWNER || (was ^ want[index]) & mask))
		want[index] &= ~VIOAPIC_RTE_READONLY;
	if ((was ^ want[index]) & mask & ~(index ? 0 : chip->id_scratch))
		what = index ? VIOAPIC_FX_ROUTE : VIOAPIC_FX_ID;
	if (eoi)
		what |= VIOAPIC_FX_EOI;
	if (chip->has_arb && !index)
		want[VIOAPIC_REG_ARB] = want[0] & mask & ~chip->id_scratch;

	wr(f, offset, size, value);
	assert_int_equal(f->fx.what, what);
	if (eoi)
		assert_int_equal(f->fx.val, page[VIOAPIC_EOI]);
	if (what & VIOAPIC_FX_ID)
		assert_int_equal(f->fx.val, want[0] >> 24);
	if (what & VIOAPIC_FX_ROUTE) {
		assert_int_equal(f->fx.pin, (index - 0x10) / 2);
		assert_int_equal(f->fx.old, before.rte[f->fx.pin] & ~VIOAPIC_RTE_READONLY);
		assert_int_equal(f->fx.new, f->m.rte[f->fx.pin] & ~VIOAPIC_RTE_READONLY);
	}
	assert_int_equal(f->m.ioregsel, sel & (f->m.pins > 120 ? 0x1ff : 0xff));
	for (i = 0; i < VIOAPIC_REGS; i++)
		if (f->m.reg[i] != want[i])
			fail_msg("%s: write of %u at %#x, index %#x: register %#x is %#x, not %#x",
				 chip->name, size, offset, index, i, f->m.reg[i], want[i]);
	f->m = before;
}

static u64 noise(u64 *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void fill(struct fixture *f, u64 *seed)
{
	unsigned int pin;

	for (pin = 0; pin < f->m.pins; pin++) {
		u64 rte = noise(seed) & ~VIOAPIC_RTE_MASKED;

		if (f->m.role == VIOAPIC_OWNER) {
			rte_write(f, pin, rte);
			continue;
		}
		vioapic_model_load(&f->m, HIGH_HALF(pin), rte >> 32);
		vioapic_model_load(&f->m, LOW_HALF(pin), rte);
	}
}

static void check_accesses(struct fixture *f, unsigned int index, unsigned int offset, u64 *seed)
{
	unsigned int i;

	f->m.ioregsel = index;
	for (i = 0; i < 4; i++) {
		check_read(f, index, offset, SIZES[i]);
		check_write(f, index, offset, SIZES[i], noise(seed));
	}
}

static void an_access_sees_and_changes_the_bytes_that_it_covers_and_no_others(void **state)
{
	u64 seed = 0x82093aa290566ULL;
	const struct vioapic_chip *chip;
	unsigned int role, index, offset;
	struct fixture f;

	for_each_chip(chip)
		for (role = 0; role < 2; role++) {
			start(&f, chip->name, roles[role]);
			fill(&f, &seed);
			for (index = 0; index <= f.m.index_mask; index++)
				for (offset = 0; offset <= 0x60; offset++)
					check_accesses(&f, index, offset, &seed);
		}
	(void)state;
}

static void the_rest_of_the_page_reads_zero_and_ignores_writes(void **state)
{
	struct vioapic_model before;
	unsigned int offset, i;
	struct fixture f;

	start(&f, "ich", VIOAPIC_OWNER);
	wr(&f, VIOAPIC_IOREGSEL, 4, VIOAPIC_REG_VERSION);
	before = f.m;
	for (offset = 0x44; offset <= 4096; offset++)
		for (i = 0; i < 4; i++) {
			assert_int_equal(rd(&f, offset, SIZES[i]), 0);
			assert_int_equal(f.fx.what, 0);
			wr(&f, offset, SIZES[i], ~0ULL);
			assert_int_equal(f.fx.what, 0);
		}
	assert_memory_equal(&f.m, &before, sizeof(before));
	(void)state;
}

static void sizes_and_offsets_that_no_instruction_has_are_ignored(void **state)
{
	static const unsigned int sizes[] = { 0, 3, 5, 6, 7, 9, 16, 64, 4096, 0x80000000, ~0U };
	static const unsigned int far[] = {
		4093, 4095, 4096, 0x10000010, 0x80000000, 0x80000010, 0xfffffff0, 0xfffffffe, ~0U
	};
	struct vioapic_model before;
	unsigned int i, offset;
	struct fixture f;

	start(&f, "ich", VIOAPIC_OWNER);
	wr(&f, VIOAPIC_IOREGSEL, 4, LOW_HALF(3));
	before = f.m;
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (offset = 0; offset <= 0x48; offset++) {
			assert_int_equal(rd(&f, offset, sizes[i]), 0);
			wr(&f, offset, sizes[i], ~0ULL);
			assert_int_equal(f.fx.what, 0);
		}
	for (i = 0; i < sizeof(far) / sizeof(*far); i++)
		for (offset = 0; offset < 4; offset++) {
			assert_int_equal(rd(&f, far[i], SIZES[offset]), 0);
			wr(&f, far[i], SIZES[offset], ~0ULL);
			assert_int_equal(f.fx.what, 0);
		}
	assert_memory_equal(&f.m, &before, sizeof(before));
	(void)state;
}

static void version_arbitration_id_and_boot_register_are_read_only(void **state)
{
	const struct vioapic_chip *chip;
	unsigned int index;
	struct fixture f;
	u32 was;

	for_each_chip(chip) {
		start(&f, chip->name, VIOAPIC_OWNER);
		for (index = VIOAPIC_REG_VERSION; index < VIOAPIC_REG_RTE; index++) {
			was = reg_read(&f, index);
			reg_write(&f, index, ~was);
			assert_int_equal(f.fx.what, 0);
			assert_int_equal(reg_read(&f, index), was);
			reg_write(&f, index, 0);
			assert_int_equal(reg_read(&f, index), was);
		}
		assert_int_equal(reg_read(&f, VIOAPIC_REG_VERSION),
				 (chip->pins - 1) << 16 | chip->version);
		assert_int_equal(reg_read(&f, VIOAPIC_REG_BOOT), chip->boot);
	}
	(void)state;
}

static void an_id_that_was_written_reads_back_in_the_width_of_the_chip(void **state)
{
	const struct vioapic_chip *chip;
	struct fixture f;
	unsigned int id;

	for_each_chip(chip) {
		start(&f, chip->name, VIOAPIC_OWNER);
		for (id = 0; id < 256; id++) {
			unsigned int want = id & ((1U << chip->id_bits) - 1);

			reg_write(&f, VIOAPIC_REG_ID, id << 24 | 0xffffff);
			assert_int_equal(f.fx.what, VIOAPIC_FX_ID);
			assert_int_equal(f.fx.val, want);
			assert_int_equal(reg_read(&f, VIOAPIC_REG_ID),
					 want << 24 | chip->id_scratch);
			assert_int_equal(reg_read(&f, VIOAPIC_REG_ARB),
					 chip->has_arb ? want << 24 : 0);
			reg_write(&f, VIOAPIC_REG_ID, id << 24);
			assert_int_equal(f.fx.what, 0);
		}
	}
	(void)state;
}

static void delivery_status_remote_irr_and_reserved_bits_cannot_be_written(void **state)
{
	const struct vioapic_chip *chip;
	unsigned int role, pin;
	struct fixture f;
	u64 was;

	for_each_chip(chip)
		for (role = 0; role < 2; role++) {
			start(&f, chip->name, roles[role]);
			for (pin = 0; pin < f.m.pins; pin++) {
				was = rte_read(&f, pin);
				rte_write(&f, pin, ~was);
				assert_int_equal(rte_read(&f, pin), 0xffff00000000afffULL);
				rte_write(&f, pin, was);
				assert_int_equal(rte_read(&f, pin), was);
			}
		}
	(void)state;
}

static void destinations_of_every_format_are_kept_whole(void **state)
{
	static const u64 kept[] = {
		0xff00000000000000ULL, 0x00fe000000000000ULL, 0x0001000000000000ULL,
		0xfffe000000000800ULL, 0x8000000000000000ULL, 0x0000000000000800ULL,
		0xffff000000000800ULL,
	};
	const struct vioapic_chip *chip;
	struct fixture f;
	unsigned int i;

	for_each_chip(chip)
		for (i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
			start(&f, chip->name, VIOAPIC_OWNER);
			rte_write(&f, 7, kept[i] | VIOAPIC_RTE_MASKED);
			assert_int_equal(rte_read(&f, 7), kept[i] | VIOAPIC_RTE_MASKED);
		}
	(void)state;
}

static void an_index_past_the_table_reaches_nothing(void **state)
{
	unsigned int pins, index, role;
	struct vioapic_model before;
	struct fixture f;

	for (role = 0; role < 2; role++)
		for (pins = 1; pins <= VIOAPIC_MAX_PINS; pins += 7) {
			assert_int_equal(vioapic_model_init(&f.m, vioapic_chip_find("ich"),
							    roles[role], pins, 1), 0);
			for (index = LOW_HALF(pins); index <= f.m.index_mask; index++) {
				wr(&f, VIOAPIC_IOREGSEL, 4, index);
				before = f.m;
				assert_int_equal(rd(&f, VIOAPIC_IOWIN, 4), 0);
				assert_int_equal(vioapic_model_register(&f.m, index), 0);
				wr(&f, VIOAPIC_IOWIN, 4, 0x12345);
				assert_int_equal(f.fx.what, 0);
				wr(&f, VIOAPIC_IOWIN, 8, ~0ULL);
				assert_int_equal(f.fx.what, 0);
				vioapic_model_load(&f.m, index, ~0U);
				assert_memory_equal(&f.m, &before, sizeof(before));
			}
		}
	assert_int_equal(vioapic_model_register(&f.m, VIOAPIC_REGS), 0);
	assert_int_equal(vioapic_model_register(&f.m, ~0U), 0);
	(void)state;
}

static void a_personality_is_a_table(void **state)
{
	static const struct vioapic_chip odd = {
		.name = "odd", .version = 0x42, .id_bits = 6, .pins = 3, .boot = 0xb007,
		.id_scratch = 0x8001, .has_arb = true,
		.rte_mask = 0xf00000000001a0f0ULL,
	};
	struct fixture f;

	assert_int_equal(vioapic_model_init(&f.m, &odd, VIOAPIC_OWNER, 0, 0x40), -EINVAL);
	assert_int_equal(vioapic_model_init(&f.m, &odd, VIOAPIC_OWNER, 0, 0x3f), 0);
	assert_int_equal(reg_read(&f, VIOAPIC_REG_ID), 0x3f000000);
	assert_int_equal(reg_read(&f, VIOAPIC_REG_VERSION), 0x00020042);
	assert_int_equal(reg_read(&f, VIOAPIC_REG_BOOT), 0xb007);
	/* The ID alone is told, and copied */
	reg_write(&f, VIOAPIC_REG_ID, 0x3f00ffff);
	assert_int_equal(f.fx.what, 0);
	assert_int_equal(reg_read(&f, VIOAPIC_REG_ID), 0x3f008001);
	reg_write(&f, VIOAPIC_REG_ID, 0x2a000001);
	assert_int_equal(f.fx.what, VIOAPIC_FX_ID);
	assert_int_equal(f.fx.val, 0x2a);
	assert_int_equal(reg_read(&f, VIOAPIC_REG_ID), 0x2a000001);
	assert_int_equal(reg_read(&f, VIOAPIC_REG_ARB), 0x2a000000);
	reset(&f);
	assert_int_equal(reg_read(&f, VIOAPIC_REG_ID), 0x3f000000);
	rte_write(&f, 2, ~0ULL);
	assert_int_equal(rte_read(&f, 2), odd.rte_mask);
	(void)state;
}

static void linux_finds_an_ioapic(void **state)
{
	const struct vioapic_chip *chip;
	struct fixture f;

	/* bad_ioapic_register(); mp_register_ioapic() reads the number of pins */
	for_each_chip(chip) {
		start(&f, chip->name, VIOAPIC_OWNER);
		assert_int_not_equal(reg_read(&f, 0) & reg_read(&f, 1) & reg_read(&f, 2), ~0U);
		assert_int_equal((reg_read(&f, 1) >> 16 & 0xff) + 1, chip->pins);
	}
	(void)state;
}

static void the_id_after_a_reset_is_that_of_before_software(void **state)
{
	static const u8 ids[] = { 0, 1, 15 };
	const struct vioapic_chip *chip;
	struct fixture f;
	unsigned int i;

	for_each_chip(chip) {
		for (i = 0; i < sizeof(ids); i++) {
			start(&f, chip->name, VIOAPIC_OWNER);
			assert_int_equal(vioapic_model_init(&f.m, chip, VIOAPIC_OWNER, 0,
							    ids[i]), 0);
			reg_write(&f, VIOAPIC_REG_ID, 0x0a000000);
			assert_int_equal(reg_read(&f, VIOAPIC_REG_ID), 0x0a000000);
			reset(&f);
			assert_int_equal(f.fx.what, 0);
			assert_int_equal(reg_read(&f, VIOAPIC_REG_ID), (u32)ids[i] << 24);
			assert_int_equal(reg_read(&f, VIOAPIC_REG_ARB),
					 chip->has_arb ? (u32)ids[i] << 24 : 0);
		}
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chip_is_found_by_its_name),
		cmocka_unit_test(the_personalities_are_those_of_the_datasheets),
		cmocka_unit_test(there_is_a_chip_for_every_version),
		cmocka_unit_test(a_number_of_pins_out_of_range_is_refused),
		cmocka_unit_test(an_id_too_wide_for_the_chip_is_refused_not_truncated),
		cmocka_unit_test(a_shadow_takes_the_id_that_the_controller_has),
		cmocka_unit_test(an_rte_starts_masked_and_otherwise_zero),
		cmocka_unit_test(ioregsel_is_eight_bits_wide),
		cmocka_unit_test(ioregsel_has_a_ninth_bit_only_if_pins_need_it),
		cmocka_unit_test(every_pin_is_reached_through_the_window),
		cmocka_unit_test(an_access_sees_and_changes_the_bytes_that_it_covers_and_no_others),
		cmocka_unit_test(the_rest_of_the_page_reads_zero_and_ignores_writes),
		cmocka_unit_test(sizes_and_offsets_that_no_instruction_has_are_ignored),
		cmocka_unit_test(version_arbitration_id_and_boot_register_are_read_only),
		cmocka_unit_test(an_id_that_was_written_reads_back_in_the_width_of_the_chip),
		cmocka_unit_test(delivery_status_remote_irr_and_reserved_bits_cannot_be_written),
		cmocka_unit_test(destinations_of_every_format_are_kept_whole),
		cmocka_unit_test(an_index_past_the_table_reaches_nothing),
		cmocka_unit_test(a_personality_is_a_table),
		cmocka_unit_test(linux_finds_an_ioapic),
		cmocka_unit_test(the_id_after_a_reset_is_that_of_before_software),
	};

	return cmocka_run_group_tests_name("model: registers", tests, NULL, NULL);
}
