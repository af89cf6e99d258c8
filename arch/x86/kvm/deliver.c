// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of the pins, to the guest's local APICs.
 *
 * An RTE becomes an MSI, and KVM delivers that: any destination, any mode, and the
 * number of local APICs that took it.  KVM does not export the function, but each
 * MSI route of a VM points to it.
 */
#include <asm/apicdef.h>
#include <linux/cpufeature.h>
#include "guest.h"

#define STORM_PAUSE	msecs_to_jiffies(10)
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

vioapic_guest_msi_t *vioapic_guest_msi(struct kvm *kvm)
{
	struct kvm_kernel_irq_routing_entry *e;
	struct kvm_irq_routing_table *table;
	vioapic_guest_msi_t *set = NULL;
	unsigned int i;
	int idx;

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

void vioapic_guest_want_eoi(struct kvm_vcpu *vcpu, u8 vector)
{
	if (test_and_set_bit(vector, vcpu->arch.ioapic_handled_vectors))
		return;
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

static void expect_eoi(struct vioapic_guest *guest, const struct message *msg)
{
	int mode = msg->logical ? APIC_DEST_LOGICAL : APIC_DEST_PHYSICAL;
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, guest->kvm)
		if (vcpu->arch.apic &&
		    vioapic_kvm_function(kvm_apic_match_dest)(vcpu, NULL, 0, msg->dest, mode))
			vioapic_guest_want_eoi(vcpu, msg->vector);
	vioapic_guest_expect_eoi(guest);
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

static u64 rte_of(struct vioapic_guest *guest, unsigned int pin)
{
	unsigned int index = VIOAPIC_REG_RTE + 2 * pin;

	return vioapic_model_register(&guest->dev.model, index) |
	       (u64)vioapic_model_register(&guest->dev.model, index + 1) << 32;
}

static void send(struct vioapic_guest *guest, unsigned int pin)
{
	u64 rte = rte_of(guest, pin);
	struct message msg;
	bool accepted, sent;

	sent = parse(guest->kvm, rte, &msg);
	if (sent && msg.level) {
		__set_bit(msg.vector, guest->in_service);
		vioapic_guest_page_sending(guest, pin);
		expect_eoi(guest, &msg);
	}
	accepted = sent && deliver(guest, &msg);
	guest->counter[accepted ? VIOAPIC_KVM_CNT_DELIVERED : VIOAPIC_KVM_CNT_REFUSED]++;
	vioapic_guest_device_delivered(&guest->dev, pin, rte, sent, accepted);
	vioapic_model_delivered(&guest->dev.model, pin, accepted);
}

/* Software changed the RTE of a pin: its EOI may be another one now, or have gone */
static void routed(struct vioapic_guest *guest, const struct vioapic_effects *fx)
{
	if (rte_of(guest, fx->pin) & VIOAPIC_RTE_REMOTE_IRR)
		__set_bit(fx->new & VIOAPIC_RTE_VECTOR, guest->in_service);
	else if (vioapic_rte_is_level(fx->old) && !vioapic_rte_is_level(fx->new))
		vioapic_guest_ack_pin(guest, fx->pin);
}

void vioapic_guest_carry_out(struct vioapic_guest *guest, const struct vioapic_effects *fx)
{
	unsigned int i;
	u64 map;

	vioapic_guest_device_changed(&guest->dev, fx);
	if (fx->what & VIOAPIC_FX_ROUTE)
		routed(guest, fx);
	if (fx->what & VIOAPIC_FX_DELIVER)
		for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
			for (map = fx->deliver[i]; map; map &= map - 1)
				send(guest, 64 * i + __ffs64(map));
	if ((fx->what & VIOAPIC_FX_STORM) && !guest->gone)
		queue_delayed_work(vioapic_system_wq, &guest->storm, STORM_PAUSE);
}

void vioapic_guest_in_service(struct vioapic_guest *guest)
{
	struct kvm_vcpu *vcpu;
	unsigned int pin;
	unsigned long i;
	u64 rte;

	for (pin = 0; pin < guest->dev.pins; pin++) {
		rte = rte_of(guest, pin);
		if (!(rte & VIOAPIC_RTE_REMOTE_IRR))
			continue;
		__set_bit(rte & VIOAPIC_RTE_VECTOR, guest->in_service);
		/* Which of them has it, is in the state of their local APICs */
		kvm_for_each_vcpu(i, vcpu, guest->kvm)
			vioapic_guest_want_eoi(vcpu, rte & VIOAPIC_RTE_VECTOR);
		vioapic_guest_expect_eoi(guest);
	}
}
