/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trapping of memory-mapped registers: fault notifier, not-present pages and
 * the emulation of the instruction that faulted.
 *
 * A *site* is one page of kernel address space whose accesses fault.  Sites
 * register here; they do not know how faults arrive, and the fault path does
 * not know what lives behind a site.
 */
#ifndef VIOAPIC_TRAP_H
#define VIOAPIC_TRAP_H

#include <vioapic/types.h>

struct pt_regs;

/**
 * struct vioapic_bus - what an emulated instruction reads from and writes to
 * @read:  read @size bytes (1, 2, 4 or 8) at @offset of the page; the value
 *         comes back zero-extended
 * @write: write the low @size bytes (1, 2, 4 or 8) of @value at @offset
 *
 * @offset is 0..4095 and @offset + @size never exceeds 4096.  Both are called
 * in the context of the fault: interrupts off, no sleeping, no allocation.
 */
struct vioapic_bus {
	u64 (*read)(struct vioapic_bus *bus, unsigned int offset, unsigned int size);
	void (*write)(struct vioapic_bus *bus, unsigned int offset,
		      unsigned int size, u64 value);
};

/**
 * vioapic_emulate() - carry out the instruction that faulted on a device page
 * @regs:    registers at the fault; changed only if 0 is returned
 * @address: the address that faulted, as the fault reported it (not CR2)
 * @bus:     the device behind the page that @address lies in
 *
 * Emulates exactly one instruction, or one iteration of a string instruction
 * with a REP prefix (the instruction then faults again for the next one, as it
 * would after an interrupt).  Follows the Intel SDM, volume 2, for lengths,
 * register and flag effects.  A memory operand that is not the device (movs)
 * is accessed as kernel memory without taking a fault.
 *
 * Nothing has been read from or written to @bus when an error is returned.
 *
 * Context: any, interrupts off; the caller holds the lock of the device if
 * read-modify-write forms are to be atomic.
 * Return: 0 when done, @regs->ip then points behind the instruction (or still
 * at it, for an unfinished REP); -EINVAL if the instruction cannot be decoded
 * or emulated; -EBUSY if a breakpoint hides it and nobody says what is beneath;
 * -EFAULT if its other memory operand or its own bytes cannot be accessed; -ERANGE
 * if the access begins before or ends behind the page.
 */
int vioapic_emulate(struct pt_regs *regs, unsigned long address,
		    struct vioapic_bus *bus);

#ifdef __KERNEL__
#include <linux/pgtable.h>

/**
 * enum vioapic_hook - where on the path of a kernel-mode fault the hook sits
 * @VIOAPIC_TRAP_OOPS:  page_fault_oops(): only faults that were fatal get here
 * @VIOAPIC_TRAP_FIXUP: fixup_exception(): earlier, so cheaper; each -EFAULT pays
 */
enum vioapic_hook { VIOAPIC_TRAP_OOPS, VIOAPIC_TRAP_FIXUP, VIOAPIC_TRAP_HOOKS };

/**
 * struct vioapic_site - one page whose accesses fault
 * @page:    kernel virtual address of the page, mapped with a 4 KiB PTE
 * @hook:    the hook that serves it
 * @fault:   handles a kernel-mode data access to the page while not present:
 *           either emulates it and advances regs->ip, or disarms the site, so
 *           that the access is tried again on what lies beneath.  Returns 1.
 *           Interrupts off, any context up to NMI; no sleeping, no printk.  One from
 *           an NMI that comes while somebody else is served happens on a bus without
 *           a device: reads are all ones, writes are lost.
 *           Called by the hook itself and not through a pointer: notrace.
 * @frame:   page frame that @page has to map, or 0 for any
 * @pfn:     (private) @page as a number
 * @next:    (private) others in the same hash bucket
 * @pte:     (private) the page's PTE
 * @present: (private) what the PTE was before it was armed
 * @armed:   (private) what it is since
 *
 * The owner allocates it and fills in the first four.  Written under the
 * mutex of the registry, except @present and @armed (see vioapic_site_arm()).
 */
struct vioapic_site {
	unsigned long page;
	enum vioapic_hook hook;
	int (*fault)(struct vioapic_site *site, struct pt_regs *regs,
		     unsigned long address);
	unsigned long frame;
	unsigned long pfn;
	struct vioapic_site __rcu *next;
	pte_t *pte;
	pte_t present;
	pte_t armed;
};

/** vioapic_trap_init() - at module init, before anything else here.  Return: 0 or -ENOMEM */
int vioapic_trap_init(void);

/**
 * vioapic_trap_install() - hook the fault path, once; stays until module exit
 *
 * Context: may sleep.
 * Return: 0; -EBUSY if a livepatch or another module has the function;
 * -ENOENT if this kernel has no such function that can be traced; or what
 * register_ftrace_function() returns.
 */
int vioapic_trap_install(enum vioapic_hook hook);

/** vioapic_trap_function() - name of the function that @hook redirects */
const char *vioapic_trap_function(enum vioapic_hook hook);

/** vioapic_trap_exit() - unhook; no site may be registered.  May sleep. */
void vioapic_trap_exit(void);

/**
 * vioapic_site_register() - make faults on @site->page known; does not arm it
 *
 * Context: may sleep; vioapic_trap_install(@site->hook) came before.
 * Return: 0; -EINVAL if the page is not aligned or not mapped by a 4 KiB PTE;
 * -ENODEV if it maps another page frame than @site->frame; -EEXIST if the page
 * is registered; -ENXIO if the hook is not installed.
 */
int vioapic_site_register(struct vioapic_site *site);

/**
 * vioapic_site_expect() - register and arm @site when the kernel maps its page
 * @site: @page is found out; @hook and @fault are set
 * @phys: the page, which this very task is going to let the kernel map into a
 *        fixmap slot
 *
 * In the moment that it is mapped it is armed: not one access lands on it.  The
 * caller has seen to it that no TLB knows an earlier translation of the slot.
 * Context: may sleep; vioapic_trap_install(@site->hook) came before.  Returns 0
 * with the registry locked, until vioapic_site_met().
 * Return: 0; -ENXIO if the hook is not installed; -ENOENT if this kernel has no
 * native_set_fixmap() that can be traced; or what register_ftrace_function()
 * returns.
 */
int vioapic_site_expect(struct vioapic_site *site, u64 phys);

/**
 * vioapic_site_met() - end of vioapic_site_expect()
 * Return: was the page mapped?  @site is registered then, whatever became of the
 * mapping since.
 */
bool vioapic_site_met(struct vioapic_site *site);

/**
 * vioapic_site_expect_exit() - at module exit, before vioapic_trap_exit(): nobody
 * expects a page any more.  May sleep.
 */
void vioapic_site_expect_exit(void);

/**
 * vioapic_site_unregister() - undo; @site is disarmed and, when this returns, in
 * no fault any more.  May sleep.
 */
void vioapic_site_unregister(struct vioapic_site *site);

/**
 * vioapic_site_arm() - map the page not present
 *
 * Context: on the one CPU that vioapic_rendezvous() runs; it flushes the TLBs.
 * Return: 0; -ENODEV if the page is not what it was when registered.
 */
int vioapic_site_arm(struct vioapic_site *site);

/**
 * vioapic_site_armed() - is the entry as vioapic_site_arm() has left it?
 *
 * Not so before and after, nor if the kernel has changed it meanwhile, as it
 * does when an I/O APIC is unplugged.  Context: any.
 */
bool vioapic_site_armed(const struct vioapic_site *site);

/**
 * vioapic_site_disarm() - map the page as it was
 *
 * Does nothing unless vioapic_site_armed().  A not-present entry is in no TLB,
 * so nothing is flushed and any context will do: from a fault too.  The caller
 * serialises it with vioapic_site_arm().
 */
void vioapic_site_disarm(struct vioapic_site *site);

/**
 * vioapic_rendezvous() - run @fn on one CPU while no other runs anything else,
 * then flush the TLB of all, global entries and every PCID included
 * @fn: runs with interrupts off; must not sleep
 *
 * Context: may sleep.
 * Return: what @fn returned, or a negative errno of stop_machine().
 */
int vioapic_rendezvous(int (*fn)(void *arg), void *arg);

/**
 * vioapic_flush_tlb() - all of this CPU's TLB, global entries and every PCID
 *
 * Context: interrupts off.
 */
void vioapic_flush_tlb(void);

#endif /* __KERNEL__ */
#endif
