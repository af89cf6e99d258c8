/* SPDX-License-Identifier: GPL-2.0 */
	.section .rodata
	.globl	guest_image
	.balign	16
guest_image:
	.incbin	"guest.bin"
guest_image_end:
	.globl	init_image
init_image:
	.incbin	"init"
init_image_end:
	.balign	8
	.globl	guest_image_size, init_image_size
guest_image_size:
	.quad	guest_image_end - guest_image
init_image_size:
	.quad	init_image_end - init_image
	.section .note.GNU-stack, "", @progbits
