// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of the test VM; or, given a file's name, what a Debian's own PID 1 runs the command in
 * it by.
 *
 * Everything that leaves the VM goes through I/O ports that need no interrupt, so that a test's
 * output and verdict arrive even when the I/O APIC under test is broken:
 *	0xe9 the command's stdout, 0xea its stderr, 0xeb the verdict ("exit N"),
 *	0xf4 ends QEMU. (0x2e8 is for hmp.c.)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT_OUT	0xe9
#define PORT_ERR	0xea
#define PORT_VERDICT	0xeb
#define PORT_EXIT	0xf4
#define PORT_CMOS	0x70

#define MODULE		"/lib/vioapic/vioapic.ko"
#define NOLOAD		"/etc/vioapic-noload"
#define RUN		"/etc/vioapic-run"
#define MARKER		"vioapic-rig: loading module\n"
#define RIG_FAILED	125

static void say(int port, const char *text)
{
	outsb(port, text, strlen(text));
}

static void __attribute__((noreturn)) finish(int status)
{
	char line[32];

	snprintf(line, sizeof(line), "exit %d\n", status);
	say(PORT_VERDICT, line);
	outl(0, PORT_EXIT);
	for (;;)
		pause();
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (write(fd, text, strlen(text)) < 0)
			perror(path);
		close(fd);
	}
}

/* All of a file as a string, or NULL. */
static char *read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	char *text = NULL;
	ssize_t n = 1;

	if (fd < 0)
		return NULL;
	// cppcheck-suppress memleakOnRealloc // PID 1 without memory is no more
	while (n > 0 && (text = realloc(text, size + 4096 + 1))) {
		n = read(fd, text + size, 4096);
		size += n > 0 ? n : 0;
		text[size] = '\0';
	}
	close(fd);
	return text;
}

static void mount_all(const char *when)
{
	static const struct {
		const char *when, *type, *dir;
	} mounts[] = {
		{ "early", "devtmpfs", "/dev" },
		{ "early", "devpts", "/dev/pts" },
		{ "early", "proc", "/proc" },
		{ "early", "sysfs", "/sys" },
		{ "early", "tmpfs", "/tmp" },
		{ "early", "tmpfs", "/run" },
		{ "early", "debugfs", "/sys/kernel/debug" },
		{ "early", "tracefs", "/sys/kernel/tracing" },
		{ "late", "configfs", "/sys/kernel/config" },	/* a module at Debian */
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		if (strcmp(mounts[i].when, when))
			continue;
		mkdir(mounts[i].dir, 0755);
		mount(mounts[i].type, mounts[i].dir, mounts[i].type, 0, NULL);
	}
}

/*
 * Load a driver for every device that the kernel has found, until that finds no more devices.
 * Not for the CPU: that would load KVM, which patches kernel text.
 */
static void coldplug(void)
{
	static char *args[1024] = { "modprobe", "-abq", "configfs" };
	size_t found = 0, before;

	do {
		glob_t g = { 0 };
		pid_t pid;

		before = found;
		glob("/sys/bus/{acpi,pci,platform,serio,scsi,usb,virtio}/devices/*/modalias",
		     GLOB_BRACE, NULL, &g);
		glob("/sys/class/input/input*/modalias", GLOB_APPEND, NULL, &g);
		for (found = 0; found < g.gl_pathc && found < 1020; found++) {
			args[3 + found] = read_file(g.gl_pathv[found]) ?: strdup("none");
			args[3 + found][strcspn(args[3 + found], "\n")] = '\0';
		}
		pid = fork();
		if (!pid) {
			execv("/bin/modprobe", args);
			_exit(127);
		}
		waitpid(pid, NULL, 0);
	} while (found > before);
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		ioctl(fd, SIOCSIFFLAGS, &ifr);
		close(fd);
	}
}

/* What the kernel said since the marker tells more than errno does. */
static void say_dmesg_since(const char *marker)
{
	static char buf[1 << 18];
	int n = klogctl(3 /* SYSLOG_ACTION_READ_ALL */, buf, sizeof(buf) - 1);
	char *from = n > 0 ? strstr(buf, marker) : NULL;

	if (from)
		say(PORT_ERR, from + strlen(marker));
}

static void load_module(void)
{
	char *params = read_file("/etc/vioapic-params"), line[256];
	int fd;

	fd = open(MODULE, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return;		/* NOMODULE=1 */

	/* Whoever judges dmesg starts here: the stock kernel's boot has warnings of its own. */
	write_file("/dev/kmsg", "<5>" MARKER);
	if (!access(NOLOAD, F_OK))
		return;
	if (fd < 0 || syscall(SYS_finit_module, fd, params ? params : "", 0)) {
		snprintf(line, sizeof(line), "vioapic.ko does not load: %s; the kernel says:\n",
			 strerror(errno));
		say(PORT_ERR, line);
		say_dmesg_since(MARKER);
		finish(RIG_FAILED);
	}
	close(fd);
}

/* Of the CMOS clock 64 interrupts a second, which the kernel's driver takes and ignores */
static void tick(void)
{
	if (ioperm(PORT_CMOS, 2, 1))
		return;
	outb(0x0a, PORT_CMOS);
	outb(0x2a, PORT_CMOS + 1);
	outb(0x0b, PORT_CMOS);
	outb(inb(PORT_CMOS + 1) | 0x40, PORT_CMOS + 1);
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Copies what is there to a port; false at end of file. */
static int pump(int fd, int port)
{
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		outsb(port, buf, n);
	return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

static int run_command(const char *text)
{
	struct pollfd p[3] = { { .events = POLLIN }, { .events = POLLIN }, { .events = POLLIN } };
	int out[2], err[2], status, result = -1;
	sigset_t chld, old;
	pid_t child, pid;

	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		return RIG_FAILED;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &old);
	p[0].fd = out[0];
	p[1].fd = err[0];
	p[2].fd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);

	child = fork();
	if (!child) {
		setsid();
		sigprocmask(SIG_SETMASK, &old, NULL);
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		execl("/bin/sh", "/bin/sh", "-c", text, NULL);
		dprintf(2, "/bin/sh: %s\n", strerror(errno));
		_exit(127);
	}
	close(out[1]);
	close(err[1]);

	/* Background jobs may hold the pipes open: it ends with the command, after what is left. */
	for (;;) {
		if (poll(p, 3, result < 0 ? -1 : 0) == 0)
			return result;
		for (int i = 0; i < 2; i++)
			if (p[i].revents && !pump(p[i].fd, PORT_OUT + i))
				p[i].fd = -1;
		if (p[2].revents) {
			struct signalfd_siginfo info;

			if (read(p[2].fd, &info, sizeof(info)) < 0)
				continue;
			while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
				if (pid == child)
					result = exit_status(status);
		}
	}
}

static int run_shell(void)
{
	int status;
	pid_t pid, shell = fork();

	if (!shell) {
		int fd;

		setsid();
		fd = open("/dev/ttyS0", O_RDWR);
		ioctl(fd, TIOCSCTTY, 0);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		execl("/bin/sh", "-sh", NULL);
		_exit(127);
	}
	while ((pid = wait(&status)) != shell)
		if (pid < 0)
			return RIG_FAILED;
	return exit_status(status);
}

/* Into the Debian on a disk, if the kernel was told of one: "rig.root=DEVICE" */
static void go_to_root(const char *cmdline)
{
	const char *at = strstr(cmdline, "rig.root=");
	char device[64];

	if (!at || sscanf(at, "rig.root=%63s", device) != 1)
		return;
	execl("/bin/sh", "/bin/sh", "/etc/vioapic-root", device, NULL);
	finish(RIG_FAILED);
}

int main(int argc, char **argv)
{
	char *command, *cmdline;
	int fd;

	if (ioperm(PORT_OUT, 3, 1) || ioperm(PORT_EXIT, 4, 1))
		return RIG_FAILED;
	if (argc > 1 && getpid() != 1) {
		command = read_file(argv[1]);
		setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
		setenv("HOME", "/root", 1);
		finish(command ? run_command(command) : RIG_FAILED);
	}
	mount_all("early");
	/*
	 * The kernel found no /dev/console; nobody below may get 0, 1 or 2 by chance. Not the
	 * console: that would keep the serial port and its interrupt in use.
	 */
	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd < 2);
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/root", 1);
	setenv("TERM", "linux", 1);
	sethostname("vioapic", 7);
	loopback_up();
	coldplug();
	mount_all("late");
	command = read_file(RUN);
	/* From here on the console's log has everything; a shell's console has not. */
	if (command)
		klogctl(8 /* SYSLOG_ACTION_CONSOLE_LEVEL */, NULL, 7);
	cmdline = read_file("/proc/cmdline") ?: "";
	if (strstr(cmdline, "rig.tick"))
		tick();
	go_to_root(cmdline);
	load_module();
	finish(command ? run_command(command) : run_shell());
}
