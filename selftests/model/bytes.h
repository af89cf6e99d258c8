/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments of calls, made of any bytes (zero when they are used up), and maps of pins */
#ifndef BYTES_H
#define BYTES_H

#include <vioapic/model.h>

struct bytes {
	const u8 *data;
	size_t left;
};

static inline u32 take(struct bytes *in, unsigned int n)
{
	u32 value = 0;

	while (n--) {
		value <<= 8;
		if (in->left) {
			value |= *in->data++;
			in->left--;
		}
	}
	return value;
}

static inline u64 take_u64(struct bytes *in)
{
	u64 high = take(in, 4);

	return high << 32 | take(in, 4);
}

/* Mostly one that there is, often one of the first: pins have to meet again */
static inline unsigned int take_pin(struct bytes *in, unsigned int pins)
{
	u32 b = take(in, 1);

	if (b < 0x80)
		return b % 4 < pins ? b % 4 : 0;
	if (b < 0xf8)
		return (take(in, 1) + b) % pins;
	return b < 0xfc ? 60 + b % 4 * 64 : take(in, 4);
}

/* Few vectors, so that pins share them */
static inline u8 take_vector(struct bytes *in)
{
	u32 b = take(in, 1);

	return b < 0xf0 ? 0x30 + b % 3 : b;
}

static inline u32 take_low(struct bytes *in)
{
	u32 flags = take(in, 1), low = take_vector(in);

	/* Half of all: level, unmasked, fixed */
	if (flags & 0x80)
		return low | VIOAPIC_RTE_LEVEL | (flags & 1 ? VIOAPIC_RTE_ACTIVE_LOW : 0);
	low |= (flags & 7) << VIOAPIC_RTE_DELMODE_SHIFT;
	low |= flags & 0x08 ? VIOAPIC_RTE_LEVEL : 0;
	low |= flags & 0x10 ? VIOAPIC_RTE_MASKED : 0;
	low |= flags & 0x20 ? VIOAPIC_RTE_ACTIVE_LOW : 0;
	if (flags & 0x40)
		low ^= take(in, 4);
	return low;
}

static inline bool in_map(const u64 *map, unsigned int pin)
{
	return map[pin / 64] >> (pin % 64) & 1;
}

#endif
