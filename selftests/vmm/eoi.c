// SPDX-License-Identifier: GPL-2.0
/* EOIs that are special: too many, one that is none of ours, and one that nobody tells of */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmm.h"

static unsigned long storm_limit = 10000;	/* EOIs with immediate redelivery, then a pause */
#define REMOTE_IRR	0x4000UL

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	struct vm *vm = vcpu->vm;
	bool storm = vm->shared->test == TEST_STORM;

	switch (port) {
	case PORT_WAIT:
		usleep(20);
		return false;
	case PORT_AGAIN:
		/* The first pin, whose line stays as it is in the storm */
		if (value == FIRST_PIN && !vm->shared->pin[0].seen)
			libvioapic_line(vm->ioapic, value, 1);
		if (storm && vm->shared->pin[0].seen > storm_limit * 101 / 100)
			vm_end(vm, NULL);
		return false;
	case PORT_MARK:
		vm_set_routing(vm);
		return false;
	case PORT_QUIET:
		libvioapic_line(vm->ioapic, value, 0);
		return false;
	default:
		vm_end(vm, value ? "the guest failed at %#lx" : NULL, vm->shared->error);
		return true;
	}
}

static bool run(struct vm *vm, enum test which, unsigned int limit)
{
	struct libvioapic_config config = {
		.chip = "ich", .slot = SLOT_IOAPIC, .storm_limit = limit,
	};

	vm_create(vm, VCPUS, &config);
	vm->out = out;
	vm_boot(vm, which);
	return is_good(vm_run(vm, 120));
}

/* storm [LIMIT|never] */
int test_storm(int argc, char **argv)
{
	unsigned int limit = 0, expected;
	struct vm vm;
	bool good;

	if (argc > 0) {
		limit = !strcmp(argv[0], "never") ? VIOAPIC_STORM_NEVER : strtoul(argv[0], NULL, 0);
		storm_limit = limit == VIOAPIC_STORM_NEVER ? storm_limit : limit;
	}
	expected = limit == VIOAPIC_STORM_NEVER ? 0 : 1;
	good = run(&vm, TEST_STORM, limit);
	printf("%lu interrupts, %lu storms\n", vm.shared->pin[0].seen,
	       vioapic_stat(&vm, VIOAPIC_KVM_CNT_STORMS));
	if (good && vioapic_stat(&vm, VIOAPIC_KVM_CNT_STORMS) != expected)
		good = is_good("the pin was not held back as often as it should");
	vm_destroy(&vm);
	return !good;
}

int test_foreign(int argc, char **argv)
{
	struct vm vm;
	bool good = run(&vm, TEST_FOREIGN, 0);

	(void)argc;
	(void)argv;
	if (good && !(vm.shared->before & REMOTE_IRR))
		good = is_good("the EOI of an edge ended the service of a level interrupt");
	if (good && (vm.shared->after & REMOTE_IRR))
		good = is_good("its own EOI did not");
	if (good && vioapic_stat(&vm, VIOAPIC_KVM_CNT_EOIS) != 1)
		good = is_good("not one EOI was a broadcast");
	vm_destroy(&vm);
	return !good;
}

int test_missed(int argc, char **argv)
{
	struct vm vm;
	bool good = run(&vm, TEST_MISSED, 0);

	(void)argc;
	(void)argv;
	printf("%lu interrupts, %lu EOIs (%lu by exit)\n", vm.shared->serviced,
	       vioapic_stat(&vm, VIOAPIC_KVM_CNT_EOIS), vm.eois);
	if (good && vm.shared->serviced != 3)
		good = is_good("not three interrupts");
	if (good && vioapic_stat(&vm, VIOAPIC_KVM_CNT_EOIS) != 3)
		good = is_good("not three EOIs");
	vm_destroy(&vm);
	return !good;
}
