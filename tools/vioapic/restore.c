// SPDX-License-Identifier: GPL-2.0
/* vioapic restore */
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
	.doc = "Put an I/O APIC into a state that was saved, from FILE or standard input.",
};

int cmd_restore(int argc, char **argv)
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
	if (snapshot_read(&snapshot, info, &request.state))
		goto out;
	if (ioctl(inventory.fd, VIOAPIC_IOC_RESTORE, &request)) {
		request.reason[sizeof(request.reason) - 1] = '\0';
		refuse_ioctl(info->name, "restore", errno, request.reason);
		goto out;
	}
	status = STATUS_DONE;
out:
	inventory_close(&inventory);
	return status;
}
