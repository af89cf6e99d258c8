/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ftrace as the trap needs it.  The layout of struct ftrace_regs differs from
 * version to version and distributions backport it; ftrace_get_regs() with
 * FTRACE_OPS_FL_SAVE_REGS is the same everywhere.
 */
#ifndef VIOAPIC_COMPAT_FTRACE_H
#define VIOAPIC_COMPAT_FTRACE_H

#include <linux/ftrace.h>

/* Until 6.1-rt and 6.12 differ here again, this is all of it. */
static __always_inline struct pt_regs *vioapic_ftrace_regs(struct ftrace_regs *fregs)
{
	return ftrace_get_regs(fregs);
}

#endif
