// SPDX-License-Identifier: GPL-2.0
/*
 * NMIs while the lock of an I/O APIC is held, and holders who take long, or die: a tracer
 * of ours is called under the lock.
 *
 * In /sys/kernel/debug/vioapic_nmi, with OPS what an NMI does to the line of PIN, in this
 * order: r raise, l lower, p pulse:
 *   beneath  "SIM PIN OPS OTHER": pulse the pin OTHER, which is edge-triggered and routed; while
 *            its message is sent, an NMI on this CPU does OPS
 *   window   "SIM PIN OPS AFTER": the same while the lock has been taken and nobody has said by
 *            whom.  Then, before interrupts are on again, AFTER is done by this very task
 *   rob      "SIM PIN": from now on, when a CPU seizes the lock in a rendezvous, another
 *            pulses PIN from an NMI, and has its time.  "SIM PIN off" ends that
 *   cost     "SIM PIN OPS": without an NMI
 *   die      "SIM PIN": pulse PIN, and die of it
 *   peek     anything: in an access to the kernel's first I/O APIC, another by an NMI: its value
 *   linger   anything: an access to the kernel's first I/O APIC by another CPU takes long, and
 *            this one makes another meanwhile
 * Reads as "ERRNO INSTRUCTIONS": of the last operation on a line, and of all (under -icount
 * the TSC counts instructions); of rob, "HELD ROBBED": how often it had the lock, and how often
 * not any more at the end; of linger, how many accesses had been made while it took long.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hardirq.h>
#include <linux/io.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/processor.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/tracepoint.h>
#include <asm/apic.h>
#include <asm/fixmap.h>
#include <asm/msr.h>
#include <asm/nmi.h>
#include <vioapic/sim_device.h>
#include "vioapic_user.h"

#define WAIT_FOR_NMI	BIT(20)
#define HAVE_ITS_TIME	BIT(14)
/* Longer than anybody should ever have thought a holder to be dead after */
#define LINGER		(BIT(25) + BIT(24))

static struct dentry *root;
static struct tracepoint *deliver, *access;
static struct vioapic_sim *sim;
static unsigned int pin;
static char ops[8];
static char answer[64];

static bool nmi_wanted, nmi_done;
static int last_err;
static u64 instructions;

static enum { NOTHING, SEND_NMI, DIE, LONG } in_tracer;
static atomic_t held, robbed;
static int linger_cpu = -1;
static bool lingering;
static atomic_t accesses;

static void __iomem *iowin(void)
{
	return (void __iomem *)__fix_to_virt(FIX_IO_APIC_BASE_0) + 0x10;
}

/* x: of the kernel's own I/O APIC */
static int operate_one(char op)
{
	switch (op) {
	case 'p':
		return vioapic_sim_pulse(sim, pin);
	case 'x':
		return readl(iowin());
	default:
		return vioapic_sim_set_line(sim, pin, op == 'r');
	}
}

static void operate(void)
{
	u64 start = rdtsc_ordered();
	const char *op;

	for (op = ops; *op; op++)
		last_err = operate_one(*op);
	instructions = rdtsc_ordered() - start;
}

static int nmi_handler(unsigned int type, struct pt_regs *regs)
{
	if (!xchg(&nmi_wanted, false))
		return NMI_DONE;
	operate();
	smp_store_release(&nmi_done, true);	/* pairs with nmi_on() */
	return NMI_HANDLED;
}

/* Returns when the NMI has, on this CPU; on another, when it has the lock */
static void nmi_on(unsigned int cpu, bool (*until)(void))
{
	unsigned int spins;

	WRITE_ONCE(nmi_done, false);
	smp_store_mb(nmi_wanted, true);	/* before it comes */
	apic->send_IPI(cpu, NMI_VECTOR);
	for (spins = 0; spins < WAIT_FOR_NMI && !until(); spins++)
		cpu_relax();
}

static bool is_done(void)
{
	return smp_load_acquire(&nmi_done);	/* pairs with nmi_handler() */
}

/* The tracer of messages, under the lock of their I/O APIC; trailing arguments may be left out */
static void on_deliver(void *data)
{
	unsigned int spins;

	if (in_tracer == LONG && in_nmi()) {
		atomic_inc(&held);
		for (spins = 0; spins < HAVE_ITS_TIME; spins++)
			cpu_relax();
		if (READ_ONCE(sim->dev.owner) != raw_smp_processor_id())
			atomic_inc(&robbed);
	} else if (in_tracer == SEND_NMI && !in_nmi()) {
		in_tracer = NOTHING;
		nmi_on(raw_smp_processor_id(), is_done);
	} else if (in_tracer == DIE) {
		in_tracer = NOTHING;
		__builtin_trap();
	}
}

/* The same of accesses */
static void on_access(void *data)
{
	unsigned int spins;

	if (in_tracer == SEND_NMI && !in_nmi()) {
		in_tracer = NOTHING;
		nmi_on(raw_smp_processor_id(), is_done);
	}
	if (READ_ONCE(linger_cpu) != raw_smp_processor_id())
		return;
	WRITE_ONCE(linger_cpu, -1);
	atomic_set(&accesses, 0);
	smp_store_mb(lingering, true);	/* pairs with linger() */
	for (spins = 0; spins < LINGER; spins++)
		cpu_relax();
	scnprintf(answer, sizeof(answer), "%d", atomic_read(&accesses));
	smp_store_mb(lingering, false);	/* likewise */
}

static void touch(void *unused)
{
	readl(iowin());
	atomic_inc(&accesses);
}

static int begin(const char *line, char *rest)
{
	char name[32];

	if (sscanf(line, "%31s %u %7s", name, &pin, rest) < 2)
		return -EINVAL;
	sim = vioapic_sim_get(name);
	return PTR_ERR_OR_ZERO(sim);
}

static void end(void)
{
	vioapic_sim_put(sim);
	scnprintf(answer, sizeof(answer), "%d %llu", last_err, instructions);
}

static int beneath(const char *line)
{
	unsigned int other;
	int err;

	if (sscanf(line, "%*s %*u %*s %u", &other) != 1)
		return -EINVAL;
	err = begin(line, ops);
	if (err)
		return err;
	in_tracer = SEND_NMI;
	err = vioapic_sim_pulse(sim, other);
	if (in_tracer != NOTHING || !is_done())
		err = -ETIMEDOUT;
	in_tracer = NOTHING;
	end();
	return err;
}

static int window(const char *line)
{
	char after[8] = "";
	unsigned long flags;
	int err;

	if (sscanf(line, "%*s %*u %*s %7s", after) != 1)
		*after = '\0';
	err = begin(line, ops);
	if (err)
		return err;
	local_irq_save(flags);
	arch_spin_lock(&sim->dev.lock.raw_lock);
	nmi_on(smp_processor_id(), is_done);
	arch_spin_unlock(&sim->dev.lock.raw_lock);
	if (!is_done())
		err = -ETIMEDOUT;
	end();
	if (*after)
		vioapic_sim_set_line(sim, pin, *after == 'r');
	local_irq_restore(flags);
	return err;
}

static int cost(const char *line)
{
	unsigned long flags;
	int err = begin(line, ops);

	if (err)
		return err;
	local_irq_save(flags);
	operate();
	local_irq_restore(flags);
	end();
	return 0;
}

static int die(const char *line)
{
	int err = begin(line, ops);

	if (err)
		return err;
	/* We have it only for as long as we live */
	vioapic_sim_put(sim);
	in_tracer = DIE;
	vioapic_sim_pulse(sim, pin);
	in_tracer = NOTHING;
	return -EIO;
}

static int before;

static int peek(const char *line)
{
	unsigned long flags;
	int err = 0;

	strscpy(ops, "x", sizeof(ops));
	local_irq_save(flags);
	in_tracer = SEND_NMI;
	touch(NULL);
	if (in_tracer != NOTHING || !is_done())
		err = -ETIMEDOUT;
	in_tracer = NOTHING;
	local_irq_restore(flags);
	scnprintf(answer, sizeof(answer), "%d %llu", last_err, instructions);
	return err;
}

static bool is_held(void)
{
	return is_done() || atomic_read(&held) != before;
}

/* In the rendezvous: all other CPUs are there, their interrupts off */
static int on_seize(struct kprobe *kp, struct pt_regs *regs)
{
	if (in_tracer != LONG || (void *)regs->di != &sim->dev)
		return 0;
	before = atomic_read(&held);
	nmi_on(cpumask_any_but(cpu_online_mask, raw_smp_processor_id()), is_held);
	return 0;
}

static struct kprobe seize = { .symbol_name = "vioapic_device_seize", .pre_handler = on_seize };

static int rob(const char *line)
{
	char off[8] = "";
	int err;

	if (in_tracer == LONG) {
		unregister_kprobe(&seize);
		in_tracer = NOTHING;
		vioapic_sim_put(sim);
		scnprintf(answer, sizeof(answer), "%d %d", atomic_read(&held),
			  atomic_read(&robbed));
		return 0;
	}
	err = begin(line, off);
	if (err)
		return err;
	strscpy(ops, "p", sizeof(ops));
	atomic_set(&held, 0);
	atomic_set(&robbed, 0);
	seize.addr = NULL;
	seize.flags = 0;
	err = register_kprobe(&seize);
	if (err) {
		vioapic_sim_put(sim);
		return err;
	}
	in_tracer = LONG;
	return 0;
}

static int linger(const char *line)
{
	unsigned int spins;
	unsigned int cpu;
	int err;

	migrate_disable();
	cpu = cpumask_any_but(cpu_online_mask, smp_processor_id());
	scnprintf(answer, sizeof(answer), "nobody lingered");
	WRITE_ONCE(linger_cpu, cpu);
	err = smp_call_function_single(cpu, touch, NULL, 0);
	for (spins = 0; !err && spins < WAIT_FOR_NMI && !READ_ONCE(lingering); spins++)
		cpu_relax();
	if (!err)
		touch(NULL);
	while (!err && READ_ONCE(lingering))
		cpu_relax();
	migrate_enable();
	return err;
}

static const struct action {
	const char *name;
	int (*act)(const char *line);
} actions[] = {
	{ "beneath", beneath }, { "window", window }, { "cost", cost }, { "die", die },
	{ "rob", rob }, { "peek", peek }, { "linger", linger },
};

static ssize_t file_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	const struct action *action = file_inode(file)->i_private;
	char line[80];
	int err = vioapic_user_line(line, sizeof(line), buf, len);

	if (!err)
		err = action->act(line);
	return err ?: len;
}

static int file_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%s\n", answer);
	return 0;
}

static int file_open(struct inode *inode, struct file *file)
{
	return single_open(file, file_show, NULL);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE, .open = file_open, .read = seq_read, .write = file_write,
	.release = single_release,
};

/* By their last word, with or without a prefix */
static bool is_called(const struct tracepoint *tp, const char *word)
{
	size_t len = strlen(tp->name), n = strlen(word);

	return len >= n && !strcmp(tp->name + len - n, word) && !strstr(tp->name, "guest");
}

static int find_tracepoints(struct notifier_block *nb, unsigned long action, void *data)
{
	struct module *mod = ((struct tp_module *)data)->mod;
	unsigned int i;

	if (action != MODULE_STATE_COMING || strcmp(mod->name, "vioapic"))
		return NOTIFY_OK;
	for (i = 0; i < mod->num_tracepoints; i++) {
		struct tracepoint *tp = tracepoint_ptr_deref(&mod->tracepoints_ptrs[i]);

		if (is_called(tp, "deliver"))
			deliver = tp;
		if (is_called(tp, "access"))
			access = tp;
	}
	return NOTIFY_OK;
}

static struct notifier_block modules = { .notifier_call = find_tracepoints };

static int __init nmis_init(void)
{
	unsigned int i;
	int err;

	/* Tells of the modules that are there already, too */
	register_tracepoint_module_notifier(&modules);
	unregister_tracepoint_module_notifier(&modules);
	if (!deliver || !access)
		return -ENOENT;
	err = register_nmi_handler(NMI_LOCAL, nmi_handler, 0, "vioapic_nmi");
	if (err)
		return err;
	err = tracepoint_probe_register(deliver, on_deliver, NULL);
	if (err)
		goto err_nmi;
	err = tracepoint_probe_register(access, on_access, NULL);
	if (err)
		goto err_deliver;
	root = debugfs_create_dir("vioapic_nmi", NULL);
	for (i = 0; i < ARRAY_SIZE(actions); i++)
		debugfs_create_file(actions[i].name, 0600, root, (void *)&actions[i], &fops);
	return 0;

err_deliver:
	tracepoint_probe_unregister(deliver, on_deliver, NULL);
	tracepoint_synchronize_unregister();
err_nmi:
	unregister_nmi_handler(NMI_LOCAL, "vioapic_nmi");
	return err;
}

static void __exit nmis_exit(void)
{
	debugfs_remove_recursive(root);
	tracepoint_probe_unregister(access, on_access, NULL);
	tracepoint_probe_unregister(deliver, on_deliver, NULL);
	tracepoint_synchronize_unregister();
	unregister_nmi_handler(NMI_LOCAL, "vioapic_nmi");
}

module_init(nmis_init);
module_exit(nmis_exit);
MODULE_DESCRIPTION("NMIs and holders of locks, for the tests of vioapic");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
