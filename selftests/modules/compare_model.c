// SPDX-License-Identifier: GPL-2.0
/*
 * The model, compiled once more: vioapic.ko exports no functions of its own, and
 * what is compared is the source.
 */
#include "../../virt/model/model.c"
#include "../../virt/model/chips.c"
