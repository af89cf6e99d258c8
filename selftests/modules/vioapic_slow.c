// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps level interrupts in service: who looks at an I/O APIC from outside, at whatever
 * moment, shall find one.
 *
 * "N" to the parameter irq: whoever has interrupt N shares it from now on with a handler
 * that takes 5 ms and does nothing.  One that was there before the device's driver runs
 * while the line is still asserted, one that came afterwards while it is not.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>

#define HANDLERS	2

static unsigned int irqs[HANDLERS];
static unsigned int nr;

static irqreturn_t handler(int irq, void *cookie)
{
	mdelay(5);
	return IRQ_NONE;
}

/* Under the module's lock of parameters */
static int set_irq(const char *text, const struct kernel_param *kp)
{
	unsigned int irq;
	int err = kstrtouint(text, 0, &irq);

	if (err)
		return err;
	if (nr == HANDLERS)
		return -ENOSPC;
	err = request_irq(irq, handler, IRQF_SHARED, "vioapic_slow", &irqs[nr]);
	if (!err)
		irqs[nr++] = irq;
	return err;
}

static const struct kernel_param_ops irq_ops = { .set = set_irq };

module_param_cb(irq, &irq_ops, NULL, 0200);

static int __init slow_init(void)
{
	return 0;
}

static void __exit slow_exit(void)
{
	while (nr) {
		nr--;
		free_irq(irqs[nr], &irqs[nr]);
	}
}

module_init(slow_init);
module_exit(slow_exit);
MODULE_DESCRIPTION("vioapic selftest: interrupts whose service takes long");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
