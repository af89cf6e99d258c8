/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Windows, for other modules: an I/O APIC of Xen's as a page of registers.
 *
 * The page is in kernel address space and mapped nowhere.  Plain readl() and writel() on
 * it trap and are hypercalls in the end: IOREGSEL at 0x00, IOWIN at 0x10, as on any I/O
 * APIC.  For a PV dom0 only: everywhere else the kernel has mapped its I/O APICs.
 *
 * What Xen makes of a write only a read tells: see vioapic(8), "Under Xen".
 */
#ifndef VIOAPIC_WINDOW_H
#define VIOAPIC_WINDOW_H

#include <linux/interrupt.h>
#include <linux/types.h>

struct vioapic_window;

/**
 * vioapic_window_open() - a page of registers
 * @phys: physical address of the I/O APIC, as in the firmware's table
 *
 * It is in "vioapic list" by the name windowN; several may be open on one I/O APIC.
 * Who selects a register and accesses it has to see to it that nobody else selects in
 * between, as with any I/O APIC.  From an NMI it is not to be used.
 * Context: may sleep.
 * Return: it, or ERR_PTR: -EOPNOTSUPP if this is no PV dom0; -ENODEV if there is no I/O
 * APIC at @phys; -EBUSY, -ENOENT if the fault path cannot be hooked; -ENOMEM.  The
 * kernel's log has the reason.
 */
struct vioapic_window *vioapic_window_open(phys_addr_t phys);

/**
 * vioapic_window_close() - @window and its page are gone when this returns
 * @window: from vioapic_window_open(), or NULL, or ERR_PTR
 *
 * Pins that are requested still are freed.  RTEs stay as Xen has them.
 * Context: may sleep; nobody accesses the page any more.
 */
void vioapic_window_close(struct vioapic_window *window);

/** vioapic_window_registers() - the page of @window */
void __iomem *vioapic_window_registers(const struct vioapic_window *window);

/** vioapic_window_pins() - how many pins it has: 1..240 */
unsigned int vioapic_window_pins(const struct vioapic_window *window);

/**
 * vioapic_window_request() - the interrupts of a pin are wanted
 * @window:  from vioapic_window_open()
 * @pin:     0..vioapic_window_pins() - 1
 * @handler: called in hard interrupt context, as one of request_irq(); it silences its
 *           device, and need not end the interrupt
 * @name:    in /proc/interrupts; stays valid
 * @data:    for @handler
 *
 * From now on a write to the low half of the pin's RTE goes by Xen's interrupts (pirqs) and
 * not by its registers: trigger mode and polarity are set, the first write that unmasks
 * the pin binds it, masking masks its event channel.  Of GSIs 0-15 trigger mode
 * and polarity are those of the firmware's table, whatever is written.  The vector is
 * Xen's.  As long as the pin is bound Xen does not take another trigger mode or polarity.
 * An edge that comes while the pin is masked is not lost, as it would be on hardware, but
 * delivered when it is unmasked.
 *
 * Context: may sleep.
 * Return: 0; -ERANGE if there is no such pin; -EBUSY if it is requested; -ENOMEM.  That the
 * kernel has the GSI in use shows when the pin is unmasked: it reads as masked then, and
 * that is a refused write.
 */
int vioapic_window_request(struct vioapic_window *window, unsigned int pin,
			   irq_handler_t handler, const char *name, void *data);

/**
 * vioapic_window_free() - undo vioapic_window_request()
 * @window: whose
 * @pin:    whose handler runs on no CPU when this returns; ignored if not requested
 *
 * Xen has nobody to give its interrupts to then, and has masked it if it is level-triggered.
 * Context: may sleep; not from the handler.
 */
void vioapic_window_free(struct vioapic_window *window, unsigned int pin);

#endif
