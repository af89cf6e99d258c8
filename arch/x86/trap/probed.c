// SPDX-License-Identifier: GPL-2.0
/*
 * The instruction beneath a kprobe's breakpoint.
 *
 * A kprobe that is single-stepped puts the address of its breakpoint into regs->ip when
 * its copy of the instruction faults, and counts as done with: who let the CPU go back
 * there would have it hit again, without end.  The kernel knows what was there, for its
 * own unwinder and for other kprobes, and does not export it.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <vioapic/emulate.h>
#include <vioapic/names.h>
#include "decode.h"

/* Of the kernel's: @buffer, or @address if nothing hides there; 0 if that cannot be read */
static unsigned long (*recover)(u8 *buffer, unsigned long address) __ro_after_init;

int __init vioapic_probed_init(void)
{
	void *function;
	int err = vioapic_name("", "recover_probed_instruction", &function);

	if (!err)
		recover = function;
	return err == -ENOMEM ? err : 0;
}

bool vioapic_unprobed(u8 *text, unsigned long ip)
{
	return recover && recover(text, ip) == (unsigned long)text;
}
