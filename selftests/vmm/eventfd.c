// SPDX-License-Identifier: GPL-2.0
/*
 * An interrupt by an eventfd, from the guest's write that makes the host signal it to the
 * end of its handler: of vioapic_kvm's I/O APIC, and of KVM's by its irqfd.  A write to a
 * port is the signal (KVM's ioeventfd), so that no other process takes part, and a level
 * one is let go by its EOI, which signals another eventfd.
 */
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vmm.h"

/* Percent of KVM's */
#define LIMIT_LEVEL	70
#define LIMIT_EDGE	55

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	/* Of a VM without, who cares */
	if (port == PORT_PIC || port == PORT_PIC_SECOND)
		return false;
	vm_end(vcpu->vm, value ? "the guest failed at %#lx" : NULL, vcpu->vm->shared->error);
	return true;
}

static void bind_port(struct vm *vm, int fd)
{
	struct kvm_ioeventfd kick = {
		.addr = PORT_KICK, .len = 4, .fd = fd, .flags = KVM_IOEVENTFD_FLAG_PIO,
	};

	if (ioctl(vm->fd, KVM_IOEVENTFD, &kick))
		die("KVM_IOEVENTFD: %m");
}

static void bind_pin(struct vm *vm, int fd, int resample)
{
	struct kvm_irqfd irqfd = { .fd = fd, .gsi = FIRST_PIN };

	if (vm->ioapic) {
		if (libvioapic_eventfd(vm->ioapic, FIRST_PIN, fd, resample, 0))
			die("the eventfd is refused");
		return;
	}
	if (resample >= 0) {
		irqfd.flags = KVM_IRQFD_FLAG_RESAMPLE;
		irqfd.resamplefd = resample;
	}
	if (ioctl(vm->fd, KVM_IRQFD, &irqfd))
		die("KVM_IRQFD: %m");
}

/* Return: instructions of one, or 0 */
static unsigned long measure(enum irqchip kind, bool edge)
{
	struct libvioapic_config config = { .chip = "ich", .slot = SLOT_IOAPIC };
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int resample = edge ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	unsigned long cost = 0, resampled = 0;
	struct vm vm;

	vm_create_kind(&vm, 1, kind, &config, GUEST_MEMORY);
	vm.out = out;
	vm.shared->edge = edge;
	vm.shared->x2apic = 1;
	/* The guest has one vCPU, and waits for as many as the other tests have */
	vm.shared->ready = VCPUS - 1;
	bind_port(&vm, fd);
	bind_pin(&vm, fd, resample);
	vm_boot(&vm, TEST_KICK);
	if (is_good(vm_run(&vm, 120)))
		cost = vm.shared->cost[0] / COST_BATCH;
	if (cost && !edge && (read(resample, &resampled, sizeof(resampled)) != sizeof(resampled) ||
			      resampled < vm.shared->count)) {
		fprintf(stderr, "%lu interrupts were resampled %lu times\n",
			vm.shared->count, resampled);
		cost = 0;
	}
	vm_destroy(&vm);
	close(fd);
	if (!edge)
		close(resample);
	return cost;
}

int test_eventfd(int argc, char **argv)
{
	static const char *const names[] = { "level", "edge" };
	unsigned long ours, kvm;
	bool good = true;
	unsigned int i;

	(void)argc;
	(void)argv;
	for (i = 0; i < 2; i++) {
		ours = measure(IRQCHIP_VIOAPIC, i);
		kvm = measure(IRQCHIP_KVM, i);
		printf("figure kvm.%s.vioapic %lu\nfigure kvm.%s.kvm %lu\n", names[i], ours,
		       names[i], kvm);
		printf("%s, by an eventfd: %lu of %lu\n", names[i], ours, kvm);
		good &= ours && kvm && 100 * ours <= (i ? LIMIT_EDGE : LIMIT_LEVEL) * kvm;
	}
	return !good;
}
