/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses of the kernel's code to names. */
#ifndef VIOAPIC_TOOL_KALLSYMS_H
#define VIOAPIC_TOOL_KALLSYMS_H

#include <stddef.h>
#include <stdio.h>
#include <linux/types.h>

struct symbol {
	__u64 address;
	char type;
	char *name;	/* of a module's: "name [module]" */
};

/* Sorted by address, one entry an address; @modules: those whose symbols these are */
struct kallsyms {
	struct symbol *symbols;
	size_t count;
	unsigned int modules;
};

/**
 * kallsyms_read - read the format of /proc/kallsyms; keeps functions only
 * Return: 0; -1 if out of memory.  No symbol at all (kptr_restrict) is no error.
 */
int kallsyms_read(struct kallsyms *kallsyms, FILE *file);
/* This kernel's, read anew if a module has come or gone; without, addresses stay numbers */
void kallsyms_refresh(struct kallsyms *kallsyms);

void kallsyms_free(struct kallsyms *kallsyms);

/**
 * kallsyms_text - "name+0x2a", or the address in hex if no function is near
 * Return: @buf
 */
const char *kallsyms_text(const struct kallsyms *kallsyms, __u64 address, char *buf, size_t size);

#endif
