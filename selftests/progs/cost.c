// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions of a minor fault and of a write() of a bad pointer, the least of
 * many: under -icount the TSC counts instructions.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>

#define ROUNDS 2000

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

int main(void)
{
	printf("minor %lu efault %lu\n", minor_fault(), bad_pointer());
	return 0;
}
