/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instruction forms that access memory, each with a description (struct form,
 * decode_forms.h), and the trampoline that runs one of them with given
 * registers.  Assembled into the user-space test and into the test module.
 */
#ifdef __KERNEL__
#include <linux/linkage.h>
#include <asm/ibt.h>
#else
#define RET	ret
#define ENDBR
#endif
#include "decode_forms.h"

#define CF	0x001
#define PF	0x004
#define AF	0x010
#define ZF	0x040
#define SF	0x080
#define OF	0x800

#define IN(nr)		(forms_state + 8 * (nr))
#define IN_FLAGS	(forms_state + 8 * 16)
#define OUT(nr)		(forms_state + 8 * (17 + (nr)))
#define OUT_FLAGS	(forms_state + 8 * 33)

	.bss
	.balign	8
	.globl	forms_state
forms_state:
	.skip	8 * 34
stack:	.skip	8
entry:	.skip	8

	.text
	.globl	forms_run
forms_run:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, stack(%rip)
#ifdef __KERNEL__
	pushq	%rdi			/* returned to: no ENDBR needed there */
#else
	movq	%rdi, entry(%rip)
#endif
	pushq	IN_FLAGS(%rip)
	popfq
	.set	nr, 0
	.irp	reg, rax, rcx, rdx, rbx, none, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	.ifnc	\reg, none
	movq	IN(nr)(%rip), %\reg
	.endif
	.set	nr, nr + 1
	.endr
#ifdef __KERNEL__
	RET
#else
	movq	IN(4)(%rip), %rsp
	jmp	*entry(%rip)
#endif

	.globl	forms_leave
forms_leave:
	.set	nr, 0
	.irp	reg, rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	movq	%\reg, OUT(nr)(%rip)
	.set	nr, nr + 1
	.endr
	movq	stack(%rip), %rsp
	pushfq
	popq	OUT_FLAGS(%rip)
	cld
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	RET

	.globl	forms_text
forms_text:
	ENDBR				/* nobody goes here, but its address is taken */

	.set	nr_rax, 0
	.set	nr_rcx, 1
	.set	nr_rdx, 2
	.set	nr_rbx, 3
	.set	nr_rsp, 4
	.set	nr_rbp, 5
	.set	nr_rsi, 6
	.set	nr_rdi, 7
	.set	nr_r8, 8
	.set	nr_r9, 9
	.set	nr_r10, 10
	.set	nr_r11, 11
	.set	nr_r12, 12
	.set	nr_r13, 13
	.set	nr_r14, 14
	.set	nr_r15, 15
	/* the same as 32-bit addresses */
	.set	nr_eax, 0
	.set	nr_ecx, 1
	.set	nr_ebx, 3
	.set	nr_esi, 6
	.set	nr_r9d, 9
	.set	nr_none, FORM_NONE

	.section .rodata
	.balign	8
	.globl	forms_begin
forms_begin:
	.previous

/* Describe the instruction between labels 1 and 2 with the name at 3. */
.macro	describe class, size, access, undef, traits, base, index, scale, disp, bit
	jmp	forms_leave
	.section .rodata
	.quad	3b
	.long	1b - forms_text, 2b - forms_text, \undef, \disp
	.byte	nr_\base, nr_\index, \scale, nr_\bit
	.byte	\size, \access, \class, \traits
	.previous
.endm

.macro	name text
	.section .rodata.str, "aMS", @progbits, 1
3:	.asciz	"\text"
	.previous
.endm

/* An instruction is: \pre memory \post */
.macro	form class, pre, post, size, access, undef=0, traits=0, base=rbx, index=none, scale=1, disp=0x18, bit=none
	.ifc	\index, none
	name	"\pre \disp(\base)\post"
1:	\pre	\disp(%\base) \post
	.else
	.ifc	\base, none
	name	"\pre \disp(,\index,\scale)\post"
1:	\pre	\disp(, %\index, \scale) \post
	.else
	name	"\pre \disp(\base,\index,\scale)\post"
1:	\pre	\disp(%\base, %\index, \scale) \post
	.endif
	.endif
2:	describe \class, \size, \access, \undef, \traits, \base, \index, \scale, \disp, \bit
.endm

/* Without a memory operand of the usual kind. */
.macro	plain class, text, size, access, traits, disp=0
	name	"\text"
1:	\text
2:	describe \class, \size, \access, 0, \traits, none, none, 1, \disp, none
.endm

/* mov: every register in every width, stores and loads */
.irp	reg, al, cl, dl, bl, ah, ch, dh, bh, bpl, sil, dil, r8b, r9b, r10b, r11b, r12b, r13b, r14b, r15b
	/* ah..bh and a REX prefix exclude each other */
	form	FORM_MOV, "movb %\reg,", "", 1, FORM_W
	form	FORM_MOV, "movb", ", %\reg", 1, FORM_R
.endr
.irp	reg, ax, cx, dx, bx, bp, si, di, r8w, r9w, r10w, r11w, r12w, r13w, r14w, r15w
	form	FORM_MOV, "movw %\reg,", "", 2, FORM_W
	form	FORM_MOV, "movw", ", %\reg", 2, FORM_R
.endr
.irp	reg, eax, ecx, edx, ebx, ebp, esi, edi, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
	form	FORM_MOV, "movl %\reg,", "", 4, FORM_W
	form	FORM_MOV, "movl", ", %\reg", 4, FORM_R
	form	FORM_MOV, ".byte 0x3e; movl %\reg,", "", 4, FORM_W
	form	FORM_MOV, ".byte 0x3e; movl", ", %\reg", 4, FORM_R
.endr
.irp	reg, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	form	FORM_MOV, "movq %\reg,", "", 8, FORM_W
	form	FORM_MOV, "movq", ", %\reg", 8, FORM_R
.endr
	form	FORM_MOV, "movb %spl,", "", 1, FORM_W, 0, FORM_USER_ONLY
	form	FORM_MOV, "movb", ", %spl", 1, FORM_R, 0, FORM_USER_ONLY
	form	FORM_MOV, "movw %sp,", "", 2, FORM_W, 0, FORM_USER_ONLY
	form	FORM_MOV, "movw", ", %sp", 2, FORM_R, 0, FORM_USER_ONLY
	form	FORM_MOV, "movl %esp,", "", 4, FORM_W, 0, FORM_USER_ONLY
	form	FORM_MOV, "movl", ", %esp", 4, FORM_R, 0, FORM_USER_ONLY
	form	FORM_MOV, "movq %rsp,", "", 8, FORM_W, 0, FORM_USER_ONLY
	form	FORM_MOV, "movq", ", %rsp", 8, FORM_R, 0, FORM_USER_ONLY
	form	FORM_MOV, "movb $0x80,", "", 1, FORM_W
	form	FORM_MOV, "movw $0x8001,", "", 2, FORM_W
	form	FORM_MOV, "movl $0x81234567,", "", 4, FORM_W
	form	FORM_MOV, "movq $-0x7edcba99,", "", 8, FORM_W
	form	FORM_MOV, "movq $0x7edcba99,", "", 8, FORM_W
	form	FORM_MOV, "movnti %ecx,", "", 4, FORM_W
	form	FORM_MOV, "movnti %r9d,", "", 4, FORM_W
	form	FORM_MOV, "movnti %rcx,", "", 8, FORM_W
#ifndef __KERNEL__
.irp	disp, 0, 0x10, 0xff8
	plain	FORM_MOV, "movabsb forms_user_page + \disp, %al", 1, FORM_R, FORM_ABSOLUTE, \disp
	plain	FORM_MOV, "movabsw forms_user_page + \disp, %ax", 2, FORM_R, FORM_ABSOLUTE, \disp
	plain	FORM_MOV, "movabsl forms_user_page + \disp, %eax", 4, FORM_R, FORM_ABSOLUTE, \disp
	plain	FORM_MOV, "movabsq forms_user_page + \disp, %rax", 8, FORM_R, FORM_ABSOLUTE, \disp
	plain	FORM_MOV, "movabsb %al, forms_user_page + \disp", 1, FORM_W, FORM_ABSOLUTE, \disp
	plain	FORM_MOV, "movabsw %ax, forms_user_page + \disp", 2, FORM_W, FORM_ABSOLUTE, \disp
	plain	FORM_MOV, "movabsl %eax, forms_user_page + \disp", 4, FORM_W, FORM_ABSOLUTE, \disp
	plain	FORM_MOV, "movabsq %rax, forms_user_page + \disp", 8, FORM_W, FORM_ABSOLUTE, \disp
	plain	FORM_MOV, ".byte 0x67, 0xa1; .long forms_user_page + \disp", 4, FORM_R, FORM_ABSOLUTE, \disp
	plain	FORM_MOV, ".byte 0x67, 0xa3; .long forms_user_page + \disp", 4, FORM_W, FORM_ABSOLUTE, \disp
.endr
#endif

/* movzx, movsx, movsxd */
.irp	way, z, s
	form	FORM_EXTEND, "mov\way\()bw", ", %cx", 1, FORM_R
	form	FORM_EXTEND, "mov\way\()bl", ", %ecx", 1, FORM_R
	form	FORM_EXTEND, "mov\way\()bl", ", %esi", 1, FORM_R
	form	FORM_EXTEND, "mov\way\()bl", ", %r13d", 1, FORM_R
	form	FORM_EXTEND, "mov\way\()bq", ", %rcx", 1, FORM_R
	form	FORM_EXTEND, "mov\way\()bq", ", %r14", 1, FORM_R
	form	FORM_EXTEND, "mov\way\()wl", ", %ecx", 2, FORM_R
	form	FORM_EXTEND, "mov\way\()wl", ", %edi", 2, FORM_R
	form	FORM_EXTEND, "mov\way\()wq", ", %rcx", 2, FORM_R
	form	FORM_EXTEND, "mov\way\()wq", ", %r8", 2, FORM_R
.endr
	form	FORM_EXTEND, ".byte 0x66; movzwl", ", %ecx", 2, FORM_R
	form	FORM_EXTEND, ".byte 0x66; movswl", ", %ecx", 2, FORM_R
	form	FORM_EXTEND, "movslq", ", %rcx", 4, FORM_R
	form	FORM_EXTEND, "movslq", ", %r15", 4, FORM_R
	/* 63 without REX.W: a plain 32-bit load */
	name	"movsxd 0x18(rbx), ecx"
1:	.byte	0x63, 0x4b, 0x18
2:	describe FORM_EXTEND, 4, FORM_R, 0, 0, rbx, none, 1, 0x18, none

/* Two-operand arithmetic: \access is that of the forms with memory left. */
.macro	arith name, access, undef
	.irp	reg, al, ah, bh, sil, r9b
	form	FORM_ALU, "\name\()b %\reg,", "", 1, \access, \undef
	form	FORM_ALU, "\name\()b", ", %\reg", 1, FORM_R, \undef
	.endr
	.irp	reg, ax, si, r10w
	form	FORM_ALU, "\name\()w %\reg,", "", 2, \access, \undef
	form	FORM_ALU, "\name\()w", ", %\reg", 2, FORM_R, \undef
	.endr
	.irp	reg, eax, ecx, r11d
	form	FORM_ALU, "\name\()l %\reg,", "", 4, \access, \undef
	form	FORM_ALU, "\name\()l", ", %\reg", 4, FORM_R, \undef
	.endr
	.irp	reg, rax, rdx, r12
	form	FORM_ALU, "\name\()q %\reg,", "", 8, \access, \undef
	form	FORM_ALU, "\name\()q", ", %\reg", 8, FORM_R, \undef
	.endr
	immediate \name, \access, \undef
	.irp	imm, 0x7f, -1
	form	FORM_ALU, "\name\()w $\imm,", "", 2, \access, \undef
	form	FORM_ALU, "\name\()l $\imm,", "", 4, \access, \undef
	form	FORM_ALU, "\name\()q $\imm,", "", 8, \access, \undef
	.endr
.endm

.macro	immediate name, access, undef
	form	FORM_ALU, "\name\()b $0x5a,", "", 1, \access, \undef
	form	FORM_ALU, "\name\()b $-0x5a,", "", 1, \access, \undef
	form	FORM_ALU, "\name\()w $0x1234,", "", 2, \access, \undef
	form	FORM_ALU, "\name\()w $-0x1234,", "", 2, \access, \undef
	form	FORM_ALU, "\name\()l $0x12345678,", "", 4, \access, \undef
	form	FORM_ALU, "\name\()l $-0x12345678,", "", 4, \access, \undef
	form	FORM_ALU, "\name\()q $0x12345678,", "", 8, \access, \undef
	form	FORM_ALU, "\name\()q $-0x12345678,", "", 8, \access, \undef
.endm

.irp	op, add, adc, sub, sbb
	arith	\op, FORM_RW, 0
	form	FORM_PREFIX, "lock \op\()l %ecx,", "", 4, FORM_RW
	form	FORM_PREFIX, "lock \op\()q $0x12345678,", "", 8, FORM_RW
.endr
.irp	op, and, or, xor
	arith	\op, FORM_RW, AF
	form	FORM_PREFIX, "lock \op\()l %ecx,", "", 4, FORM_RW, AF
	form	FORM_PREFIX, "lock \op\()q $0x12345678,", "", 8, FORM_RW, AF
.endr
	arith	cmp, FORM_R, 0
.irp	reg, al, bh, sil, r9b
	form	FORM_ALU, "testb %\reg,", "", 1, FORM_R, AF
.endr
	form	FORM_ALU, "testw %cx,", "", 2, FORM_R, AF
	form	FORM_ALU, "testl %ecx,", "", 4, FORM_R, AF
	form	FORM_ALU, "testq %r12,", "", 8, FORM_R, AF
	immediate test, FORM_R, AF

.irp	op, inc, dec, not, neg
	form	FORM_UNARY, "\op\()b", "", 1, FORM_RW
	form	FORM_UNARY, "\op\()w", "", 2, FORM_RW
	form	FORM_UNARY, "\op\()l", "", 4, FORM_RW
	form	FORM_UNARY, "\op\()q", "", 8, FORM_RW
	form	FORM_PREFIX, "lock \op\()b", "", 1, FORM_RW
	form	FORM_PREFIX, "lock \op\()l", "", 4, FORM_RW
.endr

.macro	shifts op, once, more, cl_short
	form	FORM_SHIFT, "\op\()b", "", 1, FORM_RW, \once
	form	FORM_SHIFT, "\op\()w", "", 2, FORM_RW, \once
	form	FORM_SHIFT, "\op\()l", "", 4, FORM_RW, \once
	form	FORM_SHIFT, "\op\()q", "", 8, FORM_RW, \once
	form	FORM_SHIFT, "\op\()b $5,", "", 1, FORM_RW, \more
	form	FORM_SHIFT, "\op\()w $13,", "", 2, FORM_RW, \more
	form	FORM_SHIFT, "\op\()l $31,", "", 4, FORM_RW, \more
	form	FORM_SHIFT, "\op\()q $63,", "", 8, FORM_RW, \more
	form	FORM_SHIFT, "\op\()q $64,", "", 8, FORM_RW, 0
	form	FORM_SHIFT, "\op\()b %cl,", "", 1, FORM_RW, \cl_short
	form	FORM_SHIFT, "\op\()w %cl,", "", 2, FORM_RW, \cl_short
	form	FORM_SHIFT, "\op\()l %cl,", "", 4, FORM_RW, \more
	form	FORM_SHIFT, "\op\()q %cl,", "", 8, FORM_RW, \more
.endm
.irp	op, rol, ror, rcl, rcr
	shifts	\op, 0, OF, OF
.endr
.irp	op, shl, shr, sar
	shifts	\op, AF, (OF | AF), (OF | AF | CF)
.endr

#define BT_UNDEF	(OF | SF | AF | PF)

.macro	bits op, access
	form	FORM_BIT, "\op\()w $5,", "", 2, \access, BT_UNDEF
	form	FORM_BIT, "\op\()l $31,", "", 4, \access, BT_UNDEF
	form	FORM_BIT, "\op\()l $32,", "", 4, \access, BT_UNDEF
	form	FORM_BIT, "\op\()l $0xff,", "", 4, \access, BT_UNDEF
	form	FORM_BIT, "\op\()q $33,", "", 8, \access, BT_UNDEF
	form	FORM_BIT, "\op\()q $63,", "", 8, \access, BT_UNDEF
	form	FORM_BIT, "\op\()w %cx,", "", 2, \access, BT_UNDEF, 0, rbx, none, 1, 0x18, rcx
	form	FORM_BIT, "\op\()l %ecx,", "", 4, \access, BT_UNDEF, 0, rbx, none, 1, 0x18, rcx
	form	FORM_BIT, "\op\()q %rcx,", "", 8, \access, BT_UNDEF, 0, rbx, none, 1, 0x18, rcx
	form	FORM_BIT, "\op\()l %esi,", "", 4, \access, BT_UNDEF, 0, rbx, none, 1, 0, rsi
	form	FORM_BIT, "\op\()q %r9,", "", 8, \access, BT_UNDEF, 0, r12, r13, 4, -0x1234, r9
.endm
	bits	bt, FORM_R
.irp	op, bts, btr, btc
	bits	\op, FORM_RW
	form	FORM_PREFIX, "lock \op\()l $7,", "", 4, FORM_RW, BT_UNDEF
	form	FORM_PREFIX, "lock \op\()q %rcx,", "", 8, FORM_RW, BT_UNDEF, 0, rbx, none, 1, 0x18, rcx
.endr
	form	FORM_BIT, "btsl %ecx,", "", 4, FORM_RW, BT_UNDEF, FORM_ADDR32, ebx, none, 1, 0x18, rcx

.irp	op, xchg, xadd, cmpxchg
	.irp	reg, al, cl, ah, bh, dil, r15b
	form	FORM_EXCHANGE, "\op\()b %\reg,", "", 1, FORM_RW
	.endr
	.irp	reg, ax, cx, r14w
	form	FORM_EXCHANGE, "\op\()w %\reg,", "", 2, FORM_RW
	.endr
	.irp	reg, eax, ecx, r8d
	form	FORM_EXCHANGE, "\op\()l %\reg,", "", 4, FORM_RW
	.endr
	.irp	reg, rax, rdi, r9
	form	FORM_EXCHANGE, "\op\()q %\reg,", "", 8, FORM_RW
	.endr
	form	FORM_PREFIX, "lock \op\()b %bh,", "", 1, FORM_RW
	form	FORM_PREFIX, "lock \op\()w %cx,", "", 2, FORM_RW
	form	FORM_PREFIX, "lock \op\()l %ecx,", "", 4, FORM_RW
	form	FORM_PREFIX, "lock \op\()q %r9,", "", 8, FORM_RW
.endr

.irp	cc, o, no, b, ae, e, ne, be, a, s, ns, p, np, l, ge, le, g
	form	FORM_CONDITION, "set\cc", "", 1, FORM_W
	form	FORM_CONDITION, "cmov\cc", ", %cx", 2, FORM_R
	form	FORM_CONDITION, "cmov\cc", ", %r9d", 4, FORM_R
	form	FORM_CONDITION, "cmov\cc", ", %rsi", 8, FORM_R
.endr

.macro	strings prefix, traits
	plain	FORM_STRING, "\prefix movsb", 1, FORM_W, (\traits | FORM_TO_DI)
	plain	FORM_STRING, "\prefix movsw", 2, FORM_W, (\traits | FORM_TO_DI)
	plain	FORM_STRING, "\prefix movsl", 4, FORM_W, (\traits | FORM_TO_DI)
	plain	FORM_STRING, "\prefix movsq", 8, FORM_W, (\traits | FORM_TO_DI)
	plain	FORM_STRING, "\prefix movsb", 1, FORM_R, (\traits | FORM_FROM_SI)
	plain	FORM_STRING, "\prefix movsw", 2, FORM_R, (\traits | FORM_FROM_SI)
	plain	FORM_STRING, "\prefix movsl", 4, FORM_R, (\traits | FORM_FROM_SI)
	plain	FORM_STRING, "\prefix movsq", 8, FORM_R, (\traits | FORM_FROM_SI)
	plain	FORM_STRING, "\prefix stosb", 1, FORM_W, (\traits | FORM_TO_DI)
	plain	FORM_STRING, "\prefix stosw", 2, FORM_W, (\traits | FORM_TO_DI)
	plain	FORM_STRING, "\prefix stosl", 4, FORM_W, (\traits | FORM_TO_DI)
	plain	FORM_STRING, "\prefix stosq", 8, FORM_W, (\traits | FORM_TO_DI)
.endm
	strings	"", 0
	strings	".byte 0xf3;", FORM_REP
	strings	".byte 0x26;", 0
	strings	".byte 0x67;", FORM_ADDR32
	strings	".byte 0xf3, 0x67;", (FORM_REP | FORM_ADDR32)
	plain	FORM_STRING, ".byte 0xf2; movsl", 4, FORM_W, (FORM_REP | FORM_TO_DI)
	plain	FORM_STRING, ".byte 0x64; stosl", 4, FORM_W, FORM_TO_DI

/*
 * Addressing: every base with every size of displacement, with instructions
 * that the fast path takes, and with others, an immediate behind.
 */
.macro	operations traits, base, index=none, scale=1, disp=0
	form	FORM_ADDRESS, "movl %edx,", "", 4, FORM_W, 0, \traits, \base, \index, \scale, \disp
	form	FORM_ADDRESS, "movl", ", %edx", 4, FORM_R, 0, \traits, \base, \index, \scale, \disp
	form	FORM_ADDRESS, "movl", ", %r10d", 4, FORM_R, 0, \traits, \base, \index, \scale, \disp
	form	FORM_ADDRESS, "{disp32} movl %r10d,", "", 4, FORM_W, 0, \traits, \base, \index, \scale, \disp
	form	FORM_ADDRESS, "movq", ", %rdx", 8, FORM_R, 0, \traits, \base, \index, \scale, \disp
	form	FORM_ADDRESS, ".byte 0x3e; movl %edx,", "", 4, FORM_W, 0, \traits, \base, \index, \scale, \disp
	form	FORM_ADDRESS, "movw $0x1234,", "", 2, FORM_W, 0, \traits, \base, \index, \scale, \disp
	form	FORM_ADDRESS, "movzbl", ", %edx", 1, FORM_R, 0, \traits, \base, \index, \scale, \disp
.endm

.irp	disp, 0, 0x10, -0x80, 0x1008, -0x12345678
	.irp	base, rax, rcx, rbx, rbp, rsi, rdi, r8, r9, r11, r12, r13, r14, r15
	operations 0, \base, none, 1, \disp
	.endr
	operations FORM_USER_ONLY, rsp, none, 1, \disp
	operations FORM_USER_ONLY, rsp, rcx, 4, \disp
	.irp	scale, 1, 2, 4, 8
	operations 0, rax, rcx, \scale, \disp
	operations 0, rbp, r12, \scale, \disp
	operations 0, r13, rsi, \scale, \disp
	operations 0, r12, r13, \scale, \disp
	operations 0, none, r9, \scale, \disp
	operations 0, none, rbx, \scale, \disp
	operations FORM_ADDR32, ebx, ecx, \scale, \disp
	.endr
	operations FORM_ADDR32, ebx, none, 1, \disp
	operations FORM_ADDR32, r9d, none, 1, \disp
	operations FORM_ADDR32, none, esi, 4, \disp
.endr
/* the register operand is the base */
	form	FORM_ADDRESS, "movl", ", %ebx", 4, FORM_R
	form	FORM_ADDRESS, "movq", ", %rbx", 8, FORM_R
	form	FORM_ADDRESS, "movq %rbx,", "", 8, FORM_W
	form	FORM_ADDRESS, "xchgq %rbx,", "", 8, FORM_RW
	form	FORM_ADDRESS, "xaddq %rbx,", "", 8, FORM_RW

#ifndef __KERNEL__
.irp	disp, 0, 0x10, 0xff8
	plain	FORM_ADDRESS, "movl %ecx, forms_user_page + \disp", 4, FORM_W, FORM_ABSOLUTE, \disp
	plain	FORM_ADDRESS, "movl forms_user_page + \disp, %ecx", 4, FORM_R, FORM_ABSOLUTE, \disp
	plain	FORM_ADDRESS, "movb $1, forms_user_page + \disp", 1, FORM_W, FORM_ABSOLUTE, \disp
	plain	FORM_ADDRESS, "movl %ecx, forms_user_page + \disp\()(%rip)", 4, FORM_W, FORM_ABSOLUTE, \disp
	plain	FORM_ADDRESS, "movl forms_user_page + \disp\()(%rip), %r12d", 4, FORM_R, FORM_ABSOLUTE, \disp
	plain	FORM_ADDRESS, "movw $0x1234, forms_user_page + \disp\()(%rip)", 2, FORM_W, FORM_ABSOLUTE, \disp
	plain	FORM_ADDRESS, "addq $0x12345678, forms_user_page + \disp\()(%rip)", 8, FORM_RW, FORM_ABSOLUTE, \disp
	plain	FORM_ADDRESS, "orb $4, forms_user_page + \disp\()(%rip)", 1, FORM_RW, FORM_ABSOLUTE, \disp
	plain	FORM_ADDRESS, "movl %ecx, forms_user_page + \disp\()(%eip)", 4, FORM_W, FORM_ABSOLUTE, \disp
.endr
#endif

/* Prefixes: without meaning here, repeated, in any order, REX out of place. */
.irp	prefix, ".byte 0x26;", ".byte 0x2e;", ".byte 0x36;", ".byte 0x3e;", ".byte 0x3e, 0x3e;", ".byte 0x2e, 0x3e, 0x26, 0x36;"
	form	FORM_PREFIX, "\prefix movl", ", %ecx", 4, FORM_R
	form	FORM_PREFIX, "\prefix addq $0x12,", "", 8, FORM_RW
.endr
	form	FORM_PREFIX, ".byte 0xf3; movl %ecx,", "", 4, FORM_W
	form	FORM_PREFIX, ".byte 0xf2; lock; orl $1,", "", 4, FORM_RW, AF
	form	FORM_PREFIX, ".byte 0x66, 0x66; movw %cx,", "", 2, FORM_W
	form	FORM_PREFIX, ".byte 0x66; movq %rcx,", "", 8, FORM_W
	form	FORM_PREFIX, ".byte 0x66; setc", "", 1, FORM_W
	form	FORM_PREFIX, ".byte 0x66; movb %ah,", "", 1, FORM_W
	/* QEMU's TCG minds a REX prefix before another prefix, which no CPU does */
	form	FORM_PREFIX, ".byte 0x48, 0x66; movw %cx,", "", 2, FORM_W, 0, FORM_USER_ONLY
	form	FORM_PREFIX, ".byte 0x4f, 0x3e; movl %ecx,", "", 4, FORM_W, 0, FORM_USER_ONLY
	form	FORM_PREFIX, ".byte 0x4f, 0x3e; movl", ", %ecx", 4, FORM_R, 0, FORM_USER_ONLY
	form	FORM_PREFIX, ".byte 0x4f, 0x3e; movb %ah,", "", 1, FORM_W, 0, FORM_USER_ONLY
	/* superfluous */
	form	FORM_PREFIX, ".byte 0x48; movb %al,", "", 1, FORM_W
	form	FORM_PREFIX, "rex movl %ecx,", "", 4, FORM_W
	form	FORM_PREFIX, "rex.X movl", ", %ecx", 4, FORM_R
	form	FORM_PREFIX, ".byte 0x44, 0x40; movl %ecx,", "", 4, FORM_W
	form	FORM_PREFIX, ".byte 0x4f, 0x40; movl", ", %ecx", 4, FORM_R
	/* as long as can be: 15 bytes */
	form	FORM_PREFIX, ".byte 0x2e, 0x3e, 0x26, 0x36, 0x3e; movl $0x12345678,", "", 4, FORM_W, 0, 0, rbx, none, 1, 0x1008
	form	FORM_PREFIX, ".byte 0x2e, 0x3e, 0x26; lock; addq $0x12345678,", "", 8, FORM_RW, 0, 0, rbx, none, 1, 0x1008
	form	FORM_PREFIX, ".byte 0x64; movl", ", %ecx", 4, FORM_R, 0, FORM_FS, rbx, none, 1, 0x18

	.section .rodata
	.globl	forms_end
forms_end:
	.previous

	.section .note.GNU-stack, "", @progbits
