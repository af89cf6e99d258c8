/* SPDX-License-Identifier: GPL-2.0 */
/* How vioapic_kvm.ko, a module of its own, gets at /dev/vioapic_kvm and /dev/vioapic. */
#ifndef VIOAPIC_KVM_H
#define VIOAPIC_KVM_H

#include <linux/vioapic_kvm.h>

struct file;
struct module;

/**
 * struct vioapic_kvm_ops - what the devices hand on
 * @owner:  module that they are in
 * @query:  put the features that @create will give into @req->features, and leave the
 *          rest alone; may sleep.  0 or a negative errno with one sentence in
 *          @req->reason
 * @create: make the I/O APIC that @req asks for; may sleep.  The file that stands
 *          for it, or an ERR_PTR() with one sentence in @req->reason
 * @vm, @attach, @detach: as VIOAPIC_KVM_VM, _ATTACH and _DETACH; may sleep.  0 or a
 *          negative errno with one sentence in @req->reason
 */
struct vioapic_kvm_ops {
	struct module *owner;
	int (*query)(struct vioapic_kvm_query *req);
	struct file *(*create)(struct vioapic_kvm_create *req);
	int (*vm)(struct vioapic_kvm_vm *req);
	int (*attach)(struct vioapic_kvm_watch *req);
	int (*detach)(struct vioapic_kvm_watch *req);
};

/** vioapic_kvm_register() - from now on @ops are used; one caller at a time */
void vioapic_kvm_register(const struct vioapic_kvm_ops *ops);

/** vioapic_kvm_unregister() - no longer; a call in progress holds the module */
void vioapic_kvm_unregister(void);

/** vioapic_kvm_ioctl() - ioctl @cmd of /dev/vioapic, if it is one for KVM; else -ENOTTY */
long vioapic_kvm_ioctl(unsigned int cmd, void __user *user);

/** vioapic_kvm_cdev_init() - there is a /dev/vioapic_kvm from now on; 0 or a negative errno */
int vioapic_kvm_cdev_init(void);

/** vioapic_kvm_cdev_exit() - and now no longer */
void vioapic_kvm_cdev_exit(void);

#endif
