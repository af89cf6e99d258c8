// SPDX-License-Identifier: GPL-2.0
/*
 * Names of I/O APICs of guests: by the process's number that the administrator knows it by,
 * wherever it runs; and however many there are, the next one is found as fast as the first.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "vmm.h"

#define MANY	48
#define BATCH	8

static bool is_listed(pid_t pid)
{
	struct vioapic_info info = { 0 };
	int dev = open("/dev/vioapic", O_RDWR | O_CLOEXEC), err;

	snprintf(info.name, sizeof(info.name), "kvm%d", pid);
	err = ioctl(dev, VIOAPIC_IOC_INFO, &info);
	close(dev);
	return !err;
}

static void be_vmm(int ready)
{
	struct libvioapic_config config = { .chip = "ich", .slot = SLOT_IOAPIC };
	static struct vm vm;
	pid_t self = getpid();

	vm_create(&vm, 1, &config);
	if (write(ready, &self, sizeof(self)) != sizeof(self))
		die("nobody listens");
	pause();
}

/* names: of a VMM in a PID namespace of its own */
int test_names(int argc, char **argv)
{
	pid_t child, inside;
	int ready[2];
	bool good;

	(void)argc;
	(void)argv;
	if (pipe(ready) || unshare(CLONE_NEWPID))
		die("no PID namespace: %m");
	child = fork();
	if (!child)
		be_vmm(ready[1]);
	close(ready[1]);
	if (read(ready[0], &inside, sizeof(inside)) != sizeof(inside))
		die("no VMM");
	good = inside == 1 || is_good("the VMM is in no namespace");
	if (!is_listed(child))
		good = is_good("it has not the number that it has here");
	if (is_listed(inside))
		good = is_good("it has the number that it has there");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return !good;
}

/* How long the quickest of @count took to create; the VMs stay */
static unsigned long quickest(int kvm, unsigned int count)
{
	struct libvioapic_config config = {
		.address = IOAPIC_ADDRESS, .chip = "ich", .slot = -1,
	};
	struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP };
	unsigned long least = ~0UL, took;
	char reason[VIOAPIC_REASON_LEN];
	unsigned int i;
	int vm;

	for (i = 0; i < count; i++) {
		vm = ioctl(kvm, KVM_CREATE_VM, 0);
		if (vm < 0 || ioctl(vm, KVM_ENABLE_CAP, &split) < 0)
			die("no VM: %m");
		took = __rdtsc();
		if (!libvioapic_create(vm, &config, reason))
			die("%s", reason);
		took = __rdtsc() - took;
		least = took < least ? took : least;
	}
	return least;
}

/* many: where the TSC counts instructions */
int test_many(int argc, char **argv)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	unsigned long first, last;

	(void)argc;
	(void)argv;
	first = quickest(kvm, BATCH);
	quickest(kvm, MANY);
	last = quickest(kvm, BATCH);
	printf("created in %lu, and behind %d others in %lu\n", first, MANY + BATCH, last);
	return !is_good(last <= first + first / 10 ? NULL : "many make it slow");
}
