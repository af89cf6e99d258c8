// SPDX-License-Identifier: GPL-2.0
/*
 * A driver as any other: acpi_register_gsi(), request_irq(), a handler.  It
 * neither knows nor asks whose I/O APIC that is.
 *
 * In /sys/kernel/debug/vioapic_user:
 *   add      "NAME GSI edge|level high|low [FLAGS]": a driver for this GSI; FLAGS:
 *            s the interrupt is shared, t it is served by a thread (oneshot), r the GSI is
 *            registered, and its interrupt not requested
 *   remove   "NAME"
 *   NAME/    irq, sent, seen, count, none, lost: see struct vioapic_user;
 *            disabled: 1 and 0 are disable_irq() and enable_irq()
 *
 * Without a device (vioapic_pulser.c) every interrupt is served, and counted.
 */
#include <linux/acpi.h>
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <asm/msr.h>
#include "vioapic_user.h"

static LIST_HEAD(users);
static DEFINE_MUTEX(lock);
static struct dentry *root;

static irqreturn_t handler(int irq, void *data)
{
	u64 now = rdtsc();
	struct vioapic_user *user = data;
	bool (*quiet)(struct vioapic_user *user);
	u64 sent;

	/* Pairs with whoever attaches a device */
	quiet = smp_load_acquire(&user->quiet);
	/* Pairs with the device that asks */
	sent = smp_load_acquire(&user->sent);
	user->tsc = now;
	WRITE_ONCE(user->count, user->count + 1);
	if (!quiet)
		return IRQ_HANDLED;
	if (sent == user->seen) {
		WRITE_ONCE(user->none, user->none + 1);
		return IRQ_NONE;
	}
	if (!quiet(user))
		return IRQ_HANDLED;
	WRITE_ONCE(user->lost, user->lost + sent - user->seen - 1);
	/* Pairs with whoever waits for it: the counters are written */
	smp_store_release(&user->seen, sent);
	return IRQ_HANDLED;
}

static struct vioapic_user *find(const char *name)
{
	struct vioapic_user *user;

	list_for_each_entry(user, &users, node)
		if (!strcmp(user->name, name))
			return user;
	return NULL;
}

struct vioapic_user *vioapic_user_get(const char *name)
{
	struct vioapic_user *user;

	mutex_lock(&lock);
	user = find(name);
	if (user)
		user->users++;
	mutex_unlock(&lock);
	return user;
}
EXPORT_SYMBOL_GPL(vioapic_user_get);

void vioapic_user_put(struct vioapic_user *user)
{
	mutex_lock(&lock);
	user->users--;
	mutex_unlock(&lock);
}
EXPORT_SYMBOL_GPL(vioapic_user_put);

static int set_disabled(void *data, u64 value)
{
	struct vioapic_user *user = data;

	if (value)
		disable_irq(user->irq);
	else
		enable_irq(user->irq);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(disabled_fops, NULL, set_disabled, "%llu\n");

static int request(struct vioapic_user *user, int trigger, int polarity, const char *flags)
{
	unsigned long how = strchr(flags, 's') ? IRQF_SHARED : 0;
	int irq, err;

	irq = acpi_register_gsi(NULL, user->gsi, trigger, polarity);
	if (irq < 0)
		return irq;
	user->irq = irq;
	user->requested = !strchr(flags, 'r');
	if (!user->requested)
		return 0;
	if (strchr(flags, 't'))
		err = request_threaded_irq(irq, NULL, handler, how | IRQF_ONESHOT, user->name,
					   user);
	else
		err = request_irq(irq, handler, how, user->name, user);
	if (err)
		acpi_unregister_gsi(user->gsi);
	return err;
}

static int add(const char *line)
{
	char trigger[6], polarity[5], flags[4] = "";
	struct vioapic_user *user;
	int err = -EINVAL;

	user = kzalloc(sizeof(*user), GFP_KERNEL);
	if (!user)
		return -ENOMEM;
	if (sscanf(line, "%15s %u %5s %4s %3s", user->name, &user->gsi, trigger, polarity,
		   flags) < 4)
		goto err;
	err = -EEXIST;
	if (find(user->name))
		goto err;
	err = request(user, strcmp(trigger, "level") ? ACPI_EDGE_SENSITIVE : ACPI_LEVEL_SENSITIVE,
		      strcmp(polarity, "low") ? ACPI_ACTIVE_HIGH : ACPI_ACTIVE_LOW, flags);
	if (err)
		goto err;
	user->dir = debugfs_create_dir(user->name, root);
	debugfs_create_u32("irq", 0400, user->dir, &user->irq);
	debugfs_create_u64("sent", 0400, user->dir, &user->sent);
	debugfs_create_u64("seen", 0400, user->dir, &user->seen);
	debugfs_create_u64("count", 0400, user->dir, &user->count);
	debugfs_create_u64("none", 0400, user->dir, &user->none);
	debugfs_create_u64("lost", 0400, user->dir, &user->lost);
	debugfs_create_file("disabled", 0200, user->dir, user, &disabled_fops);
	list_add(&user->node, &users);
	return 0;
err:
	kfree(user);
	return err;
}

static void drop(struct vioapic_user *user)
{
	list_del(&user->node);
	debugfs_remove_recursive(user->dir);
	if (user->requested)
		free_irq(user->irq, user);
	acpi_unregister_gsi(user->gsi);
	kfree(user);
}

static ssize_t add_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	char line[64];
	int err = vioapic_user_line(line, sizeof(line), buf, len);

	if (err)
		return err;
	mutex_lock(&lock);
	err = add(line);
	mutex_unlock(&lock);
	return err ?: len;
}

static ssize_t remove_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	struct vioapic_user *user;
	char line[64];
	int err = vioapic_user_line(line, sizeof(line), buf, len);

	if (err)
		return err;
	mutex_lock(&lock);
	user = find(line);
	if (!user)
		err = -ENOENT;
	else if (user->users)
		err = -EBUSY;
	else
		drop(user);
	mutex_unlock(&lock);
	return err ?: len;
}

static const struct file_operations add_fops = { .owner = THIS_MODULE, .write = add_write };
static const struct file_operations remove_fops = { .owner = THIS_MODULE, .write = remove_write };

static int __init user_init(void)
{
	root = debugfs_create_dir("vioapic_user", NULL);
	debugfs_create_file("add", 0200, root, NULL, &add_fops);
	debugfs_create_file("remove", 0200, root, NULL, &remove_fops);
	return 0;
}

static void __exit user_exit(void)
{
	struct vioapic_user *user, *next;

	list_for_each_entry_safe(user, next, &users, node)
		drop(user);
	debugfs_remove_recursive(root);
}

module_init(user_init);
module_exit(user_exit);
MODULE_DESCRIPTION("A driver of interrupts by GSI, for the tests of vioapic");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
