# SPDX-License-Identifier: GPL-2.0
# Included by Kbuild: what this kernel's headers have, where no macro tells.

vioapic-has = $(shell grep -qsw '$(2)' $(srctree)/include/linux/$(1) && echo -DVIOAPIC_HAS_$(3))

ccflags-y += $(call vioapic-has,syscore_ops.h,register_syscore_ops,SYSCORE_OPS)
ccflags-y += $(call vioapic-has,hrtimer.h,hrtimer_setup,HRTIMER_SETUP)
ccflags-y += $(call vioapic-has,eventfd.h,eventfd_signal(struct eventfd_ctx .ctx. __u64 n),EVENTFD_COUNT)
ccflags-y += $(call vioapic-has,irqnr.h,irq_get_nr_irqs,IRQ_GET_NR_IRQS)
ccflags-y += $(call vioapic-has,workqueue.h,WQ_PERCPU,WQ_PERCPU)
ccflags-y += $(call vioapic-has,mm.h,vm_flags_mod,VM_FLAGS_MOD)
ccflags-y += $(call vioapic-has,ftrace.h,register_ftrace_direct_multi,FTRACE_DIRECT_MULTI)
ccflags-y += $(call vioapic-has,ftrace.h,register_ftrace_direct(struct ftrace_ops .ops. unsigned long addr),FTRACE_DIRECT_OPS)

ccflags-y += $(if $(shell grep -sw CONFIG_KVM_IOAPIC $(srctree)/arch/x86/include/asm/kvm_host.h),-DVIOAPIC_HAS_KVM_IOAPIC_OPTION)

# What vioapic_kvm.ko needs of KVM. Some of it this kernel may keep for itself (a name space, from 6.18 on), or not have by
# that name: then it is found at load (kvm_symbols.h), for which there must be other things.
vioapic-exported = $(shell grep -qs '	$(1)	.*	EXPORT_SYMBOL\(_GPL\)\?	*$$' $(objtree)/Module.symvers && echo y)
vioapic-not-exported = $(foreach s,$(1),$(if $(call vioapic-exported,$(s)),,$(s)))
ifdef CONFIG_KVM
vioapic-kvm-hidden := $(strip $(call vioapic-not-exported,file_is_kvm kvm_get_running_vcpu kvm_apic_match_dest \
	kvm_get_msr kvm_vcpu_kick kvm_get_linear_rip))
vioapic-kvm-missing := $(strip $(call vioapic-not-exported,kvm_get_kvm_safe kvm_put_kvm \
	$(if $(vioapic-kvm-hidden),register_kprobe btf_type_by_id bpf_find_btf_id)))
ccflags-y += $(if $(vioapic-kvm-hidden),-DVIOAPIC_KVM_LOOKUP)
else
vioapic-kvm-missing := CONFIG_KVM
endif
