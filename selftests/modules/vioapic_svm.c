// SPDX-License-Identifier: GPL-2.0
/*
 * What QEMU's emulation of SVM leaves behind, as CPUs do not.
 *
 * At an exit it puts the guest's last exception into EXITINTINFO, without the bit that says
 * that there is one.  KVM from 6.14 on looks at the type alone before it emulates an access
 * (svm_check_emulate_instruction()): a guest that takes a page fault and, before it exits for
 * anything else, writes to its I/O APIC, is ended with "KVM internal error. Suberror: 3".  That
 * is what vioapic in a guest does.  So here what is not valid becomes zero at each exit.
 */
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <asm/svm.h>

static unsigned long mended;
module_param(mended, ulong, 0444);

/* svm_handle_exit(vcpu, ..); of struct vcpu_svm these two come first */
struct svm {
	struct kvm_vcpu vcpu;
	struct vmcb *vmcb;
};

static int at_exit(struct kprobe *probe, struct pt_regs *regs)
{
	struct svm *svm = (struct svm *)regs->di;
	struct vmcb *vmcb = READ_ONCE(svm->vmcb);
	u32 info;

	if (!PAGE_ALIGNED(vmcb) || !virt_addr_valid(vmcb))
		return 0;
	info = vmcb->control.exit_int_info;
	if (info && !(info & SVM_EXITINTINFO_VALID)) {
		vmcb->control.exit_int_info = 0;
		mended++;
	}
	return 0;
}

static struct kprobe probe = { .symbol_name = "svm_handle_exit", .pre_handler = at_exit };

static int __init svm_init(void)
{
	return register_kprobe(&probe);
}

static void __exit svm_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(svm_init);
module_exit(svm_exit);

MODULE_DESCRIPTION("vioapic selftest: mends what QEMU's SVM leaves behind");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
