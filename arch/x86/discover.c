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

/* The next entry of the MADT behind @sub, or the first if that is NULL; or NULL. */
static struct acpi_subtable_header *next_entry(struct acpi_table_header *madt,
					       struct acpi_subtable_header *sub)
{
	void *end = (void *)madt + madt->length;

	sub = sub ? (void *)sub + sub->length : (void *)madt + sizeof(struct acpi_table_madt);
	if ((void *)(sub + 1) > end || sub->length < sizeof(*sub) ||
	    (void *)sub + sub->length > end)
		return NULL;
	return sub;
}

/* The @nth I/O APIC in the MADT of those on the page @page, or of all if @page is 0. */
static struct acpi_madt_io_apic *madt_entry(struct acpi_table_header *madt, u64 page,
					    unsigned int nth)
{
	struct acpi_subtable_header *sub = NULL;

	while ((sub = next_entry(madt, sub))) {
		struct acpi_madt_io_apic *io = (void *)sub;

		if (sub->type != ACPI_MADT_TYPE_IO_APIC || sub->length < sizeof(*io))
			continue;
		if (page && (io->address & PAGE_MASK) != page)
			continue;
		if (!nth--)
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

/* How many slots before @slot map the page @phys: chips may share one. */
static unsigned int sharers(unsigned int slot, u64 phys)
{
	unsigned long page;
	unsigned int n = 0;

	while (slot--)
		n += slot_phys(slot, &page) == phys;
	return n;
}

int vioapic_arch_discover(int (*found)(const struct vioapic_place *place))
{
	bool dummy = xen_pv_domain();
	struct acpi_table_header *madt = NULL;
	u32 gsi_top = 0;
	unsigned int i, n = 0;
	int pins = 0;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_MADT, 0, &madt)))
		madt = NULL;

	for (i = 0; i < MAX_IO_APICS && pins >= 0; i++) {
		struct vioapic_place place = { .gsi_base = gsi_top, .id = n };
		struct acpi_madt_io_apic *io = NULL;

		place.phys = slot_phys(i, &place.page);
		if (!place.phys)
			continue;
		place.frame = place.phys >> PAGE_SHIFT;
		/* Behind a dummy page only the table knows the address. */
		if (madt)
			io = dummy ? madt_entry(madt, 0, i) :
				     madt_entry(madt, place.phys, sharers(i, place.phys));
		if (io) {
			place.phys = io->address;
			place.gsi_base = io->global_irq_base;
			place.id = io->id;
		} else if (dummy) {
			continue;
		}
		pins = found(&place);
		gsi_top = place.gsi_base + max(pins, 0);
		n++;
	}

	if (madt)
		acpi_put_table(madt);
	if (pins < 0)
		return pins;
	return n ? 0 : -ENODEV;
}

int vioapic_arch_find(u64 phys, struct vioapic_place *place)
{
	struct acpi_table_header *madt;
	struct acpi_madt_io_apic *io;
	unsigned int i = 0;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_MADT, 0, &madt)))
		return -ENODEV;
	do {
		io = madt_entry(madt, 0, i++);
	} while (io && io->address != phys);
	if (io)
		*place = (struct vioapic_place) {
			.phys = phys, .gsi_base = io->global_irq_base, .id = io->id,
		};
	acpi_put_table(madt);
	return io ? 0 : -ENODEV;
}

/* "Conforms to the bus" is edge and high on ISA. */
static u32 route_of(u16 inti_flags)
{
	u32 route = 0;

	if ((inti_flags & ACPI_MADT_TRIGGER_MASK) == ACPI_MADT_TRIGGER_LEVEL)
		route |= VIOAPIC_RTE_LEVEL;
	if ((inti_flags & ACPI_MADT_POLARITY_MASK) == ACPI_MADT_POLARITY_ACTIVE_LOW)
		route |= VIOAPIC_RTE_ACTIVE_LOW;
	return route;
}

#define ISA_INTERRUPTS	16

bool vioapic_arch_isa_route(u32 gsi, u32 *route)
{
	struct acpi_subtable_header *sub = NULL;
	struct acpi_table_header *madt;
	bool legacy = gsi < ISA_INTERRUPTS;

	*route = 0;
	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_MADT, 0, &madt)))
		return legacy;
	while ((sub = next_entry(madt, sub))) {
		struct acpi_madt_interrupt_override *isa = (void *)sub;

		if (sub->type != ACPI_MADT_TYPE_INTERRUPT_OVERRIDE || sub->length < sizeof(*isa) ||
		    isa->global_irq != gsi)
			continue;
		*route = route_of(isa->inti_flags);
		legacy = true;
	}
	acpi_put_table(madt);
	return legacy;
}
