// SPDX-License-Identifier: GPL-2.0
/* Addresses of the kernel's code to names. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kallsyms.h"

/* Behind the last symbol of a module lie others' pages; no function is that long. */
#define MAX_FUNCTION 0x10000

static bool is_function(char type, const char *name)
{
	/* __pfx_: the padding in front of a function, a symbol of its own from 6.2 on */
	return strchr("tTwW", type) && strncmp(name, "__pfx_", strlen("__pfx_")) != 0;
}

static int compare(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	/* Of several names for one address the global one first */
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Keeps the best name of each address. The table is sorted. */
static void drop_aliases(struct kallsyms *kallsyms)
{
	size_t from, to = 0;

	for (from = 0; from < kallsyms->count; from++) {
		if (to && kallsyms->symbols[to - 1].address == kallsyms->symbols[from].address)
			free(kallsyms->symbols[from].name);
		else
			kallsyms->symbols[to++] = kallsyms->symbols[from];
	}
	kallsyms->count = to;
}

/* "ffffffff81000110 T native_io_apic_read", perhaps with a tab and "[module]" behind */
static bool parse_line(char *line, __u64 *address, char *type, char **name)
{
	char *end;

	*address = strtoull(line, &end, 16);
	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;
	*type = end[1];
	*name = end + 3;
	(*name)[strcspn(*name, "\n")] = '\0';
	end = strchr(*name, '\t');
	if (end)
		*end = ' ';
	return **name != '\0';
}

static int add_symbol(struct kallsyms *kallsyms, size_t *room, __u64 address, char type,
		      const char *name)
{
	struct symbol *symbols;

	if (kallsyms->count == *room) {
		*room = *room ? *room * 2 : 1 << 16;
		symbols = reallocarray(kallsyms->symbols, *room, sizeof(*symbols));
		if (!symbols)
			return -1;
		kallsyms->symbols = symbols;
	}
	symbols = &kallsyms->symbols[kallsyms->count];
	*symbols = (struct symbol){ .address = address, .type = type, .name = strdup(name) };
	if (!symbols->name)
		return -1;
	kallsyms->count++;
	return 0;
}

int kallsyms_read(struct kallsyms *kallsyms, FILE *file)
{
	char *line = NULL, *name, type;
	size_t room = 0, line_size = 0;
	__u64 address;
	int status = 0;

	*kallsyms = (struct kallsyms){ 0 };
	while (!status && getline(&line, &line_size, file) > 0)
		if (parse_line(line, &address, &type, &name) && address && is_function(type, name))
			status = add_symbol(kallsyms, &room, address, type, name);
	free(line);
	if (status) {
		kallsyms_free(kallsyms);
		return status;
	}
	if (kallsyms->count)
		qsort(kallsyms->symbols, kallsyms->count, sizeof(struct symbol), compare);
	drop_aliases(kallsyms);
	return 0;
}

void kallsyms_free(struct kallsyms *kallsyms)
{
	size_t i;

	for (i = 0; i < kallsyms->count; i++)
		free(kallsyms->symbols[i].name);
	free(kallsyms->symbols);
	*kallsyms = (struct kallsyms){ 0 };
}

const char *kallsyms_text(const struct kallsyms *kallsyms, __u64 address, char *buf, size_t size)
{
	size_t low = 0, high = kallsyms->count;
	const struct symbol *symbol;
	const char *module;

	/* What is before low is at or below the address, what is from high on is above. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (kallsyms->symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	symbol = low ? &kallsyms->symbols[low - 1] : NULL;
	if (!symbol || address - symbol->address >= MAX_FUNCTION) {
		snprintf(buf, size, "0x%llx", address);
		return buf;
	}
	/* The offset belongs to the name, not behind the module. */
	module = strchrnul(symbol->name, ' ');
	snprintf(buf, size, "%.*s+0x%llx%s", (int)(module - symbol->name), symbol->name,
		 address - symbol->address, module);
	return buf;
}

/* Changes when a module comes or goes: FNV-1a over names and addresses. */
static unsigned int modules_fingerprint(void)
{
	FILE *file = fopen("/proc/modules", "r");
	unsigned int hash = 2166136261u;
	char line[1024], name[64], address[32], *c;

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %*s %*s %*s %*s %31s", name, address) != 2)
			continue;
		for (c = name; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 16777619u;
		for (c = address; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 16777619u;
	}
	fclose(file);
	return hash;
}

void kallsyms_refresh(struct kallsyms *kallsyms)
{
	unsigned int modules = modules_fingerprint();
	FILE *file;

	if (kallsyms->count && modules == kallsyms->modules)
		return;
	kallsyms_free(kallsyms);
	file = fopen("/proc/kallsyms", "r");
	if (!file)
		return;
	kallsyms_read(kallsyms, file);
	kallsyms->modules = modules;
	fclose(file);
}
