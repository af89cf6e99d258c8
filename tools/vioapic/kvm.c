// SPDX-License-Identifier: GPL-2.0
/* vioapic kvm COMMAND */
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "device.h"
#include "dispatch.h"
#include "kvm.h"
#include "vioapic.h"

static const struct command commands[] = {
	{ .name = "list", .run = kvm_list, .summary = "virtual machines, who has their I/O APICs" },
	{ .name = "attach", .run = kvm_attach, .summary = "watch KVM's I/O APIC in one" },
	{ .name = "detach", .run = kvm_detach, .summary = "watch it no longer" },
};

static const struct dispatch kvm = {
	.title = "vioapic kvm",
	.doc = "The I/O APICs of virtual machines that run under KVM.\v",
	.more = "'vioapic kvm COMMAND --help' tells more, vioapic(8) all of it.",
	.commands = commands,
	.count = ARRAY_SIZE(commands),
};

int cmd_kvm(int argc, char **argv)
{
	return dispatch(&kvm, argc, argv);
}

int kvm_vm(int fd, __s32 pid, __u32 index, struct vioapic_kvm_vm *vm)
{
	char process[32];

	*vm = (struct vioapic_kvm_vm){ .pid = pid, .index = index };
	if (!ioctl(fd, VIOAPIC_KVM_VM, vm)) {
		vm->name[sizeof(vm->name) - 1] = '\0';
		return 1;
	}
	if (errno == ESRCH || errno == ENOENT)
		return 0;
	vm->reason[sizeof(vm->reason) - 1] = '\0';
	snprintf(process, sizeof(process), "process %d", pid);
	refuse_ioctl(process, "look at", errno, vm->reason);
	return -1;
}
