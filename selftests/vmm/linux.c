// SPDX-License-Identifier: GPL-2.0
/*
 * A stock Linux kernel on two I/O APICs, the first with 240 pins and the serial port
 * ttyS1 on one of the high ones.  It boots, sends, reboots, and does it again.
 *
 * With an MP table Linux uses the second one for PCI alone, which this has not: it
 * is found and set up, and has no device.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "firmware.h"
#include "linux_abi.h"
#include "uart.h"
#include "vmm.h"

#define CPUS		2
#define MEMORY		(256UL << 20)
#define SLOT_SECOND	2
#define FIRST_ID	2
#define SECOND_ID	3
#define SECOND_ADDRESS	0xfec01000
#define SECONDS		150
#define MSRS_MAX	512

#define COMMAND_LINE	"console=ttyS0 earlyprintk=serial,ttyS0 nokaslr pci=off acpi=off " \
			"reboot=k panic=-1 8250.nr_uarts=2 random.trust_cpu=on noxsave quiet"

extern const unsigned char init_image[];
extern const unsigned long init_image_size;

/* A vCPU as it is made, to reset it with */
struct power_on {
	struct kvm_mp_state mp;
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_fpu fpu;
	struct kvm_lapic_state lapic;
	struct kvm_vcpu_events events;
	unsigned int msrs;
	struct kvm_msr_entry msr[MSRS_MAX];
};

struct machine {
	struct vm vm;
	struct libvioapic *second;
	struct uart uart[2];
	struct power_on on[CPUS];
	pthread_mutex_t lock;	/* of the devices */
	uint8_t pic_mask[2];
	unsigned long sent;	/* bytes of ttyS1 */
	bool wrong;		/* one of them */
	bool reset;
	bool ended;
	uint8_t verdict;
};

static void call(int fd, unsigned long request, void *arg, const char *what)
{
	if (ioctl(fd, request, arg) < 0)
		die("%s: %m", what);
}

#define CALL(fd, request, arg)	call(fd, request, arg, #request)

/* Devices */

static void console_line(struct uart *uart, bool high)
{
	struct machine *machine = uart->owner;

	libvioapic_line(machine->vm.ioapic, 4, high);
}

static void console_sent(struct uart *uart, char byte)
{
	(void)uart;
	putchar(byte);
	if (byte == '\n')
		fflush(stdout);
}

static void serial_line(struct uart *uart, bool high)
{
	struct machine *machine = uart->owner;

	libvioapic_line(machine->vm.ioapic, LINUX_SERIAL_PIN, high);
}

static void serial_sent(struct uart *uart, char byte)
{
	struct machine *machine = uart->owner;
	char line[32];

	snprintf(line, sizeof(line), LINUX_LINE, (int)(machine->sent / 16 % LINUX_LINES));
	machine->wrong |= byte != line[machine->sent % 16];
	machine->sent++;
}

static uint8_t port_in(struct machine *machine, unsigned int port)
{
	switch (port) {
	case 0x3f8 ... 0x3ff:
		return uart_read(&machine->uart[0], port - 0x3f8);
	case 0x2f8 ... 0x2ff:
		return uart_read(&machine->uart[1], port - 0x2f8);
	/* The kernel takes an 8259 that holds its mask for one that is there */
	case 0x21:
		return machine->pic_mask[0];
	case 0xa1:
		return machine->pic_mask[1];
	/* A clock that stands */
	case 0x71:
		return 0;
	default:
		return 0xff;
	}
}

/* Return: true if the guest ends */
static bool port_out(struct machine *machine, unsigned int port, uint8_t value)
{
	switch (port) {
	case 0x3f8 ... 0x3ff:
		uart_write(&machine->uart[0], port - 0x3f8, value);
		break;
	case 0x2f8 ... 0x2ff:
		uart_write(&machine->uart[1], port - 0x2f8, value);
		break;
	case 0x21:
		machine->pic_mask[0] = value;
		break;
	case 0xa1:
		machine->pic_mask[1] = value;
		break;
	case 0x64:
		machine->reset = value == 0xfe;
		return machine->reset;
	case LINUX_PORT_VERDICT:
		machine->ended = true;
		machine->verdict = value;
		return true;
	}
	return false;
}

static bool io(struct vcpu *vcpu, unsigned int port, unsigned int size, bool in, uint8_t *data)
{
	struct machine *machine = vcpu->vm->test;
	bool ends = false;
	unsigned int i;

	pthread_mutex_lock(&machine->lock);
	for (i = 0; i < size; i++) {
		if (in)
			data[i] = port_in(machine, port + i);
		else
			ends |= port_out(machine, port + i, data[i]);
	}
	pthread_mutex_unlock(&machine->lock);
	if (ends)
		vm_end(vcpu->vm, NULL);
	return ends;
}

/* Power on and reset */

static void save_msrs(struct vcpu *vcpu, struct power_on *on)
{
	struct kvm_msr_list *list = calloc(1, sizeof(*list) + MSRS_MAX * sizeof(*list->indices));
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} one = { .head.nmsrs = 1 };
	unsigned int i;

	if (!list)
		die("no memory");
	list->nmsrs = MSRS_MAX;
	CALL(vcpu->vm->kvm, KVM_GET_MSR_INDEX_LIST, list);
	for (i = 0; i < list->nmsrs; i++) {
		one.entry.index = list->indices[i];
		/* Some of the list are for other CPUs */
		if (ioctl(vcpu->fd, KVM_GET_MSRS, &one) == 1)
			on->msr[on->msrs++] = one.entry;
	}
	free(list);
}

static void save_vcpu(struct vcpu *vcpu, struct power_on *on)
{
	CALL(vcpu->fd, KVM_GET_MP_STATE, &on->mp);
	CALL(vcpu->fd, KVM_GET_REGS, &on->regs);
	CALL(vcpu->fd, KVM_GET_SREGS, &on->sregs);
	CALL(vcpu->fd, KVM_GET_FPU, &on->fpu);
	CALL(vcpu->fd, KVM_GET_LAPIC, &on->lapic);
	CALL(vcpu->fd, KVM_GET_VCPU_EVENTS, &on->events);
	save_msrs(vcpu, on);
}

static void reset_vcpu(struct vcpu *vcpu, struct power_on *on)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} one = { .head.nmsrs = 1 };
	unsigned int i;

	CALL(vcpu->fd, KVM_SET_SREGS, &on->sregs);
	CALL(vcpu->fd, KVM_SET_REGS, &on->regs);
	CALL(vcpu->fd, KVM_SET_FPU, &on->fpu);
	for (i = 0; i < on->msrs; i++) {
		one.entry = on->msr[i];
		/* Some can only be read */
		if (ioctl(vcpu->fd, KVM_SET_MSRS, &one) < 0)
			die("KVM_SET_MSRS: %m");
	}
	CALL(vcpu->fd, KVM_SET_LAPIC, &on->lapic);
	CALL(vcpu->fd, KVM_SET_VCPU_EVENTS, &on->events);
	CALL(vcpu->fd, KVM_SET_MP_STATE, &on->mp);
}

/* The first CPU, at the kernel's 64-bit entry; the other waits for it */
static void enter_linux(struct vm *vm, unsigned long entry)
{
	struct vcpu *vcpu = &vm->vcpu[0];
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	vm_boot_vcpu(vcpu);
	CALL(vcpu->fd, KVM_GET_SREGS, &sregs);
	CALL(vcpu->fd, KVM_GET_REGS, &regs);
	sregs.gdt.base = LINUX_GDT;
	sregs.gdt.limit = 31;
	sregs.cs.selector = 0x10;
	sregs.ds.selector = 0x18;
	sregs.es.selector = 0x18;
	sregs.ss.selector = 0x18;
	regs.rip = entry;
	regs.rsi = LINUX_PARAMS;
	CALL(vcpu->fd, KVM_SET_SREGS, &sregs);
	CALL(vcpu->fd, KVM_SET_REGS, &regs);
}

static void load(struct machine *machine, const char *kernel, const char *cmdline)
{
	static const struct ioapic_entry ioapics[2] = {
		{ .id = FIRST_ID, .version = 0x20, .address = IOAPIC_ADDRESS },
		{ .id = SECOND_ID, .version = 0x20, .address = SECOND_ADDRESS },
	};
	static const struct isa_route moved[] = {
		{ .irq = 3, .ioapic = FIRST_ID, .pin = LINUX_SERIAL_PIN }, { 0 }
	};
	struct vm *vm = &machine->vm;

	memset(vm->memory, 0, MEMORY);
	vm_prepare_memory(vm);
	make_mp_table(vm->memory, CPUS, ioapics, moved);
	enter_linux(vm, load_linux(vm->memory, MEMORY, kernel, cmdline, init_image,
				   init_image_size));
}

static const char *run(struct machine *machine, const char *kernel)
{
	unsigned long first, second;
	const char *verdict;
	unsigned int i;

	load(machine, kernel, COMMAND_LINE);
	verdict = vm_run(&machine->vm, SECONDS);
	if (verdict)
		return verdict;
	if (!machine->reset)
		return "the guest did not reboot";
	first = machine->sent;
	printf("\n-- reset, %lu bytes by ttyS1\n", first);

	machine->reset = false;
	libvioapic_reset(machine->vm.ioapic);
	libvioapic_reset(machine->second);
	for (i = 0; i < 2; i++)
		uart_reset(&machine->uart[i]);
	for (i = 0; i < CPUS; i++)
		reset_vcpu(&machine->vm.vcpu[i], &machine->on[i]);
	load(machine, kernel, COMMAND_LINE " second");
	verdict = vm_run(&machine->vm, SECONDS);
	second = machine->sent - first;
	printf("\n-- end, %lu bytes by ttyS1\n", second);
	if (verdict)
		return verdict;
	if (!machine->ended || machine->verdict)
		return "the guest is not content";
	if (machine->wrong || first != 16 * LINUX_LINES || second != first)
		return "ttyS1 sent something else";
	return NULL;
}

static const char *judge(const char *name, struct libvioapic *ioapic)
{
	struct vioapic_kvm_stats stats;

	libvioapic_stats(ioapic, &stats);
	printf("the %s I/O APIC: %llu writes, %llu reads by exits, %llu interrupts\n", name,
	       stats.counter[VIOAPIC_KVM_CNT_WRITES], stats.counter[VIOAPIC_KVM_CNT_READS],
	       stats.counter[VIOAPIC_KVM_CNT_DELIVERED]);
	if (!stats.counter[VIOAPIC_KVM_CNT_WRITES])
		return "the guest does not use it";
	return stats.counter[VIOAPIC_KVM_CNT_READS] ? "reads took exits" : NULL;
}

/* linux BZIMAGE */
int test_linux(int argc, char **argv)
{
	struct libvioapic_config config = {
		.id = FIRST_ID, .chip = "generic240", .slot = SLOT_IOAPIC,
	};
	struct libvioapic_config second = {
		.address = SECOND_ADDRESS, .gsi_base = 240, .id = SECOND_ID, .chip = "ich",
		.slot = SLOT_SECOND,
	};
	struct machine *machine = calloc(1, sizeof(*machine));
	char reason[VIOAPIC_REASON_LEN];
	unsigned int i;
	bool good;

	if (argc < 1 || !machine)
		die("too few arguments");
	vm_create_kind(&machine->vm, CPUS, IRQCHIP_VIOAPIC, &config, MEMORY);
	machine->vm.io = io;
	machine->vm.test = machine;
	machine->second = libvioapic_create(machine->vm.fd, &second, reason);
	if (!machine->second)
		die("%s", reason);
	pthread_mutex_init(&machine->lock, NULL);
	machine->uart[0] = (struct uart) {
		.line = console_line, .sent = console_sent, .owner = machine,
	};
	machine->uart[1] = (struct uart) {
		.line = serial_line, .sent = serial_sent, .owner = machine,
	};
	for (i = 0; i < CPUS; i++)
		save_vcpu(&machine->vm.vcpu[i], &machine->on[i]);

	good = is_good(run(machine, argv[0]));
	good &= is_good(judge("first", machine->vm.ioapic)) &
		is_good(judge("second", machine->second));
	libvioapic_destroy(machine->second);
	vm_destroy(&machine->vm);
	free(machine);
	return !good;
}
