// SPDX-License-Identifier: GPL-2.0
/*
 * timed FILE TEXT: writes TEXT to FILE and prints what write() took; under
 * -icount the TSC counts instructions.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <x86intrin.h>

int main(int argc, char **argv)
{
	unsigned int cpu;
	uint64_t start;
	ssize_t n;
	int fd;

	fd = argc == 3 ? open(argv[1], O_WRONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return 2;
	start = __rdtscp(&cpu);
	n = write(fd, argv[2], strlen(argv[2]));
	start = __rdtscp(&cpu) - start;
	if (n < 0) {
		perror(argv[1]);
		return 1;
	}
	printf("%lu\n", (unsigned long)start);
	close(fd);
	return 0;
}
