// SPDX-License-Identifier: GPL-2.0
/* KVM's tracepoint kvm_eoi, which tells of every EOI of all VMs, while there are any of ours. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/tracepoint.h>
#include "guest.h"

static bool eoi_probe = true;
module_param(eoi_probe, bool, 0444);
MODULE_PARM_DESC(eoi_probe, "see EOIs in the kernel (default), not by exits to user space");

static struct tracepoint *kvm_eoi;	/* vioapic_guests_mutex */

/* In the vCPU's thread, before its local APIC forgets the interrupt; preemption is off */
static void probe(void *data, struct kvm_lapic *lapic, int vector)
{
	struct kvm_vcpu *vcpu = vioapic_kvm_function(kvm_get_running_vcpu)();
	struct vioapic_vm *vm;

	if (!vcpu || vcpu->arch.apic != lapic || vector < 0 || vector >= VIOAPIC_GUEST_VECTORS)
		return;
	rcu_read_lock();
	vm = vioapic_vm_find(vcpu->kvm);
	if (vm)
		vioapic_ends_eoi(vm, vcpu, vector);
	rcu_read_unlock();
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

bool vioapic_probe_would_work(void)
{
	lockdep_assert_held(&vioapic_guests_mutex);
	if (eoi_probe && !kvm_eoi)
		find();
	return eoi_probe && kvm_eoi;
}

int vioapic_probe_start(void)
{
	int err = -ENOENT;

	if (vioapic_eoi_in_kernel || !eoi_probe)
		return 0;
	if (vioapic_probe_would_work())
		err = tracepoint_probe_register(kvm_eoi, probe, NULL);
	/* Who is refused can ask again, and who is not keeps what he got */
	if (err == -ENOMEM)
		return err;
	vioapic_eoi_in_kernel = !err;
	if (err)
		pr_warn_once("no tracepoint kvm_eoi: level EOIs take an exit to user space\n");
	return 0;
}

void vioapic_probe_stop(void)
{
	lockdep_assert_held(&vioapic_guests_mutex);
	if (!vioapic_eoi_in_kernel)
		return;
	tracepoint_probe_unregister(kvm_eoi, probe, NULL);
	vioapic_eoi_in_kernel = false;
}
