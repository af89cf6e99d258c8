// SPDX-License-Identifier: GPL-2.0
/*
 * The personalities of the I/O APIC.
 *
 * Every RTE has bits 0-16 but for the two read-only ones and bits 48-63: the
 * destination, and what newer software puts below it and in bit 11 (15-bit
 * destinations, remappable format).  Bits 17-47 are reserved on all of them.
 * Where a chip's datasheet is silent, that of the 82093AA rules.
 *
 * Left out on purpose: the IRQ pin assertion register that VIA and AMD have at
 * offset 0x20.  It is for devices on a bus, which write the number of a pin there
 * instead of driving a line; nothing here is such a device, and kernels do not
 * write it.  Bit 15 of the version register says that it is there and so is clear
 * here, in spite of AMD's 00178021h; VIA's is clear all the same.
 */
#include <vioapic/model.h>

#define RTE_LOW		(0x1ffffULL & ~VIOAPIC_RTE_READONLY)
#define RTE_HIGH	(VIOAPIC_RTE_DEST | VIOAPIC_RTE_HIGH_DEST)

const struct vioapic_chip vioapic_chips[] = {
	{	/* Intel 290566, 3.2 */
		.name = "82093aa", .version = 0x11, .id_bits = 4, .pins = 24,
		.has_arb = true, .rte_mask = RTE_LOW | RTE_HIGH,
	}, {	/* Intel ICH10, 13.5: indexes 02h-0Fh are reserved; 13.5.5: a scratchpad bit */
		.name = "ich", .version = 0x20, .id_bits = 4, .id_scratch = 0x8000, .pins = 24,
		.has_eoi = true, .rte_mask = RTE_LOW | RTE_HIGH,
	}, {	/* Intel 100 series PCH and later */
		.name = "pch120", .version = 0x20, .id_bits = 4, .pins = 120,
		.has_eoi = true, .rte_mask = RTE_LOW | RTE_HIGH,
	}, {	/* VIA VT82C686B */
		.name = "via", .version = 0x11, .id_bits = 4, .pins = 24,
		.has_eoi = true, .has_arb = true, .rte_mask = RTE_LOW | RTE_HIGH,
	}, {	/* AMD southbridges and FCH; SB600, 4.5.2: there is an arbitration register */
		.name = "amd", .version = 0x21, .id_bits = 8, .pins = 24,
		.has_eoi = true, .has_arb = true, .rte_mask = RTE_LOW | RTE_HIGH,
	}, {	/* QEMU's by default, up to the reserved bits: hw/intc/ioapic.c, version 0x20 */
		.name = "qemu", .version = 0x20, .id_bits = 4, .pins = 24,
		.has_eoi = true, .has_arb = true, .rte_mask = RTE_LOW | RTE_HIGH,
	}, {	/* no real one: all that the registers can express */
		.name = "generic240", .version = 0x20, .id_bits = 8, .pins = 240,
		.has_eoi = true, .has_arb = true, .rte_mask = RTE_LOW | RTE_HIGH,
	},
	{ }
};

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const struct vioapic_chip *vioapic_chip_find(const char *name)
{
	const struct vioapic_chip *chip;

	for (chip = vioapic_chips; chip->name; chip++)
		if (same(chip->name, name))
			return chip;
	return NULL;
}

static unsigned int put(char *names, unsigned int size, unsigned int at, const char *text)
{
	while (*text && at + 1 < size)
		names[at++] = *text++;
	return at;
}

const char *vioapic_chip_names(char *names, unsigned int size, const char *sep)
{
	const struct vioapic_chip *chip;
	unsigned int at = 0;

	__builtin_memset(names, 0, size);
	for (chip = vioapic_chips; chip->name; chip++) {
		if (at)
			at = put(names, size, at, sep);
		at = put(names, size, at, chip->name);
	}
	return names;
}

const struct vioapic_chip *vioapic_chip_for(u8 version)
{
	const char *name = "ich";

	if (version < 0x20)
		name = "82093aa";
	else if (version == 0x21)
		name = "amd";
	return vioapic_chip_find(name);
}
