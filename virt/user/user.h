/* SPDX-License-Identifier: GPL-2.0 */
/* Who asks, as virt/main.c sees them. */
#ifndef VIOAPIC_USER_H
#define VIOAPIC_USER_H

struct file;
struct inode;

int vioapic_cdev_open(struct inode *inode, struct file *file);
int vioapic_cdev_init(void);
void vioapic_cdev_exit(void);

/* Around all of the inventory's life: it observes that */
void vioapic_debugfs_init(void);
void vioapic_debugfs_exit(void);

#endif
