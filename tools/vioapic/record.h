/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recorded traces: the state of each I/O APIC, and every event from then on.
 *
 * A file is "vioTRACE" and then numbers, of 7 bits in each byte, the lowest first, bit 7
 * set in all but the last.  A text is its length and so many bytes.  The first number is
 * the version; then come records, each a number and what belongs to it:
 *
 *	1 an I/O APIC   name, backend, size of struct vioapic_state, that many bytes
 *	2 a function    text: who made accesses
 *	3 an event      topic, I/O APIC, CPU, ns since the one before, its fields; instead
 *	                of the address of an access the function; of a fault its name too
 *	4 the end       how many events there were
 *
 * I/O APICs and functions are numbered in their order from 1 on; 0 is none.
 */
#ifndef VIOAPIC_TOOL_RECORD_H
#define VIOAPIC_TOOL_RECORD_H

#include <stdbool.h>
#include <stdio.h>
#include "events.h"

#define RECORD_VERSION		1
#define RECORD_DEVICES_MAX	1024
#define RECORD_FUNCTIONS_MAX	65536
#define RECORD_TEXT_MAX		255

/**
 * struct record - a file being written or read
 * @file, @path:     of it
 * @devices:         names, by number - 1
 * @functions:       likewise
 * @events:          so far
 * @time:            of the last event; reading: since the first
 * @cut:             (reading) it has no end
 */
struct record {
	FILE *file;
	const char *path;
	char (*devices)[VIOAPIC_NAME_LEN];
	unsigned int devices_count;
	char **functions;
	unsigned int functions_count;
	unsigned long long events;
	__u64 time;
	bool cut;
};

/* Writing.  Each returns 0, or STATUS_REFUSED and has said why. */
int record_create(struct record *record, const char *path, __u64 time);
int record_device(struct record *record, const char *name, unsigned int backend,
		  const struct vioapic_state *state);
/* @caller: of an access.  Events of who was not given by record_device() are left out. */
int record_event(struct record *record, const struct sample *sample, const char *caller);
/* What there is goes to the file: what crashes next shall be in there. */
int record_flush(struct record *record);
int record_finish(struct record *record);

/**
 * struct record_entry - what was read
 * @what:    RECORD_DEVICE: an I/O APIC, its name in @sample.name; RECORD_EVENT; RECORD_END
 * @backend: of an I/O APIC
 * @state:   of an I/O APIC: one that it can be in
 * @sample:  an event, whose time is since the recording began
 * @device:  whose event: place among those that were read, or -1 if all are meant
 * @caller:  who made the access, or ""
 */
struct record_entry {
	enum { RECORD_DEVICE, RECORD_EVENT, RECORD_END } what;
	unsigned int backend;
	struct vioapic_state state;
	struct sample sample;
	int device;
	const char *caller;
};

/* Reading, of whatever it may be.  Likewise; a file that has no end ends where it is cut off. */
int record_open(struct record *record, const char *path);
int record_next(struct record *record, struct record_entry *entry);

/* Safe after all of these */
void record_close(struct record *record);

#endif
