// SPDX-License-Identifier: GPL-2.0
/* Simulated I/O APICs by configfs: directories made and removed, files read and written. */
#include <sys/stat.h>
#include "fuzz.h"

#define CONFIGFS	"/sys/kernel/config/vioapic"

static const char *const files[] = {
	"live", "pins", "gsi_base", "id", "chip", "hook", "storm_limit", "allow", "fault", "raise",
	"lower", "pulse", "counters",
};

/* But for the modes of delivery that kill */
static const char *const words[] = {
	"0", "1", "1\n", "2", "23", "24", "240", "241", "-1", "auto", "never", "ich", "generic240",
	"qemu", "oops", "fixup", "none", "", "\n", " ", "4294967295", "4294967296",
	"18446744073709551616", "0x10", "%s%n", "ones", "delay=pin=3", "duplicate=once,usecs=10000",
	"stuck-irr=times=1,probability=50", "drop-eoi=interval=0", "spurious=off", "off",
	"torn-write=pin=300", "delay=usecs=99999999999", ",,,,", "=", "drop-write=seed=1,,",
};

/* Several words, without a blank, or a line without end */
static size_t make_line(char *line, size_t room)
{
	size_t length = 0;
	int n = 1 + (fuzz_below(4) ? 0 : fuzz_below(4));

	if (!fuzz_below(64)) {
		memset(line, "a0,=\n"[fuzz_below(5)], room);
		return room;
	}
	while (n--) {
		const char *word = words[fuzz_below(sizeof(words) / sizeof(*words))];

		length += snprintf(line + length, room - length, "%s", word);
	}
	if (length && !fuzz_below(16))
		line[fuzz_below(length)] = fuzz_random();
	return length;
}

void fuzz_file(void)
{
	static char line[4096];
	char path[128];
	ssize_t result;
	int fd;

	snprintf(path, sizeof(path), CONFIGFS "/fuzz%u", fuzz_below(FUZZ_SIMS));
	switch (fuzz_below(16)) {
	case 0:
		mkdir(path, 0755);
		return;
	case 1:
		rmdir(path);
		return;
	}
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s",
		 files[fuzz_below(3) ? fuzz_below(3) : fuzz_below(sizeof(files) / sizeof(*files))]);
	fd = open(path, (fuzz_below(4) ? O_RDWR : fuzz_below(2) ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
	if (fd < 0)
		fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fuzz_below(4)) {
		result = write(fd, line, make_line(line, sizeof(line)));
		if (result >= 0)
			fuzz.files_done++;
		else
			fuzz.files_refused++;
	} else {
		result = read(fd, line, sizeof(line) - 1);
		if (result > 0) {
			line[result] = '\0';
			if (strstr(line, "ffffffff8") || strstr(line, "ffff8"))
				fuzz_finding(path, "an address of the kernel's", result);
		}
	}
	close(fd);
}

void fuzz_files_end(void)
{
	char path[64];
	unsigned int i;

	for (i = 0; i < FUZZ_SIMS; i++) {
		int fd;

		snprintf(path, sizeof(path), CONFIGFS "/fuzz%u/live", i);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && write(fd, "0", 1) < 0 && errno != ENODEV)
			fuzz_finding(path, "it does not go", errno);
		close(fd);
		snprintf(path, sizeof(path), CONFIGFS "/fuzz%u", i);
		if (rmdir(path) && errno != ENOENT && errno != EPERM)
			fuzz_finding("rmdir", "a directory is left", errno);
	}
}
