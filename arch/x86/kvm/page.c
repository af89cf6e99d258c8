// SPDX-License-Identifier: GPL-2.0
/*
 * The register page that the guest reads without an exit.
 *
 * It holds IOREGSEL at 0x00 and what IOWIN reads at 0x10, and zeros elsewhere: what
 * the model answers for any width and offset.  Every change of the model is followed
 * by an update under the same lock, before whoever caused it goes on: the vCPU
 * that wrote, the one that gets an interrupt, the one whose EOI has been seen.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include "guest.h"

#define WORD(offset)	((offset) / sizeof(u32))

int vioapic_guest_page_init(struct vioapic_guest *guest)
{
	guest->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!guest->page)
		return -ENOMEM;
	guest->regs = page_address(guest->page);
	return 0;
}

/* Mappings and slots keep it with references of their own */
void vioapic_guest_page_exit(struct vioapic_guest *guest)
{
	put_page(guest->page);
}

void vioapic_guest_page_update(struct vioapic_guest *guest)
{
	struct vioapic_effects fx;
	u32 value = 0;

	/* An owner knows all of its registers */
	vioapic_model_iowin(&guest->dev.model, &value);
	/*
	 * The index last: another vCPU that sees it reads the register that it
	 * selects.  The CPU keeps the order of stores, and this the compiler's.
	 */
	WRITE_ONCE(guest->regs[WORD(VIOAPIC_IOWIN)], value);
	WRITE_ONCE(guest->regs[WORD(VIOAPIC_IOREGSEL)],
		   vioapic_model_read(&guest->dev.model, VIOAPIC_IOREGSEL, 4, &fx));
}

void vioapic_guest_page_update_pin(struct vioapic_guest *guest, unsigned int pin)
{
	if (guest->regs[WORD(VIOAPIC_IOREGSEL)] == vioapic_rte_index(pin))
		vioapic_guest_page_update(guest);
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	struct vioapic_guest *guest = vmf->vma->vm_file->private_data;

	if (vmf->pgoff)
		return VM_FAULT_SIGBUS;
	get_page(guest->page);
	vmf->page = guest->page;
	return 0;
}

static const struct vm_operations_struct vm_ops = {
	.fault = fault,
};

int vioapic_guest_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	if (vma->vm_pgoff || vma_pages(vma) != 1)
		return -EINVAL;
	vioapic_vm_flags(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_ops = &vm_ops;
	return 0;
}
