// SPDX-License-Identifier: GPL-2.0
/*
 * Questions that change nothing: what an I/O APIC is, holds, and has counted.
 */
#include <linux/lockdep.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <vioapic/device.h>

void vioapic_query_info(struct vioapic_device *dev, struct vioapic_info *info)
{
	bool owner = dev->model.role == VIOAPIC_OWNER;

	lockdep_assert_held(&vioapic_mutex);
	strscpy(info->name, dev->name, sizeof(info->name));
	/* One that was never taken has no model yet */
	strscpy(info->chip, (dev->model.chip ?: vioapic_chip_for(dev->version))->name,
		sizeof(info->chip));
	info->address = dev->phys;
	info->gsi_base = dev->gsi_base;
	info->pins = dev->pins;
	/* The kernel goes by the firmware's for its own, whatever is in the register */
	info->id = owner || dev->guest ? vioapic_model_register(&dev->model, VIOAPIC_REG_ID) >> 24 :
					 dev->id;
	info->version = dev->version;
	info->window = dev->window;
	info->role = owner ? VIOAPIC_ROLE_OWNER : VIOAPIC_ROLE_SHADOW;
	info->state = READ_ONCE(dev->state);
	if (info->state == VIOAPIC_STATE_TAKEN && !vioapic_is_taken(dev))
		info->state = VIOAPIC_STATE_FAILED;
	if (info->state != VIOAPIC_STATE_TAKEN)
		return;
	info->backend = dev->ops->id;
	if (!dev->guest)
		info->hook = dev->site.hook == VIOAPIC_TRAP_OOPS ? VIOAPIC_HOOK_OOPS :
								   VIOAPIC_HOOK_FIXUP;
}

/**
 * vioapic_refuse_lost() - when vioapic_device_lock() has failed
 * @dev:    whose lock is lost
 * @reason: VIOAPIC_REASON_LEN bytes, for a sentence
 * Return: -EIO.
 */
int vioapic_refuse_lost(const struct vioapic_device *dev, char *reason)
{
	vioapic_refuse(reason, "%s is locked by somebody who has died: %s it", dev->name,
		       dev->model.role == VIOAPIC_OWNER ? "destroy" : "release");
	return -EIO;
}

/**
 * vioapic_refresh() - take in what the controller knows and the model does not
 * @dev: its lock is held.  Nothing to do for an owner, whose model has it all.
 *
 * Of hardware, that is remote IRR and delivery status.  A guest's VMM may set
 * everything at any time, as it does in each reset; so may who has a foreign one.
 */
void vioapic_refresh(struct vioapic_device *dev)
{
	unsigned int pin;

	if (dev->model.role == VIOAPIC_OWNER)
		return;
	if (dev->guest)
		dev->model.ioregsel = dev->ops->get_index(dev);
	if (dev->guest || dev->ops->foreign) {
		vioapic_device_load_all(dev);
		return;
	}
	for (pin = 0; pin < dev->pins; pin++)
		vioapic_model_sample(&dev->model, pin, dev->ops->sample(dev, pin));
}

static void fill_table(struct vioapic_table *t, u32 (*reg)(struct vioapic_device *dev,
							   unsigned int index),
		       struct vioapic_device *dev)
{
	unsigned int pin;

	t->pins = dev->pins;
	t->id_reg = reg(dev, VIOAPIC_REG_ID);
	t->version_reg = reg(dev, VIOAPIC_REG_VERSION);
	t->arb_reg = reg(dev, VIOAPIC_REG_ARB);
	for (pin = 0; pin < dev->pins; pin++)
		t->rte[pin] = reg(dev, vioapic_rte_index(pin)) |
			      (u64)reg(dev, vioapic_rte_index(pin) + 1) << 32;
}

static u32 model_register(struct vioapic_device *dev, unsigned int index)
{
	return vioapic_model_register(&dev->model, index);
}

static u32 controller_register(struct vioapic_device *dev, unsigned int index)
{
	return dev->ops->reg_read(dev, index);
}

struct table_request {
	struct vioapic_device *dev;
	struct vioapic_table *table;
};

/* In a rendezvous, so that no CPU uses IOREGSEL meanwhile. */
static int read_untaken(void *arg)
{
	struct table_request *req = arg;
	struct vioapic_device *dev = req->dev;
	struct vioapic_guard guard;

	vioapic_device_seize(dev, &guard);
	req->table->ioregsel = dev->ops->get_index(dev);
	fill_table(req->table, controller_register, dev);
	dev->ops->put_index(dev, req->table->ioregsel);
	vioapic_device_unlock(dev, &guard);
	return 0;
}

static int table_untaken(struct vioapic_device *dev, struct vioapic_table *table)
{
	struct table_request req = { .dev = dev, .table = table };
	bool attached = dev->ops;	/* one that has opened by itself */
	int err;

	if (!attached) {
		err = vioapic_attach(dev, vioapic_arch_backend(VIOAPIC_BACKEND_DEFAULT, NULL),
				     table->reason);
		if (err)
			return err;
	}
	err = vioapic_rendezvous(read_untaken, &req);
	if (!attached)
		vioapic_detach(dev);
	return err;
}

/**
 * vioapic_query_table() - all registers
 * @dev:   whose
 * @table: all zero; filled in
 * Context: vioapic_mutex held; may sleep.
 * Return: 0; -ENOMEM; -EIO if the lock of @dev is lost.
 */
int vioapic_query_table(struct vioapic_device *dev, struct vioapic_table *table)
{
	struct vioapic_guard guard;
	bool taken;

	lockdep_assert_held(&vioapic_mutex);
	if (!vioapic_device_lock(dev, &guard))
		return vioapic_refuse_lost(dev, table->reason);
	/* Of an owner there is nothing but the model, even if it has failed. */
	taken = dev->state == VIOAPIC_STATE_TAKEN || dev->model.role == VIOAPIC_OWNER;
	if (taken) {
		vioapic_refresh(dev);
		table->ioregsel = dev->model.ioregsel;
		fill_table(table, model_register, dev);
	}
	vioapic_device_unlock(dev, &guard);
	return taken ? 0 : table_untaken(dev, table);
}

static void compare(struct vioapic_device *dev, struct vioapic_check *check,
		    unsigned int index, u32 mask)
{
	u32 shadow = vioapic_model_register(&dev->model, index);
	u32 hardware = dev->ops->reg_read(dev, index);

	check->registers++;
	if (!((shadow ^ hardware) & mask))
		return;
	if (check->differences < VIOAPIC_DIFFS_MAX)
		check->diff[check->differences] = (struct vioapic_diff) {
			.index = index, .shadow = shadow, .hardware = hardware, .mask = mask,
		};
	check->differences++;
}

static int check_frozen(struct vioapic_device *dev, struct vioapic_check *check)
{
	struct vioapic_guard guard;
	unsigned int i;
	int err = 0;

	if (!vioapic_device_lock(dev, &guard))
		return vioapic_refuse_lost(dev, check->reason);
	if (dev->model.role == VIOAPIC_OWNER) {
		vioapic_refuse(check->reason,
			       "%s is %s: there is no hardware to compare with", dev->name,
			       dev->guest ? "a KVM guest's and all in the model" : "simulated");
		err = -EOPNOTSUPP;
		goto out;
	}
	if (dev->state != VIOAPIC_STATE_TAKEN) {
		snprintf(check->reason, sizeof(check->reason),
			 "%s is not taken over, so there is no shadow to compare: take it over first",
			 dev->name);
		err = -ENODATA;
		goto out;
	}
	for (i = VIOAPIC_REG_ID; i <= VIOAPIC_REG_ARB; i++)
		compare(dev, check, i, ~0U);
	for (i = VIOAPIC_REG_RTE; i < VIOAPIC_REG_RTE + 2 * dev->pins; i++)
		compare(dev, check, i, i & 1 ? ~0U : ~(u32)VIOAPIC_RTE_READONLY);
out:
	vioapic_device_unlock(dev, &guard);
	return err;
}

/**
 * vioapic_query_check() - compare the model with the controller
 * @dev:   whose
 * @check: its counts are zero; filled in
 *
 * Every register and every bit but those that the controller owns.
 * Context: vioapic_mutex held.
 * Return: 0, whether or not there are differences; -ENODATA if not taken over;
 * -EIO if the lock of @dev is lost.
 */
int vioapic_query_check(struct vioapic_device *dev, struct vioapic_check *check)
{
	const struct vioapic_backend_ops *ops = dev->ops;
	int err;

	lockdep_assert_held(&vioapic_mutex);
	if (ops && ops->freeze)
		ops->freeze(dev, true);
	err = check_frozen(dev, check);
	if (ops && ops->freeze)
		ops->freeze(dev, false);
	return err;
}

void vioapic_query_stats(struct vioapic_device *dev, struct vioapic_stats *stats)
{
	lockdep_assert_held(&vioapic_mutex);
	BUILD_BUG_ON(ARRAY_SIZE(stats->counter) < VIOAPIC_CNT_NR);
	memcpy(stats->counter, dev->cnt, sizeof(dev->cnt));
	stats->counter[VIOAPIC_CNT_READS] = atomic64_read(&dev->reads);
}
