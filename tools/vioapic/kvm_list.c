// SPDX-License-Identifier: GPL-2.0
/* vioapic kvm list */
#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "kvm.h"
#include "parse.h"
#include "vioapic.h"

#define COMMAND_LEN	16	/* the kernel's, with its end */

static const struct argp argp = {
	.options = json_options,
	.parser = parse_json,
	.doc = "List the virtual machines that run under KVM.",
};

static const char *irqchip_name(__u32 irqchip)
{
	static const char *const names[] = {
		[VIOAPIC_KVM_IRQCHIP_NONE] = "none",
		[VIOAPIC_KVM_IRQCHIP_KERNEL] = "kernel",
		[VIOAPIC_KVM_IRQCHIP_SPLIT] = "split",
	};

	return irqchip < ARRAY_SIZE(names) ? names[irqchip] : "unknown";
}

/* Anybody chooses the name of his process: no escape sequences, nothing that is not ASCII */
static void read_command(__s32 pid, char command[COMMAND_LEN])
{
	char path[64], *c;
	FILE *file;

	strcpy(command, "?");
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "r");
	if (!file)
		return;
	if (fgets(command, COMMAND_LEN, file))
		command[strcspn(command, "\n")] = '\0';
	fclose(file);
	for (c = command; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

static void print_row(const struct vioapic_kvm_vm *vm, const char *command)
{
	printf("%-7d  %-15s  %3d  %5u  %-7s  %7u  %s\n", vm->pid, command, vm->vm_fd, vm->vcpus,
	       irqchip_name(vm->irqchip), vm->ioapics, *vm->name ? vm->name : "-");
}

static struct json_object *vm_json(const struct vioapic_kvm_vm *vm, const char *command)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "pid", json_object_new_int(vm->pid));
	json_object_object_add(object, "command", json_object_new_string(command));
	json_object_object_add(object, "vm_fd", json_object_new_int(vm->vm_fd));
	json_object_object_add(object, "vcpus", json_object_new_int64(vm->vcpus));
	json_object_object_add(object, "irqchip",
			       json_object_new_string(irqchip_name(vm->irqchip)));
	json_object_object_add(object, "ioapics", json_object_new_int64(vm->ioapics));
	json_object_object_add(object, "watched",
			       *vm->name ? json_object_new_string(vm->name) : NULL);
	return object;
}

/* All VMs of one process; they may come and go meanwhile. */
static int list_process(int fd, __s32 pid, struct json_object *array)
{
	struct vioapic_kvm_vm vm;
	char command[COMMAND_LEN];
	__u32 index;
	int found;

	for (index = 0; (found = kvm_vm(fd, pid, index, &vm)) > 0; index++) {
		read_command(pid, command);
		if (array)
			json_object_array_add(array, vm_json(&vm, command));
		else
			print_row(&vm, command);
	}
	return found ? STATUS_REFUSED : STATUS_DONE;
}

static int is_process(const struct dirent *entry)
{
	__u64 pid;

	return parse_number(entry->d_name, 1, INT32_MAX, &pid);
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
	return atoi((*a)->d_name) - atoi((*b)->d_name);
}

int kvm_list(int argc, char **argv)
{
	struct json_object *array = NULL;
	struct dirent **processes;
	struct vioapic_kvm_vm vm;
	bool json = false;
	int fd, count, i, status = STATUS_DONE;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	if (device_open(&fd))
		return STATUS_REFUSED;
	/* Before the head is printed: may we ask at all? */
	if (kvm_vm(fd, getpid(), 0, &vm) < 0) {
		close(fd);
		return STATUS_REFUSED;
	}
	count = scandir("/proc", &processes, is_process, by_number);
	if (count < 0) {
		close(fd);
		return refuse("cannot read /proc: %s", strerror(errno));
	}
	if (json)
		array = json_object_new_array();
	else
		printf("PID      COMMAND          FD   VCPUS  IRQCHIP  VIOAPIC  WATCHED\n");
	for (i = 0; i < count; i++) {
		if (!status)
			status = list_process(fd, atoi(processes[i]->d_name), array);
		free(processes[i]);
	}
	free(processes);
	close(fd);
	if (array && !status)
		print_json(array);
	else
		json_object_put(array);
	return status;
}
