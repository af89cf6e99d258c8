// SPDX-License-Identifier: GPL-2.0
/*
 * The two sides of the comparison: QEMU's I/O APIC with its lines and the local
 * APIC behind it, and the model.  What begins with qemu_ is done to the one, with
 * ours_ to the other, with both_ to both.
 *
 * Lines are those of virtio-serial devices that nobody drives: a notification of
 * an empty queue raises the line at once, an acknowledge lowers it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <asm/apic.h>
#include "compare.h"

static ulong transports = 0xfeb00000;
module_param(transports, ulong, 0400);
MODULE_PARM_DESC(transports, "virtio-mmio transport of pin 0; 512 bytes each");

/* Pin 0 last: it is wired wrongly, and driven less often */
const u8 compare_lines[COMPARE_LINES] = { 3, 11, 23, 0 };
static void __iomem *transport[COMPARE_LINES];
static void *queue[COMPARE_LINES];

/* The lines: virtio-mmio, version 1 */

enum {
	VIRTIO_MAGIC = 0x00, VIRTIO_VERSION = 0x04, VIRTIO_DEVICE = 0x08,
	VIRTIO_PAGE_SIZE = 0x28, VIRTIO_QUEUE = 0x30, VIRTIO_QUEUE_NUM = 0x38,
	VIRTIO_QUEUE_ALIGN = 0x3c, VIRTIO_QUEUE_PFN = 0x40, VIRTIO_NOTIFY = 0x50,
	VIRTIO_ACK = 0x64, VIRTIO_STATUS = 0x70,
};

/* Its status */
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4 };

#define CONTROL_OUT	3	/* the queue of control messages to a console */

static int line_open(unsigned int i)
{
	void __iomem *t = ioremap(transports + 512 * compare_lines[i], 512);

	transport[i] = t;
	if (!t)
		return -ENOMEM;
	if (readl(t + VIRTIO_MAGIC) != 0x74726976 || readl(t + VIRTIO_VERSION) != 1 ||
	    readl(t + VIRTIO_DEVICE) != 3 || readl(t + VIRTIO_STATUS) & DRIVER_OK) {
		pr_err("pin %u: no virtio-serial device that is free\n", compare_lines[i]);
		return -ENODEV;
	}
	queue[i] = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 1);
	if (!queue[i])
		return -ENOMEM;
	writel(0, t + VIRTIO_STATUS);
	writel(ACKNOWLEDGE | DRIVER, t + VIRTIO_STATUS);
	writel(PAGE_SIZE, t + VIRTIO_PAGE_SIZE);
	writel(CONTROL_OUT, t + VIRTIO_QUEUE);
	writel(4, t + VIRTIO_QUEUE_NUM);
	writel(PAGE_SIZE, t + VIRTIO_QUEUE_ALIGN);
	writel(virt_to_phys(queue[i]) >> PAGE_SHIFT, t + VIRTIO_QUEUE_PFN);
	writel(ACKNOWLEDGE | DRIVER | DRIVER_OK, t + VIRTIO_STATUS);
	return 0;
}

/* Of all lines; also of those that were not opened */
void qemu_lines_close(void)
{
	unsigned int i;

	for (i = 0; i < COMPARE_LINES; i++) {
		if (queue[i]) {
			writel(0, transport[i] + VIRTIO_STATUS);
			free_pages((unsigned long)queue[i], 1);
		}
		if (transport[i])
			iounmap(transport[i]);
	}
}

int qemu_lines_open(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < COMPARE_LINES && !err; i++)
		err = line_open(i);
	return err;
}

static int line_of(unsigned int pin)
{
	unsigned int i;

	for (i = 0; i < COMPARE_LINES; i++)
		if (compare_lines[i] == pin)
			return i;
	return -1;
}

/* The model */

/* Does a local APIC take what a pin with @rte sends? */
bool compare_is_accepted(u64 rte)
{
	u8 vector = rte & VIOAPIC_RTE_VECTOR;

	if (rte & (VIOAPIC_RTE_LOGICAL | 0x600) || rte >> 48 != both.apic_id << 8)
		return false;
	return vector >= COMPARE_VECTORS && BIT(vector - COMPARE_VECTORS) & COMPARE_QUIET;
}

u64 ours_messages(void)
{
	return both.waiting | (u64)(both.level & both.waiting) << 32;
}

static u64 ours_rte(unsigned int pin)
{
	return vioapic_model_register(both.model, COMPARE_LOW(pin)) |
	       (u64)vioapic_model_register(both.model, COMPARE_LOW(pin) + 1) << 32;
}

/* The model's messages, to a local APIC that is thought to be like the machine's */
void ours_carry_out(const struct vioapic_effects *fx)
{
	unsigned int pin;
	bool accepted;
	u32 bit;
	u64 rte;

	if (!(fx->what & VIOAPIC_FX_DELIVER))
		return;
	for (pin = 0; pin < COMPARE_PINS; pin++) {
		if (!(fx->deliver[0] & BIT_ULL(pin)))
			continue;
		rte = ours_rte(pin);
		accepted = compare_is_accepted(rte);
		if (accepted) {
			both.messages++;
			bit = BIT((rte & VIOAPIC_RTE_VECTOR) - COMPARE_VECTORS);
			both.waiting |= bit;
			if (vioapic_rte_is_level(rte))
				both.level |= bit;
			else
				both.level &= ~bit;
		}
		vioapic_model_delivered(both.model, pin, accepted);
	}
}

void ours_write(unsigned int offset, unsigned int size, u64 value)
{
	struct vioapic_effects fx;

	vioapic_model_write(both.model, offset, size, value, &fx);
	both.redelivered += (fx.what & VIOAPIC_FX_EOI) && (fx.what & VIOAPIC_FX_DELIVER);
	ours_carry_out(&fx);
}

u64 ours_read(unsigned int offset, unsigned int size)
{
	struct vioapic_effects fx;

	return vioapic_model_read(both.model, offset, size, &fx);
}

void ours_line(unsigned int pin, bool high)
{
	struct vioapic_effects fx;

	vioapic_model_set_line(both.model, pin, high, &fx);
	ours_carry_out(&fx);
}

/* QEMU's */

static void __iomem *window;

int qemu_open(unsigned long address)
{
	char reason[VIOAPIC_REASON_LEN];
	int err = -ENOMEM;

	both.dev = kzalloc(sizeof(*both.dev), GFP_KERNEL);
	if (!both.dev)
		return -ENOMEM;
	both.model = &both.dev->model;
	raw_spin_lock_init(&both.dev->lock);
	both.dev->phys = address;
	both.dev->ops = &vioapic_native;
	window = ioremap(address, PAGE_SIZE);
	if (!window)
		goto free;
	err = both.dev->ops->attach(both.dev, reason);
	if (err)
		goto unmap;
	return 0;

unmap:
	iounmap(window);
free:
	kfree(both.dev);
	return err;
}

void qemu_close(void)
{
	both.dev->ops->detach(both.dev);
	iounmap(window);
	kfree(both.dev);
}

u64 qemu_read(unsigned int offset, unsigned int size)
{
	switch (size) {
	case 1:
		return readb(window + offset);
	case 2:
		return readw(window + offset);
	case 4:
		return readl(window + offset);
	default:
		return readq(window + offset);
	}
}

void qemu_write(unsigned int offset, unsigned int size, u64 value)
{
	switch (size) {
	case 1:
		writeb(value, window + offset);
		break;
	case 2:
		writew(value, window + offset);
		break;
	case 4:
		writel(value, window + offset);
		break;
	default:
		writeq(value, window + offset);
	}
}

/* Vectors that wait in the local APIC, and above them those of levels */
u64 qemu_messages(void)
{
	u32 irr = apic->read(APIC_IRR + COMPARE_VECTORS / 2) & COMPARE_QUIET;

	return irr | (u64)(apic->read(APIC_TMR + COMPARE_VECTORS / 2) & irr) << 32;
}

/* What QEMU remembers of the line that it has at @pin */
static void latch(unsigned int pin, bool high)
{
	u64 rte = compare_rte(both.qemu, pin);

	if (rte & VIOAPIC_RTE_LEVEL)
		both.pin[pin].latched = high;
	else if (high && !(rte & VIOAPIC_RTE_MASKED))
		both.pin[pin].latched = false;
}

void qemu_line(unsigned int pin, bool high)
{
	void __iomem *t = transport[line_of(pin)];

	if (high)
		writel(CONTROL_OUT, t + VIRTIO_NOTIFY);
	else
		writel(1, t + VIRTIO_ACK);
	both.pin[pin].high = high;
	/* As the PC's timer is wired, on each of its I/O APICs */
	latch(pin ? pin : 2, high);
}

void both_read(void)
{
	unsigned int i;

	for (i = 0; i < COMPARE_INDEXES; i++) {
		both.qemu[i] = both.dev->ops->reg_read(both.dev, i);
		both.ours[i] = vioapic_model_register(both.model, i);
	}
	for (i = 0; i < COMPARE_PINS; i++)
		if (!(both.qemu[COMPARE_LOW(i)] & (VIOAPIC_RTE_LEVEL | VIOAPIC_RTE_MASKED)))
			both.pin[i].latched = false;
}

/* Interrupts that wait are taken; the kernel ends each, and the I/O APICs hear of levels */
void both_take(void)
{
	struct vioapic_effects fx;
	u32 ended = both.waiting;
	int i;

	raw_spin_unlock_irq(&both.dev->lock);
	raw_spin_lock_irq(&both.dev->lock);

	both.waiting = 0;
	for (i = 31; i >= 0; i--) {
		if (!(ended & both.level & BIT(i)))
			continue;
		vioapic_model_eoi(both.model, COMPARE_VECTORS + i, &fx);
		ours_carry_out(&fx);
	}
}

void both_write(unsigned int index, u32 value)
{
	both.dev->ops->reg_write(both.dev, index, value);
	ours_write(VIOAPIC_IOREGSEL, 4, index);
	ours_write(VIOAPIC_IOWIN, 4, value);
}

/* To where both agree, and have the same history */
static void calm_one(unsigned int pin)
{
	both_write(COMPARE_LOW(pin), VIOAPIC_RTE_MASKED | VIOAPIC_RTE_LEVEL);
	if (line_of(pin) >= 0) {
		qemu_line(pin, false);
		ours_line(pin, false);
	}
	both_write(COMPARE_LOW(pin), VIOAPIC_RTE_MASKED);
	both_write(COMPARE_LOW(pin) + 1, 0);
	both.pin[pin] = (struct compare_pin){ .driven = line_of(pin) >= 0 };
}

void both_calm(unsigned int pin)
{
	if (pin != 0 && pin != 2) {
		calm_one(pin);
		return;
	}
	/* One line: QEMU has to be told at pin 2, and while that is level, that it is low */
	both_write(COMPARE_LOW(2), VIOAPIC_RTE_MASKED | VIOAPIC_RTE_LEVEL);
	calm_one(0);
	calm_one(2);
}

