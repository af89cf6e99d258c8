// SPDX-License-Identifier: GPL-2.0
/*
 * Save and restore of an I/O APIC that is in use.
 *
 * Of an owner, all is saved and restored, and what was under way goes on: a line
 * that was asserted and not in service delivers.
 *
 * Of a shadow, what the controller owns is saved as it is at that moment, and
 * not restored: remote IRR and delivery status tell of messages that are long
 * gone.  All else is, IOREGSEL too.  The kernel selects and accesses with
 * interrupts off, so in a rendezvous no CPU stands in between, and whoever comes
 * next selects anew; what it would have found selected is what was saved.
 *
 * No check of dev->eager: while the machine is suspended, no task runs to ask.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/lockdep.h>
#include <linux/printk.h>
#include <linux/security.h>
#include <vioapic/device.h>
#include <vioapic/state.h>
#include "events.h"

/* @dev->lock is held. */
static int refuse_untaken(const struct vioapic_device *dev, const char *what, char *reason)
{
	if (vioapic_is_taken(dev))
		return 0;
	if (dev->model.role == VIOAPIC_OWNER)
		vioapic_refuse(reason, "%s has failed, see dmesg: destroy it", dev->name);
	else if (dev->state == VIOAPIC_STATE_RELEASED)
		vioapic_refuse(reason,
			       "%s is not taken over, so there is nothing to %s: take it over first",
			       dev->name, what);
	else
		vioapic_refuse(reason,
			       "%s has released itself, so there is nothing to %s: take it over again",
			       dev->name, what);
	return -ENODATA;
}

/**
 * vioapic_save() - write down all that @dev holds
 * @dev:    whose
 * @state:  all of it is written if 0 is returned, else nothing
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Context: vioapic_mutex held.
 * Return: 0; -ENODATA if not taken over; -EIO if the lock of @dev is lost.
 */
int vioapic_save(struct vioapic_device *dev, struct vioapic_state *state, char *reason)
{
	struct vioapic_guard guard;
	int err;

	lockdep_assert_held(&vioapic_mutex);
	if (!vioapic_device_lock(dev, &guard))
		return vioapic_refuse_lost(dev, reason);
	err = refuse_untaken(dev, "save", reason);
	if (!err) {
		vioapic_refresh(dev);
		vioapic_model_save(&dev->model, state);
		state->address = dev->phys;
		state->gsi_base = dev->gsi_base;
	}
	vioapic_device_unlock(dev, &guard);
	return err;
}

static const char *role_text(unsigned int role)
{
	return role == VIOAPIC_ROLE_SHADOW ? "a shadow" : "an owner";
}

/*
 * Is @state one of an I/O APIC at all, and is it this one?  A simulated one is at
 * whatever address was free when it went live.
 */
static int refuse_other(const struct vioapic_device *dev, const struct vioapic_state *state,
			char *reason)
{
	const struct vioapic_model *m = &dev->model;

	if (vioapic_state_check(state))
		vioapic_refuse(reason,
			       "the state is damaged or of another version: no I/O APIC can be in it");
	else if (state->role != m->role)
		vioapic_refuse(reason, "the state is that of %s, and %s is %s",
			       role_text(state->role), dev->name, role_text(m->role));
	else if (vioapic_chip_find(state->chip) != m->chip)
		vioapic_refuse(reason, "the state is that of a chip %s, and %s is a chip %s",
			       state->chip, dev->name, m->chip->name);
	else if (state->pins != m->pins)
		vioapic_refuse(reason, "the state has %u pins, and %s has %u",
			       state->pins, dev->name, m->pins);
	else if (m->role == VIOAPIC_SHADOW && state->address != dev->phys)
		vioapic_refuse(reason,
			       "the state is that of an I/O APIC at %#llx, and %s is at %#llx",
			       state->address, dev->name, dev->phys);
	else if (state->gsi_base != dev->gsi_base)
		vioapic_refuse(reason, "the state has GSIs from %u on, and %s has them from %u on",
			       state->gsi_base, dev->name, dev->gsi_base);
	else
		return 0;
	return -EINVAL;
}

/* Shadow: the controller gets what differs */

static int refuse_register(const struct vioapic_device *dev, unsigned int index, u32 value,
			   char *reason)
{
	vioapic_refuse(reason,
		       "register %#04x is %#010x in the state, and in %s it can only be %#010x",
		       index, value, dev->name, vioapic_model_register(&dev->model, index));
	return -EINVAL;
}

/* What software cannot write has to be as it is: register @index, of which @fixed */
static bool differs(const struct vioapic_device *dev, unsigned int index, u32 value, u32 fixed)
{
	return (vioapic_model_register(&dev->model, index) ^ value) & fixed;
}

/* ARB follows the ID, so these two wait until the ID has been written. */
static int refuse_unlike(const struct vioapic_device *dev, const struct vioapic_state *state,
			 char *reason)
{
	u64 fixed = ~(dev->model.chip->rte_mask | VIOAPIC_RTE_READONLY);
	unsigned int i, pin, index;
	u64 rte;

	for (i = 0; i < VIOAPIC_STATE_REGS; i++)
		if (i != VIOAPIC_REG_ID && i != VIOAPIC_REG_ARB &&
		    differs(dev, i, state->reg[i], ~0U))
			return refuse_register(dev, i, state->reg[i], reason);
	for (pin = 0; pin < dev->pins; pin++) {
		index = vioapic_rte_index(pin);
		rte = state->pin[pin].rte;
		if (!differs(dev, index, rte, fixed) &&
		    !differs(dev, index + 1, rte >> 32, fixed >> 32))
			continue;
		vioapic_refuse(reason,
			       "pin %u has other reserved bits in the state than in %s: %#018llx",
			       pin, dev->name, rte);
		return -EINVAL;
	}
	return 0;
}

static void write_id(struct vioapic_device *dev, u32 id)
{
	unsigned int i;

	if (!differs(dev, VIOAPIC_REG_ID, id, ~0U))
		return;
	dev->ops->reg_write(dev, VIOAPIC_REG_ID, id);
	for (i = VIOAPIC_REG_ID; i <= VIOAPIC_REG_ARB; i++)
		vioapic_device_load(dev, i);
}

static void route(struct vioapic_device *dev, unsigned int pin, u64 old, u64 new)
{
	dev->ops->route(dev, pin, old, new);
	trace_route(dev, pin, old, new);
}

/*
 * From what the controller has, whatever the model thought of it.  A pin that may
 * send is masked while its halves do not belong together; an edge in that moment
 * is lost, as on any masked pin, and better so than sent to who knows whom.
 */
static void restore_pin(struct vioapic_device *dev, unsigned int pin, u64 new)
{
	u64 old = vioapic_device_rte(dev, pin) & ~VIOAPIC_RTE_READONLY;

	if ((old ^ new) >> 32 && !(old & VIOAPIC_RTE_MASKED)) {
		route(dev, pin, old, old | VIOAPIC_RTE_MASKED);
		old |= VIOAPIC_RTE_MASKED;
	}
	if (old != new)
		route(dev, pin, old, new);
}

/* Of what was written, a foreign controller may have taken what it likes. */
static void count_refused(struct vioapic_device *dev, const struct vioapic_state *state)
{
	unsigned int pin, index;

	for (pin = 0; pin < dev->pins; pin++) {
		index = vioapic_rte_index(pin);
		if (differs(dev, index, state->pin[pin].rte, dev->ops->obeyed) ||
		    differs(dev, index + 1, state->pin[pin].rte >> 32, dev->ops->obeyed >> 32))
			dev->cnt[VIOAPIC_CNT_REFUSED]++;
	}
}

static int restore_shadow(struct vioapic_device *dev, const struct vioapic_state *state,
			  char *reason)
{
	u32 id = vioapic_model_register(&dev->model, VIOAPIC_REG_ID);
	unsigned int i;
	int err;

	err = refuse_unlike(dev, state, reason);
	if (err)
		return err;
	write_id(dev, state->reg[VIOAPIC_REG_ID]);
	for (i = VIOAPIC_REG_ID; i <= VIOAPIC_REG_ARB; i++) {
		if (!differs(dev, i, state->reg[i], ~0U))
			continue;
		err = refuse_register(dev, i, state->reg[i], reason);
		goto err_id;
	}
	err = vioapic_model_restore(&dev->model, state, &dev->fx);
	if (err)
		goto err_id;
	for (i = 0; i < dev->pins; i++)
		restore_pin(dev, i, state->pin[i].rte & ~VIOAPIC_RTE_READONLY);
	vioapic_refresh(dev);
	if (dev->ops->foreign)
		count_refused(dev, state);
	return 0;

err_id:
	write_id(dev, id);
	return err;
}

/* Nobody could let go of these */
static int refuse_claims(const struct vioapic_state *state, char *reason)
{
	unsigned int pin;

	for (pin = 0; pin < VIOAPIC_MAX_PINS; pin++) {
		if (!(state->pin[pin].flags & (VIOAPIC_PIN_ASSERTED | VIOAPIC_PIN_SERVICE)))
			continue;
		vioapic_refuse(reason, "pin %u is asserted in a way that only a KVM guest's can be",
			       pin);
		return -EINVAL;
	}
	return 0;
}

struct restore {
	struct vioapic_device *dev;
	const struct vioapic_state *state;
	char *reason;
};

/* In a rendezvous: see above. */
static int restore(void *arg)
{
	struct restore *r = arg;
	struct vioapic_device *dev = r->dev;
	struct vioapic_guard guard;
	int err;

	vioapic_device_seize(dev, &guard);
	err = refuse_untaken(dev, "restore", r->reason);
	if (err)
		goto out;
	err = refuse_other(dev, r->state, r->reason);
	if (err)
		goto out;
	switch (dev->model.role) {
	case VIOAPIC_SHADOW:
		err = restore_shadow(dev, r->state, r->reason);
		break;
	case VIOAPIC_OWNER:
		err = refuse_claims(r->state, r->reason) ?: dev->restore(dev, r->state);
		break;
	}
out:
	vioapic_device_unlock(dev, &guard);
	return err;
}

/*
 * Whoever writes entries sends whatever he likes to any CPU, so this is what
 * kernel_lockdown(7) keeps from root as it does /dev/mem, by which he could do the same.
 * A simulated one is no different: what it sends is real.
 */
static int refuse_locked_down(char *reason)
{
	int err = security_locked_down(LOCKDOWN_DEV_MEM);

	if (err)
		vioapic_refuse(reason,
			       "the kernel is locked down, and entries could be anything: see kernel_lockdown(7)");
	return err;
}

/**
 * vioapic_restore() - put @dev into the state that was saved
 * @dev:    whose
 * @state:  as hostile as it wants to be, but may not change meanwhile
 * @reason: VIOAPIC_REASON_LEN bytes, empty; a sentence if refused
 *
 * Of a shadow, the controller gets the ID and the RTEs where they differ; an
 * owner sends what was under way.  What the kernel has programmed since is gone,
 * and the kernel does not know.
 * Context: vioapic_mutex held; may sleep.
 * Return: 0; -EINVAL if @state is none, or not one of @dev: then nothing has
 * changed; -ENODATA if not taken over; -EOPNOTSUPP if it is a KVM guest's; -EPERM if the
 * kernel is locked down.
 */
int vioapic_restore(struct vioapic_device *dev, const struct vioapic_state *state, char *reason)
{
	struct restore r = { .dev = dev, .state = state, .reason = reason };
	u64 refused = dev->cnt[VIOAPIC_CNT_REFUSED];
	int err;

	lockdep_assert_held(&vioapic_mutex);
	err = vioapic_refuse_guest(dev, "only its VMM restores it", reason) ?:
	      refuse_locked_down(reason);
	if (err)
		return err;
	err = vioapic_rendezvous(restore, &r);
	refused = dev->cnt[VIOAPIC_CNT_REFUSED] - refused;
	if (!err && dev->model.role == VIOAPIC_SHADOW && refused)
		pr_warn("%s: restored to a saved state, but for %llu RTEs that %s has not taken\n",
			dev->name, refused, dev->ops->name);
	else if (!err)
		pr_info("%s: restored to a saved state\n", dev->name);
	else if (!*reason)
		vioapic_refuse(reason, "the CPUs could not be stopped: error %d", -err);
	return err;
}
