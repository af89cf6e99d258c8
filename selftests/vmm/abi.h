/* SPDX-License-Identifier: GPL-2.0 */
/* What the VMM and its guest say to each other: memory that both see, and I/O ports. */
#ifndef VMM_ABI_H
#define VMM_ABI_H

#define GUEST_ENTRY	0x100000	/* the guest's image, and where vCPUs begin */
#define GUEST_SHARED	0x200000	/* struct shared */
#define GUEST_STACKS	0x700000	/* the end of vCPU 0's; the next ones are below */
#define GUEST_STACK	0x4000
#define GUEST_ABSENT	0x780000	/* a page that nobody has touched */
#define GUEST_MEMORY	0x800000

#define IOAPIC_ADDRESS	0xfec00000UL
#define LAPIC_ADDRESS	0xfee00000UL

/* 32-bit writes to ports */
#define PORT_DONE	0x500	/* the test is over: 0 or what went wrong */
#define PORT_LINE	0x504	/* drive a line: pin << 8 | level */
#define PORT_MARK	0x508	/* the VMM reads KVM's statistics */
#define PORT_WAIT	0x50c	/* let others run */
#define PORT_AGAIN	0x510	/* the interrupt of pin has been handled: the next one */
#define PORT_SAVE	0x514	/* save and end */
#define PORT_QUIET	0x518	/* the device of pin no longer wants service */
#define PORT_KICK	0x51c	/* an ioeventfd: the host asserts FIRST_PIN */

#define PORT_PIC	0x21	/* the masks of a PC's 8259s */
#define PORT_PIC_SECOND	0xa1

#define VCPUS		4
#define VCPUS_MAX	64
#define STALL_PINS	240
#define STALL_VECTOR	0x40
#define STALL_IOAPIC	0xd0000000UL	/* the second one */
#define PINS_USED	3	/* of the interrupt tests; the last vCPU reprograms their RTEs */
#define FIRST_PIN	5
#define FIRST_VECTOR	0x40	/* two for each pin */

enum test {
	TEST_OPS,	/* carry out shared->op */
	TEST_READS,	/* shared->count reads of IOWIN between two marks */
	TEST_WRITES,	/* as many writes of IOREGSEL and of an RTE */
	TEST_EDGE,	/* interrupts, until shared->count of each pin have been seen */
	TEST_LEVEL,
	TEST_SERVICE,	/* be saved inside of a level interrupt's handler */
	TEST_STORM,	/* a level interrupt that is never served */
	TEST_FOREIGN,	/* an edge with the vector of a level interrupt that is in service */
	TEST_MISSED,	/* EOIs of a level interrupt that KVM does not tell of */
	TEST_HOSTILE,	/* whatever hurts, from all vCPUs */
	TEST_COST,	/* measure each of shared->cost */
	TEST_TOUCH,	/* GUEST_ABSENT */
	TEST_BESIDE,	/* interrupts of the VMM's own I/O APIC, too */
	TEST_STALL,	/* each enum stall, twice */
	TEST_KICK,	/* measure an interrupt by PORT_KICK: the first of shared->cost */
};

enum eoi {
	EOI_BROADCAST,	/* the local APIC's EOI register */
	EOI_DIRECTED,	/* broadcasts suppressed, the I/O APIC's EOI register */
	EOI_EDGE,	/* and mask, edge, level: for chips without one */
};

/* What Linux does with an RTE; COST_READ is a read of IOWIN alone */
enum cost { COST_WRITE, COST_READBACK, COST_MASK, COST_UNMASK, COST_EOI, COST_READ, COSTS };

/* What a guest can have its host do; the VMM has asserted all lines of all I/O APICs */
enum stall {
	STALL_EOI,	/* every pin is in service by one vector */
	STALL_EVERYBODY, /* the same, and it is every vCPU's */
	STALL_EOI_REGISTER,
	STALL_POLARITY,	/* of each pin, to and fro */
	STALL_ROUTES,	/* each pin: broadcast, then lowest priority */
	STALL_READS,	/* that exit, and writes of IOREGSEL */
	STALLS
};

enum kind { OP_READ, OP_WRITE, OP_LINE };

/* One access: @value goes in or comes out; or a line, @offset its pin */
struct op {
	unsigned char kind;
	unsigned char size;
	unsigned short offset;
	unsigned int regsel;	/* out: what the page holds afterwards, by 4-byte reads */
	unsigned int iowin;
	unsigned int reserved;
	unsigned long value;
};

#define OPS_MAX		80000
#define COST_BATCH	8

struct pin {
	unsigned long seen;	/* interrupts, by the handler */
	unsigned long by_vector[2];
	unsigned long by_vcpu[VCPUS];
};

struct shared {
	unsigned int test;
	unsigned int eoi;
	unsigned int x2apic;
	unsigned int stop;
	unsigned int pv_eoi;		/* by KVM's paravirtual EOI, where it lets us */
	unsigned int edge;		/* (kick) FIRST_PIN is edge-triggered */
	unsigned long count;		/* (kick) of kicks, so far */
	unsigned long ops;
	struct pin pin[PINS_USED];
	unsigned long reroutes;		/* RTEs that were reprogrammed meanwhile */
	unsigned long phantoms;		/* handlers entered without an interrupt in service */
	unsigned long ready;		/* vCPUs that take interrupts */
	unsigned long serviced;		/* (service) handlers that ran to their end */
	unsigned long foreign;		/* (foreign) how far that is */
	unsigned long before;		/* low half of the RTE, in service */
	unsigned long after;		/* and when that has ended */
	unsigned long error;		/* address of the guest's fault */
	unsigned long cost[COSTS];	/* of COST_BATCH of them, by the TSC */
	unsigned int lock;		/* of the I/O APIC */
	struct op op[OPS_MAX];
};

#endif
