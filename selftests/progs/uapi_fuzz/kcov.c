// SPDX-License-Identifier: GPL-2.0
/* Which code was reached, where the kernel and modules have KCOV: /tmp/kcov */
#include "fuzz.h"

#define KCOV_INIT_TRACE	_IOR('c', 1, unsigned long)
#define KCOV_ENABLE	_IO('c', 100)
#define KCOV_DISABLE	_IO('c', 101)
#define KCOV_TRACE_PC	0
#define COVER		65536	/* of one call */
#define REACHED		32768

static uint64_t *cover;
static int kcov = -1;
/* A hash table of all that were reached */
static uint64_t reached[REACHED];
static unsigned long reached_count;

void fuzz_kcov_begin(void)
{
	kcov = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (kcov < 0)
		return;
	if (!ioctl(kcov, KCOV_INIT_TRACE, COVER)) {
		cover = mmap(NULL, COVER * sizeof(*cover), PROT_READ | PROT_WRITE, MAP_SHARED,
			     kcov, 0);
		if (cover != MAP_FAILED && !ioctl(kcov, KCOV_ENABLE, KCOV_TRACE_PC))
			return;
	}
	cover = NULL;
}

void fuzz_kcov_take(void)
{
	uint64_t i, n;

	if (!cover)
		return;
	n = __atomic_load_n(&cover[0], __ATOMIC_RELAXED);
	for (i = 0; i < n; i++) {
		uint64_t pc = cover[i + 1];
		unsigned int at = pc * 0x9e3779b97f4a7c15ULL >> 49;

		while (reached[at] && reached[at] != pc)
			at = (at + 1) % REACHED;
		if (!reached[at] && reached_count < REACHED / 2) {
			reached[at] = pc;
			reached_count++;
		}
	}
	__atomic_store_n(&cover[0], 0, __ATOMIC_RELAXED);
}

void fuzz_kcov_end(void)
{
	FILE *file;
	unsigned int i;

	if (!cover)
		return;
	ioctl(kcov, KCOV_DISABLE, 0);
	file = fopen("/tmp/kcov", "a");
	if (!file)
		return;
	for (i = 0; i < REACHED; i++)
		if (reached[i])
			fprintf(file, "%016lx\n", (unsigned long)reached[i]);
	fclose(file);
	printf("# kcov: %lu places in modules were reached\n", reached_count);
}
