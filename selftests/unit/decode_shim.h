/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What arch/x86/trap/decode.c, execute.c and emulate.c need of the kernel, for user space.
 *
 * The halves of the address space change places: here the lower one counts as
 * the kernel's.  Needs -D_GNU_SOURCE, and -mno-red-zone for execute.c, which
 * pushes flags.
 */
#ifndef DECODE_SHIM_H
#define DECODE_SHIM_H

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <vioapic/types.h>

#undef PAGE_SIZE
#define PAGE_SIZE		4096UL

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
/* __always_inline comes with glibc's headers. */

#define __init
#define __ro_after_init
#define EXPORT_SYMBOL_GPL(symbol)	extern int shim_no_exports

#define X86_EFLAGS_CF		0x00001UL
#define X86_EFLAGS_PF		0x00004UL
#define X86_EFLAGS_AF		0x00010UL
#define X86_EFLAGS_ZF		0x00040UL
#define X86_EFLAGS_SF		0x00080UL
#define X86_EFLAGS_DF		0x00400UL
#define X86_EFLAGS_OF		0x00800UL
#define X86_EFLAGS_RF		0x10000UL

/* As in the kernel's asm/ptrace.h. */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax, ip, cs, flags, sp, ss;
};

static __always_inline bool vioapic_kernel_half(unsigned long address)
{
	return (long)address >= 0;
}

/* Called with what could be read or written just before, so as to take it away. */
extern void (*shim_before_poke)(void);

static inline bool vioapic_peek(void *to, unsigned long from, unsigned int size)
{
	struct iovec local = { to, size }, remote = { (void *)from, size };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)size;
}

static inline bool shim_write(unsigned long to, void *value, unsigned int size)
{
	struct iovec local = { value, size }, remote = { (void *)to, size };

	return process_vm_writev(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)size;
}

static inline bool vioapic_poke(unsigned long to, unsigned long value,
				unsigned int size)
{
	if (shim_before_poke)
		shim_before_poke();
	return shim_write(to, &value, size);
}

static inline bool vioapic_probe(unsigned long to, unsigned int size)
{
	u64 value;

	return vioapic_peek(&value, to, size) && shim_write(to, &value, size);
}

#endif
