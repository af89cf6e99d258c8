/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * vioapic: what user space sees of the trap-and-emulate I/O APIC.
 *
 * All calls are ioctls on /dev/vioapic (mode 0600).  An I/O APIC is named by a
 * NUL-terminated string.  Fields called "reserved" must be zero, else -EINVAL.
 * A call that is refused changes nothing, and where its struct has a field
 * "reason", the kernel puts one sentence for people there.
 */
#ifndef _UAPI_LINUX_VIOAPIC_H
#define _UAPI_LINUX_VIOAPIC_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VIOAPIC_NAME_LEN	32
#define VIOAPIC_REASON_LEN	160
#define VIOAPIC_PINS_MAX	240

enum vioapic_uapi_role { VIOAPIC_ROLE_SHADOW = 0, VIOAPIC_ROLE_OWNER = 1 };

/**
 * enum vioapic_uapi_state - of an I/O APIC
 * @VIOAPIC_STATE_RELEASED: accesses go to the controller untrapped
 * @VIOAPIC_STATE_TAKEN:    accesses trap
 * @VIOAPIC_STATE_FAILED:   released by itself: an access could not be emulated, or
 *                          the kernel has unplugged it
 */
enum vioapic_uapi_state {
	VIOAPIC_STATE_RELEASED = 0,
	VIOAPIC_STATE_TAKEN = 1,
	VIOAPIC_STATE_FAILED = 2,
};

enum vioapic_uapi_hook {
	VIOAPIC_HOOK_DEFAULT = 0,	/* in a request: oops */
	VIOAPIC_HOOK_OOPS = 1,		/* page_fault_oops() */
	VIOAPIC_HOOK_FIXUP = 2,		/* fixup_exception() */
};

enum vioapic_uapi_backend {
	VIOAPIC_BACKEND_DEFAULT = 0,	/* in a request: what fits the machine */
	VIOAPIC_BACKEND_NATIVE = 1,
	VIOAPIC_BACKEND_XEN = 2,
	VIOAPIC_BACKEND_LAPIC = 3,	/* of simulated ones */
	VIOAPIC_BACKEND_KVM = 4,	/* of KVM guests' */
};

/**
 * struct vioapic_info - one I/O APIC (VIOAPIC_IOC_INFO)
 * @index:    in: its place in the inventory, from 0, if @name is empty;
 *            out: its place; past the end: -ENOENT
 * @name:     in: whose, unless empty; out: name
 * @address:  physical address of the register page
 * @gsi_base: GSI of pin 0
 * @pins:     redirection entries
 */
struct vioapic_info {
	__u32 index;
	__u32 reserved;
	char name[VIOAPIC_NAME_LEN];
	__u64 address;
	__u32 gsi_base;
	__u32 pins;
	__u8 id;
	__u8 version;
	__u8 role;
	__u8 state;
	__u8 hook;		/* 0 unless taken */
	__u8 backend;		/* 0 unless taken */
	__u8 window;		/* it is another kernel module's, who alone releases it */
	__u8 pad;
	char chip[VIOAPIC_NAME_LEN];
};

/**
 * struct vioapic_takeover - VIOAPIC_IOC_TAKEOVER
 * -ENOENT no such I/O APIC, -EALREADY taken over already, -EBUSY hook taken by
 * someone else, -EOPNOTSUPP not possible on this machine, -ENODEV unplugged,
 * -EINVAL.
 */
struct vioapic_takeover {
	char name[VIOAPIC_NAME_LEN];
	__u32 hook;
	__u32 backend;
	__u32 reserved[2];
	char reason[VIOAPIC_REASON_LEN];
};

/** struct vioapic_release - VIOAPIC_IOC_RELEASE; -ENOENT, -EALREADY not taken */
struct vioapic_release {
	char name[VIOAPIC_NAME_LEN];
	__u32 reserved[2];
	char reason[VIOAPIC_REASON_LEN];
};

/**
 * struct vioapic_table - all registers (VIOAPIC_IOC_TABLE)
 * @pins: out: how many entries of @rte are valid
 * Of a taken one the model, with remote IRR and delivery status as the
 * controller has them now; of a released one the controller.
 */
struct vioapic_table {
	char name[VIOAPIC_NAME_LEN];
	__u32 reserved[2];
	__u32 pins;
	__u32 id_reg;
	__u32 version_reg;
	__u32 arb_reg;
	__u32 ioregsel;
	__u32 pad;
	__u64 rte[VIOAPIC_PINS_MAX];
	char reason[VIOAPIC_REASON_LEN];
};

#define VIOAPIC_DIFFS_MAX	64

/**
 * struct vioapic_diff - a register where shadow and hardware do not agree
 * @index: IOREGSEL value
 * @mask:  the bits that were compared
 */
struct vioapic_diff {
	__u32 index;
	__u32 shadow;
	__u32 hardware;
	__u32 mask;
};

/**
 * struct vioapic_check - VIOAPIC_IOC_CHECK; -ENOENT, -ENODATA not taken over
 * @registers:   out: how many were compared
 * @differences: out: how many differ; the first VIOAPIC_DIFFS_MAX are in @diff
 */
struct vioapic_check {
	char name[VIOAPIC_NAME_LEN];
	__u32 reserved[2];
	__u32 registers;
	__u32 differences;
	struct vioapic_diff diff[VIOAPIC_DIFFS_MAX];
	char reason[VIOAPIC_REASON_LEN];
};

/* Counters; they grow from the load of the module (owner: since it is live) and never reset */
enum vioapic_counter {
	VIOAPIC_CNT_READS,		/* trapped reads */
	VIOAPIC_CNT_WRITES,		/* trapped writes */
	VIOAPIC_CNT_HW_READS,		/* reads of the controller's window */
	VIOAPIC_CNT_HW_WRITES,		/* writes to the controller's window or EOI register */
	VIOAPIC_CNT_HW_INDEX,		/* writes to the controller's index register */
	VIOAPIC_CNT_ROUTES,		/* RTEs changed */
	VIOAPIC_CNT_EOIS,		/* explicit EOIs */
	VIOAPIC_CNT_DELIVERIES,		/* messages sent (owner) */
	VIOAPIC_CNT_UNDECODED,		/* accesses that could not be emulated */
	VIOAPIC_CNT_BYPASSED,		/* accesses past a lock: of a dead CPU, or in an NMI */
	VIOAPIC_CNT_TAKEOVERS,
	VIOAPIC_CNT_RELEASES,
	VIOAPIC_CNT_REFUSED,		/* messages not sent on purpose (owner); writes that Xen has
					 * not taken, or not all of them (backend xen)
					 */
	VIOAPIC_CNT_STORMS,		/* pins held back by storm protection (owner) */
	VIOAPIC_CNT_FAULTS,		/* faults injected (owner) */
	VIOAPIC_CNT_NR
};

/** struct vioapic_stats - VIOAPIC_IOC_STATS; @counter by enum vioapic_counter */
struct vioapic_stats {
	char name[VIOAPIC_NAME_LEN];
	__u32 reserved[2];
	__u64 counter[32];
};

/* Flags in struct vioapic_pin_state */
#define VIOAPIC_PIN_HIGH	(1 << 0)	/* line driven high, before polarity */
#define VIOAPIC_PIN_DRIVEN	(1 << 1)	/* line was ever driven */
#define VIOAPIC_PIN_LATCHED	(1 << 2)	/* an edge whose message is not sent yet */
#define VIOAPIC_PIN_STALE	(1 << 3)	/* (shadow) the controller knows bits 12, 14 */
#define VIOAPIC_PIN_ASSERTED	(1 << 4)	/* asserted by whoever does not ask for polarity */
#define VIOAPIC_PIN_SERVICE	(1 << 5)	/* asserted until the service at hand ends */

#define VIOAPIC_PIN_HELD	0xffffffffU	/* in struct vioapic_pin_state.storm */

/**
 * struct vioapic_pin_state - a pin in struct vioapic_state
 * @rte:   all 64 bits; delivery status (bit 12) of a level pin: has a message to
 *         send that no local APIC accepted so far
 * @storm: EOIs in a row that found the line asserted, or VIOAPIC_PIN_HELD in storm
 *         protection
 * @flags: VIOAPIC_PIN_* or-ed together
 */
struct vioapic_pin_state {
	__u64 rte;
	__u32 storm;
	__u16 flags;
	__u16 reserved;
};

#define VIOAPIC_STATE_MAGIC	0x50414f49U	/* "IOAP" in memory */
#define VIOAPIC_STATE_VERSION	1
#define VIOAPIC_STATE_REGS	16

/**
 * struct vioapic_state - all that an I/O APIC holds, for save and restore
 * @magic:    VIOAPIC_STATE_MAGIC; tells the byte order too
 * @version:  VIOAPIC_STATE_VERSION: of this layout
 * @size:     of this struct, in bytes
 * @role:     enum vioapic_uapi_role
 * @chip:     personality, padded with zeros
 * @address:  physical address of the register page: not 0, a multiple of 4096
 * @gsi_base: GSI of pin 0; the last pin's has to fit in 32 bits
 * @pins:     redirection entries; entries of @pin beyond are zero
 * @ioregsel: the index that software selected last
 * @reg:      registers 0x00-0x0f as they read: ID, version, ..
 * @pin:      by pin
 *
 * An older and a newer vioapic exchange states by this rule: what a field or flag means
 * never changes; what is new is said by flags and "reserved" fields, and these are zero in
 * a state that does without.  Who does not know a flag, or finds a reserved field that is
 * not zero, refuses the state (-EINVAL).  @version and @size change only with the layout.
 */
struct vioapic_state {
	__u32 magic;
	__u16 version;
	__u16 size;
	__u32 role;
	__u32 pins;
	char chip[VIOAPIC_NAME_LEN];
	__u64 address;
	__u32 gsi_base;
	__u32 ioregsel;
	__u32 reg[VIOAPIC_STATE_REGS];
	__u32 reserved[4];
	struct vioapic_pin_state pin[VIOAPIC_PINS_MAX];
};

/**
 * struct vioapic_snapshot - VIOAPIC_IOC_SAVE and VIOAPIC_IOC_RESTORE
 * @state: SAVE: out, written only if 0 is returned; RESTORE: in
 *
 * For a taken one only.  Of a shadow, remote IRR and delivery status are saved as
 * the controller has them and not restored: they stay the controller's, and so
 * does VIOAPIC_PIN_STALE, which follows from them.  All else of @state is restored,
 * the controller gets the ID and the RTEs where they differ, and what is saved
 * next has the same bytes.  Of an owner everything is restored but its address, and
 * what was under way goes on.  No other CPU runs meanwhile.  The kernel is not told:
 * what it has programmed since the save is undone behind its back.
 *
 * -ENOENT no such I/O APIC; -ENODATA not taken over; -EINVAL (RESTORE) no state that
 * an I/O APIC can be in, or role, chip, pins, GSIs, or of a shadow address, version or
 * reserved bits of another, or an ID that it cannot have; -EPERM (RESTORE) the kernel is
 * locked down; -EIO (SAVE) its lock is lost.
 */
struct vioapic_snapshot {
	char name[VIOAPIC_NAME_LEN];
	__u32 reserved[2];
	struct vioapic_state state;
	char reason[VIOAPIC_REASON_LEN];
};

/**
 * struct vioapic_sim_create - VIOAPIC_IOC_SIM_CREATE: a simulated I/O APIC
 * @name:     its name, no other's, and of a file: no '/'
 * @chip:     personality, or empty for "ich"
 * @gsi_base: GSI of pin 0, or -1 for the next that is free
 * @id:       or -1 for the next that is free
 * @pins:     1..240, or 0 for what the chip has
 * @hook:     enum vioapic_uapi_hook
 * @storm_limit: EOIs in a row that find the line asserted before a pin is held back
 *            for 10 ms; 0 for the default (10000), VIOAPIC_STORM_NEVER
 * @allow:    VIOAPIC_ALLOW_* or-ed: delivery modes that can kill the machine and
 *            are not sent else
 * -EEXIST name, ID or GSIs taken; -ENOSPC no ID free, or the kernel has 128 I/O
 * APICs; -EOPNOTSUPP, -EBUSY as VIOAPIC_IOC_TAKEOVER; -EINVAL.  Also in configfs.
 */
struct vioapic_sim_create {
	char name[VIOAPIC_NAME_LEN];
	char chip[VIOAPIC_NAME_LEN];
	__s64 gsi_base;
	__s32 id;
	__u32 pins;
	__u32 hook;
	__u32 storm_limit;
	__u32 allow;
	__u32 reserved[5];
	char reason[VIOAPIC_REASON_LEN];
};

#define VIOAPIC_STORM_NEVER	0xffffffffU
#define VIOAPIC_ALLOW_SMI	(1 << 2)
#define VIOAPIC_ALLOW_NMI	(1 << 4)
#define VIOAPIC_ALLOW_INIT	(1 << 5)

/**
 * struct vioapic_sim_destroy - VIOAPIC_IOC_SIM_DESTROY
 * -ENOENT; -EBUSY a pin is in use.  Its directory in configfs stays if it was
 * made by mkdir.
 */
struct vioapic_sim_destroy {
	char name[VIOAPIC_NAME_LEN];
	__u32 reserved[2];
	char reason[VIOAPIC_REASON_LEN];
};

/**
 * enum vioapic_line_action - electrical levels, before the polarity of the pin
 * @VIOAPIC_LINE_PULSE: assert it, whatever level that is, and leave it deasserted
 */
enum vioapic_line_action {
	VIOAPIC_LINE_LOWER = 0,
	VIOAPIC_LINE_RAISE = 1,
	VIOAPIC_LINE_PULSE = 2,
};

/**
 * struct vioapic_sim_line - VIOAPIC_IOC_SIM_LINE: drive the line of a pin
 * @action: enum vioapic_line_action
 * -ENOENT, -ERANGE no such pin, -EIO it has failed, -EINVAL.
 */
struct vioapic_sim_line {
	char name[VIOAPIC_NAME_LEN];
	__u32 pin;
	__u32 action;
	__u32 reserved[2];
	char reason[VIOAPIC_REASON_LEN];
};

#define VIOAPIC_EVENTFD_REMOVE	(1 << 0)

/**
 * struct vioapic_sim_eventfd - VIOAPIC_IOC_SIM_EVENTFD: a line driven by an eventfd
 * @action: enum vioapic_line_action: what each signal, a write() of whatever number,
 *          does to the line; the count is reset (of one with EFD_SEMAPHORE it only
 *          goes down by one: not to be used)
 * @fd:     of an eventfd
 * @flags:  VIOAPIC_EVENTFD_REMOVE: not any more
 * One eventfd may drive several lines, and several one.  The binding ends with the
 * I/O APIC, which it does not keep from being destroyed, or when nobody has the
 * eventfd open any more.  -ENOENT no such I/O APIC, or not bound so; -ERANGE no
 * such pin; -EBADF, -EINVAL no eventfd; -EEXIST is bound so already; -EIO it has
 * failed.
 */
struct vioapic_sim_eventfd {
	char name[VIOAPIC_NAME_LEN];
	__u32 pin;
	__u32 action;
	__s32 fd;
	__u32 flags;
	__u32 reserved[4];
	char reason[VIOAPIC_REASON_LEN];
};

/**
 * enum vioapic_fault_kind - how a simulated I/O APIC can be broken
 * @VIOAPIC_FAULT_STUCK_IRR:  the end of service of a pin, by EOI register or by
 *                    edge mode, does not clear its remote IRR
 * @VIOAPIC_FAULT_DROP_EOI:   a write of the EOI register is lost; of a chip that
 *                    has none, the end of service by edge mode is
 * @VIOAPIC_FAULT_DROP_WRITE: a write of a half of an RTE is lost
 * @VIOAPIC_FAULT_TORN_WRITE: of such a write, if it is whole, only bits 0-15 arrive
 * @VIOAPIC_FAULT_ONES:       a read returns all ones
 * @VIOAPIC_FAULT_LOST_INDEX: a write of IOREGSEL is lost
 * @VIOAPIC_FAULT_DELAY:      a message goes out some time later, as its RTE says
 *                    then, if it still has reason to.  Another of the same pin
 *                    meanwhile is the same message
 * @VIOAPIC_FAULT_DUPLICATE:  a message goes out, and once more some time later,
 *                    unless its pin is masked then
 * @VIOAPIC_FAULT_SPURIOUS:   the line of an unmasked pin falls, and that sends a
 *                    message
 */
enum vioapic_fault_kind {
	VIOAPIC_FAULT_STUCK_IRR = 0,	/* "stuck-irr" in text */
	VIOAPIC_FAULT_DROP_EOI = 1,	/* "drop-eoi" */
	VIOAPIC_FAULT_DROP_WRITE = 2,	/* "drop-write" */
	VIOAPIC_FAULT_TORN_WRITE = 3,	/* "torn-write" */
	VIOAPIC_FAULT_ONES = 4,		/* "ones" */
	VIOAPIC_FAULT_LOST_INDEX = 5,	/* "lost-index" */
	VIOAPIC_FAULT_DELAY = 6,	/* "delay" */
	VIOAPIC_FAULT_DUPLICATE = 7,	/* "duplicate" */
	VIOAPIC_FAULT_SPURIOUS = 8,	/* "spurious" */
	VIOAPIC_FAULT_KINDS
};

#define VIOAPIC_FAULT_ALL	0xffffffffU	/* with VIOAPIC_FAULT_OFF: every kind */
#define VIOAPIC_FAULT_USECS	100		/* what text that says nothing of usecs means */
#define VIOAPIC_FAULT_USECS_MAX	10000000

/**
 * enum vioapic_fault_action - what VIOAPIC_IOC_SIM_FAULT shall do
 * @VIOAPIC_FAULT_OFF: break nothing any more; also if nothing was
 * @VIOAPIC_FAULT_SET: break; as anew if it is broken already: seed and counts
 * @VIOAPIC_FAULT_GET: tell how it is broken; -ENODATA if it is not
 */
enum vioapic_fault_action {
	VIOAPIC_FAULT_OFF = 0,
	VIOAPIC_FAULT_SET = 1,
	VIOAPIC_FAULT_GET = 2,
};

/**
 * struct vioapic_fault_attr - how often, as the kernel's own fault injection has it
 * @probability: in percent, 0..100, of those that @interval lets through
 * @interval:    1 for every opportunity, n for every nth
 * @times:       how many of them at most: 1 and more, or -1 for no limit; in the
 *               answer of GET what is left of it, also 0
 * @pin:         of this pin only (of ones and lost-index: while IOREGSEL selects,
 *               or shall select, its RTE; of drop-eoi: if the EOI would end its
 *               service); or -1
 * @seed:        of the random numbers behind @probability: the same seed, the same
 *               opportunities, the same faults
 * @usecs:       of delay, 1..VIOAPIC_FAULT_USECS_MAX; of duplicate too, where 0 is
 *               at once: one interrupt for its CPU, if that has not taken the first
 *               before; of others 0
 */
struct vioapic_fault_attr {
	__u32 probability;
	__u32 interval;
	__s32 times;
	__s32 pin;
	__u64 seed;
	__u32 usecs;
	__u32 reserved;
};

/**
 * struct vioapic_sim_fault - VIOAPIC_IOC_SIM_FAULT: break a simulated I/O APIC
 * @name:   its name, or that of its directory in configfs if it is not live
 * @kind:   enum vioapic_fault_kind, or VIOAPIC_FAULT_ALL
 * @action: enum vioapic_fault_action
 * @attr:   in for SET, out for GET; zero in for OFF and GET
 * @count:  out for GET: faults injected since it was set; else zero
 * -ENOENT, -EINVAL, -ENODATA, -ENOMEM; -EBUSY it has failed.  Also in configfs.
 */
struct vioapic_sim_fault {
	char name[VIOAPIC_NAME_LEN];
	__u32 kind;
	__u32 action;
	struct vioapic_fault_attr attr;
	__u64 count;
	__u32 reserved[4];
	char reason[VIOAPIC_REASON_LEN];
};

/* Flags in struct vioapic_irq */
#define VIOAPIC_IRQ_MAPPED	(1 << 0)	/* there is one */
#define VIOAPIC_IRQ_DISABLED	(1 << 1)	/* by disable_irq(), or not requested */
#define VIOAPIC_IRQ_MASKED	(1 << 2)	/* the kernel has masked it */
#define VIOAPIC_IRQ_INPROGRESS	(1 << 3)	/* its handler is running */
#define VIOAPIC_IRQ_MOVING	(1 << 4)	/* goes to other CPUs when it next comes */
#define VIOAPIC_IRQ_LEVEL	(1 << 5)	/* the kernel takes it for level-triggered */

/**
 * struct vioapic_irq - the kernel's interrupt of a pin
 * @irq:   its number; 0 too is one
 * @flags: VIOAPIC_IRQ_* or-ed together; 0 if there is none
 */
struct vioapic_irq {
	__u32 irq;
	__u32 flags;
};

/**
 * struct vioapic_irqs - VIOAPIC_IOC_IRQS: what this kernel has made of the pins
 * @pins: out: how many entries of @irq are valid
 * All 0 for those that are not this kernel's: of KVM guests, windows, under Xen.
 */
struct vioapic_irqs {
	char name[VIOAPIC_NAME_LEN];
	__u32 reserved[3];
	__u32 pins;
	struct vioapic_irq irq[VIOAPIC_PINS_MAX];
	char reason[VIOAPIC_REASON_LEN];
};

#define VIOAPIC_IOC_MAGIC	0xb6
#define VIOAPIC_IOC_INFO	_IOWR(VIOAPIC_IOC_MAGIC, 0x00, struct vioapic_info)
#define VIOAPIC_IOC_TAKEOVER	_IOWR(VIOAPIC_IOC_MAGIC, 0x01, struct vioapic_takeover)
#define VIOAPIC_IOC_RELEASE	_IOWR(VIOAPIC_IOC_MAGIC, 0x02, struct vioapic_release)
#define VIOAPIC_IOC_TABLE	_IOWR(VIOAPIC_IOC_MAGIC, 0x03, struct vioapic_table)
#define VIOAPIC_IOC_CHECK	_IOWR(VIOAPIC_IOC_MAGIC, 0x04, struct vioapic_check)
#define VIOAPIC_IOC_STATS	_IOWR(VIOAPIC_IOC_MAGIC, 0x05, struct vioapic_stats)
#define VIOAPIC_IOC_SAVE	_IOWR(VIOAPIC_IOC_MAGIC, 0x06, struct vioapic_snapshot)
#define VIOAPIC_IOC_RESTORE	_IOWR(VIOAPIC_IOC_MAGIC, 0x07, struct vioapic_snapshot)
#define VIOAPIC_IOC_SIM_CREATE	_IOWR(VIOAPIC_IOC_MAGIC, 0x08, struct vioapic_sim_create)
#define VIOAPIC_IOC_SIM_DESTROY	_IOWR(VIOAPIC_IOC_MAGIC, 0x09, struct vioapic_sim_destroy)
#define VIOAPIC_IOC_SIM_LINE	_IOWR(VIOAPIC_IOC_MAGIC, 0x0a, struct vioapic_sim_line)
#define VIOAPIC_IOC_SIM_EVENTFD	_IOWR(VIOAPIC_IOC_MAGIC, 0x0b, struct vioapic_sim_eventfd)
#define VIOAPIC_IOC_SIM_FAULT	_IOWR(VIOAPIC_IOC_MAGIC, 0x0c, struct vioapic_sim_fault)
#define VIOAPIC_IOC_IRQS	_IOWR(VIOAPIC_IOC_MAGIC, 0x0d, struct vioapic_irqs)

#endif
