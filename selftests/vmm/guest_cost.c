// SPDX-License-Identifier: GPL-2.0
/* What the guest costs its host: instructions, and interrupts that come late. */
#include "machine.h"

/* Costs, in ticks of the TSC, which QEMU makes instructions */

#define COST_RTE	(FIRST_VECTOR | RTE_LEVEL)
#define COST_ROUNDS	200
#define KICK_ROUNDS	800	/* KVM's irqfd has a workqueue in it */

static unsigned long read_tsc(void)
{
	unsigned int low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return low | (unsigned long)high << 32;
}

static void write_entry(unsigned int low)
{
	ioapic_write(REG_RTE(FIRST_PIN) + 1, 0);
	ioapic_write(REG_RTE(FIRST_PIN), low);
}

/* As io_apic.c does it */
static void do_once(enum cost what)
{
	switch (what) {
	case COST_WRITE:
		write_entry(COST_RTE);
		break;
	case COST_READBACK:
		ioapic_read(REG_RTE(FIRST_PIN));
		ioapic_read(REG_RTE(FIRST_PIN) + 1);
		break;
	case COST_MASK:
		ioapic_write(REG_RTE(FIRST_PIN), COST_RTE | RTE_MASKED);
		*reg32(IOAPIC_ADDRESS + 0x10);
		break;
	case COST_UNMASK:
		ioapic_write(REG_RTE(FIRST_PIN), COST_RTE);
		break;
	case COST_EOI:
		if (shared->eoi == EOI_DIRECTED) {
			*reg32(IOAPIC_ADDRESS + 0x40) = FIRST_VECTOR;
			break;
		}
		do_once(COST_READBACK);
		write_entry((COST_RTE | RTE_MASKED) & ~RTE_LEVEL);
		write_entry(COST_RTE);
		break;
	default:
		*reg32(IOAPIC_ADDRESS + 0x10);
	}
}

static unsigned long batch(enum cost what)
{
	unsigned long ticks = 0, start;
	unsigned int i;

	for (i = 0; i < COST_BATCH; i++) {
		/* There is something to unmask */
		if (what == COST_UNMASK)
			do_once(COST_MASK);
		start = read_tsc();
		do_once(what);
		ticks += read_tsc() - start;
	}
	return ticks;
}

/* The least of many: the host has its own interrupts */
void test_cost(void)
{
	unsigned long ticks;
	unsigned int what, i;

	apic_write(APIC_SPIV, SPIV_ENABLE | 0xff);
	for (what = 0; what < COSTS; what++) {
		shared->cost[what] = ~0UL;
		for (i = 0; i < COST_ROUNDS; i++) {
			ticks = batch(what);
			if (ticks < shared->cost[what])
				shared->cost[what] = ticks;
		}
	}
	out32(PORT_DONE, 0);
}

/* One interrupt, by the host that hears of the port */
static void kick(void)
{
	volatile unsigned long *seen = &shared->pin[0].seen;
	unsigned long before = *seen;

	out32(PORT_KICK, 0);
	for (;;) {
		__asm__ volatile("cli" ::: "memory");
		if (*seen != before)
			break;
		__asm__ volatile("sti; hlt" ::: "memory");
	}
	__asm__ volatile("sti" ::: "memory");
}

void test_kick(void)
{
	unsigned long start, ticks;
	unsigned int i, j;

	interrupts_on(0);
	/* KVM's line goes to both */
	out8(PORT_PIC, 0xff);
	out8(PORT_PIC_SECOND, 0xff);
	route(FIRST_PIN, 0, FIRST_VECTOR | (shared->edge ? 0 : RTE_LEVEL));
	__asm__ volatile("sti" ::: "memory");
	shared->cost[0] = ~0UL;
	for (i = 0; i < KICK_ROUNDS; i++) {
		start = read_tsc();
		for (j = 0; j < COST_BATCH; j++)
			kick();
		ticks = read_tsc() - start;
		shared->count += COST_BATCH;
		if (ticks < shared->cost[0])
			shared->cost[0] = ticks;
	}
	out32(PORT_DONE, 0);
}

/* For how long can interrupts of the host be off?  vCPU 0 says when the next step begins */

struct frame;

static struct gate idt[GATES];

/* What is in service stays so until it is ended below */
__attribute__((interrupt)) static void handle_nothing(struct frame *frame)
{
	(void)frame;
}

static void end_service(void)
{
	__asm__ volatile("sti; nop; cli" ::: "memory");
	apic_write(APIC_EOI, 0);
}

static void flip(unsigned int pin)
{
	ioapic_write(REG_RTE(pin), STALL_VECTOR | RTE_LEVEL | RTE_ACTIVE_LOW);
	ioapic_write(REG_RTE(pin), STALL_VECTOR | RTE_LEVEL);
}

static void reroute(unsigned int pin)
{
	ioapic_write(REG_RTE(pin) + 1, 0xff000000);
	ioapic_write(REG_RTE(pin), STALL_VECTOR);
	ioapic_write(REG_RTE(pin), STALL_VECTOR | RTE_LEVEL);
	ioapic_write(REG_RTE(pin), STALL_VECTOR);
	ioapic_write(REG_RTE(pin), STALL_VECTOR | RTE_LEVEL | RTE_LOGICAL | RTE_LOWEST);
}

static void stall(enum stall how)
{
	unsigned int i;

	for (i = 0; i < (how < STALL_POLARITY ? 2 : STALL_PINS); i++) {
		switch (how) {
		case STALL_EOI:
		case STALL_EVERYBODY:
			end_service();
			break;
		case STALL_EOI_REGISTER:
			*reg32(IOAPIC_ADDRESS + 0x40) = STALL_VECTOR;
			break;
		case STALL_POLARITY:
			flip(i);
			break;
		case STALL_ROUTES:
			reroute(i);
			break;
		default:
			*reg32(STALL_IOAPIC) = *reg32(STALL_IOAPIC + 0x10) + i;
		}
	}
}

void test_stall(unsigned int vcpu)
{
	unsigned int i;

	apic_write(APIC_SPIV, SPIV_ENABLE | 0xff);
	__atomic_add_fetch(&shared->ready, 1, __ATOMIC_SEQ_CST);
	/* They have it all in their local APICs */
	while (vcpu)
		__asm__ volatile("cli; hlt");
	while (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) < VCPUS_MAX)
		out32(PORT_WAIT, 0);
	for (i = 0; i < GATES; i++)
		set_gate(idt, i, (void (*)(void))handle_nothing);
	load_gates(idt);
	for (i = 0; i < 2 * STALLS; i++) {
		out32(PORT_MARK, i);
		stall(i / 2);
	}
	out32(PORT_MARK, i);
	out32(PORT_DONE, 0);
}
