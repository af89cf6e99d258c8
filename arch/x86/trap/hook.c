// SPDX-License-Identifier: GPL-2.0
/*
 * A notifier for kernel-mode page faults on registered pages.
 *
 * Linux dropped its page fault notifiers in 2.6.24 because every fault paid
 * for them.  This one sits behind an ftrace redirect of a function that a fault
 * reaches only when nothing else wants it, see enum vioapic_hook.  What ftrace calls
 * only matches the address and says who runs instead of the function; the work is
 * done there, outside of ftrace.  It calls entry.S, where it can call without saving
 * registers first, or else a callback.
 *
 * This file is built without tracing: it runs where the kernel was about to die.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>
#include <compat/ftrace.h>
#include <vioapic/emulate.h>
#include <vioapic/names.h>
#include <vioapic/trap.h>
#include "entry.h"
#include "page.h"

static_assert(offsetof(struct vioapic_site, fault) == VIOAPIC_SITE_FAULT);
static_assert(offsetof(struct vioapic_site, pfn) == VIOAPIC_SITE_PFN);
static_assert(offsetof(struct vioapic_site, next) == VIOAPIC_SITE_NEXT);
static_assert(X86_PF_WRITE == VIOAPIC_ERROR_WRITE);

/* All of this but the lookup in a fault */
static DEFINE_MUTEX(registry_mutex);

#define registered(p)	rcu_dereference_protected(p, lockdep_is_held(&registry_mutex))

static __always_inline struct vioapic_site __rcu **bucket(unsigned long address,
							  enum vioapic_hook hook)
{
	struct vioapic_site __rcu **sites = hook == VIOAPIC_TRAP_OOPS ? vioapic_sites_oops :
									vioapic_sites_fixup;

	return &sites[(address >> PAGE_SHIFT) % VIOAPIC_SITE_BUCKETS];
}

/*
 * The only faults that are ours: data, kernel mode, page not present.  An
 * instruction fetch or a reserved bit in the entry is somebody's bug.
 */
static __always_inline bool is_access(unsigned long error_code)
{
	return !(error_code & ~(unsigned long)X86_PF_WRITE);
}

/*
 * Instead of the function that was traced, @site->fault runs: in its place, with
 * its return address, but with arguments of our own.
 */
static __always_inline void redirect(struct pt_regs *call, unsigned long regs,
				     unsigned long address, enum vioapic_hook hook)
{
	struct vioapic_site *site = rcu_dereference_raw(*bucket(address, hook));

	while (unlikely(site->pfn != address >> PAGE_SHIFT)) {
		site = rcu_dereference_raw(site->next);
		if (!site)
			return;
	}
	call->di = (unsigned long)site;
	call->si = regs;
	call->dx = address;
	call->ip = (unsigned long)site->fault;
}

/*
 * The callbacks.  There is no ftrace_test_recursion_trylock(): they call
 * nothing, so they cannot recurse, and failing to take that lock inside of
 * somebody else's callback would turn an access into an oops.  (ftrace itself
 * takes it if another tracer sits on the same function, and does not call us
 * from inside of that one's callback.)
 */
static void notrace callback_oops(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct pt_regs *call = vioapic_ftrace_args(fregs);

	/* page_fault_oops(regs, error_code, address) */
	if (is_access(call->si))
		redirect(call, call->di, call->dx, VIOAPIC_TRAP_OOPS);
}

static void notrace callback_fixup(unsigned long ip, unsigned long parent_ip,
				   struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct pt_regs *call = vioapic_ftrace_args(fregs);

	/* fixup_exception(regs, trapnr, error_code, fault_addr) */
	if (call->si == X86_TRAP_PF && is_access(call->dx))
		redirect(call, call->di, call->cx, VIOAPIC_TRAP_FIXUP);
}

#define HOOK_FLAGS (VIOAPIC_FTRACE_FL_ARGS | FTRACE_OPS_FL_IPMODIFY | \
		    FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_PERMANENT)

/**
 * struct hook - one way into the fault path
 * @function:  whom we redirect
 * @entry:     in entry.S, whom it calls
 * @direct:    the redirect, if it does
 * @ops:       the redirect by a callback, otherwise
 * @installed: under registry_mutex: one of these two, or NULL
 */
struct hook {
	const char *function;
	void (*entry)(void);
	struct ftrace_ops direct;
	struct ftrace_ops ops;
	struct ftrace_ops *installed;
};

static struct hook hooks[VIOAPIC_TRAP_HOOKS] = {
	[VIOAPIC_TRAP_OOPS] = {
		.function = "page_fault_oops",
		.entry = vioapic_entry_oops,
		.ops = { .func = callback_oops, .flags = HOOK_FLAGS },
	},
	[VIOAPIC_TRAP_FIXUP] = {
		.function = "fixup_exception",
		.entry = vioapic_entry_fixup,
		.ops = { .func = callback_fixup, .flags = HOOK_FLAGS },
	},
};

int __init vioapic_trap_init(void)
{
	vioapic_mov_init();
	return vioapic_probed_init();
}

const char *vioapic_trap_function(enum vioapic_hook hook)
{
	return hooks[hook].function;
}

static void notrace callback_keep(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
}

/*
 * While this is registered kernel.ftrace_enabled stays 1.  What calls directly has to lose
 * that flag, on some kernels; so something else has it, on a function that nobody calls.
 */
static struct ftrace_ops keep_ops = {
	.func = callback_keep,
	.flags = VIOAPIC_FTRACE_FL_ARGS | FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_PERMANENT,
};

static bool kept;	/* under registry_mutex */

/**
 * vioapic_ftrace_only() - @function, and no other, is what @ops is about
 * @ops:      not registered
 * @function: its name
 *
 * Asked for a name, ftrace leaves out what it has no memory for and says nothing; and without an
 * entry @ops would be about all functions.  So it is asked for the address, if that can be had.
 *
 * Context: may sleep.
 * Return: 0; -ENOENT if there is no such function to trace; -ENOMEM.
 */
int vioapic_ftrace_only(struct ftrace_ops *ops, const char *function)
{
	unsigned char pattern[32];
	void *address;
	int err = vioapic_name("", function, &address);

	if (!err)
		err = ftrace_set_filter_ip(ops, (unsigned long)address, 0, 1);
	if (!err || err == -ENOMEM)
		return err;
	/* Which is taken apart in place */
	strscpy(pattern, function, sizeof(pattern));
	err = ftrace_set_filter(ops, pattern, strlen(pattern), 1);
	return err == -EINVAL ? -ENOENT : err;
}

static int keep_enabled(void)
{
	int err;

	if (kept)
		return 0;
	err = ftrace_set_filter_ip(&keep_ops, (unsigned long)vioapic_trap_keep, 0, 1);
	err = err ?: register_ftrace_function(&keep_ops);
	kept = !err;
	return err;
}

/* Refused, a filter stays for next time: ftrace_free_filter() would leave it dangling. */
static int install(struct hook *h)
{
	int err = keep_enabled();

	err = err ?: vioapic_ftrace_only(&h->direct, h->function);
	err = err ?: vioapic_ftrace_direct(&h->direct, (unsigned long)h->entry);
	if (!err) {
		h->installed = &h->direct;
		return 0;
	}
	/* It stays until the module goes: not the slower one, just for want of memory */
	if (err == -ENOMEM)
		return err;
	/* Somebody else calls directly, or this kernel cannot; if it is for good, so is this */
	err = vioapic_ftrace_only(&h->ops, h->function);
	err = err ?: register_ftrace_function(&h->ops);
	if (!err)
		h->installed = &h->ops;
	return err;
}

int vioapic_trap_install(enum vioapic_hook hook)
{
	struct hook *h = &hooks[hook];
	int err = 0;

	mutex_lock(&registry_mutex);
	if (!h->installed)
		err = install(h);
	mutex_unlock(&registry_mutex);
	return err;
}

static int uninstall(struct hook *h)
{
	if (h->installed == &h->direct)
		return vioapic_ftrace_undirect(&h->direct, (unsigned long)h->entry);
	return h->installed ? unregister_ftrace_function(&h->ops) : 0;
}

void vioapic_trap_exit(void)
{
	struct hook *h;

	mutex_lock(&registry_mutex);
	for (h = hooks; h < hooks + ARRAY_SIZE(hooks); h++) {
		if (uninstall(h))
			pr_emerg("ftrace is broken and does not let go of %s(): reboot\n",
				 h->function);
		h->installed = NULL;
		ftrace_free_filter(&h->direct);
		ftrace_free_filter(&h->ops);
	}
	if (kept)
		unregister_ftrace_function(&keep_ops);
	kept = false;
	ftrace_free_filter(&keep_ops);
	mutex_unlock(&registry_mutex);
	/* The replacements run with interrupts off: wait for the last one. */
	synchronize_rcu();
}

void vioapic_registry_lock(void)
{
	mutex_lock(&registry_mutex);
}

void vioapic_registry_unlock(void)
{
	mutex_unlock(&registry_mutex);
}

bool vioapic_registry_ready(enum vioapic_hook hook)
{
	lockdep_assert_held(&registry_mutex);
	return hooks[hook].installed;
}

static void unlink_site(struct vioapic_site *site)
{
	struct vioapic_site __rcu **link = bucket(site->page, site->hook);
	struct vioapic_site *s;

	for (; (s = registered(*link)); link = &s->next) {
		if (s == site) {
			rcu_assign_pointer(*link, rcu_access_pointer(site->next));
			return;
		}
	}
}

static struct vioapic_site *find_site(unsigned long page, enum vioapic_hook hook)
{
	struct vioapic_site *s;

	for (s = registered(*bucket(page, hook)); s; s = registered(s->next))
		if (s->page == page)
			return s;
	return NULL;
}

/* Of an I/O APIC that was unplugged while taken over, and has lost its slot */
static void supersede(unsigned long page)
{
	struct vioapic_site *s;
	enum vioapic_hook hook;

	for (hook = 0; hook < VIOAPIC_TRAP_HOOKS; hook++)
		while ((s = find_site(page, hook)))
			unlink_site(s);
}

void vioapic_site_publish(struct vioapic_site *site)
{
	struct vioapic_site __rcu **head = bucket(site->page, site->hook);

	supersede(site->page);
	site->pfn = site->page >> PAGE_SHIFT;
	rcu_assign_pointer(site->next, registered(*head));
	rcu_assign_pointer(*head, site);
}

int vioapic_site_register(struct vioapic_site *site)
{
	enum vioapic_hook hook;
	int err;

	mutex_lock(&registry_mutex);
	err = -ENXIO;
	if (!vioapic_registry_ready(site->hook))
		goto out;
	err = vioapic_page_find(site);
	if (err)
		goto out;
	err = -EEXIST;
	for (hook = 0; hook < VIOAPIC_TRAP_HOOKS; hook++)
		if (find_site(site->page, hook))
			goto out;
	vioapic_site_publish(site);
	err = 0;
out:
	mutex_unlock(&registry_mutex);
	return err;
}
EXPORT_SYMBOL_GPL(vioapic_site_register);

void vioapic_site_unregister(struct vioapic_site *site)
{
	mutex_lock(&registry_mutex);
	unlink_site(site);
	mutex_unlock(&registry_mutex);
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(vioapic_site_unregister);
