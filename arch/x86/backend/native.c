// SPDX-License-Identifier: GPL-2.0
/*
 * The hardware I/O APIC, through a private mapping of its register page.
 *
 * IOREGSEL is written only when the data access that follows needs another
 * value than it has.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/lockdep.h>
#include <linux/printk.h>
#include <vioapic/device.h>

#define INDEX_UNKNOWN	(-1)

static void select(struct vioapic_device *dev, unsigned int index)
{
	lockdep_assert_held(&dev->lock);
	dev->reached = true;
	/* What may have forgotten must be told again. */
	if (dev->hw_index == index && !dev->eager)
		return;
	dev->hw_index = index;
	dev->cnt[VIOAPIC_CNT_HW_INDEX]++;
	writel(index, dev->hw + VIOAPIC_IOREGSEL);
}

static u32 native_reg_read(struct vioapic_device *dev, unsigned int index)
{
	select(dev, index);
	dev->posted = false;
	dev->cnt[VIOAPIC_CNT_HW_READS]++;
	return readl(dev->hw + VIOAPIC_IOWIN);
}

static u64 native_rte_read(struct vioapic_device *dev, unsigned int pin)
{
	unsigned int index = vioapic_rte_index(pin);
	u32 low = native_reg_read(dev, index);

	return low | (u64)native_reg_read(dev, index + 1) << 32;
}

static void native_reg_write(struct vioapic_device *dev, unsigned int index, u32 value)
{
	select(dev, index);
	dev->posted = true;
	dev->cnt[VIOAPIC_CNT_HW_WRITES]++;
	writel(value, dev->hw + VIOAPIC_IOWIN);
}

/* High half first, as Linux does: a pin must not be unmasked with a stale one. */
static void native_route(struct vioapic_device *dev, unsigned int pin, u64 old, u64 new)
{
	unsigned int index = vioapic_rte_index(pin);

	if ((old ^ new) >> 32)
		native_reg_write(dev, index + 1, new >> 32);
	if ((u32)(old ^ new))
		native_reg_write(dev, index, new);
}

static u32 native_sample(struct vioapic_device *dev, unsigned int pin)
{
	return native_reg_read(dev, vioapic_rte_index(pin));
}

/* A read pushes posted writes ahead of it; whatever is selected will do. */
static void native_flush(struct vioapic_device *dev)
{
	native_reg_read(dev, dev->hw_index == INDEX_UNKNOWN ? VIOAPIC_REG_VERSION :
							      dev->hw_index);
}

static void native_eoi(struct vioapic_device *dev, u8 vector)
{
	lockdep_assert_held(&dev->lock);
	dev->reached = true;
	dev->posted = true;
	dev->cnt[VIOAPIC_CNT_HW_WRITES]++;
	writel(vector, dev->hw + VIOAPIC_EOI);
}

static u8 native_get_index(struct vioapic_device *dev)
{
	lockdep_assert_held(&dev->lock);
	return readl(dev->hw + VIOAPIC_IOREGSEL);
}

/* No assertion: in a panic the lock's holder may be gone for good. */
static void native_put_index(struct vioapic_device *dev, u8 index)
{
	writel(index, dev->hw + VIOAPIC_IOREGSEL);
	dev->hw_index = INDEX_UNKNOWN;
}

static int native_attach(struct vioapic_device *dev, char *reason)
{
	dev->hw = ioremap(dev->phys, VIOAPIC_EOI + sizeof(u32));
	if (!dev->hw) {
		snprintf(reason, VIOAPIC_REASON_LEN,
			 "cannot map the registers at %#llx", dev->phys);
		return -ENOMEM;
	}
	dev->hw_index = INDEX_UNKNOWN;
	return 0;
}

static void native_detach(struct vioapic_device *dev)
{
	iounmap(dev->hw);
	dev->hw = NULL;
}

const struct vioapic_backend_ops vioapic_native = {
	.name = "native",
	.id = VIOAPIC_BACKEND_NATIVE,
	.attach = native_attach,
	.detach = native_detach,
	.route = native_route,
	.sample = native_sample,
	.flush = native_flush,
	.eoi = native_eoi,
	.reg_read = native_reg_read,
	.rte_read = native_rte_read,
	.reg_write = native_reg_write,
	.get_index = native_get_index,
	.put_index = native_put_index,
};
EXPORT_SYMBOL_GPL(vioapic_native);
