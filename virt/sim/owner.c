// SPDX-License-Identifier: GPL-2.0
/*
 * An I/O APIC whose pins the model keeps: accesses to its registers, its lines, and
 * its life under fire.
 *
 * Runs in faults, in interrupts and wherever a line is driven, under the lock of
 * the device; it is built without tracing.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/smp.h>
#include <compat/hrtimer.h>
#include <vioapic/sim_device.h>
#include <vioapic/state.h>
#include "../device/events.h"
#include "../device/lock.h"
#include "effects.h"
#include "faults.h"
#include "lines.h"

/* How long a pin is held back that storms; KVM and QEMU have the same */
#define STORM_PAUSE	ms_to_ktime(10)

static __always_inline struct vioapic_sim *of_bus(struct vioapic_bus *bus)
{
	return container_of(bus, struct vioapic_sim, dev.bus);
}

static u64 owner_read(struct vioapic_bus *bus, unsigned int offset, unsigned int size)
{
	struct vioapic_sim *sim = of_bus(bus);
	struct vioapic_device *dev = &sim->dev;
	u64 value;

	lockdep_assert_held(&dev->lock);
	atomic64_inc(&dev->reads);
	value = vioapic_model_read(&dev->model, offset, size, &dev->fx);
	if (unlikely(dev->lies))
		value = vioapic_faults_read(sim, size, value);
	trace_access(dev, false, offset, size, value);
	return value;
}

static void owner_write(struct vioapic_bus *bus, unsigned int offset, unsigned int size,
			u64 value)
{
	struct vioapic_sim *sim = of_bus(bus);
	struct vioapic_device *dev = &sim->dev;

	lockdep_assert_held(&dev->lock);
	dev->cnt[VIOAPIC_CNT_WRITES]++;
	if (unlikely(sim->faults))
		vioapic_faults_write(sim, offset, size, value);
	else
		vioapic_model_write(&dev->model, offset, size, value, &dev->fx);
	trace_access(dev, true, offset, size, value);
	if (dev->fx.what)
		vioapic_owner_carry_out(sim);
}

/*
 * Lock @sim to drive @pin, interrupts off.  Inline, with vioapic_sim_set_line()
 * and what it calls: an interrupt is to cost little more than the IPI it comes by.
 * Return: false, and not locked, if vioapic_lines_begin() is to see why; also if @sim
 * is broken, or other lines are to be driven before.
 */
static __always_inline bool begin_at_once(struct vioapic_sim *sim, unsigned int pin)
{
	struct vioapic_device *dev = &sim->dev;

	if (unlikely(pin >= dev->pins || !vioapic_trap_lock(dev)))
		return false;
	WRITE_ONCE(dev->owner, raw_smp_processor_id());
	if (likely(!dev->detour))
		return true;
	WRITE_ONCE(dev->owner, -1);
	vioapic_trap_unlock(dev);
	return false;
}

static noinline int set_line_slowly(struct vioapic_sim *sim, unsigned int pin, bool high,
				    unsigned long flags)
{
	vioapic_lines_set(sim, pin, high);
	vioapic_lines_end(sim);
	local_irq_restore(flags);
	return 0;
}

static noinline int set_line_locked_out(struct vioapic_sim *sim, unsigned int pin, bool high,
					unsigned long flags)
{
	int err = vioapic_lines_begin(sim, pin);

	if (!err)
		return set_line_slowly(sim, pin, high, flags);
	if (err == -EAGAIN)
		err = vioapic_lines_later(sim, pin, high ? VIOAPIC_LINE_RAISE : VIOAPIC_LINE_LOWER);
	local_irq_restore(flags);
	return err;
}

int vioapic_sim_set_line(struct vioapic_sim *sim, unsigned int pin, bool high)
{
	struct vioapic_model *m = &sim->dev.model;
	enum vioapic_drive left;
	unsigned long flags;
	u64 rte;

	local_irq_save(flags);
	if (unlikely(!begin_at_once(sim, pin)))
		return set_line_locked_out(sim, pin, high, flags);
	left = vioapic_model_drive(m, pin, high, &rte);
	if (unlikely(left == VIOAPIC_DRIVE_AGAIN))
		return set_line_slowly(sim, pin, high, flags);
	if (left == VIOAPIC_DRIVE_SEND)
		vioapic_model_driven(m, pin, rte, vioapic_send(sim, pin, rte));
	vioapic_lines_end(sim);
	local_irq_restore(flags);
	return 0;
}
EXPORT_SYMBOL_GPL(vioapic_sim_set_line);

static noinline int pulse_slowly(struct vioapic_sim *sim, unsigned int pin, unsigned long flags)
{
	vioapic_lines_pulse(sim, pin);
	vioapic_lines_end(sim);
	local_irq_restore(flags);
	return 0;
}

static noinline int pulse_locked_out(struct vioapic_sim *sim, unsigned int pin,
				     unsigned long flags)
{
	int err = vioapic_lines_begin(sim, pin);

	if (!err)
		return pulse_slowly(sim, pin, flags);
	if (err == -EAGAIN)
		err = vioapic_lines_later(sim, pin, VIOAPIC_LINE_PULSE);
	local_irq_restore(flags);
	return err;
}

int vioapic_sim_pulse(struct vioapic_sim *sim, unsigned int pin)
{
	unsigned long flags;
	u64 rte;

	local_irq_save(flags);
	if (unlikely(!begin_at_once(sim, pin)))
		return pulse_locked_out(sim, pin, flags);
	if (unlikely(!vioapic_model_pulse(&sim->dev.model, pin, &rte)))
		return pulse_slowly(sim, pin, flags);
	if (vioapic_send(sim, pin, rte))
		vioapic_model_driven(&sim->dev.model, pin, rte, true);
	vioapic_lines_end(sim);
	local_irq_restore(flags);
	return 0;
}
EXPORT_SYMBOL_GPL(vioapic_sim_pulse);

/**
 * vioapic_sim_drive() - as user space says it
 * @sim:    whose
 * @pin:    any number
 * @action: enum vioapic_line_action, checked here
 * Return: 0; -EINVAL; or as vioapic_sim_set_line().
 */
int vioapic_sim_drive(struct vioapic_sim *sim, unsigned int pin, u32 action)
{
	switch (action) {
	case VIOAPIC_LINE_LOWER:
	case VIOAPIC_LINE_RAISE:
		return vioapic_sim_set_line(sim, pin, action == VIOAPIC_LINE_RAISE);
	case VIOAPIC_LINE_PULSE:
		return vioapic_sim_pulse(sim, pin);
	default:
		return -EINVAL;
	}
}

static void start_pause(struct irq_work *work)
{
	struct vioapic_sim *sim = container_of(work, struct vioapic_sim, storm);

	/*
	 * Started anew, it would never come to an end while another pin storms again
	 * and again.  If it runs out just now, pause_over() sees the pin: that was held
	 * back before we were called.
	 */
	if (hrtimer_is_queued(&sim->timer))
		return;
	hrtimer_start(&sim->timer, STORM_PAUSE, HRTIMER_MODE_REL);
}

static enum hrtimer_restart pause_over(struct hrtimer *timer)
{
	struct vioapic_sim *sim = container_of(timer, struct vioapic_sim, timer);
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = vioapic_lines_begin(sim, 0);
	if (!err) {
		vioapic_model_storm_over(&sim->dev.model, &sim->dev.fx);
		vioapic_owner_carry_out(sim);
		vioapic_lines_end(sim);
	}
	local_irq_restore(flags);
	if (err != -EAGAIN)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, STORM_PAUSE);
	return HRTIMER_RESTART;
}

/**
 * vioapic_owner_retry() - send what nobody took, as somebody may take it now
 * @sim: live
 * Context: any but NMI.
 */
void vioapic_owner_retry(struct vioapic_sim *sim)
{
	struct vioapic_device *dev = &sim->dev;
	unsigned long flags;
	unsigned int pin;

	local_irq_save(flags);
	if (!vioapic_lines_begin(sim, 0)) {
		for (pin = 0; pin < dev->pins; pin++) {
			vioapic_model_retry(&dev->model, pin, &dev->fx);
			vioapic_owner_carry_out(sim);
		}
		vioapic_lines_end(sim);
	}
	local_irq_restore(flags);
}

/* In the rendezvous of vioapic_restore() */
static int owner_restore(struct vioapic_device *dev, const struct vioapic_state *state)
{
	struct vioapic_sim *sim = vioapic_sim_of(dev);
	int err;

	lockdep_assert_held(&dev->lock);
	err = vioapic_model_restore(&dev->model, state, &dev->fx);
	if (err)
		return err;
	vioapic_owner_hold_module(sim, true);
	if (sim->faults)
		vioapic_faults_forget(sim);
	vioapic_owner_carry_out(sim);
	return 0;
}

/**
 * vioapic_owner_init() - set up what the trap path and the lines need
 * @sim: zeroed
 */
void vioapic_owner_init(struct vioapic_sim *sim)
{
	vioapic_device_init(&sim->dev);
	sim->dev.bus.read = owner_read;
	sim->dev.bus.write = owner_write;
	sim->dev.restore = owner_restore;
	vioapic_lines_init(sim);
	init_irq_work(&sim->storm, start_pause);
	vioapic_hrtimer_setup(&sim->timer, pause_over);
}

/**
 * vioapic_owner_start() - answer accesses and drive lines from now on
 * @sim: its model is set up
 */
void vioapic_owner_start(struct vioapic_sim *sim)
{
	vioapic_lock_watch(&sim->dev);
	sim->dev.state = VIOAPIC_STATE_TAKEN;
	vioapic_device_settle(&sim->dev);
}

/**
 * vioapic_owner_stop() - nothing is delayed any more, nor will be
 * @sim: the kernel does not know it any more: no register is accessed
 * Context: may sleep.
 */
void vioapic_owner_stop(struct vioapic_sim *sim)
{
	unsigned long flags;

	local_irq_save(flags);
	if (!vioapic_lines_begin(sim, 0)) {
		sim->dev.state = VIOAPIC_STATE_RELEASED;
		vioapic_lines_end(sim);
	}
	local_irq_restore(flags);
	vioapic_owner_hold_module(sim, false);
	vioapic_lines_stop(sim);
	irq_work_sync(&sim->dev.report);
	irq_work_sync(&sim->storm);
	hrtimer_cancel(&sim->timer);
	vioapic_faults_stop(sim);
}
