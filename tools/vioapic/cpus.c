// SPDX-License-Identifier: GPL-2.0
/* The CPUs of this machine, by the IDs that I/O APICs know them by. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpus.h"
#include "decode.h"
#include "vioapic.h"

/* ACPI 6.5, 5.2.12: a header, then structures of a type and a length each */
#define MADT_HEADER	44
#define MADT_LAPIC	0
#define MADT_X2APIC	9
#define MADT_ENABLED	1
#define MADT_MAX	0x100000

#define BROADCAST	0xff

static int add(struct cpus *cpus, __u32 apic, int number)
{
	struct cpu *list;
	size_t i;

	for (i = 0; i < cpus->count; i++)
		if (cpus->list[i].apic == apic)
			return 0;
	list = realloc(cpus->list, (cpus->count + 1) * sizeof(*list));
	if (!list)
		return -1;
	cpus->list = list;
	list[cpus->count++] = (struct cpu){ .apic = apic, .number = number };
	return 0;
}

static __u32 read_u32(const unsigned char *bytes)
{
	return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (__u32)bytes[3] << 24;
}

/* Those that could be brought online are listed as enabled; for others there is only room. */
static int add_madt(struct cpus *cpus, const unsigned char *table, size_t size)
{
	size_t at, length;

	for (at = MADT_HEADER; at + 2 <= size; at += length) {
		length = table[at + 1];
		if (length < 2 || at + length > size)
			return 0;
		if (table[at] == MADT_LAPIC && length >= 8 &&
		    read_u32(table + at + 4) & MADT_ENABLED &&
		    add(cpus, table[at + 3], CPU_NONE))
			return -1;
		if (table[at] == MADT_X2APIC && length >= 16 &&
		    read_u32(table + at + 8) & MADT_ENABLED &&
		    add(cpus, read_u32(table + at + 4), CPU_NONE))
			return -1;
	}
	return 0;
}

int cpus_read(struct cpus *cpus, FILE *cpuinfo, FILE *madt)
{
	unsigned char *table;
	char line[4096];
	int number = CPU_NONE, err = 0;
	__u32 apic;

	*cpus = (struct cpus){ 0 };
	while (!err && fgets(line, sizeof(line), cpuinfo)) {
		if (sscanf(line, "processor : %d", &number) == 1)
			continue;
		/* "initial apicid" comes too */
		if (sscanf(line, "apicid : %u", &apic) == 1 && number >= 0)
			err = add(cpus, apic, number);
	}
	if (err || !madt)
		return err;
	table = malloc(MADT_MAX);
	if (!table)
		return -1;
	err = add_madt(cpus, table, fread(table, 1, MADT_MAX, madt));
	free(table);
	return err;
}

int cpus_open(struct cpus *cpus)
{
	FILE *cpuinfo = fopen("/proc/cpuinfo", "re");
	FILE *madt = fopen("/sys/firmware/acpi/tables/APIC", "re");
	int status = STATUS_DONE;

	*cpus = (struct cpus){ 0 };
	if (!cpuinfo)
		status = refuse("cannot open /proc/cpuinfo: %s", strerror(errno));
	else if (cpus_read(cpus, cpuinfo, madt))
		status = refuse("out of memory");
	if (cpuinfo)
		fclose(cpuinfo);
	if (madt)
		fclose(madt);
	return status;
}

void cpus_free(struct cpus *cpus)
{
	free(cpus->list);
	*cpus = (struct cpus){ 0 };
}

static bool is_meant(const struct cpu *cpu, const struct rte *rte)
{
	if (rte->logical)
		return cpu->number >= 0 && cpu->number < 8 && rte->dest >> cpu->number & 1;
	return rte->dest == BROADCAST || cpu->apic == rte->dest;
}

enum reach cpus_reached(const struct cpus *cpus, const struct rte *rte, int *online, size_t *count)
{
	bool offline = false;
	size_t i;

	*count = 0;
	if (rte->remapped)
		return REACH_REMAPPED;
	for (i = 0; i < cpus->count; i++) {
		if (!is_meant(&cpus->list[i], rte))
			continue;
		if (cpus->list[i].number == CPU_NONE)
			offline = true;
		else
			online[(*count)++] = cpus->list[i].number;
	}
	if (*count)
		return REACH_CPUS;
	return offline ? REACH_OFFLINE : REACH_NOBODY;
}

const char *cpus_text(const int *online, size_t count, char *buf, size_t size)
{
	size_t used = 0, i, last;

	snprintf(buf, size, "-");
	for (i = 0; i < count && used < size; i = last + 1) {
		for (last = i; last + 1 < count && online[last + 1] == online[last] + 1;)
			last++;
		used += snprintf(buf + used, size - used, "%s%d", i ? "," : "", online[i]);
		if (last > i && used < size)
			used += snprintf(buf + used, size - used, "-%d", online[last]);
	}
	return buf;
}
