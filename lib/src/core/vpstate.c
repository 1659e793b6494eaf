// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * State of a VP that is no register.
 */
#include <errno.h>
#include <hvabi/vpstate.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <mshvctl/vpstate.h>
#include <stdlib.h>
#include <string.h>

#include "core/vp.h"

#define SAME(ours, kernel) \
	_Static_assert((int)(ours) == (int)(kernel), #ours " is " #kernel)

SAME(MSHV_STATE_LAPIC, MSHV_VP_STATE_LAPIC);
SAME(MSHV_STATE_XSAVE, MSHV_VP_STATE_XSAVE);
SAME(MSHV_STATE_SIMP, MSHV_VP_STATE_SIMP);
SAME(MSHV_STATE_SIEFP, MSHV_VP_STATE_SIEFP);
SAME(MSHV_STATE_TIMERS, MSHV_VP_STATE_SYNTHETIC_TIMERS);

/* The kernel takes no more, and no state comes near. */
#define SIZE_MAX_STATE ((size_t)256 * MSHV_HV_PAGE_SIZE)

/* 0: the kernel knows, as it depends on the VM. */
static size_t fixed_size(enum mshv_vp_state state)
{
	switch (state) {
	case MSHV_STATE_LAPIC:
		return sizeof(struct hv_local_interrupt_controller_state);
	case MSHV_STATE_SIMP:
	case MSHV_STATE_SIEFP:
		return MSHV_HV_PAGE_SIZE;
	case MSHV_STATE_TIMERS:
		return sizeof(struct hv_synthetic_timers_state);
	case MSHV_STATE_XSAVE:
		break;
	}
	return 0;
}

static bool known(enum mshv_vp_state state)
{
	return (unsigned int)state <= MSHV_STATE_TIMERS;
}

/* The kernel wants whole pages that begin on a page. */
static void *pages_for(size_t size, struct mshv_get_set_vp_state *args)
{
	size_t rounded = (size + MSHV_HV_PAGE_SIZE - 1) & ~(size_t)(MSHV_HV_PAGE_SIZE - 1);
	void *pages;

	if (!rounded)
		rounded = MSHV_HV_PAGE_SIZE;
	pages = aligned_alloc(MSHV_HV_PAGE_SIZE, rounded);
	if (!pages)
		return NULL;
	memset(pages, 0, rounded);
	args->buf_sz = (uint32_t)rounded;
	args->buf_ptr = (uintptr_t)pages;
	return pages;
}

/* Returns the error of the ioctl, and how many bytes the state has in @bytes. */
static int get(struct mshv_vp *vp, enum mshv_vp_state state, void *buf,
	       size_t size, size_t *bytes)
{
	struct mshv_get_set_vp_state args = { .type = (uint8_t)state };
	void *pages = pages_for(size, &args);
	uint32_t room = args.buf_sz;
	int err;

	if (!pages)
		return -ENOMEM;
	err = mshv_ioctl_get_vp_state(vp->fd, &args);
	if (!*bytes)
		*bytes = args.buf_sz;
	if ((err == -EINVAL && args.buf_sz > room) || (!err && *bytes > size))
		err = -ENOSPC;
	if (!err)
		memcpy(buf, pages, *bytes);
	free(pages);
	return err;
}

int mshv_vp_get_state(struct mshv_vp *vp, enum mshv_vp_state state, void *buf,
		      size_t size, size_t *needed)
{
	size_t bytes;
	int err;

	if (!vp || !known(state) || (size && !buf) || size > SIZE_MAX_STATE)
		return -EINVAL;
	bytes = fixed_size(state);
	if (size < bytes) {
		err = -ENOSPC;
	} else {
		err = regcache_settle(vp->cache);
		if (!err)
			err = get(vp, state, buf, size, &bytes);
	}
	if (needed && (!err || err == -ENOSPC))
		*needed = bytes;
	return err;
}

/* What the kernel says it has, which is never another for the same VM. */
static int xsave_size(struct mshv_vp *vp, size_t *size)
{
	struct mshv_get_set_vp_state args = { .type = MSHV_VP_STATE_XSAVE };
	void *pages = pages_for(0, &args);
	uint32_t room = args.buf_sz;
	int err;

	if (!pages)
		return -ENOMEM;
	err = mshv_ioctl_get_vp_state(vp->fd, &args);
	free(pages);
	if (err && (err != -EINVAL || args.buf_sz <= room))
		return err;
	*size = args.buf_sz;
	return 0;
}

/* The kernel takes whole pages, and would take zeros for what is missing. */
static int check_size(struct mshv_vp *vp, enum mshv_vp_state state, size_t size)
{
	size_t wanted = fixed_size(state);
	int err = 0;

	if (!wanted)
		err = xsave_size(vp, &wanted);
	if (err)
		return err;
	return size == wanted ? 0 : -EINVAL;
}

int mshv_vp_set_state(struct mshv_vp *vp, enum mshv_vp_state state,
		      const void *buf, size_t size)
{
	struct mshv_get_set_vp_state args = { .type = (uint8_t)state };
	void *pages;
	int err;

	if (!vp || !buf || !size || !known(state) || size > SIZE_MAX_STATE)
		return -EINVAL;
	err = check_size(vp, state, size);
	if (!err)
		err = regcache_settle(vp->cache);
	if (err)
		return err;
	pages = pages_for(size, &args);
	if (!pages)
		return -ENOMEM;
	memcpy(pages, buf, size);
	err = mshv_ioctl_set_vp_state(vp->fd, &args);
	/* Also after an error: who knows how far it came. */
	regcache_forget(vp->cache);
	free(pages);
	return err;
}
