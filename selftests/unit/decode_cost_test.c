// SPDX-License-Identifier: GPL-2.0
/*
 * How many instructions the emulation of the commonest instructions executes,
 * counted by single-stepping; those of the device itself do not count.  A limit
 * that is exceeded is a slower trap on every access to the I/O APIC.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <ucontext.h>
#include <cmocka.h>

#include <vioapic/trap.h>
#include "decode_shim.h"
#include <vioapic/emulate.h>

#define TRAP_FLAG	0x100
#define BUS_CODE	__attribute__((section("bus_code"), __noinline__))

extern const u8 __start_bus_code[], __stop_bus_code[];

void (*shim_before_poke)(void);

bool vioapic_unprobed(u8 *code, unsigned long ip)
{
	(void)code;
	(void)ip;
	return false;
}

static u8 device[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static u8 text[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static volatile struct {
	unsigned long back;	/* where vioapic_emulate() returns to */
	unsigned int steps;
	bool inside;
} cost;

static void on_step(int signal, siginfo_t *info, void *context)
{
	greg_t *greg = ((ucontext_t *)context)->uc_mcontext.gregs;
	unsigned long ip = greg[REG_RIP];

	(void)signal;
	(void)info;
	if (ip == (unsigned long)vioapic_emulate) {
		cost.back = *(unsigned long *)greg[REG_RSP];
		cost.inside = true;
	}
	if (ip == cost.back) {
		cost.inside = false;
		greg[REG_EFL] &= ~TRAP_FLAG;
	}
	if (cost.inside && (ip < (unsigned long)__start_bus_code ||
			    ip >= (unsigned long)__stop_bus_code))
		cost.steps++;
}

static BUS_CODE u64 no_read(struct vioapic_bus *bus, unsigned int offset,
			    unsigned int size)
{
	(void)bus;
	return offset + size;
}

static BUS_CODE void no_write(struct vioapic_bus *bus, unsigned int offset,
			      unsigned int size, u64 value)
{
	(void)bus;
	(void)offset;
	(void)size;
	(void)value;
}

static unsigned int steps_of(const u8 *code, size_t size, unsigned int offset)
{
	struct sigaction action = { .sa_sigaction = on_step,
				    .sa_flags = SA_SIGINFO }, before;
	struct vioapic_bus bus = { .read = no_read, .write = no_write };
	struct pt_regs regs = {
		.ip = (unsigned long)text, .bx = (unsigned long)device,
	};
	unsigned long *base[] = {
		&regs.ax, &regs.cx, &regs.dx, &regs.bx, &regs.sp, &regs.bp,
		&regs.si, &regs.di,
	};
	int ret;

	memcpy(text, code, size);
	if (code[size - 1] < 8)		/* mod 0 */
		*base[code[size - 1]] = (unsigned long)device;
	sigaction(SIGTRAP, &action, &before);
	cost.steps = 0;
	cost.inside = false;
	cost.back = 0;
	__builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() | TRAP_FLAG);
	ret = vioapic_emulate(&regs, (unsigned long)device + offset, &bus);
	sigaction(SIGTRAP, &before, NULL);
	assert_int_equal(ret, 0);
	return cost.steps;
}

#define CODE_OF(bytes...) .size = sizeof((u8[]){ bytes }), .byte = { bytes }

static void the_commonest_instructions_are_cheap(void **state)
{
	static const struct {
		const char *name;
		unsigned int size;
		u8 byte[16];
		unsigned int offset, most;
	} common[] = {
		{ "mov 0x10(%rbx),%eax", CODE_OF(0x8b, 0x43, 0x10), 0x10, 37 },
		{ "mov 0x10(%rbx),%eax, 32 bits of displacement",
		  CODE_OF(0x8b, 0x83, 0x10, 0, 0, 0), 0x10, 37 },
		{ "mov %eax,0x10(%rbx)", CODE_OF(0x89, 0x43, 0x10), 0x10, 39 },
		{ "mov (%rbx),%eax", CODE_OF(0x8b, 0x03), 0, 60 },
		{ "mov %eax,(%rbx)", CODE_OF(0x89, 0x03), 0, 60 },
		{ "mov 0x10(%rbx),%r8d", CODE_OF(0x44, 0x8b, 0x43, 0x10), 0x10, 70 },
		{ "mov %r8d,0x10(%rbx)", CODE_OF(0x44, 0x89, 0x43, 0x10), 0x10, 70 },
		{ "orl $1,0x10(%rbx)", CODE_OF(0x83, 0x4b, 0x10, 1), 0x10, 500 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(common) / sizeof(*common); i++) {
		unsigned int steps = steps_of(common[i].byte, common[i].size,
					      common[i].offset);

		print_message("    %s: %u\n", common[i].name, steps);
		assert_in_range(steps, 1, common[i].most);
	}
}

/* In whatever register the address is, the fast path has to take it. */
static void no_base_register_costs_more(void **state)
{
	unsigned int rm, rex;

	(void)state;
	for (rex = 0; rex < 2; rex++) {
		for (rm = 0; rm < 8; rm++) {
			u8 code[] = { 0x44, 0x89, rm };

			if (rm == 4 || rm == 5)	/* SIB, RIP-relative */
				continue;
			assert_in_range(steps_of(code + !rex, 2 + rex, 0), 1, 80);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_commonest_instructions_are_cheap),
		cmocka_unit_test(no_base_register_costs_more),
	};

	vioapic_mov_init();
	return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
