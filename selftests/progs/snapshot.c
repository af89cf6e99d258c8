// SPDX-License-Identifier: GPL-2.0
/*
 * Saved states of an I/O APIC that is taken over:
 *	snapshot hostile NAME	what no restore may accept, one line "STATUS SENTENCE" for each
 *	snapshot rounds NAME N	save, restore, save: the same bytes, N times
 *	snapshot replay NAME N	save, and restore that N times
 *	snapshot same A B	do two files hold the same but for what the controller owns?
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/vioapic.h>

#define CONTROLLERS	0x5000ull	/* delivery status, remote IRR */
#define LEVEL		0x8000
#define HEADER		offsetof(struct vioapic_state, pin)

static int fd;
static struct vioapic_snapshot saved, request;

static void say(int wrong, const char *what)
{
	printf("%d %s\n", !!wrong, what);
}

static int save(struct vioapic_snapshot *to, const char *name)
{
	memset(to, 0, sizeof(*to));
	strncpy(to->name, name, sizeof(to->name) - 1);
	if (!ioctl(fd, VIOAPIC_IOC_SAVE, to))
		return 0;
	fprintf(stderr, "not saved: %s: %s\n", strerror(errno), to->reason);
	return -1;
}

/* Remote IRR and delivery status may change at any time, and what is known of them with them. */
static void strip(struct vioapic_state *state)
{
	unsigned int pin;

	for (pin = 0; pin < VIOAPIC_PINS_MAX; pin++) {
		if (!(state->pin[pin].rte & LEVEL))
			continue;
		state->pin[pin].rte &= ~CONTROLLERS;
		state->pin[pin].flags &= ~VIOAPIC_PIN_STALE;
	}
}

static int same(const struct vioapic_state *a, const struct vioapic_state *b)
{
	static struct vioapic_state x, y;
	size_t i;

	x = *a;
	y = *b;
	strip(&x);
	strip(&y);
	for (i = 0; i < sizeof(x); i++) {
		if (((char *)&x)[i] == ((char *)&y)[i])
			continue;
		fprintf(stderr, "byte %zu differs: %02x, %02x\n", i, ((unsigned char *)&x)[i],
			((unsigned char *)&y)[i]);
		return 0;
	}
	return 1;
}

/* What was saved, but for @value at @offset: it has to be refused, and nothing to change. */
static int accepted(size_t offset, size_t size, __u64 value)
{
	static struct vioapic_snapshot after;
	int result;

	request = saved;
	memcpy((char *)&request.state + offset, &value, size);
	if (!memcmp(&request.state, &saved.state, sizeof(saved.state)))
		return printf("# offset %zu is %#llx already\n", offset, value);
	errno = 0;
	result = ioctl(fd, VIOAPIC_IOC_RESTORE, &request);
	if (result != -1 || errno != EINVAL)
		return printf("# offset %zu, value %#llx: got %d, %s\n", offset, value, result,
			      strerror(errno));
	if (!*request.reason || !memchr(request.reason, '\0', VIOAPIC_REASON_LEN) ||
	    strchr(request.reason, '\n'))
		return printf("# offset %zu, value %#llx: no sentence\n", offset, value);
	if (save(&after, saved.name) || !same(&after.state, &saved.state))
		return printf("# offset %zu, value %#llx: something has changed\n", offset, value);
	return 0;
}

static void refuse(size_t offset, size_t size, __u64 value, const char *what)
{
	say(accepted(offset, size, value), what);
}

#define REFUSE(field, value, what) \
	refuse(offsetof(struct vioapic_state, field), \
	       sizeof(((struct vioapic_state *)0)->field), value, what)

static void headers(void)
{
	const struct vioapic_state *s = &saved.state;
	const __u32 id = offsetof(struct vioapic_state, reg);
	const __u32 index = offsetof(struct vioapic_state, ioregsel);
	unsigned int bit, bad = 0;

	REFUSE(magic, 0, "no magic");
	REFUSE(magic, __builtin_bswap32(s->magic), "the other byte order");
	REFUSE(version, s->version + 1, "the next version");
	REFUSE(size, s->size - 16, "another size");
	REFUSE(role, VIOAPIC_ROLE_OWNER, "an owner's");
	REFUSE(role, 2, "no role");
	REFUSE(pins, 0, "no pins");
	REFUSE(pins, s->pins - 1, "a pin less");
	REFUSE(pins, s->pins + 1, "a pin more");
	REFUSE(pins, VIOAPIC_PINS_MAX + 1, "241 pins");
	REFUSE(pins, UINT32_MAX, "-1 pins");
	refuse(offsetof(struct vioapic_state, chip), 8, *(const __u64 *)"amd\0\0\0\0",
	       "another chip");
	refuse(offsetof(struct vioapic_state, chip), 4, *(const __u32 *)"none", "no chip");
	refuse(offsetof(struct vioapic_state, chip) + VIOAPIC_NAME_LEN - 1, 1, 'x',
	       "a chip with something behind its name");
	REFUSE(address, 0, "address 0");
	REFUSE(address, s->address + 0x10, "an address that begins no page");
	REFUSE(address, s->address + 0x1000, "another address");
	REFUSE(gsi_base, s->gsi_base + 1, "other GSIs");
	REFUSE(gsi_base, UINT32_MAX, "GSIs past the last");
	REFUSE(ioregsel, 256, "an index too wide");
	REFUSE(reg[0], 0xff000000, "an ID too wide");
	REFUSE(reg[0], s->reg[0] | 1, "something beside the ID");
	REFUSE(reg[1], s->reg[1] ^ 0x31, "another version");
	REFUSE(reg[2], ~s->reg[2], "another arbitration ID");
	REFUSE(reg[3], ~s->reg[3], "another boot register");
	REFUSE(reserved[3], 1, "a reserved field");

	/* An ID that fits, or an index, is no harm; but it needs an ARB that fits the ID. */
	for (bit = 0; bit < 8 * HEADER; bit++)
		if (bit / 8 != index && bit / 8 != id + 3)
			bad |= accepted(bit / 8, 1, ((__u8 *)s)[bit / 8] ^ (1 << bit % 8));
	say(bad, "any bit of the header but those of ID and IOREGSEL");
}

static unsigned int pin_that_is(int level, int masked)
{
	unsigned int pin;

	for (pin = 0; pin < saved.state.pins; pin++)
		if (!(saved.state.pin[pin].rte & LEVEL) == !level &&
		    !(saved.state.pin[pin].rte & 1 << 16) == !masked)
			return pin;
	fprintf(stderr, "no pin that is level %d, masked %d\n", level, masked);
	exit(1);
}

static void pins(void)
{
	unsigned int edge = pin_that_is(0, 1), level = pin_that_is(1, 0);
	unsigned int beyond = saved.state.pins;
	const __u64 rte = saved.state.pin[edge].rte;
	unsigned int bit, bad = 0;

	REFUSE(pin[edge].rte, rte | 1 << 12, "delivery status of an edge pin");
	REFUSE(pin[edge].rte, rte | 1 << 14, "remote IRR of an edge pin");
	REFUSE(pin[edge].flags, VIOAPIC_PIN_DRIVEN, "a shadow that knows a line");
	REFUSE(pin[edge].flags, VIOAPIC_PIN_LATCHED, "a shadow with a latched edge");
	REFUSE(pin[edge].flags, 0x8000, "a flag that there is not");
	REFUSE(pin[edge].storm, 1, "a shadow with a storm");
	REFUSE(pin[edge].reserved, 1, "a reserved field of a pin");
	REFUSE(pin[level].flags, 0, "a level pin of which all is known");
	REFUSE(pin[beyond].rte, 1 << 16, "an entry past the last pin");
	REFUSE(pin[beyond].flags, VIOAPIC_PIN_STALE, "flags past the last pin");
	REFUSE(pin[VIOAPIC_PINS_MAX - 1].storm, 1, "a storm of pin 239");
	REFUSE(pin[VIOAPIC_PINS_MAX - 1].reserved, 1, "a reserved field of pin 239");
	for (bit = 17; bit < 48; bit++)
		bad |= accepted(offsetof(struct vioapic_state, pin[edge].rte), 8,
				rte ^ 1ull << bit);
	say(bad, "any reserved bit of an RTE");
}

static int rounds(const char *name, unsigned int n)
{
	static struct vioapic_snapshot again;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (save(&saved, name))
			return 1;
		request = saved;
		if (ioctl(fd, VIOAPIC_IOC_RESTORE, &request)) {
			fprintf(stderr, "not restored: %s: %s\n", strerror(errno), request.reason);
			return 1;
		}
		if (save(&again, name) || !same(&saved.state, &again.state))
			return 1;
	}
	return 0;
}

static int replay(const char *name, unsigned int n)
{
	if (save(&saved, name))
		return 1;
	for (; n; n--) {
		request = saved;
		if (ioctl(fd, VIOAPIC_IOC_RESTORE, &request))
			return 1;
	}
	return 0;
}

static int read_file(const char *path, struct vioapic_state *state)
{
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(state, 1, sizeof(*state), file) : 0;

	if (file)
		fclose(file);
	return n != sizeof(*state);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "same"))
		return read_file(argv[2], &saved.state) || read_file(argv[3], &request.state) ||
		       !same(&saved.state, &request.state);

	fd = open("/dev/vioapic", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror("/dev/vioapic");
		return 1;
	}
	if (argc == 4 && !strcmp(argv[1], "rounds"))
		return rounds(argv[2], atoi(argv[3]));
	if (argc == 4 && !strcmp(argv[1], "replay"))
		return replay(argv[2], atoi(argv[3]));
	if (argc != 3 || strcmp(argv[1], "hostile") || save(&saved, argv[2]))
		return 1;
	headers();
	pins();
	return 0;
}
