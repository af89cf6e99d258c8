// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "uart.h"

#define IER_THRI	0x02
#define LCR_DLAB	0x80
#define MCR_OUT2	0x08
#define MCR_LOOP	0x10
#define FCR_ENABLE	0x01
#define IIR_NONE	0x01
#define IIR_THRI	0x02
#define IIR_FIFO	0xc0
#define LSR_EMPTY	0x60
#define MSR_CONNECTED	0xb0

/* A PC's port has its line enabled by OUT2 */
static bool wants(const struct uart *uart)
{
	return uart->empty && (uart->ier & IER_THRI) && (uart->mcr & MCR_OUT2);
}

static void update(struct uart *uart)
{
	if (wants(uart) == uart->high)
		return;
	uart->high = !uart->high;
	uart->line(uart, uart->high);
}

void uart_reset(struct uart *uart)
{
	uart->empty = false;
	uart->ier = 0;
	uart->lcr = 0;
	uart->mcr = 0;
	uart->fcr = 0;
	update(uart);
}

void uart_write(struct uart *uart, unsigned int reg, uint8_t value)
{
	bool dlab = uart->lcr & LCR_DLAB;

	switch (reg) {
	case 0:
		if (dlab) {
			uart->divisor = (uart->divisor & 0xff00) | value;
			break;
		}
		/* The line falls with the byte, and rises again when it has been sent: at once */
		uart->empty = false;
		update(uart);
		if (!(uart->mcr & MCR_LOOP))
			uart->sent(uart, value);
		uart->empty = true;
		break;
	case 1:
		if (dlab) {
			uart->divisor = (uart->divisor & 0xff) | value << 8;
			break;
		}
		if ((value & IER_THRI) && !(uart->ier & IER_THRI))
			uart->empty = true;
		uart->ier = value & 0x0f;
		break;
	case 2:
		uart->fcr = value;
		break;
	case 3:
		uart->lcr = value;
		break;
	case 4:
		uart->mcr = value & 0x1f;
		break;
	case 7:
		uart->scratch = value;
		break;
	}
	update(uart);
}

uint8_t uart_read(struct uart *uart, unsigned int reg)
{
	uint8_t value = 0;

	switch (reg) {
	case 0:
		if (uart->lcr & LCR_DLAB)
			value = uart->divisor;
		break;
	case 1:
		value = uart->lcr & LCR_DLAB ? uart->divisor >> 8 : uart->ier;
		break;
	case 2:
		value = uart->fcr & FCR_ENABLE ? IIR_FIFO : 0;
		if (!uart->empty || !(uart->ier & IER_THRI)) {
			value |= IIR_NONE;
		} else {
			/* To read that it is the reason is to take it */
			value |= IIR_THRI;
			uart->empty = false;
			update(uart);
		}
		break;
	case 3:
		value = uart->lcr;
		break;
	case 4:
		value = uart->mcr;
		break;
	case 5:
		value = LSR_EMPTY;
		break;
	case 6:
		/* In the loop RTS, DTR, OUT1 and OUT2 come back as CTS, DSR, RI and DCD */
		if (uart->mcr & MCR_LOOP)
			value = (uart->mcr & 0x0c) << 4 | (uart->mcr & 2) << 3 |
				(uart->mcr & 1) << 5;
		else
			value = MSR_CONNECTED;
		break;
	case 7:
		value = uart->scratch;
		break;
	}
	return value;
}
