// SPDX-License-Identifier: GPL-2.0
/*
 * Pins whose interrupts somebody in this dom0 listens to, as Xen's pirqs.
 *
 * A GSI is the pirq of the same number.  Its trigger mode and polarity are set by
 * PHYSDEVOP_setup_gsi, or, if Xen has set it up before, by the register form; and the
 * write that unmasks it for the first time binds it to an event channel, which is
 * masked as all free ones are.  All that is hypercalls and done in the trap.  Giving the
 * channel to a handler sleeps, and is done by a work item right behind: an
 * interrupt that comes before waits in the channel.
 *
 * From then on software's mask is that of the channel: to close and bind it again for
 * each mask_irq() would sleep, and lose what is on its way.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/lockdep.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <xen/events.h>
#include "xen.h"

/**
 * struct vioapic_pirq - a pin that somebody listens to
 * @dev:       whose; its lock guards @bound, @open and @irq
 * @gsi:       also the number of the pirq
 * @fixed:     trigger mode and polarity are @route, whatever software writes
 * @route:     VIOAPIC_RTE_LEVEL and VIOAPIC_RTE_ACTIVE_LOW as in an RTE
 * @bound:     @port is bound to it
 * @open:      software has unmasked it
 * @needs_eoi: Xen wants to be told of the end of service; constant while bound
 * @port:      event channel
 * @irq:       this kernel's number for @port, or 0 before it has one
 * @listener:  who listens
 * @kick:      from the trap to @hand_over
 * @hand_over: gives @port to @listener
 */
struct vioapic_pirq {
	struct vioapic_device *dev;
	u32 gsi;
	bool fixed;
	u32 route;
	bool bound;
	bool open;
	bool needs_eoi;
	evtchn_port_t port;
	unsigned int irq;
	struct vioapic_listener listener;
	struct irq_work kick;
	struct work_struct hand_over;
};

/** struct vioapic_pirqs - those of a device, by pin; NULL where nobody listens */
struct vioapic_pirqs {
	struct vioapic_pirq *pin[VIOAPIC_MAX_PINS];
};

#define ROUTE	((u32)(VIOAPIC_RTE_LEVEL | VIOAPIC_RTE_ACTIVE_LOW))

static struct vioapic_pirq *find(struct vioapic_device *dev, unsigned int pin)
{
	lockdep_assert_held(&dev->lock);
	return dev->pirqs ? dev->pirqs->pin[pin] : NULL;
}

static unsigned int low_half(const struct vioapic_pirq *pirq)
{
	return vioapic_rte_index(pirq->gsi - pirq->dev->gsi_base);
}

/*
 * Here trigger mode and polarity are as in an RTE; it is ACPI's that are the reverse.
 * Xen takes a setup for the first time only, also if it was its own at boot.
 */
static void set_up(struct vioapic_pirq *pirq, u32 route)
{
	struct physdev_setup_gsi setup = {
		.gsi = pirq->gsi,
		.triggering = !!(route & VIOAPIC_RTE_LEVEL),
		.polarity = !!(route & VIOAPIC_RTE_ACTIVE_LOW),
	};
	struct physdev_map_pirq map = {
		.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI,
		.index = pirq->gsi, .pirq = pirq->gsi,
	};

	HYPERVISOR_physdev_op(PHYSDEVOP_setup_gsi, &setup);
	if ((vioapic_xen_read(pirq->dev, low_half(pirq)) ^ route) & ROUTE)
		vioapic_xen_write(pirq->dev, low_half(pirq),
				  route | (u32)VIOAPIC_RTE_MASKED | (u8)pirq->gsi);
	HYPERVISOR_physdev_op(PHYSDEVOP_map_pirq, &map);
}

static void bind(struct vioapic_pirq *pirq, u32 route)
{
	struct physdev_irq_status_query status = { .irq = pirq->gsi };
	struct evtchn_bind_pirq bind = {
		.pirq = pirq->gsi,
		.flags = route & VIOAPIC_RTE_LEVEL ? BIND_PIRQ__WILL_SHARE : 0,
	};

	if (HYPERVISOR_event_channel_op(EVTCHNOP_bind_pirq, &bind))
		return;
	pirq->port = bind.port;
	pirq->bound = true;
	pirq->needs_eoi = HYPERVISOR_physdev_op(PHYSDEVOP_irq_status_query, &status) ||
			  status.flags & XENIRQSTAT_needs_eoi;
	irq_work_queue(&pirq->kick);
}

bool vioapic_pirq_write(struct vioapic_device *dev, unsigned int pin, u32 low)
{
	struct vioapic_pirq *pirq = find(dev, pin);
	u32 route;
	bool open;

	if (!pirq)
		return false;
	route = pirq->fixed ? pirq->route : low & ROUTE;
	open = !(low & VIOAPIC_RTE_MASKED);
	if (!pirq->bound) {
		set_up(pirq, route);
		if (open)
			bind(pirq, route);
		pirq->open = open && pirq->bound;
		return true;
	}
	if (open != pirq->open && pirq->irq) {
		if (open)
			enable_irq(pirq->irq);
		else
			disable_irq_nosync(pirq->irq);
	}
	pirq->open = open;
	return true;
}

/* Not unmasked by whoever else may have it */
u32 vioapic_pirq_read(struct vioapic_device *dev, unsigned int pin, u32 low)
{
	struct vioapic_pirq *pirq = find(dev, pin);

	return pirq && !pirq->open ? low | (u32)VIOAPIC_RTE_MASKED : low;
}

static void end_service(struct vioapic_pirq *pirq)
{
	struct physdev_eoi eoi = { .irq = pirq->gsi };

	if (!pirq->needs_eoi)
		return;
	pirq->dev->cnt[VIOAPIC_CNT_EOIS]++;
	HYPERVISOR_physdev_op(PHYSDEVOP_eoi, &eoi);
}

void vioapic_pirq_eoi(struct vioapic_device *dev, u8 vector)
{
	struct vioapic_pirq *pirq;
	unsigned int pin;

	for (pin = 0; dev->pirqs && pin < dev->pins; pin++) {
		pirq = find(dev, pin);
		if (pirq && pirq->bound && (u8)vioapic_xen_read(dev, low_half(pirq)) == vector)
			end_service(pirq);
	}
}

/* The handler accesses the registers, so it is called without the lock. */
static irqreturn_t interrupt(int irq, void *data)
{
	struct vioapic_pirq *pirq = data;
	irqreturn_t ret = pirq->listener.handler(irq, pirq->listener.data);
	struct vioapic_guard guard;

	if (vioapic_device_lock(pirq->dev, &guard)) {
		pirq->dev->cnt[VIOAPIC_CNT_DELIVERIES]++;
		end_service(pirq);
		vioapic_device_unlock(pirq->dev, &guard);
	}
	return ret;
}

static void kick(struct irq_work *work)
{
	schedule_work(&container_of(work, struct vioapic_pirq, kick)->hand_over);
}

static void hand_over(struct work_struct *work)
{
	struct vioapic_pirq *pirq = container_of(work, struct vioapic_pirq, hand_over);
	struct vioapic_guard guard;
	int irq;

	irq = bind_evtchn_to_irqhandler(pirq->port, interrupt, IRQF_NO_AUTOEN, pirq->listener.name,
					pirq);
	if (irq < 0) {
		pr_err("%s: GSI %u has no handler: error %d\n", pirq->dev->name, pirq->gsi, -irq);
		return;
	}
	if (!vioapic_device_lock(pirq->dev, &guard)) {
		/* The lock is lost, so nobody writes @bound. */
		pirq->bound = false;
		unbind_from_irqhandler(irq, pirq);
		return;
	}
	pirq->irq = irq;
	if (pirq->open)
		enable_irq(irq);
	vioapic_device_unlock(pirq->dev, &guard);
}

static int publish(struct vioapic_pirq *pirq, unsigned int pin)
{
	struct vioapic_device *dev = pirq->dev;
	struct vioapic_guard guard;
	int err = 0;

	if (!vioapic_device_lock(dev, &guard))
		return -EIO;
	if (dev->pirqs->pin[pin])
		err = -EBUSY;
	else
		dev->pirqs->pin[pin] = pirq;
	vioapic_device_unlock(dev, &guard);
	return err;
}

int vioapic_pirq_listen(struct vioapic_device *dev, unsigned int pin,
			const struct vioapic_listener *listener)
{
	struct vioapic_pirq *pirq;
	int err;

	lockdep_assert_held(&vioapic_mutex);
	if (!dev->pirqs)
		dev->pirqs = kzalloc(sizeof(*dev->pirqs), GFP_KERNEL);
	pirq = kzalloc(sizeof(*pirq), GFP_KERNEL);
	if (!dev->pirqs || !pirq) {
		kfree(pirq);
		return -ENOMEM;
	}
	pirq->dev = dev;
	pirq->gsi = dev->gsi_base + pin;
	pirq->fixed = vioapic_arch_isa_route(pirq->gsi, &pirq->route);
	pirq->listener = *listener;
	init_irq_work(&pirq->kick, kick);
	INIT_WORK(&pirq->hand_over, hand_over);
	err = publish(pirq, pin);
	if (err)
		kfree(pirq);
	return err;
}

static struct vioapic_pirq *withdraw(struct vioapic_device *dev, unsigned int pin)
{
	struct vioapic_pirq *pirq = NULL;
	struct vioapic_guard guard;

	if (!dev->pirqs || !vioapic_device_lock(dev, &guard))
		return NULL;
	pirq = dev->pirqs->pin[pin];
	dev->pirqs->pin[pin] = NULL;
	vioapic_device_unlock(dev, &guard);
	return pirq;
}

/* The pirq stays mapped, as those of GSIs 0-15 were before: that means nothing to anybody. */
void vioapic_pirq_unlisten(struct vioapic_device *dev, unsigned int pin)
{
	struct vioapic_pirq *pirq = withdraw(dev, pin);
	struct evtchn_close close;

	lockdep_assert_held(&vioapic_mutex);
	if (!pirq)
		return;
	irq_work_sync(&pirq->kick);
	flush_work(&pirq->hand_over);
	if (pirq->irq) {
		unbind_from_irqhandler(pirq->irq, pirq);
	} else if (pirq->bound) {
		close.port = pirq->port;
		HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
	}
	kfree(pirq);
}
