// SPDX-License-Identifier: GPL-2.0
/*
 * What vioapic_emulate() refuses, and where it has to look closely: unknown
 * instructions, the edges of the page, the other operand of movs.  Whatever it
 * refuses leaves registers, device and memory as they were.
 */
#include "decode_fixture.h"

/* Memory operand 0x10(%rbx), unless it cannot be chosen. */
static const struct code not_emulated[] = {
	CODE_OF("register operand: 8b", 0x8b, 0xc1),
	CODE_OF("register operand: 89", 0x89, 0xc1),
	CODE_OF("register operand: REX 8b", 0x44, 0x8b, 0xc1),
	CODE_OF("register operand: 01", 0x01, 0xc1),
	CODE_OF("register operand: c7", 0xc7, 0xc1, 1, 0, 0, 0),
	CODE_OF("register operand: 0f b6", 0x0f, 0xb6, 0xc1),
	CODE_OF("register operand: bts", 0x0f, 0xab, 0xc1),
	CODE_OF("add al, imm", 0x04, 1),
	CODE_OF("add eax, imm", 0x05, 1, 0, 0, 0),
	CODE_OF("cmp eax, imm", 0x3d, 1, 0, 0, 0),
	CODE_OF("invalid 06", 0x06, 0x43, 0x10),
	CODE_OF("invalid 82", 0x82, 0x43, 0x10, 1),
	CODE_OF("imul 69", 0x69, 0x43, 0x10, 1, 0, 0, 0),
	CODE_OF("imul 6b", 0x6b, 0x43, 0x10, 1),
	CODE_OF("mov to segment register", 0x8e, 0x43, 0x10),
	CODE_OF("mov from segment register", 0x8c, 0x43, 0x10),
	CODE_OF("lea", 0x8d, 0x43, 0x10),
	CODE_OF("pop", 0x8f, 0x43, 0x10),
	CODE_OF("cmps", 0xa6),
	CODE_OF("cmpsl", 0xa7),
	CODE_OF("test al, imm", 0xa8, 1),
	CODE_OF("lods", 0xad),
	CODE_OF("scas", 0xaf),
	CODE_OF("c0 /6", 0xc0, 0x73, 0x10, 1),
	CODE_OF("c1 /6", 0xc1, 0x73, 0x10, 1),
	CODE_OF("d0 /6", 0xd0, 0x73, 0x10),
	CODE_OF("d3 /6", 0xd3, 0x73, 0x10),
	CODE_OF("c6 /1", 0xc6, 0x4b, 0x10, 1),
	CODE_OF("c7 /7", 0xc7, 0x7b, 0x10, 1, 0, 0, 0),
	CODE_OF("VEX c4", 0xc4, 0xe1, 0x78, 0x11, 0x43, 0x10),
	CODE_OF("VEX c5", 0xc5, 0xf8, 0x11, 0x43, 0x10),
	CODE_OF("EVEX 62", 0x62, 0xf1, 0x7c, 0x48, 0x11, 0x43, 0x10),
	CODE_OF("x87", 0xd9, 0x43, 0x10),
	CODE_OF("f6 /1", 0xf6, 0x4b, 0x10, 1),
	CODE_OF("mul", 0xf7, 0x63, 0x10),
	CODE_OF("imul", 0xf7, 0x6b, 0x10),
	CODE_OF("div", 0xf7, 0x73, 0x10),
	CODE_OF("idiv", 0xf6, 0x7b, 0x10),
	CODE_OF("fe /2", 0xfe, 0x53, 0x10),
	CODE_OF("call", 0xff, 0x53, 0x10),
	CODE_OF("jmp", 0xff, 0x63, 0x10),
	CODE_OF("push", 0xff, 0x73, 0x10),
	CODE_OF("ff /7", 0xff, 0x7b, 0x10),
	CODE_OF("movups load", 0x0f, 0x10, 0x43, 0x10),
	CODE_OF("movups store", 0x0f, 0x11, 0x43, 0x10),
	CODE_OF("movdqa", 0x66, 0x0f, 0x6f, 0x43, 0x10),
	CODE_OF("movq mmx", 0x0f, 0x7f, 0x43, 0x10),
	CODE_OF("prefetch", 0x0f, 0x18, 0x43, 0x10),
	CODE_OF("movbe", 0x0f, 0x38, 0xf0, 0x43, 0x10),
	CODE_OF("shld", 0x0f, 0xa4, 0x43, 0x10, 1),
	CODE_OF("imul 0f af", 0x0f, 0xaf, 0x43, 0x10),
	CODE_OF("bsf", 0x0f, 0xbc, 0x43, 0x10),
	CODE_OF("popcnt", 0xf3, 0x0f, 0xb8, 0x43, 0x10),
	CODE_OF("rep movzx", 0xf3, 0x0f, 0xb6, 0x43, 0x10),
	CODE_OF("tzcnt", 0xf3, 0x0f, 0xbc, 0x43, 0x10),
	CODE_OF("0f ba /0", 0x0f, 0xba, 0x43, 0x10, 1),
	CODE_OF("0f ba /3", 0x0f, 0xba, 0x5b, 0x10, 1),
	CODE_OF("cmpxchg8b", 0x0f, 0xc7, 0x4b, 0x10),
	CODE_OF("cmpxchg16b", 0x48, 0x0f, 0xc7, 0x4b, 0x10),
	CODE_OF("movnti, 16 bits", 0x66, 0x0f, 0xc3, 0x43, 0x10),
	CODE_OF("ud2", 0x0f, 0x0b),
	CODE_OF("16-bit movsxd", 0x66, 0x63, 0x43, 0x10),
	CODE_OF("nop", 0x90),
	CODE_OF("hlt", 0xf4),
	CODE_OF("clflush", 0x0f, 0xae, 0x7b, 0x10),
};

static const struct code locked[] = {
	CODE_OF("lock mov store", 0xf0, 0x89, 0x43, 0x10),
	CODE_OF("lock mov load", 0xf0, 0x8b, 0x43, 0x10),
	CODE_OF("lock mov imm", 0xf0, 0xc7, 0x43, 0x10, 1, 0, 0, 0),
	CODE_OF("lock mov moffs", 0xf0, 0xa3, 0x10, 0, 0, 0x10, 0, 0, 0, 0),
	CODE_OF("lock movzx", 0xf0, 0x0f, 0xb6, 0x43, 0x10),
	CODE_OF("lock movsx", 0xf0, 0x0f, 0xbe, 0x43, 0x10),
	CODE_OF("lock movsxd", 0xf0, 0x48, 0x63, 0x43, 0x10),
	CODE_OF("lock movnti", 0xf0, 0x0f, 0xc3, 0x43, 0x10),
	CODE_OF("lock add, memory to register", 0xf0, 0x03, 0x43, 0x10),
	CODE_OF("lock cmp", 0xf0, 0x39, 0x43, 0x10),
	CODE_OF("lock cmp, other way", 0xf0, 0x3b, 0x43, 0x10),
	CODE_OF("lock cmp imm", 0xf0, 0x83, 0x7b, 0x10, 1),
	CODE_OF("lock test", 0xf0, 0x85, 0x43, 0x10),
	CODE_OF("lock test imm", 0xf0, 0xf6, 0x43, 0x10, 1),
	CODE_OF("lock bt", 0xf0, 0x0f, 0xba, 0x63, 0x10, 1),
	CODE_OF("lock shl", 0xf0, 0xd1, 0x63, 0x10),
	CODE_OF("lock setc", 0xf0, 0x0f, 0x92, 0x43, 0x10),
	CODE_OF("lock cmovc", 0xf0, 0x0f, 0x42, 0x43, 0x10),
	CODE_OF("lock movs", 0xf0, 0xa5),
	CODE_OF("lock stos", 0xf0, 0xab),
};

static void refuses(const struct code *code, size_t n)
{
	unsigned int i, end;

	for (i = 0; i < n; i++) {
		for (end = 0; end < 2; end++) {
			struct pt_regs regs = code_regs(code[i].byte,
							code[i].size, end);
			int ret;

			regs.bx = (unsigned long)DEVICE;
			regs.di = (unsigned long)DEVICE + 0x10;
			regs.si = (unsigned long)OTHER;
			ret = emulate(&regs, (unsigned long)DEVICE + 0x10);
			if (ret != -EINVAL)
				fail_msg("%s: %d", code[i].name, ret);
		}
	}
}

static void tells_a_breakpoint_from_what_it_does_not_know(void **state)
{
	static const u8 int3[] = { 0xcc };
	struct pt_regs regs;
	int end;

	(void)state;
	for (end = 0; end < 2; end++) {
		regs = code_regs(int3, sizeof(int3), end);
		assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 0x10), -EBUSY);
	}
}

static void what_a_kprobe_hides_is_carried_out(void **state)
{
	/* mov -8(%rdi), %eax, of which the kprobe has the first byte */
	static const u8 hidden[16] = { 0x8b, 0x47, 0xf8 }, seen[] = { 0xcc, 0x47, 0xf8 };
	static const u8 other[16] = { 0x8b, 0xc7 };
	struct pt_regs regs, before;
	int end;

	(void)state;
	for (end = 0; end < 2; end++) {
		regs = code_regs(seen, sizeof(seen), end);
		regs.di = (unsigned long)DEVICE + 0x18;
		before = regs;
		probed = hidden;
		assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 0x10), 0);
		assert_int_equal(ram.reads, 1);
		assert_int_equal(regs.ip, before.ip + 3);
		/* And is looked at as closely as any */
		regs = before;
		assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 0x14), -ERANGE);
		probed = other;
		assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 0x10), -EINVAL);
		probed = NULL;
		assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 0x10), -EBUSY);
	}
}

static void refuses_what_it_does_not_know(void **state)
{
	(void)state;
	refuses(not_emulated, sizeof(not_emulated) / sizeof(*not_emulated));
}

static void refuses_lock_where_the_cpu_would(void **state)
{
	(void)state;
	refuses(locked, sizeof(locked) / sizeof(*locked));
}

static void zero_extends_32_bits_of_address(void **state)
{
	/* addr32 mov 0xf0000010,%eax */
	static const u8 moffs[] = { 0x67, 0xa1, 0x10, 0x00, 0x00, 0xf0 };
	struct pt_regs regs = code_regs(moffs, sizeof(moffs), false);

	(void)state;
	assert_int_equal(emulate(&regs, 0xfffffffff0000010), -ERANGE);
	assert_int_equal(emulate(&regs, 0xf0000010), 0);
}

static const u8 load_8b[] = { 0x8b, 0x4b, 0x10 };	/* mov 0x10(%rbx),%ecx */

static void refuses_code_that_is_not_the_kernel_s(void **state)
{
	struct pt_regs regs = code_regs(load_8b, sizeof(load_8b), false);

	(void)state;
	regs.bx = (unsigned long)DEVICE;
	regs.ip |= 1UL << 63;
	assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 0x10), -EINVAL);

	/* seen by all but the fast path, which has no time for it */
	regs = code_regs((u8[]){ 0x3e, 0x8b, 0x4b, 0x10 }, 4, false);
	regs.bx = (unsigned long)DEVICE;
	regs.cs = 0x33;
	assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 0x10), -EINVAL);
	regs.cs = KERNEL_CS;
	assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 0x10), 0);
}

/*
 * The edges of the page.
 */
static const struct code four_bytes[] = {	/* at (%rbx) */
	CODE_OF("8b", 0x8b, 0x0b),
	CODE_OF("8b disp8", 0x8b, 0x4b, 0x00),
	CODE_OF("8b disp32", 0x8b, 0x8b, 0, 0, 0, 0),
	CODE_OF("89", 0x89, 0x0b),
	CODE_OF("89 SIB", 0x89, 0x0c, 0x23),
	CODE_OF("REX 8b", 0x44, 0x8b, 0x0b),
	CODE_OF("REX 89", 0x44, 0x89, 0x0b),
	CODE_OF("ds 8b", 0x3e, 0x8b, 0x0b),
	CODE_OF("c7", 0xc7, 0x03, 1, 2, 3, 4),
	CODE_OF("or", 0x83, 0x0b, 1),
	CODE_OF("cmp", 0x3b, 0x0b),
};

static void takes_the_whole_page_and_not_more(void **state)
{
	unsigned int i, offset;

	(void)state;
	for (i = 0; i < sizeof(four_bytes) / sizeof(*four_bytes); i++) {
		for (offset = 0; offset < PAGE_SIZE; offset++) {
			struct pt_regs regs = code_regs(four_bytes[i].byte,
							four_bytes[i].size,
							false);
			unsigned long address = (unsigned long)DEVICE + offset;
			int ret;

			regs.bx = address;
			ret = emulate(&regs, address);
			if (ret != (offset <= PAGE_SIZE - 4 ? 0 : -ERANGE))
				fail_msg("%s at %#x: %d", four_bytes[i].name,
					 offset, ret);
			if (!ret)
				assert_int_equal(ram.offset, offset);
		}
	}
}

static void refuses_what_began_on_the_page_before(void **state)
{
	unsigned int i, before;

	(void)state;
	for (i = 0; i < sizeof(four_bytes) / sizeof(*four_bytes); i++) {
		for (before = 1; before < 4; before++) {
			struct pt_regs regs = code_regs(four_bytes[i].byte,
							four_bytes[i].size,
							false);

			regs.bx = (unsigned long)DEVICE - before;
			if (emulate(&regs, (unsigned long)DEVICE) != -ERANGE)
				fail_msg("%s", four_bytes[i].name);
		}
	}
}

static void refuses_a_bit_string_elsewhere(void **state)
{
	/* btsl %ecx,(%rbx) */
	static const u8 bts[] = { 0x0f, 0xab, 0x0b };
	struct pt_regs regs = code_regs(bts, sizeof(bts), false);

	(void)state;
	regs.bx = (unsigned long)DEVICE + 8;
	regs.cx = -64;
	assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 8), -ERANGE);
	assert_int_equal(emulate(&regs, (unsigned long)DEVICE), 0);
	assert_int_equal(ram.offset, 0);

	regs = code_regs(bts, sizeof(bts), false);
	regs.bx = (unsigned long)DEVICE;
	regs.cx = -1;
	assert_int_equal(emulate(&regs, (unsigned long)DEVICE), -ERANGE);
	regs.cx = 8 * PAGE_SIZE - 1;
	assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 0xffc), 0);
	assert_int_equal(ram.offset, 0xffc);
}

static void trusts_fs_and_gs_only_inside_the_page(void **state)
{
	static const u8 prefix[] = { 0x64, 0x65 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		u8 code[] = { prefix[i], 0x8b, 0x0b };
		struct pt_regs regs = code_regs(code, sizeof(code), false);

		assert_int_equal(emulate(&regs, (unsigned long)DEVICE), -ERANGE);
		assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 0xffd),
				 -ERANGE);
		assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 1), 0);
		assert_int_equal(ram.offset, 1);

		/* a later segment prefix takes nothing back */
		regs = code_regs((u8[]){ prefix[i], 0x3e, 0x8b, 0x0b }, 4, false);
		regs.bx = (unsigned long)DEVICE;
		assert_int_equal(emulate(&regs, (unsigned long)DEVICE), -ERANGE);
	}
}

/*
 * String instructions.
 */
static struct pt_regs movsl(u8 *to, u8 *from)
{
	struct pt_regs regs = code_regs((u8[]){ 0xa5 }, 1, false);

	regs.di = (unsigned long)to;
	regs.si = (unsigned long)from;
	regs.flags &= ~X86_EFLAGS_DF;
	return regs;
}

static void movs_needs_its_other_operand(void **state)
{
	unsigned long device = (unsigned long)DEVICE;
	struct pt_regs regs;

	(void)state;
	/* behind CODE is nothing */
	regs = movsl(DEVICE, CODE_END);
	assert_int_equal(emulate(&regs, device), -EFAULT);
	regs = movsl(DEVICE, CODE_END - 2);
	assert_int_equal(emulate(&regs, device), -EFAULT);
	regs = movsl(DEVICE, CODE_END - 4);
	assert_int_equal(emulate(&regs, device), 0);
	regs = movsl(CODE_END, DEVICE);
	assert_int_equal(emulate(&regs, device), -EFAULT);
	regs = movsl(CODE_END - 1, DEVICE);
	assert_int_equal(emulate(&regs, device), -EFAULT);
	regs = movsl(CODE_END - 4, DEVICE);
	assert_int_equal(emulate(&regs, device), 0);
	/* read-only memory is a source but no destination */
	regs = movsl(READ_ONLY, DEVICE);
	assert_int_equal(emulate(&regs, device), -EFAULT);
	regs = movsl(DEVICE, READ_ONLY);
	assert_int_equal(emulate(&regs, device), 0);
	/* not the kernel's half, or reaching into the other */
	regs = movsl(DEVICE, (u8 *)(OTHER + (1UL << 63)));
	assert_int_equal(emulate(&regs, device), -EFAULT);
	regs = movsl((u8 *)(OTHER + (1UL << 63)), DEVICE);
	assert_int_equal(emulate(&regs, device), -EFAULT);
	regs = movsl(DEVICE, (u8 *)(1UL << 63) - 2);
	assert_int_equal(emulate(&regs, device), -EFAULT);
	regs = movsl((u8 *)(1UL << 63) - 2, DEVICE);
	assert_int_equal(emulate(&regs, device), -EFAULT);
}

static void movs_within_the_device_is_refused(void **state)
{
	unsigned long device = (unsigned long)DEVICE;
	struct pt_regs regs;

	(void)state;
	regs = movsl(DEVICE + 0x10, DEVICE + 0x20);
	assert_int_equal(emulate(&regs, device + 0x10), -EINVAL);
	assert_int_equal(emulate(&regs, device + 0x20), -EINVAL);
	regs = movsl(DEVICE + 0x10, DEVICE - 2);
	assert_int_equal(emulate(&regs, device + 0x10), -EINVAL);
	regs = movsl(DEVICE - 1, DEVICE + 0x10);
	assert_int_equal(emulate(&regs, device + 0x10), -EINVAL);
	regs = movsl(DEVICE + 0x10, DEVICE + PAGE_SIZE - 2);
	assert_int_equal(emulate(&regs, device + 0x10), -EINVAL);
}

static void strings_stay_on_the_page(void **state)
{
	unsigned long device = (unsigned long)DEVICE;
	struct pt_regs regs;

	(void)state;
	regs = movsl(DEVICE + 0xffd, OTHER);
	assert_int_equal(emulate(&regs, device + 0xffd), -ERANGE);
	regs = movsl(OTHER, DEVICE + 0xffd);
	assert_int_equal(emulate(&regs, device + 0xffd), -ERANGE);
	regs = movsl(DEVICE - 1, OTHER);
	assert_int_equal(emulate(&regs, device), -ERANGE);
	regs = movsl(OTHER, DEVICE - 1);
	assert_int_equal(emulate(&regs, device), -ERANGE);
	regs = movsl(OTHER, OTHER + 8);
	assert_int_equal(emulate(&regs, device), -ERANGE);

	/* stos does not look at RSI */
	regs = movsl(OTHER, DEVICE);
	*(u8 *)regs.ip = 0xab;
	assert_int_equal(emulate(&regs, device), -ERANGE);
	regs.di = device + 0xffd;
	assert_int_equal(emulate(&regs, device + 0xffd), -ERANGE);
	regs.di = device + 0xffc;
	assert_int_equal(emulate(&regs, device + 0xffc), 0);
}

static void movs_from_fs_is_refused(void **state)
{
	struct pt_regs regs = movsl(DEVICE, OTHER);

	(void)state;
	memcpy((u8 *)regs.ip, (u8[]){ 0x64, 0xa5 }, 2);
	assert_int_equal(emulate(&regs, (unsigned long)DEVICE), -EINVAL);
}

static void rep_goes_one_step_at_a_time(void **state)
{
	struct pt_regs regs = movsl(DEVICE, OTHER);
	unsigned long ip = regs.ip;

	(void)state;
	memcpy((u8 *)ip, (u8[]){ 0xf3, 0xa5 }, 2);
	regs.cx = 2;
	assert_int_equal(emulate(&regs, (unsigned long)DEVICE), 0);
	assert_int_equal(ram.writes, 1);
	assert_int_equal(regs.cx, 1);
	assert_int_equal(regs.ip, ip);
	assert_true(regs.flags & X86_EFLAGS_RF);
	assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 4), 0);
	assert_int_equal(ram.writes, 1);
	assert_int_equal(regs.cx, 0);
	assert_int_equal(regs.ip, ip + 2);
	assert_false(regs.flags & X86_EFLAGS_RF);

	/* RCX == 0 accesses nothing, so it cannot have faulted */
	regs.ip = ip;
	assert_int_equal(emulate(&regs, regs.di), -EINVAL);
	/* with a 32-bit address size ECX counts */
	memcpy((u8 *)ip, (u8[]){ 0xf3, 0x67, 0xa5 }, 3);
	regs.cx = 1UL << 32;
	assert_int_equal(emulate(&regs, regs.di), -EINVAL);
}

static void take_other_away(void)
{
	assert_int_equal(mprotect(OTHER, PAGE_SIZE, PROT_READ), 0);
}

static void movs_starts_again_if_its_destination_goes(void **state)
{
	struct pt_regs regs = movsl(OTHER, DEVICE), before = regs;
	int ret;

	(void)state;
	shim_before_poke = take_other_away;
	ret = vioapic_emulate(&regs, (unsigned long)DEVICE, &ram.bus);
	shim_before_poke = NULL;
	assert_int_equal(ret, 0);
	assert_memory_equal(&regs, &before, sizeof(regs));
	assert_int_equal(emulate(&regs, (unsigned long)DEVICE), -EFAULT);
	assert_int_equal(mprotect(OTHER, PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
}

int main(void)
{
	static const struct CMUnitTest refusals[] = {
		cmocka_unit_test(what_a_kprobe_hides_is_carried_out),
		cmocka_unit_test(refuses_what_it_does_not_know),
		cmocka_unit_test(tells_a_breakpoint_from_what_it_does_not_know),
		cmocka_unit_test(refuses_lock_where_the_cpu_would),
		cmocka_unit_test(refuses_code_that_is_not_the_kernel_s),
	};
	static const struct CMUnitTest edges[] = {
		cmocka_unit_test(zero_extends_32_bits_of_address),
		cmocka_unit_test(takes_the_whole_page_and_not_more),
		cmocka_unit_test(refuses_what_began_on_the_page_before),
		cmocka_unit_test(refuses_a_bit_string_elsewhere),
		cmocka_unit_test(trusts_fs_and_gs_only_inside_the_page),
	};
	static const struct CMUnitTest strings[] = {
		cmocka_unit_test(movs_needs_its_other_operand),
		cmocka_unit_test(movs_within_the_device_is_refused),
		cmocka_unit_test(strings_stay_on_the_page),
		cmocka_unit_test(movs_from_fs_is_refused),
		cmocka_unit_test(rep_goes_one_step_at_a_time),
		cmocka_unit_test(movs_starts_again_if_its_destination_goes),
	};
	int failed = 0;

	decode_setup();
	failed += cmocka_run_group_tests_name("refusals", refusals, NULL, NULL);
	failed += cmocka_run_group_tests_name("edges of the page", edges, NULL, NULL);
	failed += cmocka_run_group_tests_name("strings", strings, NULL, NULL);
	return failed != 0;
}
