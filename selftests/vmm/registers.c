// SPDX-License-Identifier: GPL-2.0
/*
 * Registers: a guest carries out a list of accesses, of every width at every offset
 * and by every index, and lines change in between; what it reads is what the model
 * in user space says, after each single step.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vioapic/model.h>

#include "vmm.h"

#define MODE_FIXED	0
#define MODE_LOWEST	1
#define BROADCAST	0xff
#define FIRST_LEGAL	16

static struct op *next(struct shared *shared)
{
	if (shared->ops == OPS_MAX)
		die("the list of accesses is full");
	return &shared->op[shared->ops++];
}

static void add(struct shared *shared, enum kind kind, unsigned int offset, unsigned int size,
		uint64_t value)
{
	*next(shared) = (struct op) {
		.kind = kind, .offset = offset, .size = size, .value = value,
	};
}

static const unsigned int sizes[] = { 1, 2, 4, 8 };

/* Every width at every offset, around and beyond the registers */
static void list_offsets(struct shared *shared, unsigned int index)
{
	static const uint64_t values[] = { 0x5a6b7c8d9eaf1021, ~0UL, 0 };
	unsigned int offset, i, v;

	for (offset = 0; offset < 0x50; offset++) {
		for (i = 0; i < 4; i++) {
			add(shared, OP_READ, offset, sizes[i], 0);
			for (v = 0; v < 3; v++) {
				/* Low RTE halves stay masked here */
				add(shared, OP_WRITE, offset, sizes[i],
				    values[v] | (index & 1 ? 0 : 0x0001010101010101));
				add(shared, OP_READ, offset, sizes[i], 0);
			}
			add(shared, OP_WRITE, VIOAPIC_IOREGSEL, 4, index);
		}
	}
	for (offset = 0xff0; offset < 0x1000; offset++)
		for (i = 0; i < 4 && offset + sizes[i] <= 0x1000; i++) {
			add(shared, OP_WRITE, offset, sizes[i], ~0UL);
			add(shared, OP_READ, offset, sizes[i], 0);
		}
}

/* Every index: all ones, all zeros, complement */
static void list_indexes(struct shared *shared)
{
	unsigned int index;

	for (index = 0; index < 0x400; index++) {
		add(shared, OP_WRITE, VIOAPIC_IOREGSEL, 4, index);
		add(shared, OP_READ, VIOAPIC_IOWIN, 4, 0);
		add(shared, OP_WRITE, VIOAPIC_IOWIN, 4, ~0U);
		add(shared, OP_WRITE, VIOAPIC_IOWIN, 4, VIOAPIC_RTE_MASKED);
		add(shared, OP_WRITE, VIOAPIC_IOWIN, 4, 0xa5a4fa5a | VIOAPIC_RTE_MASKED);
		add(shared, OP_WRITE, VIOAPIC_IOWIN, 4, VIOAPIC_RTE_MASKED);
	}
}

/*
 * A low half as software might write it.  Messages that would reset the vCPU or stop
 * it are left out: they have a test of their own.
 */
static uint32_t random_low(void)
{
	static const unsigned int modes[] = { 0, 0, 0, 1, 3, 6, 7 };
	uint32_t low = rand() & 0x1a8ff;

	if (rand() % 3)
		low &= ~0x10000U;
	return low | modes[rand() % 7] << 8;
}

static uint32_t random_high(void)
{
	switch (rand() % 4) {
	case 0: return 0xff000000;
	case 1: return rand() & 0xffff0000;
	default: return 0;
	}
}

/* Interrupts to the one vCPU, which takes none: lines, RTEs, EOIs in any order */
static void list_random(struct shared *shared, const struct vioapic_chip *chip, unsigned int steps)
{
	unsigned int pin = 0;

	while (steps--) {
		if (rand() % 3)
			pin = rand() % (rand() % 4 ? 4 : chip->pins);
		switch (rand() % 10) {
		case 0: case 1: case 2: case 3:
			add(shared, OP_LINE, pin, 0, rand() & 1);
			break;
		case 4: case 5:
			add(shared, OP_WRITE, VIOAPIC_IOREGSEL, 4, VIOAPIC_REG_RTE + 2 * pin + 1);
			add(shared, OP_WRITE, VIOAPIC_IOWIN, 4, random_high());
			break;
		case 6: case 7:
			add(shared, OP_WRITE, VIOAPIC_IOREGSEL, 4, VIOAPIC_REG_RTE + 2 * pin);
			add(shared, OP_WRITE, VIOAPIC_IOWIN, 4, random_low());
			break;
		case 8:
			add(shared, OP_WRITE, VIOAPIC_EOI, sizes[rand() % 4], rand() & 0xff);
			break;
		default:
			add(shared, OP_READ, rand() % 0x48, sizes[rand() % 4], 0);
		}
	}
}

/* Does the vCPU's local APIC take it?  Its ID is 0, its logical one too, which is nobody's */
static bool is_accepted(uint64_t rte)
{
	unsigned int mode = rte >> 8 & 7, dest = rte >> 56;

	if (rte & VIOAPIC_RTE_HIGH_DEST)
		return false;
	if ((mode != MODE_FIXED && mode != MODE_LOWEST) || (rte & 0xff) < FIRST_LEGAL)
		return false;
	return dest == BROADCAST || (!(rte & VIOAPIC_RTE_LOGICAL) && dest == 0);
}

static void deliver(struct vioapic_model *m, const struct vioapic_effects *fx)
{
	unsigned int pin;

	if (!(fx->what & VIOAPIC_FX_DELIVER))
		return;
	for (pin = 0; pin < m->pins; pin++)
		if (fx->deliver[pin / 64] >> pin % 64 & 1)
			vioapic_model_delivered(m, pin, is_accepted(m->rte[pin]));
}

static const char *compare(const struct vioapic_chip *chip, const struct shared *did,
			   const struct op *asked)
{
	static char verdict[200];
	struct vioapic_effects fx, none;
	struct vioapic_model m;
	uint64_t mask, value;
	unsigned long i;

	if (vioapic_model_init(&m, chip, VIOAPIC_OWNER, 0, 0))
		die("no such chip");
	for (i = 0; i < did->ops; i++) {
		const struct op *op = &asked[i];

		mask = op->size == 8 ? ~0UL : (1UL << 8 * op->size) - 1;
		value = op->value;
		if (op->kind == OP_LINE) {
			vioapic_model_set_line(&m, op->offset, op->value, &fx);
		} else if (op->kind == OP_WRITE) {
			vioapic_model_write(&m, op->offset, op->size, op->value & mask, &fx);
		} else {
			value = vioapic_model_read(&m, op->offset, op->size, &fx);
			fx.what = 0;
		}
		deliver(&m, &fx);
		if (did->op[i].value == value &&
		    did->op[i].regsel == vioapic_model_read(&m, VIOAPIC_IOREGSEL, 4, &none) &&
		    did->op[i].iowin == vioapic_model_read(&m, VIOAPIC_IOWIN, 4, &none))
			continue;
		snprintf(verdict, sizeof(verdict),
			 "step %lu: %s of %u bytes at %#x, value %#lx (%#lx by the model); then IOREGSEL %#x, IOWIN %#x (%#lx, %#lx)",
			 i, op->kind == OP_LINE ? "line" : op->kind == OP_READ ? "read" : "write",
			 op->size, op->offset, did->op[i].value, value, did->op[i].regsel,
			 did->op[i].iowin, vioapic_model_read(&m, VIOAPIC_IOREGSEL, 4, &none),
			 vioapic_model_read(&m, VIOAPIC_IOWIN, 4, &none));
		return verdict;
	}
	return NULL;
}

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	struct vm *vm = vcpu->vm;

	if (port == PORT_LINE) {
		if (libvioapic_line_status(vm->ioapic, value >> 8, value & 1,
					   VIOAPIC_KVM_LINE_ELECTRICAL, NULL))
			vm_end(vm, "the line of pin %u cannot be driven", value >> 8);
		return false;
	}
	vm_end(vm, value ? "the guest failed at %#lx" : NULL, vm->shared->error);
	return true;
}

/* registers CHIP SLOT [SEED]: SLOT -1 reads by exits */
int test_registers(int argc, char **argv)
{
	const struct vioapic_chip *chip = vioapic_chip_find(argc > 0 ? argv[0] : "ich");
	struct libvioapic_config config = {
		.chip = chip ? chip->name : "?", .slot = argc > 1 ? atoi(argv[1]) : SLOT_IOAPIC,
	};
	struct vm vm;
	struct op *asked;
	uint64_t reads;
	bool good;

	srand(argc > 2 ? atoi(argv[2]) : 1);
	vm_create(&vm, 1, &config);
	vm.out = out;
	list_offsets(vm.shared, VIOAPIC_REG_ID);
	list_offsets(vm.shared, VIOAPIC_REG_RTE + 1);
	list_offsets(vm.shared, VIOAPIC_REG_RTE);
	list_indexes(vm.shared);
	list_random(vm.shared, chip, 20000);
	asked = malloc(sizeof(vm.shared->op));
	if (!asked)
		die("no memory");
	memcpy(asked, vm.shared->op, sizeof(vm.shared->op));

	vm_boot(&vm, TEST_OPS);
	good = is_good(vm_run(&vm, 120)) && is_good(compare(chip, vm.shared, asked));
	reads = vioapic_stat(&vm, VIOAPIC_KVM_CNT_READS);
	printf("%s: %lu steps, %lu reads by exits\n", chip->name, vm.shared->ops, reads);
	if (good && config.slot >= 0 && reads)
		good = is_good("reads took exits");
	if (good && config.slot < 0 && !reads)
		good = is_good("reads without a slot took no exit?");
	if (good && vm.mmio)
		good = is_good("accesses came to user space");
	free(asked);
	vm_destroy(&vm);
	return !good;
}
