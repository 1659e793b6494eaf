// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The end of an instruction: AMD64 Architecture Programmer's Manual, volume 2, sections
 * 3.1.6 "RFLAGS register", 13.1.4 "Single stepping" and 15.21.5 "Interrupt shadows".
 */
#include <errno.h>
#include <hvabi/intercept.h>

#include "emulate/retire.h"

#define DR6_BS (UINT64_C(1) << 14)
#define VECTOR_DEBUG 1

bool retire_steps(const struct mshv_vp *vp)
{
	return retire_header(vp)->rflags & RFLAGS_TF;
}

/*
 * Where the guest goes on as things are. The cache may have forgotten what RIP was at the
 * exit, and holds a write of that very value then; the message still has it.
 */
static int next_rip(struct mshv_vp *vp, uint64_t *rip)
{
	*rip = retire_header(vp)->rip;
	if (!regcache_rip_is_written(vp->cache))
		return 0;
	return regcache_get64(vp->cache, HV_X64_REGISTER_RIP, rip);
}

int retire_watch(struct mshv_vp *vp, struct rip_watch *watch)
{
	return next_rip(vp, &watch->rip);
}

bool retire_is_elsewhere(struct mshv_vp *vp, const struct rip_watch *watch)
{
	uint64_t rip;

	return next_rip(vp, &rip) || rip != watch->rip;
}

static int set_shadow(struct mshv_vp *vp, bool shadow)
{
	const uint32_t name = HV_REGISTER_INTERRUPT_STATE;
	union hv_register_value value;
	int err = mshv_regcache_get(vp->cache, &name, &value, 1);

	if (err || value.interrupt_state.interrupt_shadow == shadow)
		return err;
	value.interrupt_state.interrupt_shadow = shadow;
	return mshv_regcache_set(vp->cache, &name, &value, 1);
}

static int end_resume(struct mshv_vp *vp)
{
	uint64_t rflags;
	int err = regcache_get64(vp->cache, HV_X64_REGISTER_RFLAGS, &rflags);

	if (err)
		return err;
	return regcache_set64(vp->cache, HV_X64_REGISTER_RFLAGS, rflags & ~RFLAGS_RF);
}

static int trap(struct mshv_vp *vp)
{
	static const struct mshv_exception debug = { .vector = VECTOR_DEBUG };
	uint64_t dr6;
	int err = mshv_vp_inject(vp, &debug);

	/* A device has made another event pending, which comes first. */
	if (err == -EBUSY)
		return 0;
	if (!err)
		err = regcache_get64(vp->cache, HV_X64_REGISTER_DR6, &dr6);
	return err ? err : regcache_set64(vp->cache, HV_X64_REGISTER_DR6, dr6 | DR6_BS);
}

/* What hardly any instruction needs at its end; not @finished: it is a part of a string. */
static int end_rest(struct mshv_vp *vp, bool finished)
{
	const struct hv_x64_intercept_message_header *head = retire_header(vp);
	int err = 0;

	if (head->execution_state.interrupt_shadow)
		err = set_shadow(vp, false);
	if (!err && (head->rflags & RFLAGS_RF) && finished)
		err = end_resume(vp);
	if (!err && (head->rflags & RFLAGS_TF))
		err = trap(vp);
	return err;
}

/* Whether the guest goes on somewhere else: RIP was written, and is not what it was. */
static int is_sent_away(struct mshv_vp *vp, bool *away)
{
	uint64_t rip;
	int err = next_rip(vp, &rip);

	*away = rip != retire_header(vp)->rip;
	return err;
}

int retire_at(struct mshv_vp *vp, uint64_t rip)
{
	bool away;
	int err = is_sent_away(vp, &away);

	if (err || away)
		return err;
	err = end_rest(vp, true);
	return err ? err : regcache_set64(vp->cache, HV_X64_REGISTER_RIP, rip);
}

int retire_any(struct mshv_vp *vp, unsigned int length)
{
	bool away;
	int err;

	if (length)
		return retire_at(vp, retire_rip(retire_header(vp), length));
	err = is_sent_away(vp, &away);
	return err || away ? err : end_rest(vp, false);
}

/* A second such instruction in a row holds up nothing; and what it holds up are traps, too. */
int retire_with_shadow(struct mshv_vp *vp, unsigned int length)
{
	const struct hv_x64_intercept_message_header *head = retire_header(vp);
	bool away;
	int err;

	if (head->execution_state.interrupt_shadow)
		return retire_any(vp, length);
	err = is_sent_away(vp, &away);
	if (err || away)
		return err;
	if (head->rflags & RFLAGS_RF)
		err = end_resume(vp);
	if (!err)
		err = set_shadow(vp, true);
	return err ? err : regcache_set64(vp->cache, HV_X64_REGISTER_RIP,
					  retire_rip(head, length));
}
