/* SPDX-License-Identifier: GPL-2.0 */
/* vioapic sim: its commands. */
#ifndef VIOAPIC_TOOL_SIM_H
#define VIOAPIC_TOOL_SIM_H

#include <stdbool.h>
#include <linux/types.h>

int sim_create(int argc, char **argv);
int sim_destroy(int argc, char **argv);
int sim_raise(int argc, char **argv);
int sim_lower(int argc, char **argv);
int sim_pulse(int argc, char **argv);
int sim_fault(int argc, char **argv);

/*
 * Has @name this pin, or shall it have it when it is live?  If not, says so.  Where
 * that cannot be told it is true: then the kernel refuses the first request.
 */
bool sim_has_pin(int fd, const char *name, __u64 pin);

#endif
