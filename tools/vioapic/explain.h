/* SPDX-License-Identifier: GPL-2.0 */
/* Why the interrupt of a pin does not arrive. */
#ifndef VIOAPIC_TOOL_EXPLAIN_H
#define VIOAPIC_TOOL_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

struct view;

/**
 * explain() - the first thing that is wrong with a pin
 * @view: its counts are taken anew, if nothing else is wrong
 * @why:  out: a sentence
 * @what: out: what to do about it
 * Return: false if nothing is wrong.
 */
bool explain(struct view *view, unsigned int number, char *why, size_t why_size, char *what,
	     size_t what_size);

#endif
