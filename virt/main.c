// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <vioapic/sim_device.h>
#include "user/user.h"

static int __init vioapic_init(void)
{
	int err;

	err = vioapic_trap_init();
	if (err)
		return err;
	vioapic_sim_init();
	vioapic_debugfs_init();
	err = vioapic_lock_init();
	if (err)
		goto err_debugfs;
	err = vioapic_inventory_init();
	if (err == -ENODEV)
		pr_err("%s: nothing to do\n", vioapic_arch_without());
	if (err)
		goto err_lock;
	err = vioapic_eventfd_init();
	if (err)
		goto err_inventory;
	err = vioapic_configfs_init();
	if (err)
		goto err_eventfd;
	err = vioapic_cdev_init();
	if (err)
		goto err_configfs;
	vioapic_arch_pm_init();
	vioapic_arch_announce();
	vioapic_admit();
	return 0;

err_configfs:
	vioapic_configfs_exit();
	vioapic_sim_exit();
err_eventfd:
	vioapic_eventfd_exit();
err_inventory:
	vioapic_inventory_exit();
err_lock:
	vioapic_lock_exit();
err_debugfs:
	vioapic_debugfs_exit();
	return err;
}

static void __exit vioapic_exit(void)
{
	vioapic_cdev_exit();
	/* May have to wait, and until then the machine must not suspend. */
	vioapic_configfs_exit();
	vioapic_arch_pm_exit();
	vioapic_eventfd_exit();
	vioapic_sim_exit();
	vioapic_window_exit();
	vioapic_inventory_exit();
	vioapic_lock_exit();
	vioapic_debugfs_exit();
	vioapic_site_expect_exit();
	vioapic_trap_exit();
}

module_init(vioapic_init);
module_exit(vioapic_exit);

MODULE_DESCRIPTION("Trap-and-emulate I/O APIC");
MODULE_LICENSE("GPL");
MODULE_VERSION(VIOAPIC_VERSION);
