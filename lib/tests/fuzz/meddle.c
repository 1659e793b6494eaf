// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A device that writes registers in the middle of an instruction.
 */
#include <hvabi/vp.h>

#include "emulate/retire.h"
#include "meddle.h"

#define LEFT 0x4711

/* What a string steps. */
static const uint32_t stepped[] = {
	HV_X64_REGISTER_RCX, HV_X64_REGISTER_RSI, HV_X64_REGISTER_RDI,
};

#define STEPPED (sizeof(stepped) / sizeof(stepped[0]))

bool meddle(struct mshv_vp *vp, bool at_once, struct meddling *meddling)
{
	if (mshv_vp_get_reg(vp, HV_X64_REGISTER_RIP, &meddling->rip))
		return false;
	meddling->rip = ~meddling->rip;
	/* A page and a message that disagree: to write what the message has is to stay. */
	if (meddling->rip == retire_header(vp)->rip)
		meddling->rip ^= 1;
	meddling->done = true;
	for (size_t i = 0; i < STEPPED; i++)
		if (mshv_vp_set_reg(vp, stepped[i], LEFT))
			return false;
	return !mshv_vp_set_reg(vp, HV_X64_REGISTER_RIP, meddling->rip) &&
	       (!at_once || !mshv_vp_flush_regs(vp));
}

bool meddling_counts(struct mshv_vp *vp, const struct meddling *meddling, bool all)
{
	uint64_t value;

	if (!meddling->done)
		return true;
	for (size_t i = 0; all && i < STEPPED; i++)
		if (mshv_vp_get_reg(vp, stepped[i], &value) || value != LEFT)
			return false;
	return !mshv_vp_get_reg(vp, HV_X64_REGISTER_RIP, &value) && value == meddling->rip;
}
