/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arguments and instruction pointer at the entry of a function that is traced.
 *
 * Where ftrace saves the arguments anyway (CONFIG_DYNAMIC_FTRACE_WITH_ARGS, on
 * x86 since 5.11) that is enough, as it is for livepatch, and a trap costs some
 * 25 instructions less than with FTRACE_OPS_FL_SAVE_REGS.  The layout of struct
 * ftrace_regs changed in 6.13, and distributions backport that: the accessor
 * macro tells.
 */
#ifndef VIOAPIC_COMPAT_FTRACE_H
#define VIOAPIC_COMPAT_FTRACE_H

#include <linux/ftrace.h>

#ifdef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
#define VIOAPIC_FTRACE_FL_ARGS	0
#else
#define VIOAPIC_FTRACE_FL_ARGS	FTRACE_OPS_FL_SAVE_REGS
#endif

/* Only di, si, dx, cx, r8, r9 and ip are valid, and may be changed. */
static __always_inline struct pt_regs *vioapic_ftrace_args(struct ftrace_regs *fregs)
{
#ifdef arch_ftrace_regs
	return &arch_ftrace_regs(fregs)->regs;
#else
	return &fregs->regs;
#endif
}

#endif
