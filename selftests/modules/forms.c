// SPDX-License-Identifier: GPL-2.0
/*
 * Every instruction form of decode_forms.S in the kernel, twice: on ordinary
 * memory, and then, with the same registers, flags and memory, on a page that is
 * not present, so through a real fault, the hook and vioapic_emulate().  All
 * must end the same.
 *
 * Does it all when loaded.  Loading fails with -EILSEQ if anything differed; the
 * kernel log then says what.  Needs the hook: a takeover has to come before.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/crc32.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/processor-flags.h>
#include <vioapic/trap.h>
#include "decode_aim.h"

#define REPORTS		10

static unsigned int hook = VIOAPIC_TRAP_OOPS;
module_param(hook, uint, 0444);
MODULE_PARM_DESC(hook, "0: page_fault_oops, 1: fixup_exception");

static unsigned int rounds = 10;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "how often each form is executed");

static unsigned long seed = 1;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of the random registers and memory");

static unsigned int different;
module_param(different, uint, 0444);

/* The device: memory, and what its last access was. */
static struct {
	struct vioapic_bus bus;
	u8 *byte;
	unsigned int faults;
	unsigned int reads;
	unsigned int writes;
	int err;
} device;

/* How one execution ended. */
struct outcome {
	unsigned long reg[16];
	unsigned long flags;
	u32 memory;
	u32 other;
};

static u64 device_read(struct vioapic_bus *bus, unsigned int offset,
		       unsigned int size)
{
	u64 value = 0;

	device.reads++;
	memcpy(&value, device.byte + offset, size);
	return value;
}

static void device_write(struct vioapic_bus *bus, unsigned int offset,
			 unsigned int size, u64 value)
{
	device.writes++;
	memcpy(device.byte + offset, &value, size);
}

static int notrace fault(struct vioapic_site *site, struct pt_regs *regs,
			 unsigned long address)
{
	device.faults++;
	device.err = vioapic_emulate(regs, address, &device.bus);
	if (device.err)
		vioapic_site_disarm(site);
	return 1;
}

static int arm(void *site)
{
	vioapic_site_arm(site);
	return 0;
}

static bool skipped(const struct form *form)
{
	return form->traits & FORM_NOT_IN_KERNEL;
}

static void fill(struct aim *aim, u8 *page)
{
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(u64); i++)
		((u64 *)page)[i] = aim_random(aim);
}

/* @memory is what the instruction finds at @page: that page, or the device. */
static void execute(const struct form *form, u64 number, u8 *page, u8 *other,
		    u8 *memory, struct outcome *outcome)
{
	struct aim aim = {
		.state = (seed + number) * 0x9e3779b97f4a7c15ULL | 1,
		.page = (unsigned long)page,
		.other = (unsigned long)other,
	};
	unsigned long flags;
	u64 value;

	aim_at(&aim, form);
	fill(&aim, memory);
	fill(&aim, other);
	if (aim_below(&aim, 2)) {	/* often equal, for cmpxchg and cmp */
		value = aim_below(&aim, 2) ? aim.reg[0] : aim_value(&aim);
		memcpy(memory + aim.offset, &value, form->size);
	}

	local_irq_save(flags);
	memcpy(forms_state.in, aim.reg, sizeof(aim.reg));
	forms_state.in_flags = aim.flags | X86_EFLAGS_FIXED;
	forms_run(form_start(form));
	memcpy(outcome->reg, forms_state.out, sizeof(outcome->reg));
	outcome->reg[4] = 0;		/* RSP */
	outcome->flags = forms_state.out_flags & ~form->undef &
			 ~(unsigned long)X86_EFLAGS_RF;
	local_irq_restore(flags);

	outcome->memory = crc32_le(0, memory, PAGE_SIZE);
	outcome->other = crc32_le(0, other, PAGE_SIZE);
}

static void report(const struct form *form, const char *what, u64 cpu, u64 trap)
{
	if (different++ < REPORTS)
		pr_err("%s: %s is %#llx by the CPU, %#llx by the trap\n",
		       form->name, what, cpu, trap);
}

static void compare(const struct form *form, const struct outcome *cpu,
		    const struct outcome *trap)
{
	char what[] = "register 00";
	unsigned int nr;

	for (nr = 0; nr < 16; nr++) {
		what[9] = '0' + nr / 10;
		what[10] = '0' + nr % 10;
		if (cpu->reg[nr] != trap->reg[nr])
			report(form, what, cpu->reg[nr], trap->reg[nr]);
	}
	if (cpu->flags != trap->flags)
		report(form, "flags", cpu->flags, trap->flags);
	if (cpu->memory != trap->memory)
		report(form, "checksum of the memory", cpu->memory, trap->memory);
	if (cpu->other != trap->other)
		report(form, "checksum of the other memory", cpu->other,
		       trap->other);
}

static int run_forms(u8 *page, u8 *other, struct vioapic_site *site,
		     struct outcome *cpu)
{
	u64 forms = forms_end - forms_begin, i, n;
	unsigned int trapped = 0;
	int err;

	for (n = 0; n < forms * rounds; n++) {
		const struct form *form = &forms_begin[n % forms];

		if (!skipped(form))
			execute(form, n, page, other, page, &cpu[n]);
		cond_resched();
	}

	err = vioapic_rendezvous(arm, site);
	if (err)
		return err;

	for (n = 0; n < forms * rounds; n++) {
		const struct form *form = &forms_begin[n % forms];
		struct outcome trap;

		if (skipped(form))
			continue;
		device.faults = 0;
		device.reads = 0;
		device.writes = 0;
		execute(form, n, page, other, device.byte, &trap);
		if (device.err) {
			pr_err("%s: emulation fails with %d\n", form->name,
			       device.err);
			return -EILSEQ;	/* the page is present now */
		}
		compare(form, &cpu[n], &trap);
		if (!device.faults)
			report(form, "number of faults", 1, 0);
		if (!!device.reads != !!(form->access & FORM_R))
			report(form, "reads", !device.reads, device.reads);
		if (!!device.writes != !!(form->access & FORM_W))
			report(form, "writes", !device.writes, device.writes);
		trapped += device.faults;
		cond_resched();
	}

	i = 0;
	for (n = 0; n < forms; n++)
		i += !skipped(&forms_begin[n]);
	pr_info("%llu forms, %u rounds, %u faults, %u differences\n", i, rounds,
		trapped, different);
	return different ? -EILSEQ : 0;
}

static int __init forms_init(void)
{
	size_t results = array3_size(forms_end - forms_begin, rounds,
				     sizeof(struct outcome));
	struct outcome *cpu = vmalloc(results);
	struct vioapic_site site = { .fault = fault };
	u8 *page = vmalloc(PAGE_SIZE);
	u8 *other = kmalloc(PAGE_SIZE, GFP_KERNEL);
	int err = -ENOMEM;

	device.bus.read = device_read;
	device.bus.write = device_write;
	device.byte = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!cpu || !page || !other || !device.byte)
		goto free;
	if (hook >= VIOAPIC_TRAP_HOOKS) {
		err = -EINVAL;
		goto free;
	}

	memset(page, 0, PAGE_SIZE);
	site.page = (unsigned long)page;
	site.hook = hook;
	err = vioapic_site_register(&site);
	if (err)
		goto free;
	err = run_forms(page, other, &site, cpu);
	/* Also harmless if it was never armed: nothing has changed then. */
	if (pte_val(site.present))
		vioapic_site_disarm(&site);
	vioapic_site_unregister(&site);
free:
	kfree(device.byte);
	kfree(other);
	vfree(page);
	vfree(cpu);
	return err;
}
module_init(forms_init);

static void __exit forms_exit(void)
{
}
module_exit(forms_exit);

MODULE_DESCRIPTION("Test of vioapic: instruction forms through the trap");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
