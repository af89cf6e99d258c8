// SPDX-License-Identifier: GPL-2.0
/*
 * EOIs of level interrupts.
 *
 * KVM's tracepoint kvm_eoi tells of every EOI, of all VMs, in the vCPU's thread and
 * before the local APIC forgets the interrupt.  Where it cannot be had, KVM tells
 * user space (KVM_EXIT_IOAPIC_EOI), and user space tells us.
 *
 * In two cases KVM can miss one of what is in service while it makes its list of the
 * vectors that matter anew, as it knows nothing of ours: with user space's way, and with
 * Intel's APICv, where the CPU ends interrupts that are not on that list.  KVM does that
 * when a local APIC changes its setup, and when the VMM sets routes (each time that a
 * driver in the guest enables an MSI-X vector).  So there we look ourselves, now and then.
 *
 * A local APIC broadcasts the EOI of an interrupt only if its TMR says that it was
 * level-triggered, and the guest has not asked it not to (SPIV bit 12).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <asm/apicdef.h>
#include <uapi/asm/kvm_para.h>
#include <linux/cpufeature.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/tracepoint.h>
#include "guest.h"

#define X2APIC_MSR	0x800

static bool eoi_probe = true;
module_param(eoi_probe, bool, 0444);
MODULE_PARM_DESC(eoi_probe, "see EOIs in the kernel (default), not by exits to user space");

/* Probed, if any; settled under vioapic_guests_mutex before there is a guest */
static struct tracepoint *kvm_eoi;

/* Return: false if the local APIC does not say */
static bool lapic_register(struct kvm_vcpu *vcpu, unsigned int offset, u32 *value)
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

static bool is_level(struct kvm_vcpu *vcpu, u8 vector)
{
	u32 tmr;

	return !lapic_register(vcpu, APIC_TMR + vector / 32 * 16, &tmr) ||
	       (tmr & BIT(vector % 32));
}

static bool is_suppressed(struct kvm_vcpu *vcpu)
{
	u32 spiv;

	return lapic_register(vcpu, APIC_SPIV, &spiv) && (spiv & APIC_SPIV_DIRECTED_EOI);
}

/* @guest->dev.lock held */
static void end_of_interrupt(struct vioapic_guest *guest, u8 vector)
{
	struct vioapic_effects fx;

	guest->counter[VIOAPIC_KVM_CNT_EOIS]++;
	vioapic_guest_device_eoi(&guest->dev, vector);
	__clear_bit(vector, guest->in_service);
	__clear_bit(vector, guest->suspect);
	vioapic_guest_ack(guest, vector);
	vioapic_model_eoi(&guest->dev.model, vector, &fx);
	vioapic_guest_carry_out(guest, &fx);
	vioapic_guest_page_update(guest);
}

bool vioapic_guest_eoi(struct vioapic_guest *guest, struct kvm_vcpu *vcpu, u8 vector)
{
	unsigned long flags;
	bool suppressed, again = false;

	if (!is_level(vcpu, vector))
		return false;
	suppressed = is_suppressed(vcpu);
	raw_spin_lock_irqsave(&guest->dev.lock, flags);
	if (suppressed) {
		guest->counter[VIOAPIC_KVM_CNT_SUPPRESSED]++;
	} else {
		end_of_interrupt(guest, vector);
		again = test_bit(vector, guest->in_service);
	}
	raw_spin_unlock_irqrestore(&guest->dev.lock, flags);
	return again;
}

/* EOIs that were missed */

#define MISSED_PERIOD	msecs_to_jiffies(10)

static bool has_bit(struct kvm_vcpu *vcpu, unsigned int reg, u8 vector)
{
	u32 bits;

	return lapic_register(vcpu, reg + vector / 32 * 16, &bits) && (bits & BIT(vector % 32));
}

static bool is_in_service(struct vioapic_guest *guest, u8 vector)
{
	unsigned int pin;

	for (pin = 0; pin < guest->dev.pins; pin++)
		if (vioapic_guest_waits_for(guest, pin, vector))
			return true;
	return false;
}

/*
 * With APICv, interrupts of a vCPU that neither runs nor sleeps can be where we do not
 * look: on their way in, or ended by the CPU and not yet by KVM.
 */
static bool is_between(struct kvm_vcpu *vcpu)
{
	return boot_cpu_has(X86_FEATURE_VMX) && READ_ONCE(vcpu->mode) != IN_GUEST_MODE &&
	       !kvm_vcpu_is_blocking(vcpu);
}

/*
 * May the EOI of @vector still come?  It may if a vCPU has the interrupt, or might; if
 * KVM has told user space, which is about to call us and clear the bit; and if it would
 * count for nothing.
 */
static bool may_come(struct vioapic_guest *guest, u8 vector)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	bool may = false;

	kvm_for_each_vcpu(i, vcpu, guest->kvm) {
		if (!vcpu->arch.apic)
			continue;
		/* In this order: from IRR it moves to ISR */
		if (has_bit(vcpu, APIC_IRR, vector) || has_bit(vcpu, APIC_ISR, vector)) {
			vioapic_guest_want_eoi(vcpu, vector);
			may = true;
		}
		may |= is_suppressed(vcpu) || is_between(vcpu) ||
		       (READ_ONCE(vcpu->arch.pending_ioapic_eoi) == vector &&
			test_bit(vector, vcpu->arch.ioapic_handled_vectors));
	}
	return may;
}

/* Twice in a row, as a vector on its way from IRR to ISR is in neither */
static bool is_lost(struct vioapic_guest *guest, u8 vector)
{
	if (may_come(guest, vector)) {
		__clear_bit(vector, guest->suspect);
		return false;
	}
	return __test_and_set_bit(vector, guest->suspect);
}

void vioapic_guest_missed_work(struct work_struct *work)
{
	struct vioapic_guest *guest = container_of(to_delayed_work(work), struct vioapic_guest,
						   missed);
	unsigned int vector;

	raw_spin_lock_irq(&guest->dev.lock);
	for_each_set_bit(vector, guest->in_service, VIOAPIC_GUEST_VECTORS) {
		if (!is_in_service(guest, vector))
			__clear_bit(vector, guest->in_service);
		else if (is_lost(guest, vector))
			end_of_interrupt(guest, vector);
	}
	if (!bitmap_empty(guest->in_service, VIOAPIC_GUEST_VECTORS))
		vioapic_guest_expect_eoi(guest);
	raw_spin_unlock_irq(&guest->dev.lock);
}

void vioapic_guest_expect_eoi(struct vioapic_guest *guest)
{
	lockdep_assert_held(&guest->dev.lock);
	if (!guest->gone && (!kvm_eoi || boot_cpu_has(X86_FEATURE_VMX)))
		queue_delayed_work(vioapic_system_wq, &guest->missed, MISSED_PERIOD);
}

/* Without a vector on KVM's list, would its EOI be late, or kept from us? */
static bool needs_list(struct kvm_vcpu *vcpu)
{
	return boot_cpu_has(X86_FEATURE_VMX) || (vcpu->arch.pv_eoi.msr_val & KVM_MSR_ENABLED);
}

/* Preemption is off */
static void probe(void *data, struct kvm_lapic *lapic, int vector)
{
	struct kvm_vcpu *vcpu = vioapic_kvm_function(kvm_get_running_vcpu)();
	enum vioapic_eoi_kind was;

	if (!vcpu || vcpu->arch.apic != lapic || vector < 0 || vector >= VIOAPIC_GUEST_VECTORS)
		return;
	was = vioapic_guest_eoi_all(vcpu, vector);
	/*
	 * KVM looks at its list right behind this.  User space need not hear of this EOI;
	 * but if the next one has to be on the list, it may: that means nothing to it.
	 */
	if (was == VIOAPIC_EOI_OURS || (was == VIOAPIC_EOI_AGAIN && !needs_list(vcpu)))
		clear_bit(vector, vcpu->arch.ioapic_handled_vectors);
}

static void match(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "kvm_eoi"))
		*(struct tracepoint **)found = tp;
}

/* Called for each module that is loaded, too */
static int coming(struct notifier_block *nb, unsigned long action, void *data)
{
	struct module *mod = ((struct tp_module *)data)->mod;
	int i;

	if (action != MODULE_STATE_COMING || strcmp(mod->name, "kvm"))
		return NOTIFY_DONE;
	for (i = 0; i < mod->num_tracepoints; i++)
		match(tracepoint_ptr_deref(&mod->tracepoints_ptrs[i]), &kvm_eoi);
	return NOTIFY_DONE;
}

/* KVM is there, and stays: this module uses it */
static void find(void)
{
	struct notifier_block nb = { .notifier_call = coming };

	for_each_kernel_tracepoint(match, &kvm_eoi);
	if (kvm_eoi || register_tracepoint_module_notifier(&nb))
		return;
	unregister_tracepoint_module_notifier(&nb);
}

void vioapic_eoi_init(void)
{
	static bool tried;

	if (tried || !eoi_probe)
		return;
	tried = true;
	find();
	if (kvm_eoi && tracepoint_probe_register(kvm_eoi, probe, NULL))
		kvm_eoi = NULL;
	if (!kvm_eoi)
		pr_warn("no tracepoint kvm_eoi: level EOIs take an exit to user space\n");
}

void vioapic_eoi_exit(void)
{
	if (!kvm_eoi)
		return;
	tracepoint_probe_unregister(kvm_eoi, probe, NULL);
	tracepoint_synchronize_unregister();
}

bool vioapic_eoi_in_kernel(void)
{
	return kvm_eoi;
}
