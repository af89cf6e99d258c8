// SPDX-License-Identifier: GPL-2.0
/* Ends of all kinds, in any order; the host's log is the judge */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm.h"

#define ROUNDS		6

static const struct libvioapic_config config = {
	.address = IOAPIC_ADDRESS, .chip = "ich", .slot = SLOT_IOAPIC,
};

static int eventfds[2];

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	(void)vcpu;
	(void)port;
	(void)value;
	return false;
}

/* A guest that writes to its I/O APIC from all vCPUs and never ends */
static void begin(struct vm *vm)
{
	uint64_t one = 1;

	vm_create(vm, VCPUS, &config);
	vm->out = out;
	vm->shared->count = ~0UL;
	eventfds[0] = eventfd(0, 0);
	eventfds[1] = eventfd(0, 0);
	libvioapic_eventfd(vm->ioapic, 2, eventfds[0], eventfds[1], 0);
	if (write(eventfds[0], &one, sizeof(one)) != sizeof(one))
		die("the eventfd cannot be signalled");
	vm_boot(vm, TEST_HOSTILE);
	vm_start(vm);
	usleep(30000);
}

static void close_vm(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->vcpus; i++)
		close(vm->vcpu[i].fd);
	close(vm->fd);
}

/* The I/O APIC goes while vCPUs write to it; then there is room for another */
static int destroy_in_use(struct vm *vm)
{
	libvioapic_destroy(vm->ioapic);
	vm->ioapic = libvioapic_create(vm->fd, &config, NULL);
	usleep(10000);
	vm_stop(vm);
	return !vm->ioapic;
}

static int ioapic_first(struct vm *vm)
{
	vm_stop(vm);
	close(libvioapic_fd(vm->ioapic));
	close_vm(vm);
	return 0;
}

static int vm_first(struct vm *vm)
{
	struct vioapic_kvm_stats stats;
	uint64_t one = 1;

	vm_stop(vm);
	close_vm(vm);
	/* Still whole, if useless */
	if (write(eventfds[0], &one, sizeof(one)) != sizeof(one))
		return 1;
	if (libvioapic_line(vm->ioapic, 1, 1) || libvioapic_stats(vm->ioapic, &stats))
		return 1;
	close(libvioapic_fd(vm->ioapic));
	return 0;
}

static int after_destroy(struct vm *vm)
{
	struct vioapic_kvm_line line = { .pin = 1, .level = 1 };
	struct vioapic_kvm_stats stats;
	int fd = libvioapic_fd(vm->ioapic);
	uint64_t one = 1;
	unsigned int i;

	vm_stop(vm);
	if (ioctl(fd, VIOAPIC_KVM_DESTROY) || ioctl(fd, VIOAPIC_KVM_DESTROY))
		return 1;
	if (ioctl(fd, VIOAPIC_KVM_STATS, &stats) == 0 || errno != ENODEV)
		return 1;
	/* Which takes the lock, and the second time as well */
	for (i = 0; i < 2; i++)
		if (ioctl(fd, VIOAPIC_KVM_LINE, &line) == 0 || errno != ENODEV)
			return 1;
	return write(eventfds[0], &one, sizeof(one)) != sizeof(one);
}

static int eventfds_first(struct vm *vm)
{
	close(eventfds[0]);
	close(eventfds[1]);
	vm_stop(vm);
	return libvioapic_eventfd_remove(vm->ioapic, 2, -1);
}

static int all_at_exit(struct vm *vm)
{
	(void)vm;
	return 0;
}

/* A child of the VMM's holds everything for a moment longer */
static int forked(struct vm *vm)
{
	(void)vm;
	if (fork() == 0) {
		usleep(100000);
		_exit(0);
	}
	return 0;
}

static int killed(struct vm *vm)
{
	(void)vm;
	raise(SIGKILL);
	return 1;
}

static const struct {
	const char *name;
	int (*end)(struct vm *vm);
} ends[] = {
	{ "destroyed in use", destroy_in_use },
	{ "the I/O APIC closed first", ioapic_first },
	{ "the VM closed first", vm_first },
	{ "used after it was destroyed", after_destroy },
	{ "eventfds closed first", eventfds_first },
	{ "all at exit", all_at_exit },
	{ "a child holds it", forked },
	{ "killed", killed },
};

static int run(unsigned int i)
{
	struct vm vm;

	begin(&vm);
	/* Threads may be in there still: exit_group() ends them */
	_exit(ends[i].end(&vm));
}

int test_life(int argc, char **argv)
{
	unsigned int i, round, bad = 0;
	int status;
	pid_t child;

	(void)argc;
	(void)argv;
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
			child = fork();
			if (child < 0)
				die("fork: %m");
			if (!child)
				run(i);
			waitpid(child, &status, 0);
			if (ends[i].end == killed ? WIFSIGNALED(status) : status == 0)
				continue;
			fprintf(stderr, "%s: status %#x\n", ends[i].name, status);
			bad++;
		}
	}
	return !!bad;
}

/* churn COUNT: of I/O APICs, in one VM, each with a line by eventfd */
int test_churn(int argc, char **argv)
{
	struct libvioapic_config second = {
		.address = IOAPIC_ADDRESS + 0x1000, .gsi_base = 24, .chip = "generic240",
		.slot = SLOT_IOAPIC + 1,
	};
	unsigned long i, count = argc > 0 ? strtoul(argv[0], NULL, 0) : 1;
	struct libvioapic *ioapic;
	uint64_t one = 1;
	struct vm vm;
	int fd = eventfd(0, 0), asked = eventfd(0, EFD_NONBLOCK);

	vm_create(&vm, 1, &config);
	for (i = 0; i < count; i++) {
		ioapic = libvioapic_create(vm.fd, &second, NULL);
		if (!ioapic || libvioapic_eventfd(ioapic, 200, fd, asked, 0) ||
		    write(fd, &one, sizeof(one)) != sizeof(one))
			die("%lu came and went, and the next one does not work: %m", i);
		libvioapic_destroy(ioapic);
	}
	vm_destroy(&vm);
	return 0;
}
