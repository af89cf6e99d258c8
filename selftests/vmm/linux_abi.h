/* SPDX-License-Identifier: GPL-2.0 */
/* What the VMM and the init of its Linux guest agree on. */
#ifndef VMM_LINUX_ABI_H
#define VMM_LINUX_ABI_H

#define LINUX_PORT_VERDICT	0xf4	/* a byte written here ends the test; 0 is good */
#define LINUX_LINES		400	/* of 16 bytes each, which init writes to ttyS1 */
#define LINUX_LINE		"%07d vioapic\n"

/* Of the first I/O APIC, where ttyS1 is */
#define LINUX_SERIAL_PIN	200

#endif
