// SPDX-License-Identifier: GPL-2.0
/*
 * What Linux's own sequences cost a guest, host included: on vioapic_kvm's I/O APIC, on
 * KVM's own, and on one in this program that only has registers.  The guest measures
 * by its TSC; in a VM whose TSC counts instructions that is what comes out.
 */
#include <stdio.h>
#include <string.h>

#include <vioapic/model.h>

#include "vmm.h"

/* Percent of KVM's without and with the EOI, and of the VMM's; reads, in percent of either */
#define LIMIT_KVM	85
#define LIMIT_KVM_EOI	55
#define LIMIT_USER	75
#define LIMIT_READ	1

static const char *const names[COSTS] = {
	"write an RTE", "read an RTE", "mask and sync", "unmask", "EOI", "read IOWIN",
};

/* What lib.sh's figure() calls them */
static const char *const keys[COSTS] = { "write", "read", "mask", "unmask", "eoi", "iowin" };

static struct vioapic_model user;

static void user_access(struct vm *vm, uint64_t address, void *data, unsigned int size, bool write)
{
	unsigned int offset = address - IOAPIC_ADDRESS;
	struct vioapic_effects fx;
	uint64_t value = 0;

	(void)vm;
	if (offset >= 4096)
		return;
	if (write) {
		memcpy(&value, data, size);
		vioapic_model_write(&user, offset, size, value, &fx);
	} else {
		value = vioapic_model_read(&user, offset, size, &fx);
		memcpy(data, &value, size);
	}
}

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	(void)port;
	vm_end(vcpu->vm, value ? "the guest failed at %#lx" : NULL, vcpu->vm->shared->error);
	return true;
}

/* Return: is what was measured good? */
static bool measure(enum irqchip kind, unsigned long cost[COSTS])
{
	struct libvioapic_config config = { .chip = "ich", .slot = SLOT_IOAPIC };
	struct vm vm;
	unsigned int i;
	bool good;

	vm_create_kind(&vm, 1, kind, &config, GUEST_MEMORY);
	vm.out = out;
	vm.memory_access = kind == IRQCHIP_USER ? user_access : NULL;
	/* KVM's chip has no EOI register */
	vm.shared->eoi = kind == IRQCHIP_KVM ? EOI_EDGE : EOI_DIRECTED;
	vm_boot(&vm, TEST_COST);
	good = is_good(vm_run(&vm, 120));
	for (i = 0; i < COSTS; i++)
		cost[i] = vm.shared->cost[i] / COST_BATCH;
	vm_destroy(&vm);
	return good;
}

static unsigned long sum(const unsigned long cost[COSTS], enum cost last)
{
	unsigned long total = 0;
	unsigned int i;

	for (i = 0; i <= last; i++)
		total += cost[i];
	return total;
}

static bool at_most(const char *what, unsigned long ours, unsigned long theirs, unsigned int limit)
{
	bool good = 100 * ours <= limit * theirs;

	printf("%s: %lu of %lu, %.3f (at most %.2f)%s\n", what, ours, theirs,
	       (double)ours / theirs, limit / 100.0, good ? "" : ": too much");
	return good;
}

int test_cost(int argc, char **argv)
{
	unsigned long ours[COSTS], kvm[COSTS], vmm[COSTS];
	unsigned int i;
	bool good;

	(void)argc;
	(void)argv;
	vioapic_model_init(&user, vioapic_chip_find("ich"), VIOAPIC_OWNER, 0, 0);
	if (!measure(IRQCHIP_VIOAPIC, ours) || !measure(IRQCHIP_KVM, kvm) ||
	    !measure(IRQCHIP_USER, vmm))
		return 1;
	printf("%-14s %8s %8s %8s\n", "", "vioapic", "KVM", "VMM");
	for (i = 0; i < COSTS; i++)
		printf("figure kvm.%s.vioapic %lu\nfigure kvm.%s.kvm %lu\n"
		       "figure kvm.%s.vmm %lu\n", keys[i],
		       ours[i], keys[i], kvm[i], keys[i], vmm[i]);
	for (i = 0; i < COSTS; i++)
		printf("%-14s %8lu %8lu %8lu\n", names[i], ours[i], kvm[i], vmm[i]);
	good = at_most("without the EOI, of KVM's", sum(ours, COST_UNMASK), sum(kvm, COST_UNMASK),
		       LIMIT_KVM);
	good &= at_most("with the EOI, of KVM's", sum(ours, COST_EOI), sum(kvm, COST_EOI),
			LIMIT_KVM_EOI);
	good &= at_most("with the EOI, of the VMM's", sum(ours, COST_EOI), sum(vmm, COST_EOI),
			LIMIT_USER);
	good &= at_most("reads, of KVM's", ours[COST_READ], kvm[COST_READ], LIMIT_READ);
	good &= at_most("reads, of the VMM's", ours[COST_READ], vmm[COST_READ], LIMIT_READ);
	return !good;
}
