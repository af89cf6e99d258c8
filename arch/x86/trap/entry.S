/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The shortest way into a hook: the function that it redirects begins with a call of
 * one of these, which ftrace has put there (register_ftrace_direct()).  No register is
 * saved and no callback is asked; a fault that is not ours returns into the function
 * after a comparison or some more.
 *
 * One that is ours returns to site->fault instead, in the function's place: with its
 * return address, but with arguments (site, regs, address).  At the beginning of a
 * function rax, r10 and r11 are nobody's.
 */
#if __has_include(<linux/cfi_types.h>)
#include <linux/cfi_types.h>
#endif
#include <linux/linkage.h>
#include <asm/page_types.h>
#include <asm/trapnr.h>
#include "entry.h"

/* Functions that have their address taken; before 6.1 all are that begin like this */
#ifndef SYM_TYPED_FUNC_START
#define SYM_TYPED_FUNC_START(name)	SYM_FUNC_START(name)
#endif

/* Returns if no site of SITES has ADDRESS; otherwise r10 is the site, and its fault() next. */
.macro FIND sites:req address:req
	movq	\address, %rax
	shrq	$PAGE_SHIFT, %rax
	movzbl	%al, %r10d
	movq	\sites(, %r10, 8), %r10
.Lnext\@:
	cmpq	%rax, VIOAPIC_SITE_PFN(%r10)
	je	.Lfound\@
	movq	VIOAPIC_SITE_NEXT(%r10), %r10
	testq	%r10, %r10
	jne	.Lnext\@
	RET
.Lfound\@:
	movq	VIOAPIC_SITE_FAULT(%r10), %rax
	movq	%rax, (%rsp)
.endm

/* page_fault_oops(regs, error_code, address) */
SYM_TYPED_FUNC_START(vioapic_entry_oops)
	testq	$~VIOAPIC_ERROR_WRITE, %rsi
	jne	.Loops_not_ours
	FIND	vioapic_sites_oops, %rdx
	movq	%rdi, %rsi
	movq	%r10, %rdi
.Loops_not_ours:
	RET
SYM_FUNC_END(vioapic_entry_oops)

/* fixup_exception(regs, trapnr, error_code, fault_addr) */
SYM_TYPED_FUNC_START(vioapic_entry_fixup)
	/* Most that pay are bad pointers of user space's: what is ours is in the kernel's half */
	testq	%rcx, %rcx
	jns	.Lfixup_not_ours
	cmpl	$X86_TRAP_PF, %esi
	jne	.Lfixup_not_ours
	testq	$~VIOAPIC_ERROR_WRITE, %rdx
	jne	.Lfixup_not_ours
	FIND	vioapic_sites_fixup, %rcx
	movq	%rdi, %rsi
	movq	%r10, %rdi
	movq	%rcx, %rdx
.Lfixup_not_ours:
	RET
SYM_FUNC_END(vioapic_entry_fixup)
