// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vioapic for KVM guests: the requests are vioapic_kvm.ko's, which need not be
 * there.
 */
#include <linux/capability.h>
#include <linux/export.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <vioapic/device.h>
#include <vioapic/kvm.h>

static DEFINE_MUTEX(ops_mutex);
static const struct vioapic_kvm_ops *registered;	/* under ops_mutex */

void vioapic_kvm_register(const struct vioapic_kvm_ops *ops)
{
	mutex_lock(&ops_mutex);
	registered = ops;
	mutex_unlock(&ops_mutex);
}
EXPORT_SYMBOL_GPL(vioapic_kvm_register);

void vioapic_kvm_unregister(void)
{
	vioapic_kvm_register(NULL);
}
EXPORT_SYMBOL_GPL(vioapic_kvm_unregister);

/* With a reference to its module; or NULL, with one sentence in @reason */
static const struct vioapic_kvm_ops *get_ops(char *reason)
{
	const struct vioapic_kvm_ops *ops;

	mutex_lock(&ops_mutex);
	ops = registered;
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	mutex_unlock(&ops_mutex);
	if (!ops)
		vioapic_refuse(reason,
			       "the module vioapic_kvm is not loaded: modprobe vioapic_kvm");
	return ops;
}

/* The descriptor is reserved in @req->fd and stands for nothing yet */
static struct file *create(struct vioapic_kvm_create *req)
{
	const struct vioapic_kvm_ops *ops;
	struct file *file;
	int fd;

	ops = get_ops(req->reason);
	if (!ops)
		return ERR_PTR(-EOPNOTSUPP);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		vioapic_refuse(req->reason, "this process can have no more file descriptors");
		file = ERR_PTR(fd);
		goto put;
	}
	file = ops->create(req);
	if (IS_ERR(file))
		put_unused_fd(fd);
	else
		req->fd = fd;
put:
	module_put(ops->owner);
	return file;
}

static long do_create(void __user *user)
{
	struct vioapic_kvm_create *req;
	struct file *file;
	long err;

	req = memdup_user(user, sizeof(*req));
	if (IS_ERR(req))
		return PTR_ERR(req);
	memset(req->reason, 0, sizeof(req->reason));

	file = create(req);
	err = PTR_ERR_OR_ZERO(file);
	if (copy_to_user(user, req, sizeof(*req))) {
		if (!err) {
			put_unused_fd(req->fd);
			fput(file);
		}
		err = err ?: -EFAULT;
	}
	if (!err)
		fd_install(req->fd, file);
	kfree(req);
	return err;
}

/* An administrator's, about a VM that is not the caller's own */
static int others(const struct vioapic_kvm_ops *ops, unsigned int cmd, void *arg)
{
	switch (cmd) {
	case VIOAPIC_KVM_VM:
		return ops->vm(arg);
	case VIOAPIC_KVM_ATTACH:
		return ops->attach(arg);
	default:
		return ops->detach(arg);
	}
}

/* Who does not hear of it shall not have it */
static void undo(const struct vioapic_kvm_ops *ops, struct vioapic_kvm_watch *watch)
{
	memset(watch->name, 0, sizeof(watch->name));
	ops->detach(watch);
}

static long do_others(unsigned int cmd, void __user *user, size_t reason_at)
{
	const struct vioapic_kvm_ops *ops;
	void *arg;
	char *reason;
	long err;

	arg = memdup_user(user, _IOC_SIZE(cmd));
	if (IS_ERR(arg))
		return PTR_ERR(arg);
	reason = arg + reason_at;
	memset(reason, 0, VIOAPIC_REASON_LEN);

	ops = get_ops(reason);
	if (!ops) {
		err = -EOPNOTSUPP;
	} else if (!capable(CAP_SYS_ADMIN)) {
		vioapic_refuse(reason, "watching other processes' VMs needs CAP_SYS_ADMIN");
		err = -EPERM;
	} else {
		err = others(ops, cmd, arg);
	}
	if (copy_to_user(user, arg, _IOC_SIZE(cmd))) {
		if (!err && cmd == VIOAPIC_KVM_ATTACH)
			undo(ops, arg);
		err = err ?: -EFAULT;
	}
	if (ops)
		module_put(ops->owner);
	kfree(arg);
	return err;
}

long vioapic_kvm_ioctl(unsigned int cmd, void __user *user)
{
	switch (cmd) {
	case VIOAPIC_KVM_CREATE:
		return do_create(user);
	case VIOAPIC_KVM_VM:
		return do_others(cmd, user, offsetof(struct vioapic_kvm_vm, reason));
	case VIOAPIC_KVM_ATTACH:
	case VIOAPIC_KVM_DETACH:
		return do_others(cmd, user, offsetof(struct vioapic_kvm_watch, reason));
	default:
		return -ENOTTY;
	}
}
