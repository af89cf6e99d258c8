// SPDX-License-Identifier: GPL-2.0
/*
 * Where the kernel keeps its I/O APICs.
 *
 * io_apic.c maps each into the fixmap slot FIX_IO_APIC_BASE_0 + i.  The slots
 * tell which physical pages those are; GSI base and ID come from the ACPI MADT,
 * or from the order of the slots where there is none (MP table).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <xen/xen.h>
#include <asm/apicdef.h>
#include <asm/fixmap.h>
#include <vioapic/device.h>

const char *vioapic_arch_refuse(void)
{
	if (xen_pv_domain())
		return "this is a Xen PV domain: its I/O APIC page is a dummy and Xen has the real one";
	return NULL;
}

/* The MADT entry of the I/O APIC at @phys, or the @nth if @phys is 0. */
static struct acpi_madt_io_apic *madt_entry(struct acpi_table_header *madt, u64 phys,
					    unsigned int nth)
{
	void *end = (void *)madt + madt->length;
	struct acpi_subtable_header *sub = (void *)madt + sizeof(struct acpi_table_madt);

	for (; (void *)(sub + 1) <= end && sub->length >= sizeof(*sub) &&
	       (void *)sub + sub->length <= end;
	     sub = (void *)sub + sub->length) {
		struct acpi_madt_io_apic *io = (void *)sub;

		if (sub->type != ACPI_MADT_TYPE_IO_APIC || sub->length < sizeof(*io))
			continue;
		if (phys ? io->address == phys : !nth--)
			return io;
	}
	return NULL;
}

/* 0 unless slot @i holds a device page. */
static u64 slot_phys(unsigned int i, unsigned long *page)
{
	unsigned int level;
	pte_t *pte;

	*page = __fix_to_virt(FIX_IO_APIC_BASE_0 + i);
	pte = lookup_address(*page, &level);
	if (!pte || level != PG_LEVEL_4K || !pte_present(*pte))
		return 0;
	return (u64)pte_pfn(*pte) << PAGE_SHIFT;
}

int vioapic_arch_discover(int (*found)(unsigned long page, u64 phys, u32 gsi_base, int id))
{
	bool dummy = vioapic_arch_refuse();
	struct acpi_table_header *madt = NULL;
	u32 gsi_top = 0;
	unsigned int i, n = 0;
	int err = 0;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_MADT, 0, &madt)))
		madt = NULL;

	for (i = 0; i < MAX_IO_APICS && !err; i++) {
		struct acpi_madt_io_apic *io = NULL;
		unsigned long page;
		u64 phys = slot_phys(i, &page);

		if (!phys)
			continue;
		/* Behind a dummy page only the table knows the address. */
		if (madt)
			io = madt_entry(madt, dummy ? 0 : phys, i);
		if (!io && dummy)
			continue;
		if (io && dummy)
			phys = io->address;
		err = found(page, phys, io ? io->global_irq_base : gsi_top, io ? io->id : n);
		gsi_top += 24;
		n++;
	}

	if (madt)
		acpi_put_table(madt);
	if (!err && !n)
		err = -ENODEV;
	return err;
}
