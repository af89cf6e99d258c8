// SPDX-License-Identifier: GPL-2.0
/* The function of KVM's that is found by name whatever it exports. */
#include <linux/module.h>
#include <compat/kvm_symbols.h>
#include <vioapic/names.h>

vioapic_kvm_msi_t *vioapic_kvm_set_msi __ro_after_init;

int __init vioapic_kvm_find_way(void)
{
	void *function;
	int err = vioapic_name(VIOAPIC_KVM_PREFIX, "kvm_set_msi", &function);

	if (!err)
		vioapic_kvm_set_msi = function;
	return err == -ENOMEM ? err : 0;
}
