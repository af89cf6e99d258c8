// SPDX-License-Identifier: GPL-2.0
/*
 * Suspend: the hardware forgets, the shadow does not.
 *
 * io_apic.c has registered its syscore ops at boot, so ours suspend before and
 * resume after it.  In between every access reaches the hardware, whatever the
 * shadow says: the kernel reads the ID to see if it has to be written.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/printk.h>
#include <compat/syscore.h>
#include <vioapic/device.h>

/* One CPU, interrupts off, tasks frozen: nobody else is at the list. */
static int pm_suspend(VIOAPIC_SYSCORE_ARGS)
{
	struct vioapic_device *dev;
	struct vioapic_guard guard;

	/*
	 * mp_register_ioapic() gives an I/O APIC that is added later no room to
	 * save its entries, and save_ioapic_entries() would oops.
	 */
	list_for_each_entry(dev, &vioapic_devices, node) {
		if (dev->model.role == VIOAPIC_OWNER) {
			pr_err("%s: the kernel cannot suspend with a simulated I/O APIC: destroy it first\n",
			       dev->name);
			return -EBUSY;
		}
	}
	list_for_each_entry(dev, &vioapic_devices, node) {
		if (!vioapic_device_lock(dev, &guard))
			continue;
		dev->eager |= VIOAPIC_EAGER_SUSPEND;
		vioapic_device_unlock(dev, &guard);
	}
	return 0;
}

/* The kernel has restored what it knows of; the rest is as the hardware has it. */
static void pm_resume(VIOAPIC_SYSCORE_ARGS)
{
	struct vioapic_device *dev;
	struct vioapic_guard guard;

	list_for_each_entry(dev, &vioapic_devices, node) {
		if (!vioapic_device_lock(dev, &guard))
			continue;
		if (dev->state == VIOAPIC_STATE_TAKEN)
			vioapic_device_load_all(dev);
		dev->eager &= ~VIOAPIC_EAGER_SUSPEND;
		vioapic_device_unlock(dev, &guard);
	}
}

static struct vioapic_syscore pm = VIOAPIC_SYSCORE_INIT(pm_suspend, pm_resume);

void vioapic_arch_pm_init(void)
{
	vioapic_register_syscore(&pm);
}

void vioapic_arch_pm_exit(void)
{
	vioapic_unregister_syscore(&pm);
}
