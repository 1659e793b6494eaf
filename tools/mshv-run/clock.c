// SPDX-License-Identifier: GPL-2.0-only
/*
 * The battery-backed clock (MC146818): tells the time, in BCD and UTC. It cannot be
 * set and raises no alarms; its other memory reads as 0.
 */
#include <stdatomic.h>
#include <time.h>

#include "saved.h"

#define CLOCK_STATUS_B 0x0b
#define CLOCK_STATUS_D 0x0d
#define CLOCK_CENTURY 0x32

#define STATUS_B_24_HOURS 0x02
#define STATUS_D_VALID 0x80

static _Atomic uint8_t selected;

static uint8_t bcd(int value)
{
	return (uint8_t)(value / 10 % 10 << 4 | value % 10);
}

static uint8_t read_time(uint8_t index)
{
	time_t now = time(NULL);
	struct tm t;

	gmtime_r(&now, &t);
	switch (index) {
	case 0x00:
		return bcd(t.tm_sec);
	case 0x02:
		return bcd(t.tm_min);
	case 0x04:
		return bcd(t.tm_hour);
	case 0x06:
		return bcd(t.tm_wday + 1);
	case 0x07:
		return bcd(t.tm_mday);
	case 0x08:
		return bcd(t.tm_mon + 1);
	case 0x09:
		return bcd(t.tm_year);
	case CLOCK_CENTURY:
		return bcd((t.tm_year + 1900) / 100);
	default:
		return 0;
	}
}

void clock_write(uint16_t port, uint8_t value)
{
	/* Bit 7 masks the NMI, which nothing here raises. */
	if (port == CLOCK_PORT)
		selected = value & 0x7f;
}

uint8_t clock_read(uint16_t port)
{
	if (port == CLOCK_PORT)
		return 0xff;
	if (selected == CLOCK_STATUS_B)
		return STATUS_B_24_HOURS;
	if (selected == CLOCK_STATUS_D)
		return STATUS_D_VALID;
	return read_time(selected);
}

void clock_save(struct saver *s)
{
	const uint8_t index = selected;

	saver_put(s, SAVED_CLOCK, 0, &index, sizeof(index));
}

int clock_restore(const struct file *file)
{
	uint8_t index;
	int err = saved_get(file, SAVED_CLOCK, 0, &index, sizeof(index));

	if (!err)
		selected = index & 0x7f;
	return err;
}
