/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fault injection: how a simulated I/O APIC is broken, private to virt.
 *
 * What each kind does stands at enum vioapic_fault_kind, what its attributes mean
 * at struct vioapic_fault_attr.  An opportunity for one is:
 *   stuck-irr  a write that ends the service of a pin: of the EOI register, or of
 *              edge mode into its RTE.  Whatever software tries, remote IRR stays
 *   drop-eoi   a write of the EOI register; without that, as stuck-irr
 *   drop-write, torn-write  a write of half an RTE; torn only if 4 or 8 bytes wide
 *   ones       any read
 *   lost-index a write of IOREGSEL
 *   delay      a message that is about to go out.  Until it does, delivery status of
 *              a level pin is set; that of an edge pin never is
 *   duplicate  a message that was accepted, while no duplicate of its pin waits
 *   spurious   the line of a pin that is unmasked and has a vector falls.  The
 *              message leaves remote IRR alone, as nothing is asserted
 * A drop-write that strikes leaves nothing to tear.  Messages that wait are sent
 * though their fault is turned off meanwhile.
 *
 * An I/O APIC that nobody has broken has no struct vioapic_faults.  That belongs to
 * the directory in configfs, so that it can be broken before it is live.
 */
#ifndef VIOAPIC_FAULTS_H
#define VIOAPIC_FAULTS_H

#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <vioapic/sim_device.h>

/**
 * struct vioapic_fault - of one kind
 * @attr:   as requested, but that @attr.times counts down
 * @passed: opportunities since one was the nth that @attr.interval lets through
 * @random: where its random numbers are
 * @count:  how often it was injected since it was set
 */
struct vioapic_fault {
	struct vioapic_fault_attr attr;
	u32 passed;
	u64 random;
	u64 count;
};

/**
 * struct vioapic_waiting - messages that go out later
 * @pins: bit n % 64 of word n / 64 stands for pin n
 * @due:  when, by the clock of ktime_get_mono_fast_ns(), for each of @pins
 */
struct vioapic_waiting {
	u64 pins[VIOAPIC_PIN_WORDS];
	u64 due[VIOAPIC_PIN_SLOTS];
};

/**
 * struct vioapic_faults - how a simulated I/O APIC is broken
 * @sim:   while it is live, else NULL; changes under vioapic_mutex, when nothing
 *         can be under way
 * @set:   BIT(kind) of those that are set; all from here on under the lock of @sim,
 *         or vioapic_mutex while there is none
 * @sending: (delay) what waited goes out now
 * @late:  (delay)
 * @again: (duplicate)
 * @soon:  from the trap to @timer, which cannot be started there
 * @timer: of the first that is due of @late and @again
 */
struct vioapic_faults {
	struct vioapic_sim *sim;
	u16 set;
	bool sending;
	struct vioapic_fault fault[VIOAPIC_FAULT_KINDS];
	struct vioapic_waiting late;
	struct vioapic_waiting again;
	struct irq_work soon;
	struct hrtimer timer;
};

/* faults.c: in faults and wherever a line is driven; the lock of @sim is held */
void vioapic_faults_write(struct vioapic_sim *sim, unsigned int offset, unsigned int size,
			  u64 value);
u64 vioapic_faults_read(struct vioapic_sim *sim, unsigned int size, u64 value);
void vioapic_faults_deliver(struct vioapic_sim *sim, unsigned int pin);
bool vioapic_faults_strike(struct vioapic_faults *faults, enum vioapic_fault_kind kind, int pin);
bool vioapic_faults_send(struct vioapic_sim *sim, unsigned int pin);
void vioapic_faults_send_unasked(struct vioapic_sim *sim, unsigned int pin);

/* faults_line.c: likewise */
void vioapic_faults_set_line(struct vioapic_sim *sim, unsigned int pin, bool high);

/* faults_line.c: life; vioapic_mutex held */
void vioapic_faults_init(struct vioapic_faults *faults);
void vioapic_faults_start(struct vioapic_sim *sim, struct vioapic_faults *faults);
void vioapic_faults_forget(struct vioapic_sim *sim);
void vioapic_faults_stop(struct vioapic_sim *sim);

/* fault_request.c: what users say; vioapic_mutex held but for the first */
int vioapic_faults_parse(const char *text, struct vioapic_sim_fault *req);
int vioapic_faults_request(struct vioapic_faults **faults, struct vioapic_sim *sim,
			   unsigned int pins, struct vioapic_sim_fault *req);
ssize_t vioapic_faults_show(struct vioapic_faults *faults, char *page);

#endif
