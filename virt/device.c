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
#include <vioapic/device.h>

#define CREATE_TRACE_POINTS
#include "events.h"

/*
 * How long to wait for the lock before taking its holder for gone.  Holders
 * keep it for some thousand register accesses at most.  In an oops or a panic
 * the other CPUs may be stopped for good, so there the wait is short; else it
 * is long enough to outlast a hypervisor that has descheduled the holder.
 */
#define SPINS_IN_OOPS	(1U << 16)
#define SPINS_AT_MOST	(1U << 28)

static __always_inline struct vioapic_device *of_bus(struct vioapic_bus *bus)
{
	return container_of(bus, struct vioapic_device, bus);
}

/*
 * The controller owns remote IRR and delivery status, so they are asked of it;
 * and a read after a write that was posted must not overtake it
 * (io_apic_sync() counts on that).
 */
static noinline u64 read_through(struct vioapic_device *dev, unsigned int offset,
				 unsigned int size, struct vioapic_effects *fx)
{
	if (fx->what & VIOAPIC_FX_SAMPLE)
		vioapic_model_sample(&dev->model, fx->pin,
				     dev->ops->sample(dev, fx->pin));
	else
		dev->ops->flush(dev);
	return vioapic_model_read(&dev->model, offset, size, fx);
}

static u64 device_read(struct vioapic_bus *bus, unsigned int offset, unsigned int size)
{
	struct vioapic_device *dev = of_bus(bus);
	struct vioapic_effects fx;
	u64 value;

	lockdep_assert_held(&dev->lock);
	dev->reached = false;
	value = vioapic_model_read(&dev->model, offset, size, &fx);
	if (unlikely(fx.what || (dev->posted && offset >= VIOAPIC_IOWIN)))
		value = read_through(dev, offset, size, &fx);
	dev->cnt[VIOAPIC_CNT_READS]++;
	trace_access(dev, false, offset, size, value);
	return value;
}

static void device_write(struct vioapic_bus *bus, unsigned int offset,
			 unsigned int size, u64 value)
{
	struct vioapic_device *dev = of_bus(bus);
	struct vioapic_effects fx;

	lockdep_assert_held(&dev->lock);
	dev->reached = false;
	vioapic_model_write(&dev->model, offset, size, value, &fx);
	dev->cnt[VIOAPIC_CNT_WRITES]++;

	if (unlikely(dev->eager) && offset < VIOAPIC_IOWIN + 4 &&
	    offset + size > VIOAPIC_IOWIN) {
		u8 index = dev->model.ioregsel;

		dev->ops->reg_write(dev, index, vioapic_model_register(&dev->model, index));
	} else if (fx.what & VIOAPIC_FX_ROUTE) {
		dev->ops->route(dev, fx.pin, fx.old, fx.new);
	} else if (fx.what & VIOAPIC_FX_ID) {
		dev->ops->reg_write(dev, VIOAPIC_REG_ID,
				    vioapic_model_register(&dev->model, VIOAPIC_REG_ID));
	}
	if (fx.what & VIOAPIC_FX_EOI) {
		dev->cnt[VIOAPIC_CNT_EOIS]++;
		dev->ops->eoi(dev, fx.val);
	}

	trace_access(dev, true, offset, size, value);
	if (fx.what & VIOAPIC_FX_ROUTE) {
		dev->cnt[VIOAPIC_CNT_ROUTES]++;
		trace_route(dev, fx.pin, fx.old, fx.new);
	}
	if (fx.what & VIOAPIC_FX_EOI)
		trace_eoi(dev, fx.val);
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
	trace_state(dev);
	irq_work_queue(&dev->report);
}

static void report_failure(struct irq_work *work)
{
	struct vioapic_device *dev = container_of(work, struct vioapic_device, report);

	pr_err("%s: released: %s at %pS, offset %#x; the kernel goes on with the I/O APIC beneath\n",
	       dev->name, dev->failure.why, (void *)dev->failure.ip, dev->failure.offset);
}

/* Returns false if whoever holds the lock will never release it. */
static noinline bool outwait(struct vioapic_device *dev)
{
	unsigned int spins = 0;

	while (!raw_spin_trylock(&dev->lock)) {
		cpu_relax();
		if (++spins > (oops_in_progress ? SPINS_IN_OOPS : SPINS_AT_MOST))
			return false;
	}
	return true;
}

static void device_fault(struct vioapic_site *site, struct pt_regs *regs,
			 unsigned long address)
{
	struct vioapic_device *dev = container_of(site, struct vioapic_device, site);

	if (unlikely(!raw_spin_trylock(&dev->lock)) && !outwait(dev)) {
		dev->cnt[VIOAPIC_CNT_BYPASSED]++;
		fail_open(dev, "its lock was not released", regs->ip, address);
		return;
	}
	/* Another CPU may have opened the page since this one faulted. */
	if (likely(dev->state == VIOAPIC_STATE_TAKEN)) {
		dev->ip = regs->ip;
		if (unlikely(vioapic_emulate(regs, address, &dev->bus))) {
			dev->cnt[VIOAPIC_CNT_UNDECODED]++;
			fail_open(dev, "cannot emulate the access", regs->ip, address);
		}
	}
	raw_spin_unlock(&dev->lock);
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
	init_irq_work(&dev->report, report_failure);
}
