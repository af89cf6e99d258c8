// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-3-Clause
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libvioapic.h"

#define DEVICE		"/dev/vioapic_kvm"
#define ADMINISTRATORS	"/dev/vioapic"	/* has all that the other has */
#define PAGE_BYTES	4096
#define DEFAULT_CHIP	"ich"

/**
 * struct libvioapic - an I/O APIC
 * @fd:       stands for it
 * @slot:     of @page, if there is one
 * @features: VIOAPIC_KVM_FEATURE_*
 * @page:     its registers; NULL: they are in no memory slot
 */
struct libvioapic {
	int fd;
	int vm_fd;
	int slot;
	unsigned int features;
	__u64 address;
	void *page;
};

unsigned int libvioapic_version(void)
{
	return LIBVIOAPIC_VERSION;
}

static int call(const struct libvioapic *v, unsigned long request, void *arg)
{
	return ioctl(v->fd, request, arg) < 0 ? -errno : 0;
}

__attribute__((format(printf, 2, 3)))
static void say(char *reason, const char *format, ...)
{
	va_list args;

	if (!reason)
		return;
	va_start(args, format);
	vsnprintf(reason, VIOAPIC_REASON_LEN, format, args);
	va_end(args);
}

/* After a call that failed with -@err: the kernel's sentence, or ours if it has none */
static void hand_on(char *reason, const char *kernels, const char *request, int err)
{
	if (kernels[0])
		say(reason, "%.*s", VIOAPIC_REASON_LEN - 1, kernels);
	else
		say(reason, "%s: %s", request, strerror(-err));
}

int libvioapic_open(char *reason)
{
	const char *path = DEVICE;
	int fd = open(path, O_RDWR | O_CLOEXEC), err;

	if (fd < 0 && errno == ENOENT) {
		path = ADMINISTRATORS;
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (fd >= 0)
		return fd;
	err = -errno;
	if (err == -ENOENT)
		say(reason, DEVICE ": not there: is the module vioapic_kvm loaded?");
	else
		say(reason, "%s: %s", path, strerror(-err));
	return err;
}

/* An ioctl of @device_fd or, if that is negative, of what is opened for it */
static int call_device(int device_fd, unsigned long request, const char *name, void *arg,
		       char *kernels, char *reason)
{
	int fd = device_fd, err = 0;

	if (fd < 0)
		fd = libvioapic_open(reason);
	if (fd < 0)
		return fd;
	if (ioctl(fd, request, arg) < 0) {
		err = -errno;
		/* The device says why; others do not know what is asked */
		if (fd == device_fd && !kernels[0] && (err == -ENOTTY || err == -EINVAL))
			say(reason, "descriptor %d is none of " DEVICE, fd);
		else
			hand_on(reason, kernels, name, err);
	}
	if (fd != device_fd)
		close(fd);
	return err;
}

int libvioapic_query(int device_fd, struct vioapic_kvm_query *query, char *reason)
{
	struct vioapic_kvm_query req = { };
	int err;

	err = call_device(device_fd, VIOAPIC_KVM_QUERY, "VIOAPIC_KVM_QUERY", &req, req.reason,
			  reason);
	if (!err)
		*query = req;
	return err;
}

static int set_slot(const struct libvioapic *v, __u64 size)
{
	struct kvm_userspace_memory_region region = {
		.slot = v->slot,
		.flags = KVM_MEM_READONLY,
		.guest_phys_addr = v->address,
		.memory_size = size,
		.userspace_addr = (unsigned long)v->page,
	};

	return ioctl(v->vm_fd, KVM_SET_USER_MEMORY_REGION, &region) < 0 ? -errno : 0;
}

static void say_slot(const struct libvioapic *v, int err, char *reason)
{
	const char *why = strerror(-err);

	if (err == -EINVAL)
		why = "it is in use, or there are not so many";
	else if (err == -EEXIST)
		why = "another slot is at this address";
	say(reason, "memory slot %d, for the registers at %#llx: %s", v->slot,
	    (unsigned long long)v->address, why);
}

/* Reads without an exit.  Nothing has changed if it cannot be */
static int map(struct libvioapic *v, char *reason)
{
	void *page = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, v->fd, 0);
	int err;

	if (page == MAP_FAILED) {
		err = -errno;
		say(reason, "mmap of the registers: %s", strerror(-err));
		return err;
	}
	v->page = page;
	err = set_slot(v, PAGE_BYTES);
	if (err) {
		say_slot(v, err, reason);
		munmap(page, PAGE_BYTES);
		v->page = NULL;
	}
	return err;
}

/* As well as closing: a process that was forked in between has the descriptor, too */
static void take_away(struct libvioapic *v)
{
	call(v, VIOAPIC_KVM_DESTROY, NULL);
	close(v->fd);
}

static int create(struct libvioapic *v, int device_fd, const struct libvioapic_config *config,
		  char *reason)
{
	const char *chip = config->chip ? config->chip : DEFAULT_CHIP;
	struct vioapic_kvm_create req = {
		.vm_fd = v->vm_fd,
		.id = config->id,
		.address = config->address,
		.gsi_base = config->gsi_base,
		.pins = config->pins,
		.storm_limit = config->storm_limit,
	};
	size_t i;
	int err;

	for (i = 0; i < sizeof(config->reserved) / sizeof(config->reserved[0]); i++)
		if (config->reserved[i]) {
			say(reason, "a reserved field of struct libvioapic_config is not zero");
			return -EINVAL;
		}
	/* A name that is too long arrives without its end, and is refused for that */
	memcpy(req.chip, chip, strnlen(chip, sizeof(req.chip)));
	err = call_device(device_fd, VIOAPIC_KVM_CREATE, "VIOAPIC_KVM_CREATE", &req, req.reason,
			  reason);
	if (err)
		return err;
	v->fd = req.fd;
	v->features = req.features;
	if (v->slot < 0)
		return 0;
	err = map(v, reason);
	if (err)
		take_away(v);
	return err;
}

struct libvioapic *libvioapic_create_by(int device_fd, int vm_fd,
					const struct libvioapic_config *config, char *reason)
{
	struct libvioapic *v = calloc(1, sizeof(*v));
	int err;

	if (!v) {
		say(reason, "libvioapic: %s", strerror(ENOMEM));
		errno = ENOMEM;
		return NULL;
	}
	v->vm_fd = vm_fd;
	v->slot = config->slot;
	v->address = config->address;
	err = create(v, device_fd, config, reason);
	if (!err)
		return v;
	free(v);
	errno = -err;
	return NULL;
}

struct libvioapic *libvioapic_create(int vm_fd, const struct libvioapic_config *config,
				     char *reason)
{
	return libvioapic_create_by(-1, vm_fd, config, reason);
}

void libvioapic_destroy(struct libvioapic *v)
{
	if (!v)
		return;
	if (v->page) {
		set_slot(v, 0);
		munmap(v->page, PAGE_BYTES);
	}
	take_away(v);
	free(v);
}

int libvioapic_fd(const struct libvioapic *v)
{
	return v->fd;
}

int libvioapic_eoi_exits(const struct libvioapic *v)
{
	return !(v->features & VIOAPIC_KVM_FEATURE_EOI);
}

int libvioapic_line_status(struct libvioapic *v, unsigned int pin, int level, unsigned int flags,
			   int *outcome)
{
	struct vioapic_kvm_line req = { .pin = pin, .level = !!level, .flags = flags };
	int err = call(v, VIOAPIC_KVM_LINE, &req);

	if (!err && outcome)
		*outcome = req.outcome;
	return err;
}

int libvioapic_line(struct libvioapic *v, unsigned int pin, int level)
{
	return libvioapic_line_status(v, pin, level, 0, NULL);
}

int libvioapic_pulse(struct libvioapic *v, unsigned int pin, int *outcome)
{
	return libvioapic_line_status(v, pin, 1, VIOAPIC_KVM_LINE_PULSE, outcome);
}

int libvioapic_eventfd(struct libvioapic *v, unsigned int pin, int fd, int resample_fd,
		       unsigned int flags)
{
	struct vioapic_kvm_eventfd req = {
		.pin = pin, .flags = flags, .fd = fd, .resample_fd = resample_fd,
	};

	return call(v, VIOAPIC_KVM_EVENTFD, &req);
}

int libvioapic_eventfd_remove(struct libvioapic *v, unsigned int pin, int fd)
{
	return libvioapic_eventfd(v, pin, fd < 0 ? -1 : fd, -1, VIOAPIC_KVM_EVENTFD_REMOVE);
}

int libvioapic_eoi(struct libvioapic *v, unsigned int vector, unsigned int vcpu)
{
	struct vioapic_kvm_eoi req = { .vector = vector, .vcpu = vcpu };

	return call(v, VIOAPIC_KVM_EOI, &req);
}

int libvioapic_save(struct libvioapic *v, struct vioapic_state *state)
{
	struct vioapic_kvm_state req = { };
	int err = call(v, VIOAPIC_KVM_SAVE, &req);

	if (!err)
		*state = req.state;
	return err;
}

int libvioapic_restore(struct libvioapic *v, const struct vioapic_state *state, char *reason)
{
	struct vioapic_kvm_state req = { .state = *state };
	int err = call(v, VIOAPIC_KVM_RESTORE, &req);

	if (err)
		hand_on(reason, req.reason, "VIOAPIC_KVM_RESTORE", err);
	return err;
}

int libvioapic_get_kvm_state(struct libvioapic *v, struct kvm_ioapic_state *state, char *reason)
{
	struct vioapic_kvm_ioapic req = { };
	int err = call(v, VIOAPIC_KVM_GET_IOAPIC, &req);

	if (err)
		hand_on(reason, req.reason, "VIOAPIC_KVM_GET_IOAPIC", err);
	else
		*state = req.state;
	return err;
}

int libvioapic_set_kvm_state(struct libvioapic *v, const struct kvm_ioapic_state *state,
			     char *reason)
{
	struct vioapic_kvm_ioapic req = { .state = *state };
	int err = call(v, VIOAPIC_KVM_SET_IOAPIC, &req);

	if (err)
		hand_on(reason, req.reason, "VIOAPIC_KVM_SET_IOAPIC", err);
	return err;
}

int libvioapic_register(struct libvioapic *v, unsigned int index, __u32 *value)
{
	struct vioapic_kvm_register req = { .index = index };
	int err = call(v, VIOAPIC_KVM_REGISTER, &req);

	if (!err)
		*value = req.value;
	return err;
}

int libvioapic_reset(struct libvioapic *v)
{
	return call(v, VIOAPIC_KVM_RESET, NULL);
}

int libvioapic_stats(struct libvioapic *v, struct vioapic_kvm_stats *stats)
{
	return call(v, VIOAPIC_KVM_STATS, stats);
}
