# SPDX-License-Identifier: GPL-2.0
# Included by Kbuild: what this kernel's headers have, where no macro tells.

vioapic-has = $(shell grep -qsw '$(2)' $(srctree)/include/linux/$(1) && echo -DVIOAPIC_HAS_$(3))

ccflags-y += $(call vioapic-has,syscore_ops.h,register_syscore_ops,SYSCORE_OPS)
ccflags-y += $(call vioapic-has,hrtimer.h,hrtimer_setup,HRTIMER_SETUP)
