/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The end of an instruction that was carried out for the guest.
 */
#ifndef MSHVCTL_SRC_EMULATE_RETIRE_H
#define MSHVCTL_SRC_EMULATE_RETIRE_H

#include <hvabi/intercept.h>

#include "core/vp.h"

#define RFLAGS_TF (UINT64_C(1) << 8)
#define RFLAGS_RF (UINT64_C(1) << 16)

static inline const struct hv_x64_intercept_message_header *
retire_header(const struct mshv_vp *vp)
{
	return (const void *)vp_message(vp)->u.payload;
}

/* Whether the guest wants a trap after each instruction, and each part of a string. */
bool retire_steps(const struct mshv_vp *vp);

static inline bool
retire_is_plain(const struct hv_x64_intercept_message_header *head)
{
	return !(head->rflags & (RFLAGS_RF | RFLAGS_TF)) &&
	       !head->execution_state.interrupt_shadow;
}

static inline uint64_t
retire_rip(const struct hv_x64_intercept_message_header *head, unsigned int length)
{
	uint64_t rip = head->rip + length;

	/* Outside 64-bit mode it wraps at 4 GiB. */
	return head->cs_segment._long ? rip : rip & UINT32_MAX;
}

/**
 * struct rip_watch - RIP as it is before a device is called
 * @rip: as at the exit, or as the VMM has written it since; the device may write another value
 */
struct rip_watch {
	uint64_t rip;
};

int retire_watch(struct mshv_vp *vp, struct rip_watch *watch);

/* Whether somebody has sent the guest elsewhere since; nothing of a string is left then. */
bool retire_is_elsewhere(struct mshv_vp *vp, const struct rip_watch *watch);

int retire_any(struct mshv_vp *vp, unsigned int length) __attribute__((cold));

/*
 * The same for an instruction that ends somewhere else, and for one after which interrupts
 * are held up until the next one has ended.
 */
int retire_at(struct mshv_vp *vp, uint64_t rip) __attribute__((cold));
int retire_with_shadow(struct mshv_vp *vp, unsigned int length) __attribute__((cold));

/*
 * Do what the processor does at the end of an instruction: move RIP past @length bytes, 0
 * if part of a string instruction is left; let interrupts in again that the instruction
 * before held up; and trap if the guest executes step by step. Nothing of that if RIP has
 * another value than at the exit: who wrote it knows where the guest shall go on.
 */
static inline int retire(struct mshv_vp *vp, unsigned int length)
{
	const struct hv_x64_intercept_message_header *head = retire_header(vp);

	if (!length || !retire_is_plain(head) || regcache_rip_is_written(vp->cache))
		return retire_any(vp, length);
	return regcache_set64(vp->cache, HV_X64_REGISTER_RIP, retire_rip(head, length));
}

#endif /* MSHVCTL_SRC_EMULATE_RETIRE_H */
