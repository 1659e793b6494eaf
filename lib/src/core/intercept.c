// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What stops the VPs of a virtual machine.
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <hvabi/intercept.h>
#include <mshvctl/vm.h>

#include "core/hvcall.h"
#include "core/vm.h"

#define ACCESS_ALL (HV_INTERCEPT_ACCESS_MASK_READ | \
		    HV_INTERCEPT_ACCESS_MASK_WRITE | \
		    HV_INTERCEPT_ACCESS_MASK_EXECUTE)

int mshv_vm_install_intercept(struct mshv_vm *vm, uint32_t type,
			      uint32_t access, uint64_t parameter)
{
	struct hv_input_install_intercept in = {
		.access_type = access,
		.intercept_type = type,
		.intercept_parameter.as_uint64 = parameter,
	};
	struct hvcall call = {
		.code = HVCALL_INSTALL_INTERCEPT,
		.in = &in,
		.in_size = sizeof(in),
	};

	if (!vm || (access & ~(uint32_t)ACCESS_ALL))
		return -EINVAL;
	return hvcall(vm->fd, &call);
}
