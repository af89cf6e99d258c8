/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the instruction decoder (decode.c) says to what carries the instruction out
 * (execute.c), and to whom both work for (emulate.c).  Nobody else includes this.
 */
#ifndef VIOAPIC_DECODE_H
#define VIOAPIC_DECODE_H

#include <vioapic/trap.h>

#ifdef __KERNEL__
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/ptrace.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/asm.h>
#include <asm/page.h>
#include <asm/processor-flags.h>

static __always_inline bool vioapic_kernel_half(unsigned long address)
{
	return (long)address < 0;
}

/* Read kernel memory that may not be there. */
static inline bool vioapic_peek(void *to, unsigned long from, unsigned int size)
{
	return !copy_from_kernel_nofault(to, (void *)from, size);
}

/* Write kernel memory that may not be there, or be read-only. */
static inline bool vioapic_poke(unsigned long to, unsigned long value,
				unsigned int size)
{
	void *p = (void *)to;

	switch (size) {
	case 1:
		__put_kernel_nofault(p, &value, u8, fault);
		return true;
	case 2:
		__put_kernel_nofault(p, &value, u16, fault);
		return true;
	case 4:
		__put_kernel_nofault(p, &value, u32, fault);
		return true;
	case 8:
		__put_kernel_nofault(p, &value, u64, fault);
		return true;
	}
fault:
	return false;
}

static inline bool vioapic_probe_byte(unsigned long to)
{
	asm goto("1:	lock; orb $0, (%0)\n"
		 _ASM_EXTABLE(1b, %l[fault])
		 : : "r" (to) : "memory", "cc" : fault);
	return true;
fault:
	return false;
}

/*
 * Could vioapic_poke() write here?  An atomic "or 0" finds out without ever
 * losing what another CPU writes to the same place in between.
 */
static inline bool vioapic_probe(unsigned long to, unsigned int size)
{
	return vioapic_probe_byte(to) && vioapic_probe_byte(to + size - 1);
}
#else
#include "decode_shim.h"
#endif

/* Room for any instruction; the kernel has one byte more than the longest has */
#define VIOAPIC_INSN_SIZE	16

/**
 * vioapic_unprobed() - the instruction that a kprobe's breakpoint hides
 * @text: VIOAPIC_INSN_SIZE bytes, written if true is returned
 * @ip:   where the breakpoint is
 *
 * Context: any.
 * Return: false if it is no kprobe's, or nobody tells.
 */
bool vioapic_unprobed(u8 *text, unsigned long ip);

/* The flags that arithmetic works on. */
#define VIOAPIC_STATUS_FLAGS	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | \
				 X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_OF)

enum vioapic_insn_kind {
	INSN_LOAD,		/* register = memory, zero-extended */
	INSN_LOAD_SIGNED,	/* register = memory, sign-extended */
	INSN_STORE,		/* memory = source */
	INSN_ALU_MEM,		/* memory = memory op source */
	INSN_ALU_REG,		/* register = register op memory */
	INSN_UNARY,		/* memory = op memory */
	INSN_SHIFT,		/* memory = memory op count */
	INSN_BIT,		/* one bit of memory to CF, and changed */
	INSN_XCHG,
	INSN_XADD,
	INSN_CMPXCHG,
	INSN_SETCC,
	INSN_CMOV,
	INSN_MOVS,
	INSN_STOS,
};

/* &vioapic_insn.op of INSN_ALU_*: as encoded; the last two write nothing. */
enum vioapic_alu_op {
	ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP,
	ALU_TEST,
};

/* &vioapic_insn.op of INSN_UNARY. */
enum vioapic_unary_op { UNARY_INC, UNARY_DEC, UNARY_NOT, UNARY_NEG };

/* &vioapic_insn.op of INSN_BIT: as encoded, less 4. */
enum vioapic_bit_op { BIT_TEST, BIT_SET, BIT_RESET, BIT_COMPLEMENT };

/* &vioapic_insn.op of INSN_SHIFT: as encoded; 6 is no documented operation. */
enum vioapic_shift_op {
	SHIFT_ROL, SHIFT_ROR, SHIFT_RCL, SHIFT_RCR, SHIFT_SHL, SHIFT_SHR,
	SHIFT_NONE, SHIFT_SAR,
};

/**
 * struct vioapic_insn - one decoded instruction
 * @start:    address of its first byte
 * @away:     how far from there its bytes are to be read: 0, or a copy is
 * @next:     address of the next byte to decode; in the end, its end
 * @ea:       effective address of the memory operand, without segment base
 * @imm:      the immediate, sign-extended
 * @err:      0 or why decoding failed; the first failure stays
 * @kind:     what it does, &enum vioapic_insn_kind
 * @op:       which of that kind; for SETcc and CMOVcc the condition code
 * @size:     bytes of the memory operand: 1, 2, 4 or 8
 * @reg_size: bytes of the register operand
 * @op_size:  bytes of an operand that the prefixes govern: 2, 4 or 8
 * @reg:      number of the register operand, 0 to 15
 * @rex:      the REX prefix or 0
 * @use_imm:  the source is @imm, not the register
 * @lock:     LOCK prefix present
 * @rep:      REP or REPNE prefix present
 * @op16:     operand size prefix present
 * @addr32:   address size prefix present
 * @fsgs:     FS or GS prefix present: @ea alone says nothing
 */
struct vioapic_insn {
	unsigned long start;
	unsigned long away;
	unsigned long next;
	unsigned long ea;
	long imm;
	int err;
	u8 kind;
	u8 op;
	u8 size;
	u8 reg_size;
	u8 op_size;
	u8 reg;
	u8 rex;
	bool use_imm;
	bool lock;
	bool rep;
	bool op16;
	bool addr32;
	bool fsgs;
};

/* Where a register, by its number in the encoding, is in struct pt_regs. */
extern const u8 vioapic_reg_offset[16];

static inline unsigned long *vioapic_reg(struct pt_regs *regs, unsigned int nr)
{
	return (unsigned long *)((char *)regs + vioapic_reg_offset[nr]);
}

static inline unsigned int vioapic_page_offset(unsigned long address)
{
	return address & (PAGE_SIZE - 1);
}

static inline bool vioapic_same_page(unsigned long a, unsigned long b)
{
	return !((a ^ b) & ~(PAGE_SIZE - 1));
}

/**
 * vioapic_get_reg() - value of the register operand
 * @insn: the instruction; with a byte operand and no REX prefix the numbers
 *        4 to 7 are AH, CH, DH and BH
 * @regs: registers at the fault
 * @size: bytes wanted: 1, 2, 4 or 8
 *
 * Return: the value, zero-extended.
 */
unsigned long vioapic_get_reg(const struct vioapic_insn *insn,
			      struct pt_regs *regs, unsigned int size);

/**
 * vioapic_decode() - decode the instruction at @regs->ip, which is in kernel memory
 * @insn: filled in; whole only if 0 is returned
 * @regs: registers at the fault
 * @text: VIOAPIC_INSN_SIZE bytes to be taken for those at @regs->ip; or NULL
 *
 * Context: any.
 * Return: 0; -EINVAL if it is none that can be carried out, or none that is legal;
 * -EFAULT if not all of its bytes are there.
 */
int vioapic_decode(struct vioapic_insn *insn, struct pt_regs *regs, const u8 *text);

/* Is the register operand, of @size bytes, AH, CH, DH or BH? */
static inline bool vioapic_is_high_byte(const struct vioapic_insn *insn, unsigned int size)
{
	return size == 1 && !insn->rex && insn->reg >= 4;
}

/**
 * vioapic_execute() - carry out an instruction with one memory operand
 * @insn:   the instruction, complete and legal
 * @regs:   registers to work on; @regs->ip is left alone
 * @offset: where in the device page the operand is
 * @bus:    the device
 *
 * Cannot fail.  Context: any.
 */
void vioapic_execute(const struct vioapic_insn *insn, struct pt_regs *regs,
		     unsigned int offset, struct vioapic_bus *bus);

/**
 * vioapic_execute_string() - carry out one iteration of MOVS or STOS
 * @insn:    the instruction, complete and legal
 * @regs:    registers to work on, &pt_regs.ip included
 * @address: the address that faulted
 * @bus:     the device behind the page of @address
 *
 * Context: any; may touch other kernel memory, without taking a fault.
 * Return: 0 or -EINVAL, -EFAULT, -ERANGE as vioapic_emulate().
 */
int vioapic_execute_string(const struct vioapic_insn *insn,
			   struct pt_regs *regs, unsigned long address,
			   struct vioapic_bus *bus);

#endif
