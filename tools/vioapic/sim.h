/* SPDX-License-Identifier: GPL-2.0 */
/* vioapic sim: its commands. */
#ifndef VIOAPIC_TOOL_SIM_H
#define VIOAPIC_TOOL_SIM_H

int sim_create(int argc, char **argv);
int sim_destroy(int argc, char **argv);
int sim_raise(int argc, char **argv);
int sim_lower(int argc, char **argv);
int sim_pulse(int argc, char **argv);
int sim_fault(int argc, char **argv);

#endif
