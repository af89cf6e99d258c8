/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the guest's code stands on: instructions, its local APIC, its I/O APIC.
 * For guest.c alone; inline, as the guest's own instructions are counted too.
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

static int x2apic;	/* the mode of the local APICs */

/* Instructions */

static inline void out32(unsigned short port, unsigned int value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "d"(port) : "memory");
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

#endif
