/* SPDX-License-Identifier: GPL-2.0 */
/* The redirection table as a picture. */
#ifndef VIOAPIC_TOOL_SHOW_SVG_H
#define VIOAPIC_TOOL_SHOW_SVG_H

struct view;

/* Prints an SVG on stdout: pins on the left, who takes their interrupts on the right */
void show_svg(const struct view *view);

#endif
