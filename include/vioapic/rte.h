/* SPDX-License-Identifier: GPL-2.0 */
/* A redirection table entry (RTE): Intel 82093AA datasheet (290566), 3.2.4. */
#ifndef VIOAPIC_RTE_H
#define VIOAPIC_RTE_H

#include <vioapic/types.h>

/* A redirection table entry (RTE), 64 bits */
#define VIOAPIC_RTE_VECTOR	0x00000000000000ffULL
#define VIOAPIC_RTE_DELMODE	0x0000000000000700ULL
#define VIOAPIC_RTE_LOGICAL	0x0000000000000800ULL
#define VIOAPIC_RTE_DELIVS	0x0000000000001000ULL	/* read-only */
#define VIOAPIC_RTE_ACTIVE_LOW	0x0000000000002000ULL
#define VIOAPIC_RTE_REMOTE_IRR	0x0000000000004000ULL	/* read-only */
#define VIOAPIC_RTE_LEVEL	0x0000000000008000ULL
#define VIOAPIC_RTE_MASKED	0x0000000000010000ULL
#define VIOAPIC_RTE_DEST	0xff00000000000000ULL
#define VIOAPIC_RTE_HIGH_DEST	0x00ff000000000000ULL	/* 15-bit destinations, remappable format */
#define VIOAPIC_RTE_REMAPPABLE	0x0001000000000000ULL	/* the rest is a handle then */
#define VIOAPIC_RTE_DEST_15	0x00fe000000000000ULL	/* bits 8-14 of the destination */
#define VIOAPIC_RTE_RESET	VIOAPIC_RTE_MASKED
/* Bits that the interrupt controller owns; software only reads them */
#define VIOAPIC_RTE_READONLY	(VIOAPIC_RTE_DELIVS | VIOAPIC_RTE_REMOTE_IRR)

#define VIOAPIC_RTE_DELMODE_SHIFT	8
enum vioapic_delmode {
	VIOAPIC_FIXED = 0, VIOAPIC_LOWEST = 1, VIOAPIC_SMI = 2,
	VIOAPIC_NMI = 4, VIOAPIC_INIT = 5, VIOAPIC_EXTINT = 7,
};

#define VIOAPIC_FIRST_VECTOR	16	/* those below are no local APIC's */
#define VIOAPIC_BROADCAST	0xff	/* all local APICs, as a physical destination of 8 bits */

static inline unsigned int vioapic_rte_mode(u64 rte)
{
	return (rte & VIOAPIC_RTE_DELMODE) >> VIOAPIC_RTE_DELMODE_SHIFT;
}

/* 15 bits, of which the upper 7 are for who can have more than 8 */
static inline u32 vioapic_rte_dest(u64 rte)
{
	return rte >> 56 | (rte & VIOAPIC_RTE_DEST_15) >> 49 << 8;
}

/*
 * A pin is level-triggered if of these only VIOAPIC_RTE_LEVEL is set: the others
 * are clear in the delivery modes fixed and lowest priority alone.  NMI and INIT
 * are edge-triggered whatever bit 15 says; SMI and ExtINT have to be.
 */
#define VIOAPIC_RTE_LEVEL_BITS	(VIOAPIC_RTE_LEVEL | 0x0000000000000600ULL)

static inline bool vioapic_rte_is_level(u64 rte)
{
	return (rte & VIOAPIC_RTE_LEVEL_BITS) == VIOAPIC_RTE_LEVEL;
}

/* Delivery modes 3 and 6 are reserved: nothing is sent */
static inline bool vioapic_rte_is_reserved(u64 rte)
{
	unsigned int mode = vioapic_rte_mode(rte);

	return mode == 3 || mode == 6;
}

/* A level-triggered pin that may send as soon as its line is asserted */
#define VIOAPIC_RTE_READY_BITS \
	(VIOAPIC_RTE_LEVEL_BITS | VIOAPIC_RTE_MASKED | VIOAPIC_RTE_REMOTE_IRR)

static inline bool vioapic_rte_is_ready(u64 rte)
{
	return (rte & VIOAPIC_RTE_READY_BITS) == VIOAPIC_RTE_LEVEL;
}

/* An edge-triggered pin that sends when its line becomes asserted */
static inline bool vioapic_rte_sends_edges(u64 rte)
{
	return !(rte & VIOAPIC_RTE_MASKED) && !vioapic_rte_is_level(rte) &&
	       !vioapic_rte_is_reserved(rte);
}

#endif
