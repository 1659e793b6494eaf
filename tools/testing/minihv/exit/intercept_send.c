// SPDX-License-Identifier: GPL-2.0-only
/* The way of an intercept from a child VP to its parent. */
#include "exit/intercept.h"
#include "state/page.h"
#include "state/regs.h"
#include "synic/parent.h"

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
