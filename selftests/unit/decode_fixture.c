// SPDX-License-Identifier: GPL-2.0
/* What the tests of vioapic_emulate() share. */
#include <sys/syscall.h>
#include <asm/prctl.h>
#include <time.h>
#include "decode_fixture.h"
#include <vioapic/emulate.h>
#include "../modules/decode_aim.h"

asm(".globl forms_user_page; .set forms_user_page, 0x10000000");

void (*shim_before_poke)(void);

const u8 *probed;

bool vioapic_unprobed(u8 *code, unsigned long ip)
{
	(void)ip;
	if (probed)
		memcpy(code, probed, 16);
	return probed;
}

unsigned long seed;
unsigned int rounds = 40;

static struct aim aim;

u64 rnd(void)
{
	return aim_random(&aim);
}

unsigned int below(unsigned int n)
{
	return aim_below(&aim, n);
}

static u64 ram_read(struct vioapic_bus *bus, unsigned int offset,
		    unsigned int size)
{
	struct ram *ram = (struct ram *)bus;
	u64 value = 0;

	assert_true(size == 1 || size == 2 || size == 4 || size == 8);
	assert_true(offset + size <= PAGE_SIZE);
	ram->reads++;
	ram->offset = offset;
	ram->size = size;
	memcpy(&value, ram->byte + offset, size);
	return value;
}

static void ram_write(struct vioapic_bus *bus, unsigned int offset,
		      unsigned int size, u64 value)
{
	struct ram *ram = (struct ram *)bus;

	assert_true(size == 1 || size == 2 || size == 4 || size == 8);
	assert_true(offset + size <= PAGE_SIZE);
	if (ram->reads) {	/* the second half of a read-modify-write */
		assert_int_equal(offset, ram->offset);
		assert_int_equal(size, ram->size);
	}
	ram->writes++;
	ram->offset = offset;
	ram->size = size;
	memcpy(ram->byte + offset, &value, size);
}

struct ram ram = { .bus = { .read = ram_read, .write = ram_write } };

static void ram_idle(void)
{
	ram.reads = 0;
	ram.writes = 0;
}

unsigned long *reg_of(struct pt_regs *regs, unsigned int nr)
{
	switch (nr) {
	case RAX: return &regs->ax;
	case RCX: return &regs->cx;
	case RDX: return &regs->dx;
	case RBX: return &regs->bx;
	case RSP: return &regs->sp;
	case RBP: return &regs->bp;
	case RSI: return &regs->si;
	case RDI: return &regs->di;
	case 8: return &regs->r8;
	case 9: return &regs->r9;
	case 10: return &regs->r10;
	case 11: return &regs->r11;
	case 12: return &regs->r12;
	case 13: return &regs->r13;
	case 14: return &regs->r14;
	default: return &regs->r15;
	}
}

struct pt_regs random_regs(void)
{
	struct pt_regs regs = { .orig_ax = rnd(), .cs = KERNEL_CS, .ss = 0x18 };
	unsigned int nr;

	for (nr = 0; nr < 16; nr++)
		*reg_of(&regs, nr) = aim_value(&aim);
	regs.flags = FIXED_FLAGS | (rnd() & (STATUS | X86_EFLAGS_DF)) |
		     X86_EFLAGS_RF;
	return regs;
}

void fill(u8 *p, size_t size)
{
	while (size--)
		*p++ = rnd();
}

void same(const char *name, const char *what, u64 before, u64 cpu,
	  u64 emulated)
{
	if (cpu != emulated)
		fail_msg("%s: %s was %#lx, is %#lx by the CPU, %#lx by the emulation (seed %lu)",
			 name, what, before, cpu, emulated, seed);
}

void same_memory(const char *name, const char *what, const u8 *cpu,
		 const u8 *emulated)
{
	unsigned int i;

	if (!memcmp(cpu, emulated, PAGE_SIZE))
		return;
	for (i = 0; cpu[i] == emulated[i]; i++)
		;
	fail_msg("%s: %s[%#x] is %#x by the CPU, %#x by the emulation (seed %lu)",
		 name, what, i, cpu[i], emulated[i], seed);
}

void run_on_cpu(struct pt_regs *regs, const u8 *start)
{
	unsigned int nr;

	for (nr = 0; nr < 16; nr++)
		forms_state.in[nr] = *reg_of(regs, nr);
	forms_state.in_flags = regs->flags & ~X86_EFLAGS_RF;
	forms_run(start);
}

void compare(const char *name, const struct pt_regs *before,
	     struct pt_regs *after, unsigned long undef)
{
	struct pt_regs was = *before;
	unsigned int nr;

	for (nr = 0; nr < 16; nr++) {
		char what[] = "register 00";

		what[9] += nr / 10;
		what[10] += nr % 10;
		same(name, what, *reg_of(&was, nr), forms_state.out[nr],
		     *reg_of(after, nr));
	}
	same(name, "flags", before->flags & ~undef,
	     (forms_state.out_flags & (STATUS | X86_EFLAGS_DF) & ~undef) |
	     FIXED_FLAGS, after->flags & ~undef);
	same(name, "cs", before->cs, before->cs, after->cs);
	same(name, "ss", before->ss, before->ss, after->ss);
	same(name, "orig_ax", before->orig_ax, before->orig_ax, after->orig_ax);
}

void check_form(const struct form *form, const u8 *start, bool on_cpu)
{
	static u8 other_before[PAGE_SIZE], other_by_cpu[PAGE_SIZE];
	struct pt_regs before = random_regs(), regs;
	size_t length = form->end - form->start;
	unsigned int offset, i;

	aim_at(&aim, form);
	offset = aim.offset;
	for (i = 0; i < 16; i++)
		*reg_of(&before, i) = aim.reg[i];
	before.flags = FIXED_FLAGS | aim.flags | X86_EFLAGS_RF;
	before.ip = (unsigned long)start;

	fill(DEVICE, PAGE_SIZE);
	fill(OTHER, PAGE_SIZE);
	if (below(2)) {		/* often equal, for cmpxchg and cmp */
		u64 value = below(2) ? before.ax : aim_value(&aim);

		memcpy(DEVICE + offset, &value, form->size);
	}
	memcpy(ram.byte, DEVICE, PAGE_SIZE);
	memcpy(other_before, OTHER, PAGE_SIZE);
	if (on_cpu) {
		run_on_cpu(&before, form_start(form));
		memcpy(other_by_cpu, OTHER, PAGE_SIZE);
		memcpy(OTHER, other_before, PAGE_SIZE);
	}

	regs = before;
	for (i = 0; i < aim.count; i++) {
		unsigned long address = (unsigned long)DEVICE + offset;

		ram_idle();
		same(form->name, "ip", before.ip, before.ip, regs.ip);
		same(form->name, "RF", 1, 1, !!(regs.flags & X86_EFLAGS_RF));
		same(form->name, "result", 0, 0,
		     vioapic_emulate(&regs, address, &ram.bus));
		same(form->name, "reads", 0, form->access & FORM_R ? 1 : 0,
		     ram.reads);
		same(form->name, "writes", 0, form->access & FORM_W ? 1 : 0,
		     ram.writes);
		same(form->name, "offset", 0, offset, ram.offset);
		same(form->name, "size", 0, form->size, ram.size);
		if (form->class == FORM_STRING)
			offset += before.flags & X86_EFLAGS_DF ? -form->size :
				  form->size;
	}
	same(form->name, "ip", before.ip, before.ip + length, regs.ip);
	if (on_cpu) {
		compare(form->name, &before, &regs, form->undef);
		same_memory(form->name, "memory", DEVICE, ram.byte);
		same_memory(form->name, "other memory", other_by_cpu, OTHER);
	}
}

struct pt_regs code_regs(const u8 *code, size_t size, bool at_end)
{
	struct pt_regs regs = random_regs();
	u8 *start = at_end ? CODE_END - size : CODE + 0x100;

	memset(CODE, 0xcc, PAGE_SIZE);
	memcpy(start, code, size);
	regs.ip = (unsigned long)start;
	return regs;
}

int emulate(struct pt_regs *regs, unsigned long address)
{
	static u8 other[PAGE_SIZE], device[PAGE_SIZE];
	struct pt_regs before = *regs;
	int ret;

	ram_idle();
	memcpy(other, OTHER, PAGE_SIZE);
	memcpy(device, ram.byte, PAGE_SIZE);
	ret = vioapic_emulate(regs, address, &ram.bus);
	if (ret) {
		assert_memory_equal(regs, &before, sizeof(before));
		assert_int_equal(ram.reads, 0);
		assert_int_equal(ram.writes, 0);
		assert_memory_equal(other, OTHER, PAGE_SIZE);
		assert_memory_equal(device, ram.byte, PAGE_SIZE);
	}
	return ret;
}

static void map(u8 *at, size_t size, int protection)
{
	if (mmap(at, size, protection, MAP_PRIVATE | MAP_ANONYMOUS |
		 MAP_FIXED_NOREPLACE, -1, 0) != at) {
		perror("mmap");
		exit(1);
	}
}

void decode_setup(void)
{
	const char *env = getenv("DECODE_SEED");

	vioapic_mov_init();
	seed = env ? strtoul(env, NULL, 0) : (unsigned long)time(NULL);
	env = getenv("DECODE_ROUNDS");
	if (env)
		rounds = strtoul(env, NULL, 0);
	printf("DECODE_SEED=%lu DECODE_ROUNDS=%u\n", seed, rounds);

	map(DEVICE, PAGE_SIZE, PROT_READ | PROT_WRITE);
	map(OTHER, PAGE_SIZE, PROT_READ | PROT_WRITE);
	map(CODE, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
	map(CODE_END, PAGE_SIZE, PROT_NONE);
	map(READ_ONLY, PAGE_SIZE, PROT_READ);

	aim.state = seed * 0x9e3779b97f4a7c15 | 1;
	aim.page = (unsigned long)DEVICE;
	aim.other = (unsigned long)OTHER;
	syscall(SYS_arch_prctl, ARCH_GET_FS, &aim.fs_base);
}
