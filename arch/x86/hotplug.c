// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the kernel of an I/O APIC that was not there before.
 *
 * acpi_register_ioapic() takes an ACPI handle, whose _UID becomes the ID, and a
 * physical address below 4 GiB.  The address is a page of RAM that nobody ever
 * gets to see: its accesses trap from the first (vioapic_site_expect()).  Should
 * one land on it nevertheless: while the kernel gets to know the I/O APIC it is
 * filled with ones, which the kernel takes for no chip; after that with what reads
 * as a pin that is masked and idle, so that nobody waits for it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/apic.h>
#include <asm/fixmap.h>
#include <vioapic/device.h>
#include "ssdt.hex"

#define HANDLE	"\\_SB.VIOA"

/* vioapic_mutex; its table is loaded with the first I/O APIC and stays until exit */
static acpi_handle handle;

/*
 * Our table, if ACPICA has it from an earlier time: it keeps those that were unloaded, and
 * the pointers to them.
 */
static struct acpi_table_header *find_table(void)
{
	struct acpi_table_header *found;
	bool ours;
	u32 i;

	for (i = 1; ACPI_SUCCESS(acpi_get_table(ACPI_SIG_SSDT, i, &found)); i++) {
		ours = found->length == sizeof(ssdt_aml_code) &&
		       !memcmp(found, ssdt_aml_code, sizeof(ssdt_aml_code));
		/* The firmware's may be unmapped by that; ours is memory of ours, and stays */
		acpi_put_table(found);
		if (ours)
			return found;
	}
	return NULL;
}

static int error_of(acpi_status status)
{
	return status == AE_NO_MEMORY ? -ENOMEM : -EIO;
}

/* When a table has been loaded the kernel walks the namespace, some time later */
static void unload_table(void)
{
	acpi_scan_lock_acquire();
	acpi_unload_parent_table(handle);
	acpi_scan_lock_release();
	handle = NULL;
}

/* Is it in the namespace? */
static bool is_loaded(void)
{
	return ACPI_SUCCESS(acpi_get_handle(NULL, HANDLE, &handle));
}

static void forget(acpi_handle method, void *unused)
{
}

/*
 * ACPI leaves out of a table what it has no memory for, and says that it is loaded: so it is
 * tried.  Of a method that it calls it reads the number of arguments before it looks whether
 * there is a body, and data of ours for none: so that is there meanwhile.
 */
static acpi_status try_table(void)
{
	unsigned long long uid = 0;
	acpi_handle method;
	acpi_status status;

	status = acpi_get_handle(handle, "SUID", &method);
	if (ACPI_SUCCESS(status))
		status = acpi_attach_data(method, forget, &handle);
	if (ACPI_FAILURE(status))
		return status;
	status = acpi_execute_simple_method(handle, "SUID", 1);
	acpi_detach_data(method, forget);
	if (ACPI_SUCCESS(status))
		status = acpi_evaluate_integer(handle, "_UID", NULL, &uid);
	return ACPI_SUCCESS(status) && uid != 1 ? AE_NO_MEMORY : status;
}

/* The kernel shall not walk the namespace meanwhile, which for another table it may be about to. */
static acpi_status load(struct acpi_table_header *copy)
{
	acpi_status status;
	u32 index;

	acpi_scan_lock_acquire();
	status = acpi_load_table(copy, &index);
	if (ACPI_FAILURE(status))
		goto out;
	status = acpi_get_handle(NULL, HANDLE, &handle);
	if (ACPI_SUCCESS(status))
		status = try_table();
	if (ACPI_FAILURE(status))
		acpi_unload_table(index);
out:
	acpi_scan_lock_release();
	return status;
}

static int load_table(char *reason)
{
	struct acpi_table_header *copy;
	acpi_status status;

	lockdep_assert_held(&vioapic_mutex);
	if (handle)
		return 0;
	if (acpi_disabled) {
		vioapic_refuse(reason, "this kernel runs without ACPI: boot without acpi=off");
		return -EOPNOTSUPP;
	}
	/* One that was refused when it was loaded all but for the last step would not load again */
	if (is_loaded())
		unload_table();
	/* ACPICA keeps the pointer for good, so this is got once and never freed */
	copy = find_table() ?: kmemdup(ssdt_aml_code, sizeof(ssdt_aml_code), GFP_KERNEL);
	if (!copy) {
		vioapic_refuse(reason, "no memory is free");
		return -ENOMEM;
	}
	status = load(copy);
	if (ACPI_FAILURE(status)) {
		handle = NULL;
		vioapic_refuse(reason, "ACPI does not load our table: %s",
			       acpi_format_exception(status));
		if (find_table() != copy)
			kfree(copy);
		return error_of(status);
	}
	return 0;
}

/**
 * vioapic_arch_plug_exit() - at module exit, when all have been unplugged
 */
void vioapic_arch_plug_exit(void)
{
	if (!acpi_disabled && (handle || is_loaded()))
		unload_table();
}

static int set_uid(u8 id, char *reason)
{
	acpi_status status = acpi_execute_simple_method(handle, "SUID", id);

	if (ACPI_SUCCESS(status))
		return 0;
	vioapic_refuse(reason, "%s.SUID: %s", HANDLE, acpi_format_exception(status));
	return error_of(status);
}

static int expect_refused(int err, char *reason)
{
	if (err == -EBUSY)
		vioapic_refuse(reason, "kernel.ftrace_enabled is 0: set it to 1");
	else
		vioapic_refuse(reason, "native_set_fixmap() cannot be traced: error %d", -err);
	return err;
}

static bool all_slots_used(void)
{
	unsigned int i, level;
	pte_t *pte;

	for (i = 0; i < MAX_IO_APICS; i++) {
		pte = lookup_address(__fix_to_virt(FIX_IO_APIC_BASE_0 + i), &level);
		if (!pte || pte_none(*pte))
			return false;
	}
	return true;
}

static int kernel_refused(struct vioapic_device *dev, int err, char *reason)
{
	if (err == -ENOSPC && all_slots_used()) {
		vioapic_refuse(reason, "the kernel takes %d I/O APICs, and has them", MAX_IO_APICS);
		return -ENOSPC;
	}
	if (err == -ENOSPC) {
		vioapic_refuse(reason,
			       "an I/O APIC that is not in vioapic list has some of the GSIs %u-%u: choose others",
			       dev->gsi_base, dev->gsi_base + dev->pins - 1);
		return -EADDRNOTAVAIL;
	}
	if (err == -EEXIST) {
		vioapic_refuse(reason, "the kernel remembers an I/O APIC at %#llx: try again",
			       dev->phys);
		return -EADDRINUSE;
	}
	/* x86_vector_select() leaves it to the IOMMUs then, and they do not know it */
	if (err == -ENOMEM && x2apic_mode) {
		vioapic_refuse(reason,
			       "with x2APIC, interrupt remapping keeps it out, or memory is short: boot with intremap=off or nox2apic");
		return -EOPNOTSUPP;
	}
	vioapic_refuse(reason, "the kernel refused it: error %d; dmesg may say more", -err);
	return err;
}

static void flush_this(void *unused)
{
	vioapic_flush_tlb();
}

/*
 * The kernel clears the slot of an I/O APIC that goes and flushes its own TLB; on
 * other CPUs there may still be what was there while the page was present: a real
 * I/O APIC, or one of ours that had opened.
 */
static void flush_all(void)
{
	on_each_cpu(flush_this, NULL, 1);
}

/**
 * vioapic_arch_plug() - give the kernel one more I/O APIC
 * @dev:    answers accesses to its registers already (taken); @gsi_base, @id,
 *          @site.hook and @phys are set: memory below 4 GiB, of which the first
 *          VIOAPIC_WINDOW bytes are nobody else's until vioapic_arch_unplug()
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Context: vioapic_mutex held; may sleep.
 * Return: 0; -ENOSPC if the kernel has 128 I/O APICs; -EADDRINUSE if it remembers
 * another at @phys; -EADDRNOTAVAIL if one of them that we do not know of has some
 * of the GSIs; -EOPNOTSUPP without ACPI; -ENOMEM; -EIO if ACPI fails us; -ENOENT, -EBUSY by
 * vioapic_site_expect().
 */
int vioapic_arch_plug(struct vioapic_device *dev, char *reason)
{
	void *page = phys_to_virt(dev->phys);
	int err;

	err = load_table(reason);
	if (err)
		return err;
	err = set_uid(dev->id, reason);
	if (err)
		return err;

	memset(page, 0xff, VIOAPIC_WINDOW);
	flush_all();
	dev->site.frame = dev->phys >> PAGE_SHIFT;

	err = vioapic_site_expect(&dev->site, dev->phys);
	if (err)
		return expect_refused(err, reason);
	err = acpi_register_ioapic(handle, dev->phys, dev->gsi_base);
	if (!vioapic_site_met(&dev->site) && !err) {
		/* It was mapped behind our back, and did not look dead */
		vioapic_refuse(reason, "this kernel maps I/O APICs in another way");
		acpi_unregister_ioapic(handle, dev->gsi_base);
		err = -EOPNOTSUPP;
		goto err_site;
	}
	if (err) {
		err = kernel_refused(dev, err, reason);
		goto err_site;
	}
	memset(page, 0, VIOAPIC_WINDOW);
	*(u32 *)(page + VIOAPIC_IOWIN) = VIOAPIC_RTE_RESET;
	return 0;

err_site:
	vioapic_site_unregister(&dev->site);
	flush_all();
	return err;
}

/* A pin that is still mapped, and the interrupt's number; false if none is found */
static bool pin_in_use(struct vioapic_device *dev, unsigned int *pin, unsigned int *irq)
{
	struct vioapic_irq *irqs = kcalloc(VIOAPIC_PINS_MAX, sizeof(*irqs), GFP_KERNEL);
	bool found = false;
	unsigned int i;

	if (!irqs)
		return false;
	vioapic_arch_irqs(dev, irqs);
	for (i = 0; i < dev->pins && !found; i++) {
		if (!irqs[i].flags)
			continue;
		*pin = i;
		*irq = irqs[i].irq;
		found = true;
	}
	kfree(irqs);
	return found;
}

/**
 * vioapic_arch_unplug() - take back what vioapic_arch_plug() gave
 * @dev:    whose
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Context: vioapic_mutex held; may sleep.
 * Return: 0, and @dev is in no fault any more; -EBUSY if a pin is in use; or
 * what else acpi_unregister_ioapic() returns.
 */
int vioapic_arch_unplug(struct vioapic_device *dev, char *reason)
{
	unsigned int pin, irq;
	int err;

	lockdep_assert_held(&vioapic_mutex);
	err = acpi_unregister_ioapic(handle, dev->gsi_base);
	if (err == -EBUSY && pin_in_use(dev, &pin, &irq)) {
		vioapic_refuse(reason,
			       "pin %u of %s (GSI %u, interrupt %u) is in use: unload or unbind its driver first",
			       pin, dev->name, dev->gsi_base + pin, irq);
		return err;
	}
	/* If the kernel does not know it (any more), so much the better */
	if (err && err != -ENODEV) {
		vioapic_refuse(reason, "the kernel keeps %s: error %d; dmesg may say more",
			       dev->name, -err);
		return err;
	}
	vioapic_site_unregister(&dev->site);
	flush_all();
	return 0;
}
