/* SPDX-License-Identifier: GPL-2.0 */
/* A minimal VMM: memory, vCPUs, one I/O APIC of vioapic_kvm's, and tests. */
#ifndef VMM_H
#define VMM_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "../../tools/libvioapic/libvioapic.h"
#include "abi.h"

#define SLOT_MEMORY	0
#define SLOT_IOAPIC	1

struct vm;

/**
 * enum irqchip - whose I/O APIC a VM has
 * @IRQCHIP_VIOAPIC: vioapic_kvm's, split irqchip
 * @IRQCHIP_USER:    the VMM's, split irqchip
 * @IRQCHIP_KVM:     KVM's
 * @IRQCHIP_BESIDE:  vioapic_kvm's, and OWN_PINS reserved for one of the VMM's
 */
enum irqchip { IRQCHIP_VIOAPIC, IRQCHIP_USER, IRQCHIP_KVM, IRQCHIP_BESIDE };

#define OWN_PINS	24

/* A vCPU, and the thread that runs it */
struct vcpu {
	struct vm *vm;
	unsigned int number;
	int fd;
	int stats;
	struct kvm_run *run;
	pthread_t thread;
};

/**
 * struct vm - a virtual machine
 * @out:   what a test does with a write to one of its ports; returns true if the
 *         guest has ended
 * @io:    the same for accesses of other kinds, if @out is NULL; @data comes or goes
 * @memory_access: memory that is not there, if not NULL
 * @eoi:   what a test does with KVM_EXIT_IOAPIC_EOI first, if not NULL
 * @mmio:  exits for it
 * @eois:  KVM_EXIT_IOAPIC_EOI
 * @ended: why; under @lock
 */
struct vm {
	int kvm;
	int fd;
	unsigned int vcpus;
	struct vcpu vcpu[VCPUS_MAX];
	struct shared *shared;
	unsigned char *memory;
	unsigned long memory_size;
	struct libvioapic *ioapic;
	bool (*out)(struct vcpu *vcpu, unsigned int port, unsigned int value);
	bool (*io)(struct vcpu *vcpu, unsigned int port, unsigned int size, bool in, uint8_t *data);
	void (*memory_access)(struct vm *vm, uint64_t address, void *data, unsigned int size,
			      bool write);
	void (*eoi)(struct vcpu *vcpu, unsigned int vector);
	void *test;
	unsigned long mmio;
	unsigned long eois;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	bool ended;
	char verdict[200];
};

/* All of these end the program with a sentence if they cannot */
void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...);

/**
 * vm_create() - with the guest's image in memory, and an I/O APIC
 * @config: at IOAPIC_ADDRESS, if it has no address
 */
void vm_create(struct vm *vm, unsigned int vcpus, const struct libvioapic_config *config);

/** vm_create_kind() - the same with another I/O APIC, or size of memory */
void vm_create_kind(struct vm *vm, unsigned int vcpus, enum irqchip kind,
		    const struct libvioapic_config *config, unsigned long memory);
void vm_destroy(struct vm *vm);

/** vm_set_routing() - one MSI route; KVM makes its list of vectors whose EOIs matter anew */
void vm_set_routing(struct vm *vm);

/** vm_prepare_memory() - page tables and GDT */
void vm_prepare_memory(struct vm *vm);

/** vm_boot_vcpu() - in long mode, at the guest's entry */
void vm_boot_vcpu(struct vcpu *vcpu);

/** vm_boot() - all vCPUs at the guest's entry, for @test */
void vm_boot(struct vm *vm, enum test test);

/** vm_start(), vm_stop() - the vCPUs' threads; once stopped their state can be had */
void vm_start(struct vm *vm);
void vm_stop(struct vm *vm);

/** vm_wait() - until the guest has ended, or does nothing for @seconds: NULL, or what is wrong */
const char *vm_wait(struct vm *vm, unsigned int seconds);

/** vm_run() - start, wait, stop */
const char *vm_run(struct vm *vm, unsigned int seconds);

/** vm_end() - the guest has ended, with a verdict unless @format is NULL */
void __attribute__((format(printf, 2, 3))) vm_end(struct vm *vm, const char *format, ...);

/** vcpu_stat() - one of KVM's statistics of a vCPU, by name */
uint64_t vcpu_stat(struct vcpu *vcpu, const char *name);

/** vioapic_stat() - one of vioapic's, by enum vioapic_kvm_counter */
uint64_t vioapic_stat(struct vm *vm, unsigned int counter);

/** is_good() - says @verdict unless it is NULL */
bool is_good(const char *verdict);

/* stall.c: with vioapic_latency.ko */

/** stall_begin() - measure anew for how long interrupts are off */
void stall_begin(void);

/** stall_end() - says so; returns the most, in instructions */
unsigned long stall_end(const char *what);

/* The tests; 0 is good */
int test_registers(int argc, char **argv);
int test_exits(int argc, char **argv);
int test_interrupts(int argc, char **argv);
int test_save(int argc, char **argv);
int test_restore(int argc, char **argv);
int test_refuse(int argc, char **argv);
int test_life(int argc, char **argv);
int test_churn(int argc, char **argv);
int test_hostile(int argc, char **argv);
int test_linux(int argc, char **argv);
int test_cost(int argc, char **argv);
int test_eventfd(int argc, char **argv);
int test_storm(int argc, char **argv);
int test_foreign(int argc, char **argv);
int test_missed(int argc, char **argv);
int test_watch(int argc, char **argv);
int test_rounds(int argc, char **argv);
int test_stuck(int argc, char **argv);
int test_claims(int argc, char **argv);
int test_nobody(int argc, char **argv);
int test_stall(int argc, char **argv);
int test_stalling_guest(int argc, char **argv);
int test_beside(int argc, char **argv);
int test_names(int argc, char **argv);
int test_many(int argc, char **argv);

#endif
