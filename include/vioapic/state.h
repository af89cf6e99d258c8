/* SPDX-License-Identifier: GPL-2.0 */
/* Save and restore of a struct vioapic_model, and KVM's format of the same */
#ifndef VIOAPIC_STATE_H
#define VIOAPIC_STATE_H

#include <linux/vioapic.h>
#include <vioapic/model.h>

struct kvm_ioapic_state;

/* The line of a pin, of its flags and RTE in struct vioapic_pin_state, as the model has it */
static inline u32 vioapic_state_line(u16 flags, u64 rte)
{
	u32 electric = (flags & VIOAPIC_PIN_HIGH ? VIOAPIC_LINE_HIGH : 0) |
		       (flags & VIOAPIC_PIN_DRIVEN ? VIOAPIC_LINE_DRIVEN : 0);
	u32 claims = (flags & VIOAPIC_PIN_ASSERTED ? VIOAPIC_LINE_CLAIMED : 0) |
		     (flags & VIOAPIC_PIN_SERVICE ? VIOAPIC_LINE_SERVICE : 0);

	return vioapic_line_of(electric, claims, rte);
}

/**
 * vioapic_model_save() - write down all that @m holds
 * @state: all of it is written; @state->address and @state->gsi_base, which the
 *         model does not know, are 0 and for the caller to fill in
 *
 * May be called at any time, also with messages in FX_DELIVER whose outcome was
 * not reported yet: they are saved as still to be sent.  What is not saved is how
 * the machine is set up, which is no state: storm_limit, and the ID after a reset; and
 * what is claimed until a service ends that has not begun (VIOAPIC_CLAIM_SERVICE): who
 * claims it is asked again at the restore.
 */
void vioapic_model_save(const struct vioapic_model *m, struct vioapic_state *state);

/**
 * vioapic_state_check() - can an I/O APIC be in this state?
 *
 * Everything is looked at, and so is the address: see struct vioapic_state.
 * Whether another I/O APIC has the GSIs, the caller knows.
 * Return: 0 or -EINVAL.
 */
int vioapic_state_check(const struct vioapic_state *state);

/**
 * vioapic_model_restore() - put @m into the state that was saved
 * @m:     has been set up; chip, role and pins have to be those of @state
 * @state: as hostile as it wants to be, but may not change meanwhile; its
 *         address is checked unless 0
 * @fx:    FX_DELIVER, FX_STORM: what was under way.  No effect says which RTEs
 *         changed: before these, the caller puts all routes in place, and a
 *         shadow's controller into the state of the shadow
 *
 * Context: as all calls on @m.
 * Return: 0; -EINVAL if @state is none or not one of @m: then @m is as it was,
 * and there are no effects.
 */
int vioapic_model_restore(struct vioapic_model *m, const struct vioapic_state *state,
			  struct vioapic_effects *fx);

/**
 * vioapic_state_to_kvm() - as KVM_SET_IRQCHIP wants it
 *
 * KVM's I/O APIC is an 82093AA, ignores polarity, delivers what is asserted when
 * it gets the state, and has no storm counters or delivery status: these are
 * dropped, and so is remote IRR of a pin that is not level-triggered, and what a
 * chip keeps in the ID register beside the ID.  Pins that @state does not have are
 * masked.
 * Return: 0; -ERANGE if it has more than KVM's 24 pins, or an ID or index that
 * KVM would truncate; -EINVAL if @state is none or a shadow's.  @kvm is written
 * only if 0 is returned.
 */
int vioapic_state_to_kvm(const struct vioapic_state *state, struct kvm_ioapic_state *kvm);

/**
 * vioapic_state_from_kvm() - from KVM_GET_IRQCHIP
 * @chip:     of whom it is to be the state, as KVM does not say
 * @pins:     likewise
 * @gsi_base: GSI of pin 0, which KVM takes for 0
 *
 * KVM knows whether a line is asserted and not its level: an asserted line is
 * one driven against the RTE's polarity, any other was never driven.  Bits of an
 * RTE that @chip does not have are dropped, as a write of them is; remote IRR of a
 * pin that is not level-triggered, too.
 * Return: 0; -ERANGE if @pins are more than KVM's 24, or fewer than are in use
 * there; -EINVAL if neither KVM nor @chip can be in this state.  What @state holds
 * is none then.
 */
int vioapic_state_from_kvm(struct vioapic_state *state, const struct kvm_ioapic_state *kvm,
			   const struct vioapic_chip *chip, u32 pins, u32 gsi_base);

#endif
