// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The end of instructions that the VMM has carried out itself.
 */
#include <errno.h>
#include <hvabi/message.h>
#include <mshvctl/vp.h>

#include "emulate/retire.h"

#define LENGTH_MAX 15

/* The types whose message begins with the header, and that are about an instruction. */
static bool is_about_insn(const struct hv_message *msg)
{
	if (msg->header.payload_size < sizeof(struct hv_x64_intercept_message_header))
		return false;
	switch (msg->header.message_type) {
	case HVMSG_UNMAPPED_GPA:
	case HVMSG_GPA_INTERCEPT:
	case HVMSG_X64_IO_PORT_INTERCEPT:
	case HVMSG_X64_MSR_INTERCEPT:
	case HVMSG_X64_CPUID_INTERCEPT:
	case HVMSG_X64_EXCEPTION_INTERCEPT:
	case HVMSG_HYPERCALL_INTERCEPT:
		return true;
	default:
		return false;
	}
}

int mshv_vp_finish_insn(struct mshv_vp *vp, unsigned int length)
{
	if (!vp || length > LENGTH_MAX || !is_about_insn(vp_message(vp)))
		return -EINVAL;
	if (!length)
		length = retire_header(vp)->instruction_length;
	return length ? retire(vp, length) : -EBADMSG;
}
