/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints vioapic:*.  All fire under the lock of the device, interrupts off,
 * most of them inside of a page fault.  Those of guests fire in their vCPUs' threads.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vioapic

#if !defined(VIOAPIC_EVENTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define VIOAPIC_EVENTS_H

#include <linux/tracepoint.h>
#include <vioapic/device.h>

DECLARE_EVENT_CLASS(access,
	TP_PROTO(const struct vioapic_device *dev, bool write, unsigned int offset,
		 unsigned int size, u64 value),
	TP_ARGS(dev, write, offset, size, value),
	TP_STRUCT__entry(
		__array(char, name, VIOAPIC_NAME_LEN)
		__field(u64, ip)
		__field(u64, value)
		__field(u16, offset)
		__field(u16, index)
		__field(u8, size)
		__field(u8, write)
		__field(u8, hw)
		__field(u32, vcpu)
	),
	TP_fast_assign(
		memcpy(__entry->name, dev->name, VIOAPIC_NAME_LEN);
		__entry->ip = dev->ip;
		__entry->value = value;
		__entry->offset = offset;
		__entry->size = size;
		__entry->write = write;
		__entry->index = dev->model.ioregsel;
		__entry->hw = dev->reached;
		__entry->vcpu = dev->vcpu;
	),
	TP_printk("%s %s offset=%#x size=%u index=%#x value=%#llx %s ip=%pS",
		  __entry->name, __entry->write ? "write" : "read",
		  __entry->offset, __entry->size, __entry->index, __entry->value,
		  __entry->hw ? "hw" : "shadow", (void *)(uintptr_t)__entry->ip)
);

/* By this kernel */
DEFINE_EVENT(access, access,
	TP_PROTO(const struct vioapic_device *dev, bool write, unsigned int offset,
		 unsigned int size, u64 value),
	TP_ARGS(dev, write, offset, size, value)
);

/* By a KVM guest, whose instructions have no names here */
DEFINE_EVENT_PRINT(access, guest_access,
	TP_PROTO(const struct vioapic_device *dev, bool write, unsigned int offset,
		 unsigned int size, u64 value),
	TP_ARGS(dev, write, offset, size, value),
	TP_printk("%s %s offset=%#x size=%u index=%#x value=%#llx vcpu=%u ip=%#llx",
		  __entry->name, __entry->write ? "write" : "read",
		  __entry->offset, __entry->size, __entry->index, __entry->value,
		  __entry->vcpu, __entry->ip)
);

TRACE_EVENT(route,
	TP_PROTO(const struct vioapic_device *dev, unsigned int pin, u64 old, u64 new),
	TP_ARGS(dev, pin, old, new),
	TP_STRUCT__entry(
		__array(char, name, VIOAPIC_NAME_LEN)
		__field(u64, old)
		__field(u64, new)
		__field(u16, pin)
	),
	TP_fast_assign(
		memcpy(__entry->name, dev->name, VIOAPIC_NAME_LEN);
		__entry->old = old;
		__entry->new = new;
		__entry->pin = pin;
	),
	TP_printk("%s pin=%u old=%#018llx new=%#018llx", __entry->name,
		  __entry->pin, __entry->old, __entry->new)
);

TRACE_EVENT(deliver,
	TP_PROTO(const struct vioapic_device *dev, unsigned int pin, u64 rte, bool accepted),
	TP_ARGS(dev, pin, rte, accepted),
	TP_STRUCT__entry(
		__array(char, name, VIOAPIC_NAME_LEN)
		__field(u64, rte)
		__field(u16, pin)
		__field(u8, accepted)
	),
	TP_fast_assign(
		memcpy(__entry->name, dev->name, VIOAPIC_NAME_LEN);
		__entry->rte = rte;
		__entry->pin = pin;
		__entry->accepted = accepted;
	),
	TP_printk("%s pin=%u rte=%#018llx %s", __entry->name, __entry->pin, __entry->rte,
		  __entry->accepted ? "accepted" : "not accepted")
);

TRACE_EVENT(eoi,
	TP_PROTO(const struct vioapic_device *dev, u8 vector),
	TP_ARGS(dev, vector),
	TP_STRUCT__entry(
		__array(char, name, VIOAPIC_NAME_LEN)
		__field(u8, vector)
	),
	TP_fast_assign(
		memcpy(__entry->name, dev->name, VIOAPIC_NAME_LEN);
		__entry->vector = vector;
	),
	TP_printk("%s vector=%#x", __entry->name, __entry->vector)
);

/* A foreign controller has not taken a write, or not all of it */
TRACE_EVENT(refuse,
	TP_PROTO(const struct vioapic_device *dev, unsigned int index, u32 wanted, u32 has),
	TP_ARGS(dev, index, wanted, has),
	TP_STRUCT__entry(
		__array(char, name, VIOAPIC_NAME_LEN)
		__field(u32, wanted)
		__field(u32, has)
		__field(u16, index)
	),
	TP_fast_assign(
		memcpy(__entry->name, dev->name, VIOAPIC_NAME_LEN);
		__entry->wanted = wanted;
		__entry->has = has;
		__entry->index = index;
	),
	TP_printk("%s index=%#x wanted=%#010x has=%#010x", __entry->name, __entry->index,
		  __entry->wanted, __entry->has)
);

TRACE_EVENT(fault,
	TP_PROTO(const struct vioapic_device *dev, unsigned int kind, int pin),
	TP_ARGS(dev, kind, pin),
	TP_STRUCT__entry(
		__array(char, name, VIOAPIC_NAME_LEN)
		__array(char, kind, VIOAPIC_FAULT_NAME)
		__field(s16, pin)
	),
	TP_fast_assign(
		memcpy(__entry->name, dev->name, VIOAPIC_NAME_LEN);
		memcpy(__entry->kind, vioapic_fault_names[kind], VIOAPIC_FAULT_NAME);
		__entry->pin = pin;
	),
	TP_printk("%s %s pin=%d", __entry->name, __entry->kind, __entry->pin)
);

TRACE_EVENT(state,
	TP_PROTO(const struct vioapic_device *dev),
	TP_ARGS(dev),
	TP_STRUCT__entry(
		__array(char, name, VIOAPIC_NAME_LEN)
		__field(u8, state)
	),
	TP_fast_assign(
		memcpy(__entry->name, dev->name, VIOAPIC_NAME_LEN);
		__entry->state = dev->state;
	),
	TP_printk("%s %s", __entry->name,
		  __print_symbolic(__entry->state,
				   { VIOAPIC_STATE_RELEASED, "released" },
				   { VIOAPIC_STATE_TAKEN, "taken" },
				   { VIOAPIC_STATE_FAILED, "failed" }))
);

#endif

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE events
#include <trace/define_trace.h>
