// SPDX-License-Identifier: GPL-2.0
/* vioapic save and restore: which files they take, what they write, what they say. */
#include <byteswap.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/kvm.h>

#include "snapshot.h"
#include "state_fixture.h"
#include "vioapic.h"

#define GSI_BASE	48

static char said[512], path[] = P_tmpdir "/snapshot_test.XXXXXX";
static struct vioapic_state back;
static struct kvm_ioapic_state kvm;
static struct vioapic_info info;	/* of whom it is for */

/* The command's own prints it */
int refuse(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(said, sizeof(said), format, ap);
	va_end(ap);
	return STATUS_REFUSED;
}

static const struct snapshot ours = { .name = "sim0", .path = path };
static const struct snapshot as_kvm = { .name = "sim0", .path = path, .kvm = true };

static void put(const void *data, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
}

static size_t get(void *data, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t length;

	assert_non_null(file);
	length = fread(data, 1, size, file);
	fclose(file);
	return length;
}

static void assert_reads(const struct snapshot *snapshot)
{
	*said = '\0';
	memset(&back, POISON, sizeof(back));
	assert_int_equal(snapshot_read(snapshot, &info, &back), STATUS_DONE);
	assert_string_equal(said, "");
}

/* One line, with @sentence in it, and the file that it is about */
static void assert_refused(int status, const char *sentence)
{
	assert_int_equal(status, STATUS_REFUSED);
	if (!strstr(said, sentence))
		print_error("said: %s\n", said);
	assert_non_null(strstr(said, sentence));
	assert_null(strchr(said, '\n'));
}

static void assert_no_read(const struct snapshot *snapshot, const char *sentence)
{
	assert_refused(snapshot_read(snapshot, &info, &back), sentence);
	assert_non_null(strstr(said, snapshot->path));
}

/* An owner with a level interrupt in service, another waiting, and what else there may be */
static void begin_busy(const char *chip)
{
	struct fixture f;

	start(&f, chip, VIOAPIC_OWNER);
	rte_write(&f, PIN, LEVEL);
	line(&f, PIN, true);
	assert_taken(&f, PIN);
	rte_write(&f, PIN + 1, EDGE | VIOAPIC_RTE_MASKED | 7ULL << 56);
	save(&f, &saved);
	saved.gsi_base = GSI_BASE;
	memset(&info, 0, sizeof(info));
	info.gsi_base = GSI_BASE;
	info.pins = saved.pins;
	info.role = VIOAPIC_ROLE_OWNER;
	memcpy(info.chip, saved.chip, sizeof(info.chip));
}

static void what_is_written_is_read_again(void **state)
{
	(void)state;
	begin_busy("ich");
	assert_int_equal(snapshot_write(&ours, &saved), STATUS_DONE);
	assert_int_equal(get(&again, sizeof(again)), sizeof(again));
	assert_memory_equal(&again, &saved, sizeof(saved));
	assert_reads(&ours);
	assert_memory_equal(&back, &saved, sizeof(saved));
}

static void what_was_there_is_overwritten(void **state)
{
	static const char much[2 * sizeof(struct vioapic_state)];

	(void)state;
	begin_busy("ich");
	put(much, sizeof(much));
	assert_int_equal(snapshot_write(&ours, &saved), STATUS_DONE);
	assert_reads(&ours);
}

static void a_file_of_another_length_is_refused(void **state)
{
	static struct { struct vioapic_state state; char more; } longer;
	size_t length;

	(void)state;
	begin_busy("ich");
	longer.state = saved;
	put(&longer, sizeof(saved) + 1);
	assert_no_read(&ours, "is longer than 3984 bytes");
	for (length = 1; length < sizeof(saved); length++) {
		put(&saved, length);
		assert_no_read(&ours, "is truncated, it has");
	}
	put(&saved, 0);
	assert_no_read(&ours, "is empty");
}

static void another_format_is_refused(void **state)
{
	static const char text[] = "this is not what vioapic save has written";

	(void)state;
	begin_busy("ich");
	put(text, sizeof(text));
	assert_no_read(&ours, "is no saved state");
	again = saved;
	again.magic ^= 1;
	put(&again, sizeof(again));
	assert_no_read(&ours, "is no saved state");
	again.magic = bswap_32(VIOAPIC_STATE_MAGIC);
	put(&again, sizeof(again));
	assert_no_read(&ours, "the other byte order");
	again = saved;
	again.version++;
	put(&again, sizeof(again) / 2);
	assert_no_read(&ours, "is of version 2, not 1");
	again = saved;
	again.size--;
	put(&again, sizeof(again));
	assert_no_read(&ours, "it says that it has 3983 bytes and not 3984");
}

static void a_file_that_cannot_be_read_is_refused(void **state)
{
	const struct snapshot missing = { .name = "sim0", .path = "/nonexistent/file" };
	const struct snapshot directory = { .name = "sim0", .path = "/" };
	const struct snapshot full = { .name = "sim0", .path = "/dev/full" };

	(void)state;
	begin_busy("ich");
	assert_no_read(&missing, "No such file");
	assert_no_read(&directory, "Is a directory");
	assert_refused(snapshot_write(&missing, &saved), "No such file");
	assert_refused(snapshot_write(&full, &saved), "No space left");
}

/* 0 or 1 is a terminal meanwhile */
static void a_terminal_is_refused(void **state)
{
	const struct snapshot standard = { .name = "sim0" };
	int master = posix_openpt(O_RDWR | O_NOCTTY), terminal, in = dup(0), out = dup(1);
	int read_status, write_status;
	char write_said[sizeof(said)];

	(void)state;
	assert_in_range(master, 3, 1000);
	assert_int_equal(grantpt(master) | unlockpt(master), 0);
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_in_range(terminal, 3, 1000);
	begin_busy("ich");
	fflush(stdout);
	dup2(terminal, 0);
	dup2(terminal, 1);
	write_status = snapshot_write(&standard, &saved);
	memcpy(write_said, said, sizeof(said));
	read_status = snapshot_read(&standard, &info, &back);
	dup2(in, 0);
	dup2(out, 1);
	close(in);
	close(out);
	close(terminal);
	close(master);
	assert_refused(read_status, "nothing to restore sim0 from: name a file");
	memcpy(said, write_said, sizeof(said));
	assert_refused(write_status, "no text for a terminal");
}

static void kvm_format_goes_there_and_back(void **state)
{
	static const char *const chips[] = { "82093aa", "ich", "via", "amd", "qemu" };
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		begin_busy(chips[i]);
		assert_int_equal(snapshot_write(&as_kvm, &saved), STATUS_DONE);
		assert_reads(&as_kvm);
		assert_memory_equal(&back, &saved, sizeof(saved));
	}
	begin_busy("ich");
	assert_int_equal(snapshot_write(&as_kvm, &saved), STATUS_DONE);
	assert_int_equal(get(&kvm, sizeof(kvm)), sizeof(kvm));
	assert_int_equal(kvm.base_address, ADDRESS);
	assert_int_equal(kvm.irr, 1 << PIN);
	assert_int_equal(kvm.redirtbl[PIN].bits, LEVEL | IRR);
	assert_int_equal(kvm.redirtbl[PIN + 1].bits, EDGE | MASKED | 7ULL << 56);
	assert_reads(&as_kvm);
	assert_memory_equal(&back, &saved, sizeof(saved));
}

/* And then the file is as it was. */
static void assert_no_kvm(const char *sentence)
{
	char mark[8] = "";

	put("as it was", 8);
	assert_refused(snapshot_write(&as_kvm, &saved), sentence);
	assert_int_equal(get(mark, sizeof(mark)), 8);
	assert_memory_equal(mark, "as it was", 8);
}

static void what_kvm_has_no_room_for_is_refused(void **state)
{
	struct fixture f;

	(void)state;
	begin_busy("generic240");
	assert_no_kvm("sim0 has 240 pins");
	begin_busy("amd");
	saved.reg[VIOAPIC_REG_ID] = 0x10000000;
	saved.reg[VIOAPIC_REG_ARB] = 0x10000000;
	assert_no_kvm("ID 16");
	start(&f, "ich", VIOAPIC_SHADOW);
	save(&f, &saved);
	assert_no_kvm("sim0 is a shadow");
	begin_busy("ich");
	saved.pin[PIN].reserved = 1;
	assert_no_kvm("another version");
}

static void who_has_no_room_for_kvm_format_is_told(void **state)
{
	(void)state;
	begin_busy("ich");
	assert_int_equal(snapshot_write(&as_kvm, &saved), STATUS_DONE);
	info.pins = PIN + 1;
	assert_no_read(&as_kvm, "uses more pins than the 6 of sim0");
	info.pins = 240;
	assert_refused(snapshot_read(&as_kvm, &info, &back), "sim0 has 240 pins, KVM 24");
	info.role = VIOAPIC_ROLE_SHADOW;
	assert_refused(snapshot_read(&as_kvm, &info, &back), "sim0 is a shadow");
	info.role = VIOAPIC_ROLE_OWNER;
	info.chip[0] = 'x';
	assert_refused(snapshot_read(&as_kvm, &info, &back), "sim0 is a chip xch");
}

static void a_file_that_is_not_kvms_is_refused(void **state)
{
	static char longer[sizeof(kvm) + 1];

	(void)state;
	begin_busy("82093aa");
	put(&saved, sizeof(saved));
	assert_no_read(&as_kvm, "leave out --kvm");
	assert_int_equal(snapshot_write(&as_kvm, &saved), STATUS_DONE);
	assert_no_read(&ours, "say --kvm");
	get(&kvm, sizeof(kvm));
	put(&kvm, sizeof(kvm) - 1);
	assert_no_read(&as_kvm, "is truncated, it has 215 of 216 bytes");
	memcpy(longer, &kvm, sizeof(kvm));
	put(longer, sizeof(longer));
	assert_no_read(&as_kvm, "is longer than 216 bytes");
	kvm.id = 16;
	put(&kvm, sizeof(kvm));
	assert_no_read(&as_kvm, "KVM_GET_IRQCHIP");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(what_was_there_is_overwritten),
		cmocka_unit_test(a_file_of_another_length_is_refused),
		cmocka_unit_test(another_format_is_refused),
		cmocka_unit_test(a_file_that_cannot_be_read_is_refused),
		cmocka_unit_test(a_terminal_is_refused),
		cmocka_unit_test(kvm_format_goes_there_and_back),
		cmocka_unit_test(what_kvm_has_no_room_for_is_refused),
		cmocka_unit_test(who_has_no_room_for_kvm_format_is_told),
		cmocka_unit_test(a_file_that_is_not_kvms_is_refused),
	};
	int failed;

	close(mkstemp(path));
	failed = cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
	unlink(path);
	return failed;
}
