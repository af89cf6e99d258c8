/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * vioapic: I/O APICs for KVM guests.
 *
 * VIOAPIC_KVM_CREATE gives a virtual machine one more I/O APIC and returns a file
 * descriptor that stands for it; all further calls for it are ioctls on that.  It is an
 * ioctl of /dev/vioapic_kvm, which is for VMMs, and of /dev/vioapic, which is the
 * administrator's.
 * The I/O APIC goes with VIOAPIC_KVM_DESTROY, or when the last reference to the
 * descriptor does; a mapping of it is one.  Until then it is one of those that
 * <linux/vioapic.h> tells an administrator of, by the name kvmPID or kvmPID-N.  After
 * VIOAPIC_KVM_DESTROY all calls but VIOAPIC_KVM_LINE, which does nothing then, are refused:
 * -ENODEV.
 *
 * In this order:
 *   1. KVM_CREATE_VM, then KVM_CAP_SPLIT_IRQCHIP.  Its args[0] is the number of GSIs, from
 *      0 on, whose MSI routes stand for pins of I/O APICs of the VMM's own: 0 if it has
 *      none but those created here, which need no routes.
 *   2. VIOAPIC_KVM_CREATE, before or after vCPUs are created.
 *   3. For reads that take no exit at all, map the descriptor (one page, offset 0,
 *      PROT_READ) and give the guest that memory as a slot with KVM_MEM_READONLY at the
 *      I/O APIC's address; libvioapic does so.  Writes end in the kernel either way.
 *   4. VIOAPIC_KVM_RESTORE when all vCPUs exist and none runs; before KVM_SET_LAPIC or
 *      after it.
 *
 * KVM_EXIT_IOAPIC_EOI can come for each level interrupt if VIOAPIC_KVM_FEATURE_EOI is
 * missing.  If not, it comes for the VMM's own I/O APICs, and may for one of ours now and
 * then: of an interrupt that is delivered again at once, for guests with paravirtual EOI
 * and on Intel.  Call VIOAPIC_KVM_EOI in any case: it does nothing for what the kernel
 * has seen.
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

#include <linux/kvm.h>
#include <linux/vioapic.h>

/* Of this interface; the next one has all that this one has */
#define VIOAPIC_KVM_VERSION	1

/*
 * Level EOIs need no exit to user space.  Without this, call VIOAPIC_KVM_EOI for each; KVM
 * may miss the EOI of what is in service while a local APIC changes its setup or the VMM
 * sets routes: such are found by looking, now and then.
 */
#define VIOAPIC_KVM_FEATURE_EOI		(1 << 0)

/**
 * struct vioapic_kvm_query - VIOAPIC_KVM_QUERY, on either device
 * @version:  out: VIOAPIC_KVM_VERSION of the kernel's side
 * @features: out: VIOAPIC_KVM_FEATURE_* that VIOAPIC_KVM_CREATE will have
 * @pins:     out: how many an I/O APIC can have
 * @chips:    out: names of the personalities, with a space between each two
 *
 * -EOPNOTSUPP the kernel module vioapic_kvm is not loaded; -EINVAL.
 */
struct vioapic_kvm_query {
	__u32 version;
	__u32 features;
	__u32 pins;
	__u32 reserved[13];
	char chips[128];
	char reason[VIOAPIC_REASON_LEN];
};

/**
 * struct vioapic_kvm_create - VIOAPIC_KVM_CREATE, on either device
 * @vm_fd:    of a virtual machine of this process with KVM_CAP_SPLIT_IRQCHIP
 * @id:       what the ID register reads at first, and after VIOAPIC_KVM_RESET, at which
 *            all is as created but the lines, which stay
 * @address:  guest physical address of the register page; a multiple of 4096
 * @gsi_base: GSI of pin 0
 * @pins:     redirection entries, 1..240; 0: as many as the chip has
 * @chip:     personality; "qemu" is what QEMU has by default
 * @fd:       0; out: stands for the I/O APIC
 * @features: 0; out: VIOAPIC_KVM_FEATURE_* or-ed together
 * @storm_limit: EOIs in a row that find the line asserted before a pin is held back
 *            for 10 ms; 0 for the default (10000), or VIOAPIC_STORM_NEVER
 *
 * -EOPNOTSUPP the kernel module vioapic_kvm is not loaded; -EBADF @vm_fd is no
 * virtual machine; -EIO it is another process's; -ENODEV it has no split irqchip;
 * -EEXIST another I/O APIC is in the way; -ENOSPC KVM's bus is full; -ENOMEM; -EINTR;
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

/* Not asserted or not, but high or low: the guest's polarity decides what that means */
#define VIOAPIC_KVM_LINE_ELECTRICAL	(1 << 0)
/* Assert and deassert; @level is 1.  Not with VIOAPIC_KVM_LINE_ELECTRICAL */
#define VIOAPIC_KVM_LINE_PULSE		(1 << 1)

/* What came of it, as KVM_IRQ_LINE_STATUS says it */
enum vioapic_kvm_outcome {
	VIOAPIC_KVM_LINE_IGNORED = -1,	/* masked, or no local APIC took it: it may come later */
	VIOAPIC_KVM_LINE_COALESCED = 0,	/* the one before is not over */
	VIOAPIC_KVM_LINE_DELIVERED = 1,	/* or the line is not asserted now */
};

/**
 * struct vioapic_kvm_line - VIOAPIC_KVM_LINE: drive a line
 * @pin:     which
 * @level:   1: asserted, whatever the guest has made of the polarity; 0: not
 * @flags:   VIOAPIC_KVM_LINE_* or-ed together
 * @outcome: out: enum vioapic_kvm_outcome
 *
 * The line of a pin is asserted as long as somebody asserts it: this call, this call with
 * VIOAPIC_KVM_LINE_ELECTRICAL, or an eventfd.  Whoever has several devices on it calls for
 * all of them together.  Never waits for VIOAPIC_KVM_SAVE or any other call.
 * -ERANGE no such pin; -EINVAL.
 */
struct vioapic_kvm_line {
	__u32 pin;
	__u32 level;
	__u32 flags;
	__s32 outcome;
	__u32 reserved[4];
};

/* Take the eventfd @fd of @pin away, or with -1 all of the pin's; @resample_fd is -1 then */
#define VIOAPIC_KVM_EVENTFD_REMOVE	(1 << 0)

/**
 * struct vioapic_kvm_eventfd - VIOAPIC_KVM_EVENTFD: an eventfd asserts a line
 * @pin:         may have several, each for a device that shares it
 * @flags:       0 or VIOAPIC_KVM_EVENTFD_REMOVE
 * @fd:          each signal on it asserts the line
 * @resample_fd: -1: the line is let go at once, which is one edge.  Otherwise, of a
 *               level-triggered pin, it stays asserted until the guest ends the interrupt
 *               (EOI); then it is let go and this eventfd signalled: whoever still wants
 *               service signals @fd again.  The same happens when a pin is unmasked, when
 *               another eventfd is given to it, and at VIOAPIC_KVM_RESET and
 *               VIOAPIC_KVM_RESTORE; of a pin that is not level-triggered, at once
 *
 * An eventfd is bound once, to one pin of one I/O APIC, and is not one that asks for a
 * signal on another, too.
 * -ERANGE no such pin; -EBUSY @fd is bound; -ENOENT it is not (REMOVE); -ENOSPC the pin has
 * 16; -EBADF or -EINVAL a descriptor is no eventfd; -ENOMEM; -EINVAL.
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
 * @vcpu:   ID of the vCPU that it came from, as KVM_CREATE_VCPU was given it; to be called
 *          before that runs again
 * Acts on all I/O APICs of the virtual machine.  -ENOENT no such vCPU; -EINVAL.
 */
struct vioapic_kvm_eoi {
	__u32 vector;
	__u32 vcpu;
};

/**
 * struct vioapic_kvm_state - VIOAPIC_KVM_SAVE, VIOAPIC_KVM_RESTORE
 * Restore wants the same chip, pins, address and GSIs.  Eventfds are no part of it: give
 * them to the pins before or after.  When save returns, all resample eventfds that were
 * due are signalled.  Of states of older and newer vioapics, see struct vioapic_state.
 * -EINVAL not a state of this I/O APIC.
 */
struct vioapic_kvm_state {
	struct vioapic_state state;
	char reason[VIOAPIC_REASON_LEN];
};

/**
 * struct vioapic_kvm_ioapic - VIOAPIC_KVM_GET_IOAPIC, VIOAPIC_KVM_SET_IOAPIC: the state as
 * KVM_GET_IRQCHIP and KVM_SET_IRQCHIP have it
 *
 * For those with 24 pins at most.  @state.base_address is that of the register page.
 * -ERANGE more pins, or an ID or index that KVM's format has no room for; -EINVAL (SET) not
 * a state of this I/O APIC.
 */
struct vioapic_kvm_ioapic {
	struct kvm_ioapic_state state;
	char reason[VIOAPIC_REASON_LEN];
};

/**
 * struct vioapic_kvm_register - VIOAPIC_KVM_REGISTER
 * @index: value of IOREGSEL
 * @value: out: what IOWIN would read; 0 where there is no register
 */
struct vioapic_kvm_register {
	__u32 index;
	__u32 value;
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
#define VIOAPIC_KVM_LINE	_IOWR(VIOAPIC_IOC_MAGIC, 0x21, struct vioapic_kvm_line)
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
#define VIOAPIC_KVM_QUERY	_IOWR(VIOAPIC_IOC_MAGIC, 0x2c, struct vioapic_kvm_query)
#define VIOAPIC_KVM_REGISTER	_IOWR(VIOAPIC_IOC_MAGIC, 0x2d, struct vioapic_kvm_register)
#define VIOAPIC_KVM_GET_IOAPIC	_IOR(VIOAPIC_IOC_MAGIC, 0x2e, struct vioapic_kvm_ioapic)
#define VIOAPIC_KVM_SET_IOAPIC	_IOWR(VIOAPIC_IOC_MAGIC, 0x2f, struct vioapic_kvm_ioapic)

#endif
