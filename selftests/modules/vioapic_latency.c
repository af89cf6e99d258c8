// SPDX-License-Identifier: GPL-2.0
/*
 * How long interrupts are off: a timer that ticks again and again, and the most that one
 * of its interrupts came too late by.  With QEMU's -icount shift=0 and one CPU, nanoseconds
 * are instructions.
 *
 * /sys/module/vioapic_latency/parameters/worst is written to begin anew.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <compat/hrtimer.h>

#define PERIOD	20000

static unsigned long worst;
module_param(worst, ulong, 0644);

static unsigned long ticks;
module_param(ticks, ulong, 0444);

static struct hrtimer timer;

static enum hrtimer_restart tick(struct hrtimer *unused)
{
	s64 late = ktime_to_ns(ktime_sub(ktime_get(), hrtimer_get_expires(&timer)));

	if (late > 0 && late > READ_ONCE(worst))
		WRITE_ONCE(worst, late);
	ticks++;
	hrtimer_forward_now(&timer, ns_to_ktime(PERIOD));
	return HRTIMER_RESTART;
}

static int __init latency_init(void)
{
	vioapic_hrtimer_setup(&timer, tick);
	hrtimer_start(&timer, ns_to_ktime(PERIOD), HRTIMER_MODE_REL_PINNED_HARD);
	return 0;
}

static void __exit latency_exit(void)
{
	hrtimer_cancel(&timer);
}

module_init(latency_init);
module_exit(latency_exit);

MODULE_DESCRIPTION("vioapic selftest: the longest stretch with interrupts off");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
