// SPDX-License-Identifier: GPL-2.0
/*
 * Who asserts a line: calls and eventfds together, masked pins, edges, resets and restores;
 * and messages that no local APIC took, or has any more.
 *
 * The guest is a list of accesses whose vCPU takes no interrupt; what its VMM does in
 * between are lines of pins from ACTIONS on.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <vioapic/model.h>

#include "vmm.h"

#define PIN		1
#define VECTOR		0x40
#define LEVEL		(VIOAPIC_RTE_LEVEL | VECTOR)
#define MASKED		VIOAPIC_RTE_MASKED
#define ACTIONS		100
#define TRIES		2000	/* of 5 ms each: what a work item does, on however slow a machine */

static int trigger, resample;
static struct vioapic_state idle;
static struct vm vm;

static bool failed;

static unsigned int rte(void)
{
	__u32 value;

	if (libvioapic_register(vm.ioapic, VIOAPIC_REG_RTE + 2 * PIN, &value))
		die("no register");
	return value;
}

static unsigned int flags(void)
{
	static struct vioapic_state state;

	if (libvioapic_save(vm.ioapic, &state))
		die("save is refused");
	return state.pin[PIN].flags;
}

static unsigned long messages(void)
{
	return vioapic_stat(&vm, VIOAPIC_KVM_CNT_DELIVERED);
}

static void signal_it(void)
{
	uint64_t one = 1;

	if (write(trigger, &one, sizeof(one)) != sizeof(one))
		die("the eventfd cannot be signalled");
}

/* Is the resample eventfd signalled?  Takes the signal */
static bool is_asked(int milliseconds)
{
	struct pollfd poll_fd = { .fd = resample, .events = POLLIN };
	uint64_t count;

	return poll(&poll_fd, 1, milliseconds) > 0 &&
	       read(resample, &count, sizeof(count)) == sizeof(count);
}

#define expect(condition) do { \
	if (!(condition)) { \
		printf("%s:%d: not so: %s; RTE %#x, %lu messages\n", __FILE__, __LINE__, \
		       #condition, rte(), messages()); \
		failed = true; \
	} \
} while (0)

#define expect_soon(condition) do { \
	int tries_ = TRIES; \
	while (!(condition) && tries_--) \
		usleep(5000); \
	expect(condition); \
} while (0)

#define ASKED		expect(is_asked(5 * TRIES))
#define NOT_ASKED	expect(!is_asked(0))

static int drive(int level)
{
	int outcome = 77;

	if (libvioapic_line_status(vm.ioapic, PIN, level, 0, &outcome))
		die("the line is refused");
	return outcome;
}

/* What the guest comes to, step by step */
enum action { BIND, MASKED_CLAIM, UNMASKED, EDGES, OUTCOMES, SHARED, FORGOTTEN, UNBIND };

static void act(enum action action)
{
	static unsigned long before;
	unsigned int i;

	switch (action) {
	case BIND:
		if (libvioapic_save(vm.ioapic, &idle) ||
		    libvioapic_eventfd(vm.ioapic, PIN, trigger, resample, 0))
			die("no eventfd");
		break;
	case MASKED_CLAIM:
		before = messages();
		signal_it();
		NOT_ASKED;
		expect(rte() == (LEVEL | MASKED));
		break;
	case UNMASKED:
		/* It is asked, and whoever was served meanwhile has nothing to say */
		ASKED;
		expect(rte() == LEVEL && messages() == before);
		signal_it();
		expect_soon(rte() == (LEVEL | VIOAPIC_RTE_REMOTE_IRR));
		expect(messages() == before + 1);
		NOT_ASKED;
		expect(flags() & VIOAPIC_PIN_SERVICE);
		break;
	case EDGES:
		/* The write of edge mode has ended the service */
		ASKED;
		before = messages();
		for (i = 0; i < 3; i++) {
			signal_it();
			ASKED;
		}
		expect(messages() == before + 3);
		break;
	case OUTCOMES:
		/* Level, masked: nothing to tell; then it is the caller that asserts */
		expect(drive(1) == VIOAPIC_KVM_LINE_IGNORED);
		expect(drive(0) == VIOAPIC_KVM_LINE_DELIVERED);
		break;
	case SHARED:
		before = messages();
		expect(drive(1) == VIOAPIC_KVM_LINE_DELIVERED);
		expect(drive(1) == VIOAPIC_KVM_LINE_COALESCED);
		signal_it();
		expect(drive(0) == VIOAPIC_KVM_LINE_COALESCED);
		/* The eventfd asserts it still */
		expect(flags() & VIOAPIC_PIN_SERVICE && !(flags() & VIOAPIC_PIN_ASSERTED));
		expect(messages() == before + 1);
		break;
	case FORGOTTEN:
		ASKED;
		signal_it();
		if (libvioapic_reset(vm.ioapic))
			die("reset is refused");
		ASKED;
		signal_it();
		if (libvioapic_restore(vm.ioapic, &idle, NULL))
			die("restore is refused");
		ASKED;
		/* Another that is bound */
		signal_it();
		i = eventfd(0, 0);
		if (libvioapic_eventfd(vm.ioapic, PIN, i, -1, 0))
			die("no second eventfd");
		ASKED;
		break;
	case UNBIND:
		if (libvioapic_eventfd_remove(vm.ioapic, PIN, -1))
			die("nothing to remove");
		break;
	}
}

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	(void)vcpu;
	if (port == PORT_LINE) {
		act((value >> 8) - ACTIONS);
		return false;
	}
	vm_end(&vm, value ? "the guest failed at %#lx" : NULL, vm.shared->error);
	return true;
}

static void add(enum kind kind, unsigned int offset, uint64_t value)
{
	vm.shared->op[vm.shared->ops++] = (struct op) {
		.kind = kind, .offset = offset, .size = 4, .value = value,
	};
}

static void route(uint64_t low)
{
	add(OP_WRITE, VIOAPIC_IOREGSEL, VIOAPIC_REG_RTE + 2 * PIN);
	add(OP_WRITE, VIOAPIC_IOWIN, low);
}

static void then(enum action action)
{
	add(OP_LINE, ACTIONS + action, 0);
}

/* claims */
int test_claims(int argc, char **argv)
{
	struct libvioapic_config config = { .chip = "qemu", .slot = SLOT_IOAPIC };
	bool good;

	(void)argc;
	(void)argv;
	trigger = eventfd(0, EFD_NONBLOCK);
	resample = eventfd(0, EFD_NONBLOCK);
	vm_create(&vm, 1, &config);
	vm.out = out;
	then(BIND);
	route(LEVEL | MASKED);
	then(MASKED_CLAIM);
	route(LEVEL);
	then(UNMASKED);
	route(VECTOR + 1);
	then(EDGES);
	route((LEVEL + 2) | MASKED);
	then(OUTCOMES);
	route(LEVEL + 2);
	then(SHARED);
	/* In edge mode it ends, and what is masked is kept until it is forgotten */
	route((VECTOR + 2) | MASKED);
	then(FORGOTTEN);
	then(UNBIND);
	vm_boot(&vm, TEST_OPS);
	good = is_good(vm_run(&vm, 120)) && !failed;
	vm_destroy(&vm);
	return !good;
}

/* Local APICs, from outside */

static void get_lapic(struct kvm_lapic_state *lapic)
{
	if (ioctl(vm.vcpu[0].fd, KVM_GET_LAPIC, lapic) < 0)
		die("KVM_GET_LAPIC: %m");
}

static void set_lapic(struct kvm_lapic_state *lapic, uint32_t spiv)
{
	memcpy(lapic->regs + 0xf0, &spiv, sizeof(spiv));
	if (ioctl(vm.vcpu[0].fd, KVM_SET_LAPIC, lapic) < 0)
		die("KVM_SET_LAPIC: %m");
}

static bool has_request(void)
{
	struct kvm_lapic_state lapic;

	get_lapic(&lapic);
	return lapic.regs[0x200 + VECTOR / 32 * 16 + VECTOR / 8 % 4] >> VECTOR % 8 & 1;
}

static void program(uint64_t low)
{
	static struct vioapic_state state;
	char reason[VIOAPIC_REASON_LEN];

	if (libvioapic_save(vm.ioapic, &state))
		die("save is refused");
	state.pin[PIN].rte = low;
	if (libvioapic_restore(vm.ioapic, &state, reason))
		die("%s", reason);
}

/* In KVM's format and back */
static void convert(void)
{
	struct kvm_ioapic_state kvm, again;
	char reason[VIOAPIC_REASON_LEN] = "";

	expect(!libvioapic_get_kvm_state(vm.ioapic, &kvm, reason));
	expect(kvm.redirtbl[PIN].bits == (LEVEL | VIOAPIC_RTE_REMOTE_IRR) && kvm.irr == 1 << PIN);
	expect(!libvioapic_reset(vm.ioapic));
	expect(!libvioapic_set_kvm_state(vm.ioapic, &kvm, reason));
	expect(!libvioapic_get_kvm_state(vm.ioapic, &again, reason));
	expect(!memcmp(&kvm, &again, sizeof(kvm)));
	kvm.pad = 1;
	expect(libvioapic_set_kvm_state(vm.ioapic, &kvm, reason) == -22 && reason[0]);
}

/* nobody: a message that nobody takes, and one that nobody has any more */
int test_nobody(int argc, char **argv)
{
	struct libvioapic_config config = { .chip = "ich", .slot = SLOT_IOAPIC };
	struct kvm_lapic_state lapic;
	unsigned long before;

	(void)argc;
	(void)argv;
	vm_create(&vm, 1, &config);
	get_lapic(&lapic);
	set_lapic(&lapic, 0xff);
	program(LEVEL);
	expect(drive(1) == VIOAPIC_KVM_LINE_IGNORED);
	expect(rte() == (LEVEL | VIOAPIC_RTE_DELIVS) && !has_request());
	/* The local APIC is enabled */
	set_lapic(&lapic, 0x1ff);
	expect_soon(rte() == (LEVEL | VIOAPIC_RTE_REMOTE_IRR));
	expect(has_request());
	/* A restore that sets the local APIC last */
	before = messages();
	set_lapic(&lapic, 0x1ff);
	expect_soon(has_request());
	expect_soon(messages() == before + 1 && rte() == (LEVEL | VIOAPIC_RTE_REMOTE_IRR));
	convert();
	/* And whose line has fallen since: nothing is left of it, once somebody has run */
	set_lapic(&lapic, 0x1ff);
	drive(0);
	usleep(300000);
	expect(rte() == (LEVEL | VIOAPIC_RTE_REMOTE_IRR));
	vm.out = out;
	vm_boot(&vm, TEST_OPS);
	expect(is_good(vm_run(&vm, 60)));
	expect_soon(rte() == LEVEL);
	expect(!has_request());
	vm_destroy(&vm);
	return failed;
}
