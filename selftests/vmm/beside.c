// SPDX-License-Identifier: GPL-2.0
/*
 * Beside vioapic_kvm's an I/O APIC of the VMM's own, whose pins are reserved and have MSI
 * routes as KVM wants it, so that KVM tells of their EOIs: with a vector that both use, the
 * VMM is told of every one.
 *
 * All that happens is an exit of vCPU 0: PORT_QUIET in the handler, then the EOI, of which
 * KVM tells or not, then PORT_AGAIN.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <vioapic/model.h>

#include "vmm.h"

#define OWN_PIN		3
#define TIMES		4
#define TRIES		2000	/* of 5 ms each: what a work item does, on however slow a machine */
#define MSI_LEVEL	0xc000		/* and asserted */

/*
 * What the VMM's interrupts find: STALE, KVM has made its list of vectors anew while ours was
 * in service; BUSY, ours is delivered again by each EOI; FIRST, their route was there first
 */
enum phase { STALE, BUSY, FIRST, OURS, PHASES };

static const char *const names[] = {
	"after one of ours", "ours is busy", "before one of ours", "ours alone",
};

static struct {
	enum phase phase;
	bool begun;
	unsigned int sent;	/* of the VMM's own pin, in this phase */
	unsigned int told;	/* EOIs while one of them was in service */
	bool in_service;
	unsigned int lost;	/* in all phases */
	unsigned int ours;	/* times that ours was served, alone */
	unsigned int needless;	/* EOIs told after the first of these */
} now;

static struct kvm_msi msi(void)
{
	return (struct kvm_msi) { .address_lo = LAPIC_ADDRESS, .data = FIRST_VECTOR | MSI_LEVEL };
}

static void set_route(struct vm *vm, bool there)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry entry;
	} routing = {
		.head.nr = there,
		.entry = { .gsi = OWN_PIN, .type = KVM_IRQ_ROUTING_MSI,
			   .u.msi.address_lo = msi().address_lo, .u.msi.data = msi().data },
	};

	if (ioctl(vm->fd, KVM_SET_GSI_ROUTING, &routing) < 0)
		die("KVM_SET_GSI_ROUTING: %m");
}

static void drive(struct vm *vm, int level)
{
	if (libvioapic_line(vm->ioapic, FIRST_PIN, level))
		die("the line is refused");
}

static void send_own(struct vm *vm)
{
	struct kvm_msi own = msi();

	if (ioctl(vm->fd, KVM_SIGNAL_MSI, &own) < 0)
		die("KVM_SIGNAL_MSI: %m");
	now.in_service = true;
	now.sent++;
}

static void begin(struct vm *vm)
{
	now.begun = true;
	now.sent = 0;
	now.told = 0;
	/* Of these, FIRST alone has the route from the beginning on */
	set_route(vm, now.phase == FIRST);
	drive(vm, 1);
}

/* In the handler, before the EOI */
static void quiet(struct vm *vm)
{
	if (now.sent)
		return;
	if (now.phase != OURS)
		set_route(vm, true);
	if (now.phase != BUSY)
		drive(vm, 0);
}

/* The interrupt has been ended.  Return: was that all? */
static bool again(struct vm *vm)
{
	if (!now.begun) {
		begin(vm);
		return false;
	}
	if (now.in_service && now.told != now.sent) {
		now.lost += now.sent - now.told;
		now.told = now.sent;
	}
	now.in_service = false;
	if (now.phase != OURS && now.sent < TIMES) {
		send_own(vm);
		return false;
	}
	/* The one that is delivered again is handled once more */
	if (now.phase == BUSY && now.sent++ == TIMES) {
		drive(vm, 0);
		return false;
	}
	if (now.phase == OURS && ++now.ours < TIMES) {
		drive(vm, 1);
		return false;
	}
	printf("%s: %u EOIs of the VMM's not told, of all so far\n", names[now.phase], now.lost);
	now.phase++;
	if (now.phase == PHASES)
		return true;
	begin(vm);
	return false;
}

static void eoi(struct vcpu *vcpu, unsigned int vector)
{
	(void)vcpu;
	now.told += now.in_service && vector == FIRST_VECTOR;
	now.needless += now.ours && vector == FIRST_VECTOR;
}

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	struct vm *vm = vcpu->vm;

	switch (port) {
	case PORT_WAIT:
		return false;
	case PORT_QUIET:
		quiet(vm);
		return false;
	case PORT_AGAIN:
		if (value != FIRST_PIN || !again(vm))
			return false;
		vm_end(vm, NULL);
		return true;
	default:
		vm_end(vm, value ? "the guest failed at %#lx" : NULL, vm->shared->error);
		return true;
	}
}

static bool is_at_rest(struct vm *vm)
{
	__u32 rte;

	if (libvioapic_register(vm->ioapic, VIOAPIC_REG_RTE + 2 * FIRST_PIN, &rte))
		die("no register");
	return rte == (FIRST_VECTOR | VIOAPIC_RTE_LEVEL);
}

/* beside plain|pv */
int test_beside(int argc, char **argv)
{
	struct libvioapic_config config = { .gsi_base = OWN_PINS, .chip = "ich",
					    .slot = SLOT_IOAPIC };
	int tries = TRIES;
	struct vm vm;
	bool good;

	if (argc < 1)
		die("too few arguments");
	vm_create_kind(&vm, VCPUS, IRQCHIP_BESIDE, &config, GUEST_MEMORY);
	vm.out = out;
	vm.eoi = eoi;
	vm.shared->pv_eoi = !strcmp(argv[0], "pv");
	vm_boot(&vm, TEST_BESIDE);
	good = is_good(vm_run(&vm, 120));
	if (good && now.lost)
		good = is_good("EOIs of its own I/O APIC do not reach the VMM");
	if (good && now.needless && !libvioapic_eoi_exits(vm.ioapic))
		good = is_good("the VMM is told of EOIs that the kernel knows of");
	/* KVM's list, made anew when the guest was entered, may have missed the last one's */
	while (!is_at_rest(&vm) && tries--)
		usleep(5000);
	if (good && !is_at_rest(&vm))
		good = is_good("ours is not at rest");
	vm_destroy(&vm);
	return !good;
}
