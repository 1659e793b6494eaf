/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A kernel with a hypervisor that only remembers: the library's system calls, for a VP
 * whose registers lie in an array.
 */
#ifndef MSHVCTL_TESTS_DIFFERENTIAL_KERNEL_H
#define MSHVCTL_TESTS_DIFFERENTIAL_KERNEL_H

#include <hvabi/message.h>
#include <hvabi/register.h>

#define KERNEL_XSAVE_SIZE 1024
#define KERNEL_XSAVE_HEADER 512
#define KERNEL_XSAVE_AVX 576

/**
 * struct kernel
 * @registers: by slots of the library's table
 * @message: of the next exit
 * @xsave: the area
 */
struct kernel {
	union hv_register_value registers[256];
	struct hv_message message;
	uint8_t xsave[KERNEL_XSAVE_SIZE];
};

extern struct kernel kernel;

union hv_register_value *kernel_register(uint32_t name);

#endif /* MSHVCTL_TESTS_DIFFERENTIAL_KERNEL_H */
