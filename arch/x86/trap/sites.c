// SPDX-License-Identifier: GPL-2.0
/* The sites of each hook, for hook.c, which writes them, and for entry.S. */
#include <linux/rcupdate.h>
#include <vioapic/trap.h>
#include "entry.h"
#include "page.h"

/* The end of every bucket: no address has this page frame number. */
static struct vioapic_site nobody = { .pfn = ~0UL };

struct vioapic_site __rcu *vioapic_sites_oops[VIOAPIC_SITE_BUCKETS] = {
	[0 ... VIOAPIC_SITE_BUCKETS - 1] = RCU_INITIALIZER(&nobody),
};

struct vioapic_site __rcu *vioapic_sites_fixup[VIOAPIC_SITE_BUCKETS] = {
	[0 ... VIOAPIC_SITE_BUCKETS - 1] = RCU_INITIALIZER(&nobody),
};
