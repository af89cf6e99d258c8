// SPDX-License-Identifier: GPL-2.0
/*
 * hmp COMMAND..: gives QEMU's monitor a command from inside the VM and prints the answer, e.g.
 * "hmp sendkey a", "hmp info pic". The monitor is at the other end of the VM's fourth
 * serial port. It is polled, so no interrupt is involved.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/io.h>
#include <time.h>

#define PORT	0x2e8	/* COM4: known to the kernel as ttyS3, and left alone */
#define LSR	(PORT + 5)
#define LSR_DR	0x01	/* a byte has come */
#define LSR_THRE 0x20	/* a byte may go */

/* The sum never stands in the echo of the command, so it marks the end of the answer. */
#define END_COMMAND	"print 0x7100+0x12"
#define END_ANSWER	"0x7112"

static int wait_for(int bit, int seconds)
{
	time_t end = time(NULL) + seconds;

	while (!(inb(LSR) & bit))
		if (time(NULL) > end)
			return -1;
	return 0;
}

static int send(const char *text)
{
	for (; *text; text++) {
		if (wait_for(LSR_THRE, 10))
			return -1;
		outb(*text, PORT);
	}
	return 0;
}

/*
 * One line of the monitor's output. Its line editor repaints the whole line for each byte that it
 * gets; to see what stands there, obey cursor-left (ESC [ D) and erase-to-end (ESC [ K).
 */
static int get_line(char *line, size_t size)
{
	size_t pos = 0, len = 0;
	int escape = 0;

	for (;;) {
		unsigned char c;

		if (wait_for(LSR_DR, 30))
			return -1;
		c = inb(PORT);
		if (escape == 1) {
			escape = c == '[' ? 2 : 0;
		} else if (escape == 2) {
			if (c == 'D' && pos)
				pos--;
			else if (c == 'K')
				len = pos;
			escape = 0;
		} else if (c == 033) {
			escape = 1;
		} else if (c == '\n') {
			line[len] = '\0';
			return 0;
		} else if (c != '\r' && pos < size - 1) {
			line[pos++] = c;
			if (pos > len)
				len = pos;
		}
	}
}

int main(int argc, char **argv)
{
	char command[1024] = "", prompt[1100], line[4096];
	int started = 0;

	for (int i = 1; i < argc; i++) {
		strncat(command, i > 1 ? " " : "", sizeof(command) - strlen(command) - 1);
		strncat(command, argv[i], sizeof(command) - strlen(command) - 1);
	}
	if (argc < 2 || strchr(command, '\n')) {
		fputs("usage: hmp COMMAND..\n", stderr);
		return 2;
	}
	flock(open("/run/hmp.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600), LOCK_EX);
	if (ioperm(PORT, 8, 1) || inb(LSR) == 0xff) {
		fputs("hmp: no way to the monitor (not root, or not a VM of tools/vm)\n", stderr);
		return 1;
	}
	snprintf(prompt, sizeof(prompt), "(qemu) %s", command);
	if (send(command) || send("\n" END_COMMAND "\n"))
		goto silent;
	while (!get_line(line, sizeof(line))) {
		if (!strcmp(line, prompt))
			started = 1;
		else if (!strcmp(line, END_ANSWER))
			return 0;
		else if (started && strcmp(line, "(qemu) " END_COMMAND))
			puts(line);
	}
silent:
	fputs("hmp: the monitor does not answer\n", stderr);
	return 1;
}
