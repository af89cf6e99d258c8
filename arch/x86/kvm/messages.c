// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of the pins, to the guest's local APICs.
 *
 * An RTE becomes an MSI, and KVM delivers that: any destination, any mode, and the
 * number of local APICs that took it.  What is fixed, physical and for one vCPU is
 * delivered at once, under the lock; all else looks at every vCPU there is, of which
 * the VMM says how many, and so waits for somebody with time.
 */
#include <asm/apicdef.h>
#include <linux/sched.h>
#include "guest.h"

#define MSI_ADDRESS	0xfee00000
#define MSI_LOGICAL	BIT(2)
#define MSI_ASSERT	BIT(14)
#define MSI_LEVEL	BIT(15)

/* An RTE taken apart */
struct message {
	u32 dest;	/* 8 bits, or 15 if the VM has wider ones */
	u8 vector;
	u8 mode;	/* enum vioapic_delmode */
	bool logical;
	bool level;
};

/* Every MSI route of a VM points to it; of one that has none, KVM's function by its name */
vioapic_kvm_msi_t *vioapic_message_way(struct kvm *kvm)
{
	struct kvm_kernel_irq_routing_entry *e;
	struct kvm_irq_routing_table *table;
	vioapic_kvm_msi_t *set = vioapic_kvm_set_msi;
	unsigned int i;
	int idx;

	if (set)
		return set;
	idx = srcu_read_lock(&kvm->irq_srcu);
	table = srcu_dereference(kvm->irq_routing, &kvm->irq_srcu);
	for (i = 0; table && !set && i < table->nr_rt_entries; i++)
		hlist_for_each_entry(e, &table->map[i], link)
			if (e->type == KVM_IRQ_ROUTING_MSI)
				set = e->set;
	srcu_read_unlock(&kvm->irq_srcu, idx);
	return set;
}

/* Return: false if no local APIC can understand it */
static bool parse(struct kvm *kvm, u64 rte, struct message *msg)
{
	msg->vector = rte & VIOAPIC_RTE_VECTOR;
	msg->mode = vioapic_rte_mode(rte);
	msg->logical = rte & VIOAPIC_RTE_LOGICAL;
	msg->level = vioapic_rte_is_level(rte);
	msg->dest = vioapic_rte_dest(rte);

	/* There is no interrupt remapping table */
	if (rte & VIOAPIC_RTE_REMAPPABLE)
		return false;
	/* Never cut to 8 bits, which would be another CPU's */
	if ((rte & VIOAPIC_RTE_DEST_15) && !kvm->arch.x2apic_format)
		return false;
	switch (msg->mode) {
	case VIOAPIC_LOWEST:
		/* Means the same, and KVM logs each of these */
		if (!msg->logical && msg->dest == VIOAPIC_BROADCAST)
			msg->mode = VIOAPIC_FIXED;
		fallthrough;
	case VIOAPIC_FIXED:
		return msg->vector >= VIOAPIC_FIRST_VECTOR;
	case VIOAPIC_SMI:
	case VIOAPIC_NMI:
	case VIOAPIC_INIT:
		return true;
	default:
		/* ExtINT: the 8259 that would be asked for the vector is the VMM's */
		return false;
	}
}

static bool is_for(struct kvm_vcpu *vcpu, const struct message *msg)
{
	int mode = msg->logical ? APIC_DEST_LOGICAL : APIC_DEST_PHYSICAL;

	return vcpu->arch.apic &&
	       vioapic_kvm_function(kvm_apic_match_dest)(vcpu, NULL, 0, msg->dest, mode);
}

/* The vCPU that it is for, if it is for one and that is easy to tell; else NULL */
static struct kvm_vcpu *target_of(struct kvm *kvm, const struct message *msg)
{
	struct kvm_vcpu *vcpu;

	if (msg->mode > VIOAPIC_LOWEST || msg->logical || msg->dest == VIOAPIC_BROADCAST)
		return NULL;
	/* IDs as they were created come in the order of vCPUs, most of the time */
	vcpu = msg->dest < atomic_read(&kvm->online_vcpus) ? kvm_get_vcpu(kvm, msg->dest) : NULL;
	return vcpu && is_for(vcpu, msg) ? vcpu : NULL;
}

static bool deliver(struct vioapic_guest *guest, const struct message *msg)
{
	struct kvm_kernel_irq_routing_entry e = {
		.type = KVM_IRQ_ROUTING_MSI,
		.msi.address_lo = MSI_ADDRESS | (msg->dest & 0xff) << 12 |
				  (msg->logical ? MSI_LOGICAL : 0),
		.msi.address_hi = msg->dest & ~0xffU,
		.msi.data = msg->vector | msg->mode << 8 | MSI_ASSERT |
			    (msg->level ? MSI_LEVEL : 0),
	};

	return guest->set_msi(&e, guest->kvm, KVM_USERSPACE_IRQ_SOURCE_ID, 1, false) > 0;
}

/* A message is on its way: in what the guest reads, too */
static void begin(struct vioapic_guest *guest, unsigned int pin, u64 rte)
{
	lockdep_assert_held(&guest->dev.lock);
	if (!vioapic_rte_is_level(rte))
		return;
	__clear_bit(pin, guest->watched);
	__clear_bit(pin, guest->suspect);
	__clear_bit(pin, guest->restored);
	guest->looks[pin] = 0;
	guest->vector[pin] = rte & VIOAPIC_RTE_VECTOR;
	vioapic_guest_page_update_pin(guest, pin);
}

static void end(struct vioapic_guest *guest, unsigned int pin, u64 rte, bool sent, bool accepted)
{
	lockdep_assert_held(&guest->dev.lock);
	__assign_bit(pin, guest->accepted, accepted);
	guest->counter[accepted ? VIOAPIC_KVM_CNT_DELIVERED : VIOAPIC_KVM_CNT_REFUSED]++;
	if (!accepted)
		vioapic_model_refused(&guest->dev.model, pin, rte);
	vioapic_guest_device_delivered(&guest->dev, pin, rte, sent, accepted);
}

bool vioapic_message_send(struct vioapic_guest *guest, unsigned int pin)
{
	struct kvm_vcpu *vcpu = NULL;
	struct message msg;
	bool sent, accepted = false, asked;
	u64 rte;

	lockdep_assert_held(&guest->dev.lock);
	sent = parse(guest->kvm, vioapic_guest_rte(guest, pin), &msg);
	if (sent) {
		vcpu = target_of(guest->kvm, &msg);
		if (!vcpu || guest->flight == pin)
			return false;
	}
	if (!vioapic_model_take(&guest->dev.model, pin, &rte))
		return true;
	begin(guest, pin, rte);
	if (sent && msg.level) {
		asked = vioapic_eoi_ask(guest->vm, vcpu, msg.vector);
		accepted = deliver(guest, &msg);
		/* Another EOI of the same vector may have come in between */
		if (accepted)
			vioapic_eoi_ask(guest->vm, vcpu, msg.vector);
		else if (asked)
			vioapic_eoi_forget(guest->vm, vcpu, msg.vector);
	} else if (sent) {
		accepted = deliver(guest, &msg);
	}
	end(guest, pin, rte, sent, accepted);
	return true;
}

/* Those that it may be for are asked for its EOI, before and after as above */
static bool deliver_level(struct vioapic_guest *guest, const struct message *msg)
{
	struct kvm_vcpu *vcpu;
	unsigned long i, n;
	bool accepted;

	for (n = 0; n < 2; n++) {
		kvm_for_each_vcpu(i, vcpu, guest->kvm) {
			if (is_for(vcpu, msg))
				vioapic_eoi_ask(guest->vm, vcpu, msg->vector);
			cond_resched();
		}
		if (n)
			return true;
		accepted = deliver(guest, msg);
		if (!accepted)
			break;
	}
	/* Nobody took it, so if one has the vector it is another's: that is found by looking */
	kvm_for_each_vcpu(i, vcpu, guest->kvm) {
		if (is_for(vcpu, msg) && !vioapic_lapic_has(vcpu, msg->vector))
			vioapic_eoi_forget(guest->vm, vcpu, msg->vector);
		cond_resched();
	}
	return false;
}

void vioapic_message_send_slowly(struct vioapic_guest *guest, unsigned int pin)
{
	struct message msg;
	bool taken, sent = false, accepted = false;
	u64 rte;

	lockdep_assert_held(&guest->send_mutex);
	raw_spin_lock_irq(&guest->dev.lock);
	taken = !guest->gone && vioapic_model_take(&guest->dev.model, pin, &rte);
	if (taken) {
		sent = parse(guest->kvm, rte, &msg);
		guest->flight = pin;
		begin(guest, pin, rte);
	}
	raw_spin_unlock_irq(&guest->dev.lock);
	if (!taken)
		return;
	if (sent)
		accepted = msg.level ? deliver_level(guest, &msg) : deliver(guest, &msg);
	raw_spin_lock_irq(&guest->dev.lock);
	guest->flight = VIOAPIC_NO_PIN;
	end(guest, pin, rte, sent, accepted);
	vioapic_guest_page_update_pin(guest, pin);
	raw_spin_unlock_irq(&guest->dev.lock);
}

bool vioapic_message_has_taker(struct vioapic_guest *guest, unsigned int pin)
{
	struct kvm_vcpu *vcpu;
	struct message msg;
	unsigned long i;
	bool takes = false;
	u64 rte;

	raw_spin_lock_irq(&guest->dev.lock);
	rte = vioapic_guest_rte(guest, pin);
	raw_spin_unlock_irq(&guest->dev.lock);
	if (!parse(guest->kvm, rte, &msg))
		return false;
	kvm_for_each_vcpu(i, vcpu, guest->kvm) {
		takes |= is_for(vcpu, &msg) && vioapic_lapic_takes(vcpu);
		cond_resched();
	}
	return takes;
}
