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

/* passage.c */
struct vioapic_passage;

/** vioapic_passage_alloc() - to be begun, or put.  Return: it, with a reference, or NULL */
struct vioapic_passage *vioapic_passage_alloc(void);

/** vioapic_passage_put() - a reference to @passage is given back, unless it is NULL */
void vioapic_passage_put(struct vioapic_passage *passage);

/**
 * vioapic_passage_begin() - call @then when all vCPUs of @kvm have left what they are in
 * @then: in a work item that may sleep, which has a reference to @kvm and to the module; or NULL
 *
 * Context: any, once for each @passage.  The caller has references to the same.
 */
void vioapic_passage_begin(struct vioapic_passage *passage, struct kvm *kvm,
			   void (*then)(void *arg), void *arg);

/**
 * vioapic_passage_wait() - until @then has returned
 *
 * Context: sleeps, for as long as the VMM likes.
 * Return: 0, or -EINTR if the caller is to die: all will be done all the same.
 */
int vioapic_passage_wait(struct vioapic_passage *passage);

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
