// SPDX-License-Identifier: GPL-2.0
/*
 * A page that is not present from the moment on that the kernel maps it.
 *
 * mp_register_ioapic() picks a fixmap slot, maps the page and reads registers,
 * all in one go.  So the mapping itself is caught: of native_set_fixmap(idx,
 * phys, flags), for one page and one task, the flags lose the present bit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <asm/fixmap.h>
#include <compat/ftrace.h>
#include <vioapic/trap.h>
#include "page.h"

/* Written by @task alone, which has the registry's mutex */
static struct {
	struct task_struct *task;	/* who will map the page, or NULL */
	phys_addr_t phys;
	struct vioapic_site *site;
} expected;

/* Everybody else's mappings cost one comparison. */
static void notrace callback(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct pt_regs *call = vioapic_ftrace_args(fregs);
	struct vioapic_site *site;

	if (likely(READ_ONCE(expected.task) != current) || call->si != expected.phys)
		return;
	site = expected.site;
	site->page = __fix_to_virt((unsigned int)call->di);
	if (vioapic_page_expect(site, call->si >> PAGE_SHIFT, call->dx)) {
		site->page = 0;
		return;
	}
	vioapic_site_publish(site);
	call->dx &= ~VIOAPIC_PAGE_PRESENT;
}

static struct ftrace_ops fixmap_ops = {
	.func = callback,
	.flags = VIOAPIC_FTRACE_FL_ARGS | FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_PERMANENT,
};

static bool installed;	/* under the registry's mutex */

static int install(void)
{
	int err;

	if (installed)
		return 0;
	err = vioapic_ftrace_only(&fixmap_ops, "native_set_fixmap");
	err = err ?: register_ftrace_function(&fixmap_ops);
	installed = !err;
	return err;
}

int vioapic_site_expect(struct vioapic_site *site, u64 phys)
{
	int err;

	vioapic_registry_lock();
	err = vioapic_registry_ready(site->hook) ? install() : -ENXIO;
	if (err) {
		vioapic_registry_unlock();
		return err;
	}
	site->page = 0;
	expected.phys = phys;
	expected.site = site;
	WRITE_ONCE(expected.task, current);
	return 0;
}

bool vioapic_site_met(struct vioapic_site *site)
{
	WRITE_ONCE(expected.task, NULL);
	vioapic_registry_unlock();
	return site->page;
}

void vioapic_site_expect_exit(void)
{
	vioapic_registry_lock();
	if (installed && unregister_ftrace_function(&fixmap_ops))
		pr_emerg("ftrace is broken and does not let go of native_set_fixmap(): reboot\n");
	installed = false;
	ftrace_free_filter(&fixmap_ops);
	vioapic_registry_unlock();
}
