// SPDX-License-Identifier: GPL-2.0
/*
 * The files of a simulated I/O APIC: see configfs.c.
 *
 * Configfs has no way to return a sentence: what is refused has its reason, in one
 * line, in the kernel's log.
 *
 * All are root's, to read too: what a reader does may hold up what he reads of.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "configfs.h"
#include "faults.h"

static int refused(struct sim_dir *dir, int err, const char *reason)
{
	if (err)
		pr_err("%s: %s\n", vioapic_dir_name(dir), reason);
	return err;
}

/* Life */

static ssize_t live_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", !!READ_ONCE(vioapic_dir_of(item)->sim));
}

static ssize_t live_store(struct config_item *item, const char *page, size_t count)
{
	struct sim_dir *dir = vioapic_dir_of(item);
	char reason[VIOAPIC_REASON_LEN] = "";
	bool live;
	int err;

	err = kstrtobool(page, &live);
	if (err)
		return refused(dir, err, "live is 0 or 1");
	mutex_lock(&vioapic_mutex);
	if (dir->closed) {
		vioapic_refuse(reason, "it is being created or destroyed by the command");
		err = -ENODEV;
	} else {
		err = live ? vioapic_dir_go_live(dir, reason) : vioapic_dir_go_dead(dir, reason);
	}
	mutex_unlock(&vioapic_mutex);
	return refused(dir, err, reason) ?: count;
}

/* What it shall be; not to be changed while it is */

/* Return: 0, and vioapic_mutex is held; or -EBUSY */
static int lock_dead(struct sim_dir *dir)
{
	mutex_lock(&vioapic_mutex);
	if (!dir->sim)
		return 0;
	mutex_unlock(&vioapic_mutex);
	return refused(dir, -EBUSY, "it is live: write 0 to live first");
}

/* Return: 0, and vioapic_mutex is held; else not */
static int store_number(struct sim_dir *dir, const struct vioapic_number *number, const char *page,
			s64 *value)
{
	char reason[VIOAPIC_REASON_LEN];
	int err = vioapic_number_parse(number, page, value, reason);

	return refused(dir, err, reason) ?: lock_dead(dir);
}

/* A number that cannot change while the I/O APIC is live; @LIVE is what it is then. */
#define NUMBER(NAME, LIVE, SHALL, MIN, MAX, WORD, MEANS)			\
static ssize_t NAME##_show(struct config_item *item, char *page)		\
{										\
	struct sim_dir *dir = vioapic_dir_of(item);				\
	s64 value;								\
										\
	mutex_lock(&vioapic_mutex);						\
	value = dir->sim ? (s64)dir->sim->dev.LIVE : (s64)(SHALL);		\
	mutex_unlock(&vioapic_mutex);						\
	return vioapic_number_show(page, value);				\
}										\
										\
static ssize_t NAME##_store(struct config_item *item, const char *page,		\
			    size_t count)					\
{										\
	static const struct vioapic_number number = {				\
		.name = #NAME, .min = MIN, .max = MAX, .word = WORD, .means = MEANS, \
	};									\
	struct sim_dir *dir = vioapic_dir_of(item);				\
	s64 value;								\
	int err = store_number(dir, &number, page, &value);			\
										\
	if (err)								\
		return err;							\
	dir->config.NAME = value;						\
	mutex_unlock(&vioapic_mutex);						\
	return count;								\
}

NUMBER(pins, pins, dir->config.pins ?: dir->config.chip->pins, 1, VIOAPIC_MAX_PINS, NULL, 0)
NUMBER(gsi_base, gsi_base, dir->config.gsi_base, 0, INT_MAX, "auto", VIOAPIC_NEXT_FREE)
NUMBER(id, id, dir->config.id, 0, 254, "auto", VIOAPIC_NEXT_FREE)
NUMBER(storm_limit, model.storm_limit, dir->config.storm_limit, 0, U32_MAX, "never", 0)

static ssize_t chip_show(struct config_item *item, char *page)
{
	const struct vioapic_chip *chip;

	mutex_lock(&vioapic_mutex);
	chip = vioapic_dir_of(item)->config.chip;
	mutex_unlock(&vioapic_mutex);
	return sysfs_emit(page, "%s\n", chip->name);
}

static ssize_t chip_store(struct config_item *item, const char *page, size_t count)
{
	struct sim_dir *dir = vioapic_dir_of(item);
	const struct vioapic_chip *chip;
	char name[VIOAPIC_NAME_LEN], names[VIOAPIC_REASON_LEN], reason[VIOAPIC_REASON_LEN];
	int err;

	/* Longer than a chip's name, it is none's */
	chip = strscpy(name, page, sizeof(name)) < 0 ? NULL : vioapic_chip_find(strim(name));
	if (!chip) {
		vioapic_refuse(reason, "no such chip: there are %s",
			       vioapic_chip_names(names, sizeof(names), ", "));
		return refused(dir, -EINVAL, reason);
	}
	err = lock_dead(dir);
	if (err)
		return err;
	dir->config.chip = chip;
	mutex_unlock(&vioapic_mutex);
	return count;
}

static ssize_t hook_show(struct config_item *item, char *page)
{
	enum vioapic_hook hook = READ_ONCE(vioapic_dir_of(item)->config.hook);

	return sysfs_emit(page, "%s\n", hook == VIOAPIC_TRAP_OOPS ? "oops" : "fixup");
}

static ssize_t hook_store(struct config_item *item, const char *page, size_t count)
{
	struct sim_dir *dir = vioapic_dir_of(item);
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
	return vioapic_allow_show(READ_ONCE(vioapic_dir_of(item)->config.allow), page);
}

static ssize_t allow_store(struct config_item *item, const char *page, size_t count)
{
	struct sim_dir *dir = vioapic_dir_of(item);
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

static const char *why_not_driven(int err)
{
	switch (err) {
	case -ENODEV:
		return "it is not live";
	case -ERANGE:
		return "it has no such pin";
	case -EIO:
		return "it has failed: destroy it";
	default:
		return "its lock is lost: destroy it";
	}
}

static ssize_t drive(struct config_item *item, const char *page, size_t count, u32 action)
{
	struct sim_dir *dir = vioapic_dir_of(item);
	unsigned int pin;
	int err;

	err = kstrtouint(page, vioapic_base_of(page), &pin);
	if (err)
		return refused(dir, err, "write the number of a pin");
	mutex_lock(&vioapic_mutex);
	err = dir->sim ? vioapic_sim_drive(dir->sim, pin, action) : -ENODEV;
	mutex_unlock(&vioapic_mutex);
	return refused(dir, err, why_not_driven(err)) ?: count;
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
	struct sim_dir *dir = vioapic_dir_of(item);
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

/**
 * vioapic_dir_request_fault() - vioapic_faults_request() of an I/O APIC, live or not
 * @dir: whose
 * @req: its reserved fields and its name have been checked
 *
 * Context: may sleep; vioapic_mutex is not held.
 * Return: as vioapic_faults_request().
 */
int vioapic_dir_request_fault(struct sim_dir *dir, struct vioapic_sim_fault *req)
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
	len = vioapic_faults_show(vioapic_dir_of(item)->config.faults, page);
	mutex_unlock(&vioapic_mutex);
	return len;
}

static ssize_t fault_store(struct config_item *item, const char *page, size_t count)
{
	struct sim_dir *dir = vioapic_dir_of(item);
	struct vioapic_sim_fault req;
	int err = vioapic_faults_parse(page, &req) ?: vioapic_dir_request_fault(dir, &req);

	return refused(dir, err, req.reason) ?: count;
}

/* CONFIGFS_ATTR() lets everybody read */
#define ATTRIBUTE(NAME, MODE, SHOW, STORE)		\
static struct configfs_attribute attr_##NAME = {	\
	.ca_owner = THIS_MODULE,			\
	.ca_name = #NAME,				\
	.ca_mode = MODE,				\
	.show = SHOW,					\
	.store = STORE,					\
}

ATTRIBUTE(live, 0600, live_show, live_store);
ATTRIBUTE(pins, 0600, pins_show, pins_store);
ATTRIBUTE(gsi_base, 0600, gsi_base_show, gsi_base_store);
ATTRIBUTE(id, 0600, id_show, id_store);
ATTRIBUTE(chip, 0600, chip_show, chip_store);
ATTRIBUTE(hook, 0600, hook_show, hook_store);
ATTRIBUTE(storm_limit, 0600, storm_limit_show, storm_limit_store);
ATTRIBUTE(allow, 0600, allow_show, allow_store);
ATTRIBUTE(fault, 0600, fault_show, fault_store);
ATTRIBUTE(raise, 0200, NULL, raise_store);
ATTRIBUTE(lower, 0200, NULL, lower_store);
ATTRIBUTE(pulse, 0200, NULL, pulse_store);
ATTRIBUTE(counters, 0400, counters_show, NULL);

struct configfs_attribute *vioapic_dir_files[] = {
	&attr_live, &attr_pins, &attr_gsi_base, &attr_id, &attr_chip, &attr_hook,
	&attr_storm_limit, &attr_allow, &attr_raise, &attr_lower, &attr_pulse,
	&attr_counters, &attr_fault, NULL
};
