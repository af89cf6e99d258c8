// SPDX-License-Identifier: GPL-2.0
/*
 * A place on KVM's MMIO bus, as kvm_io_bus_register_dev(), which is not exported,
 * gives one: readers hold kvm->srcu, so a new bus replaces the old one.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include "guest.h"

#define PAGE_BYTES	4096

/*
 * A device that answers nothing.  It stays behind if there is no memory for a smaller bus: the
 * limit of its memory cgroup is in the hands of whoever runs the VM.
 */
struct vioapic_guest_spare {
	struct kvm_io_device dev;
};

/* The bus has gone; until vioapic_watch_exit() has seen this return, the module has not */
static void spare_gone(struct kvm_io_device *dev)
{
	kfree(container_of(dev, struct vioapic_guest_spare, dev));
	module_put(THIS_MODULE);
}

static const struct kvm_io_device_ops spare_ops = {
	.destructor = spare_gone,
};

/* KVM's order, which it searches by halves */
static bool is_behind(const struct kvm_io_range *range, u64 address)
{
	return range->addr > address ||
	       (range->addr == address && range->addr + range->len > address + PAGE_BYTES);
}

/* kvm->slots_lock held */
static int insert(struct vioapic_guest *guest)
{
	struct kvm *kvm = guest->kvm;
	struct kvm_io_bus *old = kvm_get_bus(kvm, KVM_MMIO_BUS), *new;
	int i;

	if (!old)
		return -ENOMEM;
	if (old->dev_count - old->ioeventfd_count > NR_IOBUS_DEVS - 1)
		return -ENOSPC;
	new = kmalloc(struct_size(old, range, old->dev_count + 1), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	for (i = 0; i < old->dev_count; i++)
		if (is_behind(&old->range[i], guest->dev.phys))
			break;
	memcpy(new, old, struct_size(old, range, i));
	new->dev_count++;
	new->range[i] = (struct kvm_io_range) {
		.addr = guest->dev.phys, .len = PAGE_BYTES, .dev = &guest->bus_dev,
	};
	memcpy(&new->range[i + 1], &old->range[i],
	       flex_array_size(old, range, old->dev_count - i));
	rcu_assign_pointer(kvm->buses[KVM_MMIO_BUS], new);
	synchronize_srcu_expedited(&kvm->srcu);
	kfree(old);
	return 0;
}

int vioapic_guest_bus_insert(struct vioapic_guest *guest, const struct kvm_io_device_ops *ops)
{
	struct kvm *kvm = guest->kvm;
	int err;

	guest->spare = kzalloc(sizeof(*guest->spare), GFP_KERNEL_ACCOUNT);
	if (!guest->spare)
		return -ENOMEM;
	kvm_iodevice_init(&guest->spare->dev, &spare_ops);
	kvm_iodevice_init(&guest->bus_dev, ops);
	err = mutex_lock_killable(&kvm->slots_lock);
	if (err)
		goto err_spare;
	err = insert(guest);
	mutex_unlock(&kvm->slots_lock);
	if (err)
		goto err_spare;
	return 0;

err_spare:
	kfree(guest->spare);
	return err;
}

/* kvm->slots_lock held.  Return: what is not needed any more */
static void *remove(struct vioapic_guest *guest)
{
	struct kvm *kvm = guest->kvm;
	struct kvm_io_bus *old = kvm_get_bus(kvm, KVM_MMIO_BUS), *new;
	int i;

	/* KVM drops the whole bus when it has no memory for a smaller one */
	for (i = 0; old && i < old->dev_count; i++)
		if (old->range[i].dev == &guest->bus_dev)
			break;
	if (!old || i == old->dev_count)
		return guest->spare;

	new = kmalloc(struct_size(old, range, old->dev_count - 1),
		      GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	/* Its cgroup may be full; less than what is freed next is not to be held against it */
	if (!new)
		new = kmalloc(struct_size(old, range, old->dev_count - 1), GFP_KERNEL);
	if (!new) {
		/* Our caller holds the module, too */
		__module_get(THIS_MODULE);
		WRITE_ONCE(old->range[i].dev, &guest->spare->dev);
		synchronize_srcu_expedited(&kvm->srcu);
		return NULL;
	}
	memcpy(new, old, struct_size(old, range, i));
	new->dev_count--;
	memcpy(&new->range[i], &old->range[i + 1],
	       flex_array_size(old, range, new->dev_count - i));
	rcu_assign_pointer(kvm->buses[KVM_MMIO_BUS], new);
	synchronize_srcu_expedited(&kvm->srcu);
	kfree(old);
	return guest->spare;
}

void vioapic_guest_bus_remove(struct vioapic_guest *guest)
{
	void *spare;

	mutex_lock(&guest->kvm->slots_lock);
	spare = remove(guest);
	mutex_unlock(&guest->kvm->slots_lock);
	kfree(spare);
}
