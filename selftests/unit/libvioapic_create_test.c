// SPDX-License-Identifier: GPL-2.0
/* tools/libvioapic: the device, creation and its unwinding, sentences */
#include "libvioapic_fixture.h"

static struct libvioapic_config no_slot(void)
{
	struct libvioapic_config c = config;

	c.slot = -1;
	return c;
}

static void creation_asks_for_what_it_was_asked(void **state)
{
	struct vioapic_kvm_create *req = (void *)handed;
	struct libvioapic *v;
	char reason[VIOAPIC_REASON_LEN] = "untouched";
	size_t i;

	(void)state;
	v = libvioapic_create(VM_FD, &config, reason);
	assert_non_null(v);
	assert_string_equal(calls, "open /dev/vioapic_kvm; create 100; close 100; mmap 101; "
				   "slot 5 4096; ");
	assert_string_equal(reason, "untouched");
	assert_int_equal(req->vm_fd, VM_FD);
	assert_int_equal(req->id, 7);
	assert_int_equal(req->address, 0xfec01000);
	assert_int_equal(req->gsi_base, 24);
	assert_int_equal(req->pins, 120);
	assert_string_equal(req->chip, "generic240");
	assert_int_equal(req->storm_limit, 99);
	assert_int_equal(req->fd, 0);
	assert_int_equal(req->features, 0);
	for (i = 0; i < 5; i++)
		assert_int_equal(req->reserved[i], 0);
	assert_int_equal(libvioapic_fd(v), IOAPIC_FD);
	assert_int_equal(libvioapic_eoi_exits(v), 1);
	calls[0] = '\0';
	libvioapic_destroy(v);
	assert_string_equal(calls, "slot 5 0; munmap; destroy 101; close 101; ");
	libvioapic_destroy(NULL);
}

static void a_config_of_zeros_but_for_the_slot_is_an_ich(void **state)
{
	struct vioapic_kvm_create *req = (void *)handed;
	struct libvioapic_config c = { .slot = -1 };
	struct libvioapic *v;

	(void)state;
	v = libvioapic_create(VM_FD, &c, NULL);
	assert_non_null(v);
	assert_string_equal(req->chip, "ich");
	assert_string_equal(calls, "open /dev/vioapic_kvm; create 100; close 100; ");
	calls[0] = '\0';
	libvioapic_destroy(v);
	assert_string_equal(calls, "destroy 101; close 101; ");
}

static void slot_0_is_one_and_eoi_exits_are_as_the_kernel_says(void **state)
{
	struct vioapic_kvm_create *kernel = (void *)answer;
	struct libvioapic_config c = config;
	struct libvioapic *v;

	(void)state;
	c.slot = 0;
	kernel->features = VIOAPIC_KVM_FEATURE_EOI;
	v = libvioapic_create_by(DEVICE_FD, VM_FD, &c, NULL);
	assert_non_null(v);
	assert_int_equal(libvioapic_eoi_exits(v), 0);
	libvioapic_destroy(v);
	assert_string_equal(calls, "create 100; mmap 101; slot 0 4096; slot 0 0; munmap; "
				   "destroy 101; close 101; ");
}

static void a_chip_without_end_stays_one(void **state)
{
	struct vioapic_kvm_create *req = (void *)handed;
	struct libvioapic_config c = config;

	(void)state;
	c.chip = "a name that has more than 32 bytes, of which 32 arrive";
	let_fail(VIOAPIC_KVM_CREATE, EINVAL, "the name is not terminated");
	assert_null(libvioapic_create(VM_FD, &c, NULL));
	assert_memory_equal(req->chip, c.chip, sizeof(req->chip));
	assert_int_equal(req->fd, 0);
}

static void a_device_that_was_handed_in_is_used_and_not_closed(void **state)
{
	struct libvioapic_config c = no_slot();

	(void)state;
	absent = "/dev/vioapic_kvm=2 /dev/vioapic=2";
	libvioapic_destroy(libvioapic_create_by(0, VM_FD, &c, NULL));
	assert_string_equal(calls, "create 0; destroy 101; close 101; ");
	calls[0] = '\0';
	let_fail(VIOAPIC_KVM_CREATE, ENODEV, "no");
	assert_null(libvioapic_create_by(77, VM_FD, &c, NULL));
	assert_string_equal(calls, "create 77; ");
	assert_int_equal(errno, ENODEV);
}

static void what_is_no_device_is_said_to_be_none(void **state)
{
	struct vioapic_kvm_query query;
	char reason[VIOAPIC_REASON_LEN];

	(void)state;
	let_fail(VIOAPIC_KVM_CREATE, ENOTTY, "");
	assert_null(libvioapic_create_by(0, VM_FD, &config, reason));
	assert_int_equal(errno, ENOTTY);
	assert_string_equal(reason, "descriptor 0 is none of /dev/vioapic_kvm");
	let_fail(VIOAPIC_KVM_QUERY, EINVAL, "");
	assert_int_equal(libvioapic_query(77, &query, reason), -EINVAL);
	assert_string_equal(reason, "descriptor 77 is none of /dev/vioapic_kvm");
	let_fail(VIOAPIC_KVM_QUERY, EINVAL, "a reserved field is not zero");
	assert_int_equal(libvioapic_query(77, &query, reason), -EINVAL);
	assert_string_equal(reason, "a reserved field is not zero");
	let_fail(VIOAPIC_KVM_QUERY, EFAULT, "");
	assert_int_equal(libvioapic_query(77, &query, reason), -EFAULT);
	assert_string_equal(reason, "VIOAPIC_KVM_QUERY: Bad address");
}

static void a_reserved_field_is_refused(void **state)
{
	struct libvioapic_config c;
	char reason[VIOAPIC_REASON_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		c = config;
		c.reserved[i] = 1;
		assert_null(libvioapic_create(VM_FD, &c, reason));
		assert_int_equal(errno, EINVAL);
		assert_non_null(strstr(reason, "reserved"));
		assert_string_equal(calls, "");
	}
}

static void without_memory_nothing_is_begun(void **state)
{
	char reason[VIOAPIC_REASON_LEN];
	struct libvioapic *v;

	(void)state;
	no_memory = 1;
	v = libvioapic_create(VM_FD, &config, reason);
	no_memory = 0;
	assert_null(v);
	assert_int_equal(errno, ENOMEM);
	assert_string_equal(reason, "libvioapic: Cannot allocate memory");
	assert_string_equal(calls, "");
}

/* The device */

static void only_a_device_that_is_not_there_has_another_instead(void **state)
{
	char reason[VIOAPIC_REASON_LEN];

	(void)state;
	absent = "/dev/vioapic_kvm=2";
	assert_int_equal(libvioapic_open(NULL), DEVICE_FD);
	assert_string_equal(calls, "open /dev/vioapic_kvm; open /dev/vioapic; ");
	calls[0] = '\0';
	absent = "/dev/vioapic_kvm=13";
	assert_int_equal(libvioapic_open(reason), -EACCES);
	assert_string_equal(reason, "/dev/vioapic_kvm: Permission denied");
	assert_string_equal(calls, "open /dev/vioapic_kvm; ");
	absent = "/dev/vioapic_kvm=2 /dev/vioapic=13";
	assert_int_equal(libvioapic_open(reason), -EACCES);
	assert_string_equal(reason, "/dev/vioapic: Permission denied");
	absent = "/dev/vioapic_kvm=2 /dev/vioapic=2";
	assert_int_equal(libvioapic_open(reason), -ENOENT);
	assert_non_null(strstr(reason, "is the module vioapic_kvm loaded?"));
	assert_int_equal(libvioapic_open(NULL), -ENOENT);
	calls[0] = '\0';
	assert_null(libvioapic_create(VM_FD, &config, reason));
	assert_int_equal(errno, ENOENT);
	assert_non_null(strstr(reason, "is the module vioapic_kvm loaded?"));
	assert_string_equal(calls, "open /dev/vioapic_kvm; open /dev/vioapic; ");
}

static void a_query_creates_nothing(void **state)
{
	struct vioapic_kvm_query query, *kernel = (void *)answer;
	char reason[VIOAPIC_REASON_LEN];
	size_t i;

	(void)state;
	kernel->version = VIOAPIC_KVM_VERSION;
	kernel->pins = 240;
	strcpy(kernel->chips, "ich qemu");
	memset(&query, 0xa5, sizeof(query));
	assert_int_equal(libvioapic_query(-1, &query, NULL), 0);
	assert_string_equal(calls, "open /dev/vioapic_kvm; query 100; close 100; ");
	for (i = 0; i < sizeof(query); i++)
		assert_int_equal(handed[i], 0);
	assert_int_equal(query.pins, 240);
	assert_string_equal(query.chips, "ich qemu");
	calls[0] = '\0';
	assert_int_equal(libvioapic_query(9, &query, NULL), 0);
	assert_string_equal(calls, "query 9; ");

	query.pins = 1;
	let_fail(VIOAPIC_KVM_QUERY, EOPNOTSUPP, "the module vioapic_kvm is not loaded");
	assert_int_equal(libvioapic_query(-1, &query, reason), -EOPNOTSUPP);
	assert_string_equal(reason, "the module vioapic_kvm is not loaded");
	assert_int_equal(query.pins, 1);
	absent = "/dev/vioapic_kvm=13";
	assert_int_equal(libvioapic_query(-1, &query, reason), -EACCES);
	assert_string_equal(reason, "/dev/vioapic_kvm: Permission denied");
}

/* What is refused */

static void the_kernels_sentence_is_handed_on(void **state)
{
	char reason[VIOAPIC_REASON_LEN + 1], endless[2 * VIOAPIC_REASON_LEN] = "";

	(void)state;
	let_fail(VIOAPIC_KVM_CREATE, EEXIST, "there is one at this address");
	assert_null(libvioapic_create(VM_FD, &config, reason));
	assert_int_equal(errno, EEXIST);
	assert_string_equal(reason, "there is one at this address");
	assert_string_equal(calls, "open /dev/vioapic_kvm; create 100; close 100; ");
	assert_null(libvioapic_create(VM_FD, &config, NULL));
	assert_int_equal(errno, EEXIST);

	let_fail(VIOAPIC_KVM_CREATE, ENOTTY, "");
	assert_null(libvioapic_create(VM_FD, &config, reason));
	assert_int_equal(errno, ENOTTY);
	assert_string_equal(reason, "VIOAPIC_KVM_CREATE: Inappropriate ioctl for device");

	/* Whatever the device is that was handed in */
	memset(endless, 'x', sizeof(endless) - 1);
	let_fail(VIOAPIC_KVM_CREATE, ENOTTY, endless);
	memset(reason, 'y', sizeof(reason));
	assert_null(libvioapic_create(VM_FD, &config, reason));
	assert_int_equal(strlen(reason), VIOAPIC_REASON_LEN - 1);
	assert_int_equal(reason[VIOAPIC_REASON_LEN], 'y');
}

static void a_page_that_cannot_be_mapped_takes_all_back(void **state)
{
	char reason[VIOAPIC_REASON_LEN];

	(void)state;
	mmap_errno = ENOMEM;
	assert_null(libvioapic_create(VM_FD, &config, reason));
	assert_int_equal(errno, ENOMEM);
	assert_string_equal(reason, "mmap of the registers: Cannot allocate memory");
	assert_string_equal(calls, "open /dev/vioapic_kvm; create 100; close 100; mmap 101; "
				   "destroy 101; close 101; ");
}

static void a_slot_that_is_refused_takes_all_back_and_is_named(void **state)
{
	static const struct {
		int error;
		const char *why;
	} refusals[] = {
		{ EINVAL, "it is in use, or there are not so many" },
		{ EEXIST, "another slot is at this address" },
		{ EBADF, "Bad file descriptor" },
	};
	static const char slot[] = "memory slot 5, for the registers at 0xfec01000: ";
	char reason[VIOAPIC_REASON_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		calls[0] = '\0';
		let_fail(KVM_SET_USER_MEMORY_REGION, refusals[i].error, "");
		assert_null(libvioapic_create_by(DEVICE_FD, VM_FD, &config, reason));
		assert_int_equal(errno, refusals[i].error);
		assert_memory_equal(reason, slot, strlen(slot));
		assert_string_equal(reason + strlen(slot), refusals[i].why);
		assert_string_equal(calls, "create 100; mmap 101; slot 5 4096; munmap; "
					   "destroy 101; close 101; ");
		assert_null(libvioapic_create_by(DEVICE_FD, VM_FD, &config, NULL));
		assert_int_equal(errno, refusals[i].error);
	}
}

static void versions_are_in_order(void **state)
{
	(void)state;
	assert_int_equal(libvioapic_version(), LIBVIOAPIC_VERSION);
	assert_int_equal(LIBVIOAPIC_VERSION_NUMBER(1, 2, 3), 0x010203);
	assert_int_equal(LIBVIOAPIC_VERSION >> 16, LIBVIOAPIC_VERSION_MAJOR);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(creation_asks_for_what_it_was_asked),
		TEST(a_config_of_zeros_but_for_the_slot_is_an_ich),
		TEST(slot_0_is_one_and_eoi_exits_are_as_the_kernel_says),
		TEST(a_chip_without_end_stays_one),
		TEST(a_device_that_was_handed_in_is_used_and_not_closed),
		TEST(what_is_no_device_is_said_to_be_none),
		TEST(a_reserved_field_is_refused),
		TEST(without_memory_nothing_is_begun),
		TEST(only_a_device_that_is_not_there_has_another_instead),
		TEST(a_query_creates_nothing),
		TEST(the_kernels_sentence_is_handed_on),
		TEST(a_page_that_cannot_be_mapped_takes_all_back),
		TEST(a_slot_that_is_refused_takes_all_back_and_is_named),
		TEST(versions_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
