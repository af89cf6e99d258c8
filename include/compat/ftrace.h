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

/*
 * Direct calls: the function that is traced calls @address itself.  Of many functions at
 * once, as here, since 5.15, by this name since 6.5.  -ENODEV: not here.
 */
#if defined(VIOAPIC_HAS_FTRACE_DIRECT_MULTI)
static inline int vioapic_ftrace_direct(struct ftrace_ops *ops, unsigned long address)
{
	return register_ftrace_direct_multi(ops, address);
}

static inline int vioapic_ftrace_undirect(struct ftrace_ops *ops, unsigned long address)
{
	return unregister_ftrace_direct_multi(ops, address);
}
#elif defined(VIOAPIC_HAS_FTRACE_DIRECT_OPS)
static inline int vioapic_ftrace_direct(struct ftrace_ops *ops, unsigned long address)
{
	return register_ftrace_direct(ops, address);
}

static inline int vioapic_ftrace_undirect(struct ftrace_ops *ops, unsigned long address)
{
	return unregister_ftrace_direct(ops, address, false);
}
#else
static inline int vioapic_ftrace_direct(struct ftrace_ops *ops, unsigned long address)
{
	return -ENODEV;
}

static inline int vioapic_ftrace_undirect(struct ftrace_ops *ops, unsigned long address)
{
	return -ENODEV;
}
#endif

#endif
