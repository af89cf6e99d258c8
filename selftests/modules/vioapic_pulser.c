// SPDX-License-Identifier: GPL-2.0
/*
 * The devices of vioapic_user.c's drivers: each has an output on the line of a
 * pin of a simulated I/O APIC; a line with several is high (with polarity low:
 * low) while any of them asks.
 *
 * In /sys/kernel/debug/vioapic_pulser:
 *   attach   "USER SIM PIN edge|level high|low [KEEP]": a device for this driver.  A
 *            level one holds its line until its driver's handler was called
 *            KEEP times, 1 by default
 *   detach   "USER"; -EBUSY while it runs
 *   event    "USER": ask for an interrupt, and do not wait
 *   run      "USER N": N of them, each when the one before was served.  -ETIMEDOUT
 *            if one was not after TRIES looks; -EILSEQ if one was lost, or came twice
 */
#include <linux/bits.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <vioapic/sim.h>
#include "vioapic_user.h"

/*
 * Looks, not time: a machine that has to wait for its CPUs does not look.  Some 5 s
 * of an emulated one.
 */
#define TRIES	BIT(24)

/**
 * struct device_of - a device
 * @node:  in @devices
 * @user:  its driver
 * @sim:   whose
 * @pin:   on the line of which it is
 * @keep:  how often its driver's handler is called for one event
 * @level: its output is a level, else a pulse
 * @low:   asserted is low
 * @asks:  its output; lines_lock, as @left
 * @left:  how often the handler has still to be called
 * @busy:  files that are being written to; mutex
 */
struct device_of {
	struct list_head node;
	struct vioapic_user *user;
	struct vioapic_sim *sim;
	unsigned int pin;
	unsigned int keep;
	bool level;
	bool low;
	bool asks;
	unsigned int left;
	unsigned int busy;
};

/* Devices come and go under the mutex and the lock */
static LIST_HEAD(devices);
static DEFINE_MUTEX(mutex);
static DEFINE_RAW_SPINLOCK(lines_lock);
static struct dentry *root;

static struct device_of *find(const char *name)
{
	struct device_of *dev;

	list_for_each_entry(dev, &devices, node)
		if (!strcmp(dev->user->name, name))
			return dev;
	return NULL;
}

/* Several outputs on one line */
static int drive(struct device_of *dev)
{
	struct device_of *other;
	bool asserted = false;

	lockdep_assert_held(&lines_lock);
	list_for_each_entry(other, &devices, node)
		if (other->sim == dev->sim && other->pin == dev->pin)
			asserted |= other->asks;
	return vioapic_sim_set_line(dev->sim, dev->pin, asserted != dev->low);
}

/* In the driver's handler */
static bool quiet(struct vioapic_user *user)
{
	struct device_of *dev;
	unsigned long flags;
	bool done = true;

	raw_spin_lock_irqsave(&lines_lock, flags);
	dev = find(user->name);
	if (dev && dev->level) {
		done = !--dev->left;
		if (done) {
			dev->asks = false;
			drive(dev);
		}
	}
	raw_spin_unlock_irqrestore(&lines_lock, flags);
	return done;
}

static int event(struct device_of *dev)
{
	struct vioapic_user *user = dev->user;
	unsigned long flags;
	int err;

	/* Pairs with the handler, which is not called for this one yet */
	smp_store_release(&user->sent, user->sent + 1);
	if (!dev->level)
		return vioapic_sim_pulse(dev->sim, dev->pin);
	raw_spin_lock_irqsave(&lines_lock, flags);
	dev->left = dev->keep;
	dev->asks = true;
	err = drive(dev);
	raw_spin_unlock_irqrestore(&lines_lock, flags);
	return err;
}

static int run(struct device_of *dev, unsigned int rounds)
{
	struct vioapic_user *user = dev->user;
	u64 wrong = READ_ONCE(user->none) + READ_ONCE(user->lost);
	int err = 0;

	while (rounds-- && !err) {
		unsigned long tries = TRIES;

		err = event(dev);
		/* Pairs with the handler */
		while (!err && smp_load_acquire(&user->seen) != user->sent) {
			cpu_relax();
			cond_resched();
			if (!--tries)
				err = -ETIMEDOUT;
			if (signal_pending(current))
				err = -EINTR;
		}
		/* Of shared interrupts, others ask too */
		if (!err && !dev->level && READ_ONCE(user->none) + READ_ONCE(user->lost) != wrong)
			err = -EILSEQ;
	}
	return err;
}

static int attach(const char *line)
{
	char name[16], sim[32], trigger[6], polarity[5];
	struct device_of *dev;
	unsigned long flags;
	int err = -EINVAL;

	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	dev->keep = 1;
	if (sscanf(line, "%15s %31s %u %5s %4s %u", name, sim, &dev->pin, trigger, polarity,
		   &dev->keep) < 5 || !dev->keep)
		goto err_free;
	dev->level = !strcmp(trigger, "level");
	dev->low = !strcmp(polarity, "low");
	dev->user = vioapic_user_get(name);
	err = -ENOENT;
	if (!dev->user)
		goto err_free;
	err = -EEXIST;
	if (dev->user->quiet)
		goto err_user;
	dev->sim = vioapic_sim_get(sim);
	err = PTR_ERR_OR_ZERO(dev->sim);
	if (err)
		goto err_user;
	raw_spin_lock_irqsave(&lines_lock, flags);
	list_add(&dev->node, &devices);
	err = drive(dev);
	raw_spin_unlock_irqrestore(&lines_lock, flags);
	/* Pairs with the handler */
	smp_store_release(&dev->user->quiet, quiet);
	return err;

err_user:
	vioapic_user_put(dev->user);
err_free:
	kfree(dev);
	return err;
}

static void detach(struct device_of *dev)
{
	unsigned long flags;

	WRITE_ONCE(dev->user->quiet, NULL);
	synchronize_irq(dev->user->irq);
	raw_spin_lock_irqsave(&lines_lock, flags);
	dev->asks = false;
	drive(dev);
	list_del(&dev->node);
	raw_spin_unlock_irqrestore(&lines_lock, flags);
	vioapic_sim_put(dev->sim);
	vioapic_user_put(dev->user);
	kfree(dev);
}

static int act(const char *what, const char *line)
{
	struct device_of *dev;
	unsigned int rounds = 0;
	char name[16];
	int err = 0;

	if (sscanf(line, "%15s %u", name, &rounds) < 1)
		return -EINVAL;
	mutex_lock(&mutex);
	dev = find(name);
	if (!dev)
		err = -ENOENT;
	else if (strcmp(what, "detach"))
		dev->busy++;
	else if (dev->busy)
		err = -EBUSY;
	else
		detach(dev);
	mutex_unlock(&mutex);
	if (err || !strcmp(what, "detach"))
		return err;

	err = strcmp(what, "run") ? event(dev) : run(dev, rounds);
	mutex_lock(&mutex);
	dev->busy--;
	mutex_unlock(&mutex);
	return err;
}

static ssize_t file_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	char line[80];
	const char *what = file->private_data;
	int err = vioapic_user_line(line, sizeof(line), buf, len);

	if (err)
		return err;
	if (strcmp(what, "attach")) {
		err = act(what, line);
	} else {
		mutex_lock(&mutex);
		err = attach(line);
		mutex_unlock(&mutex);
	}
	return err ?: len;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE, .open = simple_open, .write = file_write,
};

static int __init pulser_init(void)
{
	root = debugfs_create_dir("vioapic_pulser", NULL);
	debugfs_create_file("attach", 0200, root, "attach", &fops);
	debugfs_create_file("detach", 0200, root, "detach", &fops);
	debugfs_create_file("event", 0200, root, "event", &fops);
	debugfs_create_file("run", 0200, root, "run", &fops);
	return 0;
}

static void __exit pulser_exit(void)
{
	struct device_of *dev, *next;

	debugfs_remove_recursive(root);
	list_for_each_entry_safe(dev, next, &devices, node)
		detach(dev);
}

module_init(pulser_init);
module_exit(pulser_exit);
MODULE_DESCRIPTION("Devices on pins of simulated I/O APICs, for the tests of vioapic");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
