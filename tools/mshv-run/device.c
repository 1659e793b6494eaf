// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices of the machine: a serial port that sends, the exit port, and a port
 * and a memory register that count.
 *
 *   0x3f8-0x3ff  the 16550's registers. What is sent goes to standard output; it
 *		  is always ready, never interrupts and never receives
 *   0xf4	  a byte written ends the run and is its exit status
 *   0xe0	  reads return how often this VP has read it, now included
 *
 * and in memory, at 0xd0000000, a register that counts as port 0xe0 does. The rest
 * of its page reads as ones.
 *
 * Ports that nobody has read as ones, and writes to them go nowhere.
 */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "run.h"

#define SERIAL 0x3f8
#define SERIAL_PORTS 8
#define EXIT_PORT 0xf4
#define COUNTING_PORT 0xe0

#define UART_THR 0
#define UART_IIR 2
#define UART_LCR 3
#define UART_LSR 5
#define IIR_NOTHING 0x01
#define LCR_DIVISOR 0x80
#define LSR_READY 0x60 /* both transmit buffers empty */

/* @lock guards all of it: any VP may use the serial port. */
static struct {
	pthread_mutex_t lock;
	uint8_t regs[SERIAL_PORTS];
	char buffer[4096];
	size_t used;
	uint64_t writes;
} uart;

int device_init(void)
{
	return -pthread_mutex_init(&uart.lock, NULL);
}

/* With the lock held. Output that nobody takes is lost, as on a real line. */
static void send(void)
{
	size_t done = 0;

	while (done < uart.used) {
		ssize_t n = write(STDOUT_FILENO, uart.buffer + done,
				  uart.used - done);

		uart.writes++;
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			done += (size_t)n;
	}
	uart.used = 0;
}

void device_flush(void)
{
	pthread_mutex_lock(&uart.lock);
	send();
	pthread_mutex_unlock(&uart.lock);
}

uint64_t device_writes(void)
{
	uint64_t writes;

	pthread_mutex_lock(&uart.lock);
	writes = uart.writes;
	pthread_mutex_unlock(&uart.lock);
	return writes;
}

static void uart_write(unsigned int reg, uint8_t value)
{
	pthread_mutex_lock(&uart.lock);
	if (reg == UART_THR && !(uart.regs[UART_LCR] & LCR_DIVISOR)) {
		uart.buffer[uart.used++] = (char)value;
		/* Whole lines, so that a terminal shows them at once. */
		if (value == '\n' || uart.used == sizeof(uart.buffer))
			send();
	} else {
		uart.regs[reg] = value;
	}
	pthread_mutex_unlock(&uart.lock);
}

static uint8_t uart_read(unsigned int reg)
{
	uint8_t value;

	if (reg == UART_LSR)
		return LSR_READY;
	if (reg == UART_IIR)
		return IIR_NOTHING;
	pthread_mutex_lock(&uart.lock);
	value = uart.regs[reg];
	pthread_mutex_unlock(&uart.lock);
	return value;
}

static int port_in(void *opaque, uint16_t port, unsigned int size,
		   uint32_t *value)
{
	struct cpu *cpu = opaque;

	if (port == COUNTING_PORT)
		*value = ++cpu->reads;
	else if (port - SERIAL < SERIAL_PORTS && port >= SERIAL && size == 1)
		*value = uart_read((unsigned int)port - SERIAL);
	else
		*value = 0xffffffff;
	return 0;
}

static int port_out(void *opaque, uint16_t port, unsigned int size,
		    uint32_t value)
{
	struct cpu *cpu = opaque;

	if (port == EXIT_PORT)
		machine_stop(cpu->machine, (int)(value & 0xff));
	else if (port - SERIAL < SERIAL_PORTS && port >= SERIAL && size == 1)
		uart_write((unsigned int)port - SERIAL, (uint8_t)value);
	return 0;
}

const struct mshv_port_ops device_ops = {
	.in = port_in,
	.out = port_out,
};

static int memory_read(void *opaque, uint64_t gpa, unsigned int size,
		       uint64_t *value)
{
	struct cpu *cpu = opaque;

	*value = UINT64_MAX;
	if (gpa == DEVICE_PAGE)
		*value = ++cpu->memory_reads;
	if (size < sizeof(*value))
		*value &= (UINT64_C(1) << 8 * size) - 1;
	return 0;
}

static int memory_write(void *opaque, uint64_t gpa, unsigned int size,
			uint64_t value)
{
	/* There is nothing to write to. */
	(void)opaque;
	(void)gpa;
	(void)size;
	(void)value;
	return 0;
}

const struct mshv_mmio_ops device_mmio_ops = {
	.read = memory_read,
	.write = memory_write,
};
