// SPDX-License-Identifier: GPL-2.0
/*
 * Suspend: the hardware forgets, the shadow does not.
 *
 * io_apic.c has registered its syscore ops at boot, so ours suspend before and
 * resume after it: in between every write reaches the hardware, whatever the
 * shadow says, and the kernel's resume rewrites it all.
 */
#include <linux/syscore_ops.h>
#include <vioapic/device.h>

/* One CPU, interrupts off, tasks frozen: nobody else is at the list. */
static void set_eager(bool eager)
{
	struct vioapic_device *dev;
	unsigned long flags;

	list_for_each_entry(dev, &vioapic_devices, node) {
		flags = vioapic_device_lock(dev);
		dev->eager = eager;
		vioapic_device_unlock(dev, flags);
	}
}

static int pm_suspend(void)
{
	set_eager(true);
	return 0;
}

static void pm_resume(void)
{
	set_eager(false);
}

static struct syscore_ops pm_ops = {
	.suspend = pm_suspend,
	.resume = pm_resume,
};

void vioapic_pm_init(void)
{
	register_syscore_ops(&pm_ops);
}

void vioapic_pm_exit(void)
{
	unregister_syscore_ops(&pm_ops);
}
