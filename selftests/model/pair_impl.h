/* SPDX-License-Identifier: GPL-2.0 */
/* What pair.c and pair_state.c share, see pair.h. */
#ifndef PAIR_IMPL_H
#define PAIR_IMPL_H

#include <vioapic/state.h>
#include "bytes.h"
#include "reference.h"

#define ADDRESS		0xfec00000

struct pair {
	struct bytes in;
	unsigned int calls;
	const char *what;	/* the call that was made last */
	bool tidy;		/* the caller reports each outcome in time, as it should */
	bool pulse;		/* what sends need not be asserted any more */
	bool broken;		/* some ends of service do not happen */
	struct vioapic_model m;
	struct vioapic_effects fx;
	struct reference r;
	struct ref_effects e;
	u64 due[VIOAPIC_PIN_WORDS];	/* outcomes to report */
	u64 served[VIOAPIC_PIN_WORDS];	/* in service before the call */
};

/* One at a time */
extern struct pair pair;

/* Ends the run */
void __attribute__((format(printf, 1, 2), noreturn)) wrong(const char *format, ...);

#define check(condition) do { \
	if (!(condition)) \
		wrong("not so: %s", #condition); \
} while (0)

#define check_same(ours, theirs) do { \
	unsigned long long o_ = (ours), t_ = (theirs); \
	if (o_ != t_) \
		wrong("%s is %#llx, %s is %#llx", #ours, o_, #theirs, t_); \
} while (0)

/* pair_state.c */
void pair_save_and_restore(void);
void pair_restore_hostile(void);
void pair_through_kvm(void);

#endif
