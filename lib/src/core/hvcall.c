// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Hypercalls through the driver.
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <hvabi/partition.h>
#include <mshvctl/host.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>

#include "core/hvcall.h"

/* Of each thread, as errno is: many may use a VM at once. */
static _Thread_local uint16_t last_status;

uint16_t mshv_hv_status(void)
{
	return last_status;
}

int hvcall(int fd, struct hvcall *call)
{
	struct mshv_root_hvcall args = {
		.code = call->code,
		.reps = call->reps,
		.in_sz = (uint16_t)call->in_size,
		.out_sz = (uint16_t)call->out_size,
		.in_ptr = (uintptr_t)call->in,
		.out_ptr = (uintptr_t)call->out,
	};
	int err = mshv_ioctl_root_hvcall(fd, &args);

	/*
	 * The driver reports status and count together. Where it refused before
	 * it made the call, the status is still 0 and the count still our own.
	 */
	call->status = args.status;
	last_status = args.status;
	call->made = !err || args.status;
	call->done = call->made ? args.reps : 0;
	if (err)
		return err;
	if (args.status || call->done != call->reps)
		return -EIO;
	return 0;
}

int hvcall_get_property(int fd, uint32_t code, uint64_t *value)
{
	struct hv_input_get_partition_property in = { .property_code = code };
	struct hv_output_get_partition_property out = { 0 };
	struct hvcall call = {
		.code = HVCALL_GET_PARTITION_PROPERTY,
		.in = &in,
		.in_size = sizeof(in),
		.out = &out,
		.out_size = sizeof(out),
	};
	int err = hvcall(fd, &call);

	if (!err)
		*value = out.property_value;
	return err;
}
