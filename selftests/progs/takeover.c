// SPDX-License-Identifier: GPL-2.0
/*
 * takeover NAME ROUNDS: instructions of a takeover and of a release, the least of so
 * many, by whomever they are executed.  Under -icount a nanosecond is an instruction;
 * while it waits, a process that yields to everything else spins, and what that has
 * had of the one CPU is not counted.
 * takeover NAME: takes it over, by hook fixup, for where the vioapic command is not.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include <linux/vioapic.h>

static clockid_t spinning;

static uint64_t nanoseconds(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		exit(2);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* Time but for what the spinning process has had of it */
static uint64_t now(void)
{
	return nanoseconds(CLOCK_MONOTONIC) - nanoseconds(spinning);
}

static void start_spinning(void)
{
	struct sched_param none = { 0 };
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (sched_setscheduler(0, SCHED_IDLE, &none))
			_exit(1);
		for (;;)
			__asm__ volatile("" ::: "memory");
	}
	if (pid < 0 || clock_getcpuclockid(pid, &spinning))
		exit(2);
	usleep(50000);
}

/* What the call took, if that is less than @best */
static uint64_t least(uint64_t best, int fd, unsigned long call, void *arg, const char *reason)
{
	uint64_t start = now(), t;

	if (ioctl(fd, call, arg)) {
		fprintf(stderr, "takeover: %s\n", reason);
		exit(1);
	}
	t = now() - start;
	return t < best ? t : best;
}

static uint64_t take(uint64_t best, int fd, const char *name, unsigned int hook)
{
	struct vioapic_takeover t = { .hook = hook };

	snprintf(t.name, sizeof(t.name), "%s", name);
	return least(best, fd, VIOAPIC_IOC_TAKEOVER, &t, t.reason);
}

static uint64_t release(uint64_t best, int fd, const char *name)
{
	struct vioapic_release r = { };

	snprintf(r.name, sizeof(r.name), "%s", name);
	return least(best, fd, VIOAPIC_IOC_RELEASE, &r, r.reason);
}

int main(int argc, char **argv)
{
	uint64_t taken = UINT64_MAX, released = UINT64_MAX;
	int fd, i;

	fd = argc == 2 || argc == 3 ? open("/dev/vioapic", O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return 2;
	if (argc == 2) {
		spinning = CLOCK_MONOTONIC;
		take(taken, fd, argv[1], VIOAPIC_HOOK_FIXUP);
		return 0;
	}
	start_spinning();
	for (i = atoi(argv[2]); i > 0; i--) {
		taken = take(taken, fd, argv[1], VIOAPIC_HOOK_OOPS);
		released = release(released, fd, argv[1]);
	}
	printf("takeover %lu release %lu\n", taken, released);
	close(fd);
	return 0;
}
