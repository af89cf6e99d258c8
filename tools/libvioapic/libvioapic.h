/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-3-Clause */
/*
 * libvioapic: I/O APICs for the virtual machines of a VMM.
 *
 * The kernel has the module vioapic_kvm, and this process may open /dev/vioapic_kvm (group
 * kvm, by the udev rule) or was handed a descriptor of it.  Only VMs of this process can
 * have I/O APICs.
 *
 * Creation:
 *   1. KVM_CREATE_VM.
 *   2. KVM_ENABLE_CAP with KVM_CAP_SPLIT_IRQCHIP, before any vCPU.  Its args[0] is how many
 *      GSIs, from 0 on, have MSI routes that stand for pins of I/O APICs of the VMM's own:
 *      for their EOIs KVM exits.  0 if all I/O APICs are libvioapic's, which need no routes.
 *   3. libvioapic_create() and KVM_CREATE_VCPU, in either order, and before a vCPU runs: a
 *      guest does not expect an I/O APIC to come later, though nothing forbids it.
 *   4. libvioapic_eventfd(), at any time.
 *   5. libvioapic_restore(), if there is a state: all vCPUs exist, and none runs.  Before
 *      KVM_SET_LAPIC or after it, either is right: a message that no local APIC takes is
 *      sent again when one does.
 * libvioapic_destroy() before the VM's descriptor is closed.
 *
 * EOI exits: with KVM_EXIT_IOAPIC_EOI, call libvioapic_eoi() before that vCPU runs again,
 * and then look whether the EOI is one of the VMM's own I/O APICs.  If libvioapic_eoi_exits()
 * is 0, level interrupts usually end without one; it can come nevertheless, of an interrupt
 * that is delivered again at once, for guests with paravirtual EOI, and on Intel.  If it is
 * 1, it comes for each.
 *
 * A "vCPU ID" is what KVM_CREATE_VCPU was given, which is the ID of its local APIC; not the
 * number of vCPUs that there were before.
 *
 * All calls but libvioapic_create(), libvioapic_create_by() and those that return what cannot
 * fail return 0 or a negative errno; errno itself is not to be looked at then.  All may be
 * made from any thread, at any time between creation and libvioapic_destroy().
 * Where there is a "reason", it is NULL or VIOAPIC_REASON_LEN bytes, which get one sentence
 * for people if the call is refused, and stay as they are if not.
 */
#ifndef LIBVIOAPIC_H
#define LIBVIOAPIC_H

#include <linux/vioapic_kvm.h>

/* As of this header.  What is compiled with one runs with all later ones of its soname */
#define LIBVIOAPIC_VERSION_MAJOR	0
#define LIBVIOAPIC_VERSION_MINOR	1
#define LIBVIOAPIC_VERSION_PATCH	0
#define LIBVIOAPIC_VERSION_NUMBER(major, minor, patch)	((major) << 16 | (minor) << 8 | (patch))
#define LIBVIOAPIC_VERSION							\
	LIBVIOAPIC_VERSION_NUMBER(LIBVIOAPIC_VERSION_MAJOR, LIBVIOAPIC_VERSION_MINOR,	\
				  LIBVIOAPIC_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

struct libvioapic;

/** libvioapic_version() - LIBVIOAPIC_VERSION of the library that runs */
unsigned int libvioapic_version(void);

/**
 * libvioapic_open() - a descriptor of the device, for who can open it to hand it to who cannot
 *
 * /dev/vioapic_kvm, or /dev/vioapic if there is none.  It is no privilege over anybody's VM,
 * and is needed for creation and queries only.
 * Return: the descriptor, close-on-exec, or a negative errno.
 */
int libvioapic_open(char *reason);

/**
 * libvioapic_query() - what the kernel offers, without creating anything
 * @device_fd: of libvioapic_open(); negative: open it for this call
 * @query:     out
 */
int libvioapic_query(int device_fd, struct vioapic_kvm_query *query, char *reason);

/**
 * struct libvioapic_config - what libvioapic_create() makes; what is 0 is a default, but
 * for @address and @slot, which have none
 * @address:  guest physical address of the register page; a multiple of 4096
 * @gsi_base: GSI of pin 0
 * @pins:     redirection entries; 0: as many as the chip has
 * @id:       what the ID register reads at first
 * @chip:     personality, of those that libvioapic_query() lists; NULL: "ich".  "qemu" is
 *            what QEMU has by default
 * @slot:     number of a memory slot of the VM that is not in use and stays libvioapic's
 *            until libvioapic_destroy(), as KVM_SET_USER_MEMORY_REGION counts them: makes a
 *            read-only slot of the register page, so that reads take no exit.  Negative:
 *            without one reads end in the kernel, as writes do, and cost an exit
 * @storm_limit: see struct vioapic_kvm_create
 * @reserved: 0
 */
struct libvioapic_config {
	__u64 address;
	__u32 gsi_base;
	__u32 pins;
	__u32 id;
	const char *chip;
	int slot;
	__u32 storm_limit;
	__u64 reserved[4];
};

/**
 * libvioapic_create() - give a VM an I/O APIC
 * @vm_fd: the VM, of this process; to stay open until libvioapic_destroy()
 *
 * Opens the device itself, as libvioapic_open() does, and closes it again.
 * Return: NULL with errno set if it cannot be.
 */
struct libvioapic *libvioapic_create(int vm_fd, const struct libvioapic_config *config,
				     char *reason);

/**
 * libvioapic_create_by() - the same for who cannot open paths
 * @device_fd: of libvioapic_open(); stays the caller's, and can be closed afterwards.
 *             Negative: as libvioapic_create()
 */
struct libvioapic *libvioapic_create_by(int device_fd, int vm_fd,
					const struct libvioapic_config *config, char *reason);

/** libvioapic_destroy() - take it away again, its memory slot too; NULL is nothing to do */
void libvioapic_destroy(struct libvioapic *v);

/** libvioapic_fd() - the descriptor, for calls that are not here; it stays the library's */
int libvioapic_fd(const struct libvioapic *v);

/** libvioapic_eoi_exits() - 1 if each level EOI takes a KVM_EXIT_IOAPIC_EOI, or 0 */
int libvioapic_eoi_exits(const struct libvioapic *v);

/**
 * libvioapic_line() - assert a pin's line (@level 1) or let it go (0)
 *
 * Whatever polarity the guest has given the pin.  The line is asserted as long as this call or
 * an eventfd asserts it.
 */
int libvioapic_line(struct libvioapic *v, unsigned int pin, int level);

/**
 * libvioapic_line_status() - the same, and what came of it
 * @flags:   0 or VIOAPIC_KVM_LINE_ELECTRICAL: @level 1 is high, 0 low, and the guest's
 *           polarity decides which of them asserts
 * @outcome: out, unless NULL: enum vioapic_kvm_outcome; untouched if refused
 */
int libvioapic_line_status(struct libvioapic *v, unsigned int pin, int level, unsigned int flags,
			   int *outcome);

/** libvioapic_pulse() - assert and let go: one edge.  @outcome as above */
int libvioapic_pulse(struct libvioapic *v, unsigned int pin, int *outcome);

/**
 * libvioapic_eventfd() - let an eventfd assert a line; see struct vioapic_kvm_eventfd
 * @resample_fd: or -1
 * @flags:       0
 *
 * A pin may have several, for devices that share it.
 */
int libvioapic_eventfd(struct libvioapic *v, unsigned int pin, int fd, int resample_fd,
		       unsigned int flags);

/** libvioapic_eventfd_remove() - no more; @fd negative: all that the pin has */
int libvioapic_eventfd_remove(struct libvioapic *v, unsigned int pin, int fd);

/**
 * libvioapic_eoi() - after KVM_EXIT_IOAPIC_EOI, for all I/O APICs of the VM at once
 * @vector: of the exit
 * @vcpu:   vCPU ID
 *
 * Does nothing if it was none of theirs, or if the kernel has seen it already.
 */
int libvioapic_eoi(struct libvioapic *v, unsigned int vector, unsigned int vcpu);

/**
 * libvioapic_save() - everything it holds, for libvioapic_restore(); no vCPU runs
 *
 * Of states of older and newer kernels, see struct vioapic_state.
 */
int libvioapic_save(struct libvioapic *v, struct vioapic_state *state);

/** libvioapic_restore() - as it was; the vCPUs exist and do not run */
int libvioapic_restore(struct libvioapic *v, const struct vioapic_state *state, char *reason);

/**
 * libvioapic_get_kvm_state() - the state as KVM_GET_IRQCHIP has it, to hand to KVM's or QEMU's
 *
 * For 24 pins at most; see struct vioapic_kvm_ioapic.
 */
int libvioapic_get_kvm_state(struct libvioapic *v, struct kvm_ioapic_state *state, char *reason);

/** libvioapic_set_kvm_state() - the way back; the vCPUs exist and do not run */
int libvioapic_set_kvm_state(struct libvioapic *v, const struct kvm_ioapic_state *state,
			     char *reason);

/**
 * libvioapic_register() - what the guest would read
 * @index: of IOREGSEL, which keeps its value
 * @value: out
 */
int libvioapic_register(struct libvioapic *v, unsigned int index, __u32 *value);

/** libvioapic_reset() - as after RESET#, with the ID of libvioapic_create(); the lines stay */
int libvioapic_reset(struct libvioapic *v);

/** libvioapic_stats() - counters, by enum vioapic_kvm_counter */
int libvioapic_stats(struct libvioapic *v, struct vioapic_kvm_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
