// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/config/vioapic/NAME: simulated I/O APICs as directories, as
 * gpio-sim has them.  mkdir, write what it shall be, write 1 to "live".
 *
 * Those that "vioapic sim create" makes have the same directory; the kernel made
 * it, so rmdir does not take it away, and it does not hold the module.
 *
 * Locks, outermost first: makers_mutex, those of configfs, vioapic_mutex.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/configfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <vioapic/sim_device.h>
#include "faults.h"

/**
 * struct sim_dir - a directory
 * @group:  of configfs
 * @config: what it shall be when it is live next; vioapic_mutex, as the rest
 * @sim:    while it is live, else NULL
 * @ours:   the kernel made the directory
 * @closed: (ours) it is not finished, or about to go: not to be made live by a file
 * @node:   in @made, if so; makers_mutex
 */
struct sim_dir {
	struct config_group group;
	struct vioapic_sim_config config;
	struct vioapic_sim *sim;
	bool ours;
	bool closed;
	struct list_head node;
};

static LIST_HEAD(made);
static DEFINE_MUTEX(makers_mutex);

static struct configfs_subsystem subsystem;

static struct sim_dir *dir_of(struct config_item *item)
{
	return container_of(to_config_group(item), struct sim_dir, group);
}

static const char *name_of(struct sim_dir *dir)
{
	return config_item_name(&dir->group.cg_item);
}

/* Configfs has no way to return a sentence. */
static int refused(struct sim_dir *dir, int err, const char *reason)
{
	if (err && *reason)
		pr_err("%s: %s\n", name_of(dir), reason);
	return err;
}

/* Life */

static int go_live(struct sim_dir *dir, char *reason)
{
	struct vioapic_sim *sim;
	int err;

	lockdep_assert_held(&vioapic_mutex);
	if (dir->sim) {
		vioapic_refuse(reason, "it is live already");
		return -EBUSY;
	}
	/* Before, so that rmdir does not come between: it is refused from now on. */
	err = dir->ours ? 0 : configfs_depend_item_unlocked(&subsystem, &dir->group.cg_item);
	if (err)
		return err;
	sim = vioapic_sim_create(name_of(dir), &dir->config, reason);
	if (IS_ERR(sim)) {
		if (!dir->ours)
			configfs_undepend_item(&dir->group.cg_item);
		return PTR_ERR(sim);
	}
	dir->sim = sim;
	return 0;
}

static int go_dead(struct sim_dir *dir, char *reason)
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

static ssize_t live_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", !!READ_ONCE(dir_of(item)->sim));
}

static ssize_t live_store(struct config_item *item, const char *page, size_t count)
{
	struct sim_dir *dir = dir_of(item);
	char reason[VIOAPIC_REASON_LEN] = "";
	bool live;
	int err;

	err = kstrtobool(page, &live);
	if (err)
		return err;
	mutex_lock(&vioapic_mutex);
	if (dir->closed)
		err = -ENODEV;
	else
		err = live ? go_live(dir, reason) : go_dead(dir, reason);
	mutex_unlock(&vioapic_mutex);
	return refused(dir, err, reason) ?: count;
}

/* What it shall be; not to be changed while it is */

static int lock_dead(struct sim_dir *dir)
{
	mutex_lock(&vioapic_mutex);
	if (!dir->sim)
		return 0;
	mutex_unlock(&vioapic_mutex);
	return refused(dir, -EBUSY, "it is live: write 0 to live first");
}

/* A number that cannot change while the I/O APIC is live; @LIVE is what it is then. */
#define NUMBER(NAME, LIVE, SHALL, MIN, MAX)					\
static ssize_t NAME##_show(struct config_item *item, char *page)		\
{										\
	struct sim_dir *dir = dir_of(item);					\
	s64 value;								\
										\
	mutex_lock(&vioapic_mutex);						\
	value = dir->sim ? (s64)dir->sim->dev.LIVE : (s64)(SHALL);		\
	mutex_unlock(&vioapic_mutex);						\
	return vioapic_number_show(page, value);					\
}										\
										\
static ssize_t NAME##_store(struct config_item *item, const char *page,		\
			    size_t count)					\
{										\
	struct sim_dir *dir = dir_of(item);					\
	s64 value;								\
	int err = vioapic_number_parse(page, MAX, &value);				\
										\
	if (!err && value < (MIN))						\
		err = -ERANGE;							\
	if (err)								\
		return refused(dir, err, #NAME " is out of range");		\
	err = lock_dead(dir);							\
	if (err)								\
		return err;							\
	dir->config.NAME = value;						\
	mutex_unlock(&vioapic_mutex);						\
	return count;								\
}

NUMBER(pins, pins, dir->config.pins ?: dir->config.chip->pins, 1, VIOAPIC_MAX_PINS)
NUMBER(gsi_base, gsi_base, dir->config.gsi_base, VIOAPIC_NEXT_FREE, INT_MAX)
NUMBER(id, id, dir->config.id, VIOAPIC_NEXT_FREE, 254)
NUMBER(storm_limit, model.storm_limit, dir->config.storm_limit, 0, U32_MAX)

static ssize_t chip_show(struct config_item *item, char *page)
{
	const struct vioapic_chip *chip;

	mutex_lock(&vioapic_mutex);
	chip = dir_of(item)->config.chip;
	mutex_unlock(&vioapic_mutex);
	return sysfs_emit(page, "%s\n", chip->name);
}

static ssize_t chip_store(struct config_item *item, const char *page, size_t count)
{
	struct sim_dir *dir = dir_of(item);
	const struct vioapic_chip *chip;
	char name[VIOAPIC_NAME_LEN];
	int err;

	strscpy(name, page, sizeof(name));
	chip = vioapic_chip_find(strim(name));
	if (!chip)
		return refused(dir, -EINVAL, "there is no such chip: see vioapic(8)");
	err = lock_dead(dir);
	if (err)
		return err;
	dir->config.chip = chip;
	mutex_unlock(&vioapic_mutex);
	return count;
}

static ssize_t hook_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%s\n",
			  READ_ONCE(dir_of(item)->config.hook) == VIOAPIC_TRAP_OOPS ? "oops" :
										      "fixup");
}

static ssize_t hook_store(struct config_item *item, const char *page, size_t count)
{
	struct sim_dir *dir = dir_of(item);
	enum vioapic_hook hook;
	int err;

	if (sysfs_streq(page, "oops"))
		hook = VIOAPIC_TRAP_OOPS;
	else if (sysfs_streq(page, "fixup"))
		hook = VIOAPIC_TRAP_FIXUP;
	else
		return refused(dir, -EINVAL, "hooks are oops and fixup");
	err = lock_dead(dir);
	if (err)
		return err;
	dir->config.hook = hook;
	mutex_unlock(&vioapic_mutex);
	return count;
}

static ssize_t allow_show(struct config_item *item, char *page)
{
	return vioapic_allow_show(READ_ONCE(dir_of(item)->config.allow), page);
}

static ssize_t allow_store(struct config_item *item, const char *page, size_t count)
{
	struct sim_dir *dir = dir_of(item);
	int err, allow = vioapic_allow_parse(page);

	if (allow < 0)
		return refused(dir, allow, "to allow there are smi, nmi and init");
	err = lock_dead(dir);
	if (err)
		return err;
	dir->config.allow = allow;
	mutex_unlock(&vioapic_mutex);
	return count;
}

/* Lines */

static ssize_t drive(struct config_item *item, const char *page, size_t count, u32 action)
{
	struct sim_dir *dir = dir_of(item);
	unsigned int pin;
	int err;

	err = kstrtouint(page, 0, &pin);
	if (err)
		return refused(dir, err, "write the number of a pin");
	mutex_lock(&vioapic_mutex);
	err = dir->sim ? vioapic_sim_drive(dir->sim, pin, action) : -ENODEV;
	mutex_unlock(&vioapic_mutex);
	if (err == -ENODEV)
		return refused(dir, err, "it is not live");
	if (err == -ERANGE)
		return refused(dir, err, "it has no such pin");
	return err ?: count;
}

static ssize_t raise_store(struct config_item *item, const char *page, size_t count)
{
	return drive(item, page, count, VIOAPIC_LINE_RAISE);
}

static ssize_t lower_store(struct config_item *item, const char *page, size_t count)
{
	return drive(item, page, count, VIOAPIC_LINE_LOWER);
}

static ssize_t pulse_store(struct config_item *item, const char *page, size_t count)
{
	return drive(item, page, count, VIOAPIC_LINE_PULSE);
}

static ssize_t counters_show(struct config_item *item, char *page)
{
	struct sim_dir *dir = dir_of(item);
	struct vioapic_stats stats;
	unsigned int i;
	int len = 0;

	mutex_lock(&vioapic_mutex);
	if (dir->sim) {
		vioapic_query_stats(&dir->sim->dev, &stats);
		for (i = 0; i < VIOAPIC_CNT_NR; i++)
			len += sysfs_emit_at(page, len, "%s %llu\n", vioapic_counter_name[i],
					     stats.counter[i]);
	}
	mutex_unlock(&vioapic_mutex);
	return len;
}

/* Faults */

static int request_fault(struct sim_dir *dir, struct vioapic_sim_fault *req)
{
	unsigned int pins;
	int err;

	mutex_lock(&vioapic_mutex);
	pins = dir->sim ? dir->sim->dev.pins : dir->config.pins ?: dir->config.chip->pins;
	err = vioapic_faults_request(&dir->config.faults, dir->sim, pins, req);
	mutex_unlock(&vioapic_mutex);
	return err;
}

static ssize_t fault_show(struct config_item *item, char *page)
{
	ssize_t len;

	mutex_lock(&vioapic_mutex);
	len = vioapic_faults_show(dir_of(item)->config.faults, page);
	mutex_unlock(&vioapic_mutex);
	return len;
}

static ssize_t fault_store(struct config_item *item, const char *page, size_t count)
{
	struct vioapic_sim_fault req;
	int err = vioapic_faults_parse(page, &req) ?: request_fault(dir_of(item), &req);

	return refused(dir_of(item), err, req.reason) ?: count;
}

CONFIGFS_ATTR(, live);
CONFIGFS_ATTR(, pins);
CONFIGFS_ATTR(, gsi_base);
CONFIGFS_ATTR(, id);
CONFIGFS_ATTR(, chip);
CONFIGFS_ATTR(, hook);
CONFIGFS_ATTR(, storm_limit);
CONFIGFS_ATTR(, allow);
CONFIGFS_ATTR(, fault);
CONFIGFS_ATTR_WO(, raise);
CONFIGFS_ATTR_WO(, lower);
CONFIGFS_ATTR_WO(, pulse);
CONFIGFS_ATTR_RO(, counters);

static struct configfs_attribute *attributes[] = {
	&attr_live, &attr_pins, &attr_gsi_base, &attr_id, &attr_chip, &attr_hook,
	&attr_storm_limit, &attr_allow, &attr_raise, &attr_lower, &attr_pulse,
	&attr_counters, &attr_fault, NULL
};

static void dir_release(struct config_item *item)
{
	kfree(dir_of(item)->config.faults);
	kfree(dir_of(item));
}

static struct configfs_item_operations item_ops = {
	.release = dir_release,
};

static const struct config_item_type item_type = {
	.ct_item_ops = &item_ops,
	.ct_attrs = attributes,
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

static struct config_group *make_group(struct config_group *parent, const char *name)
{
	struct sim_dir *dir = new_dir(name);

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
	err = configfs_register_group(&subsystem.su_group, &dir->group);
	if (err) {
		vioapic_refuse(reason, "configfs refuses a directory %s: %s", name,
			       err == -EEXIST ? "there is one, remove it first" :
						"no memory is free");
		goto err_put;
	}
	mutex_lock(&vioapic_mutex);
	err = go_live(dir, reason);
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
		return dir_of(item);
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
	err = go_dead(dir, reason);
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
	err = request_fault(dir, req);
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
		err = go_dead(dir, reason);
		mutex_unlock(&vioapic_mutex);
		if (!err)
			return;
		/* The kernel has something to say each time, too */
		if (tries % 10 == 0)
			pr_err("%s: cannot unload: %s\n", name_of(dir), reason);
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
