// SPDX-License-Identifier: GPL-2.0
/*
 * rounds NAME NUMBER: so many rounds of takeover, by each hook in turn, and
 * release, with some time for interrupts in either state; in every tenth the
 * shadow is compared with the hardware.  Not by the vioapic command: in an
 * emulated machine most of the time would go into starting that.
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

int main(int argc, char **argv)
{
	int fd = open("/dev/vioapic", O_RDWR | O_CLOEXEC);
	int rounds = argc == 3 ? atoi(argv[2]) : 0;

	if (fd < 0 || rounds <= 0) {
		fprintf(stderr, "rounds: no /dev/vioapic, or not called as rounds NAME NUMBER\n");
		return 2;
	}
	for (int i = 0; i < rounds; i++) {
		struct vioapic_takeover t = {
			.hook = i % 2 ? VIOAPIC_HOOK_FIXUP : VIOAPIC_HOOK_OOPS,
		};
		struct vioapic_release r = { 0 };

		strncpy(t.name, argv[1], sizeof(t.name) - 1);
		strncpy(r.name, argv[1], sizeof(r.name) - 1);
		if (ioctl(fd, VIOAPIC_IOC_TAKEOVER, &t))
			fail(i, "takeover", t.reason);
		usleep(TIME_US);
		if (i % 10 == 0)
			compare(fd, argv[1], i);
		if (ioctl(fd, VIOAPIC_IOC_RELEASE, &r))
			fail(i, "release", r.reason);
		usleep(TIME_US);
	}
	return 0;
}
