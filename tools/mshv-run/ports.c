// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a PC has at its ports besides the serial port, as far as systems look at it:
 *
 *   0x20, 0x21, 0xa0, 0xa1	two interrupt controllers (8259) with nothing connected
 *   0x70, 0x71		the clock, see clock.c
 *   0x600-0x60b		ACPI: power-off, and a timer
 *   0xcf8-0xcff		PCI configuration, see pci.c; 0xcf9: reset
 */
#include <stdatomic.h>
#include <time.h>

#include "saved.h"

#define PIC_MASTER 0x20
#define PIC_SLAVE 0xa0
#define PIC_ICW1 0x10
#define PIC_ICW1_ICW4 0x01
#define PIC_ICW1_SINGLE 0x02

#define PM_CONTROL_SCI 0x0001
#define PM_CONTROL_SLEEP 0x2000
#define PM_SLEEP_TYPE(value) ((value) >> 10 & 7)
#define PM_TIMER_HZ 3579545
#define NSEC_PER_SEC UINT64_C(1000000000)

#define PCI_RESET_CPU 0x04

/* Each is a whole by itself, so nothing is guarded beyond that. */
static struct {
	_Atomic uint8_t mask[2];
	_Atomic uint8_t words[2]; /* of initialisation, that are still to come */
	_Atomic uint16_t pm_enable;
	_Atomic uint64_t pm_offset; /* ns that the timer is ahead of this machine's clock */
} ports;

/* Of them, what is in a file. */
struct saved_ports {
	uint8_t mask[2], words[2];
	uint16_t pm_enable, reserved;
	uint64_t pm_time;
};

static bool is_pic(uint16_t port)
{
	return (port & ~1) == PIC_MASTER || (port & ~1) == PIC_SLAVE;
}

static uint8_t pic_read(uint16_t port)
{
	/* Nothing is requested, and nothing in service. */
	return port & 1 ? ports.mask[port >= PIC_SLAVE] : 0;
}

static void pic_write(uint16_t port, uint8_t value)
{
	int pic = port >= PIC_SLAVE;

	if (!(port & 1)) {
		if (value & PIC_ICW1) {
			ports.mask[pic] = 0;
			ports.words[pic] = 1 + !(value & PIC_ICW1_SINGLE) +
					   !!(value & PIC_ICW1_ICW4);
		}
	} else if (ports.words[pic]) {
		ports.words[pic]--;
	} else {
		ports.mask[pic] = value;
	}
}

static uint64_t host_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

static uint32_t pm_timer(void)
{
	uint64_t ns = host_time() + ports.pm_offset;

	return (uint32_t)(ns / NSEC_PER_SEC * PM_TIMER_HZ +
			  ns % NSEC_PER_SEC * PM_TIMER_HZ / NSEC_PER_SEC) &
	       0xffffff;
}

static uint32_t pm_read(uint16_t port)
{
	switch (port) {
	case PM_EVENT + 2:
		return ports.pm_enable;
	case PM_CONTROL:
		return PM_CONTROL_SCI;
	case PM_TIMER:
		return pm_timer();
	default:
		return 0;
	}
}

static void pm_write(struct machine *m, uint16_t port, uint32_t value)
{
	if (port == PM_EVENT + 2)
		ports.pm_enable = (uint16_t)value;
	else if (port == PM_CONTROL && (value & PM_CONTROL_SLEEP) &&
		 PM_SLEEP_TYPE(value) == PM_SLEEP_OFF)
		machine_stop(m, 0);
}

static bool is_pm(uint16_t port)
{
	return port >= PM_EVENT && port < PM_TIMER + 4;
}

static bool is_clock(uint16_t port)
{
	return (port & ~1) == CLOCK_PORT;
}

/* Returns whether there is anything at @port. */
bool ports_read(struct machine *m, uint16_t port, unsigned int size, uint32_t *value)
{
	if (is_pic(port) && size == 1)
		*value = pic_read(port);
	else if (is_clock(port) && size == 1)
		*value = clock_read(port);
	else if (is_pm(port))
		*value = pm_read(port);
	else
		return pci_port_read(m, port, size, value);
	return true;
}

void ports_write(struct machine *m, uint16_t port, unsigned int size,
		 uint32_t value)
{
	if (is_pic(port) && size == 1)
		pic_write(port, (uint8_t)value);
	else if (is_clock(port) && size == 1)
		clock_write(port, (uint8_t)value);
	else if (is_pm(port))
		pm_write(m, port, value);
	else if (pci_port_write(m, port, size, value))
		return;
	else if (port == PCI_RESET && size == 1 && (value & PCI_RESET_CPU))
		machine_stop(m, 0);
}

void ports_save(struct saver *s)
{
	const struct saved_ports saved = {
		.mask = { ports.mask[0], ports.mask[1] },
		.words = { ports.words[0], ports.words[1] },
		.pm_enable = ports.pm_enable,
		.pm_time = host_time() + ports.pm_offset,
	};

	saver_put(s, SAVED_PORTS, 0, &saved, sizeof(saved));
}

int ports_restore(const struct file *file)
{
	struct saved_ports saved;
	int err = saved_get(file, SAVED_PORTS, 0, &saved, sizeof(saved));

	if (err)
		return err;
	for (int i = 0; i < 2; i++) {
		ports.mask[i] = saved.mask[i];
		ports.words[i] = saved.words[i];
	}
	ports.pm_enable = saved.pm_enable;
	ports.pm_offset = saved.pm_time - host_time();
	return 0;
}
