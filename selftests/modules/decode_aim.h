/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random registers with which an instruction of decode_forms.S accesses a given
 * page; for the user-space test and the kernel module alike.
 */
#ifndef DECODE_AIM_H
#define DECODE_AIM_H

#include "decode_forms.h"

#define AIM_PAGE	4096
#define AIM_RCX		1
#define AIM_RSI		6
#define AIM_RDI		7
#define AIM_DF		0x400

/**
 * struct aim - an instruction, about to be executed
 * @state:   of the generator of random numbers; not 0
 * @page:    address of the device page
 * @other:   address of the page for the other operand of movs
 * @fs_base: base of FS
 * @reg:     out: registers, by their number
 * @flags:   out: status flags and the direction flag
 * @offset:  out: where in @page it accesses first
 * @count:   out: how many times it accesses, if it has a REP prefix, else 1
 */
struct aim {
	u64 state;
	unsigned long page;
	unsigned long other;
	unsigned long fs_base;
	unsigned long reg[16];
	unsigned long flags;
	unsigned int offset;
	unsigned int count;
};

/* xorshift64* */
static u64 aim_random(struct aim *aim)
{
	aim->state ^= aim->state >> 12;
	aim->state ^= aim->state << 25;
	aim->state ^= aim->state >> 27;
	return aim->state * 0x2545f4914f6cdd1dULL;
}

static unsigned int aim_below(struct aim *aim, unsigned int n)
{
	return (u32)(aim_random(aim) >> 32) % n;
}

/* Values at which carries, signs and overflows turn. */
static u64 aim_value(struct aim *aim)
{
	unsigned int shift = 8 << aim_below(aim, 4);
	u64 value = aim_random(aim);

	switch (aim_below(aim, 4)) {
	case 0:		/* around 0x100, 0x10000, .., 0 */
		return (shift < 64 ? 1ULL << shift : 0) + aim_below(aim, 5) - 2;
	case 1:		/* around 0x80, 0x8000.. */
		return (1ULL << (shift - 1)) + aim_below(aim, 5) - 2;
	case 2:
		return value >> aim_below(aim, 64);
	default:
		return value;
	}
}

static void aim_string(struct aim *aim, const struct form *form,
		       unsigned long upper)
{
	unsigned int bytes = form->size * aim->count;
	unsigned int start = aim->flags & AIM_DF ? bytes - form->size : 0;
	unsigned long device, other;

	aim->offset += start;
	device = upper | (aim->page + aim->offset);
	other = upper | (aim->other + start + aim_below(aim, AIM_PAGE - bytes + 1));
	aim->reg[AIM_RDI] = form->traits & FORM_TO_DI ? device : other;
	aim->reg[AIM_RSI] = form->traits & FORM_TO_DI ? other : device;
	if (form->traits & FORM_REP)
		aim->reg[AIM_RCX] = upper | aim->count;
}

/* The rest of @aim, from its @state, @page, @other and @fs_base. */
static void aim_at(struct aim *aim, const struct form *form)
{
	unsigned long upper = 0, target;
	unsigned int nr, bytes;

	for (nr = 0; nr < 16; nr++)
		aim->reg[nr] = aim_value(aim);
	aim->flags = aim_random(aim) & (0x8d5 | AIM_DF);
	if (form->traits & FORM_ADDR32)
		upper = aim_value(aim) << 32;

	aim->count = form->traits & FORM_REP ? 1 + aim_below(aim, 6) : 1;
	bytes = form->size * aim->count;
	switch (aim_below(aim, 5)) {
	case 0:
		aim->offset = form->traits & FORM_FS ? 1 : 0;
		break;
	case 1:
		aim->offset = AIM_PAGE - bytes;
		break;
	case 2:
		aim->offset = 0x10;
		break;
	default:
		aim->offset = 1 + aim_below(aim, AIM_PAGE - bytes);
		break;
	}

	if (form->traits & FORM_ABSOLUTE) {
		aim->offset = form->disp;
		return;
	}
	if (form->traits & (FORM_TO_DI | FORM_FROM_SI)) {
		aim_string(aim, form, upper);
		return;
	}

	if (form->base == FORM_NONE)	/* the scale has to divide it */
		aim->offset &= -form->scale;
	target = aim->page + aim->offset - form->disp;
	if (form->traits & FORM_FS)
		target -= aim->fs_base;

	if (form->bit != FORM_NONE) {
		unsigned int bits = 8 * form->size;
		long unit = (long)aim_below(aim, 201) - 100;
		unsigned long bit = unit * bits + aim_below(aim, bits);

		/* What is above the operand size does not count. */
		if (bits < 64)
			bit = (bit & ((1UL << bits) - 1)) |
			      aim_random(aim) << bits;
		aim->reg[form->bit] = bit;
		target -= unit * form->size;
	}

	if (form->base == FORM_NONE) {
		if (upper)
			target = (u32)target;
		aim->reg[form->index] = upper | (long)target / form->scale;
		return;
	}
	if (form->index != FORM_NONE)
		target -= aim->reg[form->index] * form->scale;
	aim->reg[form->base] = upper ? (u32)target | upper : target;
}

#endif
