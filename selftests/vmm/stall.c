// SPDX-License-Identifier: GPL-2.0
/*
 * For how long the host has its interrupts off (vioapic_latency.ko).
 *
 * A VMM that wants the host to have its interrupts off for as long as can be: a VM of 64
 * vCPUs with 100 I/O APICs of 240 pins.  What it does to them is said step by step, and after
 * each how long interrupts were off at most.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <vioapic/model.h>

#include "vmm.h"

#define STALL_VCPUS	64
#define STALL_IOAPICS	100
#define WORST		"/sys/module/vioapic_latency/parameters/worst"
#define LEVEL		VIOAPIC_RTE_LEVEL
#define LOGICAL		VIOAPIC_RTE_LOGICAL
#define EVERYBODY	(0xffULL << 56)

static struct libvioapic *ioapics[STALL_IOAPICS];
static int eventfds[STALL_IOAPICS];
static int vcpus[STALL_VCPUS];
static unsigned long limit;

void stall_begin(void)
{
	FILE *file = fopen(WORST, "w");

	if (!file || fprintf(file, "0\n") < 0 || fclose(file))
		die(WORST ": %m");
}

unsigned long stall_end(const char *what)
{
	unsigned long worst;
	FILE *file = fopen(WORST, "r");

	if (!file || fscanf(file, "%lu", &worst) != 1)
		die(WORST ": %m");
	fclose(file);
	printf("%s: interrupts off for %lu at most\n", what, worst);
	return worst;
}

static int split_vm(int kvm)
{
	struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP };
	int fd = ioctl(kvm, KVM_CREATE_VM, 0);

	if (fd < 0 || ioctl(fd, KVM_ENABLE_CAP, &split) < 0)
		die("no VM: %m");
	return fd;
}

static void add_vcpu(int vm, unsigned int i)
{
	struct kvm_lapic_state lapic;
	uint32_t spiv = 0x1ff;

	vcpus[i] = ioctl(vm, KVM_CREATE_VCPU, i);
	if (vcpus[i] < 0 || ioctl(vcpus[i], KVM_GET_LAPIC, &lapic) < 0)
		die("no vCPU %u: %m", i);
	memcpy(lapic.regs + 0xf0, &spiv, sizeof(spiv));
	if (ioctl(vcpus[i], KVM_SET_LAPIC, &lapic) < 0)
		die("no local APIC %u: %m", i);
}

static void add_ioapic(int vm, unsigned int i)
{
	struct libvioapic_config config = {
		.address = 0xd0000000 + 0x1000 * i, .gsi_base = STALL_PINS * i,
		.chip = "generic240", .slot = -1,
	};
	char reason[VIOAPIC_REASON_LEN];

	ioapics[i] = libvioapic_create(vm, &config, reason);
	if (!ioapics[i])
		die("I/O APIC %u: %s", i, reason);
	eventfds[i] = eventfd(0, EFD_CLOEXEC);
	if (libvioapic_eventfd(ioapics[i], 0, eventfds[i], -1, 0))
		die("no eventfd");
}

/* All pins with this RTE; vector @vector, or with 0 one for each pin as far as there are */
static void program(unsigned int i, uint64_t rte, unsigned int vector)
{
	static struct vioapic_state state;
	unsigned int pin;

	if (libvioapic_reset(ioapics[i]) || libvioapic_save(ioapics[i], &state))
		die("save is refused");
	for (pin = 0; pin < STALL_PINS; pin++)
		state.pin[pin].rte = rte | (vector ? vector : 16 + pin % 240);
	if (libvioapic_restore(ioapics[i], &state, NULL))
		die("restore is refused");
}

static void all_lines(unsigned int i, int level)
{
	unsigned int pin;

	for (pin = 0; pin < STALL_PINS; pin++)
		if (libvioapic_line(ioapics[i], pin, level))
			die("a line is refused");
}

/* Whatever message is sent, and looked for, in these ways */
static void attack(uint64_t rte, unsigned int vector)
{
	static struct vioapic_state state;
	uint64_t one = 1;
	unsigned int i;

	for (i = 0; i < STALL_IOAPICS; i++)
		program(i, rte, vector);
	for (i = 0; i < STALL_IOAPICS; i++) {
		if (write(eventfds[i], &one, sizeof(one)) != sizeof(one))
			die("an eventfd cannot be signalled");
	}
	/* One of them with all of its pins, and again as a restore has them all at once */
	all_lines(0, 1);
	if (libvioapic_save(ioapics[0], &state) || libvioapic_reset(ioapics[0]) ||
	    libvioapic_restore(ioapics[0], &state, NULL))
		die("restore is refused");
	/* EOIs that nobody sends are looked for, every 10 ms */
	usleep(30000);
	if (libvioapic_eoi_exits(ioapics[0]))
		for (i = 0; i < STALL_VCPUS; i++)
			libvioapic_eoi(ioapics[0], vector ? vector : 16, i);
	all_lines(0, 0);
}

/* Twice: what the host does once, such as patching its text, is not the VMM's doing */
static bool try(const char *what, uint64_t rte, unsigned int vector)
{
	int tries;

	for (tries = 0; tries < 2; tries++) {
		stall_begin();
		attack(rte, vector);
		if (stall_end(what) <= limit)
			return true;
	}
	return false;
}

/* stall LIMIT */
int test_stall(int argc, char **argv)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;
	unsigned int i;
	bool good;

	if (argc < 1)
		die("too few arguments");
	limit = strtoul(argv[0], NULL, 0);
	vm = split_vm(kvm);
	stall_begin();
	for (i = 0; i < STALL_VCPUS; i++)
		add_vcpu(vm, i);
	stall_end("vCPUs are created (KVM's own)");
	stall_begin();
	for (i = 0; i < STALL_IOAPICS; i++)
		add_ioapic(vm, i);
	good = stall_end("I/O APICs are created") <= limit;
	good &= try("fixed, for one vCPU", LEVEL, 0);
	good &= try("one vector", LEVEL, 0x40);
	good &= try("for everybody", LEVEL | EVERYBODY, 0);
	good &= try("for everybody, one vector", LEVEL | EVERYBODY, 0x40);
	good &= try("logical", LEVEL | LOGICAL | EVERYBODY, 0);
	good &= try("lowest priority", LEVEL | LOGICAL | EVERYBODY | 0x100, 0x40);
	good &= try("edges", LOGICAL | EVERYBODY, 0x40);
	good &= try("for nobody", LEVEL | 0x7fULL << 56, 0);
	stall_begin();
	for (i = 0; i < STALL_IOAPICS; i++)
		libvioapic_destroy(ioapics[i]);
	good &= stall_end("I/O APICs are destroyed") <= limit;
	return !good;
}
