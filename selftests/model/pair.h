/* SPDX-License-Identifier: GPL-2.0 */
/*
 * virt/model/model.c and the reference model, led through the same calls.
 *
 * The calls are made of bytes, any bytes: libFuzzer's, or random ones.  After
 * each call both have to say the same; in between the model is saved and
 * restored, which must change nothing.
 */
#ifndef PAIR_H
#define PAIR_H

#include <stddef.h>
#include <vioapic/types.h>

/**
 * pair_run() - one life of an I/O APIC
 * @steps: in/out: calls made are added to it
 * Return: NULL, or what went wrong, in a sentence that lasts until the next call.
 */
const char *pair_run(const u8 *data, size_t size, unsigned long *steps);

#endif
