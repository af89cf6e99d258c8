/* SPDX-License-Identifier: GPL-2.0 */
/* Functions that are found by name. */
#ifndef VIOAPIC_NAMES_H
#define VIOAPIC_NAMES_H

int vioapic_name(const char *prefix, const char *name, void **function);

#endif
