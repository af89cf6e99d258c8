/* SPDX-License-Identifier: GPL-2.0 */
/*
 * I/O APIC registers in words.
 *
 * Intel 82093AA datasheet (290566), section 3.2; Intel VT-d specification,
 * 5.1.5.1 (remappable format of a redirection table entry).
 */
#ifndef VIOAPIC_TOOL_DECODE_H
#define VIOAPIC_TOOL_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/* Offsets in the register page */
#define OFFSET_IOREGSEL	0x00
#define OFFSET_IOWIN	0x10
#define OFFSET_EOI	0x40

/* Values of IOREGSEL */
#define REG_ID		0x00
#define REG_VERSION	0x01
#define REG_ARB		0x02
#define REG_BOOT	0x03
#define REG_RTE		0x10

/* Bits of an RTE */
#define RTE_LEVEL	0x08000ULL
#define RTE_MASKED	0x10000ULL
#define RTE_LOGICAL	0x00800ULL
#define RTE_TARGET	(~0ULL << 48)	/* destination, or the handle if bit 48 is set */

/* Enough for every text made here */
#define DECODE_LEN	256

/**
 * struct rte - a redirection table entry, taken apart
 * @vector:     of the interrupt
 * @delivery:   mode, see delivery_name()
 * @logical:    destination mode; false is physical
 * @pending:    delivery status
 * @active_low: polarity
 * @remote_irr: accepted by a local APIC, EOI outstanding (level only)
 * @level:      trigger mode; false is edge
 * @masked:     no interrupt is sent
 * @remapped:   bit 48: @handle selects an entry of the interrupt remapping table
 * @dest:       APIC ID, bits 8-14 from bits 49-55 (KVM, Hyper-V, Xen); not if @remapped
 * @handle:     16 bits; only if @remapped
 */
struct rte {
	__u8 vector;
	__u8 delivery;
	bool logical;
	bool pending;
	bool active_low;
	bool remote_irr;
	bool level;
	bool masked;
	bool remapped;
	__u16 dest;
	__u16 handle;
};

struct rte rte_decode(__u64 raw);
const char *delivery_name(unsigned int delivery);

/*
 * Each fills @buf (size DECODE_LEN) and returns it.
 *
 * register_name:  "RTE 4 low" for 0x18
 * register_text:  what @value in that register means; "" if nothing is known
 * rte_text:       the whole entry
 * rte_diff_text:  only what changed, "masked -> unmasked, dest 1 -> 2"
 */
const char *register_name(unsigned int index, char *buf);
const char *register_text(unsigned int index, __u32 value, char *buf);
const char *rte_text(__u64 raw, char *buf);
const char *rte_diff_text(__u64 old, __u64 new, char *buf);

struct json_object;
struct json_object *rte_json(unsigned int pin, __u32 gsi, __u64 raw);

#endif
