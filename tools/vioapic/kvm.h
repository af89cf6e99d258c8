/* SPDX-License-Identifier: GPL-2.0 */
/* vioapic kvm: its commands, and what they ask of the kernel. */
#ifndef VIOAPIC_TOOL_KVM_H
#define VIOAPIC_TOOL_KVM_H

#include <linux/vioapic_kvm.h>

int kvm_list(int argc, char **argv);
int kvm_attach(int argc, char **argv);
int kvm_detach(int argc, char **argv);

/*
 * The virtual machine @index of process @pid. Returns 1; 0 if there is none, or no such process;
 * -1 and has said why.
 */
int kvm_vm(int fd, __s32 pid, __u32 index, struct vioapic_kvm_vm *vm);

#endif
