/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one instruction that deserves to be inline: mov from memory to a 32-bit
 * register, which is how io_apic.c reads.  All else goes to vioapic_emulate().
 * Not to be used at offset 0 of a page, where the access may have begun on the
 * page before.
 *
 * A trapped read costs some 400 instructions, most of them the kernel's way to
 * its fault handler and back; so what is ours is counted in instructions.
 */
#ifndef VIOAPIC_EMULATE_H
#define VIOAPIC_EMULATE_H

#include <vioapic/types.h>

struct vioapic_site;

/**
 * struct vioapic_mov - opcodes 0x89 and 0x8b, by REX.R and ModRM byte
 * @size:   bytes from opcode to the end of the instruction; 0 if the ModRM byte
 *          alone does not tell, or names no memory
 * @reg:    offset of the register operand in struct pt_regs
 * @base:   offset of the register that alone is the address, or
 *          VIOAPIC_MOV_NO_BASE
 * @unused: makes it a size by which the CPU can index
 */
struct vioapic_mov {
	u8 size;
	u8 reg;
	u8 base;
	u8 unused;
};

#define VIOAPIC_MOV_NO_BASE	0xff

#define VIOAPIC_MOV_STORE	0x89
#define VIOAPIC_MOV_LOAD	0x8b

/* A REX prefix without W: registers from r8 up.  REX.R is 4, REX.B is 1. */
static __always_inline bool vioapic_rex32(u8 byte)
{
	return (byte & 0xf8) == 0x40;
}

extern struct vioapic_mov vioapic_mov[2][256];

void vioapic_mov_init(void);

/**
 * vioapic_probed_init() - find out who knows what kprobes hide; may sleep
 * Return: 0, also if nobody does; -ENOMEM
 */
int vioapic_probed_init(void);

/**
 * vioapic_emulate_load() - carry out the access that faulted at once, if it is a plain
 * 32-bit load and @answer knows what it loads
 * @regs:   registers at the fault; changed only if true is returned
 * @site:   where it faulted, for @answer
 * @answer: whoever knows the page: the value, or false; inline, and asked only when the
 *          instruction has been seen to be such a load
 *
 * Looks at prefix, opcode and ModRM only, which an instruction that starts like
 * this has for sure: it may end where mapped memory ends.
 */
static __always_inline bool
vioapic_emulate_load(struct pt_regs *regs, struct vioapic_site *site,
		     bool (*answer)(struct vioapic_site *site, u32 *value))
{
	const u8 *code = (const u8 *)regs->ip;
	const struct vioapic_mov *mov;
	u32 value;

	if (likely(code[0] == VIOAPIC_MOV_LOAD)) {
		mov = &vioapic_mov[0][code[1]];
	} else if (vioapic_rex32(code[0]) && code[1] == VIOAPIC_MOV_LOAD) {
		mov = vioapic_mov[0] + ((code[0] & 4) << 6) + code[2];
		code++;
	} else {
		return false;
	}
	if (unlikely(!mov->size) || !answer(site, &value))
		return false;
	*(unsigned long *)((char *)regs + mov->reg) = value;
	regs->ip = (unsigned long)code + mov->size;
	regs->flags &= ~X86_EFLAGS_RF;
	return true;
}

#endif
