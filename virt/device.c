// SPDX-License-Identifier: GPL-2.0
/*
 * One I/O APIC under fire: from the fault through model and backend.
 *
 * Everything here runs in the fault, interrupts off, in any context up to NMI
 * and in a panic; it is built without tracing.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/processor.h>
#include <linux/ptrace.h>
#include <linux/smp.h>
#include <vioapic/device.h>
#include <vioapic/emulate.h>

#define CREATE_TRACE_POINTS
#include "events.h"

/*
 * How long to wait for the lock before taking its holder for gone.  Holders
 * keep it for some thousand register accesses at most.  In an oops or a panic
 * the other CPUs may be stopped for good, so there the wait is short; else it
 * is long enough to outlast a hypervisor that has descheduled the holder.
 */
#define SPINS_IN_OOPS	BIT(16)
#define SPINS_AT_MOST	BIT(28)

/*
 * The lock as the fault takes it.  Interrupts are off, so there is no preemption
 * to disable, and a call each way is a tenth of what is ours of a trap; with
 * lockdep, it shall see everything.
 */
static __always_inline bool try_lock(struct vioapic_device *dev)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC))
		return raw_spin_trylock(&dev->lock);
	return arch_spin_trylock(&dev->lock.raw_lock);
}

static __always_inline void unlock(struct vioapic_device *dev)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC))
		raw_spin_unlock(&dev->lock);
	else
		arch_spin_unlock(&dev->lock.raw_lock);
}

/*
 * Returns false if whoever holds the lock will never release it: it is on a CPU
 * that was stopped, or it is what this access interrupts (a tracer that looks at
 * the I/O APIC from inside of a tracepoint, a panic in an NMI).
 */
static noinline bool outwait(struct vioapic_device *dev)
{
	unsigned long spins = 0;

	while (!try_lock(dev)) {
		if (READ_ONCE(dev->owner) == raw_smp_processor_id())
			return false;
		cpu_relax();
		if (++spins > (oops_in_progress ? SPINS_IN_OOPS : SPINS_AT_MOST))
			return false;
	}
	return true;
}

static __always_inline struct vioapic_device *of_bus(struct vioapic_bus *bus)
{
	return container_of(bus, struct vioapic_device, bus);
}

/**
 * vioapic_device_load() - take a register into the model as the controller has it
 * @dev:   (shadow role) whose; its lock is held
 * @index: IOREGSEL value of the register
 */
void vioapic_device_load(struct vioapic_device *dev, unsigned int index)
{
	lockdep_assert_held(&dev->lock);
	vioapic_model_load(&dev->model, index, dev->ops->reg_read(dev, index));
}

/**
 * vioapic_device_load_all() - take all registers into the model
 * @dev: (shadow role) whose; its lock is held
 */
void vioapic_device_load_all(struct vioapic_device *dev)
{
	unsigned int i;

	for (i = VIOAPIC_REG_ID; i <= VIOAPIC_REG_ARB; i++)
		vioapic_device_load(dev, i);
	for (i = VIOAPIC_REG_RTE; i < VIOAPIC_REG_RTE + 2 * dev->pins; i++)
		vioapic_device_load(dev, i);
}

/**
 * vioapic_device_settle() - at the end of whatever changed @dev->state, @posted
 * or @eager: may reads be answered without looking at these?
 * @dev: its lock is held, or the holder of its lock is gone
 */
void vioapic_device_settle(struct vioapic_device *dev)
{
	dev->quick = dev->state == VIOAPIC_STATE_TAKEN && !dev->posted && !dev->eager;
}

/*
 * The controller owns remote IRR and delivery status, so they are asked of it;
 * and a read after a write that was posted must not overtake it
 * (io_apic_sync() counts on that).
 */
static noinline u64 read_through(struct vioapic_device *dev, unsigned int offset,
				 unsigned int size)
{
	struct vioapic_effects *fx = &dev->fx;
	u64 value;

	if (dev->eager)
		vioapic_device_load(dev, dev->model.ioregsel);
	else if (fx->what & VIOAPIC_FX_SAMPLE)
		vioapic_model_sample(&dev->model, fx->pin,
				     dev->ops->sample(dev, fx->pin));
	else if (dev->posted && offset >= VIOAPIC_IOWIN)
		dev->ops->flush(dev);
	value = vioapic_model_read(&dev->model, offset, size, fx);
	trace_access(dev, false, offset, size, value);
	dev->reached = false;
	return value;
}

static u64 device_read(struct vioapic_bus *bus, unsigned int offset,
		       unsigned int size)
{
	struct vioapic_device *dev = of_bus(bus);
	u64 value;

	lockdep_assert_held(&dev->lock);
	atomic64_inc(&dev->reads);
	value = vioapic_model_read(&dev->model, offset, size, &dev->fx);
	if (unlikely(dev->fx.what | dev->posted | dev->eager))
		return read_through(dev, offset, size);
	trace_access(dev, false, offset, size, value);
	return value;
}

/* How wide an ID is, and whether ARB follows it, the controller knows best. */
static void write_id(struct vioapic_device *dev)
{
	dev->ops->reg_write(dev, VIOAPIC_REG_ID,
			    vioapic_model_register(&dev->model, VIOAPIC_REG_ID));
	vioapic_device_load(dev, VIOAPIC_REG_ID);
	vioapic_device_load(dev, VIOAPIC_REG_ARB);
}

static noinline void write_through(struct vioapic_device *dev, unsigned int offset,
				   unsigned int size)
{
	struct vioapic_effects *fx = &dev->fx;

	if (unlikely(dev->eager) && offset < VIOAPIC_IOWIN + 4 &&
	    offset + size > VIOAPIC_IOWIN)
		dev->ops->reg_write(dev, dev->model.ioregsel,
				    vioapic_model_register(&dev->model,
							   dev->model.ioregsel));
	else if (fx->what & VIOAPIC_FX_ROUTE)
		dev->ops->route(dev, fx->pin, fx->old, fx->new);
	else if (fx->what & VIOAPIC_FX_ID)
		write_id(dev);
	if (fx->what & VIOAPIC_FX_EOI)
		dev->ops->eoi(dev, fx->val);
}

static void device_write(struct vioapic_bus *bus, unsigned int offset,
			 unsigned int size, u64 value)
{
	struct vioapic_device *dev = of_bus(bus);
	struct vioapic_effects *fx = &dev->fx;

	lockdep_assert_held(&dev->lock);
	dev->cnt[VIOAPIC_CNT_WRITES]++;
	vioapic_model_write(&dev->model, offset, size, value, fx);
	if (fx->what | dev->eager)
		write_through(dev, offset, size);
	trace_access(dev, true, offset, size, value);
	dev->reached = false;

	if (fx->what & VIOAPIC_FX_ROUTE) {
		dev->cnt[VIOAPIC_CNT_ROUTES]++;
		trace_route(dev, fx->pin, fx->old, fx->new);
	}
	if (fx->what & VIOAPIC_FX_EOI) {
		dev->cnt[VIOAPIC_CNT_EOIS]++;
		trace_eoi(dev, fx->val);
	}
}

/*
 * Open the page: what could not be emulated is tried again on the hardware,
 * which gets the index that the kernel believes to have selected.  There is no
 * way back but a new takeover.  The caller holds @dev->lock, or its holder is
 * gone for good.
 */
static void fail_open(struct vioapic_device *dev, const char *why,
		      unsigned long ip, unsigned long address)
{
	dev->failure = (struct vioapic_failure) {
		.why = why, .ip = ip, .offset = offset_in_page(address),
	};
	dev->ops->put_index(dev, dev->model.ioregsel);
	vioapic_site_disarm(&dev->site);
	dev->state = VIOAPIC_STATE_FAILED;
	vioapic_device_settle(dev);
	trace_state(dev);
	irq_work_queue(&dev->report);
}

static void report_failure(struct irq_work *work)
{
	struct vioapic_device *dev = container_of(work, struct vioapic_device, report);

	pr_err("%s: released: %s at %pS, offset %#x; the kernel goes on with the I/O APIC beneath\n",
	       dev->name, dev->failure.why, (void *)dev->failure.ip, dev->failure.offset);
}

static noinline int fault_locked(struct vioapic_device *dev, struct pt_regs *regs,
				 unsigned long address)
{
	WRITE_ONCE(dev->owner, raw_smp_processor_id());
	/* Another CPU may have opened the page since this one faulted. */
	if (likely(dev->state == VIOAPIC_STATE_TAKEN)) {
		dev->ip = regs->ip;
		if (unlikely(vioapic_emulate(regs, address, &dev->bus))) {
			dev->cnt[VIOAPIC_CNT_UNDECODED]++;
			fail_open(dev, "cannot emulate the access", regs->ip, address);
		}
		vioapic_device_settle(dev);
	}
	WRITE_ONCE(dev->owner, -1);
	unlock(dev);
	return 1;
}

static noinline int fault_contended(struct vioapic_device *dev, struct pt_regs *regs,
				    unsigned long address)
{
	if (outwait(dev))
		return fault_locked(dev, regs, address);
	dev->cnt[VIOAPIC_CNT_BYPASSED]++;
	fail_open(dev, "its lock is never released", regs->ip, address);
	return 1;
}

/*
 * Answers at once what io_apic.c asks most: IOWIN, when the model knows and
 * nobody watches.  Index and register are each read once, so no lock is taken:
 * software that lets one CPU select and another read, without a lock of its own,
 * gets one register or the other, as it would from hardware.
 */
static int notrace device_fault(struct vioapic_site *site, struct pt_regs *regs,
				unsigned long address)
{
	struct vioapic_device *dev = container_of(site, struct vioapic_device, site);
	struct vioapic_load load;
	u32 value;

	if (offset_in_page(address) == VIOAPIC_IOWIN && !trace_access_enabled() &&
	    likely(dev->quick) && vioapic_load_decode(regs, &load) &&
	    vioapic_model_iowin(&dev->model, &value)) {
		vioapic_load_done(regs, &load, value);
		atomic64_inc(&dev->reads);
		return 1;
	}
	if (unlikely(!try_lock(dev)))
		return fault_contended(dev, regs, address);
	return fault_locked(dev, regs, address);
}

/**
 * vioapic_device_init() - set up what the trap path needs of a new device
 * @dev: zeroed
 */
void vioapic_device_init(struct vioapic_device *dev)
{
	dev->bus.read = device_read;
	dev->bus.write = device_write;
	dev->site.fault = device_fault;
	raw_spin_lock_init(&dev->lock);
	dev->owner = -1;
	init_irq_work(&dev->report, report_failure);
}
