// SPDX-License-Identifier: GPL-2.0
/*
 * show_fixture KIND PINS [ARGUMENT..]: `vioapic show` of an I/O APIC that is not there: this
 * program answers for /dev/vioapic.  KIND is own, sim or guest.  Its pins are of all sorts, with
 * interrupts of whatever numbers; what sysfs and /proc say is this machine's.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/vioapic.h>

#include "vioapic.h"

static struct vioapic_info info = {
	.name = "fixture", .address = 0xfec00000, .version = 0x20, .state = VIOAPIC_STATE_TAKEN,
	.hook = VIOAPIC_HOOK_OOPS, .chip = "generic240",
};

int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, void *arg);

int refuse(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	return STATUS_REFUSED;
}

void print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
						    JSON_C_TO_STRING_SPACED));
	json_object_put(object);
}

int __wrap_open(const char *path, int flags, ...)
{
	(void)path;
	(void)flags;
	return 1000;
}

/* Of each five, one is masked and nobody's, one is level, one goes nowhere */
static __u64 rte_of(unsigned int pin)
{
	__u64 rte = 0x20 + pin % 0xd0;

	switch (pin % 5) {
	case 0:
		return 0x10000;
	case 1:
		return rte | 0xa000 | 0x4000 * (pin & 1);
	case 2:
		return rte | 0x77ULL << 56;
	case 3:
		return rte | 0x1000 | 1ULL << 48 | 7ULL << 49;
	default:
		return rte | 0x10000 | (pin & 1) << 11 | 3ULL << 56;
	}
}

static int table(struct vioapic_table *req)
{
	req->pins = info.pins;
	req->id_reg = 3 << 24;
	req->version_reg = 0x20 | (info.pins - 1) << 16;
	for (unsigned int pin = 0; pin < info.pins; pin++)
		req->rte[pin] = rte_of(pin);
	return 0;
}

static int save(struct vioapic_snapshot *req)
{
	for (unsigned int pin = 0; pin < info.pins; pin++)
		req->state.pin[pin].flags = pin % 7;
	return 0;
}

static int irqs(struct vioapic_irqs *req)
{
	req->pins = info.pins;
	for (unsigned int pin = 0; pin < info.pins && info.backend != VIOAPIC_BACKEND_KVM; pin++) {
		if (pin % 5 == 0)
			continue;
		req->irq[pin].irq = pin;
		req->irq[pin].flags = VIOAPIC_IRQ_MAPPED | (pin % 4 ? 0 : VIOAPIC_IRQ_DISABLED);
	}
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	struct vioapic_info *out = arg;

	(void)fd;
	switch (request) {
	case VIOAPIC_IOC_INFO:
		if (out->index) {
			errno = ENOENT;
			return -1;
		}
		*out = info;
		return 0;
	case VIOAPIC_IOC_TABLE:
		return table(arg);
	case VIOAPIC_IOC_SAVE:
		return save(arg);
	case VIOAPIC_IOC_IRQS:
		return irqs(arg);
	default:
		errno = ENOTTY;
		return -1;
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return STATUS_USAGE;
	info.pins = atoi(argv[2]);
	info.role = strcmp(argv[1], "own") ? VIOAPIC_ROLE_OWNER : VIOAPIC_ROLE_SHADOW;
	info.backend = !strcmp(argv[1], "own") ? VIOAPIC_BACKEND_NATIVE :
		       !strcmp(argv[1], "sim") ? VIOAPIC_BACKEND_LAPIC : VIOAPIC_BACKEND_KVM;
	argv[2] = "show";
	return cmd_show(argc - 2, argv + 2);
}
