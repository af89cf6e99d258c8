// SPDX-License-Identifier: GPL-2.0
/*
 * The state of an I/O APIC to and from KVM's format: see <vioapic/state.h>.
 *
 * KVM's irr has a bit for each line that is asserted, active-low or not: it
 * ignores polarity.  The bit of an edge pin goes when the edge is delivered, and
 * what is set when KVM gets the state, it delivers: of an unmasked edge pin it
 * stands for an edge that is still to be sent.
 *
 * KVM asks bit 15 alone whether a pin is level-triggered, so one in mode SMI, NMI,
 * INIT or ExtINT with bit 15 set is level there and edge here.  In KVM it keeps irr
 * and gets remote IRR when it has sent, and would send at an unmask.
 *
 * Of a pin that is edge-triggered here, remote IRR is left behind both ways.
 * Nothing of it is in service, no EOI is for it here, and once software makes it
 * level the bit would hold back all that the line has to say; in KVM it would hold
 * back messages in those four modes, too.
 */
#include <linux/kvm.h>
#include <vioapic/state.h>

#define KVM_MAX_ID	0x0f
#define KVM_MAX_INDEX	0xff

static u64 in_service_here(u64 rte)
{
	return vioapic_rte_is_level(rte) ? rte : rte & ~VIOAPIC_RTE_REMOTE_IRR;
}

/*
 * What KVM must not send: an edge that was sent, or was lost, and what has a reserved mode.
 * Of a pulse of a level pin it would make a line that stays.
 */
static bool has_irr(const struct vioapic_pin_state *p)
{
	if (p->flags & VIOAPIC_PIN_LATCHED)
		return !vioapic_rte_is_level(p->rte);
	if (!vioapic_line_is_asserted(vioapic_state_line(p->flags, p->rte), p->rte))
		return false;
	if (vioapic_rte_is_level(p->rte))
		return true;
	return (p->rte & VIOAPIC_RTE_MASKED) && !(p->rte & VIOAPIC_RTE_LEVEL);
}

int vioapic_state_to_kvm(const struct vioapic_state *state, struct kvm_ioapic_state *kvm)
{
	u32 id = state->reg[VIOAPIC_REG_ID] >> 24;
	unsigned int pin;

	if (vioapic_state_check(state) || state->role != VIOAPIC_OWNER)
		return -EINVAL;
	if (state->pins > KVM_IOAPIC_NUM_PINS || id > KVM_MAX_ID ||
	    state->ioregsel > KVM_MAX_INDEX)
		return -ERANGE;

	__builtin_memset(kvm, 0, sizeof(*kvm));
	kvm->base_address = state->address;
	kvm->ioregsel = state->ioregsel;
	kvm->id = id;
	for (pin = 0; pin < KVM_IOAPIC_NUM_PINS; pin++) {
		kvm->redirtbl[pin].bits = VIOAPIC_RTE_RESET;
		if (pin >= state->pins)
			continue;
		kvm->redirtbl[pin].bits = in_service_here(state->pin[pin].rte) &
					  ~VIOAPIC_RTE_DELIVS;
		if (has_irr(&state->pin[pin]))
			kvm->irr |= 1U << pin;
	}
	return 0;
}

/* The line as the model has it, and delivery status, which follows from the rest */
static void pin_from_kvm(struct vioapic_pin_state *p, const struct vioapic_chip *chip, u64 rte,
			 bool irr)
{
	/*
	 * KVM keeps whatever a guest writes into bits 17-47, so a guest that does is
	 * no reason to refuse its state: they become what the chip would have made
	 * of the write.  What KVM itself never lets in is refused, see below.
	 */
	p->rte = in_service_here(rte & (chip->rte_mask | VIOAPIC_RTE_REMOTE_IRR));
	if (!irr)
		return;
	p->flags = VIOAPIC_PIN_DRIVEN;
	if (!(rte & VIOAPIC_RTE_ACTIVE_LOW))
		p->flags |= VIOAPIC_PIN_HIGH;
	if (vioapic_rte_is_ready(rte))
		p->rte |= VIOAPIC_RTE_DELIVS;
	/* With bit 15 and remote IRR, KVM has sent it and waits for an EOI */
	else if (vioapic_rte_sends_edges(rte) &&
		 !(rte & VIOAPIC_RTE_LEVEL && rte & VIOAPIC_RTE_REMOTE_IRR))
		p->flags |= VIOAPIC_PIN_LATCHED;
}

int vioapic_state_from_kvm(struct vioapic_state *state, const struct kvm_ioapic_state *kvm,
			   const struct vioapic_chip *chip, u32 pins, u32 gsi_base)
{
	unsigned int i;

	if (kvm->id > KVM_MAX_ID || kvm->irr >> KVM_IOAPIC_NUM_PINS || kvm->pad)
		return -EINVAL;
	if (pins > KVM_IOAPIC_NUM_PINS)
		return -ERANGE;
	for (i = pins; i < KVM_IOAPIC_NUM_PINS; i++)
		if (kvm->redirtbl[i].bits != VIOAPIC_RTE_RESET || kvm->irr >> i & 1)
			return -ERANGE;

	__builtin_memset(state, 0, sizeof(*state));
	state->magic = VIOAPIC_STATE_MAGIC;
	state->version = VIOAPIC_STATE_VERSION;
	state->size = sizeof(*state);
	state->role = VIOAPIC_OWNER;
	state->pins = pins;
	for (i = 0; i < VIOAPIC_NAME_LEN - 1 && chip->name[i]; i++)
		state->chip[i] = chip->name[i];
	state->address = kvm->base_address;
	state->gsi_base = gsi_base;
	state->ioregsel = kvm->ioregsel;
	state->reg[VIOAPIC_REG_ID] = kvm->id << 24;
	state->reg[VIOAPIC_REG_VERSION] = (pins - 1) << 16 | chip->version;
	state->reg[VIOAPIC_REG_ARB] = chip->has_arb ? kvm->id << 24 : 0;
	state->reg[VIOAPIC_REG_BOOT] = chip->boot;
	for (i = 0; i < pins; i++)
		pin_from_kvm(&state->pin[i], chip, kvm->redirtbl[i].bits, kvm->irr >> i & 1);
	return vioapic_state_check(state);
}
