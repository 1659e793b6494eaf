// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A kernel with a hypervisor that only remembers.
 */
#include <hvabi/hypercall.h>
#include <hvabi/partition.h>
#include <linux/mshv.h>
#include <stdlib.h>
#include <string.h>

#include "core/sys.h"
#include "kernel.h"
#include "regs/table.h"

struct kernel kernel;

_Static_assert(sizeof(kernel.registers) / sizeof(kernel.registers[0]) >= REG_SLOTS,
	       "room for each");

union hv_register_value *kernel_register(uint32_t name)
{
	int slot = reg_slot(name);

	if (slot < 0)
		abort();
	return &kernel.registers[slot];
}

static int hypercall(struct mshv_root_hvcall *args)
{
	const void *in = (const void *)(uintptr_t)args->in_ptr;
	const uint32_t *names = (const uint32_t *)((const struct hv_input_get_vp_registers *)in + 1);
	const struct hv_register_assoc *set =
		(const void *)((const struct hv_input_set_vp_registers *)in + 1);
	union hv_register_value *out = (void *)(uintptr_t)args->out_ptr;

	switch (args->code) {
	case HVCALL_GET_VP_REGISTERS:
		for (unsigned int i = 0; i < args->reps; i++)
			out[i] = *kernel_register(names[i]);
		return 0;
	case HVCALL_SET_VP_REGISTERS:
		for (unsigned int i = 0; i < args->reps; i++)
			*kernel_register(set[i].name) = set[i].value;
		return 0;
	case HVCALL_GET_PARTITION_PROPERTY:
		out->reg64 = 52;
		return 0;
	default:
		abort();
	}
}

static int state(struct mshv_get_set_vp_state *args, bool write)
{
	void *bytes = (void *)(uintptr_t)args->buf_ptr;

	if (args->type != MSHV_VP_STATE_XSAVE || args->buf_sz < KERNEL_XSAVE_SIZE)
		abort();
	args->buf_sz = KERNEL_XSAVE_SIZE;
	if (write)
		memcpy(kernel.xsave, bytes, KERNEL_XSAVE_SIZE);
	else
		memcpy(bytes, kernel.xsave, KERNEL_XSAVE_SIZE);
	return 0;
}

int mshv_sys_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	switch (request) {
	case MSHV_CREATE_PARTITION:
	case MSHV_CREATE_VP:
		return 11;
	case MSHV_RUN_VP:
		memcpy(arg, &kernel.message, sizeof(kernel.message));
		return 0;
	case MSHV_ROOT_HVCALL:
		return hypercall(arg);
	case MSHV_GET_VP_STATE:
		return state(arg, false);
	case MSHV_SET_VP_STATE:
		return state(arg, true);
	case MSHV_SET_GUEST_MEMORY:
		return 0;
	default:
		abort();
	}
}
