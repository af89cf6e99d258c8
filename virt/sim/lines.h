/* SPDX-License-Identifier: GPL-2.0 */
/* Lines that are driven the long way, or later: private to virt/sim. */
#ifndef VIOAPIC_LINES_H
#define VIOAPIC_LINES_H

#include <vioapic/sim_device.h>
#include "../device/lock.h"

int vioapic_lines_begin(struct vioapic_sim *sim, unsigned int pin);
void vioapic_lines_set(struct vioapic_sim *sim, unsigned int pin, bool high);
void vioapic_lines_pulse(struct vioapic_sim *sim, unsigned int pin);
int vioapic_lines_later(struct vioapic_sim *sim, unsigned int pin, u32 action);
void vioapic_lines_init(struct vioapic_sim *sim);
void vioapic_lines_stop(struct vioapic_sim *sim);

/** vioapic_lines_end() - undo vioapic_lines_begin() */
static __always_inline void vioapic_lines_end(struct vioapic_sim *sim)
{
	WRITE_ONCE(sim->dev.owner, -1);
	vioapic_trap_unlock(&sim->dev);
}

#endif
