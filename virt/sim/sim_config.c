// SPDX-License-Identifier: GPL-2.0
/*
 * What a simulated I/O APIC shall be: the defaults, and what it takes to have it in text.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <vioapic/sim_device.h>

/**
 * vioapic_sim_config_init() - the defaults
 * @config: filled in
 */
void vioapic_sim_config_init(struct vioapic_sim_config *config)
{
	*config = (struct vioapic_sim_config) {
		.chip = vioapic_chip_find("ich"),
		.gsi_base = VIOAPIC_NEXT_FREE,
		.id = VIOAPIC_NEXT_FREE,
		.hook = VIOAPIC_TRAP_OOPS,
		.storm_limit = VIOAPIC_STORM_LIMIT,
	};
}

static int refuse_number(const struct vioapic_number *number, int err, char *reason)
{
	vioapic_refuse(reason, "%s is %s: %lld to %lld%s%s", number->name,
		       err == -ERANGE ? "out of range" : "a number", number->min, number->max,
		       number->word ? " or " : "", number->word ?: "");
	return err;
}

/**
 * vioapic_number_parse() - a number, or the word for one
 * @number: what it is a number of
 * @page:   NUL-terminated
 * @value:  out
 * @reason: VIOAPIC_REASON_LEN bytes; a sentence if refused
 * Return: 0; -EINVAL if it is no number; -ERANGE.
 */
int vioapic_number_parse(const struct vioapic_number *number, const char *page, s64 *value,
			 char *reason)
{
	int err;

	if (number->word && sysfs_streq(page, number->word)) {
		*value = number->means;
		return 0;
	}
	err = kstrtos64(page, vioapic_base_of(page), value);
	if (!err && (*value < number->min || *value > number->max))
		err = -ERANGE;
	return err ? refuse_number(number, err, reason) : 0;
}

/** vioapic_number_show() - the reverse; returns how long it is */
ssize_t vioapic_number_show(char *page, s64 value)
{
	if (value == VIOAPIC_NEXT_FREE)
		return sysfs_emit(page, "auto\n");
	return sysfs_emit(page, "%lld\n", value);
}

static const struct {
	const char *name;
	u8 mode;
} modes[] = {
	{ "smi", BIT(VIOAPIC_SMI) }, { "nmi", BIT(VIOAPIC_NMI) }, { "init", BIT(VIOAPIC_INIT) },
};

/**
 * vioapic_allow_show() - names of delivery modes, separated by blanks
 * @allow: see struct vioapic_sim
 * @page:  to be filled
 * Return: how long it is.
 */
ssize_t vioapic_allow_show(u8 allow, char *page)
{
	unsigned int i;
	int len = 0;

	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if (allow & modes[i].mode)
			len += sysfs_emit_at(page, len, "%s%s", len ? " " : "", modes[i].name);
	return len + sysfs_emit_at(page, len, "\n");
}

/**
 * vioapic_allow_parse() - the reverse, also with commas; an empty line is none
 * @text: NUL-terminated
 * Return: see struct vioapic_sim; -EINVAL for anything but smi, nmi and init.
 */
int vioapic_allow_parse(const char *text)
{
	char line[32], *next = line, *word;
	unsigned int i;
	u8 allow = 0;

	if (strscpy(line, text, sizeof(line)) < 0)
		return -EINVAL;
	while ((word = strsep(&next, "\n ,"))) {
		if (!*word)
			continue;
		for (i = 0; i < ARRAY_SIZE(modes) && strcmp(word, modes[i].name); i++)
			;
		if (i == ARRAY_SIZE(modes))
			return -EINVAL;
		allow |= modes[i].mode;
	}
	return allow;
}
