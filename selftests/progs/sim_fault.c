// SPDX-License-Identifier: GPL-2.0
/*
 * sim_fault NAME: VIOAPIC_IOC_SIM_FAULT on the simulated I/O APIC NAME, which has 24
 * pins and is not broken: what it takes, what it refuses, what it answers.  A line
 * "STATUS SENTENCE" for each, STATUS 0 if it was as it ought to be.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/vioapic.h>

static const char *name;
static int fd;

static void say(int wrong, const char *what)
{
	printf("%d %s\n", !!wrong, what);
}

static struct vioapic_sim_fault request(uint32_t action, uint32_t kind)
{
	struct vioapic_sim_fault req = { .action = action, .kind = kind };

	snprintf(req.name, sizeof(req.name), "%s", name);
	if (action == VIOAPIC_FAULT_SET)
		req.attr = (struct vioapic_fault_attr) {
			.probability = 50, .interval = 2, .times = 7, .pin = 3,
			.seed = UINT64_MAX,
		};
	return req;
}

static int is_set(uint32_t kind)
{
	struct vioapic_sim_fault req = request(VIOAPIC_FAULT_GET, kind);

	return !ioctl(fd, VIOAPIC_IOC_SIM_FAULT, &req);
}

/* Refused with this errno and a sentence, nothing set */
static void expect(int error, struct vioapic_sim_fault req, const char *what)
{
	int result;

	errno = 0;
	result = ioctl(fd, VIOAPIC_IOC_SIM_FAULT, &req);
	if (result != -1 || errno != error)
		printf("# got %d, %s\n", result, strerror(errno));
	say(result != -1 || errno != error || !*req.reason ||
	    !memchr(req.reason, '\0', VIOAPIC_REASON_LEN) || strchr(req.reason, '\n') ||
	    is_set(VIOAPIC_FAULT_ONES) || is_set(VIOAPIC_FAULT_DELAY), what);
}

#define REFUSED(KIND, ERROR, FIELD, VALUE)						\
	do {										\
		struct vioapic_sim_fault req = request(VIOAPIC_FAULT_SET, KIND);	\
											\
		req.FIELD = VALUE;							\
		expect(ERROR, req, #FIELD " " #VALUE " is refused: " #ERROR);		\
	} while (0)

static void check_refusals(void)
{
	struct vioapic_sim_fault req;

	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, action, 3);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, kind, VIOAPIC_FAULT_KINDS);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, kind, VIOAPIC_FAULT_ALL);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, count, 1);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, reserved[3], 1);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, attr.reserved, 1);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, attr.probability, 101);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, attr.interval, 0);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, attr.interval, 1U << 31);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, attr.times, 0);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, attr.times, -2);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, attr.pin, 24);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, attr.pin, -2);
	REFUSED(VIOAPIC_FAULT_ONES, EINVAL, attr.usecs, 1);
	REFUSED(VIOAPIC_FAULT_DELAY, EINVAL, attr.usecs, 0);
	REFUSED(VIOAPIC_FAULT_DELAY, EINVAL, attr.usecs, VIOAPIC_FAULT_USECS_MAX + 1);
	REFUSED(VIOAPIC_FAULT_ONES, ENOENT, name[0], '%');
	req = request(VIOAPIC_FAULT_SET, VIOAPIC_FAULT_ONES);
	memset(req.name, 'A', sizeof(req.name));
	expect(EINVAL, req, "a name without end is refused: EINVAL");
	req = request(VIOAPIC_FAULT_OFF, VIOAPIC_FAULT_ALL);
	req.attr.seed = 1;
	expect(EINVAL, req, "an attribute of what is turned off is refused: EINVAL");
	expect(ENODATA, request(VIOAPIC_FAULT_GET, VIOAPIC_FAULT_ONES),
	       "what is not set is not told: ENODATA");
}

static void check_answers(void)
{
	struct vioapic_sim_fault set = request(VIOAPIC_FAULT_SET, VIOAPIC_FAULT_DELAY);
	struct vioapic_sim_fault got = request(VIOAPIC_FAULT_GET, VIOAPIC_FAULT_DELAY);

	set.attr.usecs = 5;
	say(ioctl(fd, VIOAPIC_IOC_SIM_FAULT, &set), "a fault is set");
	say(ioctl(fd, VIOAPIC_IOC_SIM_FAULT, &got) || got.count ||
	    memcmp(&got.attr, &set.attr, sizeof(got.attr)), "and told with its attributes");
	set = request(VIOAPIC_FAULT_OFF, VIOAPIC_FAULT_DELAY);
	say(ioctl(fd, VIOAPIC_IOC_SIM_FAULT, &set) || is_set(VIOAPIC_FAULT_DELAY),
	    "and turned off");
	set = request(VIOAPIC_FAULT_SET, VIOAPIC_FAULT_SPURIOUS);
	say(ioctl(fd, VIOAPIC_IOC_SIM_FAULT, &set), "another is set");
	set = request(VIOAPIC_FAULT_OFF, VIOAPIC_FAULT_ALL);
	say(ioctl(fd, VIOAPIC_IOC_SIM_FAULT, &set) || is_set(VIOAPIC_FAULT_SPURIOUS),
	    "and turned off with all");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	name = argv[1];
	fd = open("/dev/vioapic", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return 1;
	check_refusals();
	check_answers();
	return 0;
}
