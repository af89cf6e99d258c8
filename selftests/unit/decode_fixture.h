/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of vioapic_emulate() share: pages at fixed addresses, a device
 * that is memory, random registers, and the comparison with the CPU.
 *
 * DECODE_SEED=n repeats a run, DECODE_ROUNDS=n changes its length.
 */
#ifndef DECODE_FIXTURE_H
#define DECODE_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include <vioapic/trap.h>
#include "../modules/decode_forms.h"
#include "decode_shim.h"

#define STATUS		(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | \
			 X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_OF)
#define FIXED_FLAGS	0x202UL
#define KERNEL_CS	0x10

/* All below 4 GiB, so that 32-bit addresses reach them. */
#define DEVICE		((u8 *)FORMS_USER_PAGE)
#define OTHER		((u8 *)0x10010000)	/* the other operand of movs */
#define CODE		((u8 *)0x10020000)	/* followed by nothing */
#define CODE_END	(CODE + PAGE_SIZE)
#define READ_ONLY	((u8 *)0x10030000)

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

extern unsigned long seed;
extern unsigned int rounds;

/* The device: memory that writes down how it is accessed. */
struct ram {
	struct vioapic_bus bus;
	u8 byte[PAGE_SIZE];
	unsigned int reads, writes;
	unsigned int offset, size;
};

extern struct ram ram;

/* Some bytes of code. */
struct code {
	const char *name;
	unsigned int size;
	u8 byte[16];
};

#define CODE_OF(name, bytes...) { name, sizeof((u8[]){ bytes }), { bytes } }

/* Maps the pages and reads the environment. */
void decode_setup(void);

u64 rnd(void);
unsigned int below(unsigned int n);
void fill(u8 *p, size_t size);
unsigned long *reg_of(struct pt_regs *regs, unsigned int nr);
struct pt_regs random_regs(void);

/* Random registers, RIP at a copy of @code, the end of CODE right behind it. */
struct pt_regs code_regs(const u8 *code, size_t size, bool at_end);

/* What a breakpoint hides, 16 bytes; NULL if it is nobody's that can be asked */
extern const u8 *probed;

/* Returns what vioapic_emulate() does; if an error, nothing may have changed. */
int emulate(struct pt_regs *regs, unsigned long address);

/* Fails if what the CPU and the emulation made of @before differs. */
void same(const char *name, const char *what, u64 before, u64 cpu, u64 emulated);
void same_memory(const char *name, const char *what, const u8 *cpu,
		 const u8 *emulated);

/* Executes; what the registers are then is in forms_state. */
void run_on_cpu(struct pt_regs *regs, const u8 *start);

/* Compares forms_state with @after. */
void compare(const char *name, const struct pt_regs *before,
	     struct pt_regs *after, unsigned long undef);

/* A random execution of @form, of which a copy is at @start, by the emulation
 * and, if asked for, by the CPU.
 */
void check_form(const struct form *form, const u8 *start, bool on_cpu);

#endif
