// SPDX-License-Identifier: GPL-2.0
/*
 * rounds NAME NUMBER: so many rounds of takeover, by each hook in turn, and
 * release, with some time for interrupts in either state; in every tenth the
 * shadow is compared with the hardware.  Not by the vioapic command: in an
 * emulated machine most of the time would go into starting that.
 *
 * rounds NAME NUMBER FILE: no time is given.  FILE, by which each CPU reads the page
 * (vioapic_probe's touch), is read right before and after each takeover: do all reads
 * trap?  In between there is no other process, which would flush TLBs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/vioapic.h>

#define TIME_US	20000

static void __attribute__((noreturn)) fail(int round, const char *what, const char *reason)
{
	printf("round %d: %s: %s: %s\n", round, what, strerror(errno), reason);
	exit(1);
}

static void compare(int fd, const char *name, int round)
{
	struct vioapic_check c = { 0 };

	strncpy(c.name, name, sizeof(c.name) - 1);
	if (ioctl(fd, VIOAPIC_IOC_CHECK, &c))
		fail(round, "check", c.reason);
	if (!c.registers || c.differences) {
		printf("round %d: of %u registers %u differ: %#x is %#x here, %#x in hardware\n",
		       round, c.registers, c.differences, c.diff[0].index, c.diff[0].shadow,
		       c.diff[0].hardware);
		exit(1);
	}
}

/* How many CPUs have read the page, or -1 */
static int touch(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	char text[16] = "";
	ssize_t len = read(fd, text, sizeof(text) - 1);

	close(fd);
	return len > 0 ? atoi(text) : -1;
}

static unsigned long long reads(int fd, const char *name, int round)
{
	struct vioapic_stats s = { 0 };

	strncpy(s.name, name, sizeof(s.name) - 1);
	if (ioctl(fd, VIOAPIC_IOC_STATS, &s))
		fail(round, "stats", name);
	return s.counter[VIOAPIC_CNT_READS];
}

static void check_reads(int fd, const char *name, const char *file, int round)
{
	unsigned long long before = reads(fd, name, round);
	int count = touch(file), trapped = reads(fd, name, round) - before;

	if (count > 0 && trapped == count)
		return;
	printf("round %d: %d CPUs have read, %d reads were trapped\n", round, count, trapped);
	exit(1);
}

int main(int argc, char **argv)
{
	int fd = open("/dev/vioapic", O_RDWR | O_CLOEXEC);
	const char *file = argc == 4 ? argv[3] : NULL;
	int rounds = argc == 3 || file ? atoi(argv[2]) : 0;

	if (fd < 0 || rounds <= 0) {
		fprintf(stderr,
			"rounds: no /dev/vioapic, or not called as rounds NAME NUMBER [FILE]\n");
		return 2;
	}
	for (int i = 0; i < rounds; i++) {
		struct vioapic_takeover t = {
			.hook = i % 2 ? VIOAPIC_HOOK_FIXUP : VIOAPIC_HOOK_OOPS,
		};
		struct vioapic_release r = { 0 };

		strncpy(t.name, argv[1], sizeof(t.name) - 1);
		strncpy(r.name, argv[1], sizeof(r.name) - 1);
		if (file)
			touch(file);
		if (ioctl(fd, VIOAPIC_IOC_TAKEOVER, &t))
			fail(i, "takeover", t.reason);
		if (file)
			check_reads(fd, argv[1], file, i);
		else
			usleep(TIME_US);
		if (i % 10 == 0)
			compare(fd, argv[1], i);
		if (ioctl(fd, VIOAPIC_IOC_RELEASE, &r))
			fail(i, "release", r.reason);
		if (!file)
			usleep(TIME_US);
	}
	return 0;
}
