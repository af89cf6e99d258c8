// SPDX-License-Identifier: GPL-2.0
/*
 * The instructions that readl() and writel() are made of: one mov of 32 bits.
 *
 * Nearly every access to a device register is one of these, so they are looked
 * up by their ModRM byte and not decoded.  No byte is looked at but REX, opcode and
 * ModRM.  All else, refusals included, is left to emulate_any().
 */
#include "decode.h"
#include <vioapic/emulate.h>

/* REX, opcode, ModRM, SIB, displacement */
#define MAX_SIZE	8

struct vioapic_mov vioapic_mov[2][256] __ro_after_init;

/* Mod 3 is a register instead of memory: left out, its size is 0. */
static void __init fill(struct vioapic_mov *mov, unsigned int rex_r, unsigned int modrm)
{
	static const u8 disp_size[] = { 0, 1, 4 };
	unsigned int mod = modrm >> 6, reg = modrm >> 3 & 7, rm = modrm & 7;
	bool sib = rm == 4, rip_relative = mod == 0 && rm == 5;

	mov->reg = vioapic_reg_offset[8 * rex_r + reg];
	mov->base = VIOAPIC_MOV_NO_BASE;
	/* Without mod, the SIB byte says whether there is a displacement. */
	if (mod == 3 || (mod == 0 && sib))
		return;
	mov->size = 2 + sib + (rip_relative ? 4 : disp_size[mod]);
	if (mod == 0 && !rip_relative)
		mov->base = vioapic_reg_offset[rm];
}

/**
 * vioapic_mov_init() - fill the table; until then vioapic_emulate() decodes all
 */
void __init vioapic_mov_init(void)
{
	unsigned int rex_r, modrm;

	for (rex_r = 0; rex_r < 2; rex_r++)
		for (modrm = 0; modrm < 256; modrm++)
			fill(&vioapic_mov[rex_r][modrm], rex_r, modrm);
}

static bool is_breakpoint(unsigned long ip)
{
	u8 byte;

	return vioapic_peek(&byte, ip, sizeof(byte)) && byte == 0xcc;
}

/* Whatever the instruction is */
static noinline int emulate_any(struct pt_regs *regs, unsigned long address,
				struct vioapic_bus *bus)
{
	unsigned int offset = vioapic_page_offset(address);
	u8 text[VIOAPIC_INSN_SIZE];
	struct vioapic_insn insn;
	int err;

	if (!vioapic_kernel_half(regs->ip) || regs->cs & 3)
		return -EINVAL;

	err = vioapic_decode(&insn, regs, NULL);
	if (err && is_breakpoint(regs->ip))
		err = vioapic_unprobed(text, regs->ip) ? vioapic_decode(&insn, regs, text) : -EBUSY;
	if (err)
		return err;

	if (insn.kind == INSN_MOVS || insn.kind == INSN_STOS)
		return vioapic_execute_string(&insn, regs, address, bus);

	/*
	 * An access that begins on the page before faults at the first byte of
	 * this one.  The bases of FS and GS are not at hand, so with them an
	 * access at offset 0 could be either.
	 */
	if (insn.fsgs ? offset == 0 : insn.ea != address)
		return -ERANGE;
	if (offset + insn.size > PAGE_SIZE)
		return -ERANGE;

	vioapic_execute(&insn, regs, offset, bus);
	regs->flags &= ~X86_EFLAGS_RF;
	regs->ip = insn.next;
	return 0;
}

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
		return emulate_any(regs, address, bus);
	if (offset == 0) {
		/* Or did the access begin on the page before? */
		if (mov->base == VIOAPIC_MOV_NO_BASE)
			return emulate_any(regs, address, bus);
		reg = rex & 1 ? vioapic_reg(regs, 8 + (opcode[1] & 7)) :
				reg_at(regs, mov->base);
		if (*reg != address)
			return emulate_any(regs, address, bus);
	} else if (unlikely(offset > PAGE_SIZE - sizeof(u32))) {
		return emulate_any(regs, address, bus);
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
	return emulate_any(regs, address, bus);
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
	return emulate_any(regs, address, bus);
}
EXPORT_SYMBOL_GPL(vioapic_emulate);
