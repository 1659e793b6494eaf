// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A VM whose kernel keeps the argument of its last call, and succeeds.
 */
#include <string.h>

#include "vmrig.h"

struct vmrig kernel;

struct hvcall_args {
	uint16_t code, reps, in_sz, out_sz, status;
	uint8_t rsvd[6];
	uint64_t in_ptr, out_ptr;
};

/* Keeps the argument, or the input of a hypercall. */
int vmrig_answer(unsigned long request, void *arg)
{
	static const struct { unsigned long request; size_t size; } sizes[] = {
		{ IRQFD, 16 }, { IOEVENTFD, 32 }, { GET_BITMAP, 32 },
	};
	const struct hvcall_args *call = arg;

	kernel.request = request;
	kernel.calls++;
	if (request == ROOT_HVCALL) {
		kernel.request = call->code;
		memcpy(kernel.args, (void *)(uintptr_t)call->in_ptr, call->in_sz);
	} else if (request == SET_MSI_ROUTING) {
		memcpy(kernel.args, arg, 8 + 16 * *(uint32_t *)arg);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		if (sizes[i].request == request)
			memcpy(kernel.args, arg, sizes[i].size);
	return kernel.ret;
}

void vmrig_start(void)
{
	fakevp_start(PAGE_MISSING, 0);
	memset(&kernel, 0, sizeof(kernel));
	fake.vm_ioctl = vmrig_answer;
}
