// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCRUB_PARTITION: the hypervisor takes the VPs of a partition back to where they
 * began, and what is known of them here must follow.
 *
 * So no VP may be in an ioctl meanwhile. Whoever comes is turned away rather than
 * made to wait, as is the caller if somebody is there: lockdep cannot follow as many vp->lock
 * as there may be, held at once, and a VP that runs would be waited for without end.
 */
#include "hvcall.h"
#include "vp.h"

static void scrub_vp_go_on(struct mshv_vp *vp)
{
	lockdep_assert_held(&vp->partition->lock);
	mutex_lock(&vp->lock);
	vp->stopped = false;
	mutex_unlock(&vp->lock);
}

/*
 * What was known of the VP is not true any more. Whether a suspension by an intercept is
 * over is not known: vp->intercepted stays, for to end one that is over does no harm.
 */
static void scrub_vp_begin_anew(struct mshv_vp *vp)
{
	lockdep_assert_held(&vp->partition->lock);
	mutex_lock(&vp->lock);
	vp->stopped = false;
	vp->blocked = false;
	vp->message_due = false;
	vp->undelivered = false;
	WRITE_ONCE(vp->kicked, false);
	mshv_vp_drop_vectors(vp);
	mshv_vp_forget_apic_id(vp);
	mutex_unlock(&vp->lock);
}

/* vp->stopped turns away whoever takes vp->lock from here on. */
static bool scrub_vp_stop(struct mshv_vp *vp)
{
	lockdep_assert_held(&vp->partition->lock);
	if (!mutex_trylock(&vp->lock))
		return false;
	vp->stopped = true;
	mutex_unlock(&vp->lock);
	return true;
}

static void scrub_vps_go_on(struct mshv_partition *pt, u32 end)
{
	struct mshv_vp *vp;
	u32 i;

	lockdep_assert_held(&pt->lock);
	for (i = 0; i < end; i++) {
		vp = mshv_partition_vp(pt, i);
		if (vp)
			scrub_vp_go_on(vp);
	}
}

static void scrub_vps_begin_anew(struct mshv_partition *pt)
{
	struct mshv_vp *vp;
	u32 i;

	lockdep_assert_held(&pt->lock);
	for (i = 0; i < MSHV_MAX_VPS; i++) {
		vp = mshv_partition_vp(pt, i);
		if (vp)
			scrub_vp_begin_anew(vp);
	}
}

static int scrub_vps_stop(struct mshv_partition *pt)
{
	struct mshv_vp *vp;
	u32 i;

	lockdep_assert_held(&pt->lock);
	for (i = 0; i < MSHV_MAX_VPS; i++) {
		vp = mshv_partition_vp(pt, i);
		if (vp && !scrub_vp_stop(vp)) {
			scrub_vps_go_on(pt, i);
			return -EBUSY;
		}
	}
	return 0;
}

/**
 * mshv_partition_scrub - let a partition begin anew
 * @pt: the partition
 * @status: status of the hypercall, if it was made
 *
 * Context: process context, may sleep; with no VP's lock held.
 * Return: 0 if the hypercall was made, -EBUSY or -EINTR.
 */
int mshv_partition_scrub(struct mshv_partition *pt, u64 *status)
{
	int ret;

	if (mutex_lock_killable(&pt->lock))
		return -EINTR;
	ret = scrub_vps_stop(pt);
	if (!ret) {
		*status = hv_make_fast_call8(HVCALL_SCRUB_PARTITION, pt->id);
		if (hv_result_success(*status))
			scrub_vps_begin_anew(pt);
		else
			scrub_vps_go_on(pt, MSHV_MAX_VPS);
	}
	mutex_unlock(&pt->lock);
	return ret;
}
