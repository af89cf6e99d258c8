// SPDX-License-Identifier: GPL-2.0
/*
 * What Linux never writes into an I/O APIC and into local APICs.
 *
 * In /sys/kernel/debug/vioapic_rte:
 *   rte      "ID PIN VALUE": an RTE of the I/O APIC with this ID, through the kernel's
 *            own mapping, masked meanwhile.  "ID PIN": that is what it reads as
 *   logical  "flat" or "cluster": gives all CPUs that are online logical IDs by this
 *            model: bit N, or bit N % 2 of cluster N / 2.  xAPIC, and for
 *            kernels that use no logical IDs themselves.
 *   nmis     "1": NMIs that nobody else wants are counted, and read here; "0" ends that
 */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <asm/apic.h>
#include <asm/fixmap.h>
#include <asm/nmi.h>
#include "vioapic_user.h"

#define MASKED	BIT(16)

static struct dentry *root;
static atomic_t nmis;
static bool counting;
static u64 value;
static bool cluster;

static u32 reg_read(void __iomem *page, unsigned int index)
{
	writel(index, page);
	return readl(page + 0x10);
}

static void reg_write(void __iomem *page, unsigned int index, u32 val)
{
	writel(index, page);
	writel(val, page + 0x10);
}

/* The kernel's mapping of the I/O APIC with this ID; interrupts are off */
static void __iomem *page_of(unsigned int id)
{
	unsigned int slot, level;
	void __iomem *page;
	pte_t *pte;

	for (slot = 0; slot < MAX_IO_APICS; slot++) {
		page = (void __iomem *)__fix_to_virt(FIX_IO_APIC_BASE_0 + slot);
		pte = lookup_address((unsigned long)page, &level);
		if (pte && !pte_none(*pte) && reg_read(page, 0) >> 24 == id)
			return page;
	}
	return NULL;
}

static int act_rte(const char *line)
{
	unsigned int id, pin, index;
	void __iomem *page;
	unsigned long flags;
	u64 wanted;
	int n, err = 0;

	n = sscanf(line, "%u %u %llx", &id, &pin, &wanted);
	if (n < 2)
		return -EINVAL;
	index = 0x10 + 2 * pin;
	local_irq_save(flags);
	page = page_of(id);
	if (!page) {
		err = -ENODEV;
	} else {
		if (n == 3) {
			reg_write(page, index, reg_read(page, index) | MASKED);
			reg_write(page, index + 1, wanted >> 32);
			reg_write(page, index, wanted);
		}
		value = reg_read(page, index) | (u64)reg_read(page, index + 1) << 32;
	}
	local_irq_restore(flags);
	return err;
}

static void set_logical_here(void *unused)
{
	unsigned int cpu = smp_processor_id();

	apic->write(APIC_DFR, cluster ? APIC_DFR_CLUSTER : APIC_DFR_FLAT);
	apic->write(APIC_LDR, SET_APIC_LOGICAL_ID(cluster ? (cpu / 2) << 4 | BIT(cpu % 2) :
							    BIT(cpu)));
}

static int act_logical(const char *line)
{
	cluster = !strcmp(line, "cluster");
	on_each_cpu(set_logical_here, NULL, 1);
	return 0;
}

static int nmi_handler(unsigned int type, struct pt_regs *regs)
{
	atomic_inc(&nmis);
	return NMI_HANDLED;
}

static int act_nmis(const char *line)
{
	int err = 0;

	if (*line == '1' && !counting) {
		atomic_set(&nmis, 0);
		err = register_nmi_handler(NMI_UNKNOWN, nmi_handler, 0, "vioapic_rte");
		counting = !err;
	} else if (*line == '0' && counting) {
		unregister_nmi_handler(NMI_UNKNOWN, "vioapic_rte");
		counting = false;
	}
	return err;
}

static const struct action {
	const char *name;
	int (*act)(const char *line);
} actions[] = {
	{ "rte", act_rte }, { "logical", act_logical }, { "nmis", act_nmis },
};

static ssize_t file_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	const struct action *action = file_inode(file)->i_private;
	char line[64];
	int err = vioapic_user_line(line, sizeof(line), buf, len);

	if (!err)
		err = action->act(line);
	return err ?: len;
}

static int file_show(struct seq_file *m, void *unused)
{
	const struct action *action = m->private;

	if (action->act == act_nmis)
		seq_printf(m, "%d\n", atomic_read(&nmis));
	else
		seq_printf(m, "%016llx\n", value);
	return 0;
}

static int file_open(struct inode *inode, struct file *file)
{
	return single_open(file, file_show, inode->i_private);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE, .open = file_open, .read = seq_read, .write = file_write,
	.release = single_release,
};

static int __init rte_init(void)
{
	unsigned int i;

	root = debugfs_create_dir("vioapic_rte", NULL);
	for (i = 0; i < ARRAY_SIZE(actions); i++)
		debugfs_create_file(actions[i].name, 0600, root, (void *)&actions[i], &fops);
	return 0;
}

static void __exit rte_exit(void)
{
	debugfs_remove_recursive(root);
	act_nmis("0");
}

module_init(rte_init);
module_exit(rte_exit);
MODULE_DESCRIPTION("RTEs and logical IDs as Linux never writes them, for the tests of vioapic");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
