// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What the hypervisor makes of a linear address.
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <hvabi/memory.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <mshvctl/vpstate.h>

#include "core/hvcall.h"
#include "core/vp.h"

/* On a driver without the ioctl. */
static int by_hypercall(struct mshv_vp *vp, uint64_t gva, uint64_t flags,
			uint64_t *result, uint64_t *gpa)
{
	struct hv_output_translate_virtual_address out = { 0 };
	struct hv_input_translate_virtual_address in = {
		.vp_index = vp->index,
		.control_flags = flags,
		.gva_page = gva / MSHV_HV_PAGE_SIZE,
	};
	struct hvcall call = {
		.code = HVCALL_TRANSLATE_VIRTUAL_ADDRESS,
		.in = &in,
		.in_size = sizeof(in),
		.out = &out,
		.out_size = sizeof(out),
	};
	int err = hvcall(vp->fd, &call);

	if (err)
		return err;
	*result = out.translation_result.as_uint64;
	*gpa = out.gpa_page * MSHV_HV_PAGE_SIZE + gva % MSHV_HV_PAGE_SIZE;
	return 0;
}

int mshv_vp_translate(struct mshv_vp *vp, uint64_t gva, uint64_t flags,
		      uint32_t *result, uint64_t *gpa)
{
	uint64_t code = 0, where = 0;
	struct mshv_translate_gva args = {
		.gva = gva,
		.flags = flags,
		.result = (uintptr_t)&code,
		.gpa = (uintptr_t)&where,
	};
	int err;

	if (!vp || !result || !gpa)
		return -EINVAL;
	err = regcache_settle(vp->cache);
	if (err)
		return err;
	err = mshv_ioctl_translate_gva(vp->fd, &args);
	if (err == -ENOTTY)
		err = by_hypercall(vp, gva, flags, &code, &where);
	if (err)
		return err;
	*result = (uint32_t)code;
	if (!*result)
		*gpa = where;
	return 0;
}
