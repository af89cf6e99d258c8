// SPDX-License-Identifier: GPL-2.0
/*
 * A page that is not present, on every CPU.
 *
 * The kernel half of the page tables is shared by all, so one entry is enough;
 * what differs from CPU to CPU is the TLB.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/stop_machine.h>
#include <asm/cpufeature.h>
#include <asm/invpcid.h>
#include <asm/special_insns.h>
#include <compat/xen.h>
#include "page.h"

int vioapic_page_find(struct vioapic_site *site)
{
	unsigned int level;
	pte_t *pte;

	if (!site->page || offset_in_page(site->page))
		return -EINVAL;
	pte = lookup_address(site->page, &level);
	if (!pte || level != PG_LEVEL_4K)
		return -EINVAL;
	if (site->frame && (!pte_present(*pte) || pte_pfn(*pte) != site->frame))
		return -ENODEV;
	if (!pte_present(*pte))
		return -EINVAL;
	site->pte = pte;
	return 0;
}

/*
 * pfn_pte() inverts the address of an entry that is not present, so that a
 * speculative load cannot use it (L1TF).  The global bit has to go with the
 * present bit: without it, it means PROT_NONE, which counts as present.
 */
int vioapic_site_arm(struct vioapic_site *site)
{
	pte_t old = READ_ONCE(*site->pte);
	pgprot_t prot = __pgprot(pte_flags(old) & ~VIOAPIC_PAGE_PRESENT);

	if (!pte_present(old) || (site->frame && pte_pfn(old) != site->frame))
		return -ENODEV;
	site->present = old;
	site->armed = pfn_pte(pte_pfn(old), prot);
	WRITE_ONCE(*site->pte, site->armed);
	return 0;
}
EXPORT_SYMBOL_GPL(vioapic_site_arm);

int vioapic_page_expect(struct vioapic_site *site, unsigned long frame, unsigned long flags)
{
	unsigned int level;
	pte_t *pte = lookup_address(site->page, &level);

	if (!pte || level != PG_LEVEL_4K)
		return -EINVAL;
	/* As native_set_fixmap() does */
	flags &= __default_kernel_pte_mask;
	site->pte = pte;
	site->present = pfn_pte(frame, __pgprot(flags));
	site->armed = pfn_pte(frame, __pgprot(flags & ~VIOAPIC_PAGE_PRESENT));
	return 0;
}

bool vioapic_site_armed(const struct vioapic_site *site)
{
	return site->pte && site->armed.pte &&
	       pte_same(READ_ONCE(*site->pte), site->armed);
}

/*
 * The kernel may unplug an I/O APIC, and give its slot to another, at any time.
 * As it is in the table: what pte_val() says of an entry is not that in a Xen PV domain.
 */
void vioapic_site_disarm(struct vioapic_site *site)
{
	if (vioapic_site_armed(site))
		cmpxchg(&site->pte->pte, site->armed.pte, site->present.pte);
}
EXPORT_SYMBOL_GPL(vioapic_site_disarm);

struct rendezvous {
	int (*fn)(void *arg);
	void *arg;
	atomic_t arrived;
	bool done;
	int err;
};

static void write_cr4(unsigned long value)
{
	asm volatile("mov %0, %%cr4" : : "r" (value) : "memory");
}

/*
 * When the kernel's entries are not global (PTI), INVLPG would leave those of
 * other PCIDs.  As the kernel's __flush_tlb_all(), which is kept for KVM since
 * 6.19.  Intel SDM, volume 3, "Operations that Invalidate TLBs": INVPCID of type
 * 2, or a change of CR4.PGE; nobody else writes this CPU's CR4 meanwhile.
 */
void vioapic_flush_tlb(void)
{
	unsigned long cr4;

	lockdep_assert_irqs_disabled();
	if (xen_pv_domain()) {
		vioapic_xen_flush_tlb();
		return;
	}
	if (boot_cpu_has(X86_FEATURE_INVPCID)) {
		invpcid_flush_all();
		return;
	}
	cr4 = native_read_cr4();
	write_cr4(cr4 ^ X86_CR4_PGE);
	write_cr4(cr4);
}

/* Runs on every CPU at once. */
static int meet(void *data)
{
	struct rendezvous *r = data;

	if (atomic_inc_return(&r->arrived) == 1) {
		r->err = r->fn(r->arg);
		/* Pairs with the load below: what @fn did comes before the flush. */
		smp_store_release(&r->done, true);
	} else {
		/* Pairs with the store above. */
		while (!smp_load_acquire(&r->done))
			cpu_relax();
	}
	vioapic_flush_tlb();
	return 0;
}

int vioapic_rendezvous(int (*fn)(void *arg), void *arg)
{
	struct rendezvous r = { .fn = fn, .arg = arg };
	int err = stop_machine(meet, &r, cpu_online_mask);

	return err ?: r.err;
}
EXPORT_SYMBOL_GPL(vioapic_rendezvous);
