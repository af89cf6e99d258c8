// SPDX-License-Identifier: GPL-2.0
/* tools/libvioapic: what is asked of an I/O APIC */
#include "libvioapic_fixture.h"

static void assert_line(unsigned int pin, unsigned int level, unsigned int flags)
{
	struct vioapic_kvm_line want = { .pin = pin, .level = level, .flags = flags };

	assert_string_equal(calls, "line 101; ");
	assert_memory_equal(handed, &want, sizeof(want));
	calls[0] = '\0';
}

static void a_line_tells_what_came_of_it(void **state)
{
	struct vioapic_kvm_line *kernel = (void *)answer;
	struct libvioapic *v = make();
	int outcome = 77;

	(void)state;
	assert_int_equal(libvioapic_line(v, 200, 1), 0);
	assert_line(200, 1, 0);
	assert_int_equal(libvioapic_line(v, 3, 0), 0);
	assert_line(3, 0, 0);
	assert_int_equal(libvioapic_line(v, 3, -6), 0);
	assert_line(3, 1, 0);
	kernel->outcome = VIOAPIC_KVM_LINE_IGNORED;
	assert_int_equal(libvioapic_line(v, 3, 1), 0);
	assert_line(3, 1, 0);
	assert_int_equal(libvioapic_line_status(v, 3, 1, VIOAPIC_KVM_LINE_ELECTRICAL, &outcome), 0);
	assert_line(3, 1, VIOAPIC_KVM_LINE_ELECTRICAL);
	assert_int_equal(outcome, VIOAPIC_KVM_LINE_IGNORED);
	kernel->outcome = VIOAPIC_KVM_LINE_DELIVERED;
	assert_int_equal(libvioapic_pulse(v, 4, &outcome), 0);
	assert_line(4, 1, VIOAPIC_KVM_LINE_PULSE);
	assert_int_equal(outcome, VIOAPIC_KVM_LINE_DELIVERED);
	assert_int_equal(libvioapic_pulse(v, 4, NULL), 0);
	assert_line(4, 1, VIOAPIC_KVM_LINE_PULSE);

	let_fail(VIOAPIC_KVM_LINE, ERANGE, "");
	outcome = 77;
	assert_int_equal(libvioapic_line(v, 240, 1), -ERANGE);
	assert_int_equal(libvioapic_line_status(v, 240, 1, 0, &outcome), -ERANGE);
	assert_int_equal(libvioapic_pulse(v, 240, &outcome), -ERANGE);
	assert_int_equal(outcome, 77);
	libvioapic_destroy(v);
}

static void assert_eventfd(unsigned int pin, unsigned int flags, int fd, int resample_fd)
{
	struct vioapic_kvm_eventfd want = {
		.pin = pin, .flags = flags, .fd = fd, .resample_fd = resample_fd,
	};

	assert_string_equal(calls, "eventfd 101; ");
	assert_memory_equal(handed, &want, sizeof(want));
	calls[0] = '\0';
}

static void eventfds_come_and_go_one_by_one_or_all(void **state)
{
	struct libvioapic *v = make();

	(void)state;
	assert_int_equal(libvioapic_eventfd(v, 9, 10, 11, 0), 0);
	assert_eventfd(9, 0, 10, 11);
	assert_int_equal(libvioapic_eventfd(v, 9, 10, -1, 4), 0);
	assert_eventfd(9, 4, 10, -1);
	assert_int_equal(libvioapic_eventfd_remove(v, 9, 10), 0);
	assert_eventfd(9, VIOAPIC_KVM_EVENTFD_REMOVE, 10, -1);
	assert_int_equal(libvioapic_eventfd_remove(v, 9, -1), 0);
	assert_eventfd(9, VIOAPIC_KVM_EVENTFD_REMOVE, -1, -1);
	assert_int_equal(libvioapic_eventfd_remove(v, 9, -5), 0);
	assert_eventfd(9, VIOAPIC_KVM_EVENTFD_REMOVE, -1, -1);
	let_fail(VIOAPIC_KVM_EVENTFD, EBUSY, "");
	assert_int_equal(libvioapic_eventfd(v, 9, 10, 11, 0), -EBUSY);
	assert_int_equal(libvioapic_eventfd_remove(v, 9, 10), -EBUSY);
	libvioapic_destroy(v);
}

static void an_eoi_a_register_a_reset_and_counters(void **state)
{
	struct vioapic_kvm_eoi eoi = { .vector = 0x31, .vcpu = 260 };
	struct vioapic_kvm_register *reg = (void *)answer;
	struct vioapic_kvm_stats stats;
	struct libvioapic *v = make();
	__u32 value = 5;

	(void)state;
	assert_int_equal(libvioapic_eoi(v, 0x31, 260), 0);
	assert_memory_equal(handed, &eoi, sizeof(eoi));
	reg->value = 0x00170020;
	assert_int_equal(libvioapic_register(v, 1, &value), 0);
	assert_int_equal(((struct vioapic_kvm_register *)handed)->index, 1);
	assert_int_equal(value, 0x00170020);
	assert_int_equal(libvioapic_reset(v), 0);
	((struct vioapic_kvm_stats *)answer)->counter[15] = 1ULL << 40;
	assert_int_equal(libvioapic_stats(v, &stats), 0);
	assert_int_equal(stats.counter[15], 1ULL << 40);
	assert_string_equal(calls, "eoi 101; register 101; reset 101; stats 101; ");

	let_fail(VIOAPIC_KVM_EOI, ENOENT, "");
	assert_int_equal(libvioapic_eoi(v, 0x31, 260), -ENOENT);
	let_fail(VIOAPIC_KVM_REGISTER, EINTR, "");
	value = 5;
	assert_int_equal(libvioapic_register(v, 1, &value), -EINTR);
	assert_int_equal(value, 5);
	let_fail(VIOAPIC_KVM_RESET, EIO, "");
	assert_int_equal(libvioapic_reset(v), -EIO);
	let_fail(VIOAPIC_KVM_STATS, EIO, "");
	assert_int_equal(libvioapic_stats(v, &stats), -EIO);
	libvioapic_destroy(v);
}

/* States */

static void a_state_is_saved_and_restored(void **state)
{
	static struct vioapic_state saved, before;
	struct libvioapic *v = make();
	char reason[VIOAPIC_REASON_LEN] = "untouched";

	(void)state;
	memset(answer, 0x5a, sizeof(answer));
	assert_int_equal(libvioapic_save(v, &saved), 0);
	assert_memory_equal(&saved, answer, sizeof(saved));
	memset(handed, 0, sizeof(handed));
	assert_int_equal(libvioapic_restore(v, &saved, reason), 0);
	assert_memory_equal(handed, &saved, sizeof(saved));
	assert_string_equal(reason, "untouched");
	assert_string_equal(calls, "save 101; restore 101; ");

	let_fail(VIOAPIC_KVM_SAVE, EIO, "");
	before = saved;
	memset(answer, 0x77, sizeof(answer));
	assert_int_equal(libvioapic_save(v, &saved), -EIO);
	assert_memory_equal(&saved, &before, sizeof(saved));
	let_fail(VIOAPIC_KVM_RESTORE, EINVAL, "the state of another");
	assert_int_equal(libvioapic_restore(v, &saved, reason), -EINVAL);
	assert_string_equal(reason, "the state of another");
	assert_int_equal(libvioapic_restore(v, &saved, NULL), -EINVAL);
	let_fail(VIOAPIC_KVM_RESTORE, EFAULT, "");
	assert_int_equal(libvioapic_restore(v, &saved, reason), -EFAULT);
	assert_string_equal(reason, "VIOAPIC_KVM_RESTORE: Bad address");
	libvioapic_destroy(v);
}

static void so_is_kvms(void **state)
{
	struct kvm_ioapic_state kvm, before;
	struct libvioapic *v = make();
	char reason[VIOAPIC_REASON_LEN] = "untouched";

	(void)state;
	memset(answer, 0x5a, sizeof(answer));
	assert_int_equal(libvioapic_get_kvm_state(v, &kvm, reason), 0);
	assert_memory_equal(&kvm, answer, sizeof(kvm));
	memset(handed, 0, sizeof(handed));
	assert_int_equal(libvioapic_set_kvm_state(v, &kvm, reason), 0);
	assert_memory_equal(handed, &kvm, sizeof(kvm));
	assert_string_equal(reason, "untouched");
	assert_string_equal(calls, "get 101; set 101; ");

	let_fail(VIOAPIC_KVM_GET_IOAPIC, ERANGE, "it has 240 pins");
	before = kvm;
	memset(answer, 0x77, sizeof(answer));
	assert_int_equal(libvioapic_get_kvm_state(v, &kvm, reason), -ERANGE);
	assert_memory_equal(&kvm, &before, sizeof(kvm));
	assert_string_equal(reason, "it has 240 pins");
	assert_int_equal(libvioapic_get_kvm_state(v, &kvm, NULL), -ERANGE);
	let_fail(VIOAPIC_KVM_SET_IOAPIC, EINVAL, "");
	assert_int_equal(libvioapic_set_kvm_state(v, &kvm, reason), -EINVAL);
	assert_string_equal(reason, "VIOAPIC_KVM_SET_IOAPIC: Invalid argument");
	libvioapic_destroy(v);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_line_tells_what_came_of_it),
		TEST(eventfds_come_and_go_one_by_one_or_all),
		TEST(an_eoi_a_register_a_reset_and_counters),
		TEST(a_state_is_saved_and_restored),
		TEST(so_is_kvms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
