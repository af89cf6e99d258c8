// SPDX-License-Identifier: GPL-2.0
/*
 * An MP table (Intel MultiProcessor Specification 1.4) and the Linux boot protocol
 * (Documentation/arch/x86/boot.rst, 64-bit entry).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "firmware.h"
#include "vmm.h"

#define MP_POINTER	0xf0000
#define MP_TABLE	0xf0010
#define LOW_MEMORY	0x9fc00
#define HIGH_MEMORY	0x100000
#define SECTOR		512

struct mp_pointer {
	char signature[4];
	uint32_t table;
	uint8_t length, revision, checksum, features[5];
} __attribute__((packed));

struct mp_header {
	char signature[4];
	uint16_t length;
	uint8_t revision, checksum;
	char oem[8], product[12];
	uint32_t oem_table;
	uint16_t oem_size, entries;
	uint32_t lapic, reserved;
} __attribute__((packed));

struct mp_cpu {
	uint8_t type, id, version, flags;
	uint32_t signature, features, reserved[2];
} __attribute__((packed));

struct mp_bus {
	uint8_t type, id;
	char name[6];
} __attribute__((packed));

struct mp_ioapic {
	uint8_t type, id, version, flags;
	uint32_t address;
} __attribute__((packed));

struct mp_interrupt {
	uint8_t type, kind;
	uint16_t flags;
	uint8_t bus, irq, apic, pin;
} __attribute__((packed));

enum { MP_CPU, MP_BUS, MP_IOAPIC, MP_INTERRUPT, MP_LOCAL };
enum { MP_INT, MP_NMI, MP_SMI, MP_EXTINT };

static uint8_t checksum(const void *data, size_t size)
{
	const uint8_t *byte = data;
	uint8_t sum = 0;

	while (size--)
		sum -= *byte++;
	return sum;
}

static void add(struct mp_header *header, const void *entry, size_t size)
{
	memcpy((char *)header + header->length, entry, size);
	header->length += size;
	header->entries++;
}

static void add_interrupt(struct mp_header *header, uint8_t type, uint8_t kind, uint8_t irq,
			  uint8_t apic, uint8_t pin)
{
	struct mp_interrupt interrupt = {
		.type = type, .kind = kind, .irq = irq, .apic = apic, .pin = pin,
	};

	add(header, &interrupt, sizeof(interrupt));
}

void make_mp_table(unsigned char *memory, unsigned int cpus, const struct ioapic_entry ioapic[2],
		   const struct isa_route *moved)
{
	struct mp_pointer *pointer = (struct mp_pointer *)(memory + MP_POINTER);
	struct mp_header *header = (struct mp_header *)(memory + MP_TABLE);
	struct mp_bus isa = { .type = MP_BUS, .name = "ISA   " };
	const struct isa_route *route;
	unsigned int i;

	memset(header, 0, sizeof(*header));
	memcpy(header->signature, "PCMP", 4);
	memcpy(header->oem, "VIOAPIC ", sizeof(header->oem));
	memcpy(header->product, "SELFTEST    ", sizeof(header->product));
	header->revision = 4;
	header->lapic = LAPIC_ADDRESS;
	header->length = sizeof(*header);
	for (i = 0; i < cpus; i++) {
		struct mp_cpu cpu = {
			.type = MP_CPU, .id = i, .version = 0x14, .flags = i ? 1 : 3,
			.signature = 0x600, .features = 0x201,
		};

		add(header, &cpu, sizeof(cpu));
	}
	add(header, &isa, sizeof(isa));
	for (i = 0; i < 2; i++) {
		struct mp_ioapic entry = {
			.type = MP_IOAPIC, .id = ioapic[i].id, .version = ioapic[i].version,
			.flags = 1, .address = ioapic[i].address,
		};

		add(header, &entry, sizeof(entry));
	}
	for (i = 0; i < 16; i++) {
		if (i == 2)
			continue;	/* the cascade */
		for (route = moved; route->irq && route->irq != i; route++)
			;
		if (route->irq)
			add_interrupt(header, MP_INTERRUPT, MP_INT, i, route->ioapic, route->pin);
		else
			add_interrupt(header, MP_INTERRUPT, MP_INT, i, ioapic[0].id, i ? i : 2);
	}
	add_interrupt(header, MP_LOCAL, MP_EXTINT, 0, 0xff, 0);
	add_interrupt(header, MP_LOCAL, MP_NMI, 0, 0xff, 1);
	header->checksum = checksum(header, header->length);

	memset(pointer, 0, sizeof(*pointer));
	memcpy(pointer->signature, "_MP_", 4);
	pointer->table = MP_TABLE;
	pointer->length = 1;
	pointer->revision = 4;
	pointer->checksum = checksum(pointer, sizeof(*pointer));
}

/* An initramfs of one file, /init, and the console that it begins with */

static char *cpio_entry(char *to, const char *name, unsigned int mode, unsigned int major,
			unsigned int minor, const void *data, size_t size)
{
	to += sprintf(to, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x",
		      0, mode, 0, 0, 1, 0, size, 0, 0, major, minor, strlen(name) + 1, 0);
	strcpy(to, name);
	to += (strlen(name) + 1 + 2 + 3) / 4 * 4 - 2;
	if (size)
		memcpy(to, data, size);
	return to + (size + 3) / 4 * 4;
}

static size_t make_initramfs(char *to, const unsigned char *init, size_t size)
{
	char *end = to;

	end = cpio_entry(end, "dev", 0040755, 0, 0, NULL, 0);
	end = cpio_entry(end, "dev/console", 0020600, 5, 1, NULL, 0);
	end = cpio_entry(end, "init", 0100755, 0, 0, init, size);
	end = cpio_entry(end, "TRAILER!!!", 0, 0, 0, NULL, 0);
	return end - to;
}

static void put(unsigned char *params, unsigned int offset, uint64_t value, unsigned int size)
{
	memcpy(params + offset, &value, size);
}

static uint64_t get(const unsigned char *params, unsigned int offset, unsigned int size)
{
	uint64_t value = 0;

	memcpy(&value, params + offset, size);
	return value;
}

static void e820(unsigned char *params, uint64_t start, uint64_t end)
{
	unsigned int n = params[0x1e8]++;

	put(params, 0x2d0 + 20 * n, start, 8);
	put(params, 0x2d8 + 20 * n, end - start, 8);
	put(params, 0x2e0 + 20 * n, 1, 4);
}

unsigned long load_linux(unsigned char *memory, unsigned long size, const char *path,
			 const char *cmdline, const unsigned char *init, size_t init_size)
{
	static const uint64_t gdt[] = { 0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff };
	unsigned char *params = memory + LINUX_PARAMS;
	unsigned char boot[2 * SECTOR];
	unsigned long address;
	unsigned int setup;
	FILE *file = fopen(path, "r");

	if (!file || fread(boot, sizeof(boot), 1, file) != 1 || memcmp(boot + 0x202, "HdrS", 4))
		die("%s is no Linux kernel", path);
	setup = (boot[0x1f1] ? boot[0x1f1] : 4) + 1;
	address = get(boot, 0x258, 8);
	if (address + get(boot, 0x260, 4) > LINUX_INITRD || fseek(file, setup * SECTOR, SEEK_SET) ||
	    !fread(memory + address, 1, LINUX_INITRD - address, file))
		die("%s cannot be loaded", path);
	fclose(file);

	memset(params, 0, 4096);
	memcpy(params + 0x1f1, boot + 0x1f1, 0x202 + boot[0x201] - 0x1f1);
	put(params, 0x210, 0xff, 1);	/* a boot loader without a number */
	put(params, 0x218, LINUX_INITRD, 4);
	put(params, 0x21c, make_initramfs((char *)memory + LINUX_INITRD, init, init_size), 4);
	put(params, 0x228, LINUX_CMDLINE, 4);
	strcpy((char *)memory + LINUX_CMDLINE, cmdline);
	e820(params, 0, LOW_MEMORY);
	e820(params, HIGH_MEMORY, size);
	memcpy(memory + LINUX_GDT, gdt, sizeof(gdt));
	return address + 0x200;
}
