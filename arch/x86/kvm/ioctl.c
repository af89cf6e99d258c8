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

#define LINE_FLAGS	(VIOAPIC_KVM_LINE_ELECTRICAL | VIOAPIC_KVM_LINE_PULSE)

static void drive(struct vioapic_model *m, const struct vioapic_kvm_line *req, unsigned int pin,
		  struct vioapic_effects *fx)
{
	if (req->flags & VIOAPIC_KVM_LINE_ELECTRICAL)
		vioapic_model_set_line(m, pin, req->level, fx);
	else if (req->flags & VIOAPIC_KVM_LINE_PULSE)
		vioapic_model_claim(m, pin, VIOAPIC_CLAIM_PULSE, fx);
	else
		vioapic_model_claim(m, pin, req->level ? VIOAPIC_CLAIM_ON : VIOAPIC_CLAIM_OFF, fx);
}

/* What there is to tell if no message came of it; @guest->dev.lock held */
static int unsent(struct vioapic_guest *guest, unsigned int pin)
{
	u64 rte = vioapic_guest_rte(guest, pin);
	u32 line = guest->dev.model.line[pin];

	if (!vioapic_line_is_asserted(line, rte))
		return VIOAPIC_KVM_LINE_DELIVERED;
	return rte & VIOAPIC_RTE_MASKED ? VIOAPIC_KVM_LINE_IGNORED : VIOAPIC_KVM_LINE_COALESCED;
}

/* Without @guest->mutex: a device that asserts its line waits for nobody */
static int do_line(struct vioapic_guest *guest, void *arg)
{
	struct vioapic_kvm_line *req = arg;
	struct vioapic_call call;
	unsigned int pin;
	bool sent;

	if (req->level > 1 || req->flags & ~LINE_FLAGS || req->flags == LINE_FLAGS ||
	    (req->flags & VIOAPIC_KVM_LINE_PULSE && !req->level) || req->outcome ||
	    memchr_inv(req->reserved, 0, sizeof(req->reserved)))
		return -EINVAL;
	if (req->pin >= guest->dev.pins)
		return -ERANGE;
	pin = array_index_nospec(req->pin, VIOAPIC_MAX_PINS);

	vioapic_guest_begin(guest, &call);
	if (guest->gone) {
		vioapic_guest_finish(guest, &call);
		return -ENODEV;
	}
	drive(&guest->dev.model, req, pin, &call.fx);
	sent = call.fx.what & VIOAPIC_FX_DELIVER;
	req->outcome = unsent(guest, pin);
	vioapic_guest_finish_all(guest, &call);
	if (sent)
		req->outcome = test_bit(pin, guest->accepted) ? VIOAPIC_KVM_LINE_DELIVERED :
								VIOAPIC_KVM_LINE_IGNORED;
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
	if (vioapic_eoi_in_kernel)
		return 0;
	if (READ_ONCE(vcpu->arch.pending_ioapic_eoi) == req->vector)
		WRITE_ONCE(vcpu->arch.pending_ioapic_eoi, 0);
	rcu_read_lock();
	vioapic_ends_eoi(guest->vm, vcpu, req->vector);
	rcu_read_unlock();
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

static void refuse_state(const struct vioapic_guest *guest, char *reason)
{
	vioapic_refuse(reason, "no state that chip %s with %u pins can be in",
		       guest->dev.model.chip->name, guest->dev.pins);
}

static int restore(struct vioapic_guest *guest, const struct vioapic_state *state, char *reason)
{
	struct vioapic_call call;
	int err;

	if (state->address != guest->dev.phys || state->gsi_base != guest->dev.gsi_base) {
		vioapic_refuse(reason, "the state is of an I/O APIC at %#llx with GSIs from %u on",
			       state->address, state->gsi_base);
		return -EINVAL;
	}
	vioapic_guest_begin(guest, &call);
	err = vioapic_model_restore(&guest->dev.model, state, &call.fx);
	if (!err)
		vioapic_guest_lines_ask(guest);
	vioapic_guest_finish_all(guest, &call);
	if (err)
		refuse_state(guest, reason);
	else
		vioapic_ends_restored(guest);
	return err;
}

static int do_restore(struct vioapic_guest *guest, void *arg)
{
	struct vioapic_kvm_state *req = arg;

	return restore(guest, &req->state, req->reason);
}

static int do_get_ioapic(struct vioapic_guest *guest, void *arg)
{
	struct vioapic_kvm_ioapic *req = arg;
	struct vioapic_kvm_state *saved;
	int err;

	saved = kzalloc(sizeof(*saved), GFP_KERNEL_ACCOUNT);
	if (!saved)
		return -ENOMEM;
	do_save(guest, saved);
	err = vioapic_state_to_kvm(&saved->state, &req->state);
	if (err)
		vioapic_guest_refuse(req, "KVM's format has no room for its pins, ID or index");
	kfree(saved);
	return err;
}

/* For KVM a line is asserted, by whom it does not know; here by VIOAPIC_KVM_LINE */
static void assert_lines(struct vioapic_state *state)
{
	struct vioapic_pin_state *p;

	for (p = state->pin; p < state->pin + state->pins; p++)
		if (p->flags & VIOAPIC_PIN_DRIVEN)
			p->flags = (p->flags & VIOAPIC_PIN_LATCHED) | VIOAPIC_PIN_ASSERTED;
}

static int do_set_ioapic(struct vioapic_guest *guest, void *arg)
{
	struct vioapic_kvm_ioapic *req = arg;
	struct vioapic_state *state;
	int err;

	state = kzalloc(sizeof(*state), GFP_KERNEL_ACCOUNT);
	if (!state)
		return -ENOMEM;
	err = vioapic_state_from_kvm(state, &req->state, guest->dev.model.chip, guest->dev.pins,
				     guest->dev.gsi_base);
	if (err) {
		refuse_state(guest, req->reason);
	} else {
		assert_lines(state);
		err = restore(guest, state, req->reason);
	}
	kfree(state);
	return err;
}

static int do_register(struct vioapic_guest *guest, void *arg)
{
	struct vioapic_kvm_register *req = arg;

	if (req->value)
		return -EINVAL;
	raw_spin_lock_irq(&guest->dev.lock);
	req->value = vioapic_model_register(&guest->dev.model, req->index);
	raw_spin_unlock_irq(&guest->dev.lock);
	return 0;
}

static int do_reset(struct vioapic_guest *guest, void *arg)
{
	struct vioapic_call call;

	vioapic_guest_begin(guest, &call);
	vioapic_model_reset(&guest->dev.model, &call.fx);
	bitmap_zero(guest->pending, VIOAPIC_MAX_PINS);
	vioapic_guest_finish_all(guest, &call);
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
 * @quick:  without the mutex, also if @guest has gone
 */
struct request {
	unsigned int cmd;
	int (*handle)(struct vioapic_guest *guest, void *arg);
	size_t reason;
	bool quick;
};

#define AT(cmd)		(_IOC_NR(cmd) - VIOAPIC_KVM_IOC_FIRST)

static const struct request requests[] = {
	[AT(VIOAPIC_KVM_LINE)] = { VIOAPIC_KVM_LINE, do_line, .quick = true },
	[AT(VIOAPIC_KVM_EVENTFD)] = { VIOAPIC_KVM_EVENTFD, do_eventfd },
	[AT(VIOAPIC_KVM_EOI)] = { VIOAPIC_KVM_EOI, do_eoi },
	[AT(VIOAPIC_KVM_SAVE)] = { VIOAPIC_KVM_SAVE, do_save,
				   offsetof(struct vioapic_kvm_state, reason) },
	[AT(VIOAPIC_KVM_RESTORE)] = { VIOAPIC_KVM_RESTORE, do_restore,
				      offsetof(struct vioapic_kvm_state, reason) },
	[AT(VIOAPIC_KVM_RESET)] = { VIOAPIC_KVM_RESET, do_reset },
	[AT(VIOAPIC_KVM_STATS)] = { VIOAPIC_KVM_STATS, do_stats },
	[AT(VIOAPIC_KVM_REGISTER)] = { VIOAPIC_KVM_REGISTER, do_register },
	[AT(VIOAPIC_KVM_GET_IOAPIC)] = { VIOAPIC_KVM_GET_IOAPIC, do_get_ioapic,
					 offsetof(struct vioapic_kvm_ioapic, reason) },
	[AT(VIOAPIC_KVM_SET_IOAPIC)] = { VIOAPIC_KVM_SET_IOAPIC, do_set_ioapic,
					 offsetof(struct vioapic_kvm_ioapic, reason) },
};

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

static int refuse_gone(const struct request *req, void *arg)
{
	if (req->reason)
		vioapic_refuse(arg + req->reason, "the I/O APIC has been destroyed");
	return -ENODEV;
}

static long guest_ioctl(struct file *file, unsigned int cmd, unsigned long user)
{
	struct vioapic_guest *guest = file->private_data;
	unsigned int nr = _IOC_NR(cmd) - VIOAPIC_KVM_IOC_FIRST;
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

	if (req->quick) {
		err = req->handle(guest, arg);
	} else {
		mutex_lock(&guest->mutex);
		err = guest->gone ? refuse_gone(req, arg) : req->handle(guest, arg);
		mutex_unlock(&guest->mutex);
	}

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
