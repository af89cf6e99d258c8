// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vioapic_kvm, which is for VMMs, and what /dev/vioapic has for KVM guests: the
 * requests are vioapic_kvm.ko's, which need not be there.
 */
#include <linux/capability.h>
#include <linux/export.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <vioapic/device.h>
#include <vioapic/kvm.h>
#include <vioapic/model.h>
#include "user.h"

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

static int query(struct vioapic_kvm_query *req)
{
	const struct vioapic_kvm_ops *ops;
	int err;

	if (memchr_inv(req->reserved, 0, sizeof(req->reserved))) {
		vioapic_refuse(req->reason, "a reserved field is not zero");
		return -EINVAL;
	}
	ops = get_ops(req->reason);
	if (!ops)
		return -EOPNOTSUPP;
	err = ops->query(req);
	module_put(ops->owner);
	if (err)
		return err;
	req->version = VIOAPIC_KVM_VERSION;
	req->pins = VIOAPIC_MAX_PINS;
	vioapic_chip_names(req->chips, sizeof(req->chips), " ");
	return 0;
}

static long do_query(void __user *user)
{
	struct vioapic_kvm_query *req;
	long err;

	req = memdup_user(user, sizeof(*req));
	if (IS_ERR(req))
		return PTR_ERR(req);
	memset(req->reason, 0, sizeof(req->reason));

	err = query(req);
	if (copy_to_user(user, req, sizeof(*req)))
		err = err ?: -EFAULT;
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
	const struct vioapic_kvm_ops *ops = NULL;
	void *arg;
	char *reason;
	long err;

	arg = memdup_user(user, _IOC_SIZE(cmd));
	if (IS_ERR(arg))
		return PTR_ERR(arg);
	reason = arg + reason_at;
	memset(reason, 0, VIOAPIC_REASON_LEN);

	/* First of all, or it would be told whether the module is there */
	if (!capable(CAP_SYS_ADMIN)) {
		vioapic_refuse(reason, "watching other processes' VMs needs CAP_SYS_ADMIN");
		err = -EPERM;
		goto out;
	}
	ops = get_ops(reason);
	err = ops ? others(ops, cmd, arg) : -EOPNOTSUPP;
out:
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

/* Only about VMs of the caller's own: for whoever may open it */
static long vmm_ioctl(unsigned int cmd, void __user *user)
{
	switch (cmd) {
	case VIOAPIC_KVM_CREATE:
		return do_create(user);
	case VIOAPIC_KVM_QUERY:
		return do_query(user);
	default:
		return -ENOTTY;
	}
}

long vioapic_kvm_ioctl(unsigned int cmd, void __user *user)
{
	switch (cmd) {
	case VIOAPIC_KVM_VM:
		return do_others(cmd, user, offsetof(struct vioapic_kvm_vm, reason));
	case VIOAPIC_KVM_ATTACH:
	case VIOAPIC_KVM_DETACH:
		return do_others(cmd, user, offsetof(struct vioapic_kvm_watch, reason));
	default:
		return vmm_ioctl(cmd, user);
	}
}

static long vioapic_kvm_dev_ioctl(struct file *file, unsigned int cmd, unsigned long user)
{
	return vmm_ioctl(cmd, (void __user *)user);
}

/* Of both: misc_register() lets users in at once, and init may yet fail */
int vioapic_cdev_open(struct inode *inode, struct file *file)
{
	return vioapic_is_admitting() ? 0 : -ENODEV;
}

static const struct file_operations vioapic_kvm_fops = {
	.owner = THIS_MODULE,
	.open = vioapic_cdev_open,
	.unlocked_ioctl = vioapic_kvm_dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/* udev makes it that of whoever may open /dev/kvm */
static struct miscdevice vioapic_kvm_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vioapic_kvm",
	.fops = &vioapic_kvm_fops,
	.mode = 0600,
};

int vioapic_kvm_cdev_init(void)
{
	return misc_register(&vioapic_kvm_misc);
}

void vioapic_kvm_cdev_exit(void)
{
	misc_deregister(&vioapic_kvm_misc);
}
