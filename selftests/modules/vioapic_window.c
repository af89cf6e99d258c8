// SPDX-License-Identifier: GPL-2.0
/*
 * A driver of an I/O APIC of Xen's: plain readl() and writel() on a window, and two
 * devices that nobody else drives, for interrupts.
 *
 * In /sys/kernel/debug/vioapic_window:
 *   open     "ADDRESS"; close "1"
 *   reg      "INDEX VALUE"; "INDEX": that is what it reads as
 *   rte      "PIN VALUE", high half first; "PIN"
 *   all      reads registers 0-2 and every RTE, a line "NAME VALUE" each
 *   listen   "PIN serial|edu": vioapic_window_request() with the handler of that device:
 *            the second serial port, or QEMU's "edu" on the PCI bus
 *   ignore   "PIN": vioapic_window_free()
 *   raise    "N": the device raises its interrupt N times, each time when the one before
 *            was received; reads "raised received spurious"
 *   context  "irq": registers 0-2 are read with interrupts off on every CPU
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/serial_reg.h>
#include <linux/smp.h>
#include <vioapic/window.h>
#include "vioapic_user.h"

#define IOWIN		0x10
#define SERIAL		0x2f8
#define EDU_STATUS	0x24
#define EDU_RAISE	0x60
#define EDU_ACK		0x64

static struct dentry *root;
static struct vioapic_window *window;
static void __iomem *page;
static DEFINE_RAW_SPINLOCK(lock);	/* between select and access */
static u64 value;
static void __iomem *edu;
static unsigned long raised, received, spurious;

static u32 reg_read(unsigned int index)
{
	unsigned long flags;
	u32 val;

	raw_spin_lock_irqsave(&lock, flags);
	writel(index, page);
	val = readl(page + IOWIN);
	raw_spin_unlock_irqrestore(&lock, flags);
	return val;
}

static void reg_write(unsigned int index, u32 val)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	writel(index, page);
	writel(val, page + IOWIN);
	raw_spin_unlock_irqrestore(&lock, flags);
}

static u64 rte_read(unsigned int pin)
{
	return reg_read(0x10 + 2 * pin) | (u64)reg_read(0x11 + 2 * pin) << 32;
}

static int act_close(const char *line)
{
	vioapic_window_close(window);
	window = NULL;
	page = NULL;
	return 0;
}

static int act_open(const char *line)
{
	unsigned long long phys;
	int err = kstrtoull(line, 0, &phys);

	if (err || window)
		return err ?: -EBUSY;
	window = vioapic_window_open(phys);
	if (IS_ERR(window)) {
		err = PTR_ERR(window);
		window = NULL;
		return err;
	}
	page = vioapic_window_registers(window);
	return 0;
}

static int act_reg(const char *line)
{
	unsigned int index;
	u32 wanted;
	int n = sscanf(line, "%i %x", &index, &wanted);

	if (n < 1 || !page)
		return -EINVAL;
	if (n == 2)
		reg_write(index, wanted);
	value = reg_read(index);
	return 0;
}

static int act_rte(const char *line)
{
	unsigned int pin;
	u64 wanted;
	int n = sscanf(line, "%u %llx", &pin, &wanted);

	if (n < 1 || !page)
		return -EINVAL;
	if (n == 2) {
		reg_write(0x11 + 2 * pin, wanted >> 32);
		reg_write(0x10 + 2 * pin, wanted);
	}
	value = rte_read(pin);
	return 0;
}

static void read_here(void *differ)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (reg_read(i) != reg_read(i))
			*(int *)differ = -EIO;
}

static int act_context(const char *line)
{
	int differ = 0;

	if (!page)
		return -EINVAL;
	on_each_cpu(read_here, &differ, 1);
	return differ;
}

/* Each raises once, and is quiet when the handler has returned. */

static irqreturn_t serial_handler(int irq, void *data)
{
	/* Reading it ends "transmitter empty" */
	if ((inb(SERIAL + UART_IIR) & (UART_IIR_NO_INT | UART_IIR_ID)) != UART_IIR_THRI) {
		spurious++;
		return IRQ_NONE;
	}
	outb(0, SERIAL + UART_IER);
	WRITE_ONCE(received, received + 1);
	return IRQ_HANDLED;
}

static irqreturn_t edu_handler(int irq, void *data)
{
	u32 status = readl(edu + EDU_STATUS);

	if (!status) {
		spurious++;
		return IRQ_NONE;
	}
	writel(status, edu + EDU_ACK);
	WRITE_ONCE(received, received + 1);
	return IRQ_HANDLED;
}

static void raise(void)
{
	if (edu)
		writel(1, edu + EDU_RAISE);
	else
		outb(UART_IER_THRI, SERIAL + UART_IER);
}

static int edu_open(void)
{
	struct pci_dev *pci = pci_get_device(0x1234, 0x11e8, NULL);
	u16 command;

	if (!pci)
		return -ENODEV;
	/* Not pci_enable_device(): the kernel would take the GSI. */
	pci_read_config_word(pci, PCI_COMMAND, &command);
	pci_write_config_word(pci, PCI_COMMAND,
			      (command | PCI_COMMAND_MEMORY) & ~PCI_COMMAND_INTX_DISABLE);
	edu = ioremap(pci_resource_start(pci, 0), PAGE_SIZE);
	pci_dev_put(pci);
	return edu ? 0 : -ENOMEM;
}

static void edu_close(void)
{
	if (edu)
		iounmap(edu);
	edu = NULL;
}

static int act_listen(const char *line)
{
	char device[8];
	unsigned int pin;
	int err;

	if (!window || sscanf(line, "%u %7s", &pin, device) != 2)
		return -EINVAL;
	raised = 0;
	received = 0;
	spurious = 0;
	edu_close();
	if (!strcmp(device, "edu")) {
		err = edu_open();
		if (err)
			return err;
		return vioapic_window_request(window, pin, edu_handler, "edu", NULL);
	}
	outb(0, SERIAL + UART_IER);
	outb(UART_MCR_OUT2, SERIAL + UART_MCR);
	inb(SERIAL + UART_IIR);
	return vioapic_window_request(window, pin, serial_handler, "serial2", NULL);
}

static int act_ignore(const char *line)
{
	unsigned int pin;
	int err = kstrtouint(line, 0, &pin);

	if (err || !window)
		return err ?: -EINVAL;
	vioapic_window_free(window, pin);
	return 0;
}

static int act_raise(const char *line)
{
	unsigned long n, i, before;
	unsigned int spins;
	int err = kstrtoul(line, 0, &n);

	for (i = 0; !err && i < n; i++) {
		before = READ_ONCE(received);
		raised++;
		raise();
		for (spins = 0; READ_ONCE(received) == before && spins < 20000; spins++)
			usleep_range(10, 50);
		if (READ_ONCE(received) == before)
			err = -ETIMEDOUT;
	}
	return err;
}

static const struct action {
	const char *name;
	int (*act)(const char *line);
} actions[] = {
	{ "open", act_open }, { "close", act_close }, { "reg", act_reg }, { "rte", act_rte },
	{ "listen", act_listen }, { "ignore", act_ignore }, { "raise", act_raise },
	{ "context", act_context }, { "all", NULL },
};

static DEFINE_MUTEX(act_mutex);

static ssize_t file_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	const struct action *action = file_inode(file)->i_private;
	char line[64];
	int err = vioapic_user_line(line, sizeof(line), buf, len);

	if (err || !action->act)
		return err ?: -EINVAL;
	mutex_lock(&act_mutex);
	err = action->act(line);
	mutex_unlock(&act_mutex);
	return err ?: len;
}

static void show_all(struct seq_file *m)
{
	unsigned int i;

	if (!page)
		return;
	for (i = 0; i < 3; i++)
		seq_printf(m, "reg%u %08x\n", i, reg_read(i));
	for (i = 0; i < vioapic_window_pins(window); i++)
		seq_printf(m, "rte%u %016llx\n", i, rte_read(i));
}

static int file_show(struct seq_file *m, void *unused)
{
	const struct action *action = m->private;

	mutex_lock(&act_mutex);
	if (action->act == act_raise)
		seq_printf(m, "%lu %lu %lu\n", raised, received, spurious);
	else if (action->act == act_reg)
		seq_printf(m, "%08llx\n", value);
	else if (action->act)
		seq_printf(m, "%016llx\n", value);
	else
		show_all(m);
	mutex_unlock(&act_mutex);
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

static int __init window_init(void)
{
	unsigned int i;

	root = debugfs_create_dir("vioapic_window", NULL);
	for (i = 0; i < ARRAY_SIZE(actions); i++)
		debugfs_create_file(actions[i].name, 0600, root, (void *)&actions[i], &fops);
	return 0;
}

static void __exit window_exit(void)
{
	debugfs_remove_recursive(root);
	act_close(NULL);
	edu_close();
}

module_init(window_init);
module_exit(window_exit);
MODULE_DESCRIPTION("An I/O APIC of Xen's by readl() and writel(), for the tests of vioapic");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
