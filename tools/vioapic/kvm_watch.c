// SPDX-License-Identifier: GPL-2.0
/* vioapic kvm attach and detach */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"
#include "kvm.h"
#include "parse.h"
#include "vioapic.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	__s32 *pid = state->input;
	__u64 number;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*pid)
			argp_error(state, "one process at a time");
		if (!parse_number(arg, 1, INT32_MAX, &number))
			argp_error(state, "a process is a number, not '%s'", arg);
		*pid = number;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "say which process runs the VM (vioapic kvm list)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int refuse_watch(struct vioapic_kvm_watch *watch, const char *action)
{
	int error = errno;
	char process[32];

	snprintf(process, sizeof(process), "process %d", watch->pid);
	watch->reason[sizeof(watch->reason) - 1] = '\0';
	return refuse_ioctl(process, action, error, watch->reason);
}

static int detach_from(int fd, __s32 pid, __s32 vm_fd)
{
	struct vioapic_kvm_watch watch = { .pid = pid, .vm_fd = vm_fd };

	return ioctl(fd, VIOAPIC_KVM_DETACH, &watch) ? refuse_watch(&watch, "detach from") :
						       STATUS_DONE;
}

static int attach_to(int fd, struct vioapic_kvm_watch *watch)
{
	if (ioctl(fd, VIOAPIC_KVM_ATTACH, watch))
		return refuse_watch(watch, "attach to");
	watch->name[sizeof(watch->name) - 1] = '\0';
	return STATUS_DONE;
}

static int refuse_all(__s32 pid, __u32 vms, const struct vioapic_kvm_vm *other)
{
	if (*other->name)
		return refuse("process %d is watched already, as %s", pid, other->name);
	if (!vms)
		return refuse("process %d runs no virtual machine (vioapic kvm list)", pid);
	return refuse("the VM of process %d has no I/O APIC of KVM's: a split irqchip, or none yet",
		      pid);
}

/* Room for one more than @count */
static struct vioapic_kvm_watch *grow(struct vioapic_kvm_watch *watch, __u32 count)
{
	watch = realloc(watch, (count + 1) * sizeof(*watch));
	if (!watch) {
		refuse("out of memory");
		exit(STATUS_REFUSED);
	}
	return watch;
}

/*
 * All of the process that have KVM's own I/O APIC and are not watched: all or none.  Says
 * their names.
 */
static int attach_all(int fd, __s32 pid)
{
	struct vioapic_kvm_vm vm, other = { 0 };
	struct vioapic_kvm_watch *watch = NULL;
	__u32 index, attached = 0, i;
	int found;

	for (index = 0; (found = kvm_vm(fd, pid, index, &vm)); index++) {
		if (found < 0)
			goto undo;
		if (*vm.name)
			other = vm;
		if (*vm.name || vm.irqchip != VIOAPIC_KVM_IRQCHIP_KERNEL)
			continue;
		watch = grow(watch, attached);
		watch[attached] = (struct vioapic_kvm_watch){ .pid = pid, .vm_fd = vm.vm_fd };
		if (attach_to(fd, &watch[attached]))
			goto undo;
		attached++;
	}
	for (i = 0; i < attached; i++)
		printf("%s\n", watch[i].name);
	free(watch);
	return attached ? STATUS_DONE : refuse_all(pid, index, &other);

undo:
	while (attached--)
		detach_from(fd, pid, watch[attached].vm_fd);
	free(watch);
	return STATUS_REFUSED;
}

static int run(const struct argp *argp, int argc, char **argv, bool is_attach)
{
	int fd, status;
	__s32 pid = 0;

	argp_parse(argp, argc, argv, 0, NULL, &pid);
	if (device_open(&fd))
		return STATUS_REFUSED;
	status = is_attach ? attach_all(fd, pid) : detach_from(fd, pid, -1);
	close(fd);
	return status;
}

int kvm_attach(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "PID",
		.doc = "Watch KVM's I/O APIC in the VM that a process runs, and print its name.",
	};

	return run(&argp, argc, argv, true);
}

int kvm_detach(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "PID",
		.doc = "Watch the virtual machine that a process runs no longer.",
	};

	return run(&argp, argc, argv, false);
}
