// SPDX-License-Identifier: GPL-2.0
/*
 * One I/O APIC under fire: from the fault through model and backend.
 *
 * Everything here runs in the fault, interrupts off, in any context up to NMI
 * and in a panic; it is built without tracing.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/hardirq.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/ptrace.h>
#include <linux/smp.h>
#include <vioapic/device.h>
#include <vioapic/emulate.h>

#include "events.h"
#include "lock.h"

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
 * vioapic_device_rte() - an RTE as the controller has it
 * @dev: (shadow role) whose; its lock is held
 * @pin: is there
 * Return: all 64 bits.
 */
u64 vioapic_device_rte(struct vioapic_device *dev, unsigned int pin)
{
	unsigned int index = vioapic_rte_index(pin);
	u32 low;

	lockdep_assert_held(&dev->lock);
	if (dev->ops->rte_read)
		return dev->ops->rte_read(dev, pin);
	low = dev->ops->reg_read(dev, index);
	return low | (u64)dev->ops->reg_read(dev, index + 1) << 32;
}

/*
 * How wide an ID is, and whether ARB follows it, the controller knows best.  In
 * this order: there are chips whose ARB register repeats what was read before.
 */
static void load_identity(struct vioapic_device *dev)
{
	unsigned int i;

	for (i = VIOAPIC_REG_ID; i <= VIOAPIC_REG_ARB; i++)
		vioapic_device_load(dev, i);
}

/**
 * vioapic_device_load_all() - take all registers into the model
 * @dev: (shadow role) whose; its lock is held
 */
void vioapic_device_load_all(struct vioapic_device *dev)
{
	unsigned int i;

	load_identity(dev);
	/* print_IO_APIC() looks at it from this version on */
	if (dev->version >= 0x20)
		vioapic_device_load(dev, VIOAPIC_REG_BOOT);
	for (i = 0; i < dev->pins; i++)
		vioapic_model_load_rte(&dev->model, i, vioapic_device_rte(dev, i));
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

static void refused(struct vioapic_device *dev, unsigned int index, u32 wanted)
{
	dev->refusal = (struct vioapic_refusal) {
		.ip = dev->ip, .index = index, .wanted = wanted,
		.has = vioapic_model_register(&dev->model, index),
	};
	dev->cnt[VIOAPIC_CNT_REFUSED]++;
	trace_refuse(dev, index, wanted, dev->refusal.has);
	irq_work_queue(&dev->tell);
}

static void read_back_id(struct vioapic_device *dev)
{
	u32 wanted = vioapic_model_register(&dev->model, VIOAPIC_REG_ID);

	load_identity(dev);
	if (dev->eager & VIOAPIC_EAGER_FOREIGN &&
	    vioapic_model_register(&dev->model, VIOAPIC_REG_ID) != wanted)
		refused(dev, VIOAPIC_REG_ID, wanted);
}

/*
 * A foreign controller takes a write, or part of it, or nothing: what it has then is what the
 * model has from now on, and the effects are what came of it.
 */
static noinline void read_back(struct vioapic_device *dev, unsigned int index)
{
	u32 wanted = vioapic_model_register(&dev->model, index);
	struct vioapic_effects *fx = &dev->fx;
	u64 has, half;

	if (!(fx->what & VIOAPIC_FX_ROUTE))
		return;
	vioapic_device_load(dev, index);
	vioapic_device_load(dev, index ^ 1);
	has = vioapic_model_register(&dev->model, index | 1);
	has = has << 32 | vioapic_model_register(&dev->model, index & ~1);
	has &= ~VIOAPIC_RTE_READONLY;
	/* That it has changed the other half of its own accord is no refusal */
	half = index & 1 ? ~0ULL << 32 : ~0U;
	if (!((has ^ fx->old) & half) || (has ^ fx->new) & dev->ops->obeyed & half)
		refused(dev, index, wanted);
	fx->new = has;
	if (has == fx->old)
		fx->what &= ~VIOAPIC_FX_ROUTE;
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

static bool covers_iowin(unsigned int offset, unsigned int size)
{
	return offset < VIOAPIC_IOWIN + 4 && offset + size > VIOAPIC_IOWIN;
}

/*
 * Written as it is and not as the model understands it: the ID, and everything
 * while the controller may have forgotten what the model remembers, or is foreign.
 */
static bool goes_through(const struct vioapic_device *dev, unsigned int offset,
			 unsigned int size)
{
	return covers_iowin(offset, size) &&
	       (dev->eager || dev->model.ioregsel == VIOAPIC_REG_ID);
}

static noinline void write_through(struct vioapic_device *dev, unsigned int offset,
				   unsigned int size, u64 value)
{
	struct vioapic_effects *fx = &dev->fx;
	unsigned int index = dev->model.ioregsel;

	if (goes_through(dev, offset, size)) {
		if (offset != VIOAPIC_IOWIN || size < sizeof(u32))
			value = vioapic_model_register(&dev->model, index);
		dev->ops->reg_write(dev, index, value);
		if (index == VIOAPIC_REG_ID)
			read_back_id(dev);
		else if (dev->eager & VIOAPIC_EAGER_FOREIGN)
			read_back(dev, index);
	} else if (fx->what & VIOAPIC_FX_ROUTE) {
		dev->ops->route(dev, fx->pin, fx->old, fx->new);
	}
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
	/* Changes to what the register is, not to what it was when somebody looked last */
	if (unlikely(dev->eager & VIOAPIC_EAGER_FOREIGN) && covers_iowin(offset, size))
		vioapic_device_load(dev, dev->model.ioregsel);
	vioapic_model_write(&dev->model, offset, size, value, fx);
	if (fx->what || goes_through(dev, offset, size))
		write_through(dev, offset, size, value);
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
 * way back but a new takeover.  The caller holds @dev->lock, or is one of those who
 * do not get it.
 */
static void fail_open(struct vioapic_device *dev, const char *why,
		      unsigned long ip, unsigned long address)
{
	dev->failure = (struct vioapic_failure) {
		.why = why, .ip = ip, .offset = offset_in_page(address),
	};
	if (dev->ops->put_index && vioapic_site_armed(&dev->site))
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

	pr_err("%s: released: %s at %pS, offset %#x; %s\n",
	       dev->name, dev->failure.why, (void *)dev->failure.ip, dev->failure.offset,
	       dev->model.role != VIOAPIC_SHADOW ?
			"it was simulated, so it is dead until it is destroyed" :
	       dev->eager & VIOAPIC_EAGER_FOREIGN ?
			"beneath is a page that is no I/O APIC" :
			"the kernel goes on with the I/O APIC beneath");
}

/* Rate-limited, and of several at a time the last; the counter and the trace have all. */
static void report_refusal(struct irq_work *work)
{
	struct vioapic_device *dev = container_of(work, struct vioapic_device, tell);
	struct vioapic_refusal last = dev->refusal;

	pr_warn_ratelimited("%s: %s has not taken %#010x for register %#04x, which is %#010x, from %pS; refused so far: %llu\n",
			    dev->name, dev->ops->name, last.wanted, last.index, last.has,
			    (void *)last.ip, dev->cnt[VIOAPIC_CNT_REFUSED]);
}

static noinline int fault_locked(struct vioapic_device *dev, struct pt_regs *regs,
				 unsigned long address)
{
	int err;

	WRITE_ONCE(dev->owner, raw_smp_processor_id());
	/* Another CPU may have opened the page since this one faulted. */
	if (likely(dev->state == VIOAPIC_STATE_TAKEN)) {
		dev->ip = instruction_pointer(regs);
		err = vioapic_emulate(regs, address, &dev->bus);
		/* A tracer has opened it in between: it selects as if that came after */
		if (unlikely(READ_ONCE(dev->state) != VIOAPIC_STATE_TAKEN)) {
			if (dev->ops->put_index)
				dev->ops->put_index(dev, dev->model.ioregsel);
		} else if (unlikely(err)) {
			dev->cnt[VIOAPIC_CNT_UNDECODED]++;
			fail_open(dev, err == -EBUSY ? "a kprobe hides the access" :
						       "cannot emulate the access",
				  instruction_pointer(regs), address);
		}
		vioapic_device_settle(dev);
	}
	WRITE_ONCE(dev->owner, -1);
	vioapic_trap_unlock(dev);
	return 1;
}

/* A bus without a device */
static u64 nobody_read(struct vioapic_bus *bus, unsigned int offset, unsigned int size)
{
	return GENMASK_ULL(8 * size - 1, 0);
}

static void nobody_write(struct vioapic_bus *bus, unsigned int offset, unsigned int size,
			 u64 value)
{
}

static struct vioapic_bus nobody = { .read = nobody_read, .write = nobody_write };

/*
 * To open the page while somebody is inside would have him and the kernel move IOREGSEL
 * under each other.  An NMI that reads registers does so beside the kernel's own lock, and
 * gets what a bus without a device has; but if it ends the machine, that needs the hardware.
 */
static noinline int fault_contended(struct vioapic_device *dev, struct pt_regs *regs,
				    unsigned long address)
{
	if (vioapic_device_outwait(dev))
		return fault_locked(dev, regs, address);
	dev->cnt[VIOAPIC_CNT_BYPASSED]++;
	if (in_nmi() && !READ_ONCE(dev->lost) && !vioapic_lock_ends() &&
	    !vioapic_emulate(regs, address, &nobody))
		return 1;
	fail_open(dev, "its lock is never released", instruction_pointer(regs), address);
	return 1;
}

/*
 * The value of IOWIN, if the model knows.  Index and register are each read once, so
 * no lock is taken: software that lets one CPU select and another read, without a
 * lock of its own, gets one register or the other, as it would from hardware.
 */
static __always_inline bool iowin(struct vioapic_site *site, u32 *value)
{
	struct vioapic_device *dev = container_of(site, struct vioapic_device, site);

	return vioapic_model_iowin(&dev->model, value);
}

/* What io_apic.c asks most, IOWIN, is answered at once when nobody watches. */
static int notrace device_fault(struct vioapic_site *site, struct pt_regs *regs,
				unsigned long address)
{
	struct vioapic_device *dev = container_of(site, struct vioapic_device, site);

	if (offset_in_page(address) == VIOAPIC_IOWIN && !trace_access_enabled() &&
	    likely(!dev->slow) && vioapic_emulate_load(regs, site, iowin)) {
		atomic64_inc(&dev->reads);
		return 1;
	}
	if (unlikely(!vioapic_trap_lock(dev)))
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
	vioapic_device_lock_init(dev);
	vioapic_device_settle(dev);
	init_irq_work(&dev->report, report_failure);
	init_irq_work(&dev->tell, report_refusal);
}
