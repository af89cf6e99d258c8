// SPDX-License-Identifier: GPL-2.0
/*
 * What runs in the guest.  No library, no floating point, interrupts by a table of
 * its own; one image for all tests and all vCPUs.
 */
#include "machine.h"

#define SPIV_DIRECTED	0x1000
#define MSR_PV_EOI	0x4b564d04

struct frame;

static struct gate idt[GATES];

/* Interrupts */

static void fault(unsigned long address)
{
	shared->error = address;
	out32(PORT_DONE, 0xff);
}

__attribute__((interrupt)) static void fault_without(struct frame *frame)
{
	fault(*(unsigned long *)frame);
}

__attribute__((interrupt)) static void fault_with(struct frame *frame, unsigned long code)
{
	fault(*(unsigned long *)frame + (code << 32));
}

__attribute__((interrupt)) static void spurious(struct frame *frame)
{
	(void)frame;
}

/* The end of an interrupt, in one of the ways that Linux has */
static void eoi(unsigned int pin, unsigned int vector)
{
	unsigned int low;

	apic_write(APIC_EOI, 0);
	if (shared->eoi == EOI_DIRECTED) {
		*reg32(IOAPIC_ADDRESS + 0x40) = vector;
	} else if (shared->eoi == EOI_EDGE) {
		lock();
		low = ioapic_read(REG_RTE(pin));
		ioapic_write(REG_RTE(pin), (low | RTE_MASKED) & ~RTE_LEVEL);
		ioapic_write(REG_RTE(pin), low);
		unlock();
	}
}

static void set_step(unsigned long step)
{
	__atomic_store_n(&shared->foreign, step, __ATOMIC_SEQ_CST);
}

static void wait_step(unsigned long step)
{
	while (__atomic_load_n(&shared->foreign, __ATOMIC_SEQ_CST) < step)
		out32(PORT_WAIT, 0);
}

/* vCPU 0 has the level interrupt, vCPU 1 an IPI with the same vector in between */
static void handle_foreign(unsigned int pin)
{
	if (vcpu_number() == 1) {
		apic_write(APIC_EOI, 0);
		set_step(2);
		return;
	}
	set_step(1);
	wait_step(2);
	shared->before = ioapic_read(REG_RTE(pin));
	out32(PORT_QUIET, pin);
	apic_write(APIC_EOI, 0);
	shared->after = ioapic_read(REG_RTE(pin));
	out32(PORT_DONE, 0);
}

/* The VMM makes KVM forget which EOIs matter; twice, and then the device is quiet */
static void handle_missed(unsigned int pin)
{
	shared->serviced++;
	if (shared->serviced == 3)
		out32(PORT_QUIET, pin);
	else
		out32(PORT_MARK, 0);
	apic_write(APIC_EOI, 0);
	if (shared->serviced == 3)
		set_step(1);
}

/* KVM says in a bit of ours that the local APIC's register need not be written */
static unsigned int pv_eoi;

static int is_eoi_needless(void)
{
	unsigned char bit;

	if (!shared->pv_eoi)
		return 0;
	__asm__ volatile("btrl $0, %0; setc %1" : "+m"(pv_eoi), "=q"(bit) : : "memory");
	return bit;
}

static void handle(unsigned int vector)
{
	unsigned int i = (vector - FIRST_VECTOR) / 2, number = FIRST_PIN + i;
	struct pin *pin = &shared->pin[i];

	/* Measured, and so as short as can be */
	if (shared->test == TEST_KICK) {
		pin->seen++;
		apic_write(APIC_EOI, 0);
		return;
	}
	/*
	 * QEMU's emulation of SVM now and then enters the handler of the last interrupt
	 * once more, with nothing in the local APIC and nothing injected by KVM.
	 */
	if (!(apic_read(APIC_ISR + vector / 32 * 16) >> vector % 32 & 1)) {
		__atomic_add_fetch(&shared->phantoms, 1, __ATOMIC_SEQ_CST);
		return;
	}
	pin->by_vector[vector % 2]++;
	pin->by_vcpu[vcpu_number()]++;
	__atomic_add_fetch(&pin->seen, 1, __ATOMIC_SEQ_CST);
	if (shared->test == TEST_EDGE) {
		apic_write(APIC_EOI, 0);
	} else if (shared->test == TEST_STORM) {
		eoi(number, vector);
	} else if (shared->test == TEST_BESIDE) {
		out32(PORT_QUIET, number);
		if (!is_eoi_needless())
			apic_write(APIC_EOI, 0);
	} else if (shared->test == TEST_FOREIGN) {
		handle_foreign(number);
		return;
	} else if (shared->test == TEST_MISSED) {
		handle_missed(number);
		return;
	} else if (shared->test == TEST_LEVEL) {
		out32(PORT_QUIET, number);
		eoi(number, vector);
	} else {
		/* The first time from inside: remote IRR is set, the vector is in service */
		if (shared->serviced == 0) {
			shared->before = ioapic_read(REG_RTE(number));
			out32(PORT_SAVE, 0);
		}
		shared->serviced++;
		if (shared->serviced == 2)
			out32(PORT_QUIET, number);
		eoi(number, vector);
		if (shared->serviced == 2) {
			shared->after = ioapic_read(REG_RTE(number));
			out32(PORT_DONE, 0);
		}
		return;
	}
	out32(PORT_AGAIN, number);
}

#define HANDLER(n)							\
	__attribute__((interrupt)) static void handle_##n(struct frame *frame) \
	{								\
		(void)frame;						\
		handle(FIRST_VECTOR + (n));				\
	}
HANDLER(0)
HANDLER(1)
HANDLER(2)
HANDLER(3)
HANDLER(4)
HANDLER(5)

static void (*const handlers[])(void) = {
	(void (*)(void))handle_0, (void (*)(void))handle_1, (void (*)(void))handle_2,
	(void (*)(void))handle_3, (void (*)(void))handle_4, (void (*)(void))handle_5,
};

void interrupts_on(unsigned int vcpu)
{
	unsigned int i;

	if (vcpu == 0) {
		for (i = 0; i < GATES; i++)
			set_gate(idt, i, (void (*)(void))spurious);
		for (i = 0; i < 32; i++)
			set_gate(idt, i, 0x27d00U >> i & 1 ? (void (*)(void))fault_with :
							     (void (*)(void))fault_without);
		for (i = 0; i < sizeof(handlers) / sizeof(*handlers); i++)
			set_gate(idt, FIRST_VECTOR + i, handlers[i]);
		x2apic = shared->x2apic;
		__atomic_add_fetch(&shared->ready, 1, __ATOMIC_SEQ_CST);
	} else {
		while (!__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST))
			out32(PORT_WAIT, 0);
	}
	load_gates(idt);
	if (x2apic)
		wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_X2);
	apic_write(APIC_SPIV, SPIV_ENABLE | 0xff |
			      (shared->eoi == EOI_BROADCAST ? 0 : SPIV_DIRECTED));
	if (vcpu)
		__atomic_add_fetch(&shared->ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) < VCPUS)
		out32(PORT_WAIT, 0);
}

static void take_interrupts(void)
{
	for (;;)
		__asm__ volatile("sti; hlt; cli" ::: "memory");
}

/* Tests */

static unsigned long read_any(unsigned long address, unsigned int size)
{
	switch (size) {
	case 1:
		return *(volatile unsigned char *)address;
	case 2:
		return *(volatile unsigned short *)address;
	case 4:
		return *(volatile unsigned int *)address;
	default:
		return *(volatile unsigned long *)address;
	}
}

static void write_any(unsigned long address, unsigned int size, unsigned long value)
{
	switch (size) {
	case 1:
		*(volatile unsigned char *)address = value;
		break;
	case 2:
		*(volatile unsigned short *)address = value;
		break;
	case 4:
		*(volatile unsigned int *)address = value;
		break;
	default:
		*(volatile unsigned long *)address = value;
		break;
	}
}

static void test_ops(void)
{
	struct op *op;
	unsigned long i;

	/* The local APIC takes messages, and the vCPU none of them */
	apic_write(APIC_SPIV, SPIV_ENABLE | 0xff);
	for (i = 0; i < shared->ops; i++) {
		op = &shared->op[i];
		if (op->kind == OP_LINE)
			out32(PORT_LINE, op->offset << 8 | op->value);
		else if (op->kind == OP_WRITE)
			write_any(IOAPIC_ADDRESS + op->offset, op->size, op->value);
		else
			op->value = read_any(IOAPIC_ADDRESS + op->offset, op->size);
		op->regsel = *reg32(IOAPIC_ADDRESS);
		op->iowin = *reg32(IOAPIC_ADDRESS + 0x10);
	}
	out32(PORT_DONE, 0);
}

static void test_reads(void)
{
	unsigned long i, sum = 0;

	*reg32(IOAPIC_ADDRESS) = 1;
	sum += *reg32(IOAPIC_ADDRESS + 0x10);
	out32(PORT_MARK, 0);
	for (i = 0; i < shared->count; i++)
		sum += *reg32(IOAPIC_ADDRESS + 0x10) + *reg32(IOAPIC_ADDRESS);
	out32(PORT_MARK, 1);
	shared->error = sum;
	out32(PORT_DONE, 0);
}

static void test_writes(void)
{
	unsigned long i;

	ioapic_write(REG_RTE(3), RTE_MASKED);
	out32(PORT_MARK, 0);
	for (i = 0; i < shared->count; i++)
		ioapic_write(REG_RTE(3), RTE_MASKED | (i & 0xff));
	out32(PORT_MARK, 1);
	out32(PORT_DONE, 0);
}

void route(unsigned int pin, unsigned int vcpu, unsigned int low)
{
	ioapic_write(REG_RTE(pin) + 1, vcpu << 24);
	ioapic_write(REG_RTE(pin), low);
}

static unsigned int low_half(unsigned int i, unsigned int which)
{
	return FIRST_VECTOR + 2 * i + which + (shared->test == TEST_EDGE ? 0 : RTE_LEVEL);
}

/*
 * Moves the interrupts about while they come: to other vCPUs, to the other vector,
 * and, since a level one waits for that, masked and unmasked.  The vector of a level
 * interrupt stays: the EOI of one in service is for that vector.
 */
static void reprogram(void)
{
	unsigned int i, n;

	for (n = 0; !__atomic_load_n(&shared->stop, __ATOMIC_RELAXED); n++) {
		i = n % PINS_USED;
		lock();
		ioapic_write(REG_RTE(FIRST_PIN + i) + 1, (n / PINS_USED % (VCPUS - 1)) << 24);
		if (shared->test == TEST_EDGE) {
			ioapic_write(REG_RTE(FIRST_PIN + i), low_half(i, n / 7 % 2));
		} else {
			ioapic_write(REG_RTE(FIRST_PIN + i), low_half(i, 0) | RTE_MASKED);
			ioapic_write(REG_RTE(FIRST_PIN + i), low_half(i, 0));
		}
		unlock();
		shared->reroutes++;
		out32(PORT_WAIT, 0);
	}
	take_interrupts();
}

static void test_interrupts(unsigned int vcpu)
{
	unsigned int i;

	interrupts_on(vcpu);
	if (vcpu == 0 && shared->pv_eoi)
		wrmsr(MSR_PV_EOI, (unsigned long)&pv_eoi | 1);
	if (vcpu == 0) {
		for (i = 0; i < PINS_USED; i++) {
			lock();
			route(FIRST_PIN + i, i, low_half(i, 0));
			unlock();
			out32(PORT_AGAIN, FIRST_PIN + i);
		}
	}
	if (vcpu == VCPUS - 1 && (shared->test == TEST_EDGE || shared->test == TEST_LEVEL))
		reprogram();
	if (vcpu == 1 && shared->test == TEST_FOREIGN) {
		wait_step(1);
		apic_write(APIC_ICR, ICR_SELF | FIRST_VECTOR);
	}
	if (vcpu == 1 && shared->test == TEST_MISSED) {
		wait_step(1);
		while (ioapic_read(REG_RTE(FIRST_PIN)) & RTE_REMOTE_IRR)
			out32(PORT_WAIT, 0);
		out32(PORT_DONE, 0);
	}
	take_interrupts();
}

static void store_string(unsigned long to, unsigned long value, unsigned long count)
{
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(value) : "memory");
}

static void copy_string(unsigned long to, unsigned long from, unsigned long count)
{
	__asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

/* Guests may do anything: all of it from all vCPUs at once */
static void test_hostile(unsigned int vcpu)
{
	unsigned long seed = 88172645463325252UL * (vcpu + 1), at, value, i;
	unsigned int pin;

	apic_write(APIC_SPIV, SPIV_ENABLE | 0xff);
	for (i = 0; i < shared->count; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		/* Few pins, so that lines and RTEs meet; seldom one that is none */
		pin = seed >> 52 & (i % 32 ? 7 : 0xff);
		value = seed;
		at = IOAPIC_ADDRESS + (seed >> 20 & 0x7f);
		switch (seed >> 40 & 15) {
		case 0:
			__asm__ volatile("lock xaddl %k0, (%1)"
					 : "+r"(value) : "r"(at) : "memory");
			break;
		case 1:
			__asm__ volatile("orb $0x81, (%0)" : : "r"(at) : "memory");
			break;
		case 2:
			__asm__ volatile("lock btsq %0, (%1)"
					 : : "r"(seed & 63), "r"(at) : "memory");
			break;
		case 3:
			__asm__ volatile("xchgw %w0, (%1)" : "+r"(value) : "r"(at) : "memory");
			break;
		case 4:
			store_string(at, seed, seed >> 50 & 31);
			break;
		case 5:
			copy_string(at, IOAPIC_ADDRESS, seed >> 50 & 7);
			break;
		case 6:
			write_any(IOAPIC_ADDRESS + 0xffd, 8, seed);
			break;
		case 7:
			write_any(IOAPIC_ADDRESS - 3, 8, seed);
			break;
		case 8:
			write_any(IOAPIC_ADDRESS + 0x40, 4, seed);
			break;
		case 9:
			(void)read_any(IOAPIC_ADDRESS + 0xffd, 8);
			break;
		case 10:
			*reg32(IOAPIC_ADDRESS) = seed;
			break;
		/* Messages of any kind for nobody, and level interrupts that nobody ends */
		case 11:
			ioapic_write(REG_RTE(pin) + 1, (seed & 0xff0000) | 0xf0000000);
			ioapic_write(REG_RTE(pin), seed & ~RTE_MASKED);
			break;
		case 12:
			ioapic_write(REG_RTE(pin) + 1, vcpu << 24);
			ioapic_write(REG_RTE(pin), (seed & 0xff) | RTE_LEVEL);
			break;
		case 13:
			out32(PORT_LINE, pin << 8 | (seed & 1));
			break;
		default:
			write_any(at, 1 << (seed & 3), seed >> 8);
		}
	}
	/* What is left to take is dropped with the VM */
	__atomic_add_fetch(&shared->ready, 1, __ATOMIC_SEQ_CST);
	while (vcpu == 0 && __atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) < VCPUS)
		out32(PORT_WAIT, 0);
	if (vcpu == 0)
		out32(PORT_DONE, 0);
}

void guest_main(unsigned int vcpu)
{
	switch (shared->test) {
	case TEST_OPS:
		test_ops();
		break;
	case TEST_READS:
		test_reads();
		break;
	case TEST_WRITES:
		test_writes();
		break;
	case TEST_COST:
		test_cost();
		break;
	case TEST_KICK:
		test_kick();
		break;
	case TEST_HOSTILE:
		test_hostile(vcpu);
		break;
	case TEST_STALL:
		test_stall(vcpu);
		break;
	case TEST_TOUCH:
		out32(PORT_DONE, *reg32(GUEST_ABSENT));
		break;
	default:
		test_interrupts(vcpu);
	}
}
