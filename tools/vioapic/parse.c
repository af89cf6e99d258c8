// SPDX-License-Identifier: GPL-2.0
/* Words of the command line to values. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/vioapic.h>

#include "parse.h"
#include "vioapic.h"

bool parse_number(const char *word, __u64 min, __u64 max, __u64 *value)
{
	/* No octal: who writes 010 means ten. */
	const int base = word[0] == '0' && (word[1] | 0x20) == 'x' ? 16 : 10;
	unsigned long long number;
	char *end;

	/* strtoull() would take a sign, and blanks. */
	if (!isdigit((unsigned char)word[0]))
		return false;
	errno = 0;
	number = strtoull(word, &end, base);
	if (errno || *end || number < min || number > max)
		return false;
	*value = number;
	return true;
}

bool parse_allow(const char *words, __u32 *allow)
{
	static const struct {
		const char *name;
		__u32 bit;
	} modes[] = {
		{ "smi", VIOAPIC_ALLOW_SMI },
		{ "nmi", VIOAPIC_ALLOW_NMI },
		{ "init", VIOAPIC_ALLOW_INIT },
	};
	size_t i, length;
	__u32 bits = 0;

	for (;; words += length + 1) {
		length = strcspn(words, ",");
		for (i = 0; i < ARRAY_SIZE(modes); i++)
			if (strlen(modes[i].name) == length &&
			    !strncmp(modes[i].name, words, length))
				break;
		if (i == ARRAY_SIZE(modes))
			return false;
		bits |= modes[i].bit;
		if (!words[length])
			break;
	}
	*allow = bits;
	return true;
}

const struct argp_option json_options[] = {
	{ .name = "json", .key = 'j', .doc = "An array of objects" },
	{ 0 }
};

error_t parse_json(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	switch (key) {
	case 'j':
		*json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "takes no argument: '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}
