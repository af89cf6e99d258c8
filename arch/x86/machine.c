// SPDX-License-Identifier: GPL-2.0
/*
 * What this kernel runs on, and so what stands behind its I/O APICs.
 *
 * On hardware, under KVM and in a Xen HVM guest the registers are where the kernel
 * has mapped them.  In a Xen PV dom0 that mapping is a dummy page: Xen has the I/O
 * APICs, and gives them by hypercall.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <xen/xen.h>
#include <asm/hypervisor.h>
#include <vioapic/device.h>

static const char *machine_name(void)
{
	if (xen_pv_domain())
		return xen_initial_domain() ? "a Xen PV dom0" : "a Xen PV guest";
	if (xen_pvh_domain())
		return "a Xen PVH guest";
	if (xen_hvm_domain())
		return "a Xen HVM guest";
	if (hypervisor_is_type(X86_HYPER_KVM))
		return "a KVM guest";
	return hypervisor_is_type(X86_HYPER_NATIVE) ? "hardware" : "a virtual machine";
}

const struct vioapic_backend_ops *vioapic_arch_backend(u32 asked, char *reason)
{
	const struct vioapic_backend_ops *ops = xen_pv_domain() ? &vioapic_xen : &vioapic_native;

	if (asked == VIOAPIC_BACKEND_DEFAULT || asked == ops->id)
		return ops;
	if (asked == VIOAPIC_BACKEND_NATIVE)
		vioapic_refuse(reason,
			       "this is %s, where the I/O APIC page is a dummy and Xen has the real one: use --backend xen",
			       machine_name());
	else if (asked == VIOAPIC_BACKEND_XEN && xen_domain())
		vioapic_refuse(reason,
			       "this is %s, whose I/O APIC is where the kernel has mapped it: use --backend native",
			       machine_name());
	else if (asked == VIOAPIC_BACKEND_XEN)
		vioapic_refuse(reason, "this is %s, with no Xen to call: use --backend native",
			       machine_name());
	else
		vioapic_refuse(reason,
			       "the backend of an I/O APIC that there is can be native or xen only");
	return ERR_PTR(-EOPNOTSUPP);
}

const char *vioapic_arch_refuse_sim(void)
{
	if (xen_pv_domain())
		return "in a Xen PV domain there are no local APICs for a simulated one to send to";
	return NULL;
}

void vioapic_arch_announce(void)
{
	pr_info("on %s, backend %s\n", machine_name(),
		vioapic_arch_backend(VIOAPIC_BACKEND_DEFAULT, NULL)->name);
}

const char *vioapic_arch_without(void)
{
	if (xen_pv_domain() && !xen_initial_domain())
		return "a Xen PV guest other than dom0 has no I/O APIC";
	if (xen_pvh_domain())
		return "a Xen PVH guest has no I/O APIC";
	return "this kernel uses no I/O APIC (booted with noapic?)";
}
