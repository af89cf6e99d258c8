/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libvioapic without a kernel: the linker hands its system calls to the fakes of
 * libvioapic_fixture.c (--wrap), which write down in order what is called, and fail on demand.
 */
#ifndef LIBVIOAPIC_FIXTURE_H
#define LIBVIOAPIC_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../tools/libvioapic/libvioapic.h"

#define VM_FD		3
#define DEVICE_FD	100	/* that open() gives */
#define IOAPIC_FD	101	/* that VIOAPIC_KVM_CREATE gives */

extern const struct libvioapic_config config;	/* with a slot */

/* What was called, in order, each with a "; " behind it */
extern char calls[1024];

/* What the kernel was handed, and what it answers */
extern char handed[sizeof(struct vioapic_kvm_state)], answer[sizeof(struct vioapic_kvm_state)];

/* What fails: open(), by "PATH=ERRNO PATH=ERRNO"; mmap(), with this errno; calloc() */
extern const char *absent;
extern int mmap_errno, no_memory;

/* ioctl() with @request fails with this errno, and the kernel says this where it can */
void let_fail(unsigned long request, int with, const char *says);

/* An I/O APIC without a slot, and nothing written down of its creation */
struct libvioapic *make(void);

/* Nothing fails, nothing is written down */
int setup(void **state);

#define TEST(function) cmocka_unit_test_setup(function, setup)

#endif
