// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/config/vioapic/NAME: simulated I/O APICs as directories, as
 * gpio-sim has them.  mkdir, write what it shall be, write 1 to "live".
 *
 * Those that "vioapic sim create" makes have the same directory; the kernel made
 * it, so rmdir does not take it away, and it does not hold the module.
 *
 * Locks, outermost first: makers_mutex, those of configfs (subsystem.su_mutex is the
 * innermost), vioapic_mutex.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "configfs.h"

static LIST_HEAD(made);
static DEFINE_MUTEX(makers_mutex);

static struct configfs_subsystem subsystem;

/* The name of a directory that vioapic_sim_make() is about to make; under subsystem.su_mutex */
static const char *claimed;

static void dir_release(struct config_item *item)
{
	kfree(vioapic_dir_of(item)->config.faults);
	kfree(vioapic_dir_of(item));
}

static struct configfs_item_operations item_ops = {
	.release = dir_release,
};

static const struct config_item_type item_type = {
	.ct_item_ops = &item_ops,
	.ct_attrs = vioapic_dir_files,
	.ct_owner = THIS_MODULE,
};

static struct sim_dir *new_dir(const char *name)
{
	struct sim_dir *dir;

	if (strlen(name) >= VIOAPIC_NAME_LEN)
		return ERR_PTR(-ENAMETOOLONG);
	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return ERR_PTR(-ENOMEM);
	vioapic_sim_config_init(&dir->config);
	config_group_init_type_name(&dir->group, name, &item_type);
	return dir;
}

/* mkdir: configfs holds subsystem.su_mutex, and links what it gets before it lets go */
static struct config_group *make_group(struct config_group *parent, const char *name)
{
	struct sim_dir *dir;

	lockdep_assert_held(&subsystem.su_mutex);
	if (!vioapic_is_admitting())
		return ERR_PTR(-ENODEV);
	if (claimed && !strcmp(claimed, name))
		return ERR_PTR(-EEXIST);
	dir = new_dir(name);
	return IS_ERR(dir) ? ERR_CAST(dir) : &dir->group;
}

static struct configfs_group_operations group_ops = {
	.make_group = make_group,
};

static const struct config_item_type subsystem_type = {
	.ct_group_ops = &group_ops,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem subsystem = {
	.su_group = {
		.cg_item = { .ci_namebuf = "vioapic", .ci_type = &subsystem_type },
	},
};

/*
 * No directory has this name, and mkdir makes none until disclaim().  On
 * 7.3 configfs_register_group() does not look, and makes a second one.
 */
static int claim(const char *name)
{
	struct config_item *item;

	lockdep_assert_held(&makers_mutex);
	mutex_lock(&subsystem.su_mutex);
	item = config_group_find_item(&subsystem.su_group, name);
	if (!item)
		claimed = name;
	mutex_unlock(&subsystem.su_mutex);
	if (!item)
		return 0;
	config_item_put(item);
	return -EEXIST;
}

static void disclaim(void)
{
	mutex_lock(&subsystem.su_mutex);
	claimed = NULL;
	mutex_unlock(&subsystem.su_mutex);
}

/* A directory that rmdir does not take away */
static int register_dir(struct sim_dir *dir)
{
	int err = claim(vioapic_dir_name(dir));

	if (err)
		return err;
	err = configfs_register_group(&subsystem.su_group, &dir->group);
	disclaim();
	return err;
}

/**
 * vioapic_sim_make() - make a directory and its I/O APIC live, in one go
 * @name:   as mkdir would be given; comes from user space, NUL-terminated
 * @config: what it shall be
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Context: may sleep; vioapic_mutex is not held.
 * Return: 0, or as vioapic_sim_create().
 */
int vioapic_sim_make(const char *name, const struct vioapic_sim_config *config, char *reason)
{
	struct sim_dir *dir;
	int err;

	if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..")) {
		vioapic_refuse(reason, "\"%*pE\" cannot be the name of a directory",
			       (int)strlen(name), name);
		return -EINVAL;
	}
	dir = new_dir(name);
	if (IS_ERR(dir)) {
		vioapic_refuse(reason, "no memory is free");
		return PTR_ERR(dir);
	}
	dir->config = *config;
	dir->ours = true;
	dir->closed = true;

	mutex_lock(&makers_mutex);
	err = register_dir(dir);
	if (err) {
		if (err == -EEXIST)
			vioapic_refuse(reason, "there is one: vioapic sim destroy %s", name);
		else
			vioapic_refuse(reason, "configfs makes no directory: error %d", -err);
		goto err_put;
	}
	mutex_lock(&vioapic_mutex);
	err = vioapic_dir_go_live(dir, reason);
	dir->closed = err;
	mutex_unlock(&vioapic_mutex);
	if (err)
		goto err_unregister;
	list_add_tail(&dir->node, &made);
	mutex_unlock(&makers_mutex);
	return 0;

err_unregister:
	configfs_unregister_group(&dir->group);
err_put:
	mutex_unlock(&makers_mutex);
	config_group_put(&dir->group);
	return err;
}

static struct sim_dir *find_dir(const char *name, char *reason)
{
	struct config_item *item;

	mutex_lock(&subsystem.su_mutex);
	item = config_group_find_item(&subsystem.su_group, name);
	mutex_unlock(&subsystem.su_mutex);
	if (item)
		return vioapic_dir_of(item);
	vioapic_refuse(reason, "there is no simulated I/O APIC \"%*pE\": see vioapic list",
		       (int)strlen(name), name);
	return NULL;
}

static void remove_ours(struct sim_dir *dir)
{
	lockdep_assert_held(&makers_mutex);
	list_del(&dir->node);
	configfs_unregister_group(&dir->group);
	config_group_put(&dir->group);
}

/**
 * vioapic_sim_unmake() - destroy an I/O APIC, whoever made it, and its directory
 * unless that is to be removed by rmdir
 * @name:   NUL-terminated
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Context: may sleep; vioapic_mutex is not held.
 * Return: 0; -ENOENT; or as vioapic_sim_destroy().
 */
int vioapic_sim_unmake(const char *name, char *reason)
{
	struct sim_dir *dir;
	int err = -ENOENT;

	mutex_lock(&makers_mutex);
	dir = find_dir(name, reason);
	if (!dir)
		goto out;
	mutex_lock(&vioapic_mutex);
	err = vioapic_dir_go_dead(dir, reason);
	dir->closed = !err && dir->ours;
	mutex_unlock(&vioapic_mutex);
	if (dir->closed)
		remove_ours(dir);
	config_group_put(&dir->group);
out:
	mutex_unlock(&makers_mutex);
	return err;
}

/**
 * vioapic_sim_break() - break an I/O APIC, mend it, or tell how it is broken
 * @req: from user space; its reserved fields and its name have been checked
 *
 * Context: may sleep; vioapic_mutex is not held.
 * Return: 0; -ENOENT; or as vioapic_faults_request().
 */
int vioapic_sim_break(struct vioapic_sim_fault *req)
{
	struct sim_dir *dir = find_dir(req->name, req->reason);
	int err;

	if (!dir)
		return -ENOENT;
	err = vioapic_dir_request_fault(dir, req);
	config_group_put(&dir->group);
	return err;
}

int vioapic_configfs_init(void)
{
	config_group_init(&subsystem.su_group);
	mutex_init(&subsystem.su_mutex);
	return configfs_register_subsystem(&subsystem);
}

/*
 * A pin that is programmed holds the module, but not one that a driver has only
 * registered.  The kernel does not let go of such an I/O APIC, and its accesses
 * need us: so wait for the driver, as the network does for its devices.
 */
static void wait_dead(struct sim_dir *dir)
{
	char reason[VIOAPIC_REASON_LEN] = "";
	unsigned int tries;
	int err;

	for (tries = 0; ; tries++) {
		mutex_lock(&vioapic_mutex);
		dir->closed = true;
		err = vioapic_dir_go_dead(dir, reason);
		mutex_unlock(&vioapic_mutex);
		if (!err)
			return;
		/* The kernel has something to say each time, too */
		if (tries % 10 == 0)
			pr_err("%s: cannot unload: %s\n", vioapic_dir_name(dir), reason);
		msleep(min(100U << min(tries, 6U), 5000U));
	}
}

/* At module exit: directories that users made hold the module, so there are none. */
void vioapic_configfs_exit(void)
{
	struct sim_dir *dir, *next;

	mutex_lock(&makers_mutex);
	list_for_each_entry_safe(dir, next, &made, node) {
		wait_dead(dir);
		remove_ours(dir);
	}
	mutex_unlock(&makers_mutex);
	configfs_unregister_subsystem(&subsystem);
}
