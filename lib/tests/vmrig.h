/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A VM whose kernel keeps the argument of its last call, and succeeds.
 */
#ifndef MSHVCTL_TESTS_VMRIG_H
#define MSHVCTL_TESTS_VMRIG_H

#include "fakevp.h"
#include "test.h"

/* The kernel's numbers, spelled out. */
#define IRQFD 0x4010b803ul
#define IOEVENTFD 0x4020b804ul
#define SET_MSI_ROUTING 0x4008b805ul
#define GET_BITMAP 0xc020b806ul
#define ROOT_HVCALL 0xc020b807ul

/**
 * struct vmrig - the last call
 * @request: of an ioctl, or the code of a hypercall
 * @args: its argument, or the hypercall's input
 * @calls: since CHECK_CALL()
 * @ret: what calls return
 */
struct vmrig {
	unsigned long request;
	uint8_t args[256];
	unsigned int calls;
	int ret;
};

extern struct vmrig kernel;

/* Answers ioctls on the VM. */
int vmrig_answer(unsigned long request, void *arg);

/* Make @fake anew, with that kernel. */
void vmrig_start(void);

/* There was one call since the last time, of that number, whose argument begins so. */
#define CHECK_CALL(number, ...) \
	do { \
		const uint32_t words_[] = { __VA_ARGS__ }; \
		CHECK_EQ(kernel.request, number); \
		CHECK_EQ(kernel.calls, 1); \
		for (size_t at_ = 0; at_ < ARRAY_SIZE(words_); at_++) \
			CHECK_EQ(((const uint32_t *)kernel.args)[at_], words_[at_]); \
		kernel.calls = 0; \
	} while (0)

#endif /* MSHVCTL_TESTS_VMRIG_H */
