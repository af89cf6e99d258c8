// SPDX-License-Identifier: GPL-2.0
/* The virtual machines that have I/O APICs of ours, and which these are. */
#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "guest.h"

/* Serialises changes of the table, and of who watches EOIs */
DEFINE_MUTEX(vioapic_guests_mutex);
static DEFINE_HASHTABLE(vms, 10);	/* by VM; see struct vioapic_vm */
static unsigned int count;		/* of them; vioapic_guests_mutex */

struct vioapic_vm *vioapic_vm_find(struct kvm *kvm)
{
	struct vioapic_vm *vm;

	hash_for_each_possible_rcu(vms, vm, node, (unsigned long)kvm,
				   lockdep_is_held(&vioapic_guests_mutex))
		if (vm->kvm == kvm)
			return vm;
	return NULL;
}

static struct vioapic_vm *add(struct kvm *kvm)
{
	struct vioapic_vm *vm;

	vm = kvzalloc(struct_size(vm, vcpu, kvm->max_vcpus), GFP_KERNEL_ACCOUNT);
	if (!vm)
		return NULL;
	vm->kvm = kvm;
	hash_add_rcu(vms, &vm->node, (unsigned long)kvm);
	count++;
	return vm;
}

static bool overlaps(u64 a, u64 a_len, u64 b, u64 b_len)
{
	return a < b + b_len && b < a + a_len;
}

/* Is another I/O APIC of the VM's in the way? */
static int check(struct vioapic_vm *vm, struct vioapic_guest *guest, struct vioapic_kvm_create *req)
{
	struct vioapic_guest *other;

	hlist_for_each_entry(other, &vm->guests, node) {
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
	return 0;
}

int vioapic_vm_join(struct vioapic_guest *guest, struct vioapic_kvm_create *req)
{
	struct vioapic_vm *vm;
	int err;

	lockdep_assert_held(&vioapic_guests_mutex);
	vm = vioapic_vm_find(guest->kvm) ?: add(guest->kvm);
	if (!vm) {
		vioapic_guest_refuse(req, "out of memory");
		return -ENOMEM;
	}
	err = check(vm, guest, req);
	if (err)
		return err;
	guest->vm = vm;
	vm->count++;
	hlist_add_head_rcu(&guest->node, &vm->guests);
	return 0;
}

void vioapic_vm_leave(struct vioapic_guest *guest)
{
	struct vioapic_vm *vm = guest->vm;

	lockdep_assert_held(&vioapic_guests_mutex);
	hlist_del_rcu(&guest->node);
	if (!--vm->count) {
		hash_del_rcu(&vm->node);
		count--;
	}
	/* Nobody sends for it or ends its services any more */
	synchronize_rcu();
	if (!vm->count) {
		vioapic_eoi_forget_all(vm);
		kvfree(vm);
	}
}

bool vioapic_vm_is_any(void)
{
	lockdep_assert_held(&vioapic_guests_mutex);
	return count;
}

unsigned int vioapic_vm_count(struct kvm *kvm)
{
	struct vioapic_vm *vm;
	unsigned int n;

	mutex_lock(&vioapic_guests_mutex);
	vm = vioapic_vm_find(kvm);
	n = vm ? vm->count : 0;
	mutex_unlock(&vioapic_guests_mutex);
	return n;
}
