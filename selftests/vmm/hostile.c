// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that does what no driver does, from four vCPUs at once: any instruction,
 * width and offset, across the ends of the page, every kind of message, while lines
 * change by ioctls and eventfds and the state is saved and restored.
 *
 * The guest does not survive that for long: messages reset its vCPUs, and an SMI ends
 * the VM.  So there are some of them, and what counts is the host.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vmm.h"

#define SECONDS		4
#define GUESTS		8
#define EVENTFD_PIN	7

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	struct vm *vm = vcpu->vm;

	switch (port) {
	case PORT_LINE:
		/* Pins that are none, and the eventfd's, are refused */
		libvioapic_line(vm->ioapic, value >> 8, value & 1);
		return false;
	case PORT_WAIT:
		usleep(20);
		return false;
	default:
		vm_end(vm, value ? "the guest failed at %#lx" : NULL, vm->shared->error);
		return true;
	}
}

struct disturbance {
	struct vm *vm;
	const char *wrong;
};

/* The VMM disturbs as well, until the guest has ended */
static void *disturb(void *arg)
{
	struct disturbance *d = arg;
	struct vm *vm = d->vm;
	struct vioapic_state state;
	char reason[VIOAPIC_REASON_LEN];
	int fds[2] = { eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK) };
	uint64_t one = 1;
	unsigned int n;

	for (n = 0; !__atomic_load_n(&vm->ended, __ATOMIC_RELAXED); n++) {
		if (libvioapic_eventfd(vm->ioapic, EVENTFD_PIN, fds[0], n & 1 ? fds[1] : -1, 0))
			d->wrong = "the eventfd is refused";
		if (write(fds[0], &one, sizeof(one)) != sizeof(one))
			d->wrong = "the eventfd cannot be signalled";
		if (libvioapic_save(vm->ioapic, &state) ||
		    libvioapic_restore(vm->ioapic, &state, reason))
			d->wrong = "what is saved cannot be restored";
		if (n % 16 == 0)
			libvioapic_reset(vm->ioapic);
		if (libvioapic_eventfd_remove(vm->ioapic, EVENTFD_PIN, n & 2 ? fds[0] : -1))
			d->wrong = "the eventfd cannot be removed";
		usleep(500);
	}
	close(fds[0]);
	close(fds[1]);
	return NULL;
}

/* Return: what is wrong with the host's part, or NULL; adds to @total */
static const char *run(const char *chip, unsigned long count, uint64_t *total)
{
	struct libvioapic_config config = { .chip = chip, .slot = SLOT_IOAPIC };
	struct disturbance d = { 0 };
	pthread_t thread;
	struct vm vm;
	unsigned int i;

	vm_create(&vm, VCPUS, &config);
	vm.out = out;
	vm.shared->count = count;
	vm_boot(&vm, TEST_HOSTILE);
	d.vm = &vm;
	if (pthread_create(&thread, NULL, disturb, &d))
		die("no thread");
	vm_run(&vm, SECONDS);
	vm_end(&vm, NULL);
	pthread_join(thread, NULL);
	for (i = 0; i < VIOAPIC_KVM_CNT_NR; i++)
		total[i] += vioapic_stat(&vm, i);
	total[VIOAPIC_KVM_CNT_NR] += vm.mmio;
	vm_destroy(&vm);
	return d.wrong;
}

/* hostile CHIP COUNT */
int test_hostile(int argc, char **argv)
{
	uint64_t total[VIOAPIC_KVM_CNT_NR + 1] = { 0 };
	const char *wrong = NULL;
	unsigned int i;

	if (argc < 2)
		die("too few arguments");
	for (i = 0; i < GUESTS && !wrong; i++)
		wrong = run(argv[0], strtoul(argv[1], NULL, 0), total);
	printf("%s: %lu writes, %lu messages delivered, %lu refused, %lu storms, ",
	       argv[0], total[VIOAPIC_KVM_CNT_WRITES], total[VIOAPIC_KVM_CNT_DELIVERED],
	       total[VIOAPIC_KVM_CNT_REFUSED], total[VIOAPIC_KVM_CNT_STORMS]);
	printf("%lu accesses for nobody\n", total[VIOAPIC_KVM_CNT_NR]);
	if (!wrong && (total[VIOAPIC_KVM_CNT_DELIVERED] < 100 ||
		       total[VIOAPIC_KVM_CNT_REFUSED] < 100 || total[VIOAPIC_KVM_CNT_NR] < 100))
		wrong = "the guests were not hostile enough";
	return !is_good(wrong);
}
