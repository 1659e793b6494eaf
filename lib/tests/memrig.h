/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A guest at a memory exit, with some memory and devices around it.
 */
#ifndef MSHVCTL_TESTS_MEMRIG_H
#define MSHVCTL_TESTS_MEMRIG_H

#include "fakevp.h"

#define MEMRIG_RAM 0x8000	 /* bytes of memory, from address 0 */
#define MEMRIG_DEVICE 0xd0000000 /* everything else is a device, but this is the one meant */
#define MEMRIG_FLAT 0xc093	 /* attributes of a data segment of 4 GiB */
#define MEMRIG_NO_FAULT 0xff

/**
 * struct memrig
 * @ram: the memory
 * @seen: what the device saw. It gives the low byte of the address in each byte.
 * @n: how often
 */
struct memrig {
	uint8_t *ram;
	struct { uint64_t gpa; unsigned int size; uint64_t value; } seen[8];
	unsigned int n;
};

extern struct memrig memrig;
extern const struct mshv_mmio_ops memrig_ops;
extern uint8_t memrig_ram[MEMRIG_RAM];

/* Without paging, all segments flat, the memory empty, or as it is. */
void memrig_start(uint64_t cr0);
void memrig_start_with_ram(uint64_t cr0);
/* 4 levels: the first page is at 0, the second at the device, and the rest is absent. */
void memrig_start_long(void);

/* Give the guest a segment register. */
void memrig_segment(uint32_t name, uint64_t base, uint32_t limit, uint16_t attributes);

/* The next exit: an instruction of @bits-bit code, in real mode if those are 16. */
struct hv_x64_memory_intercept_message *
memrig_exit(unsigned int bits, const char *bytes, size_t n);
#define MEMRIG_EXIT(bits, bytes) memrig_exit(bits, bytes, sizeof(bytes) - 1)

/* Run to the exit, handle it, and check which fault the guest gets; devices see none. */
void memrig_handle(uint8_t vector);

/* Note an access, and check one that was noted. */
void memrig_see(uint64_t gpa, unsigned int size, uint64_t value);
void memrig_check_seen(unsigned int i, uint64_t gpa, unsigned int size);

uint64_t memrig_reg(uint32_t name);

/* A port 0x60 of one byte, which is 0x5a. */
extern const struct mshv_port_ops memrig_ports;

/* Another VP that adds ones to a word all the time. The end says how many it were. */
void memrig_start_adding(uint32_t *counter);
uint32_t memrig_stop_adding(void);

#endif /* MSHVCTL_TESTS_MEMRIG_H */
