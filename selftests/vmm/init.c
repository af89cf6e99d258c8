// SPDX-License-Identifier: GPL-2.0
/*
 * init of the Linux guest: looks at what the kernel has made of its I/O APICs, sends
 * by the serial port on a high pin, then reboots, and the second
 * time ends the test.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "linux_abi.h"

static void __attribute__((noreturn)) end(int verdict, const char *why)
{
	printf("init: %s\n", why);
	fflush(stdout);
	/* The console is slower than this */
	sleep(1);
	outb(verdict, LINUX_PORT_VERDICT);
	for (;;)
		pause();
}

/* The line of /proc/interrupts that @word is in, and the sum of its counts */
static long count_of(const char *word, char *line, int size)
{
	FILE *file = fopen("/proc/interrupts", "r");
	long sum = 0, n;
	char *at, *next;

	while (file && fgets(line, size, file)) {
		if (!strstr(line, word))
			continue;
		at = strchr(line, ':') + 1;
		while (n = strtol(at, &next, 10), next != at) {
			sum += n;
			at = next;
		}
		break;
	}
	if (file)
		fclose(file);
	return sum;
}

static void raw(int fd)
{
	struct termios mode;

	tcgetattr(fd, &mode);
	cfmakeraw(&mode);
	mode.c_cflag |= CLOCAL;
	tcsetattr(fd, TCSANOW, &mode);
}

static void send_lines(void)
{
	int fd = open("/dev/ttyS1", O_RDWR | O_NOCTTY), i;
	char line[32], pin[32], shown[512] = "";
	FILE *to;
	long count;

	if (fd < 0)
		end(1, "there is no ttyS1");
	raw(fd);
	for (i = 0; i < LINUX_LINES; i++) {
		snprintf(line, sizeof(line), LINUX_LINE, i);
		if (write(fd, line, 16) != 16)
			end(1, "ttyS1 does not send");
		tcdrain(fd);
		/* By interrupts on either CPU */
		if (i % 50 == 0) {
			to = fopen("/proc/irq/3/smp_affinity", "w");
			if (!to || fprintf(to, "%x", 1 << i / 50 % 2) < 0 || fclose(to))
				end(1, "the interrupt of ttyS1 cannot be moved");
		}
	}
	/* While it is open, the interrupt has its line */
	snprintf(pin, sizeof(pin), " %d-edge ", LINUX_SERIAL_PIN);
	count = count_of("ttyS1", shown, sizeof(shown));
	printf("init: %s", shown);
	if (!strstr(shown, pin))
		end(1, "ttyS1 is not on its pin");
	/* One that is lost stops the port; a handler that still runs serves the next line, too */
	if (count < LINUX_LINES / 4)
		end(1, "ttyS1 had too few interrupts");
	close(fd);
}

int main(void)
{
	char cmdline[1024] = "";
	FILE *file;

	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	if (iopl(3))
		end(1, "no I/O ports");
	send_lines();
	if (sysconf(_SC_NPROCESSORS_ONLN) != 2)
		end(1, "not both CPUs are online");
	file = fopen("/proc/cmdline", "r");
	if (!file || !fgets(cmdline, sizeof(cmdline), file))
		end(1, "no command line");
	if (strstr(cmdline, "second"))
		end(0, "done");
	printf("init: reboot\n");
	fflush(stdout);
	sleep(1);
	reboot(RB_AUTOBOOT);
	end(1, "no reboot");
}
