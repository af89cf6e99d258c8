# SPDX-License-Identifier: GPL-2.0
# Included by Kbuild: what this kernel's headers have, where no macro tells.

vioapic-has = $(shell grep -qsw '$(2)' $(srctree)/include/linux/$(1) && echo -DVIOAPIC_HAS_$(3))

ccflags-y += $(call vioapic-has,syscore_ops.h,register_syscore_ops,SYSCORE_OPS)
ccflags-y += $(call vioapic-has,hrtimer.h,hrtimer_setup,HRTIMER_SETUP)
ccflags-y += $(call vioapic-has,eventfd.h,eventfd_signal(struct eventfd_ctx .ctx. __u64 n),EVENTFD_COUNT)
ccflags-y += $(call vioapic-has,irqnr.h,irq_get_nr_irqs,IRQ_GET_NR_IRQS)
ccflags-y += $(call vioapic-has,workqueue.h,WQ_PERCPU,WQ_PERCPU)
ccflags-y += $(call vioapic-has,mm.h,vm_flags_mod,VM_FLAGS_MOD)

# What vioapic_kvm.ko needs of KVM, and this kernel keeps for itself (a name space, from 6.18 on) or does not have.
vioapic-exported = $(shell grep -qs '	$(1)	.*	EXPORT_SYMBOL_GPL	*$$' $(objtree)/Module.symvers && echo y)
vioapic-kvm-missing := $(strip $(if $(CONFIG_KVM),$(foreach s,file_is_kvm kvm_get_kvm_safe kvm_put_kvm kvm_get_running_vcpu \
	kvm_apic_match_dest kvm_get_msr kvm_vcpu_kick kvm_io_bus_get_dev kvm_get_linear_rip,$(if $(call vioapic-exported,$(s)),,$(s))),CONFIG_KVM))
