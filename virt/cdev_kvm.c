// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vioapic for KVM guests: the requests are vioapic_kvm.ko's, which need not be
 * there.
 */
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

/* With a reference to its module */
static const struct vioapic_kvm_ops *get_ops(void)
{
	const struct vioapic_kvm_ops *ops;

	mutex_lock(&ops_mutex);
	ops = registered;
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	mutex_unlock(&ops_mutex);
	return ops;
}

/* The descriptor is reserved in @req->fd and stands for nothing yet */
static struct file *create(struct vioapic_kvm_create *req)
{
	const struct vioapic_kvm_ops *ops;
	struct file *file;
	int fd;

	ops = get_ops();
	if (!ops) {
		vioapic_refuse(req->reason,
			       "the module vioapic_kvm is not loaded: modprobe vioapic_kvm");
		return ERR_PTR(-EOPNOTSUPP);
	}
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

long vioapic_kvm_ioctl(unsigned int cmd, void __user *user)
{
	struct vioapic_kvm_create *req;
	struct file *file;
	long err;

	if (cmd != VIOAPIC_KVM_CREATE)
		return -ENOTTY;
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
