// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts: each is raised when the one before has been handled, so that whatever
 * is lost stops the test, and whatever is doubled is one too many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vmm.h"

#define SECONDS		120

/* A device: @wants service, and has its line asserted (ioctl) or has asked for it (eventfd) */
struct device {
	pthread_mutex_t lock;
	unsigned int pin;
	unsigned long sent;
	bool wants;
	bool asserted;
	int fd;
	int resample;
	pthread_t thread;
	struct vm *vm;
};

struct run {
	bool level;
	bool eventfd;
	unsigned int finished;
	struct device device[PINS_USED];
};

static void signal_fd(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		die("an eventfd cannot be signalled");
}

/* device->lock held */
static void assert_line(struct device *device)
{
	struct run *run = device->vm->test;
	int err = 0;

	if (run->eventfd) {
		signal_fd(device->fd);
	} else {
		err = libvioapic_line(device->vm->ioapic, device->pin, 1);
		if (!run->level && !err)
			err = libvioapic_line(device->vm->ioapic, device->pin, 0);
	}
	device->asserted = run->level;
	if (err)
		vm_end(device->vm, "the line of pin %u cannot be driven: %d", device->pin, err);
}

/* The interrupt has been handled.  Return: true if that was the last of all pins */
static bool again(struct vcpu *vcpu, struct device *device)
{
	struct pin *pin = &vcpu->vm->shared->pin[device->pin - FIRST_PIN];
	struct run *run = vcpu->vm->test;
	bool last = false;

	pthread_mutex_lock(&device->lock);
	if (pin->seen != device->sent) {
		vm_end(vcpu->vm, "pin %u: %lu interrupts were sent, %lu seen", device->pin,
		       device->sent, pin->seen);
	} else if (device->sent < vcpu->vm->shared->count) {
		device->sent++;
		device->wants = true;
		/* By eventfd with resample, not before it was resampled */
		if (!device->asserted)
			assert_line(device);
	} else {
		last = __atomic_add_fetch(&run->finished, 1, __ATOMIC_SEQ_CST) == PINS_USED;
	}
	pthread_mutex_unlock(&device->lock);
	return last;
}

/* The handler has served the device: a level line falls */
static void quiet(struct vcpu *vcpu, struct device *device)
{
	struct run *run = vcpu->vm->test;

	pthread_mutex_lock(&device->lock);
	if (!device->wants)
		vm_end(vcpu->vm, "pin %u: an interrupt too many", device->pin);
	device->wants = false;
	if (!run->eventfd) {
		device->asserted = false;
		if (libvioapic_line(vcpu->vm->ioapic, device->pin, 0))
			vm_end(vcpu->vm, "the line of pin %u cannot be driven", device->pin);
	}
	pthread_mutex_unlock(&device->lock);
}

/* After an EOI the line is deasserted, and we are asked */
static void *resample(void *arg)
{
	struct device *device = arg;
	uint64_t count;

	while (read(device->resample, &count, sizeof(count)) == sizeof(count)) {
		pthread_mutex_lock(&device->lock);
		device->asserted = false;
		if (device->wants)
			assert_line(device);
		pthread_mutex_unlock(&device->lock);
	}
	return NULL;
}

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	struct run *run = vcpu->vm->test;

	if (port == PORT_DONE) {
		vm_end(vcpu->vm, "the guest failed at %#lx", vcpu->vm->shared->error);
		return true;
	}
	if (port == PORT_WAIT) {
		usleep(20);
		return false;
	}
	if (value < FIRST_PIN || value >= FIRST_PIN + PINS_USED) {
		vm_end(vcpu->vm, "port %#x: no pin %u", port, value);
		return true;
	}
	if (port == PORT_QUIET)
		quiet(vcpu, &run->device[value - FIRST_PIN]);
	else if (again(vcpu, &run->device[value - FIRST_PIN]))
		vm_end(vcpu->vm, NULL);
	return false;
}

static void make_devices(struct vm *vm, struct run *run)
{
	struct device *device;
	unsigned int i;

	for (i = 0; i < PINS_USED; i++) {
		device = &run->device[i];
		device->vm = vm;
		device->pin = FIRST_PIN + i;
		device->resample = -1;
		pthread_mutex_init(&device->lock, NULL);
		if (!run->eventfd)
			continue;
		device->fd = eventfd(0, EFD_CLOEXEC);
		if (run->level) {
			device->resample = eventfd(0, EFD_CLOEXEC);
			if (pthread_create(&device->thread, NULL, resample, device))
				die("no thread");
		}
		if (libvioapic_eventfd(vm->ioapic, device->pin, device->fd, device->resample, 0))
			die("the eventfd of pin %u is refused", device->pin);
	}
}

static const char *judge(struct vm *vm, struct run *run)
{
	static char verdict[200];
	unsigned long total = 0, moved = 0, other = 0;
	struct pin *pin;
	unsigned int i;

	/* One too many might still be under way */
	vm_start(vm);
	usleep(50000);
	vm_stop(vm);
	for (i = 0; i < PINS_USED; i++) {
		pin = &vm->shared->pin[i];
		total += pin->seen;
		moved += !!pin->by_vcpu[0] + !!pin->by_vcpu[1] + !!pin->by_vcpu[2];
		other += pin->by_vector[1];
		if (pin->seen == vm->shared->count)
			continue;
		snprintf(verdict, sizeof(verdict), "pin %u: %lu sent, %lu seen", FIRST_PIN + i,
			 run->device[i].sent, pin->seen);
		return verdict;
	}
	printf("%lu interrupts by %lu messages, %lu reroutes, ", total,
	       vioapic_stat(vm, VIOAPIC_KVM_CNT_DELIVERED), vm->shared->reroutes);
	printf("%lu EOIs by broadcast (%lu by exit), %lu suppressed, %lu phantoms of QEMU's\n",
	       vioapic_stat(vm, VIOAPIC_KVM_CNT_EOIS), vm->eois,
	       vioapic_stat(vm, VIOAPIC_KVM_CNT_SUPPRESSED), vm->shared->phantoms);
	if (moved != PINS_USED * (VCPUS - 1) || (!run->level && !other) || !vm->shared->reroutes)
		return "the interrupts were not moved about";
	if (vioapic_stat(vm, VIOAPIC_KVM_CNT_DELIVERED) != total)
		return "more or fewer messages than interrupts";
	if (run->level && vm->shared->eoi == EOI_BROADCAST &&
	    vioapic_stat(vm, VIOAPIC_KVM_CNT_EOIS) < total)
		return "EOIs are missing";
	if (libvioapic_eoi_exits(vm->ioapic) ? run->level && !vm->eois : vm->eois)
		return "EOIs took the wrong way";
	return NULL;
}

/* interrupts edge|level ioctl|eventfd broadcast|directed|edge xapic|x2apic COUNT [CHIP] */
int test_interrupts(int argc, char **argv)
{
	struct libvioapic_config config = { .slot = SLOT_IOAPIC };
	struct run run = { 0 };
	struct vm vm;
	bool good;

	if (argc < 5)
		die("too few arguments");
	config.chip = argc > 5 ? argv[5] : "ich";
	run.level = !strcmp(argv[0], "level");
	run.eventfd = !strcmp(argv[1], "eventfd");
	vm_create(&vm, VCPUS, &config);
	vm.out = out;
	vm.test = &run;
	vm.shared->eoi = !strcmp(argv[2], "directed") ? EOI_DIRECTED :
			 !strcmp(argv[2], "edge") ? EOI_EDGE : EOI_BROADCAST;
	vm.shared->x2apic = !strcmp(argv[3], "x2apic");
	vm.shared->count = (strtoul(argv[4], NULL, 0) + PINS_USED - 1) / PINS_USED;
	make_devices(&vm, &run);
	vm_boot(&vm, run.level ? TEST_LEVEL : TEST_EDGE);
	good = is_good(vm_run(&vm, SECONDS)) && is_good(judge(&vm, &run));
	vm_destroy(&vm);
	return !good;
}
