// SPDX-License-Identifier: GPL-2.0
/* Which pins a simulated I/O APIC has. */
#include <stdio.h>
#include <sys/ioctl.h>

#include "configfs.h"
#include "device.h"
#include "sim.h"
#include "vioapic.h"

/* Of one that is not live, if the file can be read; else 0 */
static unsigned int pins_in_file(const char *name)
{
	char dir[PATH_MAX], path[PATH_MAX];
	unsigned int pins = 0;
	FILE *f;

	if (!configfs_dir(dir) ||
	    snprintf(path, sizeof(path), "%s/%s/pins", dir, name) >= (int)sizeof(path))
		return 0;
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%3u", &pins) != 1)
		pins = 0;
	fclose(f);
	return pins;
}

bool sim_has_pin(int fd, const char *name, __u64 pin)
{
	struct vioapic_info info = { 0 };
	unsigned int pins;

	/* The kernel says what is wrong with the name */
	if (name_set(info.name, name))
		return false;
	if (ioctl(fd, VIOAPIC_IOC_INFO, &info))
		pins = pins_in_file(name);
	else
		pins = is_simulated(&info) ? info.pins : 0;
	if (!pins || pin < pins)
		return true;
	refuse("%s has no pin %llu: its pins are 0-%u", name, pin, pins - 1);
	return false;
}
