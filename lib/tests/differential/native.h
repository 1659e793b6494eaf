/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Instructions on the processor that runs the test, with all registers given.
 */
#ifndef MSHVCTL_TESTS_DIFFERENTIAL_NATIVE_H
#define MSHVCTL_TESTS_DIFFERENTIAL_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where all is, each a page: low, so that every kind of address reaches it, and known to
 * the assembler.
 */
#define NATIVE_STATE 0x10000000
#define NATIVE_CODE 0x10001000
#define NATIVE_DEVICE 0x10003000 /* memory here, a device for the library */
#define NATIVE_STACK 0x10005000	 /* memory here and there */
#define NATIVE_PAGE 0x1000

/**
 * struct native - the registers before an instruction, and after it
 * @general: in the processor's order
 * @rflags: of which only those that arithmetic knows, and the direction
 * @vector: YMM0 to YMM15; the upper halves only if the processor has them
 * @mmx: all eight
 */
struct native {
	uint64_t general[16];
	uint64_t rflags;
	uint64_t mmx[8];
	uint64_t vector[16][4];
};

#define NATIVE ((struct native *)NATIVE_STATE)

/* Make the pages. False: there is something at these addresses. */
bool native_start(void);

bool native_has_avx(void);

/*
 * Execute an instruction at NATIVE_CODE, on *NATIVE. With MMX registers only if @mmx.
 * False: it has raised a divide error, and changed nothing.
 */
bool native_run(const uint8_t *bytes, size_t n, bool mmx);

#endif /* MSHVCTL_TESTS_DIFFERENTIAL_NATIVE_H */
