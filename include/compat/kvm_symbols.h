/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions of KVM's that are not for everybody.
 *
 * Until 6.17 KVM exports them; since then to kvm-amd and kvm-intel only, or not at all.
 * There (VIOAPIC_KVM_LOOKUP) they are found by name when the module is loaded, see
 * arch/x86/kvm/symbols.c; types are those of KVM's headers, or those below, of which
 * symbols.c makes sure.
 */
#ifndef VIOAPIC_COMPAT_KVM_SYMBOLS_H
#define VIOAPIC_COMPAT_KVM_SYMBOLS_H

#include <linux/kvm_host.h>

/* In arch/x86/kvm/lapic.h: is @dest, in @dest_mode, a destination that means @vcpu? */
bool kvm_apic_match_dest(struct kvm_vcpu *vcpu, struct kvm_lapic *source, int shorthand,
			 unsigned int dest, int dest_mode);

/* Without a module of that name a function is sought in the kernel itself */
#if IS_MODULE(CONFIG_KVM)
#define VIOAPIC_KVM_PREFIX	"kvm:"
#else
#define VIOAPIC_KVM_PREFIX	""
#endif

/*
 * Delivers an MSI, and no KVM exports it: that each MSI route of a VM points to it will do
 * where it cannot be found.  NULL then
 */
typedef int vioapic_kvm_msi_t(struct kvm_kernel_irq_routing_entry *e, struct kvm *kvm,
			      int irq_source_id, int level, bool line_status);
static_assert(__same_type(vioapic_kvm_msi_t, kvm_set_msi), "KVM delivers MSIs in another way");
extern vioapic_kvm_msi_t *vioapic_kvm_set_msi;

/** vioapic_kvm_find_way() - look for it, at load; may sleep.  Return: 0 or -ENOMEM */
int vioapic_kvm_find_way(void);

#ifdef VIOAPIC_KVM_LOOKUP

/* In arch/x86/kvm/msrs.h: 0 and what the guest would read, or not 0.  Was kvm_get_msr() */
int __kvm_emulate_msr_read(struct kvm_vcpu *vcpu, u32 index, u64 *data);

/* In arch/x86/kvm/regs.h, before that in asm/kvm_host.h */
unsigned long kvm_get_linear_rip(struct kvm_vcpu *vcpu);

/**
 * struct vioapic_kvm_symbols - what has been found; written once, at load
 * @file_is_kvm:            is a descriptor that of a VM?
 * @kvm_get_running_vcpu:   whose EOI is it?  KVM's tracepoint tells the local APIC
 * @__kvm_vcpu_kick:        makes a vCPU take notice of a request (Intel)
 * @kvm_apic_match_dest:    which vCPUs a level message is for
 * @__kvm_emulate_msr_read: SPIV and TMR in x2APIC mode
 * @kvm_get_linear_rip:     where in the guest an access came from, for traces
 */
struct vioapic_kvm_symbols {
	typeof(file_is_kvm) *file_is_kvm;
	typeof(kvm_get_running_vcpu) *kvm_get_running_vcpu;
	typeof(__kvm_vcpu_kick) *__kvm_vcpu_kick;
	typeof(kvm_apic_match_dest) *kvm_apic_match_dest;
	typeof(__kvm_emulate_msr_read) *__kvm_emulate_msr_read;
	typeof(kvm_get_linear_rip) *kvm_get_linear_rip;
};

extern struct vioapic_kvm_symbols vioapic_kvm;

#define vioapic_kvm_function(name)	(vioapic_kvm.name)

/**
 * vioapic_kvm_find() - find them all, at load
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP if one is not there, or not as expected: the kernel's log says
 * which.
 */
int vioapic_kvm_find(void);

static inline void vioapic_vcpu_kick(struct kvm_vcpu *vcpu)
{
	vioapic_kvm.__kvm_vcpu_kick(vcpu, false);
}

static inline int vioapic_x2apic_read(struct kvm_vcpu *vcpu, u32 msr, u64 *data)
{
	return vioapic_kvm.__kvm_emulate_msr_read(vcpu, msr, data);
}

#else

#define vioapic_kvm_function(name)	name

static inline int vioapic_kvm_find(void)
{
	return 0;
}

static inline void vioapic_vcpu_kick(struct kvm_vcpu *vcpu)
{
	kvm_vcpu_kick(vcpu);
}

static inline int vioapic_x2apic_read(struct kvm_vcpu *vcpu, u32 msr, u64 *data)
{
	return kvm_get_msr(vcpu, msr, data);
}

#endif
#endif
