// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to the kernel's own I/O APIC page, as io_apic.c makes them and as
 * nobody does.  Each file in /sys/kernel/debug/vioapic_probe does one thing to
 * the I/O APIC in slot "slot" when it is read, and tells the outcome:
 *
 *   present  is the page present?  0 or 1
 *   touch    read IOWIN once on each CPU that is online: how many did
 *   cost     instructions of an IOWIN read, of an empty measurement, of an
 *            IOREGSEL write, and of the kernel's ioread32() of IOWIN and of
 *            a word of RAM (under -icount the TSC counts instructions)
 *   dump     read all registers as print_IO_APIC() does: how many accesses
 *   eoi      the explicit EOI of io_apic.c without EOI register on pin "pin":
 *            how many accesses
 *   steady   select and read two registers in turn, on a machine that is quiet
 *            else, until "stop" is not 0: how many reads were of something
 *            else; "pairs" counts them all
 *   plug     give the kernel one more I/O APIC, at "address", with GSI "gsi": errno
 *   unplug   take it away: errno
 *   pte      the page's entry
 *   probed   read register "pin" by an instruction that a kprobe has, single-stepped:
 *            its value; "hits" counts the kprobe's
 *   alien    an access that no decoder for device registers knows
 *   rmw      set and clear a bit of IOREGSEL by read-modify-write: its value
 */
#include <linux/acpi.h>
#include <linux/debugfs.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <asm/fixmap.h>
#include "vioapic_measure.h"

static u32 slot;
static u32 pin = 4;
static u32 stop;
static u32 address = 0xfec20000;	/* nobody answers there: all zero */
static u32 gsi = 24;
static u32 pairs;
static u32 hits;
static struct dentry *dir;

static void __iomem *page(void)
{
	return (void __iomem *)__fix_to_virt(FIX_IO_APIC_BASE_0 + slot);
}

static u32 reg_read(unsigned int index)
{
	writel(index, page());
	return readl(page() + 0x10);
}

static void reg_write(unsigned int index, u32 value)
{
	writel(index, page());
	writel(value, page() + 0x10);
}

static int get_present(void *data, u64 *val)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)page(), &level);

	*val = pte && pte_present(*pte);
	return 0;
}

static void touch_one(void *count)
{
	readl(page() + 0x10);
	atomic_inc(count);
}

static int get_touch(void *data, u64 *val)
{
	atomic_t count = ATOMIC_INIT(0);

	on_each_cpu(touch_one, &count, 1);
	*val = atomic_read(&count);
	return 0;
}

/* The index register keeps its value: nobody in io_apic.c is between its two accesses. */
static int get_dump(void *data, u64 *val)
{
	unsigned int i, last, index;
	unsigned long flags;

	local_irq_save(flags);
	index = readl(page());
	last = (reg_read(1) >> 16) & 0xff;
	reg_read(0);
	reg_read(2);
	for (i = 0x10; i <= 0x11 + 2 * last; i++)
		reg_read(i);
	writel(index, page());
	local_irq_restore(flags);
	*val = 2 + 2 * (3 + 2 * (last + 1));
	return 0;
}

/* __eoi_ioapic_pin() */
static int get_eoi(void *data, u64 *val)
{
	unsigned int index = 0x10 + 2 * pin;
	unsigned long flags;
	u32 low, high;

	local_irq_save(flags);
	low = reg_read(index);
	high = reg_read(index + 1);
	reg_write(index + 1, high);
	reg_write(index, (low | 1 << 16) & ~(1 << 15));
	reg_write(index + 1, high);
	reg_write(index, low);
	local_irq_restore(flags);
	*val = 12;
	return 0;
}

static int get_steady(void *data, u64 *val)
{
	u32 version = 0, rte = 0, v, r;
	unsigned long flags;

	*val = 0;
	for (pairs = 0; !READ_ONCE(stop); pairs++) {
		local_irq_save(flags);
		v = reg_read(1);
		r = reg_read(0x10 + 2 * pin);
		local_irq_restore(flags);
		if (!pairs) {
			version = v;
			rte = r;
		}
		*val += v != version || r != rte;
		cond_resched();
	}
	return 0;
}

/* Any handle will do, so long as its _UID is no I/O APIC's ID. */
static int get_plug(void *data, u64 *val)
{
	acpi_handle handle;

	if (ACPI_FAILURE(acpi_get_handle(NULL, "\\_SB.LNKB", &handle)))
		return -ENODEV;
	*val = -acpi_register_ioapic(handle, address, gsi);
	return 0;
}

static int get_unplug(void *data, u64 *val)
{
	*val = -acpi_unregister_ioapic(NULL, gsi);
	return 0;
}

static int get_pte(void *data, u64 *val)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)page(), &level);

	*val = pte ? pte_val(*pte) : 0;
	return 0;
}

static int get_rmw(void *data, u64 *val)
{
	void __iomem *p = page();
	unsigned long flags;
	u32 index;

	local_irq_save(flags);
	index = readl(p);
	writel(0x10, p);
	asm volatile("lock orl $3, (%0)\n\tandl $~1, (%0)" : : "r" (p) : "memory", "cc");
	*val = readl(p);
	writel(index, p);
	local_irq_restore(flags);
	return 0;
}

/* push from memory: decodable by a disassembler, senseless for a register */
static int get_alien(void *data, u64 *val)
{
	unsigned long v;

	asm volatile("pushq (%1)\n\tpopq %0" : "=r" (v) : "r" (page()) : "memory");
	*val = v;
	return 0;
}

/* The kprobe finds its instruction by name: a pointer to it would be one to no function */
static noinline __noclone u32 read_probed(void __iomem *iowin)
{
	u32 value;

	asm volatile(".globl vioapic_probed_insn\n"
		     "vioapic_probed_insn:\n\t"
		     "movl (%1), %0" : "=r" (value) : "r" (iowin) : "memory");
	return value;
}

static int probed_before(struct kprobe *kp, struct pt_regs *regs)
{
	hits++;
	return 0;
}

/* Whoever has one of these gets neither a jump nor a way around the single step */
static void probed_after(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

static int get_probed(void *data, u64 *val)
{
	struct kprobe probe = {
		.symbol_name = "vioapic_probed_insn",
		.pre_handler = probed_before, .post_handler = probed_after,
	};
	unsigned long flags;
	int err;

	err = register_kprobe(&probe);
	if (err)
		return err;
	local_irq_save(flags);
	writel(pin, page());
	*val = read_probed(page() + 0x10);
	local_irq_restore(flags);
	unregister_kprobe(&probe);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(present_fops, get_present, NULL, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(touch_fops, get_touch, NULL, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(dump_fops, get_dump, NULL, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(eoi_fops, get_eoi, NULL, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(steady_fops, get_steady, NULL, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(plug_fops, get_plug, NULL, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(unplug_fops, get_unplug, NULL, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(pte_fops, get_pte, NULL, "%#llx\n");
DEFINE_DEBUGFS_ATTRIBUTE(rmw_fops, get_rmw, NULL, "%#llx\n");
DEFINE_DEBUGFS_ATTRIBUTE(probed_fops, get_probed, NULL, "%#llx\n");
DEFINE_DEBUGFS_ATTRIBUTE(alien_fops, get_alien, NULL, "%#llx\n");

static int cost_show(struct seq_file *m, void *unused)
{
	void __iomem *p = page();
	u64 empty, read, write, inkernel, direct;
	unsigned long flags;
	u32 index;

	local_irq_save(flags);
	index = readl(p);
	writel(1, p);
	empty = measure(barrier());
	read = measure(readl(p + 0x10));
	write = measure(writel(1, p));
	/* A fault in the kernel's own text is in no module's exception table */
	inkernel = measure(ioread32(p + 0x10));
	direct = measure(ioread32((void __iomem *)&slot));
	writel(index, p);
	local_irq_restore(flags);
	seq_printf(m, "read %llu empty %llu write %llu inkernel %llu direct %llu\n",
		   read, empty, write, inkernel, direct);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(cost);

static int __init probe_init(void)
{
	dir = debugfs_create_dir("vioapic_probe", NULL);
	debugfs_create_u32("slot", 0600, dir, &slot);
	debugfs_create_u32("pin", 0600, dir, &pin);
	debugfs_create_u32("stop", 0600, dir, &stop);
	debugfs_create_u32("pairs", 0400, dir, &pairs);
	debugfs_create_file("present", 0400, dir, NULL, &present_fops);
	debugfs_create_file("touch", 0400, dir, NULL, &touch_fops);
	debugfs_create_file("dump", 0400, dir, NULL, &dump_fops);
	debugfs_create_file("eoi", 0400, dir, NULL, &eoi_fops);
	debugfs_create_file("steady", 0400, dir, NULL, &steady_fops);
	debugfs_create_u32("address", 0600, dir, &address);
	debugfs_create_file("plug", 0400, dir, NULL, &plug_fops);
	debugfs_create_file("unplug", 0400, dir, NULL, &unplug_fops);
	debugfs_create_file("pte", 0400, dir, NULL, &pte_fops);
	debugfs_create_file("rmw", 0400, dir, NULL, &rmw_fops);
	debugfs_create_u32("hits", 0600, dir, &hits);
	debugfs_create_file("probed", 0400, dir, NULL, &probed_fops);
	debugfs_create_file("alien", 0400, dir, NULL, &alien_fops);
	debugfs_create_file("cost", 0400, dir, NULL, &cost_fops);
	return 0;
}

static void __exit probe_exit(void)
{
	debugfs_remove_recursive(dir);
}

module_init(probe_init);
module_exit(probe_exit);
MODULE_DESCRIPTION("Accesses to the I/O APIC page, for the tests of vioapic");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
