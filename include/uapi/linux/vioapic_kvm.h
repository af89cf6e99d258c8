/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * vioapic: I/O APICs for KVM guests.
 *
 * VIOAPIC_KVM_CREATE on /dev/vioapic gives a virtual machine one more I/O APIC and
 * returns a file descriptor that stands for it; all further calls for it are ioctls on
 * that.
 * The I/O APIC goes with VIOAPIC_KVM_DESTROY, or when the last reference to the
 * descriptor does; a mapping of it is one.  Until then it is one of those that
 * <linux/vioapic.h> tells an administrator of, by the name kvmPID or kvmPID-N.
 *
 * Writes of the guest end in the kernel.  For reads that take no exit at all, map
 * the descriptor (one page, offset 0, PROT_READ) and give the guest that memory as
 * a slot with KVM_MEM_READONLY at the I/O APIC's address; libvioapic does so.
 *
 * VIOAPIC_KVM_VM, VIOAPIC_KVM_ATTACH and VIOAPIC_KVM_DETACH on /dev/vioapic are for an
 * administrator who wants to watch the I/O APIC that KVM has given a virtual machine.
 *
 * Fields called "reserved" must be zero, else -EINVAL.  A call that is refused
 * changes nothing, and where its struct has a field "reason", the kernel puts one
 * sentence for people there.
 */
#ifndef _UAPI_LINUX_VIOAPIC_KVM_H
#define _UAPI_LINUX_VIOAPIC_KVM_H

#include <linux/vioapic.h>

/*
 * Level EOIs need no exit to user space.  There may be one nevertheless, of an interrupt
 * that is delivered again at once, for guests with paravirtual EOI and on Intel:
 * VIOAPIC_KVM_EOI does nothing then.
 * Without this, call VIOAPIC_KVM_EOI for each.  KVM may miss the EOI of what is in service
 * while a local APIC changes its setup or the VMM sets routes, and of what a restore put
 * in service: those are found by looking, every 10 ms.
 */
#define VIOAPIC_KVM_FEATURE_EOI		(1 << 0)

/**
 * struct vioapic_kvm_create - VIOAPIC_KVM_CREATE, on /dev/vioapic
 * @vm_fd:    of a virtual machine of this process with KVM_CAP_SPLIT_IRQCHIP and at
 *            least one MSI route (KVM_SET_GSI_ROUTING)
 * @id:       what the ID register reads at first, and after VIOAPIC_KVM_RESET, at which
 *            all is as created but the lines, which stay
 * @address:  guest physical address of the register page; a multiple of 4096
 * @gsi_base: GSI of pin 0
 * @pins:     redirection entries, 1..240; 0: as many as the chip has
 * @chip:     personality: 82093aa, ich, pch120, via, amd, generic240
 * @fd:       0; out: stands for the I/O APIC
 * @features: 0; out: VIOAPIC_KVM_FEATURE_* or-ed together
 * @storm_limit: EOIs with immediate redelivery in a row before a pin is held back
 *            for 10 ms; 0 for the default (10000), or VIOAPIC_STORM_NEVER
 *
 * -EOPNOTSUPP the kernel module vioapic_kvm is not loaded; -EBADF @vm_fd is no
 * virtual machine; -EIO it is another process's; -ENODEV it has no split irqchip or
 * no MSI route; -EEXIST another I/O APIC is in the way; -ENOSPC KVM's bus is full;
 * -EINVAL.
 */
struct vioapic_kvm_create {
	__s32 vm_fd;
	__u32 id;
	__u64 address;
	__u32 gsi_base;
	__u32 pins;
	char chip[VIOAPIC_NAME_LEN];
	__s32 fd;
	__u32 features;
	__u32 storm_limit;
	__u32 reserved[5];
	char reason[VIOAPIC_REASON_LEN];
};

/**
 * struct vioapic_kvm_line - VIOAPIC_KVM_LINE: drive a line
 * @level: 0 or 1; electrical, before polarity: 0 asserts an active-low pin
 * -ERANGE no such pin, -EBUSY an eventfd drives it, -EINVAL.
 */
struct vioapic_kvm_line {
	__u32 pin;
	__u32 level;
};

/* The line is asserted by driving it low; say the same to the guest (ACPI, MP table) */
#define VIOAPIC_KVM_EVENTFD_ACTIVE_LOW	(1 << 0)
/* Take the eventfd of @pin away; @fd and @resample_fd are -1 then */
#define VIOAPIC_KVM_EVENTFD_REMOVE	(1 << 1)

/**
 * struct vioapic_kvm_eventfd - VIOAPIC_KVM_EVENTFD: an eventfd drives a line
 * @pin:         has one eventfd at most
 * @flags:       VIOAPIC_KVM_EVENTFD_* or-ed together
 * @fd:          each signal on it asserts the line
 * @resample_fd: -1: the line is deasserted at once, which is one edge.  Otherwise it
 *               stays asserted until the guest ends the interrupt (EOI); then it is
 *               deasserted and this eventfd signalled: whoever still wants service
 *               signals @fd again
 * -ERANGE no such pin, -EBUSY it has an eventfd, -ENOENT it has none, -EBADF or
 * -EINVAL a descriptor is no eventfd, -EINVAL.
 */
struct vioapic_kvm_eventfd {
	__u32 pin;
	__u32 flags;
	__s32 fd;
	__s32 resample_fd;
	__u32 reserved[4];
};

/**
 * struct vioapic_kvm_eoi - VIOAPIC_KVM_EOI: for KVM_EXIT_IOAPIC_EOI
 * @vector: of the exit
 * @vcpu:   ID of the vCPU that it came from; to be called before that runs again
 * Acts on all I/O APICs of the virtual machine.  -ENOENT no such vCPU, -EINVAL.
 */
struct vioapic_kvm_eoi {
	__u32 vector;
	__u32 vcpu;
};

/**
 * struct vioapic_kvm_state - VIOAPIC_KVM_SAVE, VIOAPIC_KVM_RESTORE
 * Restore wants the same chip, pins, address and GSIs, and is called when the vCPUs
 * exist.  Eventfds are not part of it: give them to the pins before, then a line that
 * was asserted waits for its EOI as it did; given afterwards, only what is in service
 * does.  When save returns, all resample eventfds that were due are signalled.
 * -EINVAL not a state of this I/O APIC.
 */
struct vioapic_kvm_state {
	struct vioapic_state state;
	char reason[VIOAPIC_REASON_LEN];
};

/* Counters of VIOAPIC_KVM_STATS; they grow from the creation on */
enum vioapic_kvm_counter {
	VIOAPIC_KVM_CNT_READS,		/* guest reads that took an exit */
	VIOAPIC_KVM_CNT_WRITES,		/* guest writes */
	VIOAPIC_KVM_CNT_DELIVERED,	/* messages that a local APIC accepted */
	VIOAPIC_KVM_CNT_REFUSED,	/* messages that none accepted or that mean nothing */
	VIOAPIC_KVM_CNT_EOIS,		/* EOIs of level interrupts, by broadcast */
	VIOAPIC_KVM_CNT_SUPPRESSED,	/* EOI broadcasts that the guest suppresses */
	VIOAPIC_KVM_CNT_STORMS,		/* times that a pin was held back */
	VIOAPIC_KVM_CNT_RESAMPLES,	/* times that a resample eventfd was signalled */
	VIOAPIC_KVM_CNT_NR
};

/** struct vioapic_kvm_stats - VIOAPIC_KVM_STATS; by enum vioapic_kvm_counter */
struct vioapic_kvm_stats {
	__u64 counter[16];
};

enum vioapic_kvm_irqchip {
	VIOAPIC_KVM_IRQCHIP_NONE = 0,	/* all of it is the VMM's */
	VIOAPIC_KVM_IRQCHIP_KERNEL = 1,	/* KVM's own I/O APIC: can be watched */
	VIOAPIC_KVM_IRQCHIP_SPLIT = 2,	/* local APICs are KVM's */
};

/**
 * struct vioapic_kvm_vm - VIOAPIC_KVM_VM: the virtual machines of a process
 * @pid:     of the process, or of one of its threads
 * @index:   which, from 0 on
 * @vm_fd:   out: its descriptor in that process; the lowest, if it has several
 * @irqchip: out: enum vioapic_kvm_irqchip
 * @vcpus:   out: how many it has
 * @ioapics: out: how many it has by VIOAPIC_KVM_CREATE
 * @name:    out: of the I/O APIC that is watched, or empty
 *
 * Needs CAP_SYS_ADMIN, as do the next two.  -ENOENT no such VM; -ESRCH no such
 * process; -EOPNOTSUPP the kernel module vioapic_kvm is not loaded; -EPERM; -EINVAL.
 */
struct vioapic_kvm_vm {
	__s32 pid;
	__u32 index;
	__s32 vm_fd;
	__u32 irqchip;
	__u32 vcpus;
	__u32 ioapics;
	char name[VIOAPIC_NAME_LEN];
	__u32 reserved[6];
	char reason[VIOAPIC_REASON_LEN];
};

/**
 * struct vioapic_kvm_watch - VIOAPIC_KVM_ATTACH, VIOAPIC_KVM_DETACH
 * @pid:   as above
 * @vm_fd: of a VM with the irqchip VIOAPIC_KVM_IRQCHIP_KERNEL; for DETACH also -1, all
 *         of that process
 * @name:  out (ATTACH): under which it is in the inventory
 *
 * From ATTACH to DETACH, or to the end of the VM, its I/O APIC is one of those that
 * VIOAPIC_IOC_INFO, _TABLE, _CHECK, _STATS and _SAVE and the tracepoints tell of.  The
 * guest and its VMM do not notice either.  -EALREADY it is watched; -ENODEV the VM has
 * no such I/O APIC, or KVM has dropped its bus; -EBUSY another module has put something
 * in front of it; -EOPNOTSUPP; -ENOENT it is no VM, or is not watched (DETACH); -ESRCH;
 * -EPERM; -EINVAL.
 */
struct vioapic_kvm_watch {
	__s32 pid;
	__s32 vm_fd;
	char name[VIOAPIC_NAME_LEN];
	__u32 reserved[6];
	char reason[VIOAPIC_REASON_LEN];
};

#define VIOAPIC_KVM_IOC_FIRST	0x20
#define VIOAPIC_KVM_IOC_LAST	0x3f
#define VIOAPIC_KVM_CREATE	_IOWR(VIOAPIC_IOC_MAGIC, 0x20, struct vioapic_kvm_create)
#define VIOAPIC_KVM_LINE	_IOW(VIOAPIC_IOC_MAGIC, 0x21, struct vioapic_kvm_line)
#define VIOAPIC_KVM_EVENTFD	_IOW(VIOAPIC_IOC_MAGIC, 0x22, struct vioapic_kvm_eventfd)
#define VIOAPIC_KVM_EOI		_IOW(VIOAPIC_IOC_MAGIC, 0x23, struct vioapic_kvm_eoi)
#define VIOAPIC_KVM_SAVE	_IOR(VIOAPIC_IOC_MAGIC, 0x24, struct vioapic_kvm_state)
#define VIOAPIC_KVM_RESTORE	_IOWR(VIOAPIC_IOC_MAGIC, 0x25, struct vioapic_kvm_state)
#define VIOAPIC_KVM_RESET	_IO(VIOAPIC_IOC_MAGIC, 0x26)
#define VIOAPIC_KVM_STATS	_IOR(VIOAPIC_IOC_MAGIC, 0x27, struct vioapic_kvm_stats)
#define VIOAPIC_KVM_DESTROY	_IO(VIOAPIC_IOC_MAGIC, 0x28)
#define VIOAPIC_KVM_VM		_IOWR(VIOAPIC_IOC_MAGIC, 0x29, struct vioapic_kvm_vm)
#define VIOAPIC_KVM_ATTACH	_IOWR(VIOAPIC_IOC_MAGIC, 0x2a, struct vioapic_kvm_watch)
#define VIOAPIC_KVM_DETACH	_IOWR(VIOAPIC_IOC_MAGIC, 0x2b, struct vioapic_kvm_watch)

#endif
