// SPDX-License-Identifier: GPL-2.0-only
/* Messages about a child VP to its parent. */
#include "synic/parent.h"

static bool post_to(struct vp *root, struct synic_message *m, struct vp **target)
{
	if (!root || !synic_post(root, HV_SYNIC_INTERCEPTION_SINT_INDEX, m))
		return false;
	*target = root;
	return true;
}

bool parent_post(struct vp *vp, struct synic_message *m, struct vp **target)
{
	struct vp *preferred = vp->home ? vp->home->root_vp : NULL;
	uint32_t i;

	/* While it waits in one queue it must not be put into another. */
	if (*target && !list_empty(&m->node))
		return false;
	if (post_to(preferred, m, target))
		return true;
	for (i = 0; i < MAX_VPS; i++)
		if (root_partition->vps[i] != preferred &&
		    post_to(root_partition->vps[i], m, target))
			return true;
	hv_log("message 0x%x of VP %u of partition %lu found no listener",
	       m->message.header.message_type, vp->index, vp->partition->id);
	return false;
}

static void cancel(struct vp *target, struct synic_message *m)
{
	if (target)
		synic_cancel(target, HV_SYNIC_INTERCEPTION_SINT_INDEX, m);
}

void parent_cancel_all(struct vp *vp)
{
	cancel(vp->intercept_target, &vp->intercept_message);
	cancel(vp->eoi_target, &vp->eoi_message);
	cancel(vp->signal_target, &vp->signal_message);
}
