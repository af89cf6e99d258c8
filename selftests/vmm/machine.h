/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the guest's code stands on: instructions, its local APIC, its I/O APIC.
 * Inline, as the guest's own instructions are counted too.
 */
#ifndef VMM_MACHINE_H
#define VMM_MACHINE_H

#include "abi.h"

#define shared		((struct shared *)GUEST_SHARED)

#define MSR_APIC_BASE	0x1b
#define APIC_BASE_X2	0x400
#define APIC_ID		0x20
#define APIC_EOI	0xb0
#define APIC_SPIV	0xf0
#define APIC_ISR	0x100
#define APIC_ICR	0x300
#define ICR_SELF	0x44000	/* fixed, edge, to itself */
#define SPIV_ENABLE	0x100

#define REG_RTE(pin)	(0x10 + 2 * (pin))
#define RTE_LOWEST	0x100U
#define RTE_LOGICAL	0x800U
#define RTE_ACTIVE_LOW	0x2000U
#define RTE_REMOTE_IRR	0x4000U
#define RTE_LEVEL	0x8000U
#define RTE_MASKED	0x10000U

static int x2apic;	/* the mode of the local APICs, in a file that sets it */

/* Instructions */

static inline void out32(unsigned short port, unsigned int value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "d"(port) : "memory");
}

static inline void out8(unsigned short port, unsigned char value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "d"(port) : "memory");
}

static inline unsigned long rdmsr(unsigned int msr)
{
	unsigned int low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return low | (unsigned long)high << 32;
}

static inline void wrmsr(unsigned int msr, unsigned long value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((unsigned int)value),
			 "d"((unsigned int)(value >> 32)) : "memory");
}

static inline volatile unsigned int *reg32(unsigned long address)
{
	return (volatile unsigned int *)address;
}

/* Interrupts come by way of gates */

#define GATES	256

struct gate {
	unsigned short low, selector, flags, middle;
	unsigned int high, reserved;
};

static inline void set_gate(struct gate *gates, unsigned int vector, void (*handler)(void))
{
	unsigned long address = (unsigned long)handler;

	gates[vector] = (struct gate) {
		.low = address, .selector = 0x8, .flags = 0x8e00,
		.middle = address >> 16, .high = address >> 32,
	};
}

static inline void load_gates(const struct gate *gates)
{
	struct { unsigned short limit; unsigned long base; } __attribute__((packed)) idtr = {
		sizeof(struct gate) * GATES - 1, (unsigned long)gates,
	};

	__asm__ volatile("lidt %0" : : "m"(idtr));
}

/* The local APIC */

static inline void apic_write(unsigned int offset, unsigned int value)
{
	if (x2apic)
		wrmsr(0x800 + offset / 16, value);
	else
		*reg32(LAPIC_ADDRESS + offset) = value;
}

static inline unsigned int apic_read(unsigned int offset)
{
	return x2apic ? rdmsr(0x800 + offset / 16) : *reg32(LAPIC_ADDRESS + offset);
}

static inline unsigned int vcpu_number(void)
{
	return apic_read(APIC_ID) >> (x2apic ? 0 : 24);
}

/* The I/O APIC */

static inline void lock(void)
{
	while (__atomic_exchange_n(&shared->lock, 1, __ATOMIC_ACQUIRE))
		out32(PORT_WAIT, 0);
}

static inline void unlock(void)
{
	__atomic_store_n(&shared->lock, 0, __ATOMIC_RELEASE);
}

static inline unsigned int ioapic_read(unsigned int index)
{
	*reg32(IOAPIC_ADDRESS) = index;
	return *reg32(IOAPIC_ADDRESS + 0x10);
}

static inline void ioapic_write(unsigned int index, unsigned int value)
{
	*reg32(IOAPIC_ADDRESS) = index;
	*reg32(IOAPIC_ADDRESS + 0x10) = value;
}

/* guest.c */
void interrupts_on(unsigned int vcpu);
void route(unsigned int pin, unsigned int vcpu, unsigned int low);

/* guest_cost.c */
void test_cost(void);
void test_kick(void);
void test_stall(unsigned int vcpu);

#endif
