/* SPDX-License-Identifier: GPL-2.0 */
/* Why no interrupt of a pin comes, in a few words. */
#ifndef VIOAPIC_TOOL_QUIET_H
#define VIOAPIC_TOOL_QUIET_H

#include <stddef.h>

struct view;

/*
 * quiet_reason() - the first thing that keeps interrupts of @pin from coming
 *
 * Of what one look at it tells; vioapic explain looks longer.  Fills @buf and returns it.
 */
const char *quiet_reason(const struct view *view, unsigned int pin, char *buf, size_t size);

#endif
