/* SPDX-License-Identifier: GPL-2.0 */
/* Where each vCPU begins, in long mode: rdi is its number, the stack is set. */
	.section .entry, "ax"
	.globl	entry
entry:
	call	guest_main
1:	cli
	hlt
	jmp	1b
	.section .note.GNU-stack, "", @progbits
