// SPDX-License-Identifier: GPL-2.0
/*
 * What a hostile or broken program may ask of /dev/vioapic and /dev/vioapic_kvm, and what it gets:
 * a line "STATUS SENTENCE" for each, STATUS 0 if it was the errno that it ought
 * to be.  The I/O APICs are released, and nothing here changes that.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/vioapic.h>
#include <linux/vioapic_kvm.h>

static int fd;

static void say(int wrong, const char *what)
{
	printf("%d %s\n", !!wrong, what);
}

/* An ioctl that has to fail with this errno. */
static void expect(int error, unsigned long cmd, void *arg, const char *what)
{
	int result;

	errno = 0;
	result = ioctl(fd, cmd, arg);
	if (result != -1 || errno != error)
		printf("# got %d, errno %d (%s), wanted %d (%s)\n", result, errno,
		       strerror(errno), error, strerror(error));
	say(result != -1 || errno != error, what);
}

/* The kernel's sentence: there, terminated, one line. */
static int reason_bad(const char *reason)
{
	return !*reason || !memchr(reason, '\0', VIOAPIC_REASON_LEN) || strchr(reason, '\n');
}

static void bad_takeovers(void)
{
	struct vioapic_takeover t = { .name = "ioapic0", .hook = 99 };

	expect(EINVAL, VIOAPIC_IOC_TAKEOVER, &t, "takeover with hook 99: EINVAL");
	say(reason_bad(t.reason), "and a sentence says why");

	t = (struct vioapic_takeover){ .name = "ioapic0", .backend = 99 };
	expect(EINVAL, VIOAPIC_IOC_TAKEOVER, &t, "takeover with backend 99: EINVAL");
	t = (struct vioapic_takeover){ .name = "ioapic0", .hook = UINT32_MAX,
				       .backend = UINT32_MAX };
	expect(EINVAL, VIOAPIC_IOC_TAKEOVER, &t, "takeover with hook and backend -1: EINVAL");
	t = (struct vioapic_takeover){ .name = "ioapic0", .reserved = { 1 } };
	expect(EINVAL, VIOAPIC_IOC_TAKEOVER, &t,
	       "takeover with a reserved field that is not zero: EINVAL");
	t = (struct vioapic_takeover){ .name = "ioapic0", .reserved = { 0, 1u << 31 } };
	expect(EINVAL, VIOAPIC_IOC_TAKEOVER, &t, "the same in the last reserved bit: EINVAL");
	t = (struct vioapic_takeover){ .name = "ioapic0", .backend = VIOAPIC_BACKEND_XEN };
	expect(EOPNOTSUPP, VIOAPIC_IOC_TAKEOVER, &t,
	       "takeover with backend xen on bare metal: EOPNOTSUPP");
	say(reason_bad(t.reason), "and a sentence says why");

	memset(&t, 'A', sizeof(t));
	expect(EINVAL, VIOAPIC_IOC_TAKEOVER, &t, "takeover of a name without end: EINVAL");
	say(reason_bad(t.reason), "and its reason is the kernel's, not what we had left there");
	t = (struct vioapic_takeover){ .name = "" };
	expect(ENOENT, VIOAPIC_IOC_TAKEOVER, &t, "takeover of no name: ENOENT");
	t = (struct vioapic_takeover){ .name = "ioapic00" };
	expect(ENOENT, VIOAPIC_IOC_TAKEOVER, &t, "takeover of a name that is nearly one: ENOENT");
	t = (struct vioapic_takeover){ .name = "ioapic%s%n%s\n" };
	expect(ENOENT, VIOAPIC_IOC_TAKEOVER, &t, "takeover of a format string: ENOENT");
}

static void bad_others(void)
{
	static struct vioapic_release r;
	static struct vioapic_table table;
	static struct vioapic_check check;
	static struct vioapic_stats stats;
	static struct vioapic_snapshot snapshot;
	static struct vioapic_info info;

	strcpy(r.name, "ioapic0");
	expect(EALREADY, VIOAPIC_IOC_RELEASE, &r, "release of what is not taken over: EALREADY");
	r.reserved[1] = 1;
	expect(EINVAL, VIOAPIC_IOC_RELEASE, &r, "release with a reserved field: EINVAL");
	memset(&r, 'A', sizeof(r));
	expect(EINVAL, VIOAPIC_IOC_RELEASE, &r, "release of a name without end: EINVAL");

	strcpy(check.name, "ioapic0");
	expect(ENODATA, VIOAPIC_IOC_CHECK, &check, "check of what is not taken over: ENODATA");
	check.reserved[0] = 1;
	expect(EINVAL, VIOAPIC_IOC_CHECK, &check, "check with a reserved field: EINVAL");
	memset(&check, 0xff, sizeof(check));
	expect(EINVAL, VIOAPIC_IOC_CHECK, &check, "check of a name without end: EINVAL");

	memset(&table, 0xff, sizeof(table));
	expect(EINVAL, VIOAPIC_IOC_TABLE, &table, "table of a name without end: EINVAL");
	memset(table.name, 0, sizeof(table.name));
	expect(ENOENT, VIOAPIC_IOC_TABLE, &table, "table of no name: ENOENT");
	strcpy(table.name, "ioapic0");
	expect(EINVAL, VIOAPIC_IOC_TABLE, &table, "table with a reserved field: EINVAL");

	memset(&stats, 0xff, sizeof(stats));
	expect(EINVAL, VIOAPIC_IOC_STATS, &stats, "stats of a name without end: EINVAL");
	memset(stats.name, 0, sizeof(stats.name));
	strcpy(stats.name, "nobody");
	expect(ENOENT, VIOAPIC_IOC_STATS, &stats, "stats of an unknown name: ENOENT");
	strcpy(stats.name, "ioapic0");
	expect(EINVAL, VIOAPIC_IOC_STATS, &stats, "stats with a reserved field: EINVAL");

	memset(&snapshot.state, 0xa5, sizeof(snapshot.state));
	strcpy(snapshot.name, "ioapic0");
	expect(ENODATA, VIOAPIC_IOC_SAVE, &snapshot, "save of what is not taken over: ENODATA");
	say(reason_bad(snapshot.reason), "and a sentence says why");
	say(snapshot.state.magic != 0xa5a5a5a5, "and nothing was written down");
	expect(ENODATA, VIOAPIC_IOC_RESTORE, &snapshot,
	       "restore of what is not taken over: ENODATA");
	say(reason_bad(snapshot.reason), "and a sentence says why");
	snapshot.reserved[0] = 1;
	expect(EINVAL, VIOAPIC_IOC_SAVE, &snapshot, "save with a reserved field: EINVAL");
	expect(EINVAL, VIOAPIC_IOC_RESTORE, &snapshot, "restore with a reserved field: EINVAL");
	snapshot.reserved[0] = 0;
	snapshot.reserved[1] = 1u << 31;
	expect(EINVAL, VIOAPIC_IOC_SAVE, &snapshot,
	       "save with the last reserved bit set: EINVAL");
	expect(EINVAL, VIOAPIC_IOC_RESTORE, &snapshot,
	       "restore with the last reserved bit set: EINVAL");
	memset(&snapshot, 0xff, sizeof(snapshot));
	expect(EINVAL, VIOAPIC_IOC_SAVE, &snapshot, "save of a name without end: EINVAL");
	expect(EINVAL, VIOAPIC_IOC_RESTORE, &snapshot, "restore of a name without end: EINVAL");
	strcpy(snapshot.name, "nobody");
	expect(ENOENT, VIOAPIC_IOC_SAVE, &snapshot, "save of an unknown name: ENOENT");
	expect(ENOENT, VIOAPIC_IOC_RESTORE, &snapshot, "restore of an unknown name: ENOENT");

	info = (struct vioapic_info){ .index = UINT32_MAX };
	expect(ENOENT, VIOAPIC_IOC_INFO, &info, "info past the end: ENOENT");
	info = (struct vioapic_info){ .name = "nobody" };
	expect(ENOENT, VIOAPIC_IOC_INFO, &info, "info of an unknown name: ENOENT");
	info = (struct vioapic_info){ .reserved = 1 };
	expect(EINVAL, VIOAPIC_IOC_INFO, &info, "info with a reserved field: EINVAL");
	info = (struct vioapic_info){ .pad = 1 };
	expect(EINVAL, VIOAPIC_IOC_INFO, &info, "info with padding that is not zero: EINVAL");
	memset(info.name, 'A', sizeof(info.name));
	info.pad = 0;
	expect(EINVAL, VIOAPIC_IOC_INFO, &info, "info of a name without end: EINVAL");
}

static void bad_creates(void)
{
	static const char *const names[] = { "", ".", "..", "a/b", "/" };
	const struct vioapic_sim_create good = { .name = "bad", .gsi_base = -1, .id = -1 };
	struct vioapic_sim_create c;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char what[64];

		c = good;
		memset(c.name, 0, sizeof(c.name));
		strcpy(c.name, names[i]);
		snprintf(what, sizeof(what), "create with the name \"%s\": EINVAL", names[i]);
		expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, what);
	}
	say(reason_bad(c.reason), "and a sentence says why");
	c = good;
	memset(c.name, 'A', sizeof(c.name));
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create with a name without end: EINVAL");
	c = good;
	memset(c.chip, 'A', sizeof(c.chip));
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create with a chip without end: EINVAL");
	c = good;
	strcpy(c.chip, "%s%n");
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create with a format string as chip: EINVAL");
	c = good;
	c.gsi_base = -2;
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create with GSI base -2: EINVAL");
	c.gsi_base = 1LL << 32;
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create with a GSI base of 33 bits: EINVAL");
	c.gsi_base = INT32_MAX;
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create whose last GSI has 32 bits: EINVAL");
	c.gsi_base = 0;
	expect(EEXIST, VIOAPIC_IOC_SIM_CREATE, &c, "create with the GSIs of ioapic0: EEXIST");
	c = good;
	c.id = -2;
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create with ID -2: EINVAL");
	c.id = 256;
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create with ID 256: EINVAL");
	c.id = 16;
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create of an ich with ID 16: EINVAL");
	c = good;
	c.pins = 241;
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create with 241 pins: EINVAL");
	c.pins = UINT32_MAX;
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create with pins -1: EINVAL");
	c = good;
	c.hook = 3;
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create with hook 3: EINVAL");
	c = good;
	c.allow = 1 << 7;
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create that allows ExtINT: EINVAL");
	c = good;
	c.reserved[4] = 1;
	expect(EINVAL, VIOAPIC_IOC_SIM_CREATE, &c, "create with a reserved field: EINVAL");
	say(reason_bad(c.reason), "and a sentence says why");
	c = good;
	strcpy(c.name, "ioapic0");
	expect(EEXIST, VIOAPIC_IOC_SIM_CREATE, &c, "create with the name of another: EEXIST");
}

/* What a simulated one takes is asked of what is none. */
static void bad_sims(void)
{
	struct vioapic_sim_destroy d = { .name = "ioapic0" };
	struct vioapic_sim_line l = { .name = "ioapic0" };
	struct vioapic_sim_eventfd e = { .name = "ioapic0", .fd = -1 };

	expect(ENOENT, VIOAPIC_IOC_SIM_DESTROY, &d, "destroy of ioapic0: ENOENT");
	say(reason_bad(d.reason), "and a sentence says why");
	d.reserved[0] = 1;
	expect(EINVAL, VIOAPIC_IOC_SIM_DESTROY, &d, "destroy with a reserved field: EINVAL");
	memset(&d, 0, sizeof(d));
	expect(ENOENT, VIOAPIC_IOC_SIM_DESTROY, &d, "destroy of no name: ENOENT");
	strcpy(d.name, "../..");
	expect(ENOENT, VIOAPIC_IOC_SIM_DESTROY, &d, "destroy of a path: ENOENT");
	memset(&d, 'A', sizeof(d));
	expect(EINVAL, VIOAPIC_IOC_SIM_DESTROY, &d, "destroy of a name without end: EINVAL");

	expect(EINVAL, VIOAPIC_IOC_SIM_LINE, &l, "a line of ioapic0: EINVAL");
	say(reason_bad(l.reason), "and a sentence says why");
	strcpy(l.name, "nobody");
	expect(ENOENT, VIOAPIC_IOC_SIM_LINE, &l, "a line of nobody: ENOENT");
	memset(&l, 'A', sizeof(l));
	expect(EINVAL, VIOAPIC_IOC_SIM_LINE, &l, "a line of a name without end: EINVAL");

	expect(EINVAL, VIOAPIC_IOC_SIM_EVENTFD, &e, "an eventfd for ioapic0: EINVAL");
	say(reason_bad(e.reason), "and a sentence says why");
	strcpy(e.name, "nobody");
	expect(ENOENT, VIOAPIC_IOC_SIM_EVENTFD, &e, "an eventfd for nobody: ENOENT");
	e.flags = 1u << 31;
	expect(EINVAL, VIOAPIC_IOC_SIM_EVENTFD, &e, "an eventfd with a flag that is none: EINVAL");
	e.flags = 0;
	e.reserved[0] = 1;
	expect(EINVAL, VIOAPIC_IOC_SIM_EVENTFD, &e, "an eventfd with a reserved field: EINVAL");
	memset(&e, 'A', sizeof(e));
	expect(EINVAL, VIOAPIC_IOC_SIM_EVENTFD, &e, "an eventfd for a name without end: EINVAL");
}

static void bad_numbers(void)
{
	static char room[1 << 14];

	expect(ENOTTY, _IOWR(VIOAPIC_IOC_MAGIC, 0x40, struct vioapic_info), room,
	       "a number past the last: ENOTTY");
	expect(ENOTTY, _IOWR(VIOAPIC_IOC_MAGIC, 0xff, struct vioapic_info), room,
	       "number 255: ENOTTY");
	expect(ENOTTY, _IOWR('v', 0x00, struct vioapic_info), room, "another magic: ENOTTY");
	expect(ENOTTY, _IO(VIOAPIC_IOC_MAGIC, 0x01), room, "takeover without a size: ENOTTY");
	expect(ENOTTY, _IOC(_IOC_READ | _IOC_WRITE, VIOAPIC_IOC_MAGIC, 0x01,
			    sizeof(struct vioapic_takeover) - 1),
	       room, "takeover of a byte less: ENOTTY");
	expect(ENOTTY, _IOC(_IOC_READ | _IOC_WRITE, VIOAPIC_IOC_MAGIC, 0x01, _IOC_SIZEMASK), room,
	       "takeover of the largest size: ENOTTY");
	expect(ENOTTY, _IOC(_IOC_READ | _IOC_WRITE, VIOAPIC_IOC_MAGIC, 0x07,
			    sizeof(struct vioapic_state)),
	       room, "restore of a state alone: ENOTTY");
	expect(ENOTTY, _IOR(VIOAPIC_IOC_MAGIC, 0x01, struct vioapic_takeover), room,
	       "takeover of another direction: ENOTTY");
	expect(ENOTTY, 0, room, "ioctl 0: ENOTTY");
	expect(ENOTTY, 0xffffffff, room, "ioctl -1: ENOTTY");
}

static void bad_pointers(void)
{
	const size_t page = 4096;
	struct vioapic_release *readonly;
	char *edge = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			  0);
	size_t i;
	static const unsigned long all[] = {
		VIOAPIC_IOC_INFO, VIOAPIC_IOC_TAKEOVER, VIOAPIC_IOC_RELEASE,
		VIOAPIC_IOC_TABLE, VIOAPIC_IOC_CHECK, VIOAPIC_IOC_STATS,
		VIOAPIC_IOC_SAVE, VIOAPIC_IOC_RESTORE, VIOAPIC_IOC_SIM_CREATE,
		VIOAPIC_IOC_SIM_DESTROY, VIOAPIC_IOC_SIM_LINE, VIOAPIC_IOC_SIM_EVENTFD,
	};

	if (edge == MAP_FAILED)
		exit(1);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char what[64];

		snprintf(what, sizeof(what), "ioctl %zu of NULL: EFAULT", i);
		expect(EFAULT, all[i], NULL, what);
		snprintf(what, sizeof(what), "ioctl %zu of a kernel address: EFAULT", i);
		expect(EFAULT, all[i], (void *)0xffffffff81000000ul, what);
		snprintf(what, sizeof(what), "ioctl %zu of an address that is none: EFAULT", i);
		expect(EFAULT, all[i], (void *)0x8000000000000000ul, what);
	}
	munmap(edge + page, page);
	strcpy(edge + page - 16, "ioapic0");
	expect(EFAULT, VIOAPIC_IOC_TAKEOVER, edge + page - 16,
	       "takeover across the end of what is mapped: EFAULT");

	readonly = (void *)edge;
	memset(edge, 0, page);
	strcpy(readonly->name, "nobody");
	mprotect(edge, page, PROT_READ);
	expect(ENOENT, VIOAPIC_IOC_RELEASE, edge,
	       "a refusal that cannot be written back keeps its errno");
	mprotect(edge, page, PROT_READ | PROT_WRITE);
	strcpy(readonly->name, "ioapic0");
	mprotect(edge, page, PROT_READ);
	expect(EFAULT, VIOAPIC_IOC_STATS, edge, "an answer that cannot be written back: EFAULT");
}

/* Whatever a struct held before, of it nothing comes back where the kernel has nothing to say. */
static void no_leak(void)
{
	struct vioapic_info info = { 0 };
	struct vioapic_table *table = calloc(1, sizeof(*table));
	struct vioapic_stats stats = { .name = "ioapic0" };
	unsigned int i, dirty = 0;

	say(ioctl(fd, VIOAPIC_IOC_INFO, &info) || strcmp(info.name, "ioapic0"),
	    "the first I/O APIC is ioapic0");
	memset(table->rte, 0xa5, sizeof(table->rte));
	table->pad = 0xa5a5a5a5;
	strcpy(table->name, "ioapic0");
	say(ioctl(fd, VIOAPIC_IOC_TABLE, table) || table->pins != info.pins,
	    "its table has as many pins as it has");
	for (i = 0; i < VIOAPIC_PINS_MAX; i++)
		if (i < info.pins)
			dirty += table->rte[i] == 0xa5a5a5a5a5a5a5a5ul;
		else
			dirty += table->rte[i] != 0 && table->rte[i] != 0xa5a5a5a5a5a5a5a5ul;
	say(dirty,
	    "the table's entries are the kernel's, and past the last pin there is nothing of it");
	memset(stats.counter, 0xa5, sizeof(stats.counter));
	say(ioctl(fd, VIOAPIC_IOC_STATS, &stats), "it has counters");
	for (i = VIOAPIC_CNT_NR, dirty = 0; i < 32; i++)
		dirty += stats.counter[i] != 0;
	say(dirty, "counters that there are not are zero");
	free(table);
}

/* What VMMs may ask, on either device */
static void bad_vmms(const char *device)
{
	static struct vioapic_kvm_query q;
	static struct vioapic_kvm_create c;
	char what[96];

	snprintf(what, sizeof(what), "%s: a query without vioapic_kvm.ko: EOPNOTSUPP", device);
	memset(&q, 0xa5, sizeof(q));
	memset(q.reserved, 0, sizeof(q.reserved));
	expect(EOPNOTSUPP, VIOAPIC_KVM_QUERY, &q, what);
	say(reason_bad(q.reason), "and a sentence says why");
	say(q.version != 0xa5a5a5a5 || q.features != 0xa5a5a5a5 || q.pins != 0xa5a5a5a5 ||
	    q.chips[0] != (char)0xa5, "and nothing was answered");
	q.reserved[12] = 1u << 31;
	snprintf(what, sizeof(what), "%s: a query with a reserved field: EINVAL", device);
	expect(EINVAL, VIOAPIC_KVM_QUERY, &q, what);
	say(reason_bad(q.reason), "and a sentence says why");
	snprintf(what, sizeof(what), "%s: a query of NULL: EFAULT", device);
	expect(EFAULT, VIOAPIC_KVM_QUERY, NULL, what);
	snprintf(what, sizeof(what), "%s: a query of a kernel address: EFAULT", device);
	expect(EFAULT, VIOAPIC_KVM_QUERY, (void *)0xffffffff81000000ul, what);
	snprintf(what, sizeof(what), "%s: create without vioapic_kvm.ko: EOPNOTSUPP", device);
	expect(EOPNOTSUPP, VIOAPIC_KVM_CREATE, &c, what);
	say(reason_bad(c.reason), "and a sentence says why");
	snprintf(what, sizeof(what), "%s: create of NULL: EFAULT", device);
	expect(EFAULT, VIOAPIC_KVM_CREATE, NULL, what);
	snprintf(what, sizeof(what), "%s: what is for an I/O APIC of a guest's: ENOTTY", device);
	expect(ENOTTY, VIOAPIC_KVM_RESET, NULL, what);
}

/* Of /dev/vioapic_kvm, not of the administrator's */
static void only_vmms(void)
{
	static char room[1 << 14];
	static const unsigned long all[] = {
		VIOAPIC_IOC_INFO, VIOAPIC_IOC_TAKEOVER, VIOAPIC_IOC_RELEASE,
		VIOAPIC_IOC_TABLE, VIOAPIC_IOC_CHECK, VIOAPIC_IOC_STATS,
		VIOAPIC_IOC_SAVE, VIOAPIC_IOC_RESTORE, VIOAPIC_IOC_SIM_CREATE,
		VIOAPIC_IOC_SIM_DESTROY, VIOAPIC_IOC_SIM_LINE, VIOAPIC_IOC_SIM_EVENTFD,
		VIOAPIC_IOC_SIM_FAULT, VIOAPIC_KVM_VM, VIOAPIC_KVM_ATTACH, VIOAPIC_KVM_DETACH,
	};
	char what[64];
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(what, sizeof(what), "/dev/vioapic_kvm: ioctl %#lx: ENOTTY", all[i]);
		expect(ENOTTY, all[i], room, what);
	}
}

static void vmms(void)
{
	const int administrator = fd;

	bad_vmms("/dev/vioapic");
	fd = open("/dev/vioapic_kvm", O_RDWR | O_CLOEXEC);
	say(fd < 0, "there is a /dev/vioapic_kvm");
	bad_vmms("/dev/vioapic_kvm");
	only_vmms();
	close(fd);
	fd = administrator;
}

static void *hammer(void *arg)
{
	struct vioapic_takeover t;
	struct vioapic_release r;
	int i;

	for (i = 0; i < 40; i++) {
		t = (struct vioapic_takeover){ .name = "ioapic0" };
		r = (struct vioapic_release){ .name = "ioapic0" };
		if (ioctl(fd, VIOAPIC_IOC_TAKEOVER, &t) && errno != EALREADY)
			*(int *)arg = errno;
		if (ioctl(fd, VIOAPIC_IOC_RELEASE, &r) && errno != EALREADY)
			*(int *)arg = errno;
	}
	return NULL;
}

/* Two at once: of any two, one wins, and in the end it is released. */
static void race(void)
{
	pthread_t thread[2];
	int error[2] = { 0 }, i;
	struct vioapic_info info = { 0 };

	for (i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, hammer, &error[i]))
			exit(1);
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	say(error[0] || error[1],
	    "takeovers and releases by two threads at once: done, or EALREADY");
	ioctl(fd, VIOAPIC_IOC_INFO, &info);
	say(info.state != VIOAPIC_STATE_RELEASED, "in the end it is released");
}

int main(int argc, char **argv)
{
	fd = open("/dev/vioapic", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror("/dev/vioapic");
		return 1;
	}
	if (argc > 1 && !strcmp(argv[1], "race")) {
		race();
		return 0;
	}
	bad_takeovers();
	bad_others();
	bad_creates();
	bad_sims();
	bad_numbers();
	bad_pointers();
	no_leak();
	vmms();
	return 0;
}
