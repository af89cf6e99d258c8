// SPDX-License-Identifier: GPL-2.0
/* Work for model_cost.sh: CALLS calls of one kind on a model of so many pins */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vioapic/model.h>

#define CALLS	1000
#define LEVEL	VIOAPIC_RTE_LEVEL

static struct vioapic_model m;
static struct vioapic_effects fx;

/* callgrind counts in here only; not static, so that they keep their names */
noinline u64 measured_read(unsigned int offset, unsigned int size)
{
	return vioapic_model_read(&m, offset, size, &fx);
}

noinline void measured_write(unsigned int offset, unsigned int size, u64 value)
{
	vioapic_model_write(&m, offset, size, value, &fx);
}

static void select_register(unsigned int index)
{
	m.ioregsel = index;
}

static void accept(unsigned int pin)
{
	if (fx.what & VIOAPIC_FX_DELIVER)
		vioapic_model_delivered(&m, pin, true);
}

static void work(const char *kind, unsigned int pin, unsigned int i)
{
	unsigned int low = VIOAPIC_REG_RTE + 2 * pin;

	select_register(low);
	if (!strcmp(kind, "read-index")) {
		measured_read(VIOAPIC_IOREGSEL, 4);
	} else if (!strcmp(kind, "read-data")) {
		measured_read(VIOAPIC_IOWIN, 4);
	} else if (!strcmp(kind, "read-ask")) {
		vioapic_model_load(&m, low, LEVEL);
		measured_read(VIOAPIC_IOWIN, 4);
		if (m.role == VIOAPIC_SHADOW && !(fx.what & VIOAPIC_FX_SAMPLE))
			abort();
	} else if (!strcmp(kind, "read-narrow")) {
		measured_read(VIOAPIC_IOWIN + 1, 1);
	} else if (!strcmp(kind, "write-index")) {
		measured_write(VIOAPIC_IOREGSEL, 4, low);
	} else if (!strcmp(kind, "write-same")) {
		measured_write(VIOAPIC_IOWIN, 4, m.reg[low]);
	} else if (!strcmp(kind, "write-id")) {
		select_register(0);
		measured_write(VIOAPIC_IOWIN, 4, (i & 15) << 24);
	} else if (!strcmp(kind, "write-low")) {
		measured_write(VIOAPIC_IOWIN, 4, LEVEL | (i & 0xff) | (i & 1) << 16);
	} else if (!strcmp(kind, "write-high")) {
		select_register(low + 1);
		measured_write(VIOAPIC_IOWIN, 4, i << 24);
	} else if (!strcmp(kind, "write-narrow")) {
		measured_write(VIOAPIC_IOWIN, 1, i & 0xff);
	} else if (!strcmp(kind, "write-eoi")) {
		measured_write(VIOAPIC_EOI, 4, 0x31);
	} else if (!strcmp(kind, "write-unmask")) {
		/* Mask and unmask in turn; each unmask sends */
		vioapic_model_set_line(&m, pin, true, &fx);
		vioapic_model_write(&m, VIOAPIC_IOWIN, 4, VIOAPIC_RTE_MASKED, &fx);
		measured_write(VIOAPIC_IOWIN, 4, LEVEL | 0x31);
		if (m.role == VIOAPIC_OWNER && !(fx.what & VIOAPIC_FX_DELIVER))
			abort();
		accept(pin);
	} else if (!strcmp(kind, "write-again")) {
		/* In service, line asserted: ends in redelivery */
		m.redeliver[pin] = 0;
		vioapic_model_write(&m, VIOAPIC_IOWIN, 4, LEVEL | 0x31, &fx);
		vioapic_model_set_line(&m, pin, true, &fx);
		accept(pin);
		measured_write(VIOAPIC_EOI, 4, 0x31);
		if (m.role == VIOAPIC_OWNER && !(fx.what & VIOAPIC_FX_DELIVER))
			abort();
		accept(pin);
	} else {
		fprintf(stderr, "what is %s?\n", kind);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	unsigned int i, pins;
	enum vioapic_role role;

	if (argc != 4)
		return 2;
	role = strcmp(argv[1], "owner") ? VIOAPIC_SHADOW : VIOAPIC_OWNER;
	pins = atoi(argv[2]);
	if (vioapic_model_init(&m, vioapic_chip_find("generic240"), role, pins, 1))
		return 1;
	for (i = 0; i < CALLS; i++)
		work(argv[3], pins - 1, i);
	return 0;
}
