/* SPDX-License-Identifier: GPL-2.0 */
/* What KVM's headers do not tell, and what differs between kernels around it. */
#ifndef VIOAPIC_COMPAT_KVM_H
#define VIOAPIC_COMPAT_KVM_H

#include <linux/eventfd.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <kvm/iodev.h>

/**
 * struct vioapic_kvm_lapic - how struct kvm_lapic begins; not in the headers, so
 * it is compared with what struct kvm_vcpu knows before it is used
 * @base: guest physical address of the local APIC
 * @dev:  answers reads of it in xAPIC mode
 */
struct vioapic_kvm_lapic {
	unsigned long base;
	struct kvm_io_device dev;
};

/**
 * struct vioapic_kvm_own_ioapic - how struct kvm_ioapic, KVM's own I/O APIC, begins; not
 * in the headers, so that @dev is compared with what is on KVM's bus before it is used
 * @state: KVM_GET_IRQCHIP and KVM_SET_IRQCHIP copy it as a whole
 * @lines: who asserts each pin
 * @dev:   on KVM's MMIO bus
 */
struct vioapic_kvm_own_ioapic {
	struct kvm_ioapic_state state;
	unsigned long lines[KVM_IOAPIC_NUM_PINS];
	struct kvm_io_device dev;
};

/* KVM's own I/O APIC can be left out, since 6.17.  NULL if @kvm has none */
static inline struct vioapic_kvm_own_ioapic *vioapic_kvm_ioapic_of(struct kvm *kvm)
{
#if defined(CONFIG_KVM_IOAPIC) || !defined(VIOAPIC_HAS_KVM_IOAPIC_OPTION)
	return (void *)READ_ONCE(kvm->arch.vioapic);
#else
	return NULL;
#endif
}

static inline bool vioapic_kvm_irqchip_is_kernel(struct kvm *kvm)
{
#if defined(CONFIG_KVM_IOAPIC) || !defined(VIOAPIC_HAS_KVM_IOAPIC_OPTION)
	return READ_ONCE(kvm->arch.irqchip_mode) == KVM_IRQCHIP_KERNEL;
#else
	return false;
#endif
}

static inline void vioapic_eventfd_signal(struct eventfd_ctx *ctx)
{
#ifdef VIOAPIC_HAS_EVENTFD_COUNT
	eventfd_signal(ctx, 1);
#else
	eventfd_signal(ctx);
#endif
}

static inline void vioapic_vm_flags(struct vm_area_struct *vma, vm_flags_t set, vm_flags_t clear)
{
#ifdef VIOAPIC_HAS_VM_FLAGS_MOD
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

#endif
