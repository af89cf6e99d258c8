// SPDX-License-Identifier: GPL-2.0
/*
 * vioapic_emulate() against the CPU it runs on.
 *
 * Each form of selftests/modules/decode_forms.S is executed on ordinary memory
 * with random registers, flags and memory, and emulated from the same state with
 * a bus that a copy of that memory backs.  Afterwards everything has to be equal.
 */
#include "decode_fixture.h"

static void check_class(unsigned int class)
{
	const struct form *form;
	unsigned int n = 0, i;

	for (form = forms_begin; form < forms_end; form++) {
		if (form->class != class)
			continue;
		for (i = 0; i < rounds; i++)
			check_form(form, form_start(form), true);
		n++;
	}
	print_message("    %u forms, %u rounds each\n", n, rounds);
	assert_true(n > 0);
}

#define CLASS_TEST(name, class)						\
	static void name(void **state)					\
	{								\
		(void)state;						\
		check_class(class);					\
	}

CLASS_TEST(mov_as_the_cpu, FORM_MOV)
CLASS_TEST(extending_mov_as_the_cpu, FORM_EXTEND)
CLASS_TEST(arithmetic_as_the_cpu, FORM_ALU)
CLASS_TEST(inc_dec_not_neg_as_the_cpu, FORM_UNARY)
CLASS_TEST(shifts_as_the_cpu, FORM_SHIFT)
CLASS_TEST(bit_instructions_as_the_cpu, FORM_BIT)
CLASS_TEST(exchanges_as_the_cpu, FORM_EXCHANGE)
CLASS_TEST(setcc_cmovcc_as_the_cpu, FORM_CONDITION)
CLASS_TEST(strings_as_the_cpu, FORM_STRING)
CLASS_TEST(every_addressing_as_the_cpu, FORM_ADDRESS)
CLASS_TEST(prefixes_as_the_cpu, FORM_PREFIX)

/*
 * The bytes of the instruction.
 */
static void reads_no_byte_behind_the_instruction(void **state)
{
	const struct form *form;
	unsigned int i;

	(void)state;
	for (form = forms_begin; form < forms_end; form++) {
		size_t size = form->end - form->start;

		if (strstr(form->name, "ip)"))
			continue;	/* would move its operand */
		memcpy(CODE_END - size, form_start(form), size);
		for (i = 0; i < 3; i++)
			check_form(form, CODE_END - size, false);
	}
}

static void follows_the_instruction_over_a_page_boundary(void **state)
{
	const struct form *form;

	(void)state;
	assert_int_equal(mprotect(CODE_END, PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
	for (form = forms_begin; form < forms_end; form++) {
		size_t size = form->end - form->start, head;

		if (strstr(form->name, "ip)"))
			continue;
		for (head = 1; head < size; head++) {
			memcpy(CODE_END - head, form_start(form), size);
			check_form(form, CODE_END - head, false);
		}
	}
	assert_int_equal(mprotect(CODE_END, PAGE_SIZE, PROT_NONE), 0);
}

static void a_truncated_instruction_is_a_fault(void **state)
{
	const struct form *form;

	(void)state;
	for (form = forms_begin; form < forms_end; form++) {
		size_t size = form->end - form->start, head;

		for (head = 1; head < size; head++) {
			struct pt_regs regs = code_regs(form_start(form), head, true);

			same(form->name, "result", 0, -EFAULT,
			     emulate(&regs, (unsigned long)DEVICE));
		}
	}
}

static void no_instruction_is_longer_than_15_bytes(void **state)
{
	unsigned int at_end, size;

	(void)state;
	for (at_end = 0; at_end < 2; at_end++) {
		for (size = 10; size <= 16; size++) {
			u8 code[16];
			struct pt_regs regs;

			/* movl $0x12345678,0x10(%rbx) is 7 bytes */
			memset(code, 0x3e, size);
			memcpy(code + size - 7, (u8[]){ 0xc7, 0x43, 0x10, 0x78,
			       0x56, 0x34, 0x12 }, 7);
			regs = code_regs(code, size, at_end);
			regs.bx = (unsigned long)DEVICE;
			assert_int_equal(emulate(&regs, (unsigned long)DEVICE + 0x10),
					 size <= 15 ? 0 : -EINVAL);
		}
	}
	{
		u8 code[15];
		struct pt_regs regs;

		/* prefixes only: the page ends where a 16th would be */
		memset(code, 0x66, sizeof(code));
		regs = code_regs(code, sizeof(code), true);
		assert_int_equal(emulate(&regs, (unsigned long)DEVICE), -EINVAL);
	}
}

int main(void)
{
	static const struct CMUnitTest cpu[] = {
		cmocka_unit_test(mov_as_the_cpu),
		cmocka_unit_test(extending_mov_as_the_cpu),
		cmocka_unit_test(arithmetic_as_the_cpu),
		cmocka_unit_test(inc_dec_not_neg_as_the_cpu),
		cmocka_unit_test(shifts_as_the_cpu),
		cmocka_unit_test(bit_instructions_as_the_cpu),
		cmocka_unit_test(exchanges_as_the_cpu),
		cmocka_unit_test(setcc_cmovcc_as_the_cpu),
		cmocka_unit_test(strings_as_the_cpu),
		cmocka_unit_test(every_addressing_as_the_cpu),
		cmocka_unit_test(prefixes_as_the_cpu),
	};
	static const struct CMUnitTest bytes[] = {
		cmocka_unit_test(reads_no_byte_behind_the_instruction),
		cmocka_unit_test(follows_the_instruction_over_a_page_boundary),
		cmocka_unit_test(a_truncated_instruction_is_a_fault),
		cmocka_unit_test(no_instruction_is_longer_than_15_bytes),
	};
	int failed = 0;

	decode_setup();
	failed += cmocka_run_group_tests_name("as the CPU", cpu, NULL, NULL);
	failed += cmocka_run_group_tests_name("instruction bytes", bytes, NULL, NULL);
	return failed != 0;
}
