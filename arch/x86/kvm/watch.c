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
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "guest.h"
#include "watch.h"

#define ADDRESS	0xfec00000
#define CHIP	"82093aa"
#define VERSION	0x11

/**
 * struct watch - an I/O APIC of KVM's that is watched
 * @rcu:   vCPUs of other VMs may pass by it in the table
 * @dev:   in the inventory
 * @node:  in the table of all; changed under watches_mutex, read under RCU
 * @kvm:   whose it is
 * @io:    on KVM's bus
 * @pid:   of the process, with a reference
 * @fd:    the VM's descriptor there
 * @order: serialises accesses, so that what is reported of one is not another's
 * @begun: of whoever has attached it and may still wait; never dereferenced here
 * @end:   in store for the end
 * @state: its registers, as KVM has them: there until watch_gone() returns, and read
 *         by vCPUs, and by who holds vioapic_mutex and found @dev in the inventory
 */
struct watch {
	struct rcu_head rcu;
	struct vioapic_device dev;
	struct hlist_node node;
	struct kvm *kvm;
	struct kvm_io_device *io;
	struct pid *pid;
	int fd;
	struct mutex order;		/* see above */
	const struct vioapic_passage *begun;
	struct vioapic_passage *end;
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
	unsigned int pin = vioapic_rte_pin(index);

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

/* Between KVM's part of an access and ours */
static void freeze(struct vioapic_device *dev, bool on)
{
	struct watch *watch = container_of(dev, struct watch, dev);

	if (on)
		mutex_lock(&watch->order);
	else
		mutex_unlock(&watch->order);
}

static const struct vioapic_backend_ops backend = {
	.name = "kvm",
	.id = VIOAPIC_BACKEND_KVM,
	.reg_read = reg_read,
	.get_index = get_index,
	.freeze = freeze,
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
		a.ip = vioapic_kvm_function(kvm_get_linear_rip)(vcpu);
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

/* Nobody finds it any more; watches_mutex held, and the VM is there until finish() is over */
static void cut(struct watch *watch)
{
	lockdep_assert_held(&watches_mutex);
	hash_del_rcu(&watch->node);
	WRITE_ONCE(watch->io->ops, kvm_ops);
}

/* No vCPU is in there any more */
static void free_watch(void *arg)
{
	struct watch *watch = arg;

	put_pid(watch->pid);
	vioapic_passage_put(watch->end);
	kfree_rcu(watch, rcu);
	module_put(THIS_MODULE);
}

/*
 * What has been cut goes, as soon as vCPUs that are in access(), or find the old operations
 * still, have left.  Not under watches_mutex; the caller has a reference to the VM, which
 * may end when he gives that back.
 */
static void end(struct watch *watch)
{
	struct vioapic_passage *passage = watch->end;

	watch->end = NULL;
	vioapic_guest_device_del(&watch->dev);
	vioapic_passage_begin(passage, watch->kvm, free_watch, watch);
	/* If we are to die, that is done without us */
	vioapic_passage_wait(passage);
	vioapic_passage_put(passage);
}

/* The VM, or just its bus, is being destroyed; soon it has no I/O APIC */
static void watch_gone(struct kvm_io_device *io)
{
	struct watch *watch, *found = NULL;
	int bucket;

	mutex_lock(&watches_mutex);
	hash_for_each(watches, bucket, watch, node)
		if (watch->io == io)
			found = watch;
	if (found)
		cut(found);
	mutex_unlock(&watches_mutex);
	if (!found)
		return;
	/* If it is just the bus, KVM has waited for the same a moment ago */
	synchronize_srcu_expedited(&found->kvm->srcu);
	vioapic_guest_device_del(&found->dev);
	free_watch(found);
}

static const struct kvm_io_device_ops watch_ops = {
	.read = watch_read,
	.write = watch_write,
	.destructor = watch_gone,
};

/* Is @io on the bus?  kvm->srcu held: if it is, KVM will call its destructor */
static bool is_on_bus(struct kvm *kvm, const struct kvm_io_device *io)
{
	const struct kvm_io_bus *bus = srcu_dereference(kvm->buses[KVM_MMIO_BUS], &kvm->srcu);
	int i;

	for (i = 0; bus && i < bus->dev_count; i++)
		if (bus->range[i].dev == io && bus->range[i].addr == ADDRESS)
			return true;
	return false;
}

/* What is there to watch?  watches_mutex held */
static int examine(struct watch *watch, char *reason)
{
	struct vioapic_kvm_own_ioapic *ioapic = vioapic_kvm_ioapic_of(watch->kvm);
	const struct kvm_io_device_ops *ops;
	bool known;
	int idx;

	idx = srcu_read_lock(&watch->kvm->srcu);
	known = ioapic && is_on_bus(watch->kvm, &ioapic->dev);
	srcu_read_unlock(&watch->kvm->srcu, idx);
	if (!known) {
		vioapic_refuse(reason, "this kernel's KVM has another I/O APIC than vioapic knows");
		return -EOPNOTSUPP;
	}
	watch->io = &ioapic->dev;
	watch->state = &ioapic->state;
	ops = READ_ONCE(watch->io->ops);
	if (!ops->read || !ops->write || ops->destructor || (kvm_ops && ops != kvm_ops)) {
		vioapic_refuse(reason, "another module has put something in front of it");
		return -EBUSY;
	}
	WRITE_ONCE(kvm_ops, ops);
	return 0;
}

/* watches_mutex held; false if KVM has dropped the bus meanwhile, as it does if memory is short */
static bool interpose(struct watch *watch)
{
	bool there;
	int idx;

	idx = srcu_read_lock(&watch->kvm->srcu);
	there = is_on_bus(watch->kvm, watch->io);
	if (there) {
		hash_add_rcu(watches, &watch->node, (unsigned long)watch->kvm);
		/* access() finds the watch and KVM's operations */
		smp_store_release(&watch->io->ops, &watch_ops);
	}
	srcu_read_unlock(&watch->kvm->srcu, idx);
	return there;
}

static struct watch *alloc(struct kvm *kvm, pid_t pid, int fd)
{
	struct watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL);

	if (!watch)
		return NULL;
	mutex_init(&watch->order);
	watch->kvm = kvm;
	watch->pid = find_get_pid(pid);
	watch->fd = fd;
	watch->end = vioapic_passage_alloc();
	if (!watch->end) {
		put_pid(watch->pid);
		kfree(watch);
		return NULL;
	}
	watch->dev.phys = ADDRESS;
	watch->dev.pins = KVM_IOAPIC_NUM_PINS;
	watch->dev.version = VERSION;
	watch->dev.ops = &backend;
	return watch;
}

/* watches_mutex held */
static int attach(struct kvm *kvm, pid_t pid, int fd, const struct vioapic_passage *begun,
		  struct vioapic_kvm_watch *req)
{
	struct watch *watch = find(kvm);
	int err;

	if (watch) {
		vioapic_refuse(req->reason, "it is watched already, as %s", watch->dev.name);
		return -EALREADY;
	}
	watch = alloc(kvm, pid, fd);
	if (!watch) {
		vioapic_refuse(req->reason, "out of memory");
		return -ENOMEM;
	}
	watch->begun = begun;
	err = examine(watch, req->reason);
	if (err)
		goto err_watch;
	watch->dev.id = READ_ONCE(watch->state->id);
	err = vioapic_model_init(&watch->dev.model, vioapic_chip_find(CHIP), VIOAPIC_SHADOW,
				 watch->dev.pins, watch->dev.id);
	if (err)
		goto err_watch;
	vioapic_guest_device_init(&watch->dev);
	vioapic_guest_device_add(&watch->dev, pid_nr(watch->pid));
	if (!interpose(watch)) {
		vioapic_refuse(req->reason, "KVM has run out of memory and dropped the VM's bus");
		err = -ENODEV;
		goto err_device;
	}
	strscpy(req->name, watch->dev.name, sizeof(req->name));
	/* Our caller holds the module, too */
	__module_get(THIS_MODULE);
	return 0;

err_device:
	vioapic_guest_device_del(&watch->dev);
err_watch:
	vioapic_passage_put(watch->end);
	put_pid(watch->pid);
	kfree(watch);
	return err;
}

/*
 * Writes that found KVM's operations still are in KVM's registers, and not in the model.
 * Who does not live to see the last of them does not get the watch.  The caller has a
 * reference to the VM.
 */
static int catch_up(struct kvm *kvm, struct vioapic_passage *begun)
{
	struct watch *watch;
	int err;

	vioapic_passage_begin(begun, kvm, NULL, NULL);
	err = vioapic_passage_wait(begun);
	mutex_lock(&watches_mutex);
	watch = find(kvm);
	/* Others may have detached from it, and attached anew */
	if (watch && watch->begun != begun)
		watch = NULL;
	if (watch && err)
		cut(watch);
	else if (watch)
		vioapic_guest_device_refresh(&watch->dev);
	mutex_unlock(&watches_mutex);
	if (watch && err)
		end(watch);
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

/* The caller has a reference to the VM */
static int attach_to(struct kvm *kvm, pid_t pid, int fd, struct vioapic_kvm_watch *req)
{
	struct vioapic_passage *begun;
	int err;

	if (!vioapic_kvm_irqchip_is_kernel(kvm)) {
		vioapic_guest_refuse(req, "the I/O APIC of that VM is its VMM's, not KVM's");
		return -ENODEV;
	}
	begun = vioapic_passage_alloc();
	if (!begun) {
		vioapic_guest_refuse(req, "out of memory");
		return -ENOMEM;
	}
	mutex_lock(&watches_mutex);
	err = attach(kvm, pid, fd, begun, req);
	mutex_unlock(&watches_mutex);
	if (!err)
		err = catch_up(kvm, begun);
	vioapic_passage_put(begun);
	return err;
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
	err = attach_to(kvm, pid, fd, req);
	kvm_put_kvm(kvm);	/* not under the mutex, see vioapic_watch_detach() */
	return err;
}

/**
 * struct wanted - what is to be detached from
 * @pid: the number that was given; its process may have ended
 * @process: what it is the number of a thread of now, or NULL
 * @fd:  a descriptor of the VM in it, or -1: all of its VMs
 * @kvm: the VM that @fd stands for now; NULL if it stands for none, and never dereferenced
 */
struct wanted {
	pid_t pid;
	struct pid *process;
	int fd;
	struct kvm *kvm;
};

static bool is_wanted(const struct watch *watch, const struct wanted *wanted)
{
	if (wanted->kvm)
		return watch->kvm == wanted->kvm;
	if (watch->pid != wanted->process && pid_vnr(watch->pid) != wanted->pid)
		return false;
	return wanted->fd < 0 || watch->fd == wanted->fd;
}

/* Return: a watch that nobody finds any more, with a reference to its VM; or NULL */
static struct watch *detach(const struct wanted *wanted, bool *found)
{
	struct watch *watch;
	int bucket;

	lockdep_assert_held(&watches_mutex);
	hash_for_each(watches, bucket, watch, node) {
		if (!is_wanted(watch, wanted))
			continue;
		*found = true;
		/* Else the VM is being destroyed: watch_gone() waits for the mutex */
		if (!kvm_get_kvm_safe(watch->kvm))
			continue;
		cut(watch);
		return watch;
	}
	return NULL;
}

static struct pid *process_of(pid_t pid)
{
	struct task_struct *task;
	struct pid *process = NULL;

	rcu_read_lock();
	task = pid_task(find_vpid(pid), PIDTYPE_PID);
	if (task)
		process = get_pid(task_tgid(task));
	rcu_read_unlock();
	return process;
}

/* Only its address is of interest: one that is watched does not go under watches_mutex */
static struct kvm *vm_of(pid_t pid, int fd)
{
	struct kvm *kvm = vioapic_vm_get(&pid, 0, &fd);

	if (IS_ERR(kvm))
		return NULL;
	kvm_put_kvm(kvm);
	return kvm;
}

int vioapic_watch_detach(struct vioapic_kvm_watch *req)
{
	struct wanted wanted = { .pid = req->pid, .fd = req->vm_fd };
	struct watch *watch;
	bool found = false;
	struct kvm *kvm;
	int err;

	err = check(req, -1);
	if (err)
		return err;
	wanted.process = process_of(req->pid);
	if (wanted.fd >= 0)
		wanted.kvm = vm_of(req->pid, wanted.fd);
	do {
		mutex_lock(&watches_mutex);
		watch = detach(&wanted, &found);
		mutex_unlock(&watches_mutex);
		if (!watch)
			break;
		kvm = watch->kvm;
		end(watch);
		/* It may be the last reference, and end in watch_gone() of another watch */
		kvm_put_kvm(kvm);
	} while (true);
	put_pid(wanted.process);
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
	/* Who was in free_watch() or a passage's work when it let the last reference go */
	synchronize_rcu_tasks();
}
