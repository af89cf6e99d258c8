// SPDX-License-Identifier: GPL-2.0
/* vioapic sim destroy */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "configfs.h"
#include "device.h"
#include "sim.h"
#include "vioapic.h"

struct arguments {
	bool all;
	char **names;
	int count;
};

static const struct argp_option options[] = {
	{ .name = "all", .key = 'a', .doc = "All simulated ones" },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	(void)arg;
	switch (key) {
	case 'a':
		arguments->all = true;
		return 0;
	case ARGP_KEY_ARGS:
		arguments->names = state->argv + state->next;
		arguments->count = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (arguments->all && arguments->count)
			argp_error(state, "--all goes without names");
		if (!arguments->all && !arguments->count)
			argp_error(state, "name a simulated I/O APIC, or say --all");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "NAME...\n--all",
	.doc = "Take simulated I/O APICs away.  One whose pins are in use stays, the others go.",
};

/* The kernel leaves alone what somebody made by mkdir, and it would hold the module. */
static int remove_dir(const char *dir, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) &&
	    (!rmdir(path) || errno == ENOENT))
		return STATUS_DONE;
	return refuse("%s is gone, but not its directory %s/%s: %s", name, dir, name,
		      strerror(errno));
}

static int destroy(int fd, const char *dir, const char *name)
{
	struct vioapic_sim_destroy request = { 0 };

	if (name_set(request.name, name))
		return STATUS_REFUSED;
	if (!ioctl(fd, VIOAPIC_IOC_SIM_DESTROY, &request))
		return *dir ? remove_dir(dir, name) : STATUS_DONE;
	request.reason[sizeof(request.reason) - 1] = '\0';
	return refuse_ioctl(name, "destroy", errno, request.reason);
}

static int destroy_live(const struct inventory *inventory, const char *dir)
{
	int status = STATUS_DONE;
	size_t i;

	/* The youngest first: its GSIs are free for the next then. */
	for (i = inventory->count; i--;)
		if (is_simulated(&inventory->list[i]) &&
		    destroy(inventory->fd, dir, inventory->list[i].name))
			status = STATUS_REFUSED;
	return status;
}

static bool is_live(const struct inventory *inventory, const char *name)
{
	size_t i;

	for (i = 0; i < inventory->count; i++)
		if (is_simulated(&inventory->list[i]) &&
		    !strcmp(inventory->list[i].name, name))
			return true;
	return false;
}

/* Directories whose I/O APIC was never live, or is dead already */
static int remove_dead(const struct inventory *inventory, const char *path)
{
	int status = STATUS_DONE;
	struct dirent *entry;
	DIR *dir;

	if (!*path)
		return STATUS_DONE;
	dir = opendir(path);
	if (!dir)
		return refuse("cannot read %s: %s", path, strerror(errno));
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && !is_live(inventory, entry->d_name) &&
		    remove_dir(path, entry->d_name))
			status = STATUS_REFUSED;
	closedir(dir);
	return status;
}

int sim_destroy(int argc, char **argv)
{
	struct arguments arguments = { 0 };
	struct inventory inventory;
	char dir[PATH_MAX] = "";
	int i, status;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	configfs_dir(dir);
	status = inventory_open(&inventory);
	if (status)
		goto out;
	for (i = 0; i < arguments.count; i++)
		if (destroy(inventory.fd, dir, arguments.names[i]))
			status = STATUS_REFUSED;
	if (arguments.all) {
		status = destroy_live(&inventory, dir);
		if (remove_dead(&inventory, dir))
			status = STATUS_REFUSED;
	}
out:
	inventory_close(&inventory);
	return status;
}
