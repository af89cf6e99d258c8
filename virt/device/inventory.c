// SPDX-License-Identifier: GPL-2.0
/*
 * The I/O APICs of the machine; takeover and release.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hashtable.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include <vioapic/device.h>
#include "events.h"

/* The inventory, and every change of state but the one to failed */
DEFINE_MUTEX(vioapic_mutex);
LIST_HEAD(vioapic_devices);
LIST_HEAD(vioapic_guests);
static DEFINE_HASHTABLE(names, 7);	/* of both, by name; vioapic_mutex */
static unsigned int count;	/* vioapic_mutex */
static LIST_HEAD(observers);	/* vioapic_mutex */
static bool admitting;		/* false, then true: when nothing can fail any more */

/**
 * vioapic_admit() - the module's init has succeeded: let users in
 *
 * What users hold on to is there before that, and a module whose init fails is freed
 * whoever holds it.
 */
void vioapic_admit(void)
{
	/* Pairs with vioapic_is_admitting(): all that init did comes before */
	smp_store_release(&admitting, true);
}

bool vioapic_is_admitting(void)
{
	/* Pairs with vioapic_admit() */
	return smp_load_acquire(&admitting);
}

/**
 * vioapic_inventory_observe() - be told of every I/O APIC that comes and goes
 * @observer: stays until vioapic_inventory_unobserve(); told of nothing that is there
 *            already
 * Context: may sleep; takes vioapic_mutex.
 */
void vioapic_inventory_observe(struct vioapic_observer *observer)
{
	mutex_lock(&vioapic_mutex);
	list_add_tail(&observer->node, &observers);
	mutex_unlock(&vioapic_mutex);
}

void vioapic_inventory_unobserve(struct vioapic_observer *observer)
{
	mutex_lock(&vioapic_mutex);
	list_del(&observer->node);
	mutex_unlock(&vioapic_mutex);
}

static u32 name_hash(const char *name)
{
	return full_name_hash(NULL, name, strlen(name));
}

/**
 * vioapic_find() - I/O APIC by name
 * @name: NUL-terminated
 * Context: vioapic_mutex held.
 * Return: the device or NULL.
 */
struct vioapic_device *vioapic_find(const char *name)
{
	struct vioapic_device *dev;

	lockdep_assert_held(&vioapic_mutex);
	hash_for_each_possible(names, dev, named, name_hash(name))
		if (!strcmp(dev->name, name))
			return dev;
	return NULL;
}

/**
 * vioapic_find_nth() - I/O APIC by its place in the inventory
 * @n: from 0 on; those of guests come last
 * Context: vioapic_mutex held.
 * Return: the device or NULL.
 */
struct vioapic_device *vioapic_find_nth(unsigned int n)
{
	struct vioapic_device *dev;

	lockdep_assert_held(&vioapic_mutex);
	list_for_each_entry(dev, &vioapic_devices, node)
		if (!n--)
			return dev;
	list_for_each_entry(dev, &vioapic_guests, node)
		if (!n--)
			return dev;
	return NULL;
}

/**
 * vioapic_is_taken() - do accesses to @dev come to us?
 * @dev: whose
 *
 * Not if its page was opened or unplugged, whatever @dev->state says.
 */
bool vioapic_is_taken(const struct vioapic_device *dev)
{
	return READ_ONCE(dev->state) == VIOAPIC_STATE_TAKEN &&
	       (dev->guest || vioapic_site_armed(&dev->site));
}

/**
 * vioapic_refuse_guest() - what only the machine's own can be asked
 * @dev:    whose
 * @what:   to do instead
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 * Return: 0; -EOPNOTSUPP if it is a guest's.
 */
int vioapic_refuse_guest(const struct vioapic_device *dev, const char *what, char *reason)
{
	if (!dev->guest)
		return 0;
	vioapic_refuse(reason, "%s is a KVM guest's: %s", dev->name, what);
	return -EOPNOTSUPP;
}

/**
 * vioapic_inventory_add() - @dev can be found from now on
 * @dev: its name is set, and whether it is a guest's
 * Context: vioapic_mutex held; may sleep.
 */
void vioapic_inventory_add(struct vioapic_device *dev)
{
	struct vioapic_observer *observer;

	lockdep_assert_held(&vioapic_mutex);
	vioapic_lock_watch(dev);
	list_add_tail(&dev->node, dev->guest ? &vioapic_guests : &vioapic_devices);
	hash_add(names, &dev->named, name_hash(dev->name));
	list_for_each_entry(observer, &observers, node)
		observer->added(dev);
}

/**
 * vioapic_inventory_del() - @dev cannot be found any more
 * @dev: from vioapic_inventory_add()
 * Context: vioapic_mutex held; may sleep.
 */
void vioapic_inventory_del(struct vioapic_device *dev)
{
	struct vioapic_observer *observer;

	lockdep_assert_held(&vioapic_mutex);
	list_for_each_entry(observer, &observers, node)
		observer->removed(dev);
	hash_del(&dev->named);
	list_del(&dev->node);
	vioapic_lock_unwatch(dev);
}

/**
 * vioapic_attach() - set @ops up behind @dev
 * @dev:    has no backend
 * @ops:    the backend
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 * Context: vioapic_mutex held; may sleep.
 * Return: as @ops->attach().
 */
int vioapic_attach(struct vioapic_device *dev, const struct vioapic_backend_ops *ops, char *reason)
{
	int err;

	lockdep_assert_held(&vioapic_mutex);
	dev->ops = ops;
	err = ops->attach(dev, reason);
	if (err)
		dev->ops = NULL;
	else
		dev->eager = ops->foreign ? VIOAPIC_EAGER_FOREIGN : 0;
	return err;
}

void vioapic_detach(struct vioapic_device *dev)
{
	lockdep_assert_held(&vioapic_mutex);
	dev->ops->detach(dev);
	dev->ops = NULL;
	dev->eager = 0;
}

/*
 * In a rendezvous: nobody stands between an index write and its data access,
 * so the hardware may be read, and what it has selected is what the kernel
 * selected last.
 */
static int take(void *arg)
{
	struct vioapic_device *dev = arg;
	struct vioapic_model *m = &dev->model;
	struct vioapic_guard guard;
	u8 index;
	int err;

	vioapic_device_seize(dev, &guard);
	err = vioapic_model_init(m, vioapic_chip_for(dev->version), VIOAPIC_SHADOW,
				 dev->pins, dev->id);
	if (err)
		goto out;
	index = dev->ops->get_index(dev);
	vioapic_device_load_all(dev);
	m->ioregsel = index;

	err = vioapic_site_arm(&dev->site);
	if (err) {
		dev->ops->put_index(dev, index);
		goto out;
	}
	dev->state = VIOAPIC_STATE_TAKEN;
	dev->cnt[VIOAPIC_CNT_TAKEOVERS]++;
	trace_state(dev);
out:
	vioapic_device_unlock(dev, &guard);
	return err;
}

/* io_apic_sync() reads data without writing the index again: put it back. */
static int let_go(void *arg)
{
	struct vioapic_device *dev = arg;
	struct vioapic_guard guard;

	vioapic_device_seize(dev, &guard);
	/* Unless it opened by itself, or the kernel has unplugged it. */
	if (vioapic_site_armed(&dev->site)) {
		dev->ops->put_index(dev, dev->model.ioregsel);
		vioapic_site_disarm(&dev->site);
	}
	dev->state = VIOAPIC_STATE_RELEASED;
	dev->cnt[VIOAPIC_CNT_RELEASES]++;
	trace_state(dev);
	vioapic_device_unlock(dev, &guard);
	return 0;
}

static int hook_refused(enum vioapic_hook hook, int err, char *reason)
{
	const char *function = vioapic_trap_function(hook);
	bool oops = hook == VIOAPIC_TRAP_OOPS;

	if (err == -EBUSY)
		vioapic_refuse(reason,
			       "a livepatch has %s(), or kernel.ftrace_enabled is 0: undo that or use --hook %s",
			       function, oops ? "fixup" : "oops");
	else if (err == -ENOENT)
		vioapic_refuse(reason, "this kernel cannot trace %s(): use --hook %s",
			       function, oops ? "fixup" : "oops");
	else
		vioapic_refuse(reason, "ftrace refused %s(): error %d", function, -err);
	return err;
}

/**
 * vioapic_hook_install() - hook the fault path, unless it is
 * @hook:   where
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 * Return: as vioapic_trap_install().
 */
int vioapic_hook_install(enum vioapic_hook hook, char *reason)
{
	int err = vioapic_trap_install(hook);

	return err ? hook_refused(hook, err, reason) : 0;
}

static int is_window(struct vioapic_device *dev, char *reason)
{
	if (!dev->window)
		return 0;
	vioapic_refuse(reason, "%s is a module's window, and stays taken until that closes it",
		       dev->name);
	return -EOPNOTSUPP;
}

static int is_simulated(struct vioapic_device *dev, char *reason)
{
	if (dev->model.role != VIOAPIC_OWNER)
		return 0;
	vioapic_refuse(reason, "%s is simulated and always taken: see vioapic sim destroy",
		       dev->name);
	return -EOPNOTSUPP;
}

/**
 * vioapic_takeover() - let the accesses to @dev trap from now on
 * @dev:    whose
 * @hook:   where faults are caught; installed if it is not yet, and left so
 * @ops:    the backend
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Context: vioapic_mutex held; may sleep.
 * Return: 0; -EALREADY; -EOPNOTSUPP if it cannot be; -ENODEV if it was unplugged;
 * -EBUSY, -ENOENT by vioapic_trap_install(); -ENOMEM.
 */
int vioapic_takeover(struct vioapic_device *dev, enum vioapic_hook hook,
		     const struct vioapic_backend_ops *ops, char *reason)
{
	int err;

	lockdep_assert_held(&vioapic_mutex);
	err = vioapic_refuse_guest(dev, "it is watched already", reason) ?:
	      is_simulated(dev, reason) ?: is_window(dev, reason);
	if (err)
		return err;
	if (offset_in_page(dev->phys)) {
		vioapic_refuse(reason, "the registers of %s at %#llx do not begin a page",
			       dev->name, dev->phys);
		return -EOPNOTSUPP;
	}
	if (vioapic_is_taken(dev)) {
		vioapic_refuse(reason, "%s is taken over already", dev->name);
		return -EALREADY;
	}
	err = vioapic_hook_install(hook, reason);
	if (err)
		return err;
	if (dev->state != VIOAPIC_STATE_RELEASED)
		vioapic_release(dev, reason);

	err = vioapic_attach(dev, ops, reason);
	if (err)
		return err;
	dev->site.hook = hook;
	err = vioapic_site_register(&dev->site);
	if (err == -ENODEV) {
		vioapic_refuse(reason, "%s was unplugged: load the module again",
			       dev->name);
		goto err_detach;
	}
	if (err) {
		vioapic_refuse(reason, "the page at %#lx cannot be trapped: error %d",
			       dev->site.page, -err);
		goto err_detach;
	}
	err = vioapic_rendezvous(take, dev);
	if (err) {
		vioapic_refuse(reason, "it failed while the CPUs were stopped: error %d", -err);
		goto err_site;
	}
	pr_info("%s: taken over by %s(), backend %s\n", dev->name,
		vioapic_trap_function(hook), ops->name);
	return 0;

err_site:
	vioapic_site_unregister(&dev->site);
err_detach:
	vioapic_detach(dev);
	return err;
}

/**
 * vioapic_let_go() - what vioapic_release() does once nothing is in the way
 * @dev: is not released
 * Context: vioapic_mutex held; may sleep.
 */
void vioapic_let_go(struct vioapic_device *dev)
{
	lockdep_assert_held(&vioapic_mutex);
	/* Should the CPUs not meet: better a torn access than a page left shut. */
	if (vioapic_rendezvous(let_go, dev)) {
		let_go(dev);
		/* Who has faulted already still finds the site. */
		synchronize_rcu();
	}
	irq_work_sync(&dev->report);
	vioapic_site_unregister(&dev->site);
	irq_work_sync(&dev->tell);
	vioapic_detach(dev);
	pr_info("%s: released\n", dev->name);
}

/**
 * vioapic_release() - give @dev back to the controller
 * @dev:    whose
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Also cleans up after one that opened by itself.
 * Context: vioapic_mutex held; may sleep.
 * Return: 0; -EALREADY if it is not taken over.
 */
int vioapic_release(struct vioapic_device *dev, char *reason)
{
	int err;

	lockdep_assert_held(&vioapic_mutex);
	err = vioapic_refuse_guest(dev, "vioapic kvm detach ends a watch", reason) ?:
	      is_simulated(dev, reason) ?: is_window(dev, reason);
	if (err)
		return err;
	if (dev->state == VIOAPIC_STATE_RELEASED) {
		vioapic_refuse(reason, "%s is not taken over", dev->name);
		return -EALREADY;
	}
	vioapic_let_go(dev);
	return 0;
}

/*
 * The kernel goes by the ID in the firmware's table, whatever the chip has in
 * its register; only if an earlier I/O APIC has that ID too, by the register.
 */
static bool id_taken(u8 id)
{
	struct vioapic_device *dev;

	list_for_each_entry(dev, &vioapic_devices, node)
		if (dev->id == id)
			return true;
	return false;
}

/* Version and number of pins never change, so they are read once. */
static int probe(void *arg)
{
	struct vioapic_device *dev = arg;
	struct vioapic_guard guard;
	u32 version;
	u8 index;

	vioapic_device_seize(dev, &guard);
	index = dev->ops->get_index(dev);
	version = dev->ops->reg_read(dev, VIOAPIC_REG_VERSION);
	if (id_taken(dev->id))
		dev->id = dev->ops->reg_read(dev, VIOAPIC_REG_ID) >> 24;
	dev->ops->put_index(dev, index);
	vioapic_device_unlock(dev, &guard);

	dev->version = version;
	dev->pins = ((version >> 16) & 0xff) + 1;
	return version == ~0U || dev->pins > VIOAPIC_MAX_PINS ? -ENODEV : 0;
}

/**
 * vioapic_probe() - version and number of pins
 * @dev:    whose; its address is set
 * @ops:    the backend
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 * Context: vioapic_mutex held; may sleep.
 * Return: 0; -ENODEV if nobody answers; or as @ops->attach().
 */
int vioapic_probe(struct vioapic_device *dev, const struct vioapic_backend_ops *ops, char *reason)
{
	int err = vioapic_attach(dev, ops, reason);

	if (err)
		return err;
	err = vioapic_rendezvous(probe, dev);
	vioapic_detach(dev);
	if (err)
		vioapic_refuse(reason, "the I/O APIC at %#llx does not answer", dev->phys);
	return err;
}

static int found(const struct vioapic_place *place)
{
	char reason[VIOAPIC_REASON_LEN];
	struct vioapic_device *dev;
	int err;

	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	vioapic_device_init(dev);
	snprintf(dev->name, sizeof(dev->name), "ioapic%u", count);
	dev->site.page = place->page;
	dev->site.frame = place->frame;
	dev->phys = place->phys;
	dev->gsi_base = place->gsi_base;
	dev->id = place->id;

	err = vioapic_probe(dev, vioapic_arch_backend(VIOAPIC_BACKEND_DEFAULT, NULL), reason);
	if (err == -ENODEV) {
		pr_warn("the I/O APIC at %#llx does not answer and is left alone\n", dev->phys);
		kfree(dev);
		return 0;
	}
	if (err)
		goto err_free;

	count++;
	vioapic_inventory_add(dev);
	return dev->pins;

err_free:
	kfree(dev);
	return err;
}

int vioapic_inventory_init(void)
{
	int err;

	mutex_lock(&vioapic_mutex);
	err = vioapic_arch_discover(found);
	mutex_unlock(&vioapic_mutex);
	if (err)
		vioapic_inventory_exit();
	return err;
}

void vioapic_inventory_exit(void)
{
	char reason[VIOAPIC_REASON_LEN];
	struct vioapic_device *dev, *next;

	mutex_lock(&vioapic_mutex);
	list_for_each_entry_safe(dev, next, &vioapic_devices, node) {
		if (dev->state != VIOAPIC_STATE_RELEASED)
			vioapic_release(dev, reason);
		vioapic_inventory_del(dev);
		kfree(dev);
	}
	mutex_unlock(&vioapic_mutex);
}
