// SPDX-License-Identifier: GPL-2.0
/*
 * Random instructions: vioapic_emulate() must do no harm, and whatever it accepts
 * must be what the CPU does.
 */
#include <signal.h>
#include "decode_fixture.h"

static const char *hex(const u8 *p, size_t size)
{
	static char text[64];
	size_t i;

	for (i = 0; i < size && i < 20; i++)
		sprintf(text + 3 * i, " %02x", p[i]);
	return text;
}

static void random_bytes_do_no_harm(void **state)
{
	unsigned int i, n = rounds * 2000, done = 0;

	(void)state;
	for (i = 0; i < n; i++) {
		static const u8 likely_byte[] = {
			0x0f, 0x66, 0x67, 0xf0, 0xf3, 0x48, 0x44, 0x64, 0x89,
			0x8b, 0xa5, 0xab, 0x83, 0xf7, 0xc7, 0xff, 0xba,
		};
		unsigned int size = 1 + below(16), j;
		unsigned long address = (unsigned long)DEVICE + below(PAGE_SIZE);
		struct pt_regs regs, before;
		u8 code[16];
		int ret;

		fill(code, size);
		for (j = 0; j < size && below(2); j++)
			code[j] = likely_byte[below(sizeof(likely_byte))];
		regs = code_regs(code, size, true);
		if (below(2)) {		/* may hit */
			for (j = 0; j < 16; j++)
				*reg_of(&regs, j) = address;
			if (below(2))
				regs.si = (unsigned long)OTHER;
		}
		before = regs;
		ret = emulate(&regs, address);
		if (ret) {
			assert_true(ret == -EINVAL || ret == -EFAULT || ret == -EBUSY ||
				    ret == -ERANGE);
			continue;
		}
		done++;
		assert_true(ram.reads <= 1 && ram.writes <= 1);
		assert_true(ram.reads + ram.writes >= 1);
		assert_true(regs.ip - before.ip <= size);
		assert_false((regs.flags ^ before.flags) &
			     ~(STATUS | X86_EFLAGS_RF));
	}
	print_message("    %u of %u emulated (seed %lu)\n", done, n, seed);
}

static sigjmp_buf illegal;

static void on_illegal(int signal)
{
	siglongjmp(illegal, signal);
}

/* Returns false if the CPU finds the instruction illegal. */
static noinline bool cpu_does(struct pt_regs *regs, const u8 *start)
{
	if (sigsetjmp(illegal, 1))
		return false;
	run_on_cpu(regs, start);
	return true;
}

/*
 * All opcodes with a known operand, 0x20(%rbx): whatever the emulation accepts,
 * the CPU has to do as well, with the same length and the same result.
 */
static void what_it_accepts_is_what_the_cpu_does(void **state)
{
	static u8 stack[64 * 1024];
	struct sigaction action = { .sa_handler = on_illegal,
				    .sa_flags = SA_ONSTACK }, ill, segv;
	stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
	unsigned int i, n = rounds * 1500;
	unsigned int done = 0;

	(void)state;
	sigaltstack(&alternative, NULL);	/* RSP may be anything */
	sigaction(SIGILL, &action, &ill);
	sigaction(SIGSEGV, &action, &segv);
	for (i = 0; i < n; i++) {
		static const u8 prefixes[] = { 0x66, 0xf0, 0xf2, 0xf3, 0x3e, 0x2e };
		static u8 other[PAGE_SIZE];
		unsigned long address, undef = 0;
		struct pt_regs regs, before;
		unsigned int size = 0, length, opcode;
		u8 code[24];

		while (below(3) == 0 && size < 5)
			code[size++] = prefixes[below(sizeof(prefixes))];
		if (below(2))		/* any REX but X and B */
			code[size++] = 0x40 | (rnd() & 0xc);
		do	/* with FS and GS, it trusts the fault */
			opcode = below(256);
		while (opcode == 0x64 || opcode == 0x65);
		if (below(3) == 0) {
			code[size++] = 0x0f;
			opcode |= 0x0f00;
		}
		code[size++] = opcode;
		code[size++] = 0x43 | (rnd() & 0x38);
		code[size++] = 0x20;
		fill(code + size, 8);
		size += 8;

		before = code_regs(code, size, false);
		before.bx = (unsigned long)DEVICE;
		address = before.bx + 0x20;
		if (below(2))
			before.cx = 1;
		before.di = address;
		before.si = (unsigned long)OTHER + 64;
		switch (opcode) {	/* a bit offset in a register */
		case 0x0fa3:
		case 0x0fab:
		case 0x0fb3:
		case 0x0fbb:
			for (length = 0; length < 16; length++)
				if (length != RBX)
					*reg_of(&before, length) &= 0xf;
			__attribute__((fallthrough));
		case 0x0fba:
			undef = STATUS & ~(X86_EFLAGS_CF | X86_EFLAGS_ZF);
			break;
		case 0xc0: case 0xc1: case 0xd0: case 0xd1: case 0xd2: case 0xd3:
			undef = X86_EFLAGS_OF | X86_EFLAGS_AF | X86_EFLAGS_CF;
			break;
		default:
			undef = X86_EFLAGS_AF;
			break;
		}
		if ((opcode & ~1) == 0xa4 || (opcode & ~1) == 0xaa)
			before.cx = 1;	/* all of it in one step */
		regs = before;
		fill(ram.byte, PAGE_SIZE);
		memcpy(DEVICE, ram.byte, PAGE_SIZE);
		fill(OTHER, PAGE_SIZE);
		memcpy(other, OTHER, PAGE_SIZE);
		if (emulate(&regs, address))
			continue;

		done++;
		length = regs.ip - before.ip;
		assert_in_range(length, 1, 15);
		{
			static u8 emulated_other[PAGE_SIZE];
			u8 *jump = CODE + 0x100 + length;
			s32 to = (u8 *)forms_leave - (jump + 5);

			memcpy(emulated_other, OTHER, PAGE_SIZE);
			memcpy(OTHER, other, PAGE_SIZE);
			*jump = 0xe9;
			memcpy(jump + 1, &to, sizeof(to));
			if (!cpu_does(&before, CODE + 0x100))
				fail_msg("the CPU does not do%s (seed %lu)",
					 hex(code, length), seed);
			compare(hex(code, length), &before, &regs, undef);
			same_memory(hex(code, length), "memory", DEVICE, ram.byte);
			same_memory(hex(code, length), "other memory", OTHER,
				    emulated_other);
		}
	}
	sigaction(SIGILL, &ill, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	print_message("    %u of %u accepted (seed %lu)\n", done, n, seed);
	assert_true(done > n / 20);
}

int main(void)
{
	static const struct CMUnitTest fuzz[] = {
		cmocka_unit_test(random_bytes_do_no_harm),
		cmocka_unit_test(what_it_accepts_is_what_the_cpu_does),
	};
	int failed = 0;

	decode_setup();
	failed += cmocka_run_group_tests_name("random instructions", fuzz, NULL, NULL);
	return failed != 0;
}
