/* SPDX-License-Identifier: GPL-2.0-only */
/* By a knob, the parent is told what a device was refused, as it happens. */
#ifndef MINIHV_DEVICE_MESSAGE_H
#define MINIHV_DEVICE_MESSAGE_H

#include "device/device.h"

/* What was refused. */
struct refusal {
	enum device_count kind;
	bool write;
	uint64_t address;	/* of memory; not for interrupts */
};

/*
 * The lock of the devices is held. Is there one about this device that waits, this one is
 * not sent.
 */
void device_message(struct device *d, const struct refusal *r);

#endif
