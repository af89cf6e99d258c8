// SPDX-License-Identifier: GPL-2.0
/*
 * Which EOIs are waited for.
 *
 * KVM tells of an EOI late, or not at all, if nobody has said that it matters: guests with
 * paravirtual EOI leave it out, Intel's APICv ends the interrupt by itself, and no exit to
 * user space tells of it where the kernel cannot see it.  It is said by a bit in the
 * vCPU's ioapic_handled_vectors, which are KVM's, too: it makes them anew from the routes
 * that stand for pins of the VMM's own I/O APIC.  What those need, an exit to user space,
 * comes of the same bit.  So a bit is cleared only if it was set here, and if no route of
 * the VMM's is for that vector.
 */
#include <asm/apicdef.h>
#include <uapi/asm/kvm_para.h>
#include <linux/cpufeature.h>
#include "guest.h"

#define MSI_DATA_LEVEL	BIT(15)

bool vioapic_eoi_in_kernel;

/* Does an I/O APIC of the VMM's own have a level-triggered pin with this vector? */
static bool vmm_wants(struct kvm *kvm, u8 vector)
{
	struct kvm_kernel_irq_routing_entry *e;
	struct kvm_irq_routing_table *table;
	unsigned int i, pins;
	bool wants = false;
	int idx;

	if (likely(!READ_ONCE(kvm->arch.nr_reserved_ioapic_pins)))
		return false;
	idx = srcu_read_lock(&kvm->irq_srcu);
	table = srcu_dereference(kvm->irq_routing, &kvm->irq_srcu);
	pins = table ? min_t(u32, table->nr_rt_entries, kvm->arch.nr_reserved_ioapic_pins) : 0;
	for (i = 0; i < pins; i++)
		hlist_for_each_entry(e, &table->map[i], link)
			wants |= e->type == KVM_IRQ_ROUTING_MSI &&
				 (e->msi.data & MSI_DATA_LEVEL) && (u8)e->msi.data == vector;
	srcu_read_unlock(&kvm->irq_srcu, idx);
	return wants;
}

/* Without the bit, would the EOI be late, or kept from us? */
static bool needs_bit(struct kvm_vcpu *vcpu)
{
	return !vioapic_eoi_in_kernel || boot_cpu_has(X86_FEATURE_VMX) ||
	       (vcpu->arch.pv_eoi.msr_val & KVM_MSR_ENABLED);
}

static void set_kvm_bit(struct vioapic_vcpu *v, struct kvm_vcpu *vcpu, u8 vector)
{
	if (test_and_set_bit(vector, vcpu->arch.ioapic_handled_vectors))
		return;
	set_bit(vector, v->set);
	if (!boot_cpu_has(X86_FEATURE_VMX))
		return;
	/* While it runs a guest of its own, the list in force is that one's */
	if (vcpu->arch.hflags & HF_GUEST_MASK) {
		vcpu->arch.load_eoi_exitmap_pending = true;
		return;
	}
	kvm_make_request(KVM_REQ_LOAD_EOI_EXITMAP, vcpu);
	vioapic_vcpu_kick(vcpu);
}

bool vioapic_eoi_ask(struct vioapic_vm *vm, struct kvm_vcpu *vcpu, u8 vector)
{
	struct vioapic_vcpu *v = &vm->vcpu[vcpu->vcpu_idx];
	bool anew = !test_bit(vector, v->asked);

	if (anew)
		set_bit(vector, v->asked);
	if (needs_bit(vcpu))
		set_kvm_bit(v, vcpu, vector);
	return anew;
}

void vioapic_eoi_forget(struct vioapic_vm *vm, struct kvm_vcpu *vcpu, u8 vector)
{
	struct vioapic_vcpu *v = &vm->vcpu[vcpu->vcpu_idx];

	clear_bit(vector, v->asked);
	if (!test_bit(vector, v->set))
		return;
	clear_bit(vector, v->set);
	if (vmm_wants(vm->kvm, vector))
		return;
	clear_bit(vector, vcpu->arch.ioapic_handled_vectors);
	/* Who has asked meanwhile may have found the bit set, of which nothing is left */
	smp_mb__after_atomic();
	if (test_bit(vector, v->asked) && needs_bit(vcpu))
		set_kvm_bit(v, vcpu, vector);
}

void vioapic_eoi_forget_all(struct vioapic_vm *vm)
{
	struct kvm_vcpu *vcpu;
	unsigned int vector;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, vm->kvm) {
		for_each_set_bit(vector, vm->vcpu[vcpu->vcpu_idx].set, VIOAPIC_GUEST_VECTORS)
			vioapic_eoi_forget(vm, vcpu, vector);
		cond_resched();
	}
}
