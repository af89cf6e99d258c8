// SPDX-License-Identifier: GPL-2.0
/*
 * The life of an I/O APIC of a guest.
 *
 * It holds a reference to the VM, so whatever is closed first, the VM's memory is
 * there while we are on its bus; and it leaves the bus before it lets go.
 */
#include <linux/file.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "guest.h"

#define PAGE_BYTES	4096
/* KVM's limit for guest physical addresses, in bits */
#define ADDRESS_BITS	52

/* The VM, with a reference, and how to deliver in it; or an ERR_PTR() */
static struct kvm *get_vm(struct vioapic_kvm_create *req, vioapic_kvm_msi_t **set_msi)
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
	*set_msi = vioapic_message_way(kvm);
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
				     "KVM's kvm_set_msi() is not to be found: set an MSI route by KVM_SET_GSI_ROUTING");
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
	char names[VIOAPIC_REASON_LEN];

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
		vioapic_guest_refuse(req, "no chip \"%*pE\": there are %s",
				     (int)strlen(req->chip), req->chip,
				     vioapic_chip_names(names, sizeof(names), ", "));
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

/* The model has all there is to ask for, and the guest's local APICs are in messages.c */
static const struct vioapic_backend_ops backend = {
	.name = "kvm",
	.id = VIOAPIC_BACKEND_KVM,
};

static struct vioapic_guest *alloc(struct kvm *kvm, vioapic_kvm_msi_t *set_msi,
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
	vioapic_guest_device_init(&guest->dev);
	vioapic_guest_effects_init(guest);
	vioapic_guest_lines_init(guest);
	vioapic_guest_ends_init(guest);
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

static int join(struct vioapic_guest *guest, struct vioapic_kvm_create *req)
{
	int err;

	mutex_lock(&vioapic_guests_mutex);
	err = vioapic_probe_start();
	if (err)
		vioapic_guest_refuse(req, "out of memory");
	else
		err = vioapic_vm_join(guest, req);
	if (!vioapic_vm_is_any())
		vioapic_probe_stop();
	mutex_unlock(&vioapic_guests_mutex);
	return err;
}

static void leave(struct vioapic_guest *guest)
{
	mutex_lock(&vioapic_guests_mutex);
	vioapic_vm_leave(guest);
	if (!vioapic_vm_is_any())
		vioapic_probe_stop();
	mutex_unlock(&vioapic_guests_mutex);
}

struct vioapic_guest *vioapic_guest_create(struct vioapic_kvm_create *req)
{
	const struct vioapic_chip *chip;
	vioapic_kvm_msi_t *set_msi;
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

	err = join(guest, req);
	if (err)
		goto err_free;
	err = vioapic_guest_bus_insert(guest, &vioapic_guest_bus_ops);
	if (err) {
		vioapic_guest_refuse(req, err == -ENOSPC ? "KVM's bus of the VM is full" :
					  err == -ENOMEM ? "out of memory" : "interrupted");
		goto err_leave;
	}
	/* By the number that the administrator knows it by, wherever it runs */
	vioapic_guest_device_add(&guest->dev, task_tgid_nr(current));
	req->features = vioapic_eoi_in_kernel ? VIOAPIC_KVM_FEATURE_EOI : 0;
	return guest;

err_leave:
	leave(guest);
err_free:
	vioapic_guest_free(guest);
err_kvm:
	kvm_put_kvm(kvm);
	return ERR_PTR(err);
}

/* Nothing is sent, looked for or told any more */
static void quiesce(struct vioapic_guest *guest)
{
	cancel_delayed_work_sync(&guest->tend);
	cancel_delayed_work_sync(&guest->storm);
	cancel_work_sync(&guest->send);
	cancel_work_sync(&guest->resample);
	/* Who drives a line by ioctl may be sending what came of it */
	mutex_lock(&guest->send_mutex);
	mutex_unlock(&guest->send_mutex);
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
		quiesce(guest);
		leave(guest);
		kvm_put_kvm(guest->kvm);
	}
	mutex_unlock(&guest->mutex);
}

void vioapic_guest_free(struct vioapic_guest *guest)
{
	vioapic_guest_page_exit(guest);
	kfree(guest);
}
