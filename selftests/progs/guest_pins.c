// SPDX-License-Identifier: GPL-2.0
/*
 * guest_pins RTE..: a VM with an I/O APIC of vioapic_kvm's, whose pins have these RTEs (in hex,
 * from pin 0 on; with "+" behind it the pin's line is asserted, and with it the message tried).
 * Nothing runs in it.  The local APIC of its vCPU 0 is off, that of vCPU 1 has vector 33h in
 * service, for a level interrupt.  Says "ready", and stays until its standard input ends.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/kvm.h>
#include <linux/vioapic_kvm.h>

static int fd;

static void restore(int argc, char **argv)
{
	static struct vioapic_kvm_state request;
	int i;

	if (ioctl(fd, VIOAPIC_KVM_SAVE, &request))
		err(1, "SAVE");
	for (i = 1; i < argc; i++)
		request.state.pin[i - 1].rte = strtoull(argv[i], NULL, 16);
	if (ioctl(fd, VIOAPIC_KVM_RESTORE, &request))
		err(1, "RESTORE: %s", request.reason);
}

static void *reg(struct kvm_lapic_state *state, unsigned int offset)
{
	return state->regs + offset;
}

/* Intel SDM 3, 11.4.1: the bits of ISR and TMR are 32 to a register, 16 bytes apart */
static void serve(int vcpu)
{
	const unsigned int vector = 0x33, word = vector / 32 * 0x10;
	struct kvm_lapic_state state;

	if (ioctl(vcpu, KVM_GET_LAPIC, &state))
		err(1, "GET_LAPIC");
	*(__u32 *)reg(&state, 0xf0) = 0x1ff;
	*(__u32 *)reg(&state, 0x100 + word) |= 1U << vector % 32;
	*(__u32 *)reg(&state, 0x180 + word) |= 1U << vector % 32;
	if (ioctl(vcpu, KVM_SET_LAPIC, &state))
		err(1, "SET_LAPIC");
}

static void assert_line(unsigned int pin)
{
	struct vioapic_kvm_line line = { .pin = pin, .level = 1 };

	if (ioctl(fd, VIOAPIC_KVM_LINE, &line))
		err(1, "LINE");
}

int main(int argc, char **argv)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_SPLIT_IRQCHIP };
	struct vioapic_kvm_create create = { .address = 0xfec00000, .chip = "qemu" };
	int device = open("/dev/vioapic_kvm", O_RDWR), kvm = open("/dev/kvm", O_RDWR), vm, vcpu, i;

	if (device < 0 || kvm < 0)
		err(1, "no device");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0 || ioctl(vm, KVM_ENABLE_CAP, &cap) || ioctl(vm, KVM_CREATE_VCPU, 0) < 0)
		err(1, "no VM");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 1);
	if (vcpu < 0)
		err(1, "no second vCPU");
	serve(vcpu);
	create.vm_fd = vm;
	if (ioctl(device, VIOAPIC_KVM_CREATE, &create))
		err(1, "CREATE: %s", create.reason);
	fd = create.fd;
	restore(argc, argv);
	for (i = 1; i < argc; i++)
		if (strchr(argv[i], '+'))
			assert_line(i - 1);
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
