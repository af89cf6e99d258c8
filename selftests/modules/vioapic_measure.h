/* SPDX-License-Identifier: GPL-2.0 */
/* Instructions of a piece of code: under -icount the TSC counts them. */
#ifndef VIOAPIC_MEASURE_H
#define VIOAPIC_MEASURE_H

#include <linux/minmax.h>
#include <asm/msr.h>

#define MEASURE_ROUNDS	64

/* The least of some: with interrupts off none can be among them, but a first time can. */
#define measure(code) ({						\
	u64 best = ~0ULL;						\
	int i;								\
	for (i = 0; i < MEASURE_ROUNDS; i++) {				\
		u64 start = rdtsc_ordered(), t;				\
		code;							\
		t = rdtsc_ordered() - start;				\
		best = min(best, t);					\
	}								\
	best;								\
})

#endif
