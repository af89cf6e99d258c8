/* SPDX-License-Identifier: GPL-2.0 */
/* Private to arch/x86/trap: the page table entry of a site. */
#ifndef VIOAPIC_TRAP_PAGE_H
#define VIOAPIC_TRAP_PAGE_H

#include <vioapic/trap.h>

/**
 * vioapic_page_find() - fill in @site->pte
 * Return: 0; -EINVAL if @site->page is no address of a page that a present
 * 4 KiB entry maps.
 */
int vioapic_page_find(struct vioapic_site *site);

/* Without these an entry is not present, see vioapic_site_arm() */
#define VIOAPIC_PAGE_PRESENT	(_PAGE_PRESENT | _PAGE_GLOBAL)

/**
 * vioapic_page_expect() - as vioapic_site_arm(), for an entry that is about to
 * be written by somebody else
 * @site:  its page is set
 * @frame: what will be mapped there
 * @flags: as for a present page
 *
 * Context: any.
 * Return: 0; -EINVAL if there is no 4 KiB entry for @site->page.
 */
int vioapic_page_expect(struct vioapic_site *site, unsigned long frame, unsigned long flags);

/* The registry of sites and hooks, hook.c; its mutex is outside of all others here */
void vioapic_registry_lock(void);
void vioapic_registry_unlock(void);
bool vioapic_registry_ready(enum vioapic_hook hook);

/* One function, and if memory is short none: hook.c */
struct ftrace_ops;
int vioapic_ftrace_only(struct ftrace_ops *ops, const char *function);

/* Nobody calls it, keep.c */
void vioapic_trap_keep(void);

/*
 * The sites of each hook, by page: sites.c.  Written under hook.c's mutex, read in faults under
 * RCU (interrupts off), by entry.S too.
 */
extern struct vioapic_site __rcu *vioapic_sites_oops[];
extern struct vioapic_site __rcu *vioapic_sites_fixup[];

/* In faults @site is found from now on; under the registry's mutex. */
void vioapic_site_publish(struct vioapic_site *site);

#endif
