// SPDX-License-Identifier: GPL-2.0
/* Where configfs has the directories of simulated I/O APICs. */
#include <mntent.h>
#include <stdio.h>
#include <string.h>

#include "configfs.h"

bool configfs_dir(char dir[PATH_MAX])
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	const struct mntent *mount;
	bool found = false;

	if (!mounts)
		return false;
	while (!found && (mount = getmntent(mounts)))
		if (!strcmp(mount->mnt_type, "configfs"))
			found = snprintf(dir, PATH_MAX, "%s/vioapic", mount->mnt_dir) < PATH_MAX;
	endmntent(mounts);
	return found;
}
