// SPDX-License-Identifier: GPL-2.0
/* A virtual machine with split irqchip, and its vCPUs' threads */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

#define PAGE_TABLES	0x1000
#define GDT		0x800
#define MSI_GSI		100
#define CPUID_ENTRIES	100
#define CR0_PE		0x1
#define CR0_NE		0x20
#define CR0_PG		0x80000000
#define CR4_PAE		0x20
#define EFER_LME_LMA	0x500

extern const unsigned char guest_image[];
extern const unsigned long guest_image_size;

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

bool is_good(const char *verdict)
{
	if (verdict)
		fprintf(stderr, "%s\n", verdict);
	return !verdict;
}

static void call(int fd, unsigned long request, const void *arg, const char *what)
{
	if (ioctl(fd, request, arg) < 0)
		die("%s: %s", what, strerror(errno));
}

#define CALL(fd, request, arg)	call(fd, request, arg, #request)

/* Memory */

/* The first 4 GiB as they are, in pages of 2 MiB */
static void make_page_tables(unsigned char *memory)
{
	uint64_t *pml4 = (uint64_t *)(memory + PAGE_TABLES);
	uint64_t *pdpt = pml4 + 512, *pd = pdpt + 512;
	unsigned int i;

	pml4[0] = (PAGE_TABLES + 0x1000) | 3;
	for (i = 0; i < 4; i++)
		pdpt[i] = (PAGE_TABLES + 0x2000 + 0x1000 * i) | 3;
	for (i = 0; i < 2048; i++)
		pd[i] = (uint64_t)i << 21 | 0x83;
}

static void make_gdt(unsigned char *memory)
{
	static const uint64_t gdt[] = { 0, 0x00209b0000000000, 0x0000930000000000 };

	memcpy(memory + GDT, gdt, sizeof(gdt));
}

void vm_prepare_memory(struct vm *vm)
{
	make_page_tables(vm->memory);
	make_gdt(vm->memory);
}

static void make_memory(struct vm *vm)
{
	struct kvm_userspace_memory_region region = {
		.slot = SLOT_MEMORY, .memory_size = vm->memory_size,
	};

	vm->memory = mmap(NULL, vm->memory_size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vm->memory == MAP_FAILED)
		die("no memory");
	region.userspace_addr = (uint64_t)vm->memory;
	CALL(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
	vm->shared = (struct shared *)(vm->memory + GUEST_SHARED);
	vm_prepare_memory(vm);
	memcpy(vm->memory + GUEST_ENTRY, guest_image, guest_image_size);
}

/* vCPUs */

static void set_cpuid(struct vcpu *vcpu)
{
	struct kvm_cpuid2 *cpuid;
	unsigned int i;

	cpuid = calloc(1, sizeof(*cpuid) + CPUID_ENTRIES * sizeof(*cpuid->entries));
	if (!cpuid)
		die("no memory");
	cpuid->nent = CPUID_ENTRIES;
	CALL(vcpu->vm->kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
	for (i = 0; i < cpuid->nent; i++) {
		if (cpuid->entries[i].function != 1)
			continue;
		cpuid->entries[i].ebx = (cpuid->entries[i].ebx & 0xffffff) | vcpu->number << 24;
		/* x2APIC, TSC deadline timer, a hypervisor */
		cpuid->entries[i].ecx |= 1U << 21 | 1U << 24 | 1U << 31;
	}
	CALL(vcpu->fd, KVM_SET_CPUID2, cpuid);
	free(cpuid);
}

static void create_vcpu(struct vm *vm, unsigned int number)
{
	struct vcpu *vcpu = &vm->vcpu[number];
	int size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	vcpu->vm = vm;
	vcpu->number = number;
	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, (long)number);
	if (vcpu->fd < 0)
		die("KVM_CREATE_VCPU: %s", strerror(errno));
	vcpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die("no memory");
	vcpu->stats = ioctl(vcpu->fd, KVM_GET_STATS_FD, 0);
	if (vcpu->stats < 0)
		die("KVM_GET_STATS_FD: %s", strerror(errno));
	set_cpuid(vcpu);
}

void vm_boot_vcpu(struct vcpu *vcpu)
{
	struct kvm_segment code = {
		.selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1, .limit = ~0U,
	};
	struct kvm_segment data = {
		.selector = 16, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1, .limit = ~0U,
	};
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_regs regs = {
		.rip = GUEST_ENTRY, .rflags = 2, .rdi = vcpu->number,
		.rsp = GUEST_STACKS - GUEST_STACK * vcpu->number,
	};
	struct kvm_sregs sregs = { };

	CALL(vcpu->fd, KVM_GET_SREGS, &sregs);
	sregs.cs = code;
	sregs.ds = data;
	sregs.es = data;
	sregs.ss = data;
	sregs.gdt.base = GDT;
	sregs.gdt.limit = 23;
	sregs.cr0 = CR0_PE | CR0_NE | CR0_PG;
	sregs.cr3 = PAGE_TABLES;
	sregs.cr4 = CR4_PAE;
	sregs.efer = EFER_LME_LMA;
	CALL(vcpu->fd, KVM_SET_SREGS, &sregs);
	CALL(vcpu->fd, KVM_SET_REGS, &regs);
	CALL(vcpu->fd, KVM_SET_MP_STATE, &runnable);
}

void vm_boot(struct vm *vm, enum test test)
{
	unsigned int i;

	vm->shared->test = test;
	for (i = 0; i < vm->vcpus; i++)
		vm_boot_vcpu(&vm->vcpu[i]);
}

void vm_create(struct vm *vm, unsigned int vcpus, const struct libvioapic_config *config)
{
	vm_create_kind(vm, vcpus, IRQCHIP_VIOAPIC, config, GUEST_MEMORY);
}

void vm_set_routing(struct vm *vm)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry entry;
	} routing = {
		.head.nr = 1,
		.entry = { .gsi = MSI_GSI, .type = KVM_IRQ_ROUTING_MSI,
			   .u.msi.address_lo = LAPIC_ADDRESS },
	};

	CALL(vm->fd, KVM_SET_GSI_ROUTING, &routing);
}

static void make_split(struct vm *vm, unsigned int own_pins)
{
	struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP, .args[0] = own_pins };

	CALL(vm->fd, KVM_ENABLE_CAP, &split);
	vm_set_routing(vm);
}

static void make_ioapic(struct vm *vm, const struct libvioapic_config *config)
{
	struct libvioapic_config ioapic = *config;
	char reason[VIOAPIC_REASON_LEN];

	if (!ioapic.address)
		ioapic.address = IOAPIC_ADDRESS;
	vm->ioapic = libvioapic_create(vm->fd, &ioapic, reason);
	if (!vm->ioapic)
		die("%s", reason);
}

void vm_create_kind(struct vm *vm, unsigned int vcpus, enum irqchip kind,
		    const struct libvioapic_config *config, unsigned long memory)
{
	unsigned int i;

	memset(vm, 0, sizeof(*vm));
	vm->memory_size = memory;
	pthread_mutex_init(&vm->lock, NULL);
	pthread_cond_init(&vm->changed, NULL);
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		die("/dev/kvm: %s", strerror(errno));
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		die("KVM_CREATE_VM: %s", strerror(errno));
	if (kind == IRQCHIP_KVM)
		CALL(vm->fd, KVM_CREATE_IRQCHIP, NULL);
	else
		make_split(vm, kind == IRQCHIP_BESIDE ? OWN_PINS : 0);
	make_memory(vm);
	vm->vcpus = vcpus;
	for (i = 0; i < vcpus; i++)
		create_vcpu(vm, i);
	if (kind == IRQCHIP_VIOAPIC || kind == IRQCHIP_BESIDE)
		make_ioapic(vm, config);
}

void vm_destroy(struct vm *vm)
{
	int size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	unsigned int i;

	libvioapic_destroy(vm->ioapic);
	for (i = 0; i < vm->vcpus; i++) {
		munmap(vm->vcpu[i].run, size);
		close(vm->vcpu[i].stats);
		close(vm->vcpu[i].fd);
	}
	close(vm->fd);
	close(vm->kvm);
	munmap(vm->memory, vm->memory_size);
}

/* The end of a run */

void vm_end(struct vm *vm, const char *format, ...)
{
	va_list args;

	pthread_mutex_lock(&vm->lock);
	if (!vm->ended && format) {
		va_start(args, format);
		vsnprintf(vm->verdict, sizeof(vm->verdict), format, args);
		va_end(args);
	}
	vm->ended = true;
	pthread_cond_broadcast(&vm->changed);
	pthread_mutex_unlock(&vm->lock);
}

static bool is_stopping(struct vm *vm)
{
	bool stopping;

	pthread_mutex_lock(&vm->lock);
	stopping = vm->stopping;
	pthread_mutex_unlock(&vm->lock);
	return stopping;
}

static bool handle_io(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	struct vm *vm = vcpu->vm;
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	uint32_t value;
	unsigned int i;
	bool ends = false;

	if (vm->out) {
		memcpy(&value, data, sizeof(value));
		return vm->out(vcpu, run->io.port, value);
	}
	for (i = 0; i < run->io.count; i++, data += run->io.size)
		ends |= vm->io(vcpu, run->io.port, run->io.size,
			       run->io.direction == KVM_EXIT_IO_IN, data);
	return ends;
}

/* Return: true if the vCPU is not to run on */
static bool handle_exit(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	struct vm *vm = vcpu->vm;
	struct kvm_regs regs = { };

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		return handle_io(vcpu);
	case KVM_EXIT_MMIO:
		__atomic_add_fetch(&vm->mmio, 1, __ATOMIC_RELAXED);
		if (vm->memory_access)
			vm->memory_access(vm, run->mmio.phys_addr, run->mmio.data, run->mmio.len,
					  run->mmio.is_write);
		return false;
	case KVM_EXIT_IOAPIC_EOI:
		__atomic_add_fetch(&vm->eois, 1, __ATOMIC_RELAXED);
		if (vm->eoi)
			vm->eoi(vcpu, run->eoi.vector);
		if (libvioapic_eoi(vm->ioapic, run->eoi.vector, vcpu->number))
			vm_end(vm, "the EOI of vector %#x is refused", run->eoi.vector);
		return false;
	case KVM_EXIT_INTR:
		return false;
	default:
		CALL(vcpu->fd, KVM_GET_REGS, &regs);
		vm_end(vm, "vCPU %u ended with exit %u at %#llx", vcpu->number, run->exit_reason,
		       regs.rip);
		return true;
	}
}

static void *run_vcpu(void *arg)
{
	struct vcpu *vcpu = arg;
	struct vm *vm = vcpu->vm;

	while (!is_stopping(vm)) {
		if (ioctl(vcpu->fd, KVM_RUN, 0) < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			vm_end(vm, "KVM_RUN of vCPU %u: %s", vcpu->number, strerror(errno));
			return NULL;
		}
		if (handle_exit(vcpu))
			break;
	}
	/* An access that exited is completed by the next entry, which this makes none */
	vcpu->run->immediate_exit = 1;
	ioctl(vcpu->fd, KVM_RUN, 0);
	vcpu->run->immediate_exit = 0;
	return NULL;
}

static void nothing(int signal)
{
	(void)signal;
}

void vm_start(struct vm *vm)
{
	struct sigaction action = { .sa_handler = nothing };
	unsigned int i;

	sigaction(SIGUSR1, &action, NULL);
	vm->stopping = false;
	vm->ended = false;
	for (i = 0; i < vm->vcpus; i++)
		if (pthread_create(&vm->vcpu[i].thread, NULL, run_vcpu, &vm->vcpu[i]))
			die("no thread");
}

void vm_stop(struct vm *vm)
{
	struct timespec moment = { .tv_nsec = 1000000 };
	unsigned int i;

	pthread_mutex_lock(&vm->lock);
	vm->stopping = true;
	pthread_mutex_unlock(&vm->lock);
	for (i = 0; i < vm->vcpus; i++) {
		/* It may be about to enter: then the first of these came too early */
		while (pthread_tryjoin_np(vm->vcpu[i].thread, NULL)) {
			vm->vcpu[i].run->immediate_exit = 1;
			pthread_kill(vm->vcpu[i].thread, SIGUSR1);
			nanosleep(&moment, NULL);
		}
		vm->vcpu[i].run->immediate_exit = 0;
	}
}

/* Moments are counted and not time: while the machine waits for its CPUs, nobody goes on. */
/* What grows while a guest gets on */
static unsigned long progress(struct vm *vm)
{
	unsigned long sum = vm->mmio + vm->eois + vm->shared->reroutes + vm->shared->serviced;
	unsigned int i;

	for (i = 0; i < PINS_USED; i++)
		sum += vm->shared->pin[i].seen;
	return sum;
}

const char *vm_wait(struct vm *vm, unsigned int seconds)
{
	unsigned long before = 0, now;
	unsigned int moments = 0;
	struct timespec limit;

	pthread_mutex_lock(&vm->lock);
	while (!vm->ended && moments++ < 10 * seconds) {
		/* However slow this machine is, as long as anything happens */
		now = progress(vm);
		if (now != before)
			moments = 0;
		before = now;
		clock_gettime(CLOCK_REALTIME, &limit);
		limit.tv_nsec += 100000000;
		limit.tv_sec += limit.tv_nsec / 1000000000;
		limit.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&vm->changed, &vm->lock, &limit);
	}
	if (!vm->ended)
		snprintf(vm->verdict, sizeof(vm->verdict), "the guest has done nothing for %u s",
			 seconds);
	pthread_mutex_unlock(&vm->lock);
	return vm->verdict[0] ? vm->verdict : NULL;
}

const char *vm_run(struct vm *vm, unsigned int seconds)
{
	const char *verdict;

	vm_start(vm);
	verdict = vm_wait(vm, seconds);
	vm_stop(vm);
	return verdict;
}

/* Statistics */

uint64_t vcpu_stat(struct vcpu *vcpu, const char *name)
{
	struct kvm_stats_header header;
	struct kvm_stats_desc *desc;
	uint64_t value = 0;
	unsigned int i, size;
	bool found = false;

	if (pread(vcpu->stats, &header, sizeof(header), 0) != sizeof(header))
		die("KVM's statistics cannot be read");
	size = sizeof(*desc) + header.name_size;
	desc = malloc(size);
	if (!desc)
		die("no memory");
	for (i = 0; i < header.num_desc && !found; i++) {
		if (pread(vcpu->stats, desc, size, header.desc_offset + i * size) != size)
			die("KVM's statistics cannot be read");
		found = !strcmp(desc->name, name);
	}
	if (!found || pread(vcpu->stats, &value, sizeof(value),
			    header.data_offset + desc->offset) != sizeof(value))
		die("KVM has no statistics of %s", name);
	free(desc);
	return value;
}

uint64_t vioapic_stat(struct vm *vm, unsigned int counter)
{
	struct vioapic_kvm_stats stats;

	if (libvioapic_stats(vm->ioapic, &stats))
		die("no statistics of the I/O APIC");
	return stats.counter[counter];
}
