// SPDX-License-Identifier: GPL-2.0
/* EOIs that are special: too many, one that is none of ours, and one that nobody tells of */
#include <stdio.h>
#include <unistd.h>

#include "vmm.h"

#define STORM_LIMIT	10000	/* EOIs with immediate redelivery, then a pause */
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
		if (storm && vm->shared->pin[0].seen > STORM_LIMIT + 100)
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

static bool run(struct vm *vm, enum test test)
{
	struct libvioapic_config config = { .chip = "ich", .slot = SLOT_IOAPIC };

	vm_create(vm, VCPUS, &config);
	vm->out = out;
	vm_boot(vm, test);
	return is_good(vm_run(vm, 120));
}

int test_storm(int argc, char **argv)
{
	struct vm vm;
	bool good = run(&vm, TEST_STORM);

	(void)argc;
	(void)argv;
	printf("%lu interrupts, %lu storms\n", vm.shared->pin[0].seen,
	       vioapic_stat(&vm, VIOAPIC_KVM_CNT_STORMS));
	if (good && vioapic_stat(&vm, VIOAPIC_KVM_CNT_STORMS) != 1)
		good = is_good("the pin was not held back once");
	vm_destroy(&vm);
	return !good;
}

int test_foreign(int argc, char **argv)
{
	struct vm vm;
	bool good = run(&vm, TEST_FOREIGN);

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
	bool good = run(&vm, TEST_MISSED);

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
