/* SPDX-License-Identifier: GPL-2.0 */
/*
 * QEMU's I/O APIC and the model, given the same accesses: see compare.c.
 *
 * Before each step both hold the same, except for what the rule "arbitration"
 * names, so what QEMU makes of the step follows from the state before it and
 * the step; a rule says what, and explains no other difference.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include <linux/bits.h>
#include <linux/prandom.h>
#include <vioapic/device.h>

#define COMPARE_PINS	24
#define COMPARE_INDEXES	(VIOAPIC_REG_RTE + 2 * COMPARE_PINS)
#define COMPARE_LOW(pin)	(VIOAPIC_REG_RTE + 2 * (pin))

/* What QEMU tells registers by; they repeat */
#define COMPARE_ALIAS	0x100

enum compare_op {
	COMPARE_READ,	/* of the register page */
	COMPARE_WRITE,	/* of the register page */
	COMPARE_LINE,	/* the line of a pin is driven, perhaps as it was */
	COMPARE_TAKE,	/* the CPU takes and ends all interrupts that wait */
};

/**
 * struct compare_step - one step, done to both
 * @op:     what was done
 * @offset: in the register page
 * @size:   1, 2, 4 or 8 bytes
 * @pin:    COMPARE_LINE
 * @high:   COMPARE_LINE: electrical, before polarity
 * @was_high: COMPARE_LINE: the line before
 * @index:  IOREGSEL before
 * @value:  COMPARE_WRITE: what was written
 */
struct compare_step {
	enum compare_op op;
	u16 offset;
	u8 size;
	u8 pin;
	bool high;
	bool was_high;
	u8 index;
	u64 value;
};

/**
 * struct compare_pin - history of a pin since both were last brought together
 * @driven:  it has a line
 * @high:    the line
 * @latched: what QEMU remembers of it: taken over at each change while the pin is
 *           level-triggered, forgotten when a message is sent as edge-triggered
 * @was:     @latched before the step
 */
struct compare_pin {
	bool driven;
	bool high;
	bool latched;
	bool was;
};

enum compare_what {
	COMPARE_VALUE,		/* what a read returned */
	COMPARE_IOREGSEL,	/* the index register */
	COMPARE_REGISTER,	/* register @index */
	COMPARE_MESSAGE,	/* vectors that wait, COMPARE_QUIET; 32 bits higher: for a level */
};

/**
 * struct compare_diff - what is not the same after a step
 * @what:  where
 * @index: of the register
 * @qemu:  there
 * @ours:  in the model
 */
struct compare_diff {
	enum compare_what what;
	u8 index;
	u64 qemu;
	u64 ours;
};

/*
 * Vectors that the kernel takes in silence, with an EOI and nothing else: those
 * of KVM's posted interrupts, and of a platform that is not this one.  A bit of
 * the word of the local APIC's IRR that has vectors 0xe0 to 0xff.
 */
#define COMPARE_VECTORS	0xe0
#define COMPARE_QUIET	(BIT(0x10) | BIT(0x11) | BIT(0x12) | BIT(0x17))

/**
 * struct compare_state - both sides; of these, rules judge by all down to @peek
 * @step:    the step
 * @version: of the I/O APIC
 * @was:     registers before the step, as both had them
 * @qemu:    registers after it
 * @ours:    the same of the model
 * @pin:     histories
 * @peek:    what the model answers to a read of @size bytes at @offset
 * @dev:     for the native backend; its lock is held from step to step
 * @model:   owner of its pins
 * @waiting: vectors that the model has sent and nobody has taken, as COMPARE_QUIET
 * @level:   those of them that end with a broadcast
 * @apic_id: of this CPU
 * @ldr:     its logical ID
 * @rnd:     what comes next
 * @accesses: steps that read or wrote
 * @messages: that the model sent and somebody accepted
 * @redelivered: EOIs by register with redelivery
 * @unexplained: differences
 */
struct compare_state {
	struct compare_step step;
	u8 version;
	u32 was[COMPARE_INDEXES];
	u32 qemu[COMPARE_INDEXES];
	u32 ours[COMPARE_INDEXES];
	struct compare_pin pin[COMPARE_PINS];
	u64 (*peek)(unsigned int offset, unsigned int size);

	struct vioapic_device *dev;
	struct vioapic_model *model;
	u32 waiting;
	u32 level;
	u8 apic_id;
	u8 ldr;
	struct rnd_state rnd;
	u32 accesses;
	u32 messages;
	u32 redelivered;
	u32 unexplained;
};

extern struct compare_state both;

/**
 * struct compare_rule - a difference that is known, and who is right
 * @name:     a word for it
 * @versions: those that differ so: bit 0 for 0x11, bit 1 for 0x20
 * @where:    registers, bits, widths
 * @qemu:     what QEMU does
 * @ours:     what the model does
 * @section:  82093AA is Intel 290566, ICH10 is Intel 319973
 * @verdict:  what the datasheet says, and if it says nothing, why we do what we do
 * @explains: bits of the difference that are so for this reason
 * @count:    differences it was the reason of
 */
struct compare_rule {
	const char *name;
	u8 versions;
	const char *where;
	const char *qemu;
	const char *ours;
	const char *section;
	const char *verdict;
	u64 (*explains)(const struct compare_state *s, const struct compare_diff *d);
	u32 count;
};

extern struct compare_rule compare_rules[];	/* ends with a NULL name */

/* An RTE of @reg */
static inline u64 compare_rte(const u32 *reg, unsigned int pin)
{
	return reg[COMPARE_LOW(pin)] | (u64)reg[COMPARE_LOW(pin) + 1] << 32;
}

static inline bool compare_applies(const struct compare_rule *rule, u8 version)
{
	return rule->versions & (version == 0x20 ? 2 : 1);
}

/* compare_rules.c: bits that no rule explains; counts */
u64 compare_judge(const struct compare_state *s, const struct compare_diff *d);

/* compare.c: is it the same, and if not, does a rule say why? */
bool compare_same(enum compare_what what, unsigned int index, u64 qemu, u64 ours);
/* After a step: all that there is; what has come apart is brought together */
void compare_all(void);

/* compare_steps.c */
void compare_step_random(void);
void compare_step_storm(void);
void compare_step_take(void);

/* compare_sides.c: the pins that have a line */
#define COMPARE_LINES	4
extern const u8 compare_lines[COMPARE_LINES];
/* Does a local APIC take what a pin with @rte sends? */
bool compare_is_accepted(u64 rte);

int qemu_open(unsigned long address);
void qemu_close(void);
int qemu_lines_open(void);
void qemu_lines_close(void);
u64 qemu_read(unsigned int offset, unsigned int size);
void qemu_write(unsigned int offset, unsigned int size, u64 value);
void qemu_line(unsigned int pin, bool high);
u64 qemu_messages(void);
u64 ours_read(unsigned int offset, unsigned int size);
void ours_write(unsigned int offset, unsigned int size, u64 value);
void ours_line(unsigned int pin, bool high);
void ours_carry_out(const struct vioapic_effects *fx);
u64 ours_messages(void);
void both_read(void);
void both_write(unsigned int index, u32 value);
void both_take(void);
void both_calm(unsigned int pin);

#endif
