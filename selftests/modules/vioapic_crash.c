// SPDX-License-Identifier: GPL-2.0
/*
 * Brings the machine down while the lock of a taken I/O APIC is held: the
 * tracepoint vioapic:access fires inside of it.
 *
 * how=inside  panics right there;
 * how=beside  leaves another CPU spinning there for ever, interrupts off, and
 *             panics on this one;
 * how=die     only the task that holds it dies, of an oops;
 * how=plain   panics with nothing held.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/processor.h>
#include <linux/smp.h>
#include <linux/tracepoint.h>
#include <asm/fixmap.h>

static char *how = "plain";
module_param(how, charp, 0400);

static struct tracepoint *access;
static bool armed;
static bool held;

static void touch(void *unused)
{
	readl((void __iomem *)__fix_to_virt(FIX_IO_APIC_BASE_0) + 0x10);
}

/* The tracepoint's prototype: unused arguments may be left out at the end. */
static void probe(void *data)
{
	if (!xchg(&armed, false))
		return;
	WRITE_ONCE(held, true);
	if (!strcmp(how, "inside"))
		panic("vioapic_crash: inside of the lock");
	if (!strcmp(how, "die"))
		__builtin_trap();
	/* Until a NMI stops this CPU */
	for (;;)
		cpu_relax();
}

static int find_access(struct notifier_block *nb, unsigned long action, void *data)
{
	struct module *mod = ((struct tp_module *)data)->mod;
	unsigned int i;

	if (action != MODULE_STATE_COMING || strcmp(mod->name, "vioapic"))
		return NOTIFY_OK;
	for (i = 0; i < mod->num_tracepoints; i++) {
		struct tracepoint *tp = tracepoint_ptr_deref(&mod->tracepoints_ptrs[i]);

		if (!strcmp(tp->name, "access"))
			access = tp;
	}
	return NOTIFY_OK;
}

static struct notifier_block modules = { .notifier_call = find_access };

static int __init crash_init(void)
{
	unsigned int i;
	int err;

	if (!strcmp(how, "plain"))
		panic("vioapic_crash: plain");

	/* Tells of the modules that are there already, too. */
	register_tracepoint_module_notifier(&modules);
	if (!access) {
		unregister_tracepoint_module_notifier(&modules);
		return -ENOENT;
	}
	err = tracepoint_probe_register(access, probe, NULL);
	if (err) {
		unregister_tracepoint_module_notifier(&modules);
		return err;
	}
	WRITE_ONCE(armed, true);
	if (!strcmp(how, "inside") || !strcmp(how, "die"))
		touch(NULL);
	else
		smp_call_function_single(cpumask_any_but(cpu_online_mask, get_cpu()),
					 touch, NULL, 0);
	for (i = 0; i < 1000 && !READ_ONCE(held); i++)
		mdelay(1);
	if (READ_ONCE(held))
		panic("vioapic_crash: beside the lock");

	if (strcmp(how, "inside"))
		put_cpu();
	/* The access did not trap: no crash is better than one that proves nothing. */
	tracepoint_probe_unregister(access, probe, NULL);
	tracepoint_synchronize_unregister();
	unregister_tracepoint_module_notifier(&modules);
	return -EIO;
}

module_init(crash_init);
MODULE_DESCRIPTION("A crash at the worst of times, for the tests of vioapic");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
