// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/tracepoint.h>
#include "guest.h"
#include "watch.h"

static const struct vioapic_kvm_ops ops = {
	.owner = THIS_MODULE,
	.create = vioapic_guest_file,
	.query = vioapic_query,
	.vm = vioapic_query_vm,
	.attach = vioapic_watch_attach,
	.detach = vioapic_watch_detach,
};

static int __init vioapic_kvm_init(void)
{
	int err = vioapic_kvm_find() ?: vioapic_kvm_find_way();

	if (err)
		return err;
	vioapic_kvm_register(&ops);
	return 0;
}

static void __exit vioapic_kvm_exit(void)
{
	vioapic_kvm_unregister();
	vioapic_watch_exit();
	/* Who was in the probe when the last VM went */
	tracepoint_synchronize_unregister();
}

module_init(vioapic_kvm_init);
module_exit(vioapic_kvm_exit);

MODULE_DESCRIPTION("I/O APICs for KVM guests");
MODULE_LICENSE("GPL");
MODULE_VERSION(VIOAPIC_VERSION);
