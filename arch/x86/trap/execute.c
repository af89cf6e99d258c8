// SPDX-License-Identifier: GPL-2.0
/*
 * Carrying out the decoded instruction on a device.
 *
 * Results and flags of arithmetic are those of the CPU itself: the operation is
 * executed in registers, with the flags of the interrupted code loaded.  Flags
 * that the SDM calls undefined come out as this CPU leaves them, except that BT
 * and its kin change only CF.
 *
 * Bus cycles follow the hardware: compare, test and BT only read; all else that
 * modifies memory reads once, then writes once.  CMPXCHG writes always, the old
 * value if the comparison failed.
 */
#include "decode.h"

/*
 * Wrap @insn so that it runs with the status flags of operand %[f], and
 * %[f] has all flags afterwards.  The other flags stay as they are: above
 * all interrupts stay off and SMAP stays on.
 */
#define WITH_FLAGS(insn)			\
	"pushf\n\t"				\
	"andq	%[others], (%%rsp)\n\t"		\
	"orq	%[f], (%%rsp)\n\t"		\
	"popf\n\t"				\
	insn "\n\t"				\
	"pushf\n\t"				\
	"popq	%[f]"

#define ASM_FLAGS(insn, dst, flags, inputs...) ({			\
	asm volatile(WITH_FLAGS(insn)					\
		     : [d] "+r" (dst), [f] "+r" (flags)			\
		     : [others] "i" (~VIOAPIC_STATUS_FLAGS), ## inputs	\
		     : "cc", "memory");					\
})

/* One operand; two; and a shift, the count of which is in CL. */
#define ASM_SIZED_1(name, size, dst, flags) do {			\
	switch (size) {							\
	case 1:								\
		ASM_FLAGS(name "b %b[d]", dst, flags);			\
		break;							\
	case 2:								\
		ASM_FLAGS(name "w %w[d]", dst, flags);			\
		break;							\
	case 4:								\
		ASM_FLAGS(name "l %k[d]", dst, flags);			\
		break;							\
	case 8:								\
		ASM_FLAGS(name "q %[d]", dst, flags);			\
		break;							\
	}								\
} while (0)

#define ASM_SIZED_2(name, size, dst, src, flags) do {			\
	switch (size) {							\
	case 1:								\
		ASM_FLAGS(name "b %b[s], %b[d]", dst, flags, [s] "r" (src)); \
		break;							\
	case 2:								\
		ASM_FLAGS(name "w %w[s], %w[d]", dst, flags, [s] "r" (src)); \
		break;							\
	case 4:								\
		ASM_FLAGS(name "l %k[s], %k[d]", dst, flags, [s] "r" (src)); \
		break;							\
	case 8:								\
		ASM_FLAGS(name "q %[s], %[d]", dst, flags, [s] "r" (src)); \
		break;							\
	}								\
} while (0)

#define ASM_SIZED_CL(name, size, dst, count, flags) do {		\
	switch (size) {							\
	case 1:								\
		ASM_FLAGS(name "b %%cl, %b[d]", dst, flags, "c" (count)); \
		break;							\
	case 2:								\
		ASM_FLAGS(name "w %%cl, %w[d]", dst, flags, "c" (count)); \
		break;							\
	case 4:								\
		ASM_FLAGS(name "l %%cl, %k[d]", dst, flags, "c" (count)); \
		break;							\
	case 8:								\
		ASM_FLAGS(name "q %%cl, %[d]", dst, flags, "c" (count)); \
		break;							\
	}								\
} while (0)

static unsigned long truncated(unsigned long value, unsigned int size)
{
	return value & (~0UL >> (64 - 8 * size));
}

static unsigned long sign_extended(unsigned long value, unsigned int size)
{
	unsigned int shift = 64 - 8 * size;

	return (long)(value << shift) >> shift;
}

static void set_status(struct pt_regs *regs, unsigned long flags)
{
	regs->flags = (regs->flags & ~VIOAPIC_STATUS_FLAGS) |
		      (flags & VIOAPIC_STATUS_FLAGS);
}

static unsigned long alu(unsigned int op, unsigned long dst, unsigned long src,
			 unsigned int size, struct pt_regs *regs)
{
	unsigned long flags = regs->flags & VIOAPIC_STATUS_FLAGS;

	switch (op) {
	case ALU_ADD:
		ASM_SIZED_2("add", size, dst, src, flags);
		break;
	case ALU_OR:
		ASM_SIZED_2("or", size, dst, src, flags);
		break;
	case ALU_ADC:
		ASM_SIZED_2("adc", size, dst, src, flags);
		break;
	case ALU_SBB:
		ASM_SIZED_2("sbb", size, dst, src, flags);
		break;
	case ALU_AND:
		ASM_SIZED_2("and", size, dst, src, flags);
		break;
	case ALU_SUB:
		ASM_SIZED_2("sub", size, dst, src, flags);
		break;
	case ALU_XOR:
		ASM_SIZED_2("xor", size, dst, src, flags);
		break;
	case ALU_CMP:
		ASM_SIZED_2("cmp", size, dst, src, flags);
		break;
	case ALU_TEST:
		ASM_SIZED_2("test", size, dst, src, flags);
		break;
	}
	set_status(regs, flags);
	return truncated(dst, size);
}

static unsigned long unary(unsigned int op, unsigned long dst,
			   unsigned int size, struct pt_regs *regs)
{
	unsigned long flags = regs->flags & VIOAPIC_STATUS_FLAGS;

	switch (op) {
	case UNARY_INC:
		ASM_SIZED_1("inc", size, dst, flags);
		break;
	case UNARY_DEC:
		ASM_SIZED_1("dec", size, dst, flags);
		break;
	case UNARY_NOT:
		ASM_SIZED_1("not", size, dst, flags);
		break;
	case UNARY_NEG:
		ASM_SIZED_1("neg", size, dst, flags);
		break;
	}
	set_status(regs, flags);
	return truncated(dst, size);
}

static unsigned long shift(unsigned int op, unsigned long dst,
			   unsigned long count, unsigned int size,
			   struct pt_regs *regs)
{
	unsigned long flags = regs->flags & VIOAPIC_STATUS_FLAGS;

	switch (op) {
	case SHIFT_ROL:
		ASM_SIZED_CL("rol", size, dst, count, flags);
		break;
	case SHIFT_ROR:
		ASM_SIZED_CL("ror", size, dst, count, flags);
		break;
	case SHIFT_RCL:
		ASM_SIZED_CL("rcl", size, dst, count, flags);
		break;
	case SHIFT_RCR:
		ASM_SIZED_CL("rcr", size, dst, count, flags);
		break;
	case SHIFT_SHL:
		ASM_SIZED_CL("shl", size, dst, count, flags);
		break;
	case SHIFT_SHR:
		ASM_SIZED_CL("shr", size, dst, count, flags);
		break;
	case SHIFT_SAR:
		ASM_SIZED_CL("sar", size, dst, count, flags);
		break;
	}
	set_status(regs, flags);
	return truncated(dst, size);
}

static unsigned long bit_op(unsigned int op, unsigned long dst,
			    unsigned long bit, unsigned int size,
			    struct pt_regs *regs)
{
	unsigned long mask = 1UL << (bit & (8 * size - 1));

	regs->flags &= ~X86_EFLAGS_CF;
	if (dst & mask)
		regs->flags |= X86_EFLAGS_CF;

	switch (op) {
	case BIT_SET:
		return dst | mask;
	case BIT_RESET:
		return dst & ~mask;
	case BIT_COMPLEMENT:
		return dst ^ mask;
	}
	return dst;
}

/* Condition code of Jcc, SETcc, CMOVcc: pairs of a condition and its opposite. */
static bool condition(unsigned int code, unsigned long flags)
{
	bool less = !(flags & X86_EFLAGS_SF) != !(flags & X86_EFLAGS_OF);
	bool holds = false;

	switch (code >> 1) {
	case 0:
		holds = flags & X86_EFLAGS_OF;
		break;
	case 1:
		holds = flags & X86_EFLAGS_CF;
		break;
	case 2:
		holds = flags & X86_EFLAGS_ZF;
		break;
	case 3:
		holds = flags & (X86_EFLAGS_CF | X86_EFLAGS_ZF);
		break;
	case 4:
		holds = flags & X86_EFLAGS_SF;
		break;
	case 5:
		holds = flags & X86_EFLAGS_PF;
		break;
	case 6:
		holds = less;
		break;
	case 7:
		holds = less || flags & X86_EFLAGS_ZF;
		break;
	}
	return holds != (code & 1);
}

/* Writing 32 bits clears the upper half, writing fewer leaves the rest alone. */
static void set_reg(unsigned long *reg, unsigned int size, unsigned long value)
{
	switch (size) {
	case 1:
		*reg = (*reg & ~0xffUL) | (value & 0xff);
		break;
	case 2:
		*reg = (*reg & ~0xffffUL) | (value & 0xffff);
		break;
	case 4:
		*reg = (u32)value;
		break;
	default:
		*reg = value;
		break;
	}
}

static void set_operand(const struct vioapic_insn *insn, struct pt_regs *regs,
			unsigned long value)
{
	unsigned long *reg;

	if (vioapic_is_high_byte(insn, insn->reg_size)) {
		reg = vioapic_reg(regs, insn->reg - 4);
		*reg = (*reg & ~0xff00UL) | (value & 0xff) << 8;
	} else {
		set_reg(vioapic_reg(regs, insn->reg), insn->reg_size, value);
	}
}

void vioapic_execute(const struct vioapic_insn *insn, struct pt_regs *regs,
		     unsigned int offset, struct vioapic_bus *bus)
{
	unsigned int size = insn->size;
	unsigned long old, new, src;

	if (insn->use_imm)
		src = insn->imm;
	else
		src = vioapic_get_reg(insn, regs, size);

	switch (insn->kind) {
	case INSN_STORE:
		bus->write(bus, offset, size, truncated(src, size));
		return;
	case INSN_SETCC:
		bus->write(bus, offset, size, condition(insn->op, regs->flags));
		return;
	}

	old = bus->read(bus, offset, size);

	switch (insn->kind) {
	case INSN_LOAD:
		set_operand(insn, regs, old);
		return;
	case INSN_LOAD_SIGNED:
		set_operand(insn, regs, sign_extended(old, size));
		return;
	case INSN_CMOV:
		/* A 32-bit destination loses its upper half in any case. */
		if (condition(insn->op, regs->flags))
			src = old;
		set_operand(insn, regs, src);
		return;
	case INSN_ALU_REG:
		new = alu(insn->op, src, old, size, regs);
		if (insn->op != ALU_CMP)
			set_operand(insn, regs, new);
		return;
	case INSN_ALU_MEM:
		new = alu(insn->op, old, src, size, regs);
		if (insn->op >= ALU_CMP)
			return;
		break;
	case INSN_UNARY:
		new = unary(insn->op, old, size, regs);
		break;
	case INSN_SHIFT:
		if (!insn->use_imm)
			src = regs->cx;
		new = shift(insn->op, old, src, size, regs);
		break;
	case INSN_BIT:
		new = bit_op(insn->op, old, src, size, regs);
		if (insn->op == BIT_TEST)
			return;
		break;
	case INSN_XCHG:
		new = src;
		set_operand(insn, regs, old);
		break;
	case INSN_XADD:
		new = alu(ALU_ADD, old, src, size, regs);
		set_operand(insn, regs, old);
		break;
	default:	/* INSN_CMPXCHG */
		alu(ALU_CMP, regs->ax, old, size, regs);
		if (regs->flags & X86_EFLAGS_ZF) {
			new = src;
		} else {
			new = old;
			set_reg(&regs->ax, size, old);
		}
		break;
	}
	bus->write(bus, offset, size, new);
}

/* The part of RCX, RSI or RDI that a string instruction uses as an address. */
static unsigned long index_of(const struct vioapic_insn *insn,
			      unsigned long reg)
{
	return insn->addr32 ? (u32)reg : reg;
}

static void step(const struct vioapic_insn *insn, unsigned long *reg, long by)
{
	*reg = index_of(insn, *reg + by);
}

/*
 * MOVS from the device.  That the destination can be written is made sure
 * before the device is read, for reading may have side effects.  Should the
 * destination go away even so, nothing is changed and 0 returned: the
 * instruction faults again and is then refused.
 *
 * Return: 0 to go on, 1 to fault again, or an error.
 */
static int movs_from_device(unsigned long to, unsigned int offset,
			    unsigned int size, struct vioapic_bus *bus)
{
	if (!vioapic_kernel_half(to) || !vioapic_kernel_half(to + size - 1) ||
	    !vioapic_probe(to, size))
		return -EFAULT;
	return vioapic_poke(to, bus->read(bus, offset, size), size) ? 0 : 1;
}

static int movs_to_device(unsigned long from, unsigned int offset,
			  unsigned int size, struct vioapic_bus *bus)
{
	u64 value = 0;

	if (!vioapic_kernel_half(from) ||
	    !vioapic_kernel_half(from + size - 1) ||
	    !vioapic_peek(&value, from, size))
		return -EFAULT;
	bus->write(bus, offset, size, value);
	return 0;
}

int vioapic_execute_string(const struct vioapic_insn *insn,
			   struct pt_regs *regs, unsigned long address,
			   struct vioapic_bus *bus)
{
	unsigned long to = index_of(insn, regs->di);
	unsigned long from = index_of(insn, regs->si);
	bool to_device = vioapic_same_page(to, address);
	bool movs = insn->kind == INSN_MOVS;
	unsigned int size = insn->size;
	unsigned int offset;
	long by = regs->flags & X86_EFLAGS_DF ? -(long)size : size;
	int ret = 0;

	if (insn->rep && !index_of(insn, regs->cx))
		return -EINVAL;
	if (movs && insn->fsgs)
		return -EINVAL;		/* the source is not where RSI says */

	/* The registers say where, and whether it began on the page before. */
	if (!to_device && !(movs && vioapic_same_page(from, address)))
		return -ERANGE;
	offset = vioapic_page_offset(to_device ? to : from);
	if (offset + size > PAGE_SIZE)
		return -ERANGE;

	if (movs) {
		unsigned long other = to_device ? from : to;

		if (vioapic_same_page(other, address) ||
		    vioapic_same_page(other + size - 1, address))
			return -EINVAL;
		if (to_device)
			ret = movs_to_device(from, offset, size, bus);
		else
			ret = movs_from_device(to, offset, size, bus);
		if (ret)
			return ret < 0 ? ret : 0;
		step(insn, &regs->si, by);
	} else {
		bus->write(bus, offset, size, truncated(regs->ax, size));
	}
	step(insn, &regs->di, by);

	if (insn->rep) {
		step(insn, &regs->cx, -1);
		if (index_of(insn, regs->cx))
			return 0;
	}
	regs->flags &= ~X86_EFLAGS_RF;
	regs->ip = insn->next;
	return 0;
}
