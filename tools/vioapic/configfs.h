/* SPDX-License-Identifier: GPL-2.0 */
/* Where configfs has the directories of simulated I/O APICs. */
#ifndef VIOAPIC_TOOL_CONFIGFS_H
#define VIOAPIC_TOOL_CONFIGFS_H

#include <limits.h>
#include <stdbool.h>

/* Puts the directory of them all into @dir. Returns false if configfs is not mounted. */
bool configfs_dir(char dir[PATH_MAX]);

#endif
