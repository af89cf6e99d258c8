/* SPDX-License-Identifier: GPL-2.0 */
/* A 16550 that only sends: enough for the kernel's 8250 driver, with interrupts. */
#ifndef VMM_UART_H
#define VMM_UART_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct uart - a serial port
 * @line: called with the level of the interrupt line when that changes
 * @sent: called with each byte
 */
struct uart {
	void (*line)(struct uart *uart, bool high);
	void (*sent)(struct uart *uart, char byte);
	void *owner;
	bool high;
	bool empty;	/* an interrupt that the transmitter is empty waits to be taken */
	uint8_t ier, lcr, mcr, scratch, fcr;
	uint16_t divisor;
};

void uart_reset(struct uart *uart);
void uart_write(struct uart *uart, unsigned int reg, uint8_t value);
uint8_t uart_read(struct uart *uart, unsigned int reg);

#endif
