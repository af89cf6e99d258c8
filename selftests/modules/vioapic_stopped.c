// SPDX-License-Identifier: GPL-2.0
/*
 * For how long each CPU has its interrupts off in a stop_machine(): ticks of the TSC that the
 * kernel's multi_cpu_stop() takes, the probe at its end included.  Under -icount the TSC counts
 * instructions.
 *
 * /sys/module/vioapic_stopped/parameters/most is written to begin anew.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <asm/msr.h>

static unsigned long most;
module_param(most, ulong, 0644);

static int stopping(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	*(u64 *)ri->data = rdtsc();
	return 0;
}

/* On one CPU after the other, or at once: of two either may be the one whose number stays */
static int stopped(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	u64 taken = rdtsc() - *(u64 *)ri->data;

	if (taken > READ_ONCE(most))
		WRITE_ONCE(most, taken);
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "multi_cpu_stop",
	.entry_handler = stopping,
	.handler = stopped,
	.data_size = sizeof(u64),
};

static int __init stopped_init(void)
{
	return register_kretprobe(&probe);
}

static void __exit stopped_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(stopped_init);
module_exit(stopped_exit);

MODULE_DESCRIPTION("vioapic selftest: for how long stop_machine() has interrupts off");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
