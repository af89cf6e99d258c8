/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hypercalls outside of the Xen backend, which is there with CONFIG_XEN_PV only.
 * Without it xen_pv_domain() is 0, and they are not declared.
 */
#ifndef VIOAPIC_COMPAT_XEN_H
#define VIOAPIC_COMPAT_XEN_H

#include <linux/bug.h>
#include <asm/xen/hypercall.h>
#include <xen/xen.h>

/* The TLB is Xen's, and so are CR4 and INVPCID, in a PV domain. */
static inline void vioapic_xen_flush_tlb(void)
{
#ifdef CONFIG_XEN_PV
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };

	WARN_ON_ONCE(HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
#endif
}

#endif
