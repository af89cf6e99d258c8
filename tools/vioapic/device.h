/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/vioapic: opening it, asking it, and saying why it refused. */
#ifndef VIOAPIC_TOOL_DEVICE_H
#define VIOAPIC_TOOL_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/vioapic.h>

/**
 * struct inventory - /dev/vioapic and the I/O APICs it knows
 * @fd:    of the device
 * @count: how many
 * @list:  in the kernel's order
 */
struct inventory {
	int fd;
	size_t count;
	struct vioapic_info *list;
};

/* Opens /dev/vioapic. Returns 0, or STATUS_REFUSED and has said why. */
int device_open(int *fd);

/* Returns 0, or STATUS_REFUSED and has said why. inventory_close() is safe after both. */
int inventory_open(struct inventory *inventory);
void inventory_close(struct inventory *inventory);

/* Returns NULL if there is none of that name, and has said which there are. */
const struct vioapic_info *inventory_find(const struct inventory *inventory, const char *name);

/* Puts @name into a field of a request. Returns 0, or STATUS_REFUSED and has said why. */
int name_set(char *field, const char *name);

/* -errno of one ioctl to text: @reason if the kernel gave one. Returns STATUS_REFUSED. */
int refuse_ioctl(const char *name, const char *action, int error, const char *reason);

const char *role_name(unsigned int role);
const char *state_name(unsigned int state);
const char *hook_name(unsigned int hook);	/* NULL if none */
const char *backend_name(unsigned int backend);	/* NULL if none */

/* Or one of the machine's own, or of a virtual machine's */
bool is_simulated(const struct vioapic_info *info);

/* The value that @name_of calls @word; 0 if there is none */
unsigned int value_of(const char *(*name_of)(unsigned int), const char *word);

#endif
