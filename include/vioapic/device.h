/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device: one I/O APIC = model + trap site + backend + lock + counters.
 *
 * Locks, outermost first:
 *   vioapic_mutex   the inventory, and every change of a device's state but
 *                   the one from taken to failed; sleeps
 *   rendezvous      takeover and release: no other CPU runs
 *   dev->lock       model, backend, counters; taken in faults, interrupts off
 */
#ifndef VIOAPIC_DEVICE_H
#define VIOAPIC_DEVICE_H

#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <uapi/linux/vioapic.h>
#include <vioapic/backend.h>
#include <vioapic/model.h>
#include <vioapic/trap.h>

struct dentry;
struct vioapic_pirqs;
struct vioapic_state;

/* A sentence for the user, into the "reason" of a request */
#define vioapic_refuse(reason, ...) \
	((void)snprintf(reason, VIOAPIC_REASON_LEN, __VA_ARGS__))

/**
 * struct vioapic_failure - why a device opened by itself, for the message
 * @why:     a phrase
 * @ip:      instruction that made the access
 * @offset:  of the access in the page
 */
struct vioapic_failure {
	const char *why;
	unsigned long ip;
	unsigned int offset;
};

/**
 * struct vioapic_refusal - what a foreign controller made of a write, for the message
 * @ip:     instruction that made the access
 * @index:  IOREGSEL value of the register
 * @wanted: what was written
 * @has:    what the register has
 */
struct vioapic_refusal {
	unsigned long ip;
	u16 index;
	u32 wanted;
	u32 has;
};

/**
 * enum vioapic_eager - why every access goes to the controller
 * @VIOAPIC_EAGER_SUSPEND: it may have forgotten
 * @VIOAPIC_EAGER_FOREIGN: see struct vioapic_backend_ops
 */
enum vioapic_eager { VIOAPIC_EAGER_SUSPEND = 1 << 0, VIOAPIC_EAGER_FOREIGN = 1 << 1 };

/* What user space asks for, as struct vioapic_model has it */
static inline u32 vioapic_storm_limit(u32 asked)
{
	return asked == VIOAPIC_STORM_NEVER ? 0 : asked ?: VIOAPIC_STORM_LIMIT;
}

/**
 * struct vioapic_device - one I/O APIC
 * @bus:      what the emulated instruction accesses; first, it is the hottest
 * @reads:    counter of trapped reads; apart because the quickest of them take
 *            no lock
 * @slow:     something of @state, @posted, @eager and @lies is in the way of answering
 *            from @model at once
 * @later:    (owner) lines wait to be driven, see virt/sim/lines.c; set in any context
 * @detour:   @slow or @later
 * @lies:     (owner) it is broken, see virt/sim/faults.h: no quick ways
 * @lock:     serialises all from here to @model; taken with interrupts off
 * @owner:    CPU that holds @lock, or -1
 * @lost:     whoever held @lock has died, see virt/device/lock.h; until the next
 *            vioapic_device_seize()
 * @state:    enum vioapic_uapi_state.  To TAKEN and RELEASED in a rendezvous
 *            under vioapic_mutex; to FAILED in a fault under @lock
 * @eager:    enum vioapic_eager or-ed: forward every access
 * @posted:   something was written to the controller and not yet flushed
 * @reached:  the access at hand went to the controller, for the tracepoint;
 *            false between accesses
 * @hw_index: (native) IOREGSEL of the hardware, or -1 if unknown
 * @hw:       (native) private mapping of the register page
 * @ip:       instruction of the access at hand
 * @vcpu:     ID of the vCPU that makes it (guest)
 * @cnt:      counters, by enum vioapic_counter, but for @reads
 * @fx:       what the access at hand has changed
 * @model:    the registers
 * @site:     the trapped page
 * @ops:      the backend while not RELEASED; else NULL
 * @restore:  (owner) as vioapic_model_restore(), and does what follows from it; called in
 *            a rendezvous, under @lock, with a state that was found to be one of @dev.
 *            NULL if only a VMM restores it.  Constant
 * @guest:    it is a KVM guest's: accesses do not trap here but are reported by
 *            vioapic_kvm.ko; no @site, no @bus.  Constant
 * @window:   it is another module's, see <vioapic/window.h>: released by that alone
 * @pirqs:    (xen) who listens to which pin, or NULL; changed under @lock
 * @failure:  set once on the way to FAILED, read by @report
 * @report:   prints @failure outside of the fault
 * @refusal:  the last, read by @tell
 * @tell:     prints @refusal outside of the fault
 * @mortal:   (virt/device/lock.c) among those whose holders' deaths are noticed
 * @node:     in the inventory, among the machine's own or the guests';
 *            vioapic_mutex
 * @named:    in the inventory, by @name; vioapic_mutex
 * @name:     constant, as are all below
 * @phys:     address of the register page
 * @gsi_base: GSI of pin 0
 * @pins:     redirection entries
 * @version:  bits 0-7 of the version register
 * @id:       from the firmware's table, or as read when found
 * @dir:      (virt/user/debugfs.c) where its counters are
 */
struct vioapic_device {
	struct vioapic_bus bus;
	atomic64_t reads;
	union {
		struct {
			bool slow;
			bool later;
		};
		u16 detour;
	};
	bool lies;
	bool lost;
	raw_spinlock_t lock;
	int owner;
	u8 state;
	u8 eager;
	bool posted;
	bool reached;
	int hw_index;
	void __iomem *hw;
	unsigned long ip;
	u32 vcpu;
	u64 cnt[VIOAPIC_CNT_NR];
	struct vioapic_effects fx;
	struct vioapic_model model;

	struct vioapic_site site;
	const struct vioapic_backend_ops *ops;
	int (*restore)(struct vioapic_device *dev, const struct vioapic_state *state);
	bool guest;
	bool window;
	struct vioapic_pirqs *pirqs;
	struct vioapic_failure failure;
	struct irq_work report;
	struct vioapic_refusal refusal;
	struct irq_work tell;

	struct list_head mortal;
	struct list_head node;
	struct hlist_node named;
	char name[VIOAPIC_NAME_LEN];
	u64 phys;
	u32 gsi_base;
	u16 pins;
	u8 version;
	u8 id;
	struct dentry *dir;
};

/* events.c: what users call the counters, and the kinds of faults that are injected */
#define VIOAPIC_FAULT_NAME	12	/* bytes in a trace record */
extern const char * const vioapic_counter_name[VIOAPIC_CNT_NR];
extern const char vioapic_fault_names[VIOAPIC_FAULT_KINDS][VIOAPIC_FAULT_NAME];

/* trace_deliver(), where registers saved for it would be saved always */
void vioapic_trace_deliver(const struct vioapic_device *dev, unsigned int pin, u64 rte,
			   bool accepted);

/* device.c: the trap path */
void vioapic_device_init(struct vioapic_device *dev);
void vioapic_device_load(struct vioapic_device *dev, unsigned int index);
u64 vioapic_device_rte(struct vioapic_device *dev, unsigned int pin);
void vioapic_device_load_all(struct vioapic_device *dev);

/**
 * struct vioapic_guard - a device locked from outside of the trap path
 * @flags: interrupt state
 * @hw:    counters of accesses to the controller: those made while an
 *         administrator looks are not the kernel's and are not counted
 */
struct vioapic_guard {
	unsigned long flags;
	u64 hw[3];
};

/* lock.c: from outside of the trap path; what is for faults is in virt/device/lock.h */
void vioapic_lock_watch(struct vioapic_device *dev);
void vioapic_lock_unwatch(struct vioapic_device *dev);
int vioapic_lock_init(void);
void vioapic_lock_exit(void);
bool vioapic_device_lock(struct vioapic_device *dev, struct vioapic_guard *guard);
void vioapic_device_seize(struct vioapic_device *dev, struct vioapic_guard *guard);
void vioapic_device_unlock(struct vioapic_device *dev, const struct vioapic_guard *guard);

/**
 * struct vioapic_observer - who wants to know which I/O APICs there are
 * @added:   @dev can be found from now on; vioapic_mutex held, may sleep
 * @removed: @dev is about to go; likewise
 * @node:    among the observers; vioapic_mutex
 */
struct vioapic_observer {
	void (*added)(struct vioapic_device *dev);
	void (*removed)(struct vioapic_device *dev);
	struct list_head node;
};

/* inventory.c: which there are, and what users ask of them */
extern struct mutex vioapic_mutex;
extern struct list_head vioapic_devices;	/* the machine's own, and simulated ones */
extern struct list_head vioapic_guests;		/* those of KVM guests */

struct vioapic_device *vioapic_find(const char *name);
struct vioapic_device *vioapic_find_nth(unsigned int n);
bool vioapic_is_taken(const struct vioapic_device *dev);
int vioapic_refuse_guest(const struct vioapic_device *dev, const char *what, char *reason);
int vioapic_attach(struct vioapic_device *dev, const struct vioapic_backend_ops *ops, char *reason);
void vioapic_detach(struct vioapic_device *dev);
int vioapic_takeover(struct vioapic_device *dev, enum vioapic_hook hook,
		     const struct vioapic_backend_ops *ops, char *reason);
int vioapic_release(struct vioapic_device *dev, char *reason);
void vioapic_let_go(struct vioapic_device *dev);
int vioapic_probe(struct vioapic_device *dev, const struct vioapic_backend_ops *ops, char *reason);
int vioapic_hook_install(enum vioapic_hook hook, char *reason);
void vioapic_inventory_observe(struct vioapic_observer *observer);
void vioapic_inventory_unobserve(struct vioapic_observer *observer);
void vioapic_inventory_add(struct vioapic_device *dev);
void vioapic_inventory_del(struct vioapic_device *dev);
int vioapic_inventory_init(void);
void vioapic_admit(void);
bool vioapic_is_admitting(void);
void vioapic_inventory_exit(void);

/* query.c: read-only questions; vioapic_mutex held */
void vioapic_query_info(struct vioapic_device *dev, struct vioapic_info *info);
int vioapic_query_table(struct vioapic_device *dev, struct vioapic_table *table);
int vioapic_query_check(struct vioapic_device *dev, struct vioapic_check *check);
void vioapic_query_stats(struct vioapic_device *dev, struct vioapic_stats *stats);

int vioapic_refuse_lost(const struct vioapic_device *dev, char *reason);
void vioapic_refresh(struct vioapic_device *dev);

/* snapshot.c: save and restore; vioapic_mutex held */
int vioapic_save(struct vioapic_device *dev, struct vioapic_state *state, char *reason);
int vioapic_restore(struct vioapic_device *dev, const struct vioapic_state *state, char *reason);

/**
 * struct vioapic_place - where an I/O APIC of the machine's own was found
 * @page:     kernel virtual address of its page in the fixmap
 * @frame:    page frame that is mapped there
 * @phys:     physical address of its registers
 * @gsi_base: GSI of pin 0
 * @id:       from the firmware's table
 */
struct vioapic_place {
	unsigned long page;
	unsigned long frame;
	u64 phys;
	u32 gsi_base;
	u8 id;
};

/**
 * vioapic_arch_discover() - find the machine's own I/O APICs
 * @found: called for each, in order of their slots; returns how many pins it
 *         has, or a negative errno that ends the search
 *
 * Context: may sleep.
 * Return: 0; -ENODEV if there is none; or what @found returned.
 */
int vioapic_arch_discover(int (*found)(const struct vioapic_place *place));

/**
 * vioapic_arch_find() - is there an I/O APIC at @phys, whoever has mapped it?
 * @place: filled in, but for the page
 * Context: may sleep.
 * Return: 0 or -ENODEV.
 */
int vioapic_arch_find(u64 phys, struct vioapic_place *place);

/**
 * vioapic_arch_isa_route() - of a legacy interrupt, as the firmware's table has it
 * @gsi:   any
 * @route: VIOAPIC_RTE_LEVEL and VIOAPIC_RTE_ACTIVE_LOW, if it is one
 * Context: may sleep.
 * Return: is it one?
 */
bool vioapic_arch_isa_route(u32 gsi, u32 *route);

/* window.c: at module exit */
void vioapic_window_exit(void);

/**
 * vioapic_arch_backend() - what stands behind the machine's own I/O APICs
 * @asked:  enum vioapic_uapi_backend: the default, or the one that it has to be
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 *
 * Found out when the kernel booted, and constant.
 * Return: the backend, or ERR_PTR(-EOPNOTSUPP); for the default always one.
 */
const struct vioapic_backend_ops *vioapic_arch_backend(u32 asked, char *reason);

/**
 * vioapic_arch_refuse_sim() - can this machine have simulated I/O APICs?
 * Return: NULL if so, else one sentence saying why not.
 */
const char *vioapic_arch_refuse_sim(void);

/** vioapic_arch_without() - one sentence for a machine without any I/O APIC */
const char *vioapic_arch_without(void);

/** vioapic_arch_announce() - one line for the log: what this runs on */
void vioapic_arch_announce(void);

/* arch/x86/hotplug.c: I/O APICs that were not there before; vioapic_mutex held */
int vioapic_arch_plug(struct vioapic_device *dev, char *reason);
int vioapic_arch_unplug(struct vioapic_device *dev, char *reason);
void vioapic_arch_plug_exit(void);

/**
 * vioapic_arch_irqs() - the kernel's interrupts of an I/O APIC in the fixmap
 * @dev: whose
 * @irq: by pin, VIOAPIC_PINS_MAX of them, all 0; those that are mapped are filled in
 *
 * As irq_get_irq_data() has them.  Context: vioapic_mutex held.
 */
void vioapic_arch_irqs(struct vioapic_device *dev, struct vioapic_irq *irq);

/* What suspend and resume take; at module init and exit */
void vioapic_arch_pm_init(void);
void vioapic_arch_pm_exit(void);

#endif
