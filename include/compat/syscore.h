/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Syscore callbacks.  6.19 gives them an argument and registers a struct
 * syscore; stable kernels of distributions have that too.
 */
#ifndef VIOAPIC_COMPAT_SYSCORE_H
#define VIOAPIC_COMPAT_SYSCORE_H

#include <linux/syscore_ops.h>

#ifdef VIOAPIC_HAS_SYSCORE_OPS
#define VIOAPIC_SYSCORE_ARGS	void
#define vioapic_syscore		syscore_ops
#define VIOAPIC_SYSCORE_INIT(suspend_, resume_) \
	{ .suspend = suspend_, .resume = resume_ }
#define vioapic_register_syscore	register_syscore_ops
#define vioapic_unregister_syscore	unregister_syscore_ops
#else
#define VIOAPIC_SYSCORE_ARGS	void *data
#define vioapic_syscore		syscore
#define VIOAPIC_SYSCORE_INIT(suspend_, resume_) \
	{ .ops = &(const struct syscore_ops) { .suspend = suspend_, .resume = resume_ } }
#define vioapic_register_syscore	register_syscore
#define vioapic_unregister_syscore	unregister_syscore
#endif

#endif
