// SPDX-License-Identifier: GPL-2.0
/* See libvioapic_fixture.h */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "libvioapic_fixture.h"

const struct libvioapic_config config = {
	.address = 0xfec01000, .gsi_base = 24, .pins = 120, .id = 7, .chip = "generic240",
	.slot = 5, .storm_limit = 99,
};

char calls[1024], handed[sizeof(struct vioapic_kvm_state)], answer[sizeof(handed)];
const char *absent;
int mmap_errno, no_memory;
static unsigned long fails;
static int fails_with;
static char kernels[VIOAPIC_REASON_LEN], page[4096];

static __attribute__((format(printf, 1, 2))) void note(const char *format, ...)
{
	size_t len = strlen(calls);
	va_list args;

	va_start(args, format);
	vsnprintf(calls + len, sizeof(calls) - len, format, args);
	va_end(args);
}

int __wrap_open(const char *path, int flags, ...)
{
	char word[64], *at;

	assert_int_equal(flags, O_RDWR | O_CLOEXEC);
	note("open %s; ", path);
	snprintf(word, sizeof(word), "%s=", path);
	at = absent ? strstr(absent, word) : NULL;
	if (!at)
		return DEVICE_FD;
	errno = atoi(at + strlen(word));
	return -1;
}

int __wrap_close(int fd)
{
	note("close %d; ", fd);
	errno = EIO;	/* to be overlooked */
	return 0;
}

void *__wrap_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
	note("mmap %d; ", fd);
	assert_null(at);
	assert_int_equal(length, sizeof(page));
	assert_int_equal(prot, PROT_READ);
	assert_int_equal(flags, MAP_SHARED);
	assert_int_equal(offset, 0);
	errno = mmap_errno;
	return mmap_errno ? MAP_FAILED : page;
}

int __wrap_munmap(void *at, size_t length)
{
	assert_ptr_equal(at, page);
	assert_int_equal(length, sizeof(page));
	note("munmap; ");
	errno = EIO;
	return 0;
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
	return no_memory ? NULL : __real_calloc(n, size);
}

static const struct {
	unsigned long number;
	const char *name;
	size_t reason;	/* where, if there is one */
} requests[] = {
	{ VIOAPIC_KVM_CREATE, "create", offsetof(struct vioapic_kvm_create, reason) },
	{ VIOAPIC_KVM_QUERY, "query", offsetof(struct vioapic_kvm_query, reason) },
	{ VIOAPIC_KVM_SAVE, "save", offsetof(struct vioapic_kvm_state, reason) },
	{ VIOAPIC_KVM_RESTORE, "restore", offsetof(struct vioapic_kvm_state, reason) },
	{ VIOAPIC_KVM_GET_IOAPIC, "get", offsetof(struct vioapic_kvm_ioapic, reason) },
	{ VIOAPIC_KVM_SET_IOAPIC, "set", offsetof(struct vioapic_kvm_ioapic, reason) },
	{ VIOAPIC_KVM_LINE, "line", 0 },
	{ VIOAPIC_KVM_EVENTFD, "eventfd", 0 },
	{ VIOAPIC_KVM_EOI, "eoi", 0 },
	{ VIOAPIC_KVM_RESET, "reset", 0 },
	{ VIOAPIC_KVM_STATS, "stats", 0 },
	{ VIOAPIC_KVM_DESTROY, "destroy", 0 },
	{ VIOAPIC_KVM_REGISTER, "register", 0 },
};

static int fake_slot(int fd, const struct kvm_userspace_memory_region *region)
{
	note("slot %u %llu; ", region->slot, region->memory_size);
	assert_int_equal(fd, VM_FD);
	assert_int_equal(region->flags, KVM_MEM_READONLY);
	assert_int_equal(region->guest_phys_addr, 0xfec01000);
	assert_int_equal(region->userspace_addr, (uintptr_t)page);
	if (fails != KVM_SET_USER_MEMORY_REGION)
		return 0;
	errno = fails_with;
	return -1;
}

static void create(struct vioapic_kvm_create *req)
{
	req->fd = IOAPIC_FD;
	req->features = ((struct vioapic_kvm_create *)answer)->features;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	size_t i, size = _IOC_SIZE(request);

	if (request == KVM_SET_USER_MEMORY_REGION)
		return fake_slot(fd, arg);
	for (i = 0; requests[i].number != request; i++)
		assert_in_range(i, 0, sizeof(requests) / sizeof(requests[0]) - 2);
	note("%s %d; ", requests[i].name, fd);
	if (size)
		memcpy(handed, arg, size);
	if (fails == request) {
		if (requests[i].reason)
			memcpy((char *)arg + requests[i].reason, kernels, sizeof(kernels));
		errno = fails_with;
		return -1;
	}
	if (request == VIOAPIC_KVM_CREATE)
		create(arg);
	else if (size && _IOC_DIR(request) & _IOC_READ)
		memcpy(arg, answer, size);
	return 0;
}

void let_fail(unsigned long request, int with, const char *says)
{
	fails = request;
	fails_with = with;
	memset(kernels, 0, sizeof(kernels));
	memcpy(kernels, says, strnlen(says, sizeof(kernels)));
}

int setup(void **state)
{
	(void)state;
	absent = NULL;
	mmap_errno = 0;
	no_memory = 0;
	let_fail(0, 0, "");
	memset(answer, 0, sizeof(answer));
	calls[0] = '\0';
	return 0;
}

struct libvioapic *make(void)
{
	struct libvioapic_config c = config;
	struct libvioapic *v;

	c.slot = -1;
	v = libvioapic_create_by(DEVICE_FD, VM_FD, &c, NULL);
	assert_non_null(v);
	calls[0] = '\0';
	return v;
}
