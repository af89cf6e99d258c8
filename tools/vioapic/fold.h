/* SPDX-License-Identifier: GPL-2.0 */
/* Accesses folded into what they mean: a line for what was done, not for each step of it. */
#ifndef VIOAPIC_TOOL_FOLD_H
#define VIOAPIC_TOOL_FOLD_H

#include <stdbool.h>
#include "cpus.h"
#include "decode.h"
#include "events.h"

#define FOLD_CALLER	128
#define FOLD_LEN	(3 * DECODE_LEN)

/**
 * struct fold_line - something that was done
 * @first: the event that it began with
 * @topic: what it is about
 * @pin:   that it is about, or -1
 * @text:  all of it in words
 */
struct fold_line {
	struct sample first;
	enum topic topic;
	int pin;
	char text[FOLD_LEN];
};

/**
 * struct fold - steps of one caller, on one CPU, that are not told yet
 * @line:    called for each line that is whole; returns whether that was enough
 * @data:    for @line
 * @cpus:    whom destinations are named by; NULL: they stay numbers, as a guest's do
 * @first:   the first of them; its kind is NULL if there is none
 * @last:    when the last was
 * @caller:  function that made the last access
 * @changer: function that has changed what is not the mask, or else the mask
 * @pin:     whose RTE they are for, or -1
 * @index:   register of the last access to IOWIN
 * @value:   what was read or written then
 * @reads:   of IOWIN
 * @writes:  of IOWIN
 * @mixed:   they were for several pins or registers: reads only
 * @routed:  the RTE was @old and became @now
 * @masked:  it was masked in between
 * @edge:    it was edge-triggered in between
 * @eoi:     the EOI register was written
 * @ended:   and that was an EOI
 */
struct fold {
	bool (*line)(void *data, const struct fold_line *line);
	void *data;
	const struct cpus *cpus;

	struct sample first;
	__u64 last;
	char caller[FOLD_CALLER];
	char changer[FOLD_CALLER];
	int pin;
	__u64 index, value;
	unsigned int reads, writes;
	bool mixed;
	bool routed, masked, edge;
	__u64 old, now;
	bool eoi, ended;
};

/*
 * fold_add: the next event; @caller, of an access, as function and offset
 * fold_end: nothing more will belong to what there is
 *
 * Both return whether @fold->line had enough.
 */
bool fold_add(struct fold *fold, const struct sample *sample, const char *caller);
bool fold_end(struct fold *fold);

#endif
