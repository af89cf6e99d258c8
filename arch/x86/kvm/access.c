// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses of the guest that exit: all writes, and reads where no slot answers.
 * They run in vCPU threads, several at a time, with kvm->srcu held.
 */
#include <linux/log2.h>
#include "guest.h"

#define PAGE_BYTES	4096

static struct vioapic_guest *guest_of(struct kvm_io_device *dev)
{
	return container_of(dev, struct vioapic_guest, bus_dev);
}

/* KVM cuts accesses at the end of a page, and to 8 bytes */
static bool is_access(struct vioapic_guest *guest, gpa_t address, int len)
{
	return len > 0 && len <= 8 && is_power_of_2(len) &&
	       address - guest->dev.phys <= PAGE_BYTES - len;
}

/* @guest->dev.lock held, so that a route change is told after the access that made it */
static void trace(struct vioapic_guest *guest, struct kvm_vcpu *vcpu, bool write,
		  unsigned int offset, unsigned int size, u64 value)
{
	if (vioapic_guest_device_traced())
		vioapic_guest_device_trace(&guest->dev, &(struct vioapic_guest_access) {
			.write = write, .offset = offset, .size = size, .value = value,
			.vcpu = vcpu->vcpu_id, .ip = vioapic_kvm_function(kvm_get_linear_rip)(vcpu),
		});
}

static int bus_read(struct kvm_vcpu *vcpu, struct kvm_io_device *dev, gpa_t address, int len,
		    void *data)
{
	struct vioapic_guest *guest = guest_of(dev);
	unsigned int offset = address - guest->dev.phys;
	struct vioapic_call call;
	u64 value;

	if (!is_access(guest, address, len))
		return -EOPNOTSUPP;
	vioapic_guest_begin(guest, &call);
	atomic64_inc(&guest->dev.reads);
	value = vioapic_model_read(&guest->dev.model, offset, len, &call.fx);
	trace(guest, vcpu, false, offset, len, value);
	vioapic_guest_finish(guest, &call);
	/* x86 is little-endian: the low bytes come first */
	memcpy(data, &value, len);
	return 0;
}

static int bus_write(struct kvm_vcpu *vcpu, struct kvm_io_device *dev, gpa_t address, int len,
		     const void *data)
{
	struct vioapic_guest *guest = guest_of(dev);
	unsigned int offset = address - guest->dev.phys;
	struct vioapic_call call;
	u64 value = 0;

	if (!is_access(guest, address, len))
		return -EOPNOTSUPP;
	memcpy(&value, data, len);

	vioapic_guest_begin(guest, &call);
	guest->dev.cnt[VIOAPIC_CNT_WRITES]++;
	vioapic_model_write(&guest->dev.model, offset, len, value, &call.fx);
	trace(guest, vcpu, true, offset, len, value);
	vioapic_guest_finish_all(guest, &call);
	return 0;
}

const struct kvm_io_device_ops vioapic_guest_bus_ops = {
	.read = bus_read,
	.write = bus_write,
};
