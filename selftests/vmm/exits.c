// SPDX-License-Identifier: GPL-2.0
/* Exits, by KVM's own count: none for reads, none to user space for writes */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmm.h"

#define ACCESSES	20000

struct marks {
	/* Exits that are the host's own business: its interrupts and signals */
	uint64_t host[2], all[2], mmio[2];
};

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	struct marks *marks = vcpu->vm->test;

	if (port == PORT_MARK) {
		marks->host[value] = vcpu_stat(vcpu, "irq_exits");
		marks->all[value] = vcpu_stat(vcpu, "exits");
		marks->mmio[value] = vcpu_stat(vcpu, "mmio_exits");
		return false;
	}
	vm_end(vcpu->vm, value ? "the guest failed at %#lx" : NULL, vcpu->vm->shared->error);
	return true;
}

/* exits reads|writes */
int test_exits(int argc, char **argv)
{
	bool reads = argc < 1 || strcmp(argv[0], "writes");
	struct libvioapic_config config = { .chip = "ich", .slot = SLOT_IOAPIC };
	uint64_t exits, mmio, writes;
	struct marks marks;
	struct vm vm;
	bool good;

	vm_create(&vm, 1, &config);
	vm.out = out;
	vm.test = &marks;
	vm.shared->count = ACCESSES;
	vm_boot(&vm, reads ? TEST_READS : TEST_WRITES);
	good = is_good(vm_run(&vm, 60));
	/* The second mark is an exit, too */
	exits = marks.all[1] - marks.all[0] - (marks.host[1] - marks.host[0]) - 1;
	mmio = marks.mmio[1] - marks.mmio[0];
	writes = vioapic_stat(&vm, VIOAPIC_KVM_CNT_WRITES);
	printf("%u %s: %" PRIu64 " exits, %" PRIu64 " of them to user space\n", 2 * ACCESSES,
	       reads ? "reads" : "writes", exits, mmio);
	if (good && mmio + vm.mmio)
		good = is_good("there were exits to user space");
	if (good && vioapic_stat(&vm, VIOAPIC_KVM_CNT_READS))
		good = is_good("there were exits for reads");
	if (good && reads && exits)
		good = is_good("there were exits");
	/* So that the counts are known to count */
	if (good && !reads && (exits < 2 * ACCESSES || writes < 2 * ACCESSES))
		good = is_good("there were fewer exits than writes?");
	vm_destroy(&vm);
	return !good;
}
