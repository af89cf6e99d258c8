// SPDX-License-Identifier: GPL-2.0
/* What save and restore share: their arguments, and the formats of a saved state. */
#include <byteswap.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/kvm.h>
#include <vioapic/state.h>

#include "snapshot.h"
#include "vioapic.h"

error_t snapshot_parse(int key, char *arg, struct argp_state *state)
{
	struct snapshot *snapshot = state->input;

	switch (key) {
	case 'k':
		snapshot->kvm = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!snapshot->name)
			snapshot->name = arg;
		else if (!snapshot->path)
			snapshot->path = arg;
		else
			argp_error(state, "one I/O APIC and one file at a time");
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name an I/O APIC (vioapic list)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Reading */

static const char *source(const struct snapshot *snapshot)
{
	return snapshot->path ? snapshot->path : "standard input";
}

/* Up to @size bytes, and a look at whether there are more. Returns how many, or -1. */
static ssize_t read_all(const struct snapshot *snapshot, FILE *file, void *data, size_t size)
{
	size_t length = fread(data, 1, size, file);

	if (length == size && fgetc(file) != EOF)
		length++;
	if (!ferror(file))
		return length;
	refuse("cannot read %s: %s", source(snapshot), strerror(errno));
	return -1;
}

static int check_length(const struct snapshot *snapshot, size_t length, size_t size)
{
	if (length < size)
		return refuse("%s is truncated, it has %zu of %zu bytes: save again",
			      source(snapshot), length, size);
	if (length > size)
		return refuse("%s is longer than %zu bytes, so it is no saved state",
			      source(snapshot), size);
	return STATUS_DONE;
}

static int read_ours(const struct snapshot *snapshot, FILE *file, struct vioapic_state *state)
{
	ssize_t length = read_all(snapshot, file, state, sizeof(*state));

	if (length < 0)
		return STATUS_REFUSED;
	if (!length)
		return refuse("%s is empty: save again", source(snapshot));
	if ((size_t)length < offsetof(struct vioapic_state, role))
		return check_length(snapshot, length, sizeof(*state));
	if (state->magic == bswap_32(VIOAPIC_STATE_MAGIC))
		return refuse("%s is of a machine of the other byte order: save on one like this",
			      source(snapshot));
	if (state->magic != VIOAPIC_STATE_MAGIC && length == sizeof(struct kvm_ioapic_state))
		return refuse("%s is not of vioapic save: if it is in KVM's format, say --kvm",
			      source(snapshot));
	if (state->magic != VIOAPIC_STATE_MAGIC)
		return refuse("%s is no saved state of an I/O APIC: vioapic save makes them",
			      source(snapshot));
	if (state->version != VIOAPIC_STATE_VERSION)
		return refuse("%s is of version %u, not %u: use the vioapic that saved it",
			      source(snapshot), state->version, VIOAPIC_STATE_VERSION);
	if (state->size != sizeof(*state))
		return refuse("%s is damaged, it says that it has %u bytes and not %zu: save again",
			      source(snapshot), state->size, sizeof(*state));
	return check_length(snapshot, length, sizeof(*state));
}

static int from_kvm(const struct snapshot *snapshot, const struct kvm_ioapic_state *kvm,
		    const struct vioapic_info *info, struct vioapic_state *state)
{
	const struct vioapic_chip *chip = vioapic_chip_find(info->chip);

	if (info->role != VIOAPIC_ROLE_OWNER)
		return refuse("%s is a shadow, KVM's format is not for it: restore without --kvm",
			      snapshot->name);
	if (!chip)
		return refuse("%s is a chip %.*s: is the module of another version?",
			      snapshot->name, VIOAPIC_NAME_LEN, info->chip);
	switch (vioapic_state_from_kvm(state, kvm, chip, info->pins, info->gsi_base)) {
	case 0:
		return STATUS_DONE;
	case -ERANGE:
		if (info->pins > KVM_IOAPIC_NUM_PINS)
			return refuse("%s has %u pins, KVM %u: restore without --kvm",
				      snapshot->name, info->pins, KVM_IOAPIC_NUM_PINS);
		return refuse("%s uses more pins than the %u of %s: restore one with %u",
			      source(snapshot), info->pins, snapshot->name,
			      KVM_IOAPIC_NUM_PINS);
	default:
		return refuse("%s is no state of KVM's I/O APIC: get one by KVM_GET_IRQCHIP",
			      source(snapshot));
	}
}

static int read_kvm(const struct snapshot *snapshot, FILE *file, const struct vioapic_info *info,
		    struct vioapic_state *state)
{
	struct kvm_ioapic_state kvm;
	ssize_t length = read_all(snapshot, file, &kvm, sizeof(kvm));

	if (length < 0)
		return STATUS_REFUSED;
	/* No address ends like this */
	if ((size_t)length > sizeof(kvm) && (__u32)kvm.base_address == VIOAPIC_STATE_MAGIC)
		return refuse("%s is not in KVM's format: leave out --kvm", source(snapshot));
	if (check_length(snapshot, length, sizeof(kvm)))
		return STATUS_REFUSED;
	return from_kvm(snapshot, &kvm, info, state);
}

int snapshot_read(const struct snapshot *snapshot, const struct vioapic_info *info,
		  struct vioapic_state *state)
{
	FILE *file = stdin;
	int status;

	if (snapshot->path)
		file = fopen(snapshot->path, "re");
	else if (isatty(STDIN_FILENO))
		return refuse("there is nothing to restore %s from: name a file",
			      snapshot->name);
	if (!file)
		return refuse("cannot open %s: %s", snapshot->path, strerror(errno));
	status = snapshot->kvm ? read_kvm(snapshot, file, info, state) :
				 read_ours(snapshot, file, state);
	if (snapshot->path)
		fclose(file);
	return status;
}

/* Writing */

static int to_kvm(const struct snapshot *snapshot, const struct vioapic_state *state,
		  struct kvm_ioapic_state *kvm)
{
	if (state->role != VIOAPIC_ROLE_OWNER)
		return refuse("%s is a shadow, which KVM's format is not for: save without --kvm",
			      snapshot->name);
	switch (vioapic_state_to_kvm(state, kvm)) {
	case 0:
		return STATUS_DONE;
	case -ERANGE:
		return refuse("%s has %u pins, ID %u, KVM up to %u and 15: save without --kvm",
			      snapshot->name, state->pins, state->reg[VIOAPIC_REG_ID] >> 24,
			      KVM_IOAPIC_NUM_PINS);
	default:
		return refuse("%s is in no state: is the module of another version?",
			      snapshot->name);
	}
}

static int write_to(const struct snapshot *snapshot, const void *data, size_t size)
{
	FILE *file;
	bool bad;

	if (!snapshot->path) {
		if (isatty(STDOUT_FILENO))
			return refuse("the state of %s is no text for a terminal: name a file",
				      snapshot->name);
		if (fwrite(data, size, 1, stdout) == 1 && !fflush(stdout))
			return STATUS_DONE;
		return refuse("cannot write the state of %s: %s", snapshot->name, strerror(errno));
	}
	file = fopen(snapshot->path, "we");
	if (!file)
		return refuse("cannot open %s: %s", snapshot->path, strerror(errno));
	bad = fwrite(data, size, 1, file) != 1;
	if (fclose(file) || bad)
		return refuse("cannot write %s: %s", snapshot->path, strerror(errno));
	return STATUS_DONE;
}

int snapshot_write(const struct snapshot *snapshot, const struct vioapic_state *state)
{
	struct kvm_ioapic_state kvm;

	if (!snapshot->kvm)
		return write_to(snapshot, state, sizeof(*state));
	if (to_kvm(snapshot, state, &kvm))
		return STATUS_REFUSED;
	return write_to(snapshot, &kvm, sizeof(kvm));
}
