/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A VP at INS or OUTS, and the device at the port.
 */
#ifndef MSHVCTL_TESTS_STRINGRIG_H
#define MSHVCTL_TESTS_STRINGRIG_H

#include "emulate/port_string.h"
#include "fakevp.h"
#include "test.h"

/* The guest's memory. Without paging, also in 64-bit mode, which is no mode. */
#define STRING_RAM 0x4000
extern uint8_t string_ram[STRING_RAM];

/* A device that gives 0, 1, 2 ... in each byte and keeps what it gets. */
extern struct string_device {
	uint8_t next;
	uint8_t got[64];
	size_t n;
	unsigned int calls;
	unsigned int fail_at;
} string_device;

int string_device_in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		     uint32_t *value);
int string_device_out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		      uint32_t value);

struct hv_x64_io_port_intercept_message *
string_start(unsigned int size, bool write, bool rep, bool long_mode);

void string_segment(uint32_t name, uint64_t base);

/* Stop there, with these in RSI and RDI, and RCX. */
void string_go(uint64_t index, uint64_t count);

/* mshv_vp_handle_port() with the device. */
int string_handle(void);

uint64_t string_reg(uint32_t name);

#endif /* MSHVCTL_TESTS_STRINGRIG_H */
