/* SPDX-License-Identifier: GPL-2.0 */
/* See main.c. */
#ifndef FUZZ_H
#define FUZZ_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/vioapic.h>
#include <linux/vioapic_kvm.h>

#define FUZZ_ARG	16384
#define FUZZ_SIMS	4
#define FUZZ_VMS	3
#define FUZZ_EVENTFDS	6
#define FUZZ_IOAPICS	8

/* What a field holds, if it is right */
enum fuzz_kind {
	FUZZ_NAME = 1, FUZZ_CHIP, FUZZ_PIN, FUZZ_BIT, FUZZ_FEW, FUZZ_SMALL, FUZZ_NEXT, FUZZ_ADDRESS,
	FUZZ_GSI, FUZZ_PID, FUZZ_VM, FUZZ_EVENTFD, FUZZ_NO_EVENTFD, FUZZ_STATE, FUZZ_KVM_STATE,
};

/* What a request is made on */
enum fuzz_on { FUZZ_ADMIN, FUZZ_VMM, FUZZ_IOAPIC };

struct fuzz_field {
	unsigned short offset, size;
	int kind;
};

/**
 * struct fuzz_request - an ioctl
 * @on:     whose; FUZZ_VMM: of both devices
 * @admin:  nobody may
 * @reason: where it is in the struct, or 0
 * @fields: that are not zero; ends with one of no size
 */
struct fuzz_request {
	const char *name;
	unsigned long cmd;
	enum fuzz_on on;
	bool admin;
	size_t reason;
	const struct fuzz_field *fields;
	unsigned long done, refused;
};

/* Descriptors that requests are made on and with; -1, or one that is closed, is as good as any */
struct uapi_fuzz {
	bool nobody;
	int admin, vmm, kvm;
	int vms[FUZZ_VMS], eventfds[FUZZ_EVENTFDS], ioapics[FUZZ_IOAPICS];
	unsigned long findings, files_done, files_refused, mapped, signals;
};

extern struct uapi_fuzz fuzz;
extern struct fuzz_request fuzz_requests[];
extern const unsigned int fuzz_requests_count;

uint64_t fuzz_random(void);
unsigned int fuzz_below(unsigned int n);
void fuzz_finding(const char *request, const char *what, long value);

void fuzz_file(void);
void fuzz_files_end(void);

void fuzz_kcov_begin(void);
void fuzz_kcov_take(void);
void fuzz_kcov_end(void);

#endif
