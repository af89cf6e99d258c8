// SPDX-License-Identifier: GPL-2.0
/* What vioapic_kvm.ko uses of virt/model/model.c and its like, which know of no kernel. */
#include <linux/export.h>
#include <vioapic/state.h>

EXPORT_SYMBOL_GPL(vioapic_chip_find);
EXPORT_SYMBOL_GPL(vioapic_chip_names);
EXPORT_SYMBOL_GPL(vioapic_model_init);
EXPORT_SYMBOL_GPL(vioapic_model_reset);
EXPORT_SYMBOL_GPL(vioapic_model_read);
EXPORT_SYMBOL_GPL(vioapic_model_write);
EXPORT_SYMBOL_GPL(vioapic_model_register);
EXPORT_SYMBOL_GPL(vioapic_model_set_line);
EXPORT_SYMBOL_GPL(vioapic_model_eoi);
EXPORT_SYMBOL_GPL(vioapic_model_storm_over);
EXPORT_SYMBOL_GPL(vioapic_model_save);
EXPORT_SYMBOL_GPL(vioapic_model_restore);
EXPORT_SYMBOL_GPL(vioapic_model_claim);
EXPORT_SYMBOL_GPL(vioapic_model_let_go);
EXPORT_SYMBOL_GPL(vioapic_model_take);
EXPORT_SYMBOL_GPL(vioapic_model_refused);
EXPORT_SYMBOL_GPL(vioapic_model_end);
EXPORT_SYMBOL_GPL(vioapic_model_retry);
EXPORT_SYMBOL_GPL(vioapic_model_in_service);
EXPORT_SYMBOL_GPL(vioapic_state_to_kvm);
EXPORT_SYMBOL_GPL(vioapic_state_from_kvm);
