// SPDX-License-Identifier: GPL-2.0
/* All requests, field by field: as include/uapi/linux/vioapic.h and vioapic_kvm.h have them. */
#include "fuzz.h"

#define FIELD(STRUCT, NAME, KIND) \
	{ offsetof(struct STRUCT, NAME), sizeof(((struct STRUCT *)0)->NAME), KIND }
#define NAME(STRUCT)	FIELD(STRUCT, name, FUZZ_NAME)
#define END		{ 0 }
#define REQUEST(CMD, ON, ADMIN, STRUCT, ...)						\
	{ .name = #CMD, .cmd = CMD, .on = ON, .admin = ADMIN,				\
	  .reason = offsetof(struct STRUCT, reason),					\
	  .fields = (const struct fuzz_field[]){ __VA_ARGS__ } }
/* Without a reason */
#define SILENT(CMD, ON, ADMIN, ...)							\
	{ .name = #CMD, .cmd = CMD, .on = ON, .admin = ADMIN,				\
	  .fields = (const struct fuzz_field[]){ __VA_ARGS__ } }

struct fuzz_request fuzz_requests[] = {
	SILENT(VIOAPIC_IOC_INFO, FUZZ_ADMIN, true, FIELD(vioapic_info, index, FUZZ_FEW), END),
	REQUEST(VIOAPIC_IOC_TAKEOVER, FUZZ_ADMIN, true, vioapic_takeover, NAME(vioapic_takeover),
		FIELD(vioapic_takeover, hook, FUZZ_FEW), END),
	REQUEST(VIOAPIC_IOC_RELEASE, FUZZ_ADMIN, true, vioapic_release, NAME(vioapic_release), END),
	REQUEST(VIOAPIC_IOC_TABLE, FUZZ_ADMIN, true, vioapic_table, NAME(vioapic_table), END),
	REQUEST(VIOAPIC_IOC_CHECK, FUZZ_ADMIN, true, vioapic_check, NAME(vioapic_check), END),
	SILENT(VIOAPIC_IOC_STATS, FUZZ_ADMIN, true, NAME(vioapic_stats), END),
	REQUEST(VIOAPIC_IOC_SAVE, FUZZ_ADMIN, true, vioapic_snapshot, NAME(vioapic_snapshot), END),
	REQUEST(VIOAPIC_IOC_RESTORE, FUZZ_ADMIN, true, vioapic_snapshot, NAME(vioapic_snapshot),
		FIELD(vioapic_snapshot, state, FUZZ_STATE), END),
	REQUEST(VIOAPIC_IOC_SIM_CREATE, FUZZ_ADMIN, true, vioapic_sim_create,
		NAME(vioapic_sim_create), FIELD(vioapic_sim_create, chip, FUZZ_CHIP),
		FIELD(vioapic_sim_create, gsi_base, FUZZ_NEXT),
		FIELD(vioapic_sim_create, id, FUZZ_NEXT),
		FIELD(vioapic_sim_create, pins, FUZZ_PIN),
		FIELD(vioapic_sim_create, hook, FUZZ_BIT), END),
	REQUEST(VIOAPIC_IOC_SIM_DESTROY, FUZZ_ADMIN, true, vioapic_sim_destroy,
		NAME(vioapic_sim_destroy), END),
	REQUEST(VIOAPIC_IOC_SIM_LINE, FUZZ_ADMIN, true, vioapic_sim_line, NAME(vioapic_sim_line),
		FIELD(vioapic_sim_line, pin, FUZZ_PIN),
		FIELD(vioapic_sim_line, action, FUZZ_FEW), END),
	REQUEST(VIOAPIC_IOC_SIM_EVENTFD, FUZZ_ADMIN, true, vioapic_sim_eventfd,
		NAME(vioapic_sim_eventfd), FIELD(vioapic_sim_eventfd, pin, FUZZ_PIN),
		FIELD(vioapic_sim_eventfd, action, FUZZ_FEW),
		FIELD(vioapic_sim_eventfd, fd, FUZZ_EVENTFD),
		FIELD(vioapic_sim_eventfd, flags, FUZZ_BIT), END),
	REQUEST(VIOAPIC_IOC_SIM_FAULT, FUZZ_ADMIN, true, vioapic_sim_fault, NAME(vioapic_sim_fault),
		FIELD(vioapic_sim_fault, kind, FUZZ_FEW),
		FIELD(vioapic_sim_fault, action, FUZZ_FEW), END),
	REQUEST(VIOAPIC_IOC_SIM_FAULT, FUZZ_ADMIN, true, vioapic_sim_fault, NAME(vioapic_sim_fault),
		FIELD(vioapic_sim_fault, kind, FUZZ_FEW),
		FIELD(vioapic_sim_fault, action, FUZZ_BIT),
		FIELD(vioapic_sim_fault, attr.probability, FUZZ_PIN),
		FIELD(vioapic_sim_fault, attr.interval, FUZZ_PIN),
		FIELD(vioapic_sim_fault, attr.times, FUZZ_NEXT),
		FIELD(vioapic_sim_fault, attr.pin, FUZZ_NEXT), END),
	REQUEST(VIOAPIC_IOC_IRQS, FUZZ_ADMIN, true, vioapic_irqs, NAME(vioapic_irqs), END),

	REQUEST(VIOAPIC_KVM_QUERY, FUZZ_VMM, false, vioapic_kvm_query, END),
	REQUEST(VIOAPIC_KVM_CREATE, FUZZ_VMM, false, vioapic_kvm_create,
		FIELD(vioapic_kvm_create, vm_fd, FUZZ_VM), FIELD(vioapic_kvm_create, id, FUZZ_FEW),
		FIELD(vioapic_kvm_create, address, FUZZ_ADDRESS),
		FIELD(vioapic_kvm_create, gsi_base, FUZZ_GSI),
		FIELD(vioapic_kvm_create, pins, FUZZ_PIN),
		FIELD(vioapic_kvm_create, chip, FUZZ_CHIP), END),
	REQUEST(VIOAPIC_KVM_VM, FUZZ_ADMIN, true, vioapic_kvm_vm,
		FIELD(vioapic_kvm_vm, pid, FUZZ_PID), FIELD(vioapic_kvm_vm, index, FUZZ_BIT), END),
	REQUEST(VIOAPIC_KVM_ATTACH, FUZZ_ADMIN, true, vioapic_kvm_watch,
		FIELD(vioapic_kvm_watch, pid, FUZZ_PID),
		FIELD(vioapic_kvm_watch, vm_fd, FUZZ_VM), END),
	REQUEST(VIOAPIC_KVM_DETACH, FUZZ_ADMIN, true, vioapic_kvm_watch,
		FIELD(vioapic_kvm_watch, pid, FUZZ_PID),
		FIELD(vioapic_kvm_watch, vm_fd, FUZZ_VM), END),

	SILENT(VIOAPIC_KVM_LINE, FUZZ_IOAPIC, false, FIELD(vioapic_kvm_line, pin, FUZZ_PIN),
	       FIELD(vioapic_kvm_line, level, FUZZ_BIT),
	       FIELD(vioapic_kvm_line, flags, FUZZ_FEW), END),
	SILENT(VIOAPIC_KVM_EVENTFD, FUZZ_IOAPIC, false, FIELD(vioapic_kvm_eventfd, pin, FUZZ_PIN),
	       FIELD(vioapic_kvm_eventfd, flags, FUZZ_BIT),
	       FIELD(vioapic_kvm_eventfd, fd, FUZZ_EVENTFD),
	       FIELD(vioapic_kvm_eventfd, resample_fd, FUZZ_NO_EVENTFD), END),
	SILENT(VIOAPIC_KVM_EOI, FUZZ_IOAPIC, false, FIELD(vioapic_kvm_eoi, vector, FUZZ_SMALL),
	       FIELD(vioapic_kvm_eoi, vcpu, FUZZ_BIT), END),
	REQUEST(VIOAPIC_KVM_SAVE, FUZZ_IOAPIC, false, vioapic_kvm_state, END),
	REQUEST(VIOAPIC_KVM_RESTORE, FUZZ_IOAPIC, false, vioapic_kvm_state,
		FIELD(vioapic_kvm_state, state, FUZZ_KVM_STATE), END),
	SILENT(VIOAPIC_KVM_RESET, FUZZ_IOAPIC, false, END),
	SILENT(VIOAPIC_KVM_STATS, FUZZ_IOAPIC, false, END),
	SILENT(VIOAPIC_KVM_DESTROY, FUZZ_IOAPIC, false, END),
	SILENT(VIOAPIC_KVM_REGISTER, FUZZ_IOAPIC, false,
	       FIELD(vioapic_kvm_register, index, FUZZ_SMALL), END),
	REQUEST(VIOAPIC_KVM_GET_IOAPIC, FUZZ_IOAPIC, false, vioapic_kvm_ioapic, END),
	REQUEST(VIOAPIC_KVM_SET_IOAPIC, FUZZ_IOAPIC, false, vioapic_kvm_ioapic,
		FIELD(vioapic_kvm_ioapic, state, FUZZ_KVM_STATE), END),
};

const unsigned int fuzz_requests_count = sizeof(fuzz_requests) / sizeof(*fuzz_requests);
