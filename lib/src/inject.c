// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Exceptions for the guest.
 */
#include <errno.h>

#include "inject.h"

#define VECTORS 32

/* Also one that was on its way when the VP stopped, or that the VMM has put there. */
static int is_pending(struct mshv_vp *vp, bool *pending)
{
	static const uint32_t names[] = {
		HV_REGISTER_PENDING_EVENT0, HV_REGISTER_PENDING_INTERRUPTION,
	};
	union hv_register_value values[2];
	int err = mshv_regcache_get(vp->cache, names, values, 2);

	if (!err)
		*pending = values[0].pending_exception_event.event_pending ||
			   values[1].pending_interruption.interruption_pending;
	return err;
}

int mshv_vp_inject(struct mshv_vp *vp, const struct mshv_exception *exception)
{
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;
	union hv_register_value value = { 0 };
	bool pending;
	int err;

	if (!vp || !exception || exception->vector >= VECTORS)
		return -EINVAL;
	err = is_pending(vp, &pending);
	if (err)
		return err;
	if (pending)
		return -EBUSY;
	value.pending_exception_event.event_pending = 1;
	value.pending_exception_event.event_type = HV_X64_PENDING_EVENT_EXCEPTION;
	value.pending_exception_event.vector = exception->vector;
	if (exception->has_error_code) {
		value.pending_exception_event.deliver_error_code = 1;
		value.pending_exception_event.error_code = exception->error_code;
	}
	value.pending_exception_event.exception_parameter = exception->parameter;
	return mshv_regcache_set(vp->cache, &name, &value, 1);
}

int inject_fault(struct mshv_vp *vp, int err)
{
	if (err != -EFAULT || !vp->fault.valid)
		return err;
	vp->fault.valid = false;
	return mshv_vp_inject(vp, &vp->fault.exception);
}
