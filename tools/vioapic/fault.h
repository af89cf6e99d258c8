/* SPDX-License-Identifier: GPL-2.0 */
/* How a simulated I/O APIC is broken, in words. */
#ifndef VIOAPIC_TOOL_FAULT_H
#define VIOAPIC_TOOL_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/vioapic.h>

/* Enough for every text made here */
#define FAULT_LEN	256

/* "stuck-irr" and so on; NULL if there is no such kind */
const char *fault_name(unsigned int kind);

/*
 * "KIND", "KIND=once", "KIND=off", "KIND=probability=10,times=5" or "off" to a request,
 * whose name is left alone.  Returns false if it is none of these, and a phrase in @why
 * (FAULT_LEN bytes).  Whether the numbers make sense, the kernel knows.
 */
bool fault_parse(const char *word, struct vioapic_sim_fault *request, char *why);

/* What was set, as fault_parse() takes it; @buf has FAULT_LEN bytes. Returns @buf. */
const char *fault_text(const struct vioapic_sim_fault *fault, char *buf);

#endif
