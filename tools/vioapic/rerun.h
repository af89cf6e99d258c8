/* SPDX-License-Identifier: GPL-2.0 */
/* The model, run once more over what was recorded. */
#ifndef VIOAPIC_TOOL_RERUN_H
#define VIOAPIC_TOOL_RERUN_H

#include <stdbool.h>
#include <vioapic/model.h>
#include "decode.h"
#include "events.h"

struct vioapic_state;

#define RERUN_LEN	(2 * DECODE_LEN)

/**
 * struct rerun - an I/O APIC, as the model has it
 * @model:    at the event that was looked at last
 * @fx:       what that has brought about
 * @due:      of that, VIOAPIC_FX_ROUTE and VIOAPIC_FX_EOI: what the next event has to be
 * @unread:   bit n: (shadow) of register n the controller has made what it likes
 * @fault:    injected last, or ""
 * @compared: events that the model has foretold, all or in part
 */
struct rerun {
	struct vioapic_model model;
	struct vioapic_effects fx;
	u32 due;
	unsigned int unread;
	char fault[TEXT_MAX];
	unsigned long long compared;
};

/* rerun_start() - as it was saved, by a state that has passed vioapic_state_check() */
void rerun_start(struct rerun *rerun, const struct vioapic_state *state);

/**
 * rerun_step() - the next event
 * @sample: of this I/O APIC, not of one that was released meanwhile
 * @model:  what the model says instead, RERUN_LEN bytes, if false is returned
 *
 * The lines of a simulated one are in no trace.  A message is taken to say that its line is
 * asserted just then; so a message that is missing is not found, one too many is.
 * Return: does the model say the same?
 */
bool rerun_step(struct rerun *rerun, const struct sample *sample, char *model);

#endif
