// SPDX-License-Identifier: GPL-2.0-only
/* Making VPs with all their parts. */
#include "state/create.h"
#include "lapic/lapic.h"
#include "state/controls.h"
#include "state/msr.h"
#include "synic/stimer.h"

struct vp *vp_create(struct partition *p, uint32_t index)
{
	struct pool *pool = vp_pool(p);
	struct vp *vp = pool_alloc(pool);
	struct vmcb *vmcb = pool_alloc(pool);
	void *xsave = pool_alloc(pool);

	_Static_assert(sizeof(struct vp) <= PAGE_SIZE, "a VP fits in one page");
	if (!vp || !vmcb || !xsave)
		goto fail;
	vp->partition = p;
	vp->index = index;
	vp->apic_id = index;
	vp->vmcb = vmcb;
	vp->xsave = xsave;
	list_init(&vp->queue_node);
	list_init(&vp->intercept_message.node);
	list_init(&vp->signal_message.node);
	list_init(&vp->eoi_message.node);
	list_init(&vp->direct_message.node);
	if (!msrs_init(vp) || !synic_init(vp))
		goto fail;
	stimers_init(vp);
	lapic_init(vp);
	vp_control_fixed(vp);
	vp_reset_registers(vp);
	vp_reset_fpu(vp);
	if (partition_is_child(p) && p->vps[0])
		vmcb->tsc_offset = p->vps[0]->vmcb->tsc_offset;
	return vp;
fail:
	if (vp && vp->msrs)
		msrs_free(vp);
	pool_free(pool, vp);
	pool_free(pool, vmcb);
	pool_free(pool, xsave);
	return NULL;
}

void vp_destroy(struct vp *vp)
{
	struct pool *pool = vp_pool(vp->partition);

	hv_assert(!vp->loaded);
	lapic_destroy(vp);
	stimers_destroy(vp);
	msrs_destroy(vp);
	synic_destroy(vp);
	pool_free(pool, vp->xsave);
	pool_free(pool, vp->vmcb);
	pool_free(pool, vp);
}
