// SPDX-License-Identifier: GPL-2.0
/*
 * The same without us: interprocessor interrupts, and I/O APICs that are but a
 * page of RAM.  Under -icount the TSC counts instructions.
 *
 * In /sys/kernel/debug/vioapic_bare:
 *   cost     "USER SIM PIN VECTOR": reads as the instructions, least and median of
 *            many, from driving the line, from pulsing it and from writing the
 *            ICR, with the same vector, by hand and as the kernel does, to the
 *            first of the handler
 *   plug     "N": give the kernel N plain I/O APICs of 240 pins, with IDs from 1 and
 *            GSIs from 24 on: reads as the instructions of the first and of the last
 *   unplug   anything: take them away
 *   slots    anything: reads as how many slots for I/O APICs the kernel has filled
 *   ram      "ADDRESS": reads as the words of the 256 bytes there that are not 0, "OFFSET=VALUE"
 */
#include <linux/acpi.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sort.h>
#include <asm/apic.h>
#include <asm/fixmap.h>
#include <asm/msr.h>
#include <vioapic/sim.h>
#include "vioapic_user.h"

#define ROUNDS	501
#define WINDOW		256	/* of registers, see <vioapic/model.h> */
#define PINS	240
#define FIRST_ID	1
#define FIRST_GSI	24

static struct dentry *root;
static char answer[128];

static struct vioapic_sim *sim;
static unsigned int pin;
static unsigned int vector;
static u64 taken[ROUNDS];

static bool quiet(struct vioapic_user *user)
{
	vioapic_sim_set_line(sim, pin, false);
	return true;
}

static int drive(void) { return vioapic_sim_set_line(sim, pin, true); }
static int pulse(void) { return vioapic_sim_pulse(sim, pin); }

static int send_ipi(void)
{
	apic->icr_write(APIC_INT_ASSERT | APIC_DM_FIXED | vector, cpu_physical_id(0));
	return 0;
}

static int send_as_the_kernel(void)
{
	apic->send_IPI(0, vector);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return *(const u64 *)a < *(const u64 *)b ? -1 : *(const u64 *)a > *(const u64 *)b;
}

static int measure(struct vioapic_user *user, int (*how)(void))
{
	unsigned int i, wait;
	u64 start;
	int err;

	for (i = 0; i < ROUNDS; i++) {
		smp_store_release(&user->sent, user->sent + 1);	/* pairs with the handler */
		start = rdtsc();
		err = how();
		if (err)
			return err;
		/* Pairs with the handler */
		for (wait = 0; smp_load_acquire(&user->seen) != user->sent; wait++)
			if (wait == 1000000)
				return -ETIMEDOUT;
		taken[i] = user->tsc - start;
	}
	sort(taken, ROUNDS, sizeof(*taken), compare, NULL);
	return 0;
}

static int cost(const char *line)
{
	static const struct { const char *name; int (*how)(void); } ways[] = {
		{ "line", drive }, { "pulse", pulse }, { "ipi", send_ipi },
		{ "kernel", send_as_the_kernel },
	};
	char name[16], sim_name[32];
	struct vioapic_user *user;
	int err, len = 0;
	unsigned int i;

	if (sscanf(line, "%15s %31s %u %x", name, sim_name, &pin, &vector) != 4)
		return -EINVAL;
	user = vioapic_user_get(name);
	if (!user)
		return -ENOENT;
	sim = vioapic_sim_get(sim_name);
	err = PTR_ERR_OR_ZERO(sim);
	if (err)
		goto out_user;
	user->quiet = quiet;
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		err = measure(user, ways[i].how);
		if (err)
			break;
		len += scnprintf(answer + len, sizeof(answer) - len, "%s %llu %llu%s", ways[i].name,
				 taken[0], taken[ROUNDS / 2], i < 3 ? " " : "");
	}
	user->quiet = NULL;
	vioapic_sim_put(sim);
out_user:
	vioapic_user_put(user);
	return err;
}

/* Plain ones */

static struct {
	struct page *page;
	u32 gsi;
} plain[MAX_IO_APICS];

static unsigned int plugged;

static int plug_one(acpi_handle handle, u64 *instructions)
{
	struct page *page = alloc_page(GFP_KERNEL | GFP_DMA32 | __GFP_ZERO);
	u32 gsi = FIRST_GSI + PINS * plugged;
	int err;

	if (!page)
		return -ENOMEM;
	/* Whatever register the kernel reads, it is this: ID, pins and version all in one */
	((u32 *)page_address(page))[4] = (FIRST_ID + plugged) << 24 | (PINS - 1) << 16 | 0x20;
	*instructions = rdtsc_ordered();
	err = acpi_register_ioapic(handle, page_to_phys(page), gsi);
	*instructions = rdtsc_ordered() - *instructions;
	if (err) {
		__free_page(page);
		return err;
	}
	plain[plugged].page = page;
	plain[plugged].gsi = gsi;
	plugged++;
	return 0;
}

static int plug(const char *line)
{
	u64 first = 0, last = 0;
	acpi_handle handle;
	unsigned int n, i;
	int err = 0;

	if (kstrtouint(line, 0, &n) || plugged + n > MAX_IO_APICS)
		return -EINVAL;
	/* Any handle will do whose _UID is an ID in use: then the kernel takes what it reads. */
	if (ACPI_FAILURE(acpi_get_handle(NULL, "\\_SB.LNKA", &handle)))
		return -ENODEV;
	for (i = 0; i < n && !err; i++)
		err = plug_one(handle, i ? &last : &first);
	scnprintf(answer, sizeof(answer), "first %llu last %llu", first, last);
	return err;
}

static int unplug(const char *line)
{
	int err;

	while (plugged) {
		err = acpi_unregister_ioapic(NULL, plain[plugged - 1].gsi);
		if (err)
			return err;
		__free_page(plain[--plugged].page);
	}
	return 0;
}

static int slots(const char *line)
{
	unsigned int slot, level, n = 0;
	pte_t *pte;

	for (slot = 0; slot < MAX_IO_APICS; slot++) {
		pte = lookup_address(__fix_to_virt(FIX_IO_APIC_BASE_0 + slot), &level);
		n += pte && !pte_none(*pte);
	}
	scnprintf(answer, sizeof(answer), "%u", n);
	return 0;
}

static int ram(const char *line)
{
	unsigned int i, len = 0;
	u64 address;
	u32 *page;

	if (kstrtou64(line, 0, &address))
		return -EINVAL;
	page = __va(address);
	answer[0] = '\0';
	for (i = 0; i < WINDOW / sizeof(*page); i++)
		if (page[i])
			len += scnprintf(answer + len, sizeof(answer) - len, "%x=%x ", 4 * i,
					 page[i]);
	return 0;
}

static const struct action {
	const char *name;
	int (*act)(const char *line);
} actions[] = {
	{ "cost", cost }, { "plug", plug }, { "unplug", unplug }, { "ram", ram },
	{ "slots", slots },
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

static int __init bare_init(void)
{
	unsigned int i;

	root = debugfs_create_dir("vioapic_bare", NULL);
	for (i = 0; i < ARRAY_SIZE(actions); i++)
		debugfs_create_file(actions[i].name, 0600, root, (void *)&actions[i], &fops);
	return 0;
}

static void __exit bare_exit(void)
{
	debugfs_remove_recursive(root);
	unplug("");
}

module_init(bare_init);
module_exit(bare_exit);
MODULE_DESCRIPTION("What simulated I/O APICs are compared with, for the tests of vioapic");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
