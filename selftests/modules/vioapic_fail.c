// SPDX-License-Identifier: GPL-2.0
/*
 * The nth allocation of a task fails: what /proc/self/fail-nth does where the kernel has
 * CONFIG_FAILSLAB and CONFIG_FAIL_PAGE_ALLOC.  The functions that these are made of some stock
 * kernels have and call, too (6.1), where they say that nothing fails: a kprobe answers for them.
 *
 * Those allocations count that are made with a module on the stack.  /sys/kernel/debug/vioapic_fail
 * is as the kernel's file, for the task that was the last to write it.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>

#define DEPTH	48

static struct task_struct *victim;	/* never dereferenced */
static unsigned int nth;		/* only the victim writes it */
static struct dentry *file;

/* Instead of the function that was asked */
static noinline notrace void answered(void)
{
}

static bool is_of_module(unsigned long function)
{
	unsigned long stack[DEPTH];
	unsigned int i, n = stack_trace_save(stack, DEPTH, 0);

	/* Above it is how a kprobe is called, by a module and from trampolines */
	for (i = 0; i < n && stack[i] - function > 16; i++)
		;
	while (++i < n)
		if (stack[i] >= MODULES_VADDR && stack[i] < MODULES_END)
			return true;
	return false;
}

static int answer(struct kprobe *p, struct pt_regs *regs, gfp_t flags, long refusal)
{
	if (READ_ONCE(victim) != current || !nth || in_hardirq() || in_serving_softirq() ||
	    flags & __GFP_NOFAIL || !is_of_module((unsigned long)p->addr) || --nth)
		return 0;
	regs->ax = refusal;
	regs->ip = (unsigned long)answered;
	return 1;
}

/* int should_failslab(struct kmem_cache *s, gfp_t gfpflags) */
static int asked_slab(struct kprobe *p, struct pt_regs *regs)
{
	return answer(p, regs, (__force gfp_t)regs->si, -ENOMEM);
}

/* bool should_fail_alloc_page(gfp_t gfp_mask, unsigned int order) */
static int asked_page(struct kprobe *p, struct pt_regs *regs)
{
	return answer(p, regs, (__force gfp_t)regs->di, true);
}

static struct kprobe slab = { .symbol_name = "should_failslab", .pre_handler = asked_slab };
static struct kprobe page = { .symbol_name = "should_fail_alloc_page", .pre_handler = asked_page };
static struct kprobe *probes[] = { &slab, &page };

static ssize_t tell(struct file *unused, char __user *user, size_t size, loff_t *at)
{
	char text[24];

	return simple_read_from_buffer(user, size, at, text, sprintf(text, "%u\n", nth));
}

static ssize_t set(struct file *unused, const char __user *user, size_t size, loff_t *at)
{
	int err = kstrtouint_from_user(user, size, 10, &nth);

	WRITE_ONCE(victim, current);
	return err ?: size;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = tell,
	.write = set,
	.llseek = default_llseek,
};

static int __init vioapic_fail_init(void)
{
	int err = register_kprobes(probes, ARRAY_SIZE(probes));

	if (err)
		return err;
	file = debugfs_create_file("vioapic_fail", 0600, NULL, NULL, &fops);
	return 0;
}

static void __exit vioapic_fail_exit(void)
{
	debugfs_remove(file);
	unregister_kprobes(probes, ARRAY_SIZE(probes));
}

module_init(vioapic_fail_init);
module_exit(vioapic_fail_exit);

MODULE_DESCRIPTION("vioapic selftest: allocations that fail");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
