/* SPDX-License-Identifier: GPL-2.0 */
/* What firmware and boot loader leave for a Linux kernel. */
#ifndef VMM_FIRMWARE_H
#define VMM_FIRMWARE_H

#include <stddef.h>

#define LINUX_GDT	0x800	/* its code segment is 0x10, its data segment 0x18 */
#define LINUX_PARAMS	0x8000	/* the "zero page" */
#define LINUX_CMDLINE	0x9000
#define LINUX_INITRD	0x8000000

/* An interrupt of the ISA bus that goes elsewhere than to the pin of its number */
struct isa_route {
	unsigned char irq, ioapic, pin;
};

struct ioapic_entry {
	unsigned char id, version;
	unsigned int address;
};

/** make_mp_table() - for @cpus with APIC IDs from 0 on, and two I/O APICs */
void make_mp_table(unsigned char *memory, unsigned int cpus, const struct ioapic_entry ioapic[2],
		   const struct isa_route *moved);

/** load_linux() - bzImage @path with @init as its initramfs; the address of its 64-bit entry */
unsigned long load_linux(unsigned char *memory, unsigned long size, const char *path,
			 const char *cmdline, const unsigned char *init, size_t init_size);

#endif
