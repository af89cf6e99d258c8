// SPDX-License-Identifier: GPL-2.0
/* I/O APICs of KVM guests in the inventory: see <vioapic/guest_device.h>. */
#include <linux/export.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <vioapic/guest_device.h>
#include "../device/events.h"
#include "../device/lock.h"

static void set_state(struct vioapic_device *dev, u8 state)
{
	struct vioapic_guard guard;

	if (!vioapic_device_lock(dev, &guard))
		return;
	dev->state = state;
	if (state == VIOAPIC_STATE_TAKEN)
		vioapic_refresh(dev);
	trace_state(dev);
	vioapic_device_unlock(dev, &guard);
}

void vioapic_guest_device_init(struct vioapic_device *dev)
{
	dev->guest = true;
	vioapic_device_init(dev);
}
EXPORT_SYMBOL_GPL(vioapic_guest_device_init);

/*
 * By PID, the numbers that the I/O APICs of a process have in their names, as an xarray.
 * vioapic_mutex
 */
static DEFINE_XARRAY(processes);

static struct xarray *numbers_of(pid_t pid)
{
	struct xarray *numbers = xa_load(&processes, pid);

	if (numbers)
		return numbers;
	numbers = kzalloc(sizeof(*numbers), GFP_KERNEL);
	if (!numbers)
		return NULL;
	xa_init_flags(numbers, XA_FLAGS_ALLOC);
	if (!xa_err(xa_store(&processes, pid, numbers, GFP_KERNEL)))
		return numbers;
	kfree(numbers);
	return NULL;
}

static void name_it(struct vioapic_device *dev, pid_t pid, u32 number)
{
	if (number)
		snprintf(dev->name, sizeof(dev->name), "kvm%d-%u", pid, number);
	else
		snprintf(dev->name, sizeof(dev->name), "kvm%d", pid);
}

/* The first number that is free; simulated ones may be called so, too */
static void set_name(struct vioapic_device *dev, pid_t pid)
{
	struct xarray *numbers = numbers_of(pid);
	u32 number = 0, next;

	for (;; number++) {
		if (numbers && xa_alloc(numbers, &next, xa_mk_value(0), XA_LIMIT(number, INT_MAX),
					GFP_KERNEL))
			numbers = NULL;
		if (numbers)
			number = next;
		name_it(dev, pid, number);
		if (!vioapic_find(dev->name))
			return;
		if (numbers)
			xa_erase(numbers, number);
	}
}

static void forget_name(const struct vioapic_device *dev)
{
	unsigned int number = 0;
	struct xarray *numbers;
	int pid;

	if (sscanf(dev->name, "kvm%d-%u", &pid, &number) < 1)
		return;
	numbers = xa_load(&processes, pid);
	if (!numbers)
		return;
	xa_erase(numbers, number);
	if (!xa_empty(numbers))
		return;
	xa_erase(&processes, pid);
	kfree(numbers);
}

void vioapic_guest_device_add(struct vioapic_device *dev, pid_t pid)
{
	mutex_lock(&vioapic_mutex);
	set_name(dev, pid);
	dev->cnt[VIOAPIC_CNT_TAKEOVERS]++;
	set_state(dev, VIOAPIC_STATE_TAKEN);
	vioapic_inventory_add(dev);
	mutex_unlock(&vioapic_mutex);
}
EXPORT_SYMBOL_GPL(vioapic_guest_device_add);

void vioapic_guest_device_del(struct vioapic_device *dev)
{
	mutex_lock(&vioapic_mutex);
	vioapic_inventory_del(dev);
	set_state(dev, VIOAPIC_STATE_RELEASED);
	forget_name(dev);
	mutex_unlock(&vioapic_mutex);
}
EXPORT_SYMBOL_GPL(vioapic_guest_device_del);

void vioapic_guest_device_refresh(struct vioapic_device *dev)
{
	struct vioapic_guard guard;

	mutex_lock(&vioapic_mutex);
	dev->ops->freeze(dev, true);
	if (vioapic_device_lock(dev, &guard)) {
		vioapic_refresh(dev);
		vioapic_device_unlock(dev, &guard);
	}
	dev->ops->freeze(dev, false);
	mutex_unlock(&vioapic_mutex);
}
EXPORT_SYMBOL_GPL(vioapic_guest_device_refresh);

static void count(struct vioapic_device *dev, const struct vioapic_guest_access *access)
{
	bool window = access->offset >= VIOAPIC_IOWIN;

	if (!access->write) {
		atomic64_inc(&dev->reads);
		dev->cnt[VIOAPIC_CNT_HW_READS] += window;
		return;
	}
	dev->cnt[VIOAPIC_CNT_WRITES]++;
	dev->cnt[window ? VIOAPIC_CNT_HW_WRITES : VIOAPIC_CNT_HW_INDEX]++;
}

static void routed(struct vioapic_device *dev, unsigned int index, u64 old)
{
	unsigned int pin = vioapic_rte_pin(index);
	u64 new;

	vioapic_device_load(dev, index);
	if (index < VIOAPIC_REG_RTE || pin >= dev->pins)
		return;
	new = vioapic_device_rte(dev, pin) & ~VIOAPIC_RTE_READONLY;
	old &= ~VIOAPIC_RTE_READONLY;
	if (old == new)
		return;
	dev->cnt[VIOAPIC_CNT_ROUTES]++;
	trace_route(dev, pin, old, new);
}

bool vioapic_guest_device_traced(void)
{
	return trace_guest_access_enabled();
}
EXPORT_SYMBOL_GPL(vioapic_guest_device_traced);

void vioapic_guest_device_trace(struct vioapic_device *dev,
				const struct vioapic_guest_access *access)
{
	lockdep_assert_held(&dev->lock);
	dev->vcpu = access->vcpu;
	dev->ip = access->ip;
	trace_guest_access(dev, access->write, access->offset, access->size, access->value);
}
EXPORT_SYMBOL_GPL(vioapic_guest_device_trace);

void vioapic_guest_device_accessed(struct vioapic_device *dev,
				   const struct vioapic_guest_access *access,
				   unsigned int index, u64 old)
{
	unsigned long flags;

	local_irq_save(flags);
	/* Not from within a tracer that has brought the vCPU here */
	if (!vioapic_device_outwait(dev))
		goto out;
	WRITE_ONCE(dev->owner, raw_smp_processor_id());
	count(dev, access);
	dev->model.ioregsel = access->offset < VIOAPIC_IOWIN ? dev->ops->get_index(dev) : index;
	dev->reached = true;
	vioapic_guest_device_trace(dev, access);
	dev->reached = false;
	if (access->write && access->offset == VIOAPIC_IOWIN)
		routed(dev, index, old);
	WRITE_ONCE(dev->owner, -1);
	vioapic_trap_unlock(dev);
out:
	local_irq_restore(flags);
}
EXPORT_SYMBOL_GPL(vioapic_guest_device_accessed);

void vioapic_guest_device_changed(struct vioapic_device *dev, const struct vioapic_effects *fx)
{
	lockdep_assert_held(&dev->lock);
	if (fx->what & VIOAPIC_FX_ROUTE) {
		dev->cnt[VIOAPIC_CNT_ROUTES]++;
		trace_route(dev, fx->pin, fx->old, fx->new);
	}
	if (fx->what & VIOAPIC_FX_EOI)
		vioapic_guest_device_eoi(dev, fx->val);
	if (fx->what & VIOAPIC_FX_STORM)
		dev->cnt[VIOAPIC_CNT_STORMS]++;
}
EXPORT_SYMBOL_GPL(vioapic_guest_device_changed);

void vioapic_guest_device_eoi(struct vioapic_device *dev, u8 vector)
{
	lockdep_assert_held(&dev->lock);
	dev->cnt[VIOAPIC_CNT_EOIS]++;
	trace_eoi(dev, vector);
}
EXPORT_SYMBOL_GPL(vioapic_guest_device_eoi);

void vioapic_guest_device_delivered(struct vioapic_device *dev, unsigned int pin, u64 rte,
				    bool sent, bool accepted)
{
	lockdep_assert_held(&dev->lock);
	dev->cnt[sent ? VIOAPIC_CNT_DELIVERIES : VIOAPIC_CNT_REFUSED]++;
	trace_deliver(dev, pin, rte, accepted);
}
EXPORT_SYMBOL_GPL(vioapic_guest_device_delivered);
