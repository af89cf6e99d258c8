/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An I/O APIC of a KVM guest.
 *
 *   guest writes   KVM's MMIO bus -> access.c \
 *   guest reads    a read-only slot <- page.c  > model -> deliver.c -> local APICs
 *   lines          ioctl.c, lines.c ----------/    ^
 *   EOI            kvm_eoi or ioctl -> eoi.c ------'
 *
 * Locks that sleep: @mutex, and under it one of vioapic_guests_mutex, @lines_mutex and
 * kvm->slots_lock.  @dev.lock does not, and is taken under kvm->srcu, RCU, and the lock of
 * an eventfd's wait queue; of KVM's, only what delivers an interrupt is called under it.
 */
#ifndef VIOAPIC_GUEST_H
#define VIOAPIC_GUEST_H

#include <linux/mutex.h>
#include <linux/rculist.h>
#include <compat/kvm.h>
#include <compat/kvm_symbols.h>
#include <compat/workqueue.h>
#include <vioapic/guest_device.h>
#include <vioapic/kvm.h>
#include <vioapic/state.h>

#define VIOAPIC_GUEST_VECTORS	256

struct vioapic_guest_line;

/* KVM's way to deliver an MSI, see deliver.c */
typedef int vioapic_guest_msi_t(struct kvm_kernel_irq_routing_entry *e, struct kvm *kvm,
				int irq_source_id, int level, bool line_status);

/**
 * struct vioapic_guest - an I/O APIC of a guest
 * @dev:       in the inventory: address, GSIs, pins; from @dev.lock on down, all below
 * @node:      in the table of all; changed under vioapic_guests_mutex, read under RCU
 * @kvm:       its virtual machine, with a reference
 * @set_msi:   delivers
 * @bus_dev:   on KVM's MMIO bus
 * @spare:     takes the place of @bus_dev there if it cannot be removed
 * @mutex:     serialises ioctls
 * @gone:      destroyed: what is left is the descriptor.  Written under @mutex and
 *             @dev.lock, read under either
 * @lines_mutex: @line
 * @line:      eventfds, by pin
 * @page:      what the guest reads, see page.c
 * @regs:      the same for the kernel
 * @in_service: vectors that an EOI may matter to, set under @lock before it can
 *             come; read without.  One too many costs a look, and nothing else
 * @suspect:   vectors in service that no local APIC seemed to have, see eoi.c
 * @held:      pins that an eventfd asserted until the next EOI
 * @idle_high: pins with an eventfd for an active-low line
 * @resampled: pins whose resample eventfd is to be signalled by @resample
 * @counter:   by enum vioapic_kvm_counter, but for those that @dev has
 * @storm:     ends storm protection
 * @missed:    looks for EOIs that KVM has kept to itself
 * @resample:  signals resample eventfds
 */
struct vioapic_guest {
	struct vioapic_device dev;
	struct hlist_node node;
	struct kvm *kvm;
	vioapic_guest_msi_t *set_msi;
	struct kvm_io_device bus_dev;
	struct vioapic_guest_spare *spare;

	struct mutex mutex;		/* see above */
	bool gone;
	struct mutex lines_mutex;	/* see above */
	struct vioapic_guest_line *line[VIOAPIC_MAX_PINS];

	struct page *page;
	u32 *regs;

	DECLARE_BITMAP(in_service, VIOAPIC_GUEST_VECTORS);
	DECLARE_BITMAP(suspect, VIOAPIC_GUEST_VECTORS);
	DECLARE_BITMAP(held, VIOAPIC_MAX_PINS);
	DECLARE_BITMAP(idle_high, VIOAPIC_MAX_PINS);
	DECLARE_BITMAP(resampled, VIOAPIC_MAX_PINS);
	u64 counter[VIOAPIC_KVM_CNT_NR];
	struct delayed_work storm;
	struct delayed_work missed;
	struct work_struct resample;
};

/* One sentence for people */
#define vioapic_guest_refuse(req, ...) \
	snprintf((req)->reason, sizeof((req)->reason), __VA_ARGS__)

/* guest.c: life, and the table of all */

extern struct mutex vioapic_guests_mutex;

/** vioapic_guest_create() - see struct vioapic_kvm_ops */
struct vioapic_guest *vioapic_guest_create(struct vioapic_kvm_create *req);

/** vioapic_guest_destroy() - out of the VM; a second call does nothing.  Sleeps */
void vioapic_guest_destroy(struct vioapic_guest *guest);

/** vioapic_guest_free() - the rest, after vioapic_guest_destroy() */
void vioapic_guest_free(struct vioapic_guest *guest);

/**
 * enum vioapic_eoi_kind - what an EOI was
 * @VIOAPIC_EOI_FOREIGN: nothing of ours
 * @VIOAPIC_EOI_OURS:  KVM need not tell user space
 * @VIOAPIC_EOI_AGAIN: that, and the interrupt was delivered again at once
 */
enum vioapic_eoi_kind { VIOAPIC_EOI_FOREIGN, VIOAPIC_EOI_OURS, VIOAPIC_EOI_AGAIN };

/** vioapic_guest_eoi_all() - an EOI of @vector by @vcpu, for all its I/O APICs; any context */
enum vioapic_eoi_kind vioapic_guest_eoi_all(struct kvm_vcpu *vcpu, u8 vector);

/** vioapic_guest_has_eoi() - would an EOI of @vector not be foreign?  Any context */
bool vioapic_guest_has_eoi(struct kvm *kvm, u8 vector);

/** vioapic_guest_count() - how many I/O APICs of ours @kvm has; sleeps */
unsigned int vioapic_guest_count(struct kvm *kvm);

/* ioctl.c */
struct file *vioapic_guest_file(struct vioapic_kvm_create *req);

/* access.c */
extern const struct kvm_io_device_ops vioapic_guest_bus_ops;

/* bus.c */

/** vioapic_guest_bus_insert() - @guest->bus_dev gets its page; -ENOSPC, -ENOMEM */
int vioapic_guest_bus_insert(struct vioapic_guest *guest);

/** vioapic_guest_bus_remove() - and wait until no vCPU is in there.  Cannot fail */
void vioapic_guest_bus_remove(struct vioapic_guest *guest);

/* page.c */
int vioapic_guest_page_init(struct vioapic_guest *guest);
void vioapic_guest_page_exit(struct vioapic_guest *guest);
int vioapic_guest_mmap(struct file *file, struct vm_area_struct *vma);

/** vioapic_guest_page_update() - after a change of the model, @guest->dev.lock held */
void vioapic_guest_page_update(struct vioapic_guest *guest);

/**
 * vioapic_guest_page_sending() - level pin @pin is about to be delivered; @guest->dev.lock
 * held.  Whoever takes the interrupt has to see remote IRR set.
 */
void vioapic_guest_page_sending(struct vioapic_guest *guest, unsigned int pin);

/* deliver.c */

/** vioapic_guest_msi() - how to deliver in @kvm, or NULL if it has no MSI route */
vioapic_guest_msi_t *vioapic_guest_msi(struct kvm *kvm);

/**
 * vioapic_guest_want_eoi() - make KVM tell of the EOI of @vector by @vcpu
 *
 * Otherwise guests with paravirtual EOI leave it out, Intel's APICv keeps it to itself,
 * and no exit to user space tells of it where the kernel cannot see it.
 * Context: any; to be called before the EOI can come.
 */
void vioapic_guest_want_eoi(struct kvm_vcpu *vcpu, u8 vector);

/** vioapic_guest_carry_out() - effects of a call on the model, @guest->dev.lock held */
void vioapic_guest_carry_out(struct vioapic_guest *guest, const struct vioapic_effects *fx);

/** vioapic_guest_in_service() - take in what a restore put in service, @guest->dev.lock held */
void vioapic_guest_in_service(struct vioapic_guest *guest);

/* eoi.c */

/** vioapic_eoi_init() - watch EOIs in the kernel from now on; vioapic_guests_mutex held */
void vioapic_eoi_init(void);
void vioapic_eoi_exit(void);

/** vioapic_eoi_in_kernel() - did that work? */
bool vioapic_eoi_in_kernel(void);

/**
 * vioapic_guest_eoi() - an EOI by @vcpu for @vector, which is in @guest->in_service
 *
 * Context: any.
 * Return: true if @vector is in service anew.
 */
bool vioapic_guest_eoi(struct vioapic_guest *guest, struct kvm_vcpu *vcpu, u8 vector);

/**
 * vioapic_guest_expect_eoi() - something is in service; @guest->dev.lock held
 *
 * From now on, and as long as that is so, EOIs that KVM does not tell of are found.
 */
void vioapic_guest_expect_eoi(struct vioapic_guest *guest);
void vioapic_guest_missed_work(struct work_struct *work);

/* lines.c */

/** vioapic_guest_drive() - the line of @pin, electrically; any context */
void vioapic_guest_drive(struct vioapic_guest *guest, unsigned int pin, bool high);

int vioapic_guest_eventfd(struct vioapic_guest *guest, const struct vioapic_kvm_eventfd *req);
void vioapic_guest_eventfds_remove(struct vioapic_guest *guest);
void vioapic_guest_resample_work(struct work_struct *work);
void vioapic_guest_lines_restored(struct vioapic_guest *guest);

/** vioapic_guest_waits_for() - is @pin in service until an EOI of @vector?  @dev.lock held */
static inline bool vioapic_guest_waits_for(struct vioapic_guest *guest, unsigned int pin, u8 vector)
{
	u32 rte = vioapic_model_register(&guest->dev.model, VIOAPIC_REG_RTE + 2 * pin);

	return (rte & VIOAPIC_RTE_REMOTE_IRR) && (rte & VIOAPIC_RTE_VECTOR) == vector;
}

/** vioapic_guest_ack() - what is held for an EOI of @vector is let go, @guest->dev.lock held */
void vioapic_guest_ack(struct vioapic_guest *guest, u8 vector);

/** vioapic_guest_ack_pin() - the same for a pin that lost level mode */
void vioapic_guest_ack_pin(struct vioapic_guest *guest, unsigned int pin);

#endif
