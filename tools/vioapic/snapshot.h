/* SPDX-License-Identifier: GPL-2.0 */
/* What save and restore share: their arguments, and the formats of a saved state. */
#ifndef VIOAPIC_TOOL_SNAPSHOT_H
#define VIOAPIC_TOOL_SNAPSHOT_H

#include <argp.h>
#include <stdbool.h>
#include <linux/vioapic.h>

/**
 * struct snapshot - what to save, or to restore
 * @name: of the I/O APIC
 * @path: of the file; NULL is standard output or input
 * @kvm:  as a struct kvm_ioapic_state, else as a struct vioapic_state
 */
struct snapshot {
	const char *name;
	const char *path;
	bool kvm;
};

#define SNAPSHOT_OPTION_KVM \
	{ .name = "kvm", .key = 'k', .doc = "In KVM's format: a struct kvm_ioapic_state" }

/* The parser of both */
error_t snapshot_parse(int key, char *arg, struct argp_state *state);

/*
 * Both open the file, or take standard input or output unless it is a terminal,
 * and return 0, or STATUS_REFUSED and have said why.  What snapshot_read() has
 * read is whole and in a format of ours; the rest the kernel checks.  @info is whom
 * it is for: its chip, pins and GSIs are what KVM's format does not say.
 */
int snapshot_read(const struct snapshot *snapshot, const struct vioapic_info *info,
		  struct vioapic_state *state);
int snapshot_write(const struct snapshot *snapshot, const struct vioapic_state *state);

#endif
