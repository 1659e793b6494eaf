// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Events for the guest.
 */
#include <errno.h>
#include <string.h>

#include "core/inject.h"

#define VECTORS 32
#define PRIORITY_MAX 15

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

int mshv_vp_inject_interrupt(struct mshv_vp *vp, uint8_t vector)
{
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;
	union hv_register_value value;
	int err;

	if (!vp)
		return -EINVAL;
	err = mshv_regcache_get(vp->cache, &name, &value, 1);
	if (err)
		return err;
	if (value.pending_ext_int_event.event_pending)
		return -EBUSY;
	memset(&value, 0, sizeof(value));
	value.pending_ext_int_event.event_pending = 1;
	value.pending_ext_int_event.event_type = HV_X64_PENDING_EVENT_EXT_INT;
	value.pending_ext_int_event.vector = vector;
	return mshv_regcache_set(vp->cache, &name, &value, 1);
}

int mshv_vp_notify_deliverable(struct mshv_vp *vp, unsigned int events, unsigned int priority)
{
	const uint32_t name = HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS;
	union hv_register_value value;
	int err;

	if (!vp || events & ~(MSHV_DELIVERABLE_INTERRUPT | MSHV_DELIVERABLE_NMI) ||
	    priority > PRIORITY_MAX)
		return -EINVAL;
	/* The hypervisor refuses that, and with it what else is flushed. */
	if (vp->vm->has_lapic && (events & MSHV_DELIVERABLE_NMI))
		return -EOPNOTSUPP;
	err = mshv_regcache_get(vp->cache, &name, &value, 1);
	if (err)
		return err;
	value.deliverability_notifications.interrupt_notification =
		!!(events & MSHV_DELIVERABLE_INTERRUPT);
	value.deliverability_notifications.nmi_notification = !!(events & MSHV_DELIVERABLE_NMI);
	value.deliverability_notifications.interrupt_priority = priority & PRIORITY_MAX;
	return mshv_regcache_set(vp->cache, &name, &value, 1);
}

int inject_fault(struct mshv_vp *vp, int err)
{
	if (err != -EFAULT || !vp->fault.valid)
		return err;
	vp->fault.valid = false;
	return mshv_vp_inject(vp, &vp->fault.exception);
}
