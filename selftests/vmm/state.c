// SPDX-License-Identifier: GPL-2.0
/*
 * Save in one process, restore in another: four vCPUs, one of them inside of the
 * handler of a level interrupt whose line is still asserted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vmm.h"

#define REMOTE_IRR	0x4000UL

struct vcpu_state {
	struct kvm_mp_state mp;
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_lapic_state lapic;
	struct kvm_vcpu_events events;
};

struct image {
	struct vcpu_state vcpu[VCPUS];
	struct vioapic_state ioapic;
	unsigned char memory[GUEST_MEMORY];
};

/* The VMM's part of what goes over */
static bool line_is_high;

/* After a restore the line may be an eventfd's, with a resample eventfd; else both are -1 */
static int trigger = -1, resampled = -1;

static void call(int fd, unsigned long request, void *arg, const char *what)
{
	if (ioctl(fd, request, arg) < 0)
		die("%s: %m", what);
}

#define CALL(fd, request, arg)	call(fd, request, arg, #request)

static void signal_trigger(void)
{
	uint64_t one = 1;

	if (write(trigger, &one, sizeof(one)) != sizeof(one))
		die("the eventfd cannot be signalled");
}

static bool out(struct vcpu *vcpu, unsigned int port, unsigned int value)
{
	struct vm *vm = vcpu->vm;

	switch (port) {
	case PORT_WAIT:
		usleep(20);
		return false;
	case PORT_AGAIN:
		/* The service test uses the first pin */
		if (value != FIRST_PIN || line_is_high)
			return false;
		line_is_high = true;
		if (trigger >= 0)
			signal_trigger();
		else if (libvioapic_line(vm->ioapic, value, 1))
			vm_end(vm, "the line cannot be driven");
		return false;
	case PORT_QUIET:
		line_is_high = false;
		if (trigger < 0 && libvioapic_line(vm->ioapic, value, 0))
			vm_end(vm, "the line cannot be driven");
		return false;
	default:
		vm_end(vm, value ? "the guest failed at %#lx" : NULL, vm->shared->error);
		return true;
	}
}

static void create(struct vm *vm, const char *chip)
{
	struct libvioapic_config config = { .slot = SLOT_IOAPIC, .chip = chip, .gsi_base = 24 };

	vm_create(vm, VCPUS, &config);
	vm->out = out;
}

/* The device, asked whether it still wants service */
static void *resample(void *unused)
{
	uint64_t count;

	while (read(resampled, &count, sizeof(count)) == sizeof(count))
		if (line_is_high)
			signal_trigger();
	return unused;
}

static void bind_eventfds(struct vm *vm)
{
	pthread_t thread;

	trigger = eventfd(0, EFD_CLOEXEC);
	resampled = eventfd(0, EFD_CLOEXEC);
	if (pthread_create(&thread, NULL, resample, NULL) ||
	    libvioapic_eventfd(vm->ioapic, FIRST_PIN, trigger, resampled, 0))
		die("no eventfds");
}

/* save FILE CHIP broadcast|directed|edge xapic|x2apic [eventfd]: what the line is driven by */
int test_save(int argc, char **argv)
{
	struct image *image = malloc(sizeof(*image));
	struct vcpu_state *state;
	FILE *file;
	struct vm vm;
	unsigned int i;
	bool good;

	if (argc < 4 || !image)
		die("too few arguments");
	create(&vm, argv[1]);
	vm.shared->eoi = !strcmp(argv[2], "directed") ? EOI_DIRECTED :
			 !strcmp(argv[2], "edge") ? EOI_EDGE : EOI_BROADCAST;
	vm.shared->x2apic = !strcmp(argv[3], "x2apic");
	if (argc > 4)
		bind_eventfds(&vm);
	vm_boot(&vm, TEST_SERVICE);
	good = is_good(vm_run(&vm, 60));
	for (i = 0; i < VCPUS; i++) {
		state = &image->vcpu[i];
		CALL(vm.vcpu[i].fd, KVM_GET_MP_STATE, &state->mp);
		CALL(vm.vcpu[i].fd, KVM_GET_REGS, &state->regs);
		CALL(vm.vcpu[i].fd, KVM_GET_SREGS, &state->sregs);
		CALL(vm.vcpu[i].fd, KVM_GET_LAPIC, &state->lapic);
		CALL(vm.vcpu[i].fd, KVM_GET_VCPU_EVENTS, &state->events);
	}
	if (libvioapic_save(vm.ioapic, &image->ioapic))
		die("save is refused");
	memcpy(image->memory, vm.memory, GUEST_MEMORY);
	file = fopen(argv[0], "w");
	if (!file || fwrite(image, sizeof(*image), 1, file) != 1 || fclose(file))
		die("%s: %m", argv[0]);
	/* In service, by the model and by what the guest read */
	if (good && !(image->ioapic.pin[FIRST_PIN].rte & vm.shared->before & REMOTE_IRR))
		good = is_good("remote IRR was not set");
	if (good && (vm.shared->pin[0].seen != 1 || vm.shared->serviced))
		good = is_good("not inside of the first interrupt");
	vm_destroy(&vm);
	free(image);
	return !good;
}

/* No interrupt is left in the local APIC: those in service have ended, none waits */
static bool is_idle(struct vcpu *vcpu)
{
	struct kvm_lapic_state lapic;
	unsigned int offset;
	uint32_t word;

	CALL(vcpu->fd, KVM_GET_LAPIC, &lapic);
	for (offset = 0x100; offset < 0x280; offset += 0x10) {
		memcpy(&word, lapic.regs + offset, sizeof(word));
		/* TMR, between ISR and IRR, only tells of the past */
		if (word && (offset < 0x180 || offset >= 0x200))
			return false;
	}
	return true;
}

static const char *judge(struct vm *vm)
{
	struct vioapic_state state;
	unsigned long resamples;

	if (vm->shared->pin[0].seen != 2 || vm->shared->serviced != 2)
		return "the line was asserted at the EOI, so there are two interrupts";
	if (vioapic_stat(vm, VIOAPIC_KVM_CNT_DELIVERED) != 1)
		return "not one message was sent since the restore";
	if (!is_idle(&vm->vcpu[0]))
		return "an interrupt is left in the local APIC";
	if (libvioapic_save(vm->ioapic, &state))
		return "save is refused";
	/*
	 * For each EOI, and none is on its way when the state is saved.  An EOI by edge mode
	 * is followed by an unmask, at which it is asked once more.
	 */
	resamples = vioapic_stat(vm, VIOAPIC_KVM_CNT_RESAMPLES);
	if (resamples < (trigger < 0 ? 0 : 2) ||
	    resamples > (trigger < 0 ? 0 : vm->shared->eoi == EOI_EDGE ? 4 : 2))
		return "the resample eventfd was not signalled twice";
	return (state.pin[FIRST_PIN].rte | vm->shared->after) & REMOTE_IRR ?
	       "remote IRR is still set" : NULL;
}

static void restore_vcpus(struct vm *vm, struct image *image)
{
	struct vcpu_state *state;
	unsigned int i;

	for (i = 0; i < VCPUS; i++) {
		state = &image->vcpu[i];
		CALL(vm->vcpu[i].fd, KVM_SET_SREGS, &state->sregs);
		CALL(vm->vcpu[i].fd, KVM_SET_REGS, &state->regs);
		CALL(vm->vcpu[i].fd, KVM_SET_LAPIC, &state->lapic);
		CALL(vm->vcpu[i].fd, KVM_SET_VCPU_EVENTS, &state->events);
		CALL(vm->vcpu[i].fd, KVM_SET_MP_STATE, &state->mp);
	}
}

/*
 * restore FILE CHIP [before|after|late]: when an eventfd is bound to the line, if it is; or
 * with local APICs that are restored late, while nobody has in service what the I/O APIC has
 */
int test_restore(int argc, char **argv)
{
	struct image *image = malloc(sizeof(*image));
	char reason[VIOAPIC_REASON_LEN];
	struct vioapic_state again;
	FILE *file;
	struct vm vm;
	bool good;
	const char *bind = argc > 2 ? argv[2] : "";

	if (argc < 2 || !image)
		die("too few arguments");
	file = fopen(argv[0], "r");
	if (!file || fread(image, sizeof(*image), 1, file) != 1)
		die("%s: %m", argv[0]);
	fclose(file);
	create(&vm, argv[1]);
	memcpy(vm.memory, image->memory, GUEST_MEMORY);
	if (strcmp(bind, "late"))
		restore_vcpus(&vm, image);
	line_is_high = true;
	if (!strcmp(bind, "before"))
		bind_eventfds(&vm);
	if (libvioapic_restore(vm.ioapic, &image->ioapic, reason))
		die("%s", reason);
	if (!strcmp(bind, "after"))
		bind_eventfds(&vm);
	if (libvioapic_save(vm.ioapic, &again) || memcmp(&again, &image->ioapic, sizeof(again)))
		die("what is restored and saved again has changed");
	if (!strcmp(bind, "late")) {
		/* Some looks at them */
		usleep(500000);
		if (libvioapic_save(vm.ioapic, &again) ||
		    memcmp(&again, &image->ioapic, sizeof(again)))
			die("what was restored has changed before anybody has run");
		restore_vcpus(&vm, image);
	}
	/* The handler goes on behind the exit that saved it */
	vm.shared->serviced = 0;
	good = is_good(vm_run(&vm, 60)) && is_good(judge(&vm));
	vm_destroy(&vm);
	free(image);
	return !good;
}
