/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Simulated I/O APICs, for other modules: find one, drive its pins.
 *
 * A driver under test uses acpi_register_gsi() and request_irq() on
 * vioapic_sim_gsi(), as on any other machine; its test drives the line.
 */
#ifndef VIOAPIC_SIM_H
#define VIOAPIC_SIM_H

#include <linux/types.h>

struct vioapic_sim;

/**
 * vioapic_sim_get() - a simulated I/O APIC by name; it cannot be destroyed until
 * vioapic_sim_put()
 * @name: as in "vioapic list"
 *
 * Context: may sleep.
 * Return: it, or ERR_PTR: -ENOENT if there is none that is live; -EINVAL if the I/O
 * APIC of this name is not simulated.
 */
struct vioapic_sim *vioapic_sim_get(const char *name);

/** vioapic_sim_put() - @sim from vioapic_sim_get() is not used any more; may sleep */
void vioapic_sim_put(struct vioapic_sim *sim);

/** vioapic_sim_pins() - how many pins @sim has: 1..240 */
unsigned int vioapic_sim_pins(const struct vioapic_sim *sim);

/** vioapic_sim_gsi() - GSI of @pin of @sim, for acpi_register_gsi() */
u32 vioapic_sim_gsi(const struct vioapic_sim *sim, unsigned int pin);

/**
 * vioapic_sim_set_line() - drive the line of a pin
 * @sim:  from vioapic_sim_get()
 * @pin:  0..vioapic_sim_pins() - 1
 * @high: electrical level, before the polarity in the pin's RTE
 *
 * What follows from it has happened when this returns: a message is on its way
 * to its local APIC.  On a level pin, driving the line as it already is tries
 * once more to send a message that nobody accepted.
 *
 * From an NMI that comes while somebody else is at @sim, and from a tracer that is called
 * in the middle of it, the line is driven when that is over: before anything that is
 * done to a line of @sim by another call, and else by an interrupt on this CPU.  Of one
 * pin, edges that come so merge; how the line is left is right.
 *
 * Context: any.  An NMI never waits.
 * Return: 0; -ERANGE if there is no such pin; -EIO if @sim has failed (dmesg
 * has said why); -EBUSY if its lock is lost: who held it has died of an oops.
 */
int vioapic_sim_set_line(struct vioapic_sim *sim, unsigned int pin, bool high);

/**
 * vioapic_sim_pulse() - assert the line of a pin, and leave it deasserted
 * @sim: from vioapic_sim_get()
 * @pin: 0..vioapic_sim_pins() - 1
 *
 * Nobody comes in between.  An edge pin sends once, whatever its polarity is and
 * its line was.
 * Context, return: as vioapic_sim_set_line().
 */
int vioapic_sim_pulse(struct vioapic_sim *sim, unsigned int pin);

#endif
