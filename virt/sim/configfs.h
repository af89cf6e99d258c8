/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The directories of simulated I/O APICs: configfs.c makes them, configfs_attr.c fills
 * them with files, and what both do to the I/O APIC behind one is in sim_dir.c.
 */
#ifndef VIOAPIC_CONFIGFS_H
#define VIOAPIC_CONFIGFS_H

#include <linux/configfs.h>
#include <linux/list.h>
#include <vioapic/sim_device.h>

/**
 * struct sim_dir - a directory
 * @group:  of configfs
 * @config: what it shall be when it is live next; vioapic_mutex, as the rest
 * @sim:    while it is live, else NULL
 * @ours:   the kernel made the directory
 * @closed: (ours) it is not finished, or about to go: not to be made live by a file
 * @node:   among those that the kernel made; makers_mutex
 */
struct sim_dir {
	struct config_group group;
	struct vioapic_sim_config config;
	struct vioapic_sim *sim;
	bool ours;
	bool closed;
	struct list_head node;
};

static inline struct sim_dir *vioapic_dir_of(struct config_item *item)
{
	return container_of(to_config_group(item), struct sim_dir, group);
}

static inline const char *vioapic_dir_name(struct sim_dir *dir)
{
	return config_item_name(&dir->group.cg_item);
}

/* sim_dir.c: vioapic_mutex held */
int vioapic_dir_go_live(struct sim_dir *dir, char *reason);
int vioapic_dir_go_dead(struct sim_dir *dir, char *reason);

/* configfs_attr.c: vioapic_mutex not held */
int vioapic_dir_request_fault(struct sim_dir *dir, struct vioapic_sim_fault *req);

extern struct configfs_attribute *vioapic_dir_files[];

#endif
