// SPDX-License-Identifier: GPL-2.0
/*
 * The life of an I/O APIC of a guest, and where to find those of a VM.
 *
 * It holds a reference to the VM, so whatever is closed first, the VM's memory is
 * there while we are on its bus; and it leaves the bus before it lets go.
 */
#include <linux/file.h>
#include <linux/hashtable.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "guest.h"

#define PAGE_BYTES	4096
/* KVM's limit for guest physical addresses, in bits */
#define ADDRESS_BITS	52

/* Serialises changes of the table, and the search for the tracepoint */
DEFINE_MUTEX(vioapic_guests_mutex);
static DEFINE_HASHTABLE(guests, 6);	/* by VM */

static bool overlaps(u64 a, u64 a_len, u64 b, u64 b_len)
{
	return a < b + b_len && b < a + a_len;
}

/* vioapic_guests_mutex held */
static int publish(struct vioapic_guest *guest, struct vioapic_kvm_create *req)
{
	struct vioapic_guest *other;

	hash_for_each_possible(guests, other, node, (unsigned long)guest->kvm) {
		if (other->kvm != guest->kvm)
			continue;
		if (other->dev.phys == guest->dev.phys) {
			vioapic_guest_refuse(req, "the VM has an I/O APIC at %#llx already",
					     guest->dev.phys);
			return -EEXIST;
		}
		if (overlaps(other->dev.gsi_base, other->dev.pins,
			     guest->dev.gsi_base, guest->dev.pins)) {
			vioapic_guest_refuse(req,
					     "GSIs %u-%u are those of the I/O APIC at %#llx",
					     other->dev.gsi_base,
					     other->dev.gsi_base + other->dev.pins - 1,
					     other->dev.phys);
			return -EEXIST;
		}
	}
	hash_add_rcu(guests, &guest->node, (unsigned long)guest->kvm);
	return 0;
}

static void unpublish(struct vioapic_guest *guest)
{
	mutex_lock(&vioapic_guests_mutex);
	hash_del_rcu(&guest->node);
	mutex_unlock(&vioapic_guests_mutex);
	synchronize_rcu();
}

/* No I/O APIC of the VMM's own asks KVM for EOIs */
static bool all_are_ours(struct kvm *kvm)
{
	return !kvm->arch.nr_reserved_ioapic_pins;
}

/*
 * Not in service, it may still be ours: of a message that was for several vCPUs, of
 * which another has ended it.
 */
static bool is_ours(struct vioapic_guest *guest, u8 vector)
{
	return all_are_ours(guest->kvm) || test_bit(vector, guest->in_service);
}

bool vioapic_guest_has_eoi(struct kvm *kvm, u8 vector)
{
	struct vioapic_guest *guest;
	bool has = false;

	rcu_read_lock();
	hash_for_each_possible_rcu(guests, guest, node, (unsigned long)kvm)
		has |= guest->kvm == kvm && is_ours(guest, vector);
	rcu_read_unlock();
	return has;
}

enum vioapic_eoi_kind vioapic_guest_eoi_all(struct kvm_vcpu *vcpu, u8 vector)
{
	enum vioapic_eoi_kind was = VIOAPIC_EOI_FOREIGN;
	struct vioapic_guest *guest;

	rcu_read_lock();
	hash_for_each_possible_rcu(guests, guest, node, (unsigned long)vcpu->kvm) {
		if (guest->kvm != vcpu->kvm || !is_ours(guest, vector))
			continue;
		was = max(was, VIOAPIC_EOI_OURS);
		if (!test_bit(vector, guest->in_service))
			continue;
		if (vioapic_guest_eoi(guest, vcpu, vector))
			was = VIOAPIC_EOI_AGAIN;
	}
	rcu_read_unlock();
	return was;
}

static unsigned int count(struct kvm *kvm)
{
	struct vioapic_guest *guest;
	unsigned int n = 0;

	lockdep_assert_held(&vioapic_guests_mutex);
	hash_for_each_possible(guests, guest, node, (unsigned long)kvm)
		n += guest->kvm == kvm;
	return n;
}

unsigned int vioapic_guest_count(struct kvm *kvm)
{
	unsigned int n;

	mutex_lock(&vioapic_guests_mutex);
	n = count(kvm);
	mutex_unlock(&vioapic_guests_mutex);
	return n;
}

/* The last I/O APIC of the VM has gone: no exit shall tell of EOIs that mattered to it */
static void forget_eois(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	/* Until it is done, no new one asks for EOIs */
	mutex_lock(&vioapic_guests_mutex);
	if (!count(kvm) && all_are_ours(kvm))
		kvm_for_each_vcpu(i, vcpu, kvm)
			bitmap_zero(vcpu->arch.ioapic_handled_vectors, VIOAPIC_GUEST_VECTORS);
	mutex_unlock(&vioapic_guests_mutex);
}

/* The VM, with a reference, and how to deliver in it; or an ERR_PTR() */
static struct kvm *get_vm(struct vioapic_kvm_create *req, vioapic_guest_msi_t **set_msi)
{
	struct kvm *kvm;
	struct file *file = fget(req->vm_fd);
	int err = 0;

	if (!file || !vioapic_kvm_function(file_is_kvm)(file)) {
		vioapic_guest_refuse(req, "descriptor %d is no KVM virtual machine", req->vm_fd);
		err = -EBADF;
		goto out;
	}
	kvm = file->private_data;
	/* Once: the VMM may take its routes away at any time */
	*set_msi = vioapic_guest_msi(kvm);
	if (kvm->mm != current->mm) {
		vioapic_guest_refuse(req, "the VM belongs to another process");
		err = -EIO;
	} else if (READ_ONCE(kvm->arch.irqchip_mode) != KVM_IRQCHIP_SPLIT) {
		vioapic_guest_refuse(req, "%s: use KVM_CAP_SPLIT_IRQCHIP",
				     kvm->arch.irqchip_mode == KVM_IRQCHIP_NONE ?
				     "the VM has no local APICs in the kernel" :
				     "the VM has KVM's own I/O APIC");
		err = -ENODEV;
	} else if (!*set_msi) {
		vioapic_guest_refuse(req,
				     "the VM has no MSI route: set one by KVM_SET_GSI_ROUTING");
		err = -ENODEV;
	} else if (!kvm_get_kvm_safe(kvm)) {
		vioapic_guest_refuse(req, "the VM is going away");
		err = -ENODEV;
	}
out:
	if (file)
		fput(file);
	return err ? ERR_PTR(err) : kvm;
}

/* What can be refused without the VM */
static int check(struct vioapic_kvm_create *req, const struct vioapic_chip **chip)
{
	if (memchr_inv(req->reserved, 0, sizeof(req->reserved)) || req->fd || req->features) {
		vioapic_guest_refuse(req, "a reserved field is not zero");
		return -EINVAL;
	}
	if (strnlen(req->chip, VIOAPIC_NAME_LEN) == VIOAPIC_NAME_LEN) {
		vioapic_guest_refuse(req, "the name of the chip is not terminated");
		return -EINVAL;
	}
	*chip = vioapic_chip_find(req->chip);
	if (!req->chip[0] || !*chip) {
		vioapic_guest_refuse(req,
				     "no chip \"%*pE\": 82093aa, ich, pch120, via, amd, generic240",
				     (int)strlen(req->chip), req->chip);
		return -EINVAL;
	}
	if (!req->address || req->address % PAGE_BYTES || req->address >> ADDRESS_BITS) {
		vioapic_guest_refuse(req, "%#llx is no address of a page", req->address);
		return -EINVAL;
	}
	if (req->pins > VIOAPIC_MAX_PINS) {
		vioapic_guest_refuse(req, "%u pins are more than %u", req->pins, VIOAPIC_MAX_PINS);
		return -EINVAL;
	}
	if (req->gsi_base > U32_MAX - (VIOAPIC_MAX_PINS - 1)) {
		vioapic_guest_refuse(req, "the last pin's GSI does not fit in 32 bits");
		return -EINVAL;
	}
	if (req->id >> (*chip)->id_bits) {
		vioapic_guest_refuse(req, "an ID of this chip has %u bits, %#x has more",
				     (*chip)->id_bits, req->id);
		return -EINVAL;
	}
	return 0;
}

/* 10 ms after a pin was held back */
static void storm_over(struct work_struct *work)
{
	struct vioapic_guest *guest = container_of(to_delayed_work(work), struct vioapic_guest,
						   storm);
	struct vioapic_effects fx;

	raw_spin_lock_irq(&guest->dev.lock);
	vioapic_model_storm_over(&guest->dev.model, &fx);
	vioapic_guest_carry_out(guest, &fx);
	vioapic_guest_page_update(guest);
	raw_spin_unlock_irq(&guest->dev.lock);
}

/* The model has all there is to ask for, and the guest's local APICs are in deliver.c */
static const struct vioapic_backend_ops backend = {
	.name = "kvm",
	.id = VIOAPIC_BACKEND_KVM,
};

static struct vioapic_guest *alloc(struct kvm *kvm, vioapic_guest_msi_t *set_msi,
				   const struct vioapic_kvm_create *req,
				   const struct vioapic_chip *chip)
{
	struct vioapic_guest *guest = kzalloc(sizeof(*guest), GFP_KERNEL_ACCOUNT);
	int err;

	if (!guest)
		return ERR_PTR(-ENOMEM);
	guest->kvm = kvm;
	guest->set_msi = set_msi;
	guest->dev.phys = req->address;
	guest->dev.gsi_base = req->gsi_base;
	guest->dev.version = chip->version;
	guest->dev.id = req->id;
	guest->dev.pins = req->pins ?: chip->pins;
	guest->dev.ops = &backend;
	mutex_init(&guest->mutex);
	mutex_init(&guest->lines_mutex);
	vioapic_guest_device_init(&guest->dev);
	INIT_DELAYED_WORK(&guest->storm, storm_over);
	INIT_DELAYED_WORK(&guest->missed, vioapic_guest_missed_work);
	INIT_WORK(&guest->resample, vioapic_guest_resample_work);
	err = vioapic_model_init(&guest->dev.model, chip, VIOAPIC_OWNER, guest->dev.pins, req->id);
	if (err)
		goto err_guest;
	guest->dev.model.storm_limit = vioapic_storm_limit(req->storm_limit);
	err = vioapic_guest_page_init(guest);
	if (err)
		goto err_guest;
	vioapic_guest_page_update(guest);
	return guest;

err_guest:
	kfree(guest);
	return ERR_PTR(err);
}

struct vioapic_guest *vioapic_guest_create(struct vioapic_kvm_create *req)
{
	const struct vioapic_chip *chip;
	vioapic_guest_msi_t *set_msi;
	struct vioapic_guest *guest;
	struct kvm *kvm;
	int err;

	err = check(req, &chip);
	if (err)
		return ERR_PTR(err);
	kvm = get_vm(req, &set_msi);
	if (IS_ERR(kvm))
		return ERR_CAST(kvm);
	guest = alloc(kvm, set_msi, req, chip);
	if (IS_ERR(guest)) {
		err = PTR_ERR(guest);
		goto err_kvm;
	}

	mutex_lock(&vioapic_guests_mutex);
	vioapic_eoi_init();
	err = publish(guest, req);
	mutex_unlock(&vioapic_guests_mutex);
	if (err)
		goto err_free;
	err = vioapic_guest_bus_insert(guest);
	if (err) {
		vioapic_guest_refuse(req, err == -ENOSPC ? "KVM's bus of the VM is full" :
							   "out of memory");
		goto err_publish;
	}
	vioapic_guest_device_add(&guest->dev, task_tgid_vnr(current));
	req->features = vioapic_eoi_in_kernel() ? VIOAPIC_KVM_FEATURE_EOI : 0;
	return guest;

err_publish:
	unpublish(guest);
err_free:
	vioapic_guest_free(guest);
err_kvm:
	kvm_put_kvm(kvm);
	return ERR_PTR(err);
}

void vioapic_guest_destroy(struct vioapic_guest *guest)
{
	mutex_lock(&guest->mutex);
	if (!guest->gone) {
		raw_spin_lock_irq(&guest->dev.lock);
		guest->gone = true;
		raw_spin_unlock_irq(&guest->dev.lock);
		vioapic_guest_device_del(&guest->dev);
		vioapic_guest_eventfds_remove(guest);
		vioapic_guest_bus_remove(guest);
		unpublish(guest);
		/* Nobody queues them again: those with a delay look at @gone */
		cancel_delayed_work_sync(&guest->missed);
		cancel_delayed_work_sync(&guest->storm);
		cancel_work_sync(&guest->resample);
		forget_eois(guest->kvm);
		kvm_put_kvm(guest->kvm);
	}
	mutex_unlock(&guest->mutex);
}

void vioapic_guest_free(struct vioapic_guest *guest)
{
	vioapic_guest_page_exit(guest);
	kfree(guest);
}
