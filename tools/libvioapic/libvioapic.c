// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libvioapic.h"

#define DEVICE		"/dev/vioapic"
#define PAGE_BYTES	4096
#define DEFAULT_CHIP	"ich"

struct libvioapic {
	int fd;
	int vm_fd;
	int slot;
	unsigned int features;
	__u64 address;
	void *page;
};

static int call(const struct libvioapic *v, unsigned long request, void *arg)
{
	return ioctl(v->fd, request, arg) < 0 ? -errno : 0;
}

static void say(char *reason, const char *what)
{
	if (reason)
		snprintf(reason, VIOAPIC_REASON_LEN, "%s: %m", what);
}

static int set_slot(const struct libvioapic *v, __u64 size)
{
	struct kvm_userspace_memory_region region = {
		.slot = v->slot,
		.flags = KVM_MEM_READONLY,
		.guest_phys_addr = v->address,
		.memory_size = size,
		.userspace_addr = (__u64)v->page,
	};

	return ioctl(v->vm_fd, KVM_SET_USER_MEMORY_REGION, &region);
}

/* Return: the descriptor, or -1 */
static int create(struct vioapic_kvm_create *req, char *reason)
{
	int dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	int err = 0;

	if (dev < 0) {
		say(reason, DEVICE);
		return -1;
	}
	if (ioctl(dev, VIOAPIC_KVM_CREATE, req) < 0) {
		err = errno;
		if (reason && req->reason[0])
			memcpy(reason, req->reason, VIOAPIC_REASON_LEN);
		else
			say(reason, DEVICE);
	}
	close(dev);
	errno = err;
	return err ? -1 : req->fd;
}

struct libvioapic *libvioapic_create(int vm_fd, const struct libvioapic_config *config,
				     char *reason)
{
	const char *chip = config->chip ? config->chip : DEFAULT_CHIP;
	struct vioapic_kvm_create req = {
		.vm_fd = vm_fd,
		.id = config->id,
		.address = config->address,
		.gsi_base = config->gsi_base,
		.pins = config->pins,
		.storm_limit = config->storm_limit,
	};
	struct libvioapic *v;
	int err;

	/* A name that is too long arrives without its end, and is refused for that */
	memcpy(req.chip, chip, strnlen(chip, sizeof(req.chip)));
	v = calloc(1, sizeof(*v));
	if (!v) {
		say(reason, "libvioapic");
		return NULL;
	}
	v->vm_fd = vm_fd;
	v->slot = config->slot;
	v->address = config->address;
	v->fd = create(&req, reason);
	if (v->fd < 0)
		goto err_free;
	v->features = req.features;
	if (v->slot < 0)
		return v;

	v->page = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, v->fd, 0);
	if (v->page == MAP_FAILED) {
		say(reason, "mmap");
		goto err_close;
	}
	if (set_slot(v, PAGE_BYTES) < 0) {
		say(reason, "KVM_SET_USER_MEMORY_REGION");
		goto err_unmap;
	}
	return v;

err_unmap:
	err = errno;
	munmap(v->page, PAGE_BYTES);
	errno = err;
err_close:
	err = errno;
	close(v->fd);
	errno = err;
err_free:
	err = errno;
	free(v);
	errno = err;
	return NULL;
}

void libvioapic_destroy(struct libvioapic *v)
{
	if (!v)
		return;
	if (v->slot >= 0) {
		set_slot(v, 0);
		munmap(v->page, PAGE_BYTES);
	}
	call(v, VIOAPIC_KVM_DESTROY, NULL);
	close(v->fd);
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

int libvioapic_line(struct libvioapic *v, unsigned int pin, int level)
{
	struct vioapic_kvm_line req = { .pin = pin, .level = !!level };

	return call(v, VIOAPIC_KVM_LINE, &req);
}

int libvioapic_eventfd(struct libvioapic *v, unsigned int pin, int fd, int resample_fd,
		       unsigned int flags)
{
	struct vioapic_kvm_eventfd req = {
		.pin = pin, .flags = flags, .fd = fd, .resample_fd = resample_fd,
	};

	return call(v, VIOAPIC_KVM_EVENTFD, &req);
}

int libvioapic_eventfd_remove(struct libvioapic *v, unsigned int pin)
{
	return libvioapic_eventfd(v, pin, -1, -1, VIOAPIC_KVM_EVENTFD_REMOVE);
}

int libvioapic_eoi(struct libvioapic *v, unsigned int vector, unsigned int vcpu)
{
	struct vioapic_kvm_eoi req = { .vector = vector, .vcpu = vcpu };

	return call(v, VIOAPIC_KVM_EOI, &req);
}

int libvioapic_save(struct libvioapic *v, struct vioapic_state *state)
{
	struct vioapic_kvm_state req;
	int err = call(v, VIOAPIC_KVM_SAVE, &req);

	if (!err)
		*state = req.state;
	return err;
}

int libvioapic_restore(struct libvioapic *v, const struct vioapic_state *state, char *reason)
{
	struct vioapic_kvm_state req = { .state = *state };
	int err = call(v, VIOAPIC_KVM_RESTORE, &req);

	if (!err || !reason)
		return err;
	if (req.reason[0])
		memcpy(reason, req.reason, VIOAPIC_REASON_LEN);
	else
		say(reason, "VIOAPIC_KVM_RESTORE");
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
