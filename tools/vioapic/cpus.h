/* SPDX-License-Identifier: GPL-2.0 */
/* The CPUs of this machine, by the IDs that I/O APICs know them by. */
#ifndef VIOAPIC_TOOL_CPUS_H
#define VIOAPIC_TOOL_CPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <linux/types.h>

struct rte;

#define CPU_NONE	(-1)	/* not online, so the kernel does not tell its number */

/**
 * struct cpu - a local APIC
 * @apic:   its ID
 * @number: of the CPU, or CPU_NONE
 */
struct cpu {
	__u32 apic;
	int number;
};

/** struct cpus - all that there are, by number, those that are not online last */
struct cpus {
	size_t count;
	struct cpu *list;
};

/**
 * cpus_read() - from /proc/cpuinfo, and the firmware's table for those that are not online
 * @cpuinfo: of that format
 * @madt:    the ACPI table "APIC", or NULL
 * Return: 0, or -1 if out of memory.
 */
int cpus_read(struct cpus *cpus, FILE *cpuinfo, FILE *madt);
/* cpus_open() - of this machine.  Return: 0, or STATUS_REFUSED and has said why */
int cpus_open(struct cpus *cpus);
void cpus_free(struct cpus *cpus);

/* Who is meant by the destination of an RTE */
enum reach {
	REACH_CPUS,	/* at least one that is online */
	REACH_OFFLINE,	/* only ones that are not */
	REACH_NOBODY,	/* no local APIC of this machine */
	REACH_REMAPPED,	/* the IOMMU's table says */
};

/**
 * cpus_reached() - the CPUs that an entry is for
 * @online: out: numbers of those online, ascending; room for @cpus->count
 * @count:  out
 *
 * A logical destination is taken as Linux sets it up without x2APIC: in the flat model, a
 * bit for each of the CPUs 0-7.
 */
enum reach cpus_reached(const struct cpus *cpus, const struct rte *rte, int *online, size_t *count);

/* cpus_text() - "0-1,3" of @count ascending numbers, "-" of none; returns @buf */
const char *cpus_text(const int *online, size_t count, char *buf, size_t size);

#endif
