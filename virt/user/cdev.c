// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vioapic: requests of user space, checked before anything acts on them.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <vioapic/kvm.h>
#include <vioapic/sim_device.h>
#include "user.h"

static int is_terminated(const char *name, char *reason)
{
	if (strnlen(name, VIOAPIC_NAME_LEN) < VIOAPIC_NAME_LEN)
		return 0;
	vioapic_refuse(reason, "the name is not terminated");
	return -EINVAL;
}

static int reserved_is_zero(const __u32 *reserved, size_t n, char *reason)
{
	if (!memchr_inv(reserved, 0, n * sizeof(*reserved)))
		return 0;
	vioapic_refuse(reason, "a reserved field is not zero");
	return -EINVAL;
}

/* Also sees to the other fields that all requests have */
#define find(req, reason) \
	find_for((req)->name, (req)->reserved, ARRAY_SIZE((req)->reserved), reason)

static struct vioapic_device *find_for(const char *name, const __u32 *reserved, size_t n,
				       char *reason)
{
	struct vioapic_device *dev;
	int err = is_terminated(name, reason);

	if (err)
		return ERR_PTR(err);
	dev = vioapic_find(name);
	if (!dev) {
		vioapic_refuse(reason, "there is no I/O APIC \"%*pE\": see vioapic list",
			       (int)strlen(name), name);
		return ERR_PTR(-ENOENT);
	}
	err = reserved_is_zero(reserved, n, reason);
	return err ? ERR_PTR(err) : dev;
}

static int do_info(void *arg)
{
	struct vioapic_info *info = arg;
	struct vioapic_device *dev;
	unsigned int i;

	if (info->reserved || info->window || info->pad ||
	    strnlen(info->name, VIOAPIC_NAME_LEN) == VIOAPIC_NAME_LEN)
		return -EINVAL;
	for (i = info->name[0] ? 0 : info->index; (dev = vioapic_find_nth(i)); i++) {
		if (info->name[0] && strcmp(info->name, dev->name))
			continue;
		memset(info, 0, sizeof(*info));
		info->index = i;
		vioapic_query_info(dev, info);
		return 0;
	}
	return -ENOENT;
}

static int do_takeover(void *arg)
{
	struct vioapic_takeover *req = arg;
	struct vioapic_device *dev = find(req, req->reason);
	const struct vioapic_backend_ops *ops;

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	if (req->hook > VIOAPIC_HOOK_FIXUP) {
		vioapic_refuse(req->reason, "there is no hook %u", req->hook);
		return -EINVAL;
	}
	if (req->backend > VIOAPIC_BACKEND_XEN) {
		vioapic_refuse(req->reason, "there is no backend %u", req->backend);
		return -EINVAL;
	}
	ops = vioapic_arch_backend(req->backend, req->reason);
	if (IS_ERR(ops))
		return PTR_ERR(ops);
	return vioapic_takeover(dev, req->hook == VIOAPIC_HOOK_FIXUP ? VIOAPIC_TRAP_FIXUP :
								       VIOAPIC_TRAP_OOPS,
				ops, req->reason);
}

static int do_release(void *arg)
{
	struct vioapic_release *req = arg;
	struct vioapic_device *dev = find(req, req->reason);

	return IS_ERR(dev) ? PTR_ERR(dev) : vioapic_release(dev, req->reason);
}

static int do_table(void *arg)
{
	struct vioapic_table *req = arg;
	struct vioapic_device *dev = find(req, req->reason);

	return IS_ERR(dev) ? PTR_ERR(dev) : vioapic_query_table(dev, req);
}

static int do_irqs(void *arg)
{
	struct vioapic_irqs *req = arg;
	struct vioapic_device *dev = find(req, req->reason);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	memset(req->irq, 0, sizeof(req->irq));
	req->pins = dev->pins;
	if (!dev->guest && !dev->window)
		vioapic_arch_irqs(dev, req->irq);
	return 0;
}

static int do_check(void *arg)
{
	struct vioapic_check *req = arg;
	struct vioapic_device *dev = find(req, req->reason);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	req->registers = 0;
	req->differences = 0;
	return vioapic_query_check(dev, req);
}

static int do_stats(void *arg)
{
	struct vioapic_stats *req = arg;
	char reason[VIOAPIC_REASON_LEN];
	struct vioapic_device *dev = find(req, reason);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	memset(req->counter, 0, sizeof(req->counter));
	vioapic_query_stats(dev, req);
	return 0;
}

static int do_save(void *arg)
{
	struct vioapic_snapshot *req = arg;
	struct vioapic_device *dev = find(req, req->reason);

	return IS_ERR(dev) ? PTR_ERR(dev) : vioapic_save(dev, &req->state, req->reason);
}

static int do_restore(void *arg)
{
	struct vioapic_snapshot *req = arg;
	struct vioapic_device *dev = find(req, req->reason);

	return IS_ERR(dev) ? PTR_ERR(dev) : vioapic_restore(dev, &req->state, req->reason);
}

static int do_sim_create(void *arg)
{
	struct vioapic_sim_create *req = arg;
	struct vioapic_sim_config config;
	char names[VIOAPIC_REASON_LEN];
	int err;

	err = is_terminated(req->name, req->reason) ?: is_terminated(req->chip, req->reason) ?:
	      reserved_is_zero(req->reserved, ARRAY_SIZE(req->reserved), req->reason);
	if (err)
		return err;
	vioapic_sim_config_init(&config);
	if (req->chip[0])
		config.chip = vioapic_chip_find(req->chip);
	if (!config.chip) {
		vioapic_refuse(req->reason, "no chip \"%*pE\": there are %s",
			       (int)strlen(req->chip), req->chip,
			       vioapic_chip_names(names, sizeof(names), ", "));
		return -EINVAL;
	}
	if (req->hook > VIOAPIC_HOOK_FIXUP || req->gsi_base < -1 || req->gsi_base > INT_MAX ||
	    req->id < -1 || req->id > U8_MAX ||
	    req->allow & ~(VIOAPIC_ALLOW_SMI | VIOAPIC_ALLOW_NMI | VIOAPIC_ALLOW_INIT)) {
		vioapic_refuse(req->reason,
			       "hook, GSI base, ID or allowed modes are out of range");
		return -EINVAL;
	}
	config.pins = req->pins;
	config.gsi_base = req->gsi_base;
	config.id = req->id;
	if (req->hook == VIOAPIC_HOOK_FIXUP)
		config.hook = VIOAPIC_TRAP_FIXUP;
	config.storm_limit = vioapic_storm_limit(req->storm_limit);
	config.allow = req->allow;
	return vioapic_sim_make(req->name, &config, req->reason);
}

static int do_sim_destroy(void *arg)
{
	struct vioapic_sim_destroy *req = arg;
	int err;

	err = is_terminated(req->name, req->reason) ?:
	      reserved_is_zero(req->reserved, ARRAY_SIZE(req->reserved), req->reason);
	return err ?: vioapic_sim_unmake(req->name, req->reason);
}

static int do_sim_line(void *arg)
{
	struct vioapic_sim_line *req = arg;
	struct vioapic_sim *sim;
	int err;

	err = is_terminated(req->name, req->reason) ?:
	      reserved_is_zero(req->reserved, ARRAY_SIZE(req->reserved), req->reason);
	if (err)
		return err;
	sim = vioapic_sim_find(req->name, req->reason);
	if (IS_ERR(sim))
		return PTR_ERR(sim);
	err = vioapic_sim_drive(sim, req->pin, req->action);
	if (err == -ERANGE)
		vioapic_refuse(req->reason, "%s has no pin %u: its pins are 0-%u", req->name,
			       req->pin, sim->dev.pins - 1);
	else if (err == -EINVAL)
		vioapic_refuse(req->reason, "there is no action %u", req->action);
	else if (err == -EIO)
		vioapic_refuse(req->reason, "%s has failed, see dmesg: destroy it", req->name);
	else if (err)
		vioapic_refuse_lost(&sim->dev, req->reason);
	return err;
}

static int do_sim_eventfd(void *arg)
{
	struct vioapic_sim_eventfd *req = arg;
	struct vioapic_sim *sim;
	int err;

	err = is_terminated(req->name, req->reason) ?:
	      reserved_is_zero(req->reserved, ARRAY_SIZE(req->reserved), req->reason);
	if (err)
		return err;
	if (req->flags & ~VIOAPIC_EVENTFD_REMOVE) {
		vioapic_refuse(req->reason, "there are no flags %#x", req->flags);
		return -EINVAL;
	}
	sim = vioapic_sim_find(req->name, req->reason);
	if (IS_ERR(sim))
		return PTR_ERR(sim);
	return vioapic_sim_eventfd(sim, req->pin, req->action, req->fd,
				   req->flags & VIOAPIC_EVENTFD_REMOVE, req->reason);
}

static int do_sim_fault(void *arg)
{
	struct vioapic_sim_fault *req = arg;
	int err;

	err = is_terminated(req->name, req->reason) ?:
	      reserved_is_zero(req->reserved, ARRAY_SIZE(req->reserved), req->reason);
	return err ?: vioapic_sim_break(req);
}

/**
 * struct request - an ioctl
 * @cmd:    its number, which has the size of its struct
 * @handle: acts on a copy of the struct; the copy goes back to user space
 *          whatever is returned, for its reason
 * @reason: where in the struct the reason is, if it has one
 * @unlocked: call it without vioapic_mutex
 */
struct request {
	unsigned int cmd;
	int (*handle)(void *arg);
	size_t reason;
	bool unlocked;
};

static const struct request requests[] = {
	{ VIOAPIC_IOC_INFO, do_info },
	{ VIOAPIC_IOC_TAKEOVER, do_takeover, offsetof(struct vioapic_takeover, reason) },
	{ VIOAPIC_IOC_RELEASE, do_release, offsetof(struct vioapic_release, reason) },
	{ VIOAPIC_IOC_TABLE, do_table, offsetof(struct vioapic_table, reason) },
	{ VIOAPIC_IOC_CHECK, do_check, offsetof(struct vioapic_check, reason) },
	{ VIOAPIC_IOC_STATS, do_stats },
	{ VIOAPIC_IOC_SAVE, do_save, offsetof(struct vioapic_snapshot, reason) },
	{ VIOAPIC_IOC_RESTORE, do_restore, offsetof(struct vioapic_snapshot, reason) },
	[_IOC_NR(VIOAPIC_IOC_SIM_CREATE)] = {
		VIOAPIC_IOC_SIM_CREATE, do_sim_create,
		offsetof(struct vioapic_sim_create, reason), .unlocked = true },
	[_IOC_NR(VIOAPIC_IOC_SIM_DESTROY)] = {
		VIOAPIC_IOC_SIM_DESTROY, do_sim_destroy,
		offsetof(struct vioapic_sim_destroy, reason), .unlocked = true },
	[_IOC_NR(VIOAPIC_IOC_SIM_LINE)] = {
		VIOAPIC_IOC_SIM_LINE, do_sim_line, offsetof(struct vioapic_sim_line, reason) },
	[_IOC_NR(VIOAPIC_IOC_SIM_EVENTFD)] = {
		VIOAPIC_IOC_SIM_EVENTFD, do_sim_eventfd,
		offsetof(struct vioapic_sim_eventfd, reason) },
	[_IOC_NR(VIOAPIC_IOC_SIM_FAULT)] = {
		VIOAPIC_IOC_SIM_FAULT, do_sim_fault,
		offsetof(struct vioapic_sim_fault, reason), .unlocked = true },
	[_IOC_NR(VIOAPIC_IOC_IRQS)] = {
		VIOAPIC_IOC_IRQS, do_irqs, offsetof(struct vioapic_irqs, reason) },
};

/*
 * Who has got the descriptor for I/O APICs of his guests has not got the machine's, nor
 * other guests'.
 */
static int may(const struct request *req, void *arg)
{
	if (capable(CAP_SYS_ADMIN))
		return 0;
	if (req->reason)
		vioapic_refuse(arg + req->reason, "this needs CAP_SYS_ADMIN: try it as root");
	return -EPERM;
}

static long call(const struct request *req, void *arg)
{
	long err = may(req, arg);

	if (err)
		return err;
	if (req->unlocked)
		return req->handle(arg);
	mutex_lock(&vioapic_mutex);
	err = req->handle(arg);
	mutex_unlock(&vioapic_mutex);
	return err;
}

static long vioapic_ioctl(struct file *file, unsigned int cmd, unsigned long user)
{
	unsigned int nr = _IOC_NR(cmd);
	const struct request *req;
	void *arg;
	long err;

	if (nr >= VIOAPIC_KVM_IOC_FIRST && nr <= VIOAPIC_KVM_IOC_LAST)
		return vioapic_kvm_ioctl(cmd, (void __user *)user);
	if (nr >= ARRAY_SIZE(requests))
		return -ENOTTY;
	req = &requests[array_index_nospec(nr, ARRAY_SIZE(requests))];
	if (!req->handle || req->cmd != cmd)
		return -ENOTTY;

	arg = memdup_user((void __user *)user, _IOC_SIZE(cmd));
	if (IS_ERR(arg))
		return PTR_ERR(arg);
	if (req->reason)
		memset(arg + req->reason, 0, VIOAPIC_REASON_LEN);

	err = call(req, arg);
	if (copy_to_user((void __user *)user, arg, _IOC_SIZE(cmd)))
		err = err ?: -EFAULT;
	kfree(arg);
	return err;
}

static const struct file_operations vioapic_fops = {
	.owner = THIS_MODULE,
	.open = vioapic_cdev_open,
	.unlocked_ioctl = vioapic_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice vioapic_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vioapic",
	.fops = &vioapic_fops,
	.mode = 0600,
};

int vioapic_cdev_init(void)
{
	int err;

	err = vioapic_kvm_cdev_init();
	if (err)
		return err;
	err = misc_register(&vioapic_misc);
	if (err)
		vioapic_kvm_cdev_exit();
	return err;
}

void vioapic_cdev_exit(void)
{
	misc_deregister(&vioapic_misc);
	vioapic_kvm_cdev_exit();
}
