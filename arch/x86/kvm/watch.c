// SPDX-License-Identifier: GPL-2.0
/*
 * KVM's own I/O APIC of a running VM, watched.
 *
 * Its place on KVM's bus stays as it is; only the operations behind it are ours, and
 * they hand every access on to KVM's, in the order in which it comes: KVM's state is
 * the truth, which the VMM may set at any time, and in KVM a write that changes nothing
 * can have effects.  So a guest, its VMM and a migration see what they would see
 * without us, and a detach has nothing to put back but the operations.
 *
 * A watch has no reference to the VM, which ends when its VMM does: KVM calls
 * watch_gone() then.  Until that has returned the VM is there, so who has watches_mutex
 * and finds a watch finds its VM, too.
 */
#include <linux/hashtable.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "guest.h"
#include "watch.h"

#define ADDRESS	0xfec00000
#define CHIP	"82093aa"
#define VERSION	0x11

/**
 * struct watch - an I/O APIC of KVM's that is watched
 * @dev:   in the inventory
 * @node:  in the table of all; changed under watches_mutex, read under RCU
 * @kvm:   whose it is
 * @io:    on KVM's bus
 * @pid:   process, as who attached saw it
 * @fd:    the VM's descriptor there
 * @order: serialises accesses, so that what is reported of one is not another's
 * @state: its registers, as KVM has them: there until watch_gone() returns, and read
 *         by vCPUs, and by who holds vioapic_mutex and found @dev in the inventory
 */
struct watch {
	struct vioapic_device dev;
	struct hlist_node node;
	struct kvm *kvm;
	struct kvm_io_device *io;
	pid_t pid;
	int fd;
	struct mutex order;		/* see above */
	const struct kvm_ioapic_state *state;
};

/* Serialises attach, detach and the end of VMs */
static DEFINE_MUTEX(watches_mutex);
static DEFINE_HASHTABLE(watches, 6);	/* by VM */

/* KVM's operations, the same for all VMs; written under watches_mutex before ours are used */
static const struct kvm_io_device_ops *kvm_ops;

/* What KVM has */

/* The RTE of which register @index is a half; 0 if of none.  The guest chooses @index */
static u64 rte_of(const struct watch *watch, unsigned int index)
{
	unsigned int pin = (index - VIOAPIC_REG_RTE) / 2;

	if (index < VIOAPIC_REG_RTE || pin >= KVM_IOAPIC_NUM_PINS)
		return 0;
	pin = array_index_nospec(pin, KVM_IOAPIC_NUM_PINS);
	/* In one go: KVM changes it under a lock that is not ours */
	return READ_ONCE(watch->state->redirtbl[pin].bits);
}

static u32 reg_read(struct vioapic_device *dev, unsigned int index)
{
	const struct watch *watch = container_of(dev, struct watch, dev);

	if (index == VIOAPIC_REG_ID || index == VIOAPIC_REG_ARB)
		return (READ_ONCE(watch->state->id) & 0xf) << 24;
	if (index == VIOAPIC_REG_VERSION)
		return (KVM_IOAPIC_NUM_PINS - 1) << 16 | VERSION;
	return rte_of(watch, index) >> (index & 1 ? 32 : 0);
}

static u8 get_index(struct vioapic_device *dev)
{
	return READ_ONCE(container_of(dev, struct watch, dev)->state->ioregsel);
}

static const struct vioapic_backend_ops backend = {
	.name = "kvm",
	.id = VIOAPIC_BACKEND_KVM,
	.reg_read = reg_read,
	.get_index = get_index,
};

/* What vCPUs do: in their threads, kvm->srcu held */

/* Valid as long as kvm->srcu is held; NULL while a detach is under way */
static struct watch *find(struct kvm *kvm)
{
	struct watch *watch, *found = NULL;

	rcu_read_lock();
	hash_for_each_possible_rcu(watches, watch, node, (unsigned long)kvm)
		if (watch->kvm == kvm)
			found = watch;
	rcu_read_unlock();
	return found;
}

static int access(struct kvm_vcpu *vcpu, struct kvm_io_device *io, gpa_t address, int len,
		  void *data, bool write)
{
	const struct kvm_io_device_ops *ops = READ_ONCE(kvm_ops);
	struct watch *watch = find(vcpu->kvm);
	struct vioapic_guest_access a = {
		.write = write, .offset = address - ADDRESS, .size = len,
		.vcpu = vcpu->vcpu_id,
	};
	unsigned int index;
	u64 old;
	int err;

	if (!watch)
		return write ? ops->write(vcpu, io, address, len, data) :
			       ops->read(vcpu, io, address, len, data);
	mutex_lock(&watch->order);
	index = get_index(&watch->dev);
	old = rte_of(watch, index);
	err = write ? ops->write(vcpu, io, address, len, data) :
		      ops->read(vcpu, io, address, len, data);
	/* What KVM leaves to its other devices is none of this one */
	if (!err && len > 0 && len <= sizeof(a.value)) {
		memcpy(&a.value, data, len);
		a.ip = kvm_get_linear_rip(vcpu);
		vioapic_guest_device_accessed(&watch->dev, &a, index, old);
	}
	mutex_unlock(&watch->order);
	return err;
}

static int watch_read(struct kvm_vcpu *vcpu, struct kvm_io_device *io, gpa_t address, int len,
		      void *data)
{
	return access(vcpu, io, address, len, data, false);
}

static int watch_write(struct kvm_vcpu *vcpu, struct kvm_io_device *io, gpa_t address, int len,
		       const void *data)
{
	return access(vcpu, io, address, len, (void *)data, true);
}

/* Life */

/* watches_mutex held; the VM is there */
static void take_out(struct watch *watch)
{
	hash_del_rcu(&watch->node);
	WRITE_ONCE(watch->io->ops, kvm_ops);
	/* vCPUs that are in access(), or find the old operations still */
	synchronize_srcu_expedited(&watch->kvm->srcu);
	vioapic_guest_device_del(&watch->dev);
	kfree(watch);
	module_put(THIS_MODULE);
}

/* The VM is being destroyed: it has no vCPUs, and soon no I/O APIC */
static void watch_gone(struct kvm_io_device *io)
{
	struct hlist_node *next;
	struct watch *watch;
	int bucket;

	mutex_lock(&watches_mutex);
	hash_for_each_safe(watches, bucket, next, watch, node)
		if (watch->io == io)
			take_out(watch);
	mutex_unlock(&watches_mutex);
}

static const struct kvm_io_device_ops watch_ops = {
	.read = watch_read,
	.write = watch_write,
	.destructor = watch_gone,
};

static struct kvm_io_device *find_io(struct kvm *kvm)
{
	struct vioapic_kvm_ioapic *ioapic = (void *)READ_ONCE(kvm->arch.vioapic);
	struct kvm_io_device *io;
	int idx;

	idx = srcu_read_lock(&kvm->srcu);
	io = kvm_io_bus_get_dev(kvm, KVM_MMIO_BUS, ADDRESS);
	srcu_read_unlock(&kvm->srcu, idx);
	return ioapic && io == &ioapic->dev ? io : NULL;
}

/* watches_mutex held */
static int interpose(struct watch *watch, char *reason)
{
	const struct kvm_io_device_ops *ops;

	watch->io = find_io(watch->kvm);
	if (!watch->io) {
		vioapic_refuse(reason, "this kernel's KVM has another I/O APIC than vioapic knows");
		return -EOPNOTSUPP;
	}
	ops = READ_ONCE(watch->io->ops);
	if (!ops->read || !ops->write || ops->destructor || (kvm_ops && ops != kvm_ops)) {
		vioapic_refuse(reason, "another module has put something in front of it");
		return -EBUSY;
	}
	WRITE_ONCE(kvm_ops, ops);
	watch->state = &container_of(watch->io, struct vioapic_kvm_ioapic, dev)->state;
	return 0;
}

/* watches_mutex held */
static int attach(struct kvm *kvm, pid_t pid, int fd, struct vioapic_kvm_watch *req)
{
	struct watch *watch = find(kvm);
	int err;

	if (watch) {
		vioapic_refuse(req->reason, "it is watched already, as %s", watch->dev.name);
		return -EALREADY;
	}
	watch = kzalloc(sizeof(*watch), GFP_KERNEL);
	if (!watch)
		return -ENOMEM;
	mutex_init(&watch->order);
	watch->kvm = kvm;
	watch->pid = pid;
	watch->fd = fd;
	watch->dev.phys = ADDRESS;
	watch->dev.pins = KVM_IOAPIC_NUM_PINS;
	watch->dev.version = VERSION;
	watch->dev.ops = &backend;
	err = interpose(watch, req->reason);
	if (err)
		goto err_watch;
	watch->dev.id = READ_ONCE(watch->state->id);
	err = vioapic_model_init(&watch->dev.model, vioapic_chip_find(CHIP), VIOAPIC_SHADOW,
				 watch->dev.pins, watch->dev.id);
	if (err)
		goto err_watch;
	vioapic_guest_device_init(&watch->dev);
	vioapic_guest_device_add(&watch->dev, pid);
	strscpy(req->name, watch->dev.name, sizeof(req->name));
	/* Our caller holds the module, too */
	__module_get(THIS_MODULE);
	hash_add_rcu(watches, &watch->node, (unsigned long)kvm);
	/* access() finds the watch and KVM's operations */
	smp_store_release(&watch->io->ops, &watch_ops);
	return 0;

err_watch:
	kfree(watch);
	return err;
}

static int check(struct vioapic_kvm_watch *req, int min_fd)
{
	if (memchr_inv(req->reserved, 0, sizeof(req->reserved)) || req->name[0]) {
		vioapic_guest_refuse(req, "a reserved field is not zero");
		return -EINVAL;
	}
	if (req->vm_fd < min_fd) {
		vioapic_guest_refuse(req, "%d is no descriptor", req->vm_fd);
		return -EINVAL;
	}
	return 0;
}

int vioapic_watch_attach(struct vioapic_kvm_watch *req)
{
	pid_t pid = req->pid;
	int fd = req->vm_fd;
	struct kvm *kvm;
	int err;

	err = check(req, 0);
	if (err)
		return err;
	kvm = vioapic_vm_get(&pid, 0, &fd);
	if (IS_ERR(kvm)) {
		vioapic_vm_refuse(req->reason, req->pid, PTR_ERR(kvm));
		return PTR_ERR(kvm);
	}
	if (READ_ONCE(kvm->arch.irqchip_mode) != KVM_IRQCHIP_KERNEL) {
		vioapic_guest_refuse(req, "the I/O APIC of that VM is its VMM's, not KVM's");
		err = -ENODEV;
	} else {
		mutex_lock(&watches_mutex);
		err = attach(kvm, pid, fd, req);
		mutex_unlock(&watches_mutex);
	}
	kvm_put_kvm(kvm);	/* not under the mutex, see vioapic_watch_detach() */
	return err;
}

/* Return: a VM to put, if that was the one to take out; the next may be another */
static struct kvm *detach(pid_t pid, int fd, bool *found)
{
	struct hlist_node *next;
	struct watch *watch;
	struct kvm *kvm;
	int bucket;

	lockdep_assert_held(&watches_mutex);
	hash_for_each_safe(watches, bucket, next, watch, node) {
		if (watch->pid != pid || (fd >= 0 && watch->fd != fd))
			continue;
		*found = true;
		kvm = watch->kvm;
		/* Else it is being destroyed: watch_gone() waits for the mutex */
		if (!kvm_get_kvm_safe(kvm))
			continue;
		take_out(watch);
		return kvm;
	}
	return NULL;
}

/* The process, if it still is one */
static pid_t process_of(pid_t pid)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(find_vpid(pid), PIDTYPE_PID);
	if (task)
		pid = task_tgid_vnr(task);
	rcu_read_unlock();
	return pid;
}

int vioapic_watch_detach(struct vioapic_kvm_watch *req)
{
	pid_t pid = process_of(req->pid);
	bool found = false;
	struct kvm *kvm;
	int err;

	err = check(req, -1);
	if (err)
		return err;
	do {
		mutex_lock(&watches_mutex);
		kvm = detach(pid, req->vm_fd, &found);
		mutex_unlock(&watches_mutex);
		/* Not under the mutex: it may be the last, and end in watch_gone() */
		if (kvm)
			kvm_put_kvm(kvm);
	} while (kvm);
	if (found)
		return 0;
	vioapic_guest_refuse(req, "no virtual machine of process %d is watched", req->pid);
	return -ENOENT;
}

void vioapic_watch_name(struct kvm *kvm, char name[VIOAPIC_NAME_LEN])
{
	struct watch *watch;

	mutex_lock(&watches_mutex);
	watch = find(kvm);
	strscpy(name, watch ? watch->dev.name : "", VIOAPIC_NAME_LEN);
	mutex_unlock(&watches_mutex);
}

void vioapic_watch_exit(void)
{
	/* Who was in take_out() when it let the last reference go may still be there */
	synchronize_rcu_tasks();
}
