/* SPDX-License-Identifier: GPL-2.0 */
/*
 * I/O APICs of KVM guests in the inventory: vioapic_kvm.ko puts them there and
 * reports what happens to them; list, show, trace, stats and the like are then
 * the same as for the machine's own.
 */
#ifndef VIOAPIC_GUEST_DEVICE_H
#define VIOAPIC_GUEST_DEVICE_H

#include <vioapic/device.h>

/**
 * struct vioapic_guest_access - what a vCPU has done to a register page
 * @write:  or read
 * @offset: in the page
 * @size:   bytes
 * @value:  read or written, zero-extended
 * @vcpu:   its ID
 * @ip:     linear address of the instruction
 */
struct vioapic_guest_access {
	bool write;
	unsigned int offset;
	unsigned int size;
	u64 value;
	u32 vcpu;
	unsigned long ip;
};

/**
 * vioapic_guest_device_init() - set up @dev, as vioapic_device_init()
 * @dev: zeroed but for @phys, @gsi_base, @pins, @version, @id, @model and @ops, of which
 *       a shadow's needs reg_read, get_index and freeze
 */
void vioapic_guest_device_init(struct vioapic_device *dev);

/**
 * vioapic_guest_device_add() - from now on @dev is listed, and taken
 * @pid: process that runs the VM, as the initial namespace knows it: the name is kvmPID, or the
 *       first kvmPID-N that is free
 *
 * Loads the registers of a shadow.  Context: may sleep; takes vioapic_mutex.
 */
void vioapic_guest_device_add(struct vioapic_device *dev, pid_t pid);

/**
 * vioapic_guest_device_del() - no longer; when this returns nobody is looking at it
 *
 * Context: may sleep; takes vioapic_mutex.
 */
void vioapic_guest_device_del(struct vioapic_device *dev);

/**
 * vioapic_guest_device_refresh() - (shadow) load the registers once more
 *
 * Context: may sleep; takes vioapic_mutex.
 */
void vioapic_guest_device_refresh(struct vioapic_device *dev);

/**
 * vioapic_guest_device_accessed() - (shadow) an access that the controller has
 * answered, counted and traced
 * @dev:   whose
 * @index: IOREGSEL as it was before the access
 * @old:   if that selects half of an RTE, the whole of it before the access
 *
 * Context: the caller serialises it with what it reports; interrupts may be on.
 */
void vioapic_guest_device_accessed(struct vioapic_device *dev,
				   const struct vioapic_guest_access *access,
				   unsigned int index, u64 old);

/*
 * (owner) What the model has done: counted, where the caller does not, and traced.
 * @dev->lock is held.
 */

/** vioapic_guest_device_traced() - is vioapic_guest_device_trace() worth its arguments? */
bool vioapic_guest_device_traced(void);
void vioapic_guest_device_trace(struct vioapic_device *dev,
				const struct vioapic_guest_access *access);

/** vioapic_guest_device_changed() - @fx of a call on the model; EOIs by register */
void vioapic_guest_device_changed(struct vioapic_device *dev, const struct vioapic_effects *fx);

/** vioapic_guest_device_eoi() - an EOI broadcast ended a service */
void vioapic_guest_device_eoi(struct vioapic_device *dev, u8 vector);

/**
 * vioapic_guest_device_delivered() - the message of @pin
 * @sent:     or else refused
 * @accepted: by a local APIC
 */
void vioapic_guest_device_delivered(struct vioapic_device *dev, unsigned int pin, u64 rte,
				    bool sent, bool accepted);

#endif
