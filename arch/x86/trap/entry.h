/* SPDX-License-Identifier: GPL-2.0 */
/* Private to arch/x86/trap: what hook.c and entry.S both know of the table of sites. */
#ifndef VIOAPIC_TRAP_ENTRY_H
#define VIOAPIC_TRAP_ENTRY_H

/* The fixmap's slots are neighbours, so they never share a bucket. A byte of the page's number */
#define VIOAPIC_SITE_BUCKETS	256

/* Offsets in struct vioapic_site; hook.c asserts them */
#define VIOAPIC_SITE_FAULT	16
#define VIOAPIC_SITE_PFN	32
#define VIOAPIC_SITE_NEXT	40

/* X86_PF_WRITE, which is of an enum */
#define VIOAPIC_ERROR_WRITE	2

#ifndef __ASSEMBLER__
/* Called by ftrace instead of the first instruction of the function that is redirected */
asmlinkage void vioapic_entry_oops(void);
asmlinkage void vioapic_entry_fixup(void);
#endif

#endif
