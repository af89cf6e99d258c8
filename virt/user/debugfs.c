// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/vioapic/NAME/COUNTER: one number each.
 */
#include <linux/debugfs.h>
#include <vioapic/device.h>
#include "user.h"

static struct dentry *root;

static void added(struct vioapic_device *dev)
{
	unsigned int i;

	/*
	 * Files of debugfs are there whether or not anybody looks, and would take
	 * more memory than the I/O APIC.  Configfs makes its "counters" when asked.
	 */
	if (dev->model.role == VIOAPIC_OWNER)
		return;
	dev->dir = debugfs_create_dir(dev->name, root);
	for (i = 0; i < VIOAPIC_CNT_NR; i++)
		debugfs_create_u64(vioapic_counter_name[i], 0400, dev->dir,
				   i == VIOAPIC_CNT_READS ? (u64 *)&dev->reads.counter :
							    &dev->cnt[i]);
}

static void removed(struct vioapic_device *dev)
{
	debugfs_remove_recursive(dev->dir);
	dev->dir = NULL;
}

static struct vioapic_observer observer = { .added = added, .removed = removed };

void vioapic_debugfs_init(void)
{
	root = debugfs_create_dir("vioapic", NULL);
	vioapic_inventory_observe(&observer);
}

void vioapic_debugfs_exit(void)
{
	vioapic_inventory_unobserve(&observer);
	debugfs_remove_recursive(root);
	root = NULL;
}
