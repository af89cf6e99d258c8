// SPDX-License-Identifier: GPL-2.0
/*
 * The same random accesses to QEMU's I/O APIC, through the native backend and
 * through a mapping of our own, and to the model as owner of its pins.  After
 * each access every register is compared, and the messages that wait in the
 * local APIC; each difference has to be in compare_rules[].  Then what has come
 * apart is put to rest, so that one difference is not the cause of the next.
 *
 * Needs an I/O APIC that the kernel has no pin of in use, and one CPU.  Unmasked
 * pins send to a local APIC that does not exist, or vectors that the kernel takes
 * in silence; see tame() for why nothing else is let through.
 *
 * All is done with interrupts off, but for when they are to be taken.  Results
 * are in /sys/kernel/debug/vioapic_compare: "rules" and "summary".
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <asm/apic.h>
#include "compare.h"

#define BATCH		64	/* steps with interrupts off */
#define SHOWN		8	/* unexplained differences that are printed */

static ulong address = 0xfec10000;
module_param(address, ulong, 0400);
static uint seed = 1;
module_param(seed, uint, 0400);
static uint steps = 100000;
module_param(steps, uint, 0400);

struct compare_state both;
static struct dentry *dir;

static void tell(const struct compare_diff *d, u64 left)
{
	static const char * const what[] = { "value", "IOREGSEL", "register", "messages" };
	static const char * const op[] = { "read", "write", "line", "take" };
	const struct compare_step *st = &both.step;

	if (both.unexplained++ >= SHOWN)
		return;
	pr_err("unexplained: %s %#x: QEMU %#llx, ours %#llx, bits %#llx\n",
	       what[d->what], d->index, d->qemu, d->ours, left);
	pr_err("  after %s: offset %#x size %u index %#x value %#llx, pin %u from %u to %u\n",
	       op[st->op], st->offset, st->size, st->index, st->value, st->pin,
	       st->was_high, st->high);
	if (d->what == COMPARE_REGISTER)
		pr_err("  before: %#x\n", both.was[d->index]);
}

bool compare_same(enum compare_what what, unsigned int index, u64 qemu, u64 ours)
{
	struct compare_diff d = { .what = what, .index = index, .qemu = qemu, .ours = ours };
	u64 left;

	if (qemu == ours)
		return true;
	left = compare_judge(&both, &d);
	if (left)
		tell(&d, left);
	return false;
}

/* Pins in @apart, or all if messages went astray, and the ID */
static void bring_together(u32 apart, bool messages, bool id)
{
	unsigned int i;

	for (i = 0; i < COMPARE_PINS; i++)
		if (messages || apart & BIT(i))
			both_calm(i);
	if (messages) {
		both_take();
		both.waiting = 0;
	}
	if (id)
		both_write(VIOAPIC_REG_ID, both.was[VIOAPIC_REG_ID]);

	both_read();
	for (i = 0; i < COMPARE_INDEXES; i++) {
		if (both.qemu[i] == both.ours[i] || i == VIOAPIC_REG_ARB)
			continue;
		pr_err("register %#x stays apart: QEMU %#x, ours %#x\n",
		       i, both.qemu[i], both.ours[i]);
		both.unexplained++;
	}
}

void compare_all(void)
{
	u8 index = both.dev->ops->get_index(both.dev), ours = ours_read(VIOAPIC_IOREGSEL, 4);
	bool messages, id = false;
	unsigned int i;
	u32 apart = 0;

	/* All is looked at before anything is mended */
	both_read();
	compare_same(COMPARE_IOREGSEL, 0, index, ours);
	messages = !compare_same(COMPARE_MESSAGE, 0, qemu_messages(), ours_messages());
	for (i = 0; i < COMPARE_INDEXES; i++) {
		if (compare_same(COMPARE_REGISTER, i, both.qemu[i], both.ours[i]))
			continue;
		if (i == VIOAPIC_REG_ID)
			id = true;
		else if (i >= VIOAPIC_REG_RTE)
			apart |= BIT((i - VIOAPIC_REG_RTE) / 2);
	}
	if (apart || messages || id)
		bring_together(apart, messages, id);
	ours_write(VIOAPIC_IOREGSEL, 4, ours);
	both.dev->ops->put_index(both.dev, ours);

	memcpy(both.was, both.ours, sizeof(both.was));
	for (i = 0; i < COMPARE_PINS; i++)
		both.pin[i].was = both.pin[i].latched;
	both.step.index = ours;
}

static void run(void)
{
	unsigned int i, j;

	for (i = 0; i < steps && both.unexplained < SHOWN; i += BATCH) {
		raw_spin_lock_irq(&both.dev->lock);
		for (j = 0; j < BATCH; j++) {
			compare_step_random();
			both.accesses += both.step.op == COMPARE_READ ||
					 both.step.op == COMPARE_WRITE;
			compare_all();
		}
		compare_step_take();
		compare_all();
		raw_spin_unlock_irq(&both.dev->lock);
		cond_resched();
	}
	if (both.version != 0x20)
		return;
	raw_spin_lock_irq(&both.dev->lock);
	compare_step_storm();
	compare_step_take();
	compare_all();
	raw_spin_unlock_irq(&both.dev->lock);
}

/* Results */

static int rules_show(struct seq_file *m, void *unused)
{
	const struct compare_rule *rule;

	for (rule = compare_rules; rule->name; rule++) {
		if (!compare_applies(rule, both.version))
			continue;
		seq_printf(m, "%u|%s|%s|%s|%s|%s|%s\n", rule->count, rule->name, rule->where,
			   rule->qemu, rule->ours, rule->section, rule->verdict);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(rules);

static int summary_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "version %#x seed %u accesses %u messages %u redelivered %u unexplained %u\n",
		   both.version, seed, both.accesses, both.messages, both.redelivered,
		   both.unexplained);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(summary);

/* Life */

static u32 before[COMPARE_INDEXES];
static u8 index_before;

/* An I/O APIC of which no pin is in use, or an errno */
static int look(void)
{
	unsigned int i;

	raw_spin_lock_irq(&both.dev->lock);
	index_before = both.dev->ops->get_index(both.dev);
	for (i = 0; i < COMPARE_INDEXES; i++)
		before[i] = both.dev->ops->reg_read(both.dev, i);
	both.dev->ops->put_index(both.dev, index_before);
	raw_spin_unlock_irq(&both.dev->lock);

	both.version = before[VIOAPIC_REG_VERSION];
	if (before[VIOAPIC_REG_VERSION] >> 16 != COMPARE_PINS - 1) {
		pr_err("no I/O APIC of %u pins at %#lx\n", COMPARE_PINS, address);
		return -ENODEV;
	}
	for (i = 0; i < COMPARE_PINS; i++) {
		if (before[COMPARE_LOW(i)] & VIOAPIC_RTE_MASKED)
			continue;
		pr_err("pin %u of the I/O APIC at %#lx is in use\n", i, address);
		return -EBUSY;
	}
	return 0;
}

static void begin(void)
{
	unsigned int i;

	prandom_seed_state(&both.rnd, seed);
	both.peek = ours_read;
	both.apic_id = apic->read(APIC_ID) >> 24;
	both.ldr = apic->read(APIC_LDR) >> 24;
	raw_spin_lock_irq(&both.dev->lock);
	both_read();
	for (i = 0; i < COMPARE_PINS; i++)
		both_calm(i);
	both_read();
	compare_all();
	raw_spin_unlock_irq(&both.dev->lock);
}

static void put_back(void)
{
	unsigned int i;

	raw_spin_lock_irq(&both.dev->lock);
	for (i = 0; i < COMPARE_PINS; i++)
		both_calm(i);
	for (i = 0; i < COMPARE_INDEXES; i++)
		both.dev->ops->reg_write(both.dev, i, before[i]);
	both.dev->ops->put_index(both.dev, index_before);
	raw_spin_unlock_irq(&both.dev->lock);
}

static int __init compare_init(void)
{
	int err;

	if (num_online_cpus() != 1)
		return -EINVAL;
	err = qemu_open(address);
	if (err)
		return err;
	err = look();
	if (err)
		goto close;
	err = vioapic_model_init(both.model, vioapic_chip_for(both.version), VIOAPIC_OWNER,
				 COMPARE_PINS, before[VIOAPIC_REG_ID] >> 24);
	if (err)
		goto close;
	err = qemu_lines_open();
	if (err)
		goto lines;
	begin();
	run();
	put_back();
	dir = debugfs_create_dir("vioapic_compare", NULL);
	debugfs_create_file("rules", 0400, dir, NULL, &rules_fops);
	debugfs_create_file("summary", 0400, dir, NULL, &summary_fops);
lines:
	qemu_lines_close();
close:
	qemu_close();
	return err;
}

static void __exit compare_exit(void)
{
	debugfs_remove_recursive(dir);
}

module_init(compare_init);
module_exit(compare_exit);
MODULE_DESCRIPTION("QEMU's I/O APIC and the model side by side, for the tests of vioapic");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");

