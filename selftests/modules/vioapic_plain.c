// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel has of its own for what vioapic does: other ways to have an access
 * trapped, and the rendezvous of all CPUs.  Under -icount the TSC counts instructions.
 *
 * Each file in /sys/kernel/debug/vioapic_plain does one thing when it is read:
 *   extable  instructions of a read that faults as one of a trapped page does, and that
 *            this module's exception table resolves; and of an empty measurement
 *   mmio     of the kernel's ioread32() of IOWIN, by a mapping made just now, which
 *            mmiotrace traps if it is on; and of a word of RAM
 *   stop     of a stop_machine() that does nothing
 *   page     physical address of a page of RAM that reads as an I/O APIC of 240 pins
 */
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/stop_machine.h>
#include <asm/apicdef.h>
#include <asm/asm.h>
#include <asm/fixmap.h>
#include "vioapic_measure.h"

#define IOWIN	0x10
#define WORD	(0x1000000 | 239 << 16 | 0x20)	/* ID, pins and version all in one */

static struct dentry *dir;
static struct page *ram;
static u32 word = WORD;

static bool faults(unsigned long address)
{
	bool fault = true;
	u32 value;

	asm volatile("1: movl (%2), %1\n"
		     "   movb $0, %0\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+q" (fault), "=&r" (value) : "r" (address) : "memory");
	return fault;
}

/* The last slot for an I/O APIC, which no machine has */
static int extable_show(struct seq_file *m, void *unused)
{
	unsigned long address = __fix_to_virt(FIX_IO_APIC_BASE_0 + MAX_IO_APICS - 1);
	unsigned long flags;
	u64 empty, read;
	bool fault = true;

	local_irq_save(flags);
	empty = measure(barrier());
	read = measure(fault &= faults(address));
	local_irq_restore(flags);
	if (!fault)
		return -EBUSY;
	seq_printf(m, "extable %llu empty %llu\n", read, empty);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(extable);

static int mmio_show(struct seq_file *m, void *unused)
{
	void __iomem *map = ioremap(IO_APIC_DEFAULT_PHYS_BASE, PAGE_SIZE);
	unsigned long flags;
	u64 read, direct;

	if (!map)
		return -ENOMEM;
	local_irq_save(flags);
	read = measure(ioread32(map + IOWIN));
	direct = measure(ioread32((void __iomem *)&word));
	local_irq_restore(flags);
	iounmap(map);
	seq_printf(m, "mmio %llu direct %llu\n", read, direct);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mmio);

static int nothing(void *unused)
{
	return 0;
}

static int get_stop(void *data, u64 *val)
{
	*val = measure(stop_machine(nothing, NULL, cpu_online_mask));
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(stop_fops, get_stop, NULL, "%llu\n");

static int get_page_address(void *data, u64 *val)
{
	*val = page_to_phys(ram);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(page_fops, get_page_address, NULL, "%llu\n");

static int __init plain_init(void)
{
	ram = alloc_page(GFP_KERNEL | GFP_DMA32 | __GFP_ZERO);
	if (!ram)
		return -ENOMEM;
	((u32 *)page_address(ram))[IOWIN / sizeof(u32)] = WORD;
	dir = debugfs_create_dir("vioapic_plain", NULL);
	debugfs_create_file("extable", 0400, dir, NULL, &extable_fops);
	debugfs_create_file("mmio", 0400, dir, NULL, &mmio_fops);
	debugfs_create_file("stop", 0400, dir, NULL, &stop_fops);
	debugfs_create_file("page", 0400, dir, NULL, &page_fops);
	return 0;
}

static void __exit plain_exit(void)
{
	debugfs_remove_recursive(dir);
	__free_page(ram);
}

module_init(plain_init);
module_exit(plain_exit);
MODULE_DESCRIPTION("What the kernel has of its own, for the costs of vioapic");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
