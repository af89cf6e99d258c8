// SPDX-License-Identifier: GPL-2.0
/* The table behind <vioapic/emulate.h>. */
#include <linux/ptrace.h>
#include <linux/stddef.h>
#include <vioapic/emulate.h>

#define MOV(s, r)	{ .size = (s), .reg = offsetof(struct pt_regs, r) }

/* The eight ModRM bytes of a mod and a register; rm 4 has a SIB byte */
#define MOV_RM(s, sib, five, r)					\
	MOV(s, r), MOV(s, r), MOV(s, r), MOV(s, r),		\
	MOV(sib, r), MOV(five, r), MOV(s, r), MOV(s, r)

#define MOV_MOD(r0, r1, r2, r3, r4, r5, r6, r7, sizes...)	\
	MOV_RM(sizes, r0), MOV_RM(sizes, r1),			\
	MOV_RM(sizes, r2), MOV_RM(sizes, r3),			\
	MOV_RM(sizes, r4), MOV_RM(sizes, r5),			\
	MOV_RM(sizes, r6), MOV_RM(sizes, r7)

/*
 * By mod: no displacement, except RIP-relative and where the SIB byte says so;
 * 8 bits of it; 32 bits; a register instead of memory.
 */
#define MOV_REX_R(regs...) {					\
	MOV_MOD(regs, 2, 0, 6),					\
	MOV_MOD(regs, 3, 4, 3),					\
	MOV_MOD(regs, 6, 7, 6),					\
	MOV_MOD(regs, 0, 0, 0),					\
}

const struct vioapic_mov vioapic_mov[2][256] = {
	MOV_REX_R(ax, cx, dx, bx, sp, bp, si, di),
	MOV_REX_R(r8, r9, r10, r11, r12, r13, r14, r15),
};
