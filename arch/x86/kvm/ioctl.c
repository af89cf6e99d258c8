// SPDX-License-Identifier: GPL-2.0
/*
 * The descriptor that stands for an I/O APIC of a guest.
 */
#include <linux/anon_inodes.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "guest.h"

static int do_line(struct vioapic_guest *guest, void *arg)
{
	const struct vioapic_kvm_line *req = arg;
	unsigned int pin;

	if (req->level > 1)
		return -EINVAL;
	if (req->pin >= guest->dev.pins)
		return -ERANGE;
	pin = array_index_nospec(req->pin, VIOAPIC_MAX_PINS);
	if (guest->line[pin])
		return -EBUSY;
	vioapic_guest_drive(guest, pin, req->level);
	return 0;
}

static int do_eventfd(struct vioapic_guest *guest, void *arg)
{
	return vioapic_guest_eventfd(guest, arg);
}

static int do_eoi(struct vioapic_guest *guest, void *arg)
{
	const struct vioapic_kvm_eoi *req = arg;
	struct kvm_vcpu *vcpu;

	if (req->vector >= VIOAPIC_GUEST_VECTORS || req->vcpu > INT_MAX)
		return -EINVAL;
	vcpu = kvm_get_vcpu_by_id(guest->kvm, req->vcpu);
	if (!vcpu || !vcpu->arch.apic)
		return -ENOENT;
	/* What is in service now is another one if the kernel has seen this EOI */
	if (vioapic_eoi_in_kernel() || !vioapic_guest_has_eoi(guest->kvm, req->vector))
		return 0;
	/* First: what is delivered again at once asks for an EOI of its own */
	clear_bit(req->vector, vcpu->arch.ioapic_handled_vectors);
	if (READ_ONCE(vcpu->arch.pending_ioapic_eoi) == req->vector)
		WRITE_ONCE(vcpu->arch.pending_ioapic_eoi, 0);
	vioapic_guest_eoi_all(vcpu, req->vector);
	return 0;
}

static int do_save(struct vioapic_guest *guest, void *arg)
{
	struct vioapic_kvm_state *req = arg;

	/* What the VMM is told of until then, it can save */
	flush_work(&guest->resample);
	raw_spin_lock_irq(&guest->dev.lock);
	vioapic_model_save(&guest->dev.model, &req->state);
	raw_spin_unlock_irq(&guest->dev.lock);
	req->state.address = guest->dev.phys;
	req->state.gsi_base = guest->dev.gsi_base;
	return 0;
}

static int do_restore(struct vioapic_guest *guest, void *arg)
{
	struct vioapic_kvm_state *req = arg;
	struct vioapic_effects fx;
	int err;

	if (req->state.address != guest->dev.phys || req->state.gsi_base != guest->dev.gsi_base) {
		vioapic_guest_refuse(req,
				     "the state is of an I/O APIC at %#llx with GSIs from %u on",
				     req->state.address, req->state.gsi_base);
		return -EINVAL;
	}
	raw_spin_lock_irq(&guest->dev.lock);
	err = vioapic_model_restore(&guest->dev.model, &req->state, &fx);
	if (!err) {
		vioapic_guest_in_service(guest);
		vioapic_guest_lines_restored(guest);
		vioapic_guest_carry_out(guest, &fx);
		vioapic_guest_page_update(guest);
	}
	raw_spin_unlock_irq(&guest->dev.lock);
	if (err)
		vioapic_guest_refuse(req, "no state that chip %s with %u pins can be in",
				     guest->dev.model.chip->name, guest->dev.pins);
	return err;
}

static int do_reset(struct vioapic_guest *guest, void *arg)
{
	struct vioapic_effects fx;

	raw_spin_lock_irq(&guest->dev.lock);
	vioapic_model_reset(&guest->dev.model, &fx);
	bitmap_zero(guest->in_service, VIOAPIC_GUEST_VECTORS);
	vioapic_guest_page_update(guest);
	raw_spin_unlock_irq(&guest->dev.lock);
	return 0;
}

static int do_stats(struct vioapic_guest *guest, void *arg)
{
	struct vioapic_kvm_stats *req = arg;

	raw_spin_lock_irq(&guest->dev.lock);
	memcpy(req->counter, guest->counter, sizeof(guest->counter));
	req->counter[VIOAPIC_KVM_CNT_READS] = atomic64_read(&guest->dev.reads);
	req->counter[VIOAPIC_KVM_CNT_WRITES] = guest->dev.cnt[VIOAPIC_CNT_WRITES];
	req->counter[VIOAPIC_KVM_CNT_STORMS] = guest->dev.cnt[VIOAPIC_CNT_STORMS];
	raw_spin_unlock_irq(&guest->dev.lock);
	return 0;
}

/**
 * struct request - an ioctl
 * @cmd:    its number, which has the size and the direction of its struct
 * @handle: acts on a copy of the struct, @guest->mutex held
 * @reason: where in the struct the reason is, if it has one
 */
struct request {
	unsigned int cmd;
	int (*handle)(struct vioapic_guest *guest, void *arg);
	size_t reason;
};

static const struct request requests[] = {
	{ VIOAPIC_KVM_LINE, do_line },
	{ VIOAPIC_KVM_EVENTFD, do_eventfd },
	{ VIOAPIC_KVM_EOI, do_eoi },
	{ VIOAPIC_KVM_SAVE, do_save },
	{ VIOAPIC_KVM_RESTORE, do_restore, offsetof(struct vioapic_kvm_state, reason) },
	{ VIOAPIC_KVM_RESET, do_reset },
	{ VIOAPIC_KVM_STATS, do_stats },
};

#define FIRST_NR	_IOC_NR(VIOAPIC_KVM_LINE)
static_assert(_IOC_NR(VIOAPIC_KVM_STATS) - FIRST_NR == ARRAY_SIZE(requests) - 1,
	      "a request is not in its place");

static void *get_arg(const struct request *req, void __user *user)
{
	void *arg;

	if (_IOC_DIR(req->cmd) & _IOC_WRITE)
		arg = memdup_user(user, _IOC_SIZE(req->cmd));
	else
		arg = kzalloc(_IOC_SIZE(req->cmd), GFP_KERNEL_ACCOUNT) ?: ERR_PTR(-ENOMEM);
	if (!IS_ERR(arg) && req->reason)
		memset(arg + req->reason, 0, VIOAPIC_REASON_LEN);
	return arg;
}

static long guest_ioctl(struct file *file, unsigned int cmd, unsigned long user)
{
	struct vioapic_guest *guest = file->private_data;
	unsigned int nr = _IOC_NR(cmd) - FIRST_NR;
	const struct request *req;
	void *arg;
	long err;

	if (cmd == VIOAPIC_KVM_DESTROY) {
		vioapic_guest_destroy(guest);
		return 0;
	}
	if (nr >= ARRAY_SIZE(requests))
		return -ENOTTY;
	req = &requests[array_index_nospec(nr, ARRAY_SIZE(requests))];
	if (req->cmd != cmd)
		return -ENOTTY;
	arg = get_arg(req, (void __user *)user);
	if (IS_ERR(arg))
		return PTR_ERR(arg);

	mutex_lock(&guest->mutex);
	err = guest->gone ? -ENODEV : req->handle(guest, arg);
	mutex_unlock(&guest->mutex);

	if ((_IOC_DIR(cmd) & _IOC_READ) &&
	    copy_to_user((void __user *)user, arg, _IOC_SIZE(cmd)))
		err = err ?: -EFAULT;
	kfree(arg);
	return err;
}

static int guest_release(struct inode *inode, struct file *file)
{
	vioapic_guest_destroy(file->private_data);
	vioapic_guest_free(file->private_data);
	return 0;
}

static const struct file_operations guest_fops = {
	.owner = THIS_MODULE,
	.release = guest_release,
	.mmap = vioapic_guest_mmap,
	.unlocked_ioctl = guest_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

struct file *vioapic_guest_file(struct vioapic_kvm_create *req)
{
	struct vioapic_guest *guest = vioapic_guest_create(req);
	struct file *file;

	if (IS_ERR(guest))
		return ERR_CAST(guest);
	/* Readable as far as mmap() is concerned; it never is for writing */
	file = anon_inode_getfile("[vioapic]", &guest_fops, guest, O_RDWR);
	if (IS_ERR(file)) {
		vioapic_guest_destroy(guest);
		vioapic_guest_free(guest);
	}
	return file;
}
