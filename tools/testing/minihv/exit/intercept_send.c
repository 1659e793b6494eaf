// SPDX-License-Identifier: GPL-2.0-only
/* The way of an intercept from a child VP to its parent. */
#include "exit/intercept.h"
#include "state/regs.h"

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

struct hv_message *intercept_begin(struct vp *vp, uint32_t type, uint32_t size)
{
	struct hv_message *m = vp->intercept_page ? vp->intercept_page :
						    &vp->intercept_message.message;

	memset(m, 0, sizeof(*m));
	m->header.message_type = type;
	m->header.payload_size = size;
	m->header.sender = vp->partition->id;
	vp->intercept_suspend = true;
	vp->intercept_unsent = true;
	return m;
}

/* With an intercept page the message itself only says which VP it is. */
static void make_opaque(struct vp *vp)
{
	struct hv_message *m = &vp->intercept_message.message;
	struct hv_opaque_intercept_message *opaque = (void *)m->u.payload;

	memset(m, 0, sizeof(*m));
	m->header.message_type = HVMSG_OPAQUE_INTERCEPT;
	m->header.payload_size = sizeof(*opaque);
	m->header.sender = vp->partition->id;
	opaque->vp_index = vp->index;
}

/* While the VP was on its CPU its vector registers were in there. */
static void complete_hypercall(struct vp *vp)
{
	struct hv_message *m = vp->intercept_page ? vp->intercept_page :
						    &vp->intercept_message.message;
	struct hv_x64_hypercall_intercept_message *x = (void *)m->u.payload;
	uint32_t i;

	if (m->header.message_type != HVMSG_HYPERCALL_INTERCEPT)
		return;
	for (i = 0; i < ARRAY_SIZE(x->xmmregisters); i++) {
		union hv_register_value v;

		reg_get(vp, HV_X64_REGISTER_XMM0 + i, &v);
		x->xmmregisters[i] = v.reg128;
	}
}

void intercept_finish(struct vp *vp)
{
	if (!vp->intercept_unsent)
		return;
	vp->intercept_unsent = false;
	complete_hypercall(vp);
	statepage_fill(vp);
	/* The root scheduler learns of it from the dispatch call itself. */
	if (!options.core_scheduler && vp->intercept_page)
		return;
	if (vp->intercept_page)
		make_opaque(vp);
	parent_post(vp, &vp->intercept_message, &vp->intercept_target);
}
