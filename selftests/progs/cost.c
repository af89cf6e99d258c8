// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions of a minor fault, of a write() of a bad pointer, of a switch from one
 * process to another and back, and of a million system calls, the least of many: under
 * -icount the TSC counts instructions.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#define ROUNDS 2000
#define SWITCHES 300
#define PAIRS 40
#define BATCH 1000
#define MILLION 1000000

static uint64_t now(void)
{
	unsigned int cpu;

	return __rdtscp(&cpu);
}

static uint64_t minor_fault(void)
{
	uint64_t best = UINT64_MAX;
	volatile char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		exit(1);
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t start, t;

		madvise((void *)page, 4096, MADV_DONTNEED);
		start = now();
		*page = 1;
		t = now() - start;
		if (t < best)
			best = t;
	}
	return best;
}

static uint64_t bad_pointer(void)
{
	uint64_t best = UINT64_MAX;
	int fds[2];

	if (pipe(fds))
		exit(1);
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t start = now(), t;
		ssize_t ret = write(fds[1], (void *)8, 1);

		t = now() - start;
		if (ret != -1 || errno != EFAULT)
			exit(1);
		if (t < best)
			best = t;
	}
	return best;
}

static void pass(int from, int to)
{
	char c = 0;

	if ((from >= 0 && read(from, &c, 1) != 1) || (to >= 0 && write(to, &c, 1) != 1))
		_exit(1);
}

/* A byte goes to another process and comes back: two switches, on one CPU */
static uint64_t there_and_back_of(uint64_t best)
{
	int to[2], from[2], i;
	pid_t pid;

	if (pipe(to) || pipe(from))
		exit(1);
	pid = fork();
	if (pid < 0)
		exit(1);
	for (i = 0; i < SWITCHES && !pid; i++)
		pass(to[0], from[1]);
	if (!pid)
		_exit(0);
	for (i = 0; i < SWITCHES; i++) {
		uint64_t start = now(), t;

		pass(-1, to[1]);
		pass(from[0], -1);
		t = now() - start;
		if (t < best)
			best = t;
	}
	waitpid(pid, NULL, 0);
	for (i = 0; i < 2; i++) {
		close(to[i]);
		close(from[i]);
	}
	return best;
}

/* Not all pairs are as fast: one can be 2% slower than another, for as long as it lives */
static uint64_t there_and_back(void)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < PAIRS; i++)
		best = there_and_back_of(best);
	return best;
}

static uint64_t million_calls(void)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < MILLION / BATCH; i++) {
		uint64_t start = now(), t;

		for (int j = 0; j < BATCH; j++)
			syscall(SYS_getppid);
		t = now() - start;
		if (t < best)
			best = t;
	}
	return best * (MILLION / BATCH);
}

int main(void)
{
	printf("minor %lu efault %lu", minor_fault(), bad_pointer());
	fflush(stdout);
	printf(" switch %lu calls %lu\n", there_and_back(), million_calls());
	return 0;
}
