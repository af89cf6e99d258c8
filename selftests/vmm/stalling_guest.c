// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that wants the host to have its interrupts off for as long as can be: 64 vCPUs, 100
 * I/O APICs of 240 pins, all of whose lines are asserted.  See enum stall for what it does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vioapic/model.h>

#include "vmm.h"

#define IOAPICS		100
#define LEVEL		(VIOAPIC_RTE_LEVEL | STALL_VECTOR)
#define EVERYBODY	(0xffULL << 56)

static const struct {
	const char *name;
	uint64_t rte;
	unsigned int ioapics;	/* the others are at reset, as everybody's messages are many */
} stalls[STALLS] = {
	[STALL_EOI] = { "one EOI for all pins", LEVEL, IOAPICS },
	[STALL_EVERYBODY] = { "one EOI for all pins, which are everybody's",
			      LEVEL | EVERYBODY, 3 },
	[STALL_EOI_REGISTER] = { "one write of the EOI register for all pins", LEVEL, 1 },
	[STALL_POLARITY] = { "polarity is changed", LEVEL, 1 },
	[STALL_ROUTES] = { "routes are changed", LEVEL, 1 },
	[STALL_READS] = { "accesses that exit", LEVEL, 2 },
};

static struct libvioapic *ioapics[IOAPICS];
static unsigned long limit, first;
static bool bad;

static void program(uint64_t rte, unsigned int count)
{
	static struct vioapic_state state;
	unsigned int i, pin;

	for (i = 0; i < IOAPICS; i++)
		if (libvioapic_reset(ioapics[i]))
			die("reset is refused");
	for (i = 0; i < count; i++) {
		if (libvioapic_save(ioapics[i], &state))
			die("save is refused");
		for (pin = 0; pin < STALL_PINS; pin++)
			/* It has a message to send, and is level-triggered */
			state.pin[pin].rte = rte | VIOAPIC_RTE_DELIVS;
		if (libvioapic_restore(ioapics[i], &state, NULL))
			die("restore is refused");
	}
}

static void all_lines(void)
{
	unsigned int i, pin;
	int outcome;

	for (i = 0; i < IOAPICS; i++)
		for (pin = 0; pin < STALL_PINS; pin++)
			if (libvioapic_line_status(ioapics[i], pin, 1,
						   VIOAPIC_KVM_LINE_ELECTRICAL, &outcome))
				die("a line is refused");
}

/* Step @step begins, two for each way; what the host does once is not the guest's doing */
static void mark(unsigned int step)
{
	unsigned long worst;

	if (step) {
		/* What is left to send is sent */
		usleep(20000);
		worst = stall_end(stalls[(step - 1) / 2].name);
		if (step % 2)
			first = worst;
		else
			bad |= first > limit && worst > limit;
	}
	if (step == 2 * STALLS)
		return;
	program(stalls[step / 2].rte, stalls[step / 2].ioapics);
	usleep(20000);
	stall_begin();
}

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	switch (port) {
	case PORT_WAIT:
		usleep(20);
		return false;
	case PORT_MARK:
		mark(value);
		/* Something has happened: see vm_wait() */
		vcpu->vm->mmio++;
		return false;
	default:
		vm_end(vcpu->vm, value ? "the guest failed at %#lx" : NULL,
		       vcpu->vm->shared->error);
		return true;
	}
}

static struct libvioapic *add_ioapic(struct vm *vm, unsigned int i)
{
	struct libvioapic_config config = {
		.address = STALL_IOAPIC + 0x1000 * (i - 1), .gsi_base = STALL_PINS * i,
		.chip = "generic240", .slot = -1,
	};
	char reason[VIOAPIC_REASON_LEN];
	struct libvioapic *ioapic = libvioapic_create(vm->fd, &config, reason);

	if (!ioapic)
		die("I/O APIC %u: %s", i, reason);
	return ioapic;
}

/* stalling-guest LIMIT */
int test_stalling_guest(int argc, char **argv)
{
	struct libvioapic_config config = {
		.chip = "generic240", .slot = SLOT_IOAPIC, .storm_limit = VIOAPIC_STORM_NEVER,
	};
	static struct vm vm;
	unsigned int i;
	bool good;

	if (argc < 1)
		die("too few arguments");
	limit = strtoul(argv[0], NULL, 0);
	vm_create(&vm, VCPUS_MAX, &config);
	ioapics[0] = vm.ioapic;
	for (i = 1; i < IOAPICS; i++)
		ioapics[i] = add_ioapic(&vm, i);
	all_lines();
	vm.out = out;
	vm_boot(&vm, TEST_STALL);
	good = is_good(vm_run(&vm, 600)) && !bad;
	for (i = 1; i < IOAPICS; i++)
		libvioapic_destroy(ioapics[i]);
	vm_destroy(&vm);
	return !good;
}
