// SPDX-License-Identifier: GPL-2.0
/* What takeover and release share: whom they mean, and all or nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "device.h"
#include "transition.h"
#include "vioapic.h"

error_t transition_parse(int key, struct argp_state *state, struct transition *transition)
{
	switch (key) {
	case 'a':
		transition->all = true;
		return 0;
	case ARGP_KEY_ARGS:
		transition->names = state->argv + state->next;
		transition->count = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (transition->all && transition->count)
			argp_error(state, "--all goes without names");
		if (!transition->all && !transition->count)
			argp_error(state, "name an I/O APIC, or say --all");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Both return 0 or an errno and, in @reason, perhaps the kernel's sentence. */
static int take(int fd, const char *name, __u32 hook, __u32 backend, char *reason)
{
	struct vioapic_takeover request = { .hook = hook, .backend = backend };
	int error = 0;

	memccpy(request.name, name, '\0', sizeof(request.name) - 1);
	if (ioctl(fd, VIOAPIC_IOC_TAKEOVER, &request))
		error = errno;
	snprintf(reason, VIOAPIC_REASON_LEN, "%.*s", (int)sizeof(request.reason), request.reason);
	return error;
}

static int release(int fd, const char *name, char *reason)
{
	struct vioapic_release request = { 0 };
	int error = 0;

	memccpy(request.name, name, '\0', sizeof(request.name) - 1);
	if (ioctl(fd, VIOAPIC_IOC_RELEASE, &request))
		error = errno;
	snprintf(reason, VIOAPIC_REASON_LEN, "%.*s", (int)sizeof(request.reason), request.reason);
	return error;
}

static int change(int fd, const struct transition *t, const char *name)
{
	const char *action = t->take ? "take over" : "release";
	char reason[VIOAPIC_REASON_LEN];
	int error;

	error = t->take ? take(fd, name, t->hook, t->backend, reason) : release(fd, name, reason);
	if (!error)
		return STATUS_DONE;
	if (error == EALREADY && t->take)
		return refuse("%s is taken over already: for another hook, release it first",
			      name);
	if (error == EALREADY)
		return refuse("%s is not taken over: there is nothing to release", name);
	return refuse_ioctl(name, action, error, reason);
}

/* Puts one back as @info says it was. */
static void undo(int fd, const struct transition *t, const struct vioapic_info *info)
{
	char reason[VIOAPIC_REASON_LEN];
	int error;

	error = t->take ? release(fd, info->name, reason) :
			  take(fd, info->name, info->hook, info->backend, reason);
	if (error)
		refuse("and %s could not be put back: %s", info->name,
		       *reason ? reason : strerror(error));
}

/*
 * Owners are born taken over and have no hardware to be given back to; guests' and windows are
 * others'.
 */
static bool is_machines(const struct vioapic_info *info)
{
	return info->role == VIOAPIC_ROLE_SHADOW && info->backend != VIOAPIC_BACKEND_KVM &&
	       !info->window;
}

/*
 * With --all: is there something to do for this one?  Not if it is as wanted.
 */
static bool wanted(const struct transition *t, const struct vioapic_info *info)
{
	if (!is_machines(info))
		return false;
	if (!t->take)
		return info->state == VIOAPIC_STATE_TAKEN;
	if (info->state != VIOAPIC_STATE_TAKEN)
		return true;
	/* Taken over with another hook than the one asked for: let the kernel refuse it. */
	return (t->hook && t->hook != info->hook) || (t->backend && t->backend != info->backend);
}

/* Fills @todo, in order and without repetition; returns how many, or -1 and has said why. */
static ssize_t select_targets(const struct transition *t, const struct inventory *inventory,
			      const struct vioapic_info **todo)
{
	size_t machines = 0, count = 0, i, j;

	if (t->all) {
		for (i = 0; i < inventory->count; i++) {
			machines += is_machines(&inventory->list[i]);
			if (wanted(t, &inventory->list[i]))
				todo[count++] = &inventory->list[i];
		}
		if (!machines) {
			refuse("no I/O APIC found: this kernel uses none (booted with noapic?)");
			return -1;
		}
		return count;
	}

	for (i = 0; i < (size_t)t->count; i++) {
		const struct vioapic_info *info = inventory_find(inventory, t->names[i]);

		if (!info)
			return -1;
		for (j = 0; j < count && todo[j] != info; j++)
			;
		if (j == count)
			todo[count++] = info;
	}
	return count;
}

int transition_run(const struct transition *t)
{
	const struct vioapic_info **todo = NULL;
	struct inventory inventory;
	ssize_t count, i;
	int status;

	status = inventory_open(&inventory);
	if (status)
		goto out;
	todo = calloc(inventory.count + 1, sizeof(*todo));
	if (!todo) {
		status = refuse("out of memory");
		goto out;
	}
	count = select_targets(t, &inventory, todo);
	if (count < 0) {
		status = STATUS_REFUSED;
		goto out;
	}

	for (i = 0; i < count; i++) {
		status = change(inventory.fd, t, todo[i]->name);
		if (status)
			break;
	}
	if (status)
		while (i--)
			undo(inventory.fd, t, todo[i]);
out:
	free(todo);
	inventory_close(&inventory);
	return status;
}
