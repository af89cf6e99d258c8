// SPDX-License-Identifier: GPL-2.0
/* A function that is never called, to be traced: see hook.c.  Unlike all others here it can be. */
#include "page.h"

noinline void vioapic_trap_keep(void)
{
	barrier();
}
