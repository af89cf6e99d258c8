/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The instruction forms of decode_forms.S, as the tests see them: the user-space
 * test of the decoder and the kernel module that runs them through real faults.
 */
#ifndef DECODE_FORMS_H
#define DECODE_FORMS_H

/*
 * Where user space has its device page: forms with absolute operands name it,
 * as the symbol forms_user_page that the user-space test has to define.
 */
#define FORMS_USER_PAGE		0x10000000

/* &form.class */
#define FORM_MOV		0
#define FORM_EXTEND		1
#define FORM_ALU		2
#define FORM_UNARY		3
#define FORM_SHIFT		4
#define FORM_BIT		5
#define FORM_EXCHANGE		6
#define FORM_CONDITION		7
#define FORM_STRING		8
#define FORM_ADDRESS		9
#define FORM_PREFIX		10
#define FORM_CLASSES		11

/* &form.access: which bus cycles it makes */
#define FORM_R			1
#define FORM_W			2
#define FORM_RW			3

/* &form.traits */
#define FORM_USER_ONLY		1	/* RSP, or what not every emulator knows */
#define FORM_TO_DI		2	/* string instruction, the device at RDI */
#define FORM_FROM_SI		4	/* string instruction, the device at RSI */
#define FORM_REP		8
#define FORM_ABSOLUTE		16	/* operand at FORMS_USER_PAGE + disp */
#define FORM_ADDR32		32	/* address size prefix */
#define FORM_FS			64	/* FS prefix */

/* What can run in user space only. */
#define FORM_NOT_IN_KERNEL	(FORM_USER_ONLY | FORM_ABSOLUTE | FORM_ADDR32 | \
				 FORM_FS)

#define FORM_NONE		255	/* no base, no index, no bit offset */

#ifndef __ASSEMBLER__
#include <vioapic/types.h>

/**
 * struct form - one instruction
 * @name:   its source text
 * @start:  its first byte, from forms_text; see form_start()
 * @end:    the byte behind it; a jump to forms_leave() is there
 * @undef:  status flags that the SDM calls undefined after it
 * @disp:   displacement of its memory operand
 * @base:   number of the base register or FORM_NONE
 * @index:  number of the index register or FORM_NONE
 * @scale:  of the index
 * @bit:    number of the register that holds a bit offset or FORM_NONE
 * @size:   bytes that it accesses
 * @access: FORM_R, FORM_W or FORM_RW
 * @class:  FORM_MOV...
 * @traits: FORM_USER_ONLY...
 */
struct form {
	const char *name;
	u32 start;
	u32 end;
	u32 undef;
	s32 disp;
	u8 base;
	u8 index;
	u8 scale;
	u8 bit;
	u8 size;
	u8 access;
	u8 class;
	u8 traits;
};

extern const struct form forms_begin[], forms_end[];
extern const u8 forms_text[];

static inline const u8 *form_start(const struct form *form)
{
	return forms_text + form->start;
}

/**
 * struct forms_state - registers before and after forms_run()
 * @in:        to load, by their number; the kernel does not load RSP
 * @in_flags:  to load
 * @out:       as found behind the instruction
 * @out_flags: as found behind the instruction
 */
struct forms_state {
	unsigned long in[16];
	unsigned long in_flags;
	unsigned long out[16];
	unsigned long out_flags;
};

extern struct forms_state forms_state;

/* Runs the instruction at @start, which must be followed by forms_leave. */
void forms_run(const void *start);

/* Where a copy of an instruction has to jump to. */
void forms_leave(void);
#endif

#endif
