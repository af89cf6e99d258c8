// SPDX-License-Identifier: GPL-2.0
/*
 * Prints this machine's TSC rate in kHz, which is also that of a CPU emulated here. A microvm has
 * nothing but the PIT to measure it by, and on a busy host that goes wrong and the boot hangs.
 */
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(void)
{
	long long ns = now_ns();
	unsigned long long tsc = __rdtsc();

	while (now_ns() - ns < 20000000)
		;
	printf("%.0f\n", (double)(__rdtsc() - tsc) * 1000000 / (now_ns() - ns));
}
