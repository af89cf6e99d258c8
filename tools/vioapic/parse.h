/* SPDX-License-Identifier: GPL-2.0 */
/* Words of the command line to values. */
#ifndef VIOAPIC_TOOL_PARSE_H
#define VIOAPIC_TOOL_PARSE_H

#include <argp.h>
#include <stdbool.h>
#include <linux/types.h>

/* Decimal, or hexadecimal with 0x, and nothing behind it. Returns false unless @min..@max. */
bool parse_number(const char *word, __u64 min, __u64 max, __u64 *value);

/* Delivery modes, "smi,nmi,init", to VIOAPIC_ALLOW_*. Returns false if one is none of these. */
bool parse_allow(const char *words, __u32 *allow);

/* For commands with --json, a bool as input, and no argument */
extern const struct argp_option json_options[];
error_t parse_json(int key, char *arg, struct argp_state *state);

#endif
