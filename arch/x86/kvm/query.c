// SPDX-License-Identifier: GPL-2.0
/* Questions: what there can be, and what there is. */
#include <linux/string.h>
#include "guest.h"
#include "watch.h"

int vioapic_query(struct vioapic_kvm_query *req)
{
	mutex_lock(&vioapic_guests_mutex);
	req->features = vioapic_probe_would_work() ? VIOAPIC_KVM_FEATURE_EOI : 0;
	mutex_unlock(&vioapic_guests_mutex);
	return 0;
}

static u32 irqchip_of(struct kvm *kvm)
{
	if (vioapic_kvm_irqchip_is_kernel(kvm))
		return VIOAPIC_KVM_IRQCHIP_KERNEL;
	if (READ_ONCE(kvm->arch.irqchip_mode) == KVM_IRQCHIP_SPLIT)
		return VIOAPIC_KVM_IRQCHIP_SPLIT;
	return VIOAPIC_KVM_IRQCHIP_NONE;
}

int vioapic_query_vm(struct vioapic_kvm_vm *req)
{
	pid_t pid = req->pid;
	struct kvm *kvm;
	int fd = -1;

	if (memchr_inv(req->reserved, 0, sizeof(req->reserved))) {
		vioapic_guest_refuse(req, "a reserved field is not zero");
		return -EINVAL;
	}
	kvm = vioapic_vm_get(&pid, req->index, &fd);
	if (IS_ERR(kvm)) {
		vioapic_vm_refuse(req->reason, req->pid, PTR_ERR(kvm));
		return PTR_ERR(kvm);
	}
	req->vm_fd = fd;
	req->irqchip = irqchip_of(kvm);
	req->vcpus = atomic_read(&kvm->online_vcpus);
	req->ioapics = vioapic_vm_count(kvm);
	vioapic_watch_name(kvm, req->name);
	kvm_put_kvm(kvm);
	return 0;
}
