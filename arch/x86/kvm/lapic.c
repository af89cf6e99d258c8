// SPDX-License-Identifier: GPL-2.0
/*
 * What a local APIC of the guest's says.
 *
 * A local APIC broadcasts the EOI of an interrupt only if its TMR says that it was
 * level-triggered, and the guest has not asked it not to (SPIV bit 12).
 */
#include <asm/apicdef.h>
#include "guest.h"

#define X2APIC_MSR	0x800

/* Return: false if the local APIC does not say */
static bool read_register(struct kvm_vcpu *vcpu, unsigned int offset, u32 *value)
{
	struct vioapic_kvm_lapic *lapic = (void *)vcpu->arch.apic;
	u64 base = vcpu->arch.apic_base;
	u64 data;

	/* Disabled, it would read as all ones */
	if (!(base & MSR_IA32_APICBASE_ENABLE))
		return false;
	if (base & X2APIC_ENABLE) {
		if (vioapic_x2apic_read(vcpu, X2APIC_MSR + offset / 16, &data))
			return false;
		*value = data;
		return true;
	}
	base &= MSR_IA32_APICBASE_BASE;
	return lapic->base == base &&
	       !kvm_iodevice_read(vcpu, &lapic->dev, base + offset, sizeof(*value), value);
}

static bool has_bit(struct kvm_vcpu *vcpu, unsigned int reg, u8 vector)
{
	u32 bits;

	return read_register(vcpu, reg + vector / 32 * 16, &bits) && (bits & BIT(vector % 32));
}

bool vioapic_lapic_is_level(struct kvm_vcpu *vcpu, u8 vector)
{
	u32 tmr;

	return !read_register(vcpu, APIC_TMR + vector / 32 * 16, &tmr) ||
	       (tmr & BIT(vector % 32));
}

bool vioapic_lapic_suppresses(struct kvm_vcpu *vcpu)
{
	u32 spiv;

	return read_register(vcpu, APIC_SPIV, &spiv) && (spiv & APIC_SPIV_DIRECTED_EOI);
}

bool vioapic_lapic_takes(struct kvm_vcpu *vcpu)
{
	u32 spiv;

	return read_register(vcpu, APIC_SPIV, &spiv) && (spiv & APIC_SPIV_APIC_ENABLED);
}

bool vioapic_lapic_has(struct kvm_vcpu *vcpu, u8 vector)
{
	/* In this order: from IRR it moves to ISR */
	return has_bit(vcpu, APIC_IRR, vector) || has_bit(vcpu, APIC_ISR, vector);
}
