/* SPDX-License-Identifier: GPL-2.0 */
/* What a kernel must have; one sentence each, at build. */
#ifndef VIOAPIC_COMPAT_FEATURES_H
#define VIOAPIC_COMPAT_FEATURES_H

#include <linux/kconfig.h>
#include <linux/version.h>

#if !IS_ENABLED(CONFIG_X86_64)
#error "vioapic needs an x86-64 kernel (CONFIG_X86_64)"
#endif
#if !IS_ENABLED(CONFIG_X86_IO_APIC)
#error "vioapic needs a kernel with I/O APIC support (CONFIG_X86_IO_APIC)"
#endif
#if !IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_REGS)
#error "vioapic needs a kernel with ftrace that saves registers (CONFIG_DYNAMIC_FTRACE_WITH_REGS)"
#endif
#if !IS_ENABLED(CONFIG_ACPI)
#error "vioapic needs a kernel with ACPI (CONFIG_ACPI)"
#endif
#if !IS_ENABLED(CONFIG_ACPI_HOTPLUG_IOAPIC)
#error "vioapic needs a kernel that can add I/O APICs (CONFIG_ACPI_HOTPLUG_IOAPIC)"
#endif
#if !IS_ENABLED(CONFIG_CONFIGFS_FS)
#error "vioapic needs a kernel with configfs (CONFIG_CONFIGFS_FS)"
#endif
#if !IS_ENABLED(CONFIG_EVENTFD)
#error "vioapic needs a kernel with eventfds (CONFIG_EVENTFD)"
#endif
#if KERNEL_VERSION(5, 12, 0) > LINUX_VERSION_CODE
#error "vioapic needs Linux 5.12 or later: earlier ones have no page_fault_oops()"
#endif

#endif
