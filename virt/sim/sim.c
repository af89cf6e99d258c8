// SPDX-License-Identifier: GPL-2.0
/*
 * The life of simulated I/O APICs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/interrupt.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <compat/workqueue.h>
#include <vioapic/sim_device.h>
#include "faults.h"

/*
 * Which IDs are taken and where free GSIs begin: kept, so that adding the
 * hundredth does not look at the ninety-nine before.  vioapic_mutex.
 */
static DECLARE_BITMAP(ids, 256);
static u64 gsi_top;
static unsigned int live;

/*
 * The register page and what stands behind it are one piece of memory: of the
 * page, only the window at its begin is ever accessed as registers, and that only
 * if the page has opened.  Two allocations would take half as much again.
 */
#define BLOCK	(2 * PAGE_SIZE)
static_assert(sizeof(struct vioapic_sim) <= BLOCK - VIOAPIC_WINDOW, "it does not fit behind");

static struct vioapic_sim *alloc_sim(void)
{
	struct page *pages = alloc_pages(GFP_KERNEL | GFP_DMA32 | __GFP_ZERO, get_order(BLOCK));
	struct vioapic_sim *sim;

	if (!pages)
		return NULL;
	sim = page_address(pages) + BLOCK - sizeof(*sim);
	sim->dev.phys = page_to_phys(pages);
	return sim;
}

static void free_sim(struct vioapic_sim *sim)
{
	vioapic_lock_unwatch(&sim->dev);
	__free_pages(pfn_to_page(sim->dev.phys >> PAGE_SHIFT), get_order(BLOCK));
}

static void survey(void)
{
	struct vioapic_device *dev;

	bitmap_zero(ids, 256);
	gsi_top = 0;
	list_for_each_entry(dev, &vioapic_devices, node) {
		__set_bit(dev->id, ids);
		gsi_top = max_t(u64, gsi_top, (u64)dev->gsi_base + dev->pins);
	}
}

static int choose_id(struct vioapic_sim *sim, const struct vioapic_sim_config *config, char *reason)
{
	unsigned int top = BIT(config->chip->id_bits);
	unsigned int id = config->id;

	if (config->id < 0) {
		/* All ones is nobody's, and 0 is that of cleared slots: see plug() */
		id = find_next_zero_bit(ids, top - 1, 1);
		if (id >= top - 1) {
			vioapic_refuse(reason,
				       "IDs 1 to %u, all that chip %s can have, are taken: use chip generic240, with 8 bits",
				       top - 2, config->chip->name);
			return -ENOSPC;
		}
	} else if (id >= top - 1) {
		vioapic_refuse(reason, "ID %u is too high: chip %s has 0 to %u", id,
			       config->chip->name, top - 2);
		return -EINVAL;
	} else if (test_bit(id, ids)) {
		vioapic_refuse(reason, "ID %u is taken: see vioapic list", id);
		return -EEXIST;
	}
	sim->dev.id = id;
	return 0;
}

/* The kernel looks at the ends of a new range only, and would take one around another. */
static struct vioapic_device *overlapping(u64 base, unsigned int pins)
{
	struct vioapic_device *dev;

	if (base >= gsi_top)
		return NULL;
	list_for_each_entry(dev, &vioapic_devices, node)
		if (base < (u64)dev->gsi_base + dev->pins && dev->gsi_base < base + pins)
			return dev;
	return NULL;
}

static int choose_gsis(struct vioapic_sim *sim, const struct vioapic_sim_config *config,
		       char *reason)
{
	u64 base = config->gsi_base < 0 ? gsi_top : config->gsi_base;
	struct vioapic_device *other = overlapping(base, sim->dev.pins);

	if (other) {
		vioapic_refuse(reason, "GSIs %llu-%llu overlap those of %s, %u-%u", base,
			       base + sim->dev.pins - 1, other->name, other->gsi_base,
			       other->gsi_base + other->pins - 1);
		return -EEXIST;
	}
	/* Where there is no 8259, the kernel numbers all interrupts from above the GSIs */
	if (base + sim->dev.pins > NR_IRQS) {
		vioapic_refuse(reason,
			       "GSIs %llu-%llu are too high: this kernel has %u interrupts%s",
			       base, base + sim->dev.pins - 1, NR_IRQS,
			       config->gsi_base < 0 ? ": give --gsi-base" : "");
		return -EINVAL;
	}
	sim->dev.gsi_base = base;
	return 0;
}

/*
 * Until the kernel has taken it, its ID has 8 bits: the kernel may write any, and
 * it is a BUG() if that does not read back.
 */
static int init_model(struct vioapic_device *dev, const struct vioapic_sim_config *config)
{
	int err;

	err = vioapic_model_init(&dev->model, config->chip, VIOAPIC_OWNER, dev->pins, dev->id);
	if (err)
		return err;
	vioapic_model_set_id_bits(&dev->model, 8);
	dev->model.storm_limit = config->storm_limit;
	return 0;
}

static int set_up(struct vioapic_sim *sim, const struct vioapic_sim_config *config, char *reason)
{
	struct vioapic_device *dev = &sim->dev;
	int err;

	INIT_LIST_HEAD(&sim->lines);
	vioapic_owner_init(sim);
	if (config->pins > VIOAPIC_MAX_PINS) {
		vioapic_refuse(reason, "%u pins: an I/O APIC has 1 to %u", config->pins,
			       VIOAPIC_MAX_PINS);
		return -EINVAL;
	}
	dev->pins = config->pins ?: config->chip->pins;
	err = choose_id(sim, config, reason);
	if (err)
		return err;
	err = choose_gsis(sim, config, reason);
	if (err)
		return err;
	err = init_model(dev, config);
	if (err)
		return err;
	dev->version = config->chip->version;
	dev->site.hook = config->hook;
	sim->allow = config->allow;
	return 0;
}

/*
 * The kernel writes another ID if it thinks that this one is in use.  It looks at
 * all slots that ever were, and one that is cleared has ID 0 for it, one that it has
 * refused the ID that was refused.  The latter is gone when the slot has been used.
 */
static int plug(struct vioapic_sim *sim, const struct vioapic_sim_config *config, char *reason)
{
	struct vioapic_device *dev = &sim->dev;
	unsigned int tries, id;
	int err;

	for (tries = 0; tries < 2; tries++) {
		err = vioapic_arch_plug(dev, reason);
		if (err)
			return err;
		id = vioapic_model_register(&dev->model, VIOAPIC_REG_ID) >> 24;
		/* If the kernel keeps it, it stays, with an ID that is not what it shall be */
		if (id == dev->id || vioapic_arch_unplug(dev, reason)) {
			dev->id = id;
			vioapic_model_set_id_bits(&dev->model, config->chip->id_bits);
			return 0;
		}
		init_model(dev, config);
	}
	vioapic_refuse(reason, "the kernel has ID %u in use%s: choose another", dev->id,
		       dev->id ? "" : ", as that of an I/O APIC that has gone");
	return -EEXIST;
}

static int go_live(struct vioapic_sim *sim, const struct vioapic_sim_config *config, char *reason)
{
	int err;

	err = vioapic_hook_install(config->hook, reason);
	if (err)
		return err;
	sim->dev.ops = &vioapic_arch_sim;
	err = sim->dev.ops->attach(&sim->dev, reason);
	if (err)
		return err;
	/* The kernel reads registers on the way: they have to answer. */
	vioapic_faults_start(sim, config->faults);
	vioapic_owner_start(sim);
	err = plug(sim, config, reason);
	if (err)
		goto err_stop;
	return 0;

err_stop:
	vioapic_owner_stop(sim);
	sim->dev.ops->detach(&sim->dev);
	return err;
}

/*
 * The kernel may have I/O APICs that were plugged in after us: it knows their
 * GSIs, we do not.  And it remembers the address of one that it has refused, for
 * whatever reason, until its slot is used again.
 */
static bool is_worth_another_try(int err, const struct vioapic_sim_config *config)
{
	if (err == -EADDRNOTAVAIL && config->gsi_base < 0) {
		gsi_top += VIOAPIC_MAX_PINS;
		return true;
	}
	return err == -EADDRINUSE;
}

/**
 * vioapic_sim_create() - give this machine one more I/O APIC
 * @name:   1 to VIOAPIC_NAME_LEN - 1 characters, no other's
 * @config: what it shall be
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Context: vioapic_mutex held; may sleep.
 * Return: it, or ERR_PTR: -EEXIST if name, ID or GSIs are taken; -EINVAL; -ENOSPC
 * if no ID is free or the kernel has 128 I/O APICs; -EOPNOTSUPP on a machine whose
 * I/O APICs are out of reach; -EBUSY, -ENOENT as vioapic_takeover(); -ENOMEM.
 */
struct vioapic_sim *vioapic_sim_create(const char *name, const struct vioapic_sim_config *config,
				       char *reason)
{
	const char *why = vioapic_arch_refuse_sim();
	struct vioapic_sim *sim, *tried[8];
	unsigned int n;
	int err = 0;

	lockdep_assert_held(&vioapic_mutex);
	if (why) {
		vioapic_refuse(reason, "%s", why);
		return ERR_PTR(-EOPNOTSUPP);
	}
	if (vioapic_find(name)) {
		vioapic_refuse(reason, "there is an I/O APIC %s already", name);
		return ERR_PTR(-EEXIST);
	}
	if (!live)
		survey();
	/* What was tried is freed after the last try, so that each has another address. */
	for (n = 0; n < ARRAY_SIZE(tried);) {
		sim = alloc_sim();
		if (!sim) {
			vioapic_refuse(reason, "no memory below 4 GiB is free");
			err = -ENOMEM;
			break;
		}
		strscpy(sim->dev.name, name, sizeof(sim->dev.name));
		err = set_up(sim, config, reason) ?: go_live(sim, config, reason);
		if (!err)
			break;
		tried[n++] = sim;
		if (!is_worth_another_try(err, config))
			break;
	}
	while (n--)
		free_sim(tried[n]);
	if (err) {
		survey();
		return ERR_PTR(err == -EADDRNOTAVAIL || err == -EADDRINUSE ? -EEXIST : err);
	}

	live++;
	__set_bit(sim->dev.id, ids);
	gsi_top = max_t(u64, gsi_top, (u64)sim->dev.gsi_base + sim->dev.pins);
	vioapic_inventory_add(&sim->dev);
	return sim;
}

/**
 * vioapic_sim_destroy() - take it away again
 * @sim:    whose; gone if 0 is returned
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Context: vioapic_mutex held; may sleep.
 * Return: 0; -EBUSY if a pin is in use, or a module has it.
 */
int vioapic_sim_destroy(struct vioapic_sim *sim, char *reason)
{
	int err;

	lockdep_assert_held(&vioapic_mutex);
	if (sim->users) {
		vioapic_refuse(reason, "a module drives the pins of %s: unload it first",
			       sim->dev.name);
		return -EBUSY;
	}
	err = vioapic_arch_unplug(&sim->dev, reason);
	if (err)
		return err;
	vioapic_sim_unbind_all(sim);
	vioapic_inventory_del(&sim->dev);
	vioapic_owner_stop(sim);
	sim->dev.ops->detach(&sim->dev);
	free_sim(sim);
	live--;
	survey();
	return 0;
}

/* A CPU has come online, which may be whom level messages wait for */
static void retry(struct work_struct *work)
{
	struct vioapic_device *dev;

	mutex_lock(&vioapic_mutex);
	list_for_each_entry(dev, &vioapic_devices, node)
		if (dev->model.role == VIOAPIC_OWNER)
			vioapic_owner_retry(vioapic_sim_of(dev));
	mutex_unlock(&vioapic_mutex);
}

static DECLARE_WORK(retry_work, retry);

static void arrived(void)
{
	queue_work(vioapic_system_wq, &retry_work);
}

void vioapic_sim_init(void)
{
	vioapic_arch_sim_arrived = arrived;
}

void vioapic_sim_exit(void)
{
	vioapic_arch_plug_exit();
	vioapic_arch_sim_exit();
	/* Nobody arrives any more */
	cancel_work_sync(&retry_work);
}

struct vioapic_sim *vioapic_sim_find(const char *name, char *reason)
{
	struct vioapic_device *dev = vioapic_find(name);

	if (!dev) {
		vioapic_refuse(reason, "there is no I/O APIC \"%*pE\": see vioapic list",
			       (int)strlen(name), name);
		return ERR_PTR(-ENOENT);
	}
	if (dev->guest || dev->model.role != VIOAPIC_OWNER) {
		vioapic_refuse(reason, "%s is not simulated", name);
		return ERR_PTR(-EINVAL);
	}
	return vioapic_sim_of(dev);
}

struct vioapic_sim *vioapic_sim_get(const char *name)
{
	char reason[VIOAPIC_REASON_LEN];
	struct vioapic_sim *sim;

	mutex_lock(&vioapic_mutex);
	sim = vioapic_sim_find(name, reason);
	if (!IS_ERR(sim))
		sim->users++;
	mutex_unlock(&vioapic_mutex);
	return sim;
}
EXPORT_SYMBOL_GPL(vioapic_sim_get);

void vioapic_sim_put(struct vioapic_sim *sim)
{
	mutex_lock(&vioapic_mutex);
	WARN_ON(!sim->users--);
	mutex_unlock(&vioapic_mutex);
}
EXPORT_SYMBOL_GPL(vioapic_sim_put);

unsigned int vioapic_sim_pins(const struct vioapic_sim *sim)
{
	return sim->dev.pins;
}
EXPORT_SYMBOL_GPL(vioapic_sim_pins);

u32 vioapic_sim_gsi(const struct vioapic_sim *sim, unsigned int pin)
{
	return sim->dev.gsi_base + pin;
}
EXPORT_SYMBOL_GPL(vioapic_sim_gsi);
