// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * MMIO exits: carrying out the instruction.
 */
#include <errno.h>

#include "inject.h"
#include "mmio.h"
#include "retire.h"
#include "vpregs.h"

static bool is_memory_exit(const struct hv_message *msg)
{
	return (msg->header.message_type == HVMSG_UNMAPPED_GPA ||
		msg->header.message_type == HVMSG_GPA_INTERCEPT) &&
	       msg->header.payload_size >=
	       sizeof(struct hv_x64_memory_intercept_message);
}

int mshv_vp_handle_mmio(struct mshv_vp *vp, const struct mshv_mmio_ops *ops,
			void *opaque)
{
	struct mmio m = { .vp = vp, .ops = ops, .opaque = opaque };
	bool finished = true;
	int err;

	if (!vp || !ops || !ops->read || !ops->write ||
	    !is_memory_exit(vp_message(vp)))
		return -EINVAL;
	m.msg = (const void *)vp_message(vp)->u.payload;
	m.mode = code_mode(&m.msg->header);
	vp->fault.valid = false;
	err = mmio_fetch(&m);
	/* Another VP took the code away: the guest will see that by itself. */
	if (err == -EFAULT && vp->fault.valid)
		return 0;
	/* Without the page, one hypercall for all that may be needed. */
	if (!err && !regcache_page_usable(vp->cache))
		err = mshv_regcache_load(vp->cache, MSHV_TIER_FAST);
	if (!err)
		err = m.insn->kind >= INSN_MOVS ?
			      mmio_string(&m, retire_steps(vp), &finished) :
			      mmio_carry_out(&m);
	if (err == -EAGAIN && m.again)
		return 0;
	if (err)
		return inject_fault(vp, err);
	return retire(vp, finished ? m.insn->length : 0);
}
