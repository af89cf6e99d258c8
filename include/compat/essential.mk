# SPDX-License-Identifier: GPL-2.0
# Included by Kbuild: what a kernel must have; one sentence each, before anything is compiled.

vioapic-needs = $(if $(CONFIG_$(1)),,$(error vioapic needs a kernel with $(2): switch on CONFIG_$(strip $(or $(3),$(1)))))

# `make clean' has no configuration.
ifneq ($(CONFIG_MODULES),)
ifneq ($(filter 1 2 3 4,$(VERSION))$(filter 5.0 5.1 5.2 5.3 5.4 5.5 5.6 5.7 5.8 5.9 5.10 5.11,$(VERSION).$(PATCHLEVEL)),)
$(error vioapic needs Linux 5.12 or later: earlier ones have no page_fault_oops())
endif
$(call vioapic-needs,X86_64,64 bits on x86)
$(call vioapic-needs,ACPI,ACPI)
$(call vioapic-needs,X86_IO_APIC,I/O APICs)
$(call vioapic-needs,ACPI_HOTPLUG_IOAPIC,I/O APICs that come later,PCI)
$(call vioapic-needs,DYNAMIC_FTRACE_WITH_REGS,ftrace that can redirect a function,FUNCTION_TRACER and CONFIG_DYNAMIC_FTRACE)
$(call vioapic-needs,CONFIGFS_FS,configfs)
$(call vioapic-needs,EVENTFD,eventfds)
endif
