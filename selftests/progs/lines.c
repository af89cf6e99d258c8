// SPDX-License-Identifier: GPL-2.0
/*
 * lines NAME PIN1 PIN2: drives pins of a simulated I/O APIC by ioctls and
 * eventfds, and counts the messages that it sends; both have an edge interrupt
 * that somebody has requested.  A line "STATUS SENTENCE" for each, STATUS 0 if
 * all is well.
 *
 * lines hold NAME PIN: binds an eventfd and signals it until it is killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/vioapic.h>

#define ROUNDS		100
#define CLOSES		10000

static int fd;
static const char *name;
static unsigned int pin1, pin2;

static void say(int wrong, const char *what)
{
	printf("%d %s\n", !!wrong, what);
}

static int drive(unsigned int pin, unsigned int action)
{
	struct vioapic_sim_line request = { .pin = pin, .action = action };

	strncpy(request.name, name, sizeof(request.name) - 1);
	return ioctl(fd, VIOAPIC_IOC_SIM_LINE, &request) ? errno : 0;
}

static int bind_fd(const char *whose, unsigned int pin, unsigned int action, int event,
		   unsigned int flags)
{
	struct vioapic_sim_eventfd request = {
		.pin = pin, .action = action, .fd = event, .flags = flags,
	};

	strncpy(request.name, whose, sizeof(request.name) - 1);
	if (!ioctl(fd, VIOAPIC_IOC_SIM_EVENTFD, &request))
		return 0;
	/* A refusal always comes with its sentence. */
	return *request.reason ? errno : EPROTO;
}

static int attach(unsigned int pin, unsigned int action, int event)
{
	return bind_fd(name, pin, action, event, 0);
}

static int detach(unsigned int pin, unsigned int action, int event)
{
	return bind_fd(name, pin, action, event, VIOAPIC_EVENTFD_REMOVE);
}

static uint64_t deliveries(void)
{
	struct vioapic_stats stats = { 0 };

	strncpy(stats.name, name, sizeof(stats.name) - 1);
	if (ioctl(fd, VIOAPIC_IOC_STATS, &stats)) {
		perror("stats");
		exit(1);
	}
	return stats.counter[VIOAPIC_CNT_DELIVERIES];
}

/* How many messages have been sent since the last call */
static uint64_t sent(void)
{
	static uint64_t before;
	uint64_t now = deliveries(), since = now - before;

	before = now;
	return since;
}

static void expect_sent(uint64_t wanted, const char *what)
{
	uint64_t got = sent();

	if (got != wanted)
		printf("# %llu messages, wanted %llu\n", (unsigned long long)got,
		       (unsigned long long)wanted);
	say(got != wanted, what);
}

static int event_new(unsigned int count)
{
	int event = eventfd(count, EFD_NONBLOCK | EFD_CLOEXEC);

	if (event < 0) {
		perror("eventfd");
		exit(1);
	}
	return event;
}

static void signal_it(int event, uint64_t value)
{
	if (write(event, &value, sizeof(value)) != sizeof(value)) {
		perror("eventfd write");
		exit(1);
	}
}

static void by_ioctl(void)
{
	struct vioapic_sim_line request = { .action = VIOAPIC_LINE_PULSE };

	sent();
	say(drive(pin1, VIOAPIC_LINE_PULSE), "ioctl: a pulse");
	expect_sent(1, "sends one message");
	say(drive(pin1, VIOAPIC_LINE_RAISE), "ioctl: raise");
	expect_sent(1, "sends one message");
	say(drive(pin1, VIOAPIC_LINE_RAISE), "ioctl: raise once more");
	expect_sent(0, "sends none");
	say(drive(pin1, VIOAPIC_LINE_LOWER), "ioctl: lower");
	expect_sent(0, "sends none");
	say(drive(24, VIOAPIC_LINE_PULSE) != ERANGE, "ioctl: a pin past the last: ERANGE");
	say(drive(UINT32_MAX, VIOAPIC_LINE_PULSE) != ERANGE, "ioctl: pin -1: ERANGE");
	say(drive(pin1, 3) != EINVAL, "ioctl: an action that is none: EINVAL");
	strncpy(request.name, name, sizeof(request.name) - 1);
	request.pin = pin1;
	request.reserved[1] = 1;
	say(!ioctl(fd, VIOAPIC_IOC_SIM_LINE, &request) || errno != EINVAL || !*request.reason,
	    "ioctl: a reserved field that is not zero: EINVAL");
	expect_sent(0, "nothing of that has sent a message");
}

static void by_eventfd(void)
{
	int event = event_new(0), other = event_new(0);
	uint64_t count;

	sent();
	say(attach(pin1, VIOAPIC_LINE_PULSE, event), "eventfd: bound to pulse");
	expect_sent(0, "binding sends nothing");
	signal_it(event, 1);
	expect_sent(1, "a signal sends one message");
	signal_it(event, 1000);
	expect_sent(1, "a signal of 1000 sends one message, too");
	say(read(event, &count, sizeof(count)) != -1 || errno != EAGAIN, "its count is reset");
	say(attach(pin1, VIOAPIC_LINE_PULSE, event) != EEXIST, "bound twice: EEXIST");

	say(attach(pin1, VIOAPIC_LINE_PULSE, other), "another eventfd on the same pin");
	signal_it(event, 1);
	signal_it(other, 1);
	expect_sent(2, "each of them sends a message");
	say(attach(pin2, VIOAPIC_LINE_PULSE, event), "the first on another pin as well");
	signal_it(event, 1);
	expect_sent(2, "its signal pulses both pins");

	say(detach(pin1, VIOAPIC_LINE_RAISE, event) != ENOENT,
	    "removal of what is not bound: ENOENT");
	say(detach(pin1, VIOAPIC_LINE_PULSE, event), "removal");
	signal_it(event, 1);
	expect_sent(1, "the other pin is still pulsed");
	say(detach(pin2, VIOAPIC_LINE_PULSE, event), "removal from that");
	signal_it(event, 1);
	expect_sent(0, "no pin is pulsed any more");
	say(detach(pin2, VIOAPIC_LINE_PULSE, event) != ENOENT, "removal twice: ENOENT");

	say(attach(pin1, VIOAPIC_LINE_PULSE, event), "bound with a signal waiting");
	expect_sent(1, "that signal sends its message");
	close(event);
	close(other);
}

static void level_by_eventfd(void)
{
	int up = event_new(0), down = event_new(0), copy = dup(up);

	sent();
	say(attach(pin2, VIOAPIC_LINE_RAISE, up) || attach(pin2, VIOAPIC_LINE_LOWER, down),
	    "eventfds that raise and lower");
	signal_it(up, 1);
	signal_it(up, 1);
	signal_it(down, 1);
	signal_it(down, 1);
	signal_it(up, 1);
	signal_it(down, 1);
	expect_sent(2, "each rise of the line sends a message");
	close(up);
	signal_it(copy, 1);
	signal_it(down, 1);
	expect_sent(1, "closed, it works as long as there is a copy of it");
	close(copy);
	close(down);
}

static void bad_eventfds(void)
{
	int event = event_new(0), null = open("/dev/null", O_RDWR);
	struct vioapic_sim_eventfd request = { .pin = pin1, .fd = event };

	sent();
	say(attach(24, VIOAPIC_LINE_PULSE, event) != ERANGE,
	    "eventfd for a pin past the last: ERANGE");
	say(attach(UINT32_MAX, VIOAPIC_LINE_PULSE, event) != ERANGE, "eventfd for pin -1: ERANGE");
	say(attach(pin1, 3, event) != EINVAL, "eventfd for an action that is none: EINVAL");
	say(attach(pin1, UINT32_MAX, event) != EINVAL, "eventfd for action -1: EINVAL");
	say(bind_fd(name, pin1, VIOAPIC_LINE_PULSE, event, 2) != EINVAL,
	    "a flag that is none: EINVAL");
	say(bind_fd("nobody", pin1, VIOAPIC_LINE_PULSE, event, 0) != ENOENT, "of nobody: ENOENT");
	say(bind_fd("ioapic0", pin1, VIOAPIC_LINE_PULSE, event, 0) != EINVAL,
	    "of the machine's own: EINVAL");
	say(attach(pin1, VIOAPIC_LINE_PULSE, null) != EINVAL, "/dev/null for an eventfd: EINVAL");
	say(attach(pin1, VIOAPIC_LINE_PULSE, -1) != EBADF, "file descriptor -1: EBADF");
	close(null);
	say(attach(pin1, VIOAPIC_LINE_PULSE, null) != EBADF, "a closed file descriptor: EBADF");
	strncpy(request.name, name, sizeof(request.name) - 1);
	request.reserved[3] = 1;
	say(!ioctl(fd, VIOAPIC_IOC_SIM_EVENTFD, &request) || errno != EINVAL || !*request.reason,
	    "eventfd with a reserved field that is not zero: EINVAL");
	memset(request.name, 'A', sizeof(request.name));
	say(!ioctl(fd, VIOAPIC_IOC_SIM_EVENTFD, &request) || errno != EINVAL || !*request.reason,
	    "eventfd with a name without end: EINVAL");
	signal_it(event, 1);
	expect_sent(0, "nothing of that has bound anything");
	close(event);
}

/* The block device signals from where it completes: an interrupt. */
static void by_aio(void)
{
	static char room[4096] __attribute__((aligned(4096)));
	int disk = open("/dev/vda", O_RDONLY | O_DIRECT), event = event_new(0), i;
	aio_context_t context = 0;
	struct io_event done;

	if (disk < 0 || syscall(SYS_io_setup, 1, &context)) {
		perror("aio");
		exit(1);
	}
	sent();
	say(attach(pin1, VIOAPIC_LINE_PULSE, event), "an eventfd of asynchronous reads");
	for (i = 0; i < 8; i++) {
		struct iocb read = {
			.aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = disk,
			.aio_buf = (uintptr_t)room, .aio_nbytes = sizeof(room),
			.aio_flags = IOCB_FLAG_RESFD, .aio_resfd = event,
		};
		struct iocb *reads = &read;

		if (syscall(SYS_io_submit, context, 1, &reads) != 1 ||
		    syscall(SYS_io_getevents, context, 1, 1, &done, NULL) != 1) {
			perror("aio read");
			exit(1);
		}
	}
	/* The last signal may come after its event. */
	usleep(100000);
	expect_sent(8, "each read that is done sends a message");
	syscall(SYS_io_destroy, context);
	close(event);
	close(disk);
}

static long slab_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = -1;

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "SUnreclaim: %ld", &kib);
	if (file)
		fclose(file);
	return kib;
}

static void closes(void)
{
	long before = slab_kib(), more;
	int i, errors = 0;

	for (i = 0; i < CLOSES; i++) {
		int event = event_new(0);

		errors += !!attach(pin1, VIOAPIC_LINE_PULSE, event);
		close(event);
	}
	say(errors, "bound and closed, many times");
	/* A binding that stays has at least 256 bytes. */
	for (i = 0; i < 50; i++) {
		more = slab_kib() - before;
		if (more < CLOSES / 8)
			break;
		usleep(100000);
	}
	printf("# %ld KiB more in use\n", more);
	say(before < 0 || more >= CLOSES / 8, "nothing is left of them");
}

static void *signal_often(void *arg)
{
	const int *events = arg;
	int i;

	for (i = 0; i < 400; i++)
		signal_it(events[i % 2], 1);
	return NULL;
}

static void *close_soon(void *arg)
{
	const int *events = arg;

	usleep(rand() % 500);
	close(events[2]);
	close(events[3]);
	return NULL;
}

/* Signals, closes and the end of the I/O APIC, all at once */
static void race(void)
{
	int round, i, errors = 0;

	for (round = 0; round < ROUNDS; round++) {
		struct vioapic_sim_create create = { .name = "race", .gsi_base = -1, .id = -1 };
		struct vioapic_sim_destroy destroy = { .name = "race" };
		pthread_t signaller, closer;
		int events[4];

		errors += !!ioctl(fd, VIOAPIC_IOC_SIM_CREATE, &create);
		for (i = 0; i < 4; i++) {
			events[i] = event_new(0);
			errors += !!bind_fd("race", i, i % 3, events[i], 0);
		}
		if (pthread_create(&signaller, NULL, signal_often, events) ||
		    pthread_create(&closer, NULL, close_soon, events))
			exit(1);
		usleep(rand() % 500);
		errors += !!ioctl(fd, VIOAPIC_IOC_SIM_DESTROY, &destroy);
		pthread_join(signaller, NULL);
		pthread_join(closer, NULL);
		for (i = 0; i < 2; i++) {
			errors += bind_fd("race", 0, 0, events[i], 0) != ENOENT;
			close(events[i]);
		}
	}
	say(errors, "destroyed while its eventfds are signalled and closed, many times");
}

static int hold(void)
{
	int event = event_new(0);

	if (attach(pin1, VIOAPIC_LINE_PULSE, event))
		return 1;
	close(fd);
	puts("held");
	fflush(stdout);
	for (;;)
		signal_it(event, 1);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "lines: NAME PIN1 PIN2, or hold NAME PIN\n");
		return 2;
	}
	fd = open("/dev/vioapic", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror("/dev/vioapic");
		return 1;
	}
	if (!strcmp(argv[1], "hold")) {
		name = argv[2];
		pin1 = atoi(argv[3]);
		return hold();
	}
	name = argv[1];
	pin1 = atoi(argv[2]);
	pin2 = atoi(argv[3]);
	by_ioctl();
	by_eventfd();
	level_by_eventfd();
	bad_eventfds();
	by_aio();
	closes();
	race();
	return 0;
}
