// SPDX-License-Identifier: GPL-2.0
/*
 * xen key KEYS..: as if these were pressed on Xen's console
 * xen log:        what is in Xen's console ring
 * xen clear:      nothing is, from now on
 *
 * What Xen's own tools do by libxc, of which the rig has none: sysctl hypercalls by
 * /dev/xen/privcmd.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* xen/include/public/sysctl.h, linux/include/uapi/xen/privcmd.h */
#define HYPERCALL_SYSCTL	35
#define SYSCTL_READCONSOLE	1
#define SYSCTL_DEBUG_KEYS	7

struct sysctl {
	uint32_t cmd;
	uint32_t version;
	union {
		struct {
			uint8_t clear, incremental;
			uint16_t pad;
			uint32_t index;
			uint64_t buffer;
			uint32_t count;
		} readconsole;
		struct {
			uint64_t keys;
			uint32_t count;
		} debug_keys;
		uint8_t pad[128];
	} u;
};

struct hypercall {
	uint64_t op, arg[5];
};

#define IOCTL_HYPERCALL	_IOC(_IOC_NONE, 'P', 0, sizeof(struct hypercall))

/* Xen reads and writes these, so they have to be in memory. */
static struct sysctl sysctl __attribute__((aligned(4096)));
static char buffer[1 << 18] __attribute__((aligned(4096)));

/* Each Xen takes one version of the interface, and says nothing of others. */
static int call(int fd)
{
	struct hypercall hypercall = { HYPERCALL_SYSCTL, { (uintptr_t)&sysctl } };
	struct sysctl asked = sysctl;
	uint32_t version;

	for (version = 0x10; version < 0x40; version++) {
		sysctl = asked;
		sysctl.version = version;
		if (!ioctl(fd, IOCTL_HYPERCALL, &hypercall))
			return 0;
		if (errno != EACCES)
			break;
	}
	fprintf(stderr, "xen: sysctl version %#x: %s\n", version, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	int fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		perror("xen: /dev/xen/privcmd");
		return 1;
	}
	memset(buffer, 0, sizeof(buffer));
	if (mlockall(MCL_CURRENT)) {
		perror("xen: mlockall");
		return 1;
	}
	if (argc == 3 && !strcmp(argv[1], "key")) {
		sysctl.cmd = SYSCTL_DEBUG_KEYS;
		sysctl.u.debug_keys.keys = (uintptr_t)buffer;
		sysctl.u.debug_keys.count = strlen(argv[2]);
		memcpy(buffer, argv[2], strlen(argv[2]));
		return call(fd);
	}
	if (argc == 2 && (!strcmp(argv[1], "log") || !strcmp(argv[1], "clear"))) {
		sysctl.cmd = SYSCTL_READCONSOLE;
		sysctl.u.readconsole.clear = argv[1][0] == 'c';
		sysctl.u.readconsole.buffer = (uintptr_t)buffer;
		sysctl.u.readconsole.count = sizeof(buffer);
		if (call(fd))
			return 1;
		if (argv[1][0] == 'l')
			fwrite(buffer, 1, sysctl.u.readconsole.count, stdout);
		return 0;
	}
	fprintf(stderr, "usage: xen key KEYS | log | clear\n");
	return 2;
}
