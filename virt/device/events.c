// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints, and what users call the things that are traced and counted.
 *
 * What fires inside of a fault is built without tracing, as all that runs there.
 */
#include <vioapic/device.h>

#define CREATE_TRACE_POINTS
#include "events.h"

const char * const vioapic_counter_name[VIOAPIC_CNT_NR] = {
	[VIOAPIC_CNT_READS] = "reads",
	[VIOAPIC_CNT_WRITES] = "writes",
	[VIOAPIC_CNT_HW_READS] = "hw_reads",
	[VIOAPIC_CNT_HW_WRITES] = "hw_writes",
	[VIOAPIC_CNT_HW_INDEX] = "hw_index",
	[VIOAPIC_CNT_ROUTES] = "routes",
	[VIOAPIC_CNT_EOIS] = "eois",
	[VIOAPIC_CNT_DELIVERIES] = "deliveries",
	[VIOAPIC_CNT_UNDECODED] = "undecoded",
	[VIOAPIC_CNT_BYPASSED] = "bypassed",
	[VIOAPIC_CNT_TAKEOVERS] = "takeovers",
	[VIOAPIC_CNT_RELEASES] = "releases",
	[VIOAPIC_CNT_REFUSED] = "refused",
	[VIOAPIC_CNT_STORMS] = "storms",
	[VIOAPIC_CNT_FAULTS] = "faults",
};

const char vioapic_fault_names[VIOAPIC_FAULT_KINDS][VIOAPIC_FAULT_NAME] = {
	[VIOAPIC_FAULT_STUCK_IRR] = "stuck-irr",
	[VIOAPIC_FAULT_DROP_EOI] = "drop-eoi",
	[VIOAPIC_FAULT_DROP_WRITE] = "drop-write",
	[VIOAPIC_FAULT_TORN_WRITE] = "torn-write",
	[VIOAPIC_FAULT_ONES] = "ones",
	[VIOAPIC_FAULT_LOST_INDEX] = "lost-index",
	[VIOAPIC_FAULT_DELAY] = "delay",
	[VIOAPIC_FAULT_DUPLICATE] = "duplicate",
	[VIOAPIC_FAULT_SPURIOUS] = "spurious",
};

void vioapic_trace_deliver(const struct vioapic_device *dev, unsigned int pin, u64 rte,
			   bool accepted)
{
	trace_deliver(dev, pin, rte, accepted);
}
