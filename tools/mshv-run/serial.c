// SPDX-License-Identifier: GPL-2.0-only
/*
 * The serial port: a 16550 whose line is this process's standard input and output.
 *
 * What is sent is on the line at once; a line that is slow holds the VP up. What is received
 * waits in a queue, and nothing is taken from the line before the guest's driver listens, or
 * while the queue is full: so nothing is lost.
 * Its interrupt goes to input 4 of the I/O APIC, which is edge-triggered: the line
 * goes down and up again for each new cause.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "saved.h"

#define UART_DATA 0
#define UART_IER 1
#define UART_IIR 2 /* FCR when written */
#define UART_LCR 3
#define UART_MCR 4
#define UART_LSR 5
#define UART_MSR 6
#define UART_SCR 7

#define IER_RECEIVED 0x01
#define IER_SENT 0x02
#define IIR_NOTHING 0x01
#define IIR_SENT 0x02
#define IIR_RECEIVED 0x04
#define IIR_FIFO 0xc0
#define FCR_FIFO 0x01
#define LCR_DIVISOR 0x80
#define LSR_RECEIVED 0x01
#define LSR_READY 0x60 /* both transmit buffers empty */
#define MCR_OUT2 0x08 /* on a PC, lets the interrupt through */
#define MCR_LOOP 0x10
#define MSR_CONNECTED 0xb0 /* carrier, data set ready, clear to send */

#define QUEUE 4096

/* @lock guards all of it: any VP may use the port, and the input thread does. */
static struct {
	pthread_mutex_t lock;
	struct machine *machine;
	uint8_t ier, fcr, lcr, mcr, scr;
	uint8_t divisor[2];
	bool sent; /* an interrupt for an empty transmitter is due */
	bool line;
	uint8_t queue[QUEUE];
	unsigned int first, received;
} uart;

int serial_init(void)
{
	return -pthread_mutex_init(&uart.lock, NULL);
}

void serial_connect(struct machine *m)
{
	/* Before any other thread exists. */
	uart.machine = m;
}

static bool received_due(void)
{
	return uart.received && (uart.ier & IER_RECEIVED);
}

static bool sent_due(void)
{
	return uart.sent && (uart.ier & IER_SENT);
}

/*
 * With the lock held, after anything that may change the interrupt. Returns whether
 * the line has gone up; then raise_irq() has to follow, without the lock.
 */
static bool update_line(void)
{
	bool before = uart.line;

	uart.line = (received_due() || sent_due()) && (uart.mcr & MCR_OUT2);
	return uart.line && !before;
}

static void raise_irq(bool risen)
{
	if (risen && uart.machine)
		ioapic_raise(uart.machine, SERIAL_IRQ);
}

static void transmit(uint8_t value)
{
	/* The transmitter is full, and empty again. */
	uart.sent = false;
	(void)update_line();
	output_put(OUTPUT_SERIAL, &value, 1);
	uart.sent = true;
}

static uint8_t receive(void)
{
	uint8_t value;

	if (!uart.received)
		return 0;
	value = uart.queue[uart.first];
	uart.first = (uart.first + 1) % QUEUE;
	uart.received--;
	return value;
}

static uint8_t identify(void)
{
	uint8_t fifo = uart.fcr & FCR_FIFO ? IIR_FIFO : 0;

	if (received_due())
		return IIR_RECEIVED | fifo;
	if (!sent_due())
		return IIR_NOTHING | fifo;
	uart.sent = false;
	return IIR_SENT | fifo;
}

/* In loop-back mode the modem's inputs are its outputs. */
static uint8_t modem(void)
{
	uint8_t mcr = uart.mcr;

	if (!(mcr & MCR_LOOP))
		return MSR_CONNECTED;
	return (uint8_t)((mcr & 1) << 5 | (mcr & 2) << 3 | (mcr & 4) << 4 |
			 (mcr & 8) << 4);
}

static uint8_t read_register(unsigned int reg)
{
	switch (reg) {
	case UART_DATA:
		return uart.lcr & LCR_DIVISOR ? uart.divisor[0] : receive();
	case UART_IER:
		return uart.lcr & LCR_DIVISOR ? uart.divisor[1] : uart.ier;
	case UART_IIR:
		return identify();
	case UART_LCR:
		return uart.lcr;
	case UART_MCR:
		return uart.mcr;
	case UART_LSR:
		return LSR_READY | (uart.received ? LSR_RECEIVED : 0);
	case UART_MSR:
		return modem();
	default:
		return uart.scr;
	}
}

static void write_register(unsigned int reg, uint8_t value)
{
	switch (reg) {
	case UART_DATA:
		if (uart.lcr & LCR_DIVISOR)
			uart.divisor[0] = value;
		else if (!(uart.mcr & MCR_LOOP))
			transmit(value);
		break;
	case UART_IER:
		if (uart.lcr & LCR_DIVISOR) {
			uart.divisor[1] = value;
			break;
		}
		/* Enabling it while the transmitter is empty is a cause, too. */
		if (value & ~uart.ier & IER_SENT)
			uart.sent = true;
		uart.ier = value & 0x0f;
		break;
	case UART_IIR:
		uart.fcr = value;
		break;
	case UART_LCR:
		uart.lcr = value;
		break;
	case UART_MCR:
		uart.mcr = value & 0x1f;
		break;
	case UART_SCR:
		uart.scr = value;
		break;
	}
}

uint8_t serial_read(unsigned int reg)
{
	uint8_t value;
	bool risen;

	pthread_mutex_lock(&uart.lock);
	value = read_register(reg);
	risen = update_line();
	pthread_mutex_unlock(&uart.lock);
	raise_irq(risen);
	return value;
}

void serial_write(unsigned int reg, uint8_t value)
{
	bool risen;

	pthread_mutex_lock(&uart.lock);
	write_register(reg, value);
	risen = update_line();
	pthread_mutex_unlock(&uart.lock);
	raise_irq(risen);
	output_settle();
}

size_t serial_room(void)
{
	size_t room = 0;

	pthread_mutex_lock(&uart.lock);
	if ((uart.ier & IER_RECEIVED) && (uart.mcr & MCR_OUT2))
		room = QUEUE - uart.received;
	pthread_mutex_unlock(&uart.lock);
	return room;
}

void serial_receive(const uint8_t *bytes, size_t n)
{
	bool risen;

	pthread_mutex_lock(&uart.lock);
	for (size_t i = 0; i < n && uart.received < QUEUE; i++) {
		uart.queue[(uart.first + uart.received) % QUEUE] = bytes[i];
		uart.received++;
	}
	risen = update_line();
	pthread_mutex_unlock(&uart.lock);
	raise_irq(risen);
}

/* What is in a file: all but what has been sent, which is on the line. */
struct saved_serial {
	uint8_t ier, fcr, lcr, mcr, scr;
	uint8_t divisor[2];
	uint8_t sent, line;
	uint8_t reserved[3];
	uint32_t received;
	uint8_t queue[QUEUE];
};

void serial_save(struct saver *s)
{
	static struct saved_serial saved;

	pthread_mutex_lock(&uart.lock);
	saved = (struct saved_serial){
		.ier = uart.ier, .fcr = uart.fcr, .lcr = uart.lcr, .mcr = uart.mcr,
		.scr = uart.scr, .divisor = { uart.divisor[0], uart.divisor[1] },
		.sent = uart.sent, .line = uart.line, .received = uart.received,
	};
	for (unsigned int i = 0; i < uart.received; i++)
		saved.queue[i] = uart.queue[(uart.first + i) % QUEUE];
	pthread_mutex_unlock(&uart.lock);
	saver_put(s, SAVED_SERIAL, 0, &saved, sizeof(saved));
}

int serial_restore(const struct file *file)
{
	static struct saved_serial saved;

	if (saved_get(file, SAVED_SERIAL, 0, &saved, sizeof(saved)) || saved.received > QUEUE)
		return -EBADMSG;
	pthread_mutex_lock(&uart.lock);
	uart.ier = saved.ier & 0x0f;
	uart.fcr = saved.fcr;
	uart.lcr = saved.lcr;
	uart.mcr = saved.mcr & 0x1f;
	uart.scr = saved.scr;
	memcpy(uart.divisor, saved.divisor, sizeof(uart.divisor));
	uart.sent = saved.sent;
	uart.line = saved.line;
	uart.first = 0;
	uart.received = saved.received;
	memcpy(uart.queue, saved.queue, sizeof(uart.queue));
	pthread_mutex_unlock(&uart.lock);
	return 0;
}
