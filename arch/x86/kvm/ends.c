// SPDX-License-Identifier: GPL-2.0
/*
 * Ends of services: by EOI, or found by looking.
 *
 * KVM's tracepoint kvm_eoi tells of every EOI, in the vCPU's thread and before the local
 * APIC forgets the interrupt (probe.c).  Where it cannot be had, KVM tells user space
 * (KVM_EXIT_IOAPIC_EOI), and user space tells us.
 *
 * Some come that nobody tells of.  KVM makes its list of the vectors that matter anew,
 * and knows nothing of ours, when a local APIC changes its setup and when the VMM sets
 * routes; then it misses an EOI where user space was to be told, and where Intel's APICv
 * ends interrupts that are not on that list.  And the VMM can set a local APIC's state,
 * which takes away what it had.  So what is in service is looked at now and then: if no
 * local APIC has it, twice in a row, its service is over.  What was in service when it was
 * restored is so until a vCPU has run: local APICs may be restored yet.
 *
 * At the same time what nobody took is sent again: a local APIC may have been enabled.
 */
#include <linux/cpufeature.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "guest.h"

#define PERIOD_FIRST	msecs_to_jiffies(10)
#define PERIOD_LAST	msecs_to_jiffies(160)

/* Is a pin of @guest in service until an EOI of @vector?  @guest->dev.lock held */
static bool waits_for(struct vioapic_guest *guest, u8 vector)
{
	struct vioapic_model *m = &guest->dev.model;
	unsigned int i;
	u64 map;

	for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
		for (map = m->irr[i]; map; map &= map - 1)
			if ((u8)m->rte[64 * i + __ffs64(map)] == vector)
				return true;
	return false;
}

static bool is_idle(const struct vioapic_guest *guest)
{
	const u64 *irr = guest->dev.model.irr;
	unsigned int i;
	u64 any = 0;

	for (i = 0; i < VIOAPIC_PIN_WORDS; i++)
		any |= READ_ONCE(irr[i]);
	return !any;
}

static void eoi(struct vioapic_guest *guest, u8 vector, bool suppressed)
{
	int resampled = VIOAPIC_NO_PIN;
	struct vioapic_call call;

	/* Of what came before this EOI, remote IRR is set by now */
	if (is_idle(guest))
		return;
	vioapic_guest_begin(guest, &call);
	if (!waits_for(guest, vector)) {
		;
	} else if (suppressed) {
		guest->counter[VIOAPIC_KVM_CNT_SUPPRESSED]++;
	} else {
		guest->counter[VIOAPIC_KVM_CNT_EOIS]++;
		vioapic_guest_device_eoi(&guest->dev, vector);
		vioapic_model_eoi(&guest->dev.model, vector, &call.fx);
		resampled = vioapic_guest_lines_take(guest, &call.fx);
	}
	vioapic_guest_finish(guest, &call);
	if (resampled != VIOAPIC_NO_PIN)
		vioapic_guest_lines_resample(guest, resampled);
}

void vioapic_ends_eoi(struct vioapic_vm *vm, struct kvm_vcpu *vcpu, u8 vector)
{
	struct vioapic_guest *guest;
	bool suppressed;

	if (!vioapic_eoi_is_asked(vm, vcpu, vector) || !vioapic_lapic_is_level(vcpu, vector))
		return;
	suppressed = vioapic_lapic_suppresses(vcpu);
	/* First: what is delivered again at once asks for an EOI of its own */
	vioapic_eoi_forget(vm, vcpu, vector);
	hlist_for_each_entry_rcu(guest, &vm->guests, node)
		eoi(guest, vector, suppressed);
}

static u64 exits(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	u64 sum = 0;

	kvm_for_each_vcpu(i, vcpu, kvm)
		sum += READ_ONCE(vcpu->stat.exits);
	return sum;
}

void vioapic_ends_restored(struct vioapic_guest *guest)
{
	DECLARE_BITMAP(vectors, VIOAPIC_GUEST_VECTORS) = { };
	u64 before = exits(guest->kvm);
	struct kvm_vcpu *vcpu;
	unsigned int pin, vector;
	unsigned long i;
	u64 rte;

	raw_spin_lock_irq(&guest->dev.lock);
	for (pin = 0; pin < guest->dev.pins; pin++) {
		rte = vioapic_guest_rte(guest, pin);
		guest->vector[pin] = rte & VIOAPIC_RTE_VECTOR;
		__assign_bit(pin, guest->restored, rte & VIOAPIC_RTE_REMOTE_IRR);
		if (rte & VIOAPIC_RTE_REMOTE_IRR)
			__set_bit(guest->vector[pin], vectors);
	}
	bitmap_zero(guest->watched, VIOAPIC_MAX_PINS);
	bitmap_zero(guest->suspect, VIOAPIC_MAX_PINS);
	guest->exits = before;
	guest->period = PERIOD_FIRST;
	if (!guest->gone)
		mod_delayed_work(vioapic_system_wq, &guest->tend, PERIOD_FIRST);
	raw_spin_unlock_irq(&guest->dev.lock);

	/* Which of them has it, is in the state of their local APICs: set already, or soon */
	kvm_for_each_vcpu(i, vcpu, guest->kvm) {
		for_each_set_bit(vector, vectors, VIOAPIC_GUEST_VECTORS)
			vioapic_eoi_ask(guest->vm, vcpu, vector);
		cond_resched();
	}
}

/* Looking */

/*
 * With APICv, interrupts of a vCPU that neither runs nor sleeps can be where we do not
 * look: on their way in, or ended by the CPU and not yet by KVM.  For a moment: one that
 * its VMM does not let run counts for nothing after some looks.
 */
static bool is_between(struct kvm_vcpu *vcpu, unsigned int look)
{
	return look < 8 && boot_cpu_has(X86_FEATURE_VMX) &&
	       READ_ONCE(vcpu->mode) != IN_GUEST_MODE && !kvm_vcpu_is_blocking(vcpu);
}

/* KVM has told user space, which is about to call us, and that clears it */
static bool is_being_told(struct kvm_vcpu *vcpu, u8 vector)
{
	return !vioapic_eoi_in_kernel && READ_ONCE(vcpu->arch.pending_ioapic_eoi) == vector &&
	       test_bit(vector, vcpu->arch.ioapic_handled_vectors);
}

/* May the EOI of @vector still come?  Also if it would count for nothing.  Sleeps */
static bool may_come(struct vioapic_guest *guest, u8 vector, unsigned int look)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	bool may = false;

	kvm_for_each_vcpu(i, vcpu, guest->kvm) {
		if (!vcpu->arch.apic)
			continue;
		if (vioapic_lapic_has(vcpu, vector)) {
			vioapic_eoi_ask(guest->vm, vcpu, vector);
			may = true;
		}
		may |= vioapic_lapic_suppresses(vcpu) || is_between(vcpu, look) ||
		       is_being_told(vcpu, vector);
		cond_resched();
	}
	return may;
}

/* Pins in service, which are watched from now on, and by which vector they went out */
static void watch(struct vioapic_guest *guest, u8 *vectors, unsigned long *pins)
{
	u64 now = exits(guest->kvm);
	unsigned int pin;

	raw_spin_lock_irq(&guest->dev.lock);
	for (pin = 0; pin < guest->dev.pins; pin++) {
		__assign_bit(pin, pins, vioapic_model_in_service(&guest->dev.model, pin));
		if (guest->looks[pin] < U8_MAX)
			guest->looks[pin]++;
		vectors[pin] = guest->vector[pin];
	}
	if (guest->exits != now)
		bitmap_zero(guest->restored, VIOAPIC_MAX_PINS);
	bitmap_andnot(pins, pins, guest->restored, VIOAPIC_MAX_PINS);
	bitmap_copy(guest->watched, pins, VIOAPIC_MAX_PINS);
	raw_spin_unlock_irq(&guest->dev.lock);
}

/* Nobody had @vector: the second time the service of @pin, if it is the same, is over */
static void miss(struct vioapic_guest *guest, unsigned int pin, u8 vector)
{
	struct vioapic_call call;

	vioapic_guest_begin(guest, &call);
	if (test_bit(pin, guest->watched) &&
	    vioapic_model_in_service(&guest->dev.model, pin) &&
	    __test_and_set_bit(pin, guest->suspect)) {
		guest->counter[VIOAPIC_KVM_CNT_EOIS]++;
		vioapic_guest_device_eoi(&guest->dev, vector);
		vioapic_model_end(&guest->dev.model, pin, &call.fx);
		__clear_bit(pin, guest->suspect);
	}
	vioapic_guest_finish_all(guest, &call);
}

static void look(struct vioapic_guest *guest)
{
	DECLARE_BITMAP(coming, VIOAPIC_GUEST_VECTORS) = { };
	DECLARE_BITMAP(missing, VIOAPIC_GUEST_VECTORS) = { };
	DECLARE_BITMAP(pins, VIOAPIC_MAX_PINS) = { };
	u8 vectors[VIOAPIC_MAX_PINS];
	unsigned int pin;
	u8 vector;

	watch(guest, vectors, pins);
	for_each_set_bit(pin, pins, VIOAPIC_MAX_PINS) {
		vector = vectors[pin];
		if (!test_bit(vector, coming) && !test_bit(vector, missing))
			__set_bit(vector, may_come(guest, vector, guest->looks[pin]) ?
					  coming : missing);
		if (test_bit(vector, missing)) {
			miss(guest, pin, vector);
			continue;
		}
		raw_spin_lock_irq(&guest->dev.lock);
		__clear_bit(pin, guest->suspect);
		raw_spin_unlock_irq(&guest->dev.lock);
	}
}

/* Pins with a level message that nobody took */
static void find_refused(struct vioapic_guest *guest, unsigned long *pins)
{
	unsigned int pin;

	raw_spin_lock_irq(&guest->dev.lock);
	for (pin = 0; pin < guest->dev.pins; pin++)
		__assign_bit(pin, pins, vioapic_guest_rte(guest, pin) & VIOAPIC_RTE_DELIVS);
	raw_spin_unlock_irq(&guest->dev.lock);
}

static void retry(struct vioapic_guest *guest)
{
	DECLARE_BITMAP(pins, VIOAPIC_MAX_PINS) = { };
	struct vioapic_call call;
	unsigned int pin;

	find_refused(guest, pins);
	for_each_set_bit(pin, pins, VIOAPIC_MAX_PINS) {
		if (!vioapic_message_has_taker(guest, pin))
			continue;
		vioapic_guest_begin(guest, &call);
		vioapic_model_retry(&guest->dev.model, pin, &call.fx);
		vioapic_guest_finish_all(guest, &call);
	}
}

/* Anything to come back for? @guest->dev.lock held */
static bool is_open(struct vioapic_guest *guest)
{
	unsigned int pin;

	for (pin = 0; pin < guest->dev.pins; pin++)
		if (vioapic_guest_rte(guest, pin) & VIOAPIC_RTE_READONLY)
			return true;
	return false;
}

/* An EOI that nobody tells of is not the exception on Intel, or if user space has to tell */
static unsigned long next_period(unsigned long period)
{
	if (!vioapic_eoi_in_kernel || boot_cpu_has(X86_FEATURE_VMX))
		return PERIOD_FIRST;
	return min(2 * period, PERIOD_LAST);
}

static void tend_work(struct work_struct *work)
{
	struct vioapic_guest *guest = container_of(to_delayed_work(work), struct vioapic_guest,
						   tend);
	bool open;

	retry(guest);
	look(guest);
	raw_spin_lock_irq(&guest->dev.lock);
	open = is_open(guest);
	guest->period = open ? next_period(guest->period) : PERIOD_FIRST;
	if (open && !guest->gone)
		queue_delayed_work(vioapic_system_wq, &guest->tend, guest->period);
	raw_spin_unlock_irq(&guest->dev.lock);
}

void vioapic_guest_ends_init(struct vioapic_guest *guest)
{
	guest->period = PERIOD_FIRST;
	INIT_DELAYED_WORK(&guest->tend, tend_work);
}
