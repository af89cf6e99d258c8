/* SPDX-License-Identifier: GPL-2.0 */
/* The driver under test, and what plays its device. */
#ifndef VIOAPIC_USER_H
#define VIOAPIC_USER_H

#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/uaccess.h>

struct dentry;

/**
 * struct vioapic_user - one driver of one device
 * @quiet: of the device, by its driver: what asked for the interrupt is done.
 *         Return: is it?  A device may have to be told several times.  NULL without
 * @sent:  of the device: how many interrupts it has asked for
 * @seen:  how many of them were served
 * @count: how often the handler was called
 * @none:  how often that was when the device had asked for nothing
 * @lost:  how many were never seen by themselves, as the next was there already
 * @tsc:   at the handler's first instruction
 *
 * The handler alone writes the last five, and never runs twice at once.
 */
struct vioapic_user {
	bool (*quiet)(struct vioapic_user *user);
	u64 sent;
	u64 seen;
	u64 count;
	u64 none;
	u64 lost;
	u64 tsc;

	struct list_head node;
	char name[16];
	u32 gsi;
	u32 irq;
	struct dentry *dir;
	unsigned int users;
	bool requested;
};

/* By name, kept until vioapic_user_put(); or NULL */
struct vioapic_user *vioapic_user_get(const char *name);
void vioapic_user_put(struct vioapic_user *user);

/* What was written to a file in debugfs, as a line; 0 or an errno */
static inline int vioapic_user_line(char *line, size_t size, const char __user *buf, size_t len)
{
	if (len >= size)
		return -EINVAL;
	if (copy_from_user(line, buf, len))
		return -EFAULT;
	line[len] = '\0';
	strim(line);
	return 0;
}

#endif
