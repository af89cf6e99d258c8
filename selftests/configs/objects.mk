# SPDX-License-Identifier: GPL-2.0
# What kbuild would compile in one directory of a kernel, and in which directories it would go on; nothing is made.
# In a configured tree: make -s -f objects.mk srctree=.. objtree=. dir=kernel
include include/config/auto.conf
include $(srctree)/scripts/Kbuild.include
ARCH := x86
SRCARCH := x86
BITS := 64
src := $(srctree)/$(dir)
obj := $(dir)
include $(firstword $(wildcard $(src)/Kbuild $(src)/Makefile))

parts = $(foreach o,$(filter %.o,$(1)),$($(o:.o=-objs)) $($(o:.o=-y)))
objects := $(obj-y) $(obj-m) $(lib-y)
objects += $(call parts,$(objects))
objects += $(call parts,$(objects))
$(foreach o,$(objects),$(info $(dir)/$(o)))

.DEFAULT_GOAL := none
.PHONY: none
none: ; @:
