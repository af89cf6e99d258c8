// SPDX-License-Identifier: GPL-2.0
/* /dev/vioapic: opening it, asking it, and saying why it refused. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"
#include "vioapic.h"

#define DEVICE "/dev/vioapic"

static const char *lookup(const char *const *names, size_t count, unsigned int value)
{
	return value < count ? names[value] : NULL;
}

#define LOOKUP(names, value) lookup(names, ARRAY_SIZE(names), value)

const char *role_name(unsigned int role)
{
	static const char *const names[] = {
		[VIOAPIC_ROLE_SHADOW] = "shadow",
		[VIOAPIC_ROLE_OWNER] = "owner",
	};

	return LOOKUP(names, role) ?: "unknown";
}

const char *state_name(unsigned int state)
{
	static const char *const names[] = {
		[VIOAPIC_STATE_RELEASED] = "released",
		[VIOAPIC_STATE_TAKEN] = "taken",
		[VIOAPIC_STATE_FAILED] = "failed",
	};

	return LOOKUP(names, state) ?: "unknown";
}

const char *hook_name(unsigned int hook)
{
	static const char *const names[] = {
		[VIOAPIC_HOOK_OOPS] = "oops",
		[VIOAPIC_HOOK_FIXUP] = "fixup",
	};

	return LOOKUP(names, hook);
}

const char *backend_name(unsigned int backend)
{
	static const char *const names[] = {
		[VIOAPIC_BACKEND_NATIVE] = "native",
		[VIOAPIC_BACKEND_XEN] = "xen",
		[VIOAPIC_BACKEND_LAPIC] = "lapic",
		[VIOAPIC_BACKEND_KVM] = "kvm",
	};

	return LOOKUP(names, backend);
}

bool is_simulated(const struct vioapic_info *info)
{
	return info->role == VIOAPIC_ROLE_OWNER && info->backend != VIOAPIC_BACKEND_KVM;
}

unsigned int value_of(const char *(*name_of)(unsigned int), const char *word)
{
	unsigned int value;

	for (value = 1; name_of(value); value++)
		if (!strcmp(name_of(value), word))
			return value;
	return 0;
}

int name_set(char *field, const char *name)
{
	if (strlen(name) >= VIOAPIC_NAME_LEN)
		return refuse("no I/O APIC '%s': names have at most %d characters", name,
			      VIOAPIC_NAME_LEN - 1);
	memset(field, 0, VIOAPIC_NAME_LEN);
	memcpy(field, name, strlen(name) + 1);
	return STATUS_DONE;
}

int device_open(int *fd)
{
	*fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	switch (errno) {
	case ENOENT:
	case ENXIO:	/* a node left behind */
	case ENODEV:
		return refuse("module vioapic is not loaded: modprobe vioapic");
	case EACCES:
	case EPERM:
		return refuse("cannot open " DEVICE ": only root may, try sudo");
	default:
		return refuse("cannot open " DEVICE ": %s", strerror(errno));
	}
}

int inventory_open(struct inventory *inventory)
{
	struct vioapic_info *list;

	*inventory = (struct inventory){ .fd = -1 };
	if (device_open(&inventory->fd))
		return STATUS_REFUSED;

	for (;;) {
		struct vioapic_info info = { .index = inventory->count };

		if (ioctl(inventory->fd, VIOAPIC_IOC_INFO, &info)) {
			if (errno == ENOENT)
				return 0;
			return refuse_ioctl("the I/O APICs", "list", errno, NULL);
		}
		info.name[sizeof(info.name) - 1] = '\0';
		info.chip[sizeof(info.chip) - 1] = '\0';
		list = realloc(inventory->list, (inventory->count + 1) * sizeof(*list));
		if (!list)
			return refuse("out of memory");
		inventory->list = list;
		list[inventory->count++] = info;
	}
}

void inventory_close(struct inventory *inventory)
{
	free(inventory->list);
	if (inventory->fd >= 0)
		close(inventory->fd);
	*inventory = (struct inventory){ .fd = -1 };
}

static const struct vioapic_info *find(const struct inventory *inventory, const char *name)
{
	size_t i;

	for (i = 0; i < inventory->count; i++)
		if (!strcmp(inventory->list[i].name, name))
			return &inventory->list[i];
	return NULL;
}

const struct vioapic_info *inventory_find(const struct inventory *inventory, const char *name)
{
	const struct vioapic_info *info = find(inventory, name);
	char *names = NULL;
	size_t size, i;
	FILE *f;

	if (info)
		return info;
	if (!inventory->count) {
		refuse("no I/O APIC '%s', and no other found", name);
		return NULL;
	}
	f = open_memstream(&names, &size);
	if (f) {
		for (i = 0; i < inventory->count; i++)
			fprintf(f, " %s", inventory->list[i].name);
		fclose(f);
	}
	refuse("no I/O APIC '%s', there is%s (vioapic list)", name, names ? names : " another");
	free(names);
	return NULL;
}

int refuse_ioctl(const char *name, const char *action, int error, const char *reason)
{
	/* The kernel's sentence may name whom it is about. */
	if (reason && !strncmp(reason, name, strlen(name)))
		return refuse("%s", reason);
	if (reason && *reason)
		return refuse("cannot %s %s: %s", action, name, reason);
	switch (error) {
	case ENOTTY:
		return refuse("cannot %s %s: the module is of another version than this command",
			      action, name);
	case EPERM:
		return refuse("cannot %s %s: only root may, try sudo", action, name);
	case ENOENT:
		return refuse("cannot %s %s: it is gone (vioapic list)", action, name);
	default:
		return refuse("cannot %s %s: %s", action, name, strerror(error));
	}
}
