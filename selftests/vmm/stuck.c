// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU that its VMM holds fast, by memory of which userfaultfd has the say: it is inside of
 * KVM for as long as the VMM likes.  Who attaches to that VM, or detaches from it, waits; he
 * can be killed, and holds up nobody.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm.h"

#define PAGE	4096
#define TRIES	4000	/* of 5 ms each: for what is certain to come */

static const struct libvioapic_config none;	/* KVM's has no need of one */
static unsigned int bad;
static int dev;

static void expect(bool good, const char *what)
{
	if (good)
		return;
	printf("not so: %s\n", what);
	bad++;
}

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	(void)port;
	vm_end(vcpu->vm, value ? "the page is not zero" : NULL);
	return true;
}

static int watch_of(unsigned long request, const struct vm *vm, pid_t pid)
{
	struct vioapic_kvm_watch watch = { .pid = pid, .vm_fd = vm->fd };

	return ioctl(dev, request, &watch);
}

/* A process of its own that does it */
static pid_t start(unsigned long request, const struct vm *vm)
{
	pid_t self = getpid(), child;

	fflush(stdout);
	child = fork();
	if (!child)
		_exit(!!watch_of(request, vm, self));
	return child;
}

static bool is_watched(const struct vm *vm, unsigned int index)
{
	struct vioapic_kvm_vm query = { .pid = getpid(), .index = index };

	return !ioctl(dev, VIOAPIC_KVM_VM, &query) && query.vm_fd == vm->fd && query.name[0];
}

static bool soon(bool (*is_so)(const struct vm *vm, unsigned int index), const struct vm *vm,
		 unsigned int index, bool wanted)
{
	int tries = TRIES;

	while (is_so(vm, index) != wanted && tries--)
		usleep(5000);
	return is_so(vm, index) == wanted;
}

/* @child has ended: with status 0 or, if @killed, by a signal */
static bool has_ended(pid_t child, bool killed)
{
	int status, tries = TRIES;

	while (waitpid(child, &status, WNOHANG) == 0) {
		if (!tries--)
			return false;
		usleep(5000);
	}
	return killed ? WIFSIGNALED(status) : status == 0;
}

static bool waits(pid_t child)
{
	return waitpid(child, NULL, WNOHANG) == 0;
}

static int hold(struct vm *vm)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { (unsigned long)vm->memory + GUEST_ABSENT, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	/* Of one that blocks, poll() says nothing */
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		die("no userfaultfd: %m");
	return fd;
}

static void let_go(struct vm *vm, int fd)
{
	struct uffdio_zeropage page = {
		.range = { (unsigned long)vm->memory + GUEST_ABSENT, PAGE },
	};

	if (ioctl(fd, UFFDIO_ZEROPAGE, &page))
		die("UFFDIO_ZEROPAGE: %m");
	close(fd);
}

/* Somebody else's VM, in the same process */
static void others(const struct vm *vm)
{
	expect(has_ended(start(VIOAPIC_KVM_ATTACH, vm), false), "another VM is attached to");
	expect(is_watched(vm, 1), "and watched");
	expect(has_ended(start(VIOAPIC_KVM_DETACH, vm), false), "and detached from");
}

static void try(struct vm *held, struct vm *other)
{
	pid_t attacher, detacher;

	attacher = start(VIOAPIC_KVM_ATTACH, held);
	expect(soon(is_watched, held, 0, true), "what is attached to is watched");
	others(other);
	expect(waits(attacher), "who attaches waits");
	kill(attacher, SIGKILL);
	expect(has_ended(attacher, true), "and can be killed");
	expect(soon(is_watched, held, 0, false), "which undoes it");

	/* Another one detaches meanwhile, and does not live to see it */
	attacher = start(VIOAPIC_KVM_ATTACH, held);
	expect(soon(is_watched, held, 0, true), "it is attached to anew");
	detacher = start(VIOAPIC_KVM_DETACH, held);
	expect(soon(is_watched, held, 0, false), "another detaches at once");
	others(other);
	expect(waits(detacher), "and waits");
	kill(detacher, SIGKILL);
	expect(has_ended(detacher, true), "and can be killed");
	kill(attacher, SIGKILL);
	expect(has_ended(attacher, true), "as can who attached");
}

int test_stuck(int argc, char **argv)
{
	struct pollfd fault = { .events = POLLIN };
	struct vm held, other;

	(void)argc;
	(void)argv;
	dev = open("/dev/vioapic", O_RDWR | O_CLOEXEC);
	if (dev < 0)
		die("/dev/vioapic: %m");
	vm_create_kind(&held, 1, IRQCHIP_KVM, &none, GUEST_MEMORY);
	vm_create_kind(&other, 1, IRQCHIP_KVM, &none, GUEST_MEMORY);
	held.out = out;
	fault.fd = hold(&held);
	vm_boot(&held, TEST_TOUCH);
	vm_start(&held);
	if (poll(&fault, 1, 5 * TRIES) != 1 || fault.revents != POLLIN)
		die("the guest does not touch its memory");
	try(&held, &other);
	let_go(&held, fault.fd);
	expect(is_good(vm_wait(&held, 120)), "let go, the guest goes on");
	vm_stop(&held);
	expect(!watch_of(VIOAPIC_KVM_ATTACH, &held, getpid()) &&
	       !watch_of(VIOAPIC_KVM_DETACH, &held, getpid()), "all is as it was");
	vm_destroy(&held);
	vm_destroy(&other);
	return !!bad;
}
