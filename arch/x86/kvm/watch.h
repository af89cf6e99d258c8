/* SPDX-License-Identifier: GPL-2.0 */
/* Virtual machines of other processes, and KVM's own I/O APIC in them. */
#ifndef VIOAPIC_WATCH_H
#define VIOAPIC_WATCH_H

#include <vioapic/guest_device.h>
#include <vioapic/kvm.h>

struct kvm;

/* vms.c */

/**
 * vioapic_vm_get() - a virtual machine of a process
 * @pid:   of one of its threads; out: of the process; as the caller sees them
 * @index: which, from 0 on, if @fd is -1
 * @fd:    its descriptor there, or -1; out: its descriptor
 *
 * Context: may sleep.
 * Return: it, with a reference; or an ERR_PTR(): -ESRCH, -ENOENT, -ENOMEM.
 */
struct kvm *vioapic_vm_get(pid_t *pid, unsigned int index, int *fd);

/** vioapic_vm_refuse() - why vioapic_vm_get() has returned @err */
void vioapic_vm_refuse(char *reason, pid_t pid, int err);

/* watch.c */

/** vioapic_watch_attach() - VIOAPIC_KVM_ATTACH */
int vioapic_watch_attach(struct vioapic_kvm_watch *req);

/** vioapic_watch_detach() - VIOAPIC_KVM_DETACH */
int vioapic_watch_detach(struct vioapic_kvm_watch *req);

/** vioapic_watch_name() - the I/O APIC of @kvm that is watched, or an empty name */
void vioapic_watch_name(struct kvm *kvm, char name[VIOAPIC_NAME_LEN]);

/** vioapic_watch_exit() - at module exit, when nothing is watched any more */
void vioapic_watch_exit(void);

#endif
