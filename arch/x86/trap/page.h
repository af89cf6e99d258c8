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

#endif
