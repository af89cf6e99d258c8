/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libvioapic: I/O APICs for the virtual machines of a VMM.
 *
 * The VM has KVM_CAP_SPLIT_IRQCHIP and at least one MSI route, the kernel the module
 * vioapic_kvm.  All calls but libvioapic_create() return 0 or a negative errno, and
 * may be made from any thread.
 */
#ifndef LIBVIOAPIC_H
#define LIBVIOAPIC_H

#include <linux/vioapic_kvm.h>

#ifdef __cplusplus
extern "C" {
#endif

struct libvioapic;

/**
 * struct libvioapic_config - what libvioapic_create() makes
 * @address:  guest physical address of the register page
 * @gsi_base: GSI of pin 0
 * @pins:     redirection entries; 0: as many as the chip has
 * @id:       what the ID register reads at first
 * @chip:     personality; NULL: "ich"
 * @slot:     memory slot of the VM that is free, for reads without an exit;
 *            negative: do without
 * @storm_limit: see struct vioapic_kvm_create
 */
struct libvioapic_config {
	__u64 address;
	__u32 gsi_base;
	__u32 pins;
	__u32 id;
	const char *chip;
	int slot;
	__u32 storm_limit;
};

/**
 * libvioapic_create() - give a VM an I/O APIC
 * @vm_fd:  the VM, of this process
 * @reason: VIOAPIC_REASON_LEN bytes for one sentence that says what is wrong; or NULL
 * Return: NULL with errno set if it cannot be.
 */
struct libvioapic *libvioapic_create(int vm_fd, const struct libvioapic_config *config,
				     char *reason);

/** libvioapic_destroy() - take it away again; the VM has to be there still */
void libvioapic_destroy(struct libvioapic *v);

/** libvioapic_fd() - the descriptor, for calls that are not here */
int libvioapic_fd(const struct libvioapic *v);

/**
 * libvioapic_eoi_exits() - does each level EOI take a KVM_EXIT_IOAPIC_EOI?
 *
 * Call libvioapic_eoi() whenever there is one; if not, that does nothing.
 */
int libvioapic_eoi_exits(const struct libvioapic *v);

/** libvioapic_line() - drive a line; see struct vioapic_kvm_line */
int libvioapic_line(struct libvioapic *v, unsigned int pin, int level);

/**
 * libvioapic_eventfd() - let an eventfd drive a line; see struct vioapic_kvm_eventfd
 * @resample_fd: or -1
 * @flags:       0 or VIOAPIC_KVM_EVENTFD_ACTIVE_LOW
 */
int libvioapic_eventfd(struct libvioapic *v, unsigned int pin, int fd, int resample_fd,
		       unsigned int flags);

/** libvioapic_eventfd_remove() - no more */
int libvioapic_eventfd_remove(struct libvioapic *v, unsigned int pin);

/** libvioapic_eoi() - after KVM_EXIT_IOAPIC_EOI, for all I/O APICs of the VM */
int libvioapic_eoi(struct libvioapic *v, unsigned int vector, unsigned int vcpu);

/** libvioapic_save() - everything it holds, for libvioapic_restore() */
int libvioapic_save(struct libvioapic *v, struct vioapic_state *state);

/**
 * libvioapic_restore() - as it was; the vCPUs exist and do not run
 * @reason: as in libvioapic_create()
 */
int libvioapic_restore(struct libvioapic *v, const struct vioapic_state *state, char *reason);

/** libvioapic_reset() - as after RESET#, with the ID of libvioapic_create(); the lines stay */
int libvioapic_reset(struct libvioapic *v);

/** libvioapic_stats() - counters, by enum vioapic_kvm_counter */
int libvioapic_stats(struct libvioapic *v, struct vioapic_kvm_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
