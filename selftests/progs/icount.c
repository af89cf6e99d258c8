// SPDX-License-Identifier: GPL-2.0
/*
 * Does the TSC count instructions, as under QEMU's -icount shift=0? Exits with 0 if it
 * does: then a loop always takes the same, of which it has just as many.
 */
#include <stdint.h>
#include <x86intrin.h>

#define ROUNDS	1000
#define PER_LOOP 2	/* see loop() */
#define MORE	16	/* at most, to read the TSC */
#define TRIES	100

static uint64_t loop(void)
{
	uint64_t start = __rdtsc();
	unsigned int n = ROUNDS;

	asm volatile("1: dec %0\n\tjnz 1b" : "+r"(n) : : "cc");
	return __rdtsc() - start;
}

int main(void)
{
	uint64_t first = loop();
	int same = 0;

	/* Now and then an interrupt comes between. */
	for (int i = 0; i < TRIES; i++) {
		uint64_t now = loop();

		if (now < first) {
			first = now;
			same = 0;
		}
		same += now == first;
	}
	return !(same >= TRIES / 2 && first >= ROUNDS * PER_LOOP &&
		 first <= ROUNDS * PER_LOOP + MORE);
}
