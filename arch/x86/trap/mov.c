// SPDX-License-Identifier: GPL-2.0
/*
 * The instructions that readl() and writel() are made of: one mov of 32 bits.
 *
 * Nearly every access to a device register is one of these, so they are looked
 * up by their ModRM byte and not decoded.  No byte is looked at but REX, opcode and
 * ModRM.  All else, refusals included, is left to vioapic_emulate_any().
 */
#include "decode.h"
#include <vioapic/emulate.h>

/* REX, opcode, ModRM, SIB, displacement */
#define MAX_SIZE	8

#define NONE	VIOAPIC_MOV_NO_BASE

#define MOV(size, reg, base)	{ (size), (reg), (base), 0 }

/* The eight ModRM bytes of one mod and one register; rm 4 has a SIB byte */
#define MOV_DISP(size, reg)						\
	MOV(size, reg, NONE), MOV(size, reg, NONE),			\
	MOV(size, reg, NONE), MOV(size, reg, NONE),			\
	MOV((size) + 1, reg, NONE), MOV(size, reg, NONE),		\
	MOV(size, reg, NONE), MOV(size, reg, NONE)

/* No displacement, except RIP-relative and where the SIB byte says so */
#define MOV_BASE(reg)							\
	MOV(2, reg, REG(ax)), MOV(2, reg, REG(cx)),			\
	MOV(2, reg, REG(dx)), MOV(2, reg, REG(bx)),			\
	MOV(0, reg, NONE), MOV(6, reg, NONE),				\
	MOV(2, reg, REG(si)), MOV(2, reg, REG(di))

/* Mod 3, a register instead of memory, is left out: its size is 0. */
#define MOV_ALL(r0, r1, r2, r3, r4, r5, r6, r7) {			\
	MOV_BASE(REG(r0)), MOV_BASE(REG(r1)),				\
	MOV_BASE(REG(r2)), MOV_BASE(REG(r3)),				\
	MOV_BASE(REG(r4)), MOV_BASE(REG(r5)),				\
	MOV_BASE(REG(r6)), MOV_BASE(REG(r7)),				\
	MOV_DISP(3, REG(r0)), MOV_DISP(3, REG(r1)),			\
	MOV_DISP(3, REG(r2)), MOV_DISP(3, REG(r3)),			\
	MOV_DISP(3, REG(r4)), MOV_DISP(3, REG(r5)),			\
	MOV_DISP(3, REG(r6)), MOV_DISP(3, REG(r7)),			\
	MOV_DISP(6, REG(r0)), MOV_DISP(6, REG(r1)),			\
	MOV_DISP(6, REG(r2)), MOV_DISP(6, REG(r3)),			\
	MOV_DISP(6, REG(r4)), MOV_DISP(6, REG(r5)),			\
	MOV_DISP(6, REG(r6)), MOV_DISP(6, REG(r7)),			\
}

const struct vioapic_mov vioapic_mov[2][256] = {
	MOV_ALL(ax, cx, dx, bx, sp, bp, si, di),
	MOV_ALL(r8, r9, r10, r11, r12, r13, r14, r15),
};

static __always_inline unsigned long *reg_at(struct pt_regs *regs, unsigned int offset)
{
	return (unsigned long *)((char *)regs + offset);
}

/*
 * @regs->ip moves on before the access: nothing can go wrong any more, and so
 * less has to be kept across it.
 *
 * @opcode: where the opcode is; the ModRM byte is behind it
 * @rex:    the prefix before it, or 0
 */
static __always_inline int emulate_mov(struct pt_regs *regs, unsigned long address,
				       struct vioapic_bus *bus, const u8 *opcode,
				       unsigned int rex, bool load)
{
	const struct vioapic_mov *mov = &vioapic_mov[rex >> 2 & 1][opcode[1]];
	unsigned int offset = vioapic_page_offset(address);
	unsigned long *reg;

	if (unlikely(!mov->size))
		return vioapic_emulate_any(regs, address, bus);
	if (offset == 0) {
		/* Or did the access begin on the page before? */
		if (mov->base == VIOAPIC_MOV_NO_BASE)
			return vioapic_emulate_any(regs, address, bus);
		reg = rex & 1 ? vioapic_reg(regs, 8 + (opcode[1] & 7)) :
				reg_at(regs, mov->base);
		if (*reg != address)
			return vioapic_emulate_any(regs, address, bus);
	} else if (unlikely(offset > PAGE_SIZE - sizeof(u32))) {
		return vioapic_emulate_any(regs, address, bus);
	}

	regs->flags &= ~X86_EFLAGS_RF;
	regs->ip = (unsigned long)opcode + mov->size;
	reg = reg_at(regs, mov->reg);
	if (load)
		*reg = (u32)bus->read(bus, offset, sizeof(u32));
	else
		bus->write(bus, offset, sizeof(u32), (u32)*reg);
	return 0;
}

/* Apart, so that what it needs costs nothing where there is no prefix. */
static noinline int emulate_rex(struct pt_regs *regs, unsigned long address,
				struct vioapic_bus *bus)
{
	const u8 *code = (const u8 *)regs->ip;

	if (likely(code[1] == VIOAPIC_MOV_LOAD))
		return emulate_mov(regs, address, bus, code + 1, code[0], true);
	if (likely(code[1] == VIOAPIC_MOV_STORE))
		return emulate_mov(regs, address, bus, code + 1, code[0], false);
	return vioapic_emulate_any(regs, address, bus);
}

int vioapic_emulate(struct pt_regs *regs, unsigned long address,
		    struct vioapic_bus *bus)
{
	const u8 *code = (const u8 *)regs->ip;

	/* What could reach over the end of the page is looked at byte by byte. */
	if (likely(vioapic_kernel_half(regs->ip) &&
		   vioapic_page_offset(regs->ip) <= PAGE_SIZE - MAX_SIZE)) {
		if (likely(*code == VIOAPIC_MOV_LOAD))
			return emulate_mov(regs, address, bus, code, 0, true);
		if (likely(*code == VIOAPIC_MOV_STORE))
			return emulate_mov(regs, address, bus, code, 0, false);
		if (likely(vioapic_rex32(*code)))
			return emulate_rex(regs, address, bus);
	}
	return vioapic_emulate_any(regs, address, bus);
}
EXPORT_SYMBOL_GPL(vioapic_emulate);
