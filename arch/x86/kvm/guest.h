/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An I/O APIC of a KVM guest.  Each file here calls only those below it:
 *
 *   main.c                  the module
 *   ioctl.c                 what a VMM asks for
 *   guest.c  query.c        life; questions
 *   probe.c                 EOIs that the kernel sees
 *   ends.c                  ends of services: EOIs, and those that were missed
 *   access.c  lines.c       what the guest writes; eventfds
 *   effects.c               a call on the model, and all that follows from it
 *   messages.c              messages to the guest's local APICs
 *   vm.c                    the VM
 *   eoi.c                   which EOIs are waited for
 *   lapic.c  page.c  bus.c  the local APICs, the page that the guest reads, its bus
 *   symbols.c  names.c      what KVM hides
 *
 * Data flows one way: access, line or EOI, model, effects, message.
 *
 * Locks that sleep: @mutex, and under it one of vioapic_guests_mutex, @lines_mutex and
 * kvm->slots_lock; @send_mutex, under which nothing else that sleeps is taken.  @dev.lock
 * does not sleep, and is taken under kvm->srcu, RCU, and the lock of an eventfd's wait
 * queue; of KVM's, only what delivers an interrupt to one vCPU is called under it.
 * Whatever guest or VMM ask for, it is held for a bounded time: what is not for one vCPU
 * waits in @pending.
 */
#ifndef VIOAPIC_GUEST_H
#define VIOAPIC_GUEST_H

#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <compat/kvm.h>
#include <compat/kvm_symbols.h>
#include <compat/workqueue.h>
#include <vioapic/guest_device.h>
#include <vioapic/kvm.h>
#include <vioapic/state.h>

#define VIOAPIC_GUEST_VECTORS	256
#define VIOAPIC_NO_PIN		(-1)

/**
 * struct vioapic_vcpu - which EOIs of a vCPU matter; see eoi.c
 * @asked: vectors of ours that it may have in service; set before the message is sent.
 *         One too many costs a look
 * @set:   those for which a bit in its ioapic_handled_vectors is ours: KVM's and the
 *         VMM's are there, too
 * Atomic bit operations, in any context.
 */
struct vioapic_vcpu {
	DECLARE_BITMAP(asked, VIOAPIC_GUEST_VECTORS);
	DECLARE_BITMAP(set, VIOAPIC_GUEST_VECTORS);
};

/**
 * struct vioapic_vm - a virtual machine that has I/O APICs of ours
 * @node:   in the table of all; changed under vioapic_guests_mutex, read under RCU
 * @kvm:    it; each of @guests has a reference
 * @guests: its I/O APICs; as @node
 * @count:  how many; vioapic_guests_mutex
 * @vcpu:   by index, as many as it can have
 */
struct vioapic_vm {
	struct hlist_node node;
	struct kvm *kvm;
	struct hlist_head guests;
	unsigned int count;
	struct vioapic_vcpu vcpu[];
};

/**
 * struct vioapic_guest - an I/O APIC of a guest
 * @dev:       in the inventory: address, GSIs, pins; from @dev.lock on down, all below
 * @node:      in @vm->guests
 * @vm:        its virtual machine
 * @kvm:       the same for KVM, with a reference
 * @set_msi:   delivers
 * @bus_dev:   on KVM's MMIO bus
 * @spare:     takes the place of @bus_dev there if it cannot be removed
 * @mutex:     serialises ioctls but for VIOAPIC_KVM_LINE
 * @gone:      destroyed: what is left is the descriptor.  Written under @mutex and
 *             @dev.lock, read under either
 * @lines_mutex: @lines
 * @lines:     eventfds, by pin; read under RCU, too
 * @send_mutex: one message at a time is under way without @dev.lock
 * @page:      what the guest reads, see page.c
 * @regs:      the same for the kernel
 * @pending:   pins with a message that @send is to send (@dev.lock, as all below)
 * @has_pending: are there any?
 * @flight:    pin whose message is under way without @dev.lock, or VIOAPIC_NO_PIN
 * @accepted:  pins whose last message a local APIC took
 * @watched:   pins in service since ends.c looked last
 * @suspect:   of those, pins that no local APIC seemed to have
 * @resamplers: pins with an eventfd that has a resample eventfd
 * @resampled: pins whose resample eventfds are to be signalled by @resample
 * @period:    of @tend, in jiffies
 * @exits:     of all vCPUs, when the state was restored
 * @restored:  pins in service since then, of which no vCPU has run yet
 * @vector:    by which the last level message of a pin went out
 * @looks:     of @tend since the last message of a pin
 * @counter:   by enum vioapic_kvm_counter, but for those that @dev has
 * @storm:     ends storm protection
 * @tend:      looks for EOIs that nobody told of, and tries again what nobody took
 * @send:      sends what is @pending
 * @resample:  signals resample eventfds
 */
struct vioapic_guest {
	struct vioapic_device dev;
	struct hlist_node node;
	struct vioapic_vm *vm;
	struct kvm *kvm;
	vioapic_kvm_msi_t *set_msi;
	struct kvm_io_device bus_dev;
	struct vioapic_guest_spare *spare;

	struct mutex mutex;		/* see above */
	bool gone;
	struct mutex lines_mutex;	/* see above */
	struct hlist_head lines[VIOAPIC_MAX_PINS];
	struct mutex send_mutex;	/* see above */

	struct page *page;
	u32 *regs;

	DECLARE_BITMAP(pending, VIOAPIC_MAX_PINS);
	bool has_pending;
	int flight;
	DECLARE_BITMAP(accepted, VIOAPIC_MAX_PINS);
	DECLARE_BITMAP(watched, VIOAPIC_MAX_PINS);
	DECLARE_BITMAP(suspect, VIOAPIC_MAX_PINS);
	DECLARE_BITMAP(resamplers, VIOAPIC_MAX_PINS);
	DECLARE_BITMAP(resampled, VIOAPIC_MAX_PINS);
	unsigned long period;
	u64 exits;
	DECLARE_BITMAP(restored, VIOAPIC_MAX_PINS);
	u8 looks[VIOAPIC_MAX_PINS];
	u8 vector[VIOAPIC_MAX_PINS];
	u64 counter[VIOAPIC_KVM_CNT_NR];
	struct delayed_work storm;
	struct delayed_work tend;
	struct work_struct send;
	struct work_struct resample;
};

/* One sentence for people */
#define vioapic_guest_refuse(req, ...) \
	snprintf((req)->reason, sizeof((req)->reason), __VA_ARGS__)

/* The RTE of @pin, with what is read-only; @guest->dev.lock held */
static inline u64 vioapic_guest_rte(const struct vioapic_guest *guest, unsigned int pin)
{
	unsigned int index = vioapic_rte_index(pin);

	return vioapic_model_register(&guest->dev.model, index) |
	       (u64)vioapic_model_register(&guest->dev.model, index + 1) << 32;
}

/* vm.c */

/* Serialises changes of the table, and of who watches EOIs */
extern struct mutex vioapic_guests_mutex;

/** vioapic_vm_join() - @guest, of @guest->kvm, is one of its VM's; vioapic_guests_mutex held */
int vioapic_vm_join(struct vioapic_guest *guest, struct vioapic_kvm_create *req);

/** vioapic_vm_leave() - no longer; vioapic_guests_mutex held */
void vioapic_vm_leave(struct vioapic_guest *guest);

/** vioapic_vm_is_any() - is there any VM with an I/O APIC of ours?  vioapic_guests_mutex held */
bool vioapic_vm_is_any(void);

/** vioapic_vm_find() - that of @kvm, or NULL; under RCU, or with vioapic_guests_mutex held */
struct vioapic_vm *vioapic_vm_find(struct kvm *kvm);

/** vioapic_vm_count() - how many I/O APICs of ours @kvm has; sleeps */
unsigned int vioapic_vm_count(struct kvm *kvm);

/* lapic.c: what a local APIC says; any context */

/** vioapic_lapic_is_level() - the interrupt that @vcpu takes by @vector came as a level one */
bool vioapic_lapic_is_level(struct kvm_vcpu *vcpu, u8 vector);

/** vioapic_lapic_suppresses() - EOIs of @vcpu are not broadcast (SPIV bit 12) */
bool vioapic_lapic_suppresses(struct kvm_vcpu *vcpu);

/** vioapic_lapic_takes() - it is enabled, by hardware and software */
bool vioapic_lapic_takes(struct kvm_vcpu *vcpu);

/** vioapic_lapic_has() - @vector is requested or in service there */
bool vioapic_lapic_has(struct kvm_vcpu *vcpu, u8 vector);

/* bus.c */
extern const struct kvm_io_device_ops vioapic_guest_bus_ops;	/* access.c */

/** vioapic_guest_bus_insert() - @guest->bus_dev gets its page; -ENOSPC, -ENOMEM, -EINTR */
int vioapic_guest_bus_insert(struct vioapic_guest *guest, const struct kvm_io_device_ops *ops);

/** vioapic_guest_bus_remove() - and wait until no vCPU is in there.  Cannot fail */
void vioapic_guest_bus_remove(struct vioapic_guest *guest);

/* page.c */
int vioapic_guest_page_init(struct vioapic_guest *guest);
void vioapic_guest_page_exit(struct vioapic_guest *guest);
int vioapic_guest_mmap(struct file *file, struct vm_area_struct *vma);

/** vioapic_guest_page_update() - after a change of the model, @guest->dev.lock held */
void vioapic_guest_page_update(struct vioapic_guest *guest);

/** vioapic_guest_page_update_pin() - the same if only the RTE of @pin can have changed */
void vioapic_guest_page_update_pin(struct vioapic_guest *guest, unsigned int pin);

/* eoi.c */

/* EOIs are seen in the kernel; changes under vioapic_guests_mutex, when there is no VM */
extern bool vioapic_eoi_in_kernel;

/**
 * vioapic_eoi_ask() - an EOI of @vector by @vcpu matters from now on
 *
 * Context: any; to be called before the EOI can come.
 * Return: false if it did so before.
 */
bool vioapic_eoi_ask(struct vioapic_vm *vm, struct kvm_vcpu *vcpu, u8 vector);

/** vioapic_eoi_forget() - no longer, as it has come or will not; any context */
void vioapic_eoi_forget(struct vioapic_vm *vm, struct kvm_vcpu *vcpu, u8 vector);

/** vioapic_eoi_forget_all() - nothing of @vm is waited for; sleeps */
void vioapic_eoi_forget_all(struct vioapic_vm *vm);

/** vioapic_eoi_is_asked() - does an EOI of @vector by @vcpu matter?  Any context */
static inline bool vioapic_eoi_is_asked(struct vioapic_vm *vm, struct kvm_vcpu *vcpu, u8 vector)
{
	return test_bit(vector, vm->vcpu[vcpu->vcpu_idx].asked);
}

/* messages.c */

/** vioapic_message_way() - how to deliver in @kvm, or NULL */
vioapic_kvm_msi_t *vioapic_message_way(struct kvm *kvm);

/**
 * vioapic_message_send() - the message of @pin, which is in FX_DELIVER
 *
 * Context: @guest->dev.lock held.
 * Return: false if it takes too long: it is for vioapic_message_send_slowly().
 */
bool vioapic_message_send(struct vioapic_guest *guest, unsigned int pin);

/**
 * vioapic_message_send_slowly() - the same, whoever it is for
 *
 * Context: @guest->send_mutex held; sleeps.
 */
void vioapic_message_send_slowly(struct vioapic_guest *guest, unsigned int pin);

/** vioapic_message_has_taker() - would a local APIC take what the RTE of @pin says?  Sleeps */
bool vioapic_message_has_taker(struct vioapic_guest *guest, unsigned int pin);

/* effects.c: a call on the model, and all that follows */

/**
 * struct vioapic_call - a call on the model
 * @fx:    of the call; FX nothing when it begins
 * @flags: interrupt state
 */
struct vioapic_call {
	struct vioapic_effects fx;
	unsigned long flags;
};

/** vioapic_guest_begin() - take @guest->dev.lock; any context */
static inline void vioapic_guest_begin(struct vioapic_guest *guest, struct vioapic_call *call)
{
	raw_spin_lock_irqsave(&guest->dev.lock, call->flags);
	call->fx.what = 0;
}

/**
 * vioapic_guest_finish() - carry @call->fx out and let the lock go
 *
 * Context: any.  What cannot be sent at once is sent by a work item.
 */
void vioapic_guest_finish(struct vioapic_guest *guest, struct vioapic_call *call)
	__releases(&guest->dev.lock);

/** vioapic_guest_carry_out() - what follows from a call; @guest->dev.lock held */
void vioapic_guest_carry_out(struct vioapic_guest *guest, const struct vioapic_effects *fx);

/** vioapic_guest_send_pending() - now, each pin that has a message; sleeps */
void vioapic_guest_send_pending(struct vioapic_guest *guest);

/**
 * vioapic_guest_finish_all() - the same, and return when all has been sent
 *
 * Context: sleeps.  The way of what the guest writes, therefore inline.
 */
static inline void vioapic_guest_finish_all(struct vioapic_guest *guest, struct vioapic_call *call)
{
	bool pending;

	if (call->fx.what)
		vioapic_guest_carry_out(guest, &call->fx);
	vioapic_guest_page_update(guest);
	pending = guest->has_pending;
	raw_spin_unlock_irqrestore(&guest->dev.lock, call->flags);
	if (unlikely(pending))
		vioapic_guest_send_pending(guest);
}

/** vioapic_guest_effects_init() - set @guest up for these */
void vioapic_guest_effects_init(struct vioapic_guest *guest);

/* lines.c */
void vioapic_guest_lines_init(struct vioapic_guest *guest);
int vioapic_guest_eventfd(struct vioapic_guest *guest, const struct vioapic_kvm_eventfd *req);
void vioapic_guest_eventfds_remove(struct vioapic_guest *guest);

/**
 * vioapic_guest_lines_take() - the one pin of FX_ENDED, for vioapic_guest_lines_resample()
 *
 * Takes it out of @fx, so that no work item does.  @guest->dev.lock held.
 * Return: or VIOAPIC_NO_PIN, if there is none, or there are several, which take too long.
 */
int vioapic_guest_lines_take(struct vioapic_guest *guest, struct vioapic_effects *fx);

/**
 * vioapic_guest_lines_resample() - who claims the line of @pin is asked whether he still does
 *
 * Context: under RCU, and not that of who signals an eventfd, or holds @guest->dev.lock.
 */
void vioapic_guest_lines_resample(struct vioapic_guest *guest, unsigned int pin);

/** vioapic_guest_lines_ask() - all who may claim a line, after a restore; @guest->dev.lock held */
void vioapic_guest_lines_ask(struct vioapic_guest *guest);

/* ends.c */
void vioapic_guest_ends_init(struct vioapic_guest *guest);

/** vioapic_ends_eoi() - @vcpu ends @vector; any context.  Under RCU */
void vioapic_ends_eoi(struct vioapic_vm *vm, struct kvm_vcpu *vcpu, u8 vector);

/** vioapic_ends_restored() - what is in service may be so on any vCPU; sleeps */
void vioapic_ends_restored(struct vioapic_guest *guest);

/* probe.c */

/** vioapic_probe_would_work() - can EOIs be seen in the kernel?  vioapic_guests_mutex held */
bool vioapic_probe_would_work(void);

/**
 * vioapic_probe_start() - see EOIs in the kernel from now on; vioapic_guests_mutex held
 * Return: 0, also if they cannot be seen there; -ENOMEM
 */
int vioapic_probe_start(void);

/** vioapic_probe_stop() - no longer; vioapic_guests_mutex held, and there is no VM */
void vioapic_probe_stop(void);

/* guest.c: life */

/** vioapic_guest_create() - see struct vioapic_kvm_ops */
struct vioapic_guest *vioapic_guest_create(struct vioapic_kvm_create *req);

/** vioapic_guest_destroy() - out of the VM; a second call does nothing.  Sleeps */
void vioapic_guest_destroy(struct vioapic_guest *guest);

/** vioapic_guest_free() - the rest, after vioapic_guest_destroy() */
void vioapic_guest_free(struct vioapic_guest *guest);

/* ioctl.c */
struct file *vioapic_guest_file(struct vioapic_kvm_create *req);

/* query.c: VIOAPIC_KVM_QUERY, VIOAPIC_KVM_VM */
int vioapic_query(struct vioapic_kvm_query *req);
int vioapic_query_vm(struct vioapic_kvm_vm *req);

#endif
