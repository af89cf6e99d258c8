// SPDX-License-Identifier: GPL-2.0
/*
 * Who was given a descriptor of /dev/vioapic, which he could not have opened: each of its
 * requests, as nobody.  A line "STATUS SENTENCE" for each, STATUS 0 if it was EPERM and the
 * sentence that came with it has no kernel address in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/vioapic.h>
#include <linux/vioapic_kvm.h>

#define NOBODY	65534

static const struct {
	const char *name;
	unsigned long cmd;
} requests[] = {
	{ "INFO", VIOAPIC_IOC_INFO },
	{ "TAKEOVER", VIOAPIC_IOC_TAKEOVER },
	{ "RELEASE", VIOAPIC_IOC_RELEASE },
	{ "TABLE", VIOAPIC_IOC_TABLE },
	{ "CHECK", VIOAPIC_IOC_CHECK },
	{ "STATS", VIOAPIC_IOC_STATS },
	{ "SAVE", VIOAPIC_IOC_SAVE },
	{ "RESTORE", VIOAPIC_IOC_RESTORE },
	{ "SIM_CREATE", VIOAPIC_IOC_SIM_CREATE },
	{ "SIM_DESTROY", VIOAPIC_IOC_SIM_DESTROY },
	{ "SIM_LINE", VIOAPIC_IOC_SIM_LINE },
	{ "SIM_EVENTFD", VIOAPIC_IOC_SIM_EVENTFD },
	{ "SIM_FAULT", VIOAPIC_IOC_SIM_FAULT },
	{ "KVM_VM", VIOAPIC_KVM_VM },
	{ "KVM_ATTACH", VIOAPIC_KVM_ATTACH },
	{ "KVM_DETACH", VIOAPIC_KVM_DETACH },
};

static char arg[1 << 14];

/* Eight bytes that could be an address of the kernel's half, at any place */
static int tells_address(size_t size)
{
	unsigned long word;
	size_t i;

	for (i = 0; i + sizeof(word) <= size; i++) {
		memcpy(&word, arg + i, sizeof(word));
		if (word >> 47 == 0x1ffff && word + 1)
			return 1;
	}
	/* Nor in words */
	for (i = 0; i + 8 <= size; i++)
		if (!memcmp(arg + i, "ffffffff", 8))
			return 1;
	return 0;
}

int main(void)
{
	int fd = open("/dev/vioapic", O_RDWR), result;
	unsigned int i;

	if (fd < 0) {
		perror("/dev/vioapic");
		return 1;
	}
	if (setgid(NOBODY) || setuid(NOBODY)) {
		perror("setuid");
		return 1;
	}
	for (i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		memset(arg, 0, sizeof(arg));
		memcpy(arg, "ioapic0", 8);
		errno = 0;
		result = ioctl(fd, requests[i].cmd, arg);
		printf("%d nobody's %s of somebody's descriptor: EPERM\n",
		       result != -1 || errno != EPERM, requests[i].name);
		if (result != -1 || errno != EPERM)
			printf("# got %d, %s\n", result, strerror(errno));
		printf("%d and no kernel address comes with it\n",
		       tells_address(_IOC_SIZE(requests[i].cmd)));
	}
	return 0;
}
