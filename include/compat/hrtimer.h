/* SPDX-License-Identifier: GPL-2.0 */
/* Setting up an hrtimer: in one call from 6.13 on, which is all there is from 6.16 on. */
#ifndef VIOAPIC_COMPAT_HRTIMER_H
#define VIOAPIC_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>

static inline void vioapic_hrtimer_setup(struct hrtimer *timer,
					 enum hrtimer_restart (*function)(struct hrtimer *timer))
{
#ifdef VIOAPIC_HAS_HRTIMER_SETUP
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	timer->function = function;
#endif
}

#endif
