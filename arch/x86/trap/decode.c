// SPDX-License-Identifier: GPL-2.0
/*
 * Decoding of the instruction that touched a device page.
 *
 * Encodings: Intel SDM volume 2, chapter 2 and appendix A.  Only kernel code is
 * ever decoded, so 64-bit mode is taken for granted.
 */
#include "decode.h"

#define MAX_INSN_SIZE	15

#define REG(r)	offsetof(struct pt_regs, r)

const u8 vioapic_reg_offset[16] = {
	REG(ax), REG(cx), REG(dx), REG(bx), REG(sp), REG(bp), REG(si), REG(di),
	REG(r8), REG(r9), REG(r10), REG(r11),
	REG(r12), REG(r13), REG(r14), REG(r15),
};

/* The first failure stays. */
static void fail(struct vioapic_insn *insn, int err)
{
	if (!insn->err)
		insn->err = err;
}

/*
 * The next byte of the instruction.  Bytes are read one by one, as decoding
 * asks for them, because nothing has to be mapped behind the instruction.  The
 * page of its first byte is there, or it could not have faulted on data.
 */
static u8 fetch(struct vioapic_insn *insn)
{
	unsigned long from = insn->next;
	u8 byte;

	if (insn->err)
		return 0;
	if (from - insn->start >= MAX_INSN_SIZE) {
		fail(insn, -EINVAL);
		return 0;
	}
	if (vioapic_same_page(from, insn->start)) {
		byte = *(const u8 *)(from + insn->away);
	} else if (!vioapic_peek(&byte, from + insn->away, sizeof(byte))) {
		fail(insn, -EFAULT);
		return 0;
	}
	insn->next = from + 1;
	return byte;
}

static long fetch_signed(struct vioapic_insn *insn, unsigned int size)
{
	unsigned int shift = 64 - 8 * size;
	unsigned long value = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		value |= (unsigned long)fetch(insn) << (8 * i);
	return (long)(value << shift) >> shift;
}

static void fetch_imm(struct vioapic_insn *insn, unsigned int size)
{
	insn->imm = fetch_signed(insn, size);
	insn->use_imm = true;
}

static u8 fetch_prefixes(struct vioapic_insn *insn)
{
	for (;;) {
		u8 byte = fetch(insn);

		switch (byte) {
		case 0x26:	/* ES, CS, SS, DS mean nothing in 64-bit mode */
		case 0x2e:
		case 0x36:
		case 0x3e:
			break;
		case 0x64:
		case 0x65:
			insn->fsgs = true;
			break;
		case 0x66:
			insn->op16 = true;
			break;
		case 0x67:
			insn->addr32 = true;
			break;
		case 0xf0:
			insn->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			insn->rep = true;
			break;
		case 0x40 ... 0x4f:
			insn->rex = byte;
			continue;
		default:
			return byte;
		}
		/* A REX prefix counts only right before the opcode. */
		insn->rex = 0;
	}
}

/*
 * ModRM, SIB and displacement: the register operand, and a memory operand into
 * @insn->ea.  An immediate may follow, @imm_size bytes: the base of a
 * RIP-relative operand is the end of the whole instruction.
 */
static void fetch_operands(struct vioapic_insn *insn, struct pt_regs *regs,
			   u8 modrm, unsigned int imm_size)
{
	unsigned int mod = modrm >> 6, base = modrm & 7;
	unsigned int disp_size = mod == 1 ? 1 : mod == 2 ? 4 : 0;
	bool rip_relative = false;
	unsigned long ea = 0;

	if (mod == 3) {
		fail(insn, -EINVAL);
		return;
	}

	insn->reg = (modrm >> 3 & 7) | (insn->rex & 4) << 1;

	if (base == 4) {
		u8 sib = fetch(insn);
		unsigned int index = (sib >> 3 & 7) | (insn->rex & 2) << 2;

		base = sib & 7;
		if (index != 4)
			ea = *vioapic_reg(regs, index) << (sib >> 6);
	} else if (base == 5 && mod == 0) {
		rip_relative = true;
	}

	if (base == 5 && mod == 0)
		disp_size = 4;
	else
		ea += *vioapic_reg(regs, base | (insn->rex & 1) << 3);

	if (disp_size)
		ea += fetch_signed(insn, disp_size);
	if (imm_size)
		fetch_imm(insn, imm_size);
	if (rip_relative)
		ea += insn->next;
	insn->ea = insn->addr32 ? (u32)ea : ea;
}

unsigned long vioapic_get_reg(const struct vioapic_insn *insn,
			      struct pt_regs *regs, unsigned int size)
{
	if (vioapic_is_high_byte(insn, size))
		return *vioapic_reg(regs, insn->reg - 4) >> 8 & 0xff;
	return *vioapic_reg(regs, insn->reg) & (~0UL >> (64 - 8 * size));
}

/*
 * BT and its kin with the bit offset in a register: a signed index into a bit
 * string that begins at the effective address.
 */
static void add_bit_offset(struct vioapic_insn *insn, struct pt_regs *regs)
{
	unsigned int shift = 64 - 8 * insn->size;
	long bit = vioapic_get_reg(insn, regs, insn->size);
	unsigned long ea = insn->ea;

	bit = (long)((unsigned long)bit << shift) >> shift;
	ea += (bit >> 3) & -(long)insn->size;
	insn->ea = insn->addr32 ? (u32)ea : ea;
}

static void set_kind(struct vioapic_insn *insn, u8 kind, u8 op, u8 size)
{
	insn->kind = kind;
	insn->op = op;
	insn->size = size;
	insn->reg_size = size;
}

/* Opcodes behind 0x0f. */
static void decode_0f(struct vioapic_insn *insn, struct pt_regs *regs)
{
	u8 opcode = fetch(insn);
	u8 op_size = insn->op_size;
	u8 size = opcode & 1 ? op_size : 1;
	u8 modrm;

	/* Here REP selects other instructions, or is reserved. */
	if (insn->rep)
		goto refuse;

	switch (opcode) {
	case 0x40 ... 0x4f:
		set_kind(insn, INSN_CMOV, opcode & 15, op_size);
		break;
	case 0x90 ... 0x9f:
		set_kind(insn, INSN_SETCC, opcode & 15, 1);
		break;
	case 0xa3:
	case 0xab:
	case 0xb3:
	case 0xbb:
		set_kind(insn, INSN_BIT, opcode >> 3 & 3, op_size);
		fetch_operands(insn, regs, fetch(insn), 0);
		add_bit_offset(insn, regs);
		return;
	case 0xb0:
	case 0xb1:
		set_kind(insn, INSN_CMPXCHG, 0, size);
		break;
	case 0xb6:
	case 0xb7:
		set_kind(insn, INSN_LOAD, 0, opcode & 1 ? 2 : 1);
		insn->reg_size = op_size;
		break;
	case 0xba:
		modrm = fetch(insn);
		if (!(modrm & 0x20))
			goto refuse;
		set_kind(insn, INSN_BIT, modrm >> 3 & 3, op_size);
		fetch_operands(insn, regs, modrm, 1);
		return;
	case 0xbe:
	case 0xbf:
		set_kind(insn, INSN_LOAD_SIGNED, 0, opcode & 1 ? 2 : 1);
		insn->reg_size = op_size;
		break;
	case 0xc0:
	case 0xc1:
		set_kind(insn, INSN_XADD, 0, size);
		break;
	case 0xc3:	/* movnti */
		if (insn->op16)
			goto refuse;
		set_kind(insn, INSN_STORE, 0, op_size);
		break;
	default:
		goto refuse;
	}
	fetch_operands(insn, regs, fetch(insn), 0);
	return;
refuse:
	fail(insn, -EINVAL);
}

/* The opcodes whose ModRM byte holds three more bits of it. */
static void decode_group(struct vioapic_insn *insn, struct pt_regs *regs,
			 u8 opcode)
{
	u8 size = opcode & 1 ? insn->op_size : 1;
	u8 imm_size = size < 4 ? size : 4;
	u8 modrm = fetch(insn);
	u8 op = modrm >> 3 & 7;

	switch (opcode) {
	case 0x80:
	case 0x81:
	case 0x83:
		set_kind(insn, INSN_ALU_MEM, op, size);
		if (opcode == 0x83)
			imm_size = 1;
		break;
	case 0xc0:
	case 0xc1:
	case 0xd0 ... 0xd3:
		if (op == SHIFT_NONE)
			goto refuse;
		set_kind(insn, INSN_SHIFT, op, size);
		imm_size = opcode < 0xd0 ? 1 : 0;
		if (opcode == 0xd0 || opcode == 0xd1) {
			insn->imm = 1;
			insn->use_imm = true;
		}
		break;
	case 0xc6:
	case 0xc7:
		if (op)
			goto refuse;
		set_kind(insn, INSN_STORE, 0, size);
		break;
	case 0xf6:
	case 0xf7:
		if (op == 0) {
			set_kind(insn, INSN_ALU_MEM, ALU_TEST, size);
		} else if (op == 2 || op == 3) {
			set_kind(insn, INSN_UNARY, op, size);
			imm_size = 0;
		} else {
			goto refuse;	/* mul, div, test's undocumented twin */
		}
		break;
	default:	/* 0xfe, 0xff */
		if (op > 1)
			goto refuse;	/* call, jmp, push */
		set_kind(insn, INSN_UNARY, op, size);
		imm_size = 0;
		break;
	}
	fetch_operands(insn, regs, modrm, imm_size);
	return;
refuse:
	fail(insn, -EINVAL);
}

static void decode(struct vioapic_insn *insn, struct pt_regs *regs)
{
	u8 opcode = fetch_prefixes(insn);
	u8 size;

	insn->op_size = insn->rex & 8 ? 8 : insn->op16 ? 2 : 4;
	size = opcode & 1 ? insn->op_size : 1;

	switch (opcode) {
	case 0x0f:
		decode_0f(insn, regs);
		return;
	case 0x00 ... 0x03:	/* add, or, adc, sbb, and, sub, xor, cmp */
	case 0x08 ... 0x0b:
	case 0x10 ... 0x13:
	case 0x18 ... 0x1b:
	case 0x20 ... 0x23:
	case 0x28 ... 0x2b:
	case 0x30 ... 0x33:
	case 0x38 ... 0x3b:
		set_kind(insn, opcode & 2 ? INSN_ALU_REG : INSN_ALU_MEM,
			 opcode >> 3, size);
		break;
	case 0x63:	/* movsxd; vendors differ on its 16-bit form */
		if (insn->op_size == 2)
			goto refuse;
		set_kind(insn, INSN_LOAD_SIGNED, 0, 4);
		insn->reg_size = insn->op_size;
		break;
	case 0x80:
	case 0x81:
	case 0x83:
	case 0xc0:
	case 0xc1:
	case 0xc6:
	case 0xc7:
	case 0xd0 ... 0xd3:
	case 0xf6:
	case 0xf7:
	case 0xfe:
	case 0xff:
		decode_group(insn, regs, opcode);
		return;
	case 0x84:
	case 0x85:
		set_kind(insn, INSN_ALU_MEM, ALU_TEST, size);
		break;
	case 0x86:
	case 0x87:
		set_kind(insn, INSN_XCHG, 0, size);
		break;
	case 0x88:
	case 0x89:
		set_kind(insn, INSN_STORE, 0, size);
		break;
	case 0x8a:
	case 0x8b:
		set_kind(insn, INSN_LOAD, 0, size);
		break;
	case 0xa0 ... 0xa3:	/* mov between rAX and an absolute address */
		set_kind(insn, opcode & 2 ? INSN_STORE : INSN_LOAD, 0, size);
		insn->ea = fetch_signed(insn, insn->addr32 ? 4 : 8);
		if (insn->addr32)
			insn->ea = (u32)insn->ea;
		return;
	case 0xa4:
	case 0xa5:
		set_kind(insn, INSN_MOVS, 0, size);
		return;
	case 0xaa:
	case 0xab:
		set_kind(insn, INSN_STOS, 0, size);
		return;
	default:
		goto refuse;
	}
	fetch_operands(insn, regs, fetch(insn), 0);
	return;
refuse:
	fail(insn, -EINVAL);
}

/* May LOCK stand before it?  All others are #UD. */
static bool lockable(const struct vioapic_insn *insn)
{
	switch (insn->kind) {
	case INSN_ALU_MEM:
		return insn->op < ALU_CMP;
	case INSN_BIT:
		return insn->op != BIT_TEST;
	case INSN_UNARY:
	case INSN_XCHG:
	case INSN_XADD:
	case INSN_CMPXCHG:
		return true;
	default:
		return false;
	}
}

int vioapic_decode(struct vioapic_insn *insn, struct pt_regs *regs, const u8 *text)
{
	*insn = (struct vioapic_insn) { .start = regs->ip, .next = regs->ip };
	if (text)
		insn->away = (unsigned long)text - regs->ip;
	decode(insn, regs);
	if (insn->err)
		return insn->err;
	return insn->lock && !lockable(insn) ? -EINVAL : 0;
}
