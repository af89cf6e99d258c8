// SPDX-License-Identifier: GPL-2.0
/* vioapic save */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "device.h"
#include "snapshot.h"
#include "vioapic.h"

static const struct argp_option options[] = {
	SNAPSHOT_OPTION_KVM,
	{ 0 }
};

static const struct argp argp = {
	.options = options,
	.parser = snapshot_parse,
	.args_doc = "NAME [FILE]",
	.doc = "Write down all that an I/O APIC holds, to FILE or standard output.",
};

int cmd_save(int argc, char **argv)
{
	struct vioapic_snapshot request = { 0 };
	struct snapshot snapshot = { 0 };
	const struct vioapic_info *info;
	struct inventory inventory;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &snapshot);
	status = inventory_open(&inventory);
	if (status)
		goto out;
	status = STATUS_REFUSED;
	info = inventory_find(&inventory, snapshot.name);
	if (!info)
		goto out;
	memcpy(request.name, info->name, sizeof(request.name));
	if (ioctl(inventory.fd, VIOAPIC_IOC_SAVE, &request)) {
		request.reason[sizeof(request.reason) - 1] = '\0';
		refuse_ioctl(info->name, "save", errno, request.reason);
		goto out;
	}
	status = snapshot_write(&snapshot, &request.state);
out:
	inventory_close(&inventory);
	return status;
}
