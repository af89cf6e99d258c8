/* SPDX-License-Identifier: GPL-2.0 */
/* What a kernel without x2APIC or without SMP does not declare. */
#ifndef VIOAPIC_COMPAT_APIC_H
#define VIOAPIC_COMPAT_APIC_H

#include <linux/kconfig.h>
#include <linux/percpu.h>
#include <asm/apic.h>
#include <asm/smp.h>

#if !IS_ENABLED(CONFIG_X86_X2APIC)
/* Never called: x2apic_mode is 0 then */
static inline void native_x2apic_icr_write(u32 low, u32 id) { }
#endif

/* What cpu_physical_id() is with SMP; a kernel without it has the variable too. */
static inline unsigned int vioapic_apic_id(unsigned int cpu)
{
	return per_cpu(x86_cpu_to_apicid, cpu);
}

#endif
