// SPDX-License-Identifier: GPL-2.0
/*
 * The life of the I/O APIC that a directory stands for.
 */
#include <linux/err.h>
#include <linux/lockdep.h>
#include "configfs.h"

/**
 * vioapic_dir_go_live() - make it what its files say it shall be
 * @dir:    whose; not live, or -EBUSY
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Context: vioapic_mutex held; may sleep.
 * Return: 0; -ENOENT if somebody removes the directory; or as vioapic_sim_create().
 */
int vioapic_dir_go_live(struct sim_dir *dir, char *reason)
{
	struct vioapic_sim *sim;
	int err;

	lockdep_assert_held(&vioapic_mutex);
	if (dir->sim) {
		vioapic_refuse(reason, "it is live already");
		return -EBUSY;
	}
	/* Before, so that rmdir does not come between: it is refused from now on. */
	err = dir->ours ? 0 : configfs_depend_item_unlocked(dir->group.cg_subsys,
							     &dir->group.cg_item);
	if (err) {
		vioapic_refuse(reason, "its directory is about to go");
		return err;
	}
	sim = vioapic_sim_create(vioapic_dir_name(dir), &dir->config, reason);
	if (IS_ERR(sim)) {
		if (!dir->ours)
			configfs_undepend_item(&dir->group.cg_item);
		return PTR_ERR(sim);
	}
	dir->sim = sim;
	return 0;
}

/**
 * vioapic_dir_go_dead() - the reverse; also if it is not live
 * @dir:    whose
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Context: vioapic_mutex held; may sleep.
 * Return: 0; or as vioapic_sim_destroy().
 */
int vioapic_dir_go_dead(struct sim_dir *dir, char *reason)
{
	int err;

	lockdep_assert_held(&vioapic_mutex);
	if (!dir->sim)
		return 0;
	err = vioapic_sim_destroy(dir->sim, reason);
	if (err)
		return err;
	dir->sim = NULL;
	if (!dir->ours)
		configfs_undepend_item(&dir->group.cg_item);
	return 0;
}
