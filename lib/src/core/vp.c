// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A virtual processor: making it and running it.
 */
#include <errno.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <stdlib.h>
#include <string.h>

#include "core/sys.h"
#include "core/vp.h"
#include "core/vpregs.h"
#include "regs/size.h"

_Static_assert(sizeof(struct hv_message) <= MSHV_RUN_VP_BUF_SZ,
	       "a message fits the buffer");

static const struct hv_message nothing;

/* The type of no message: what is in the buffer as long as no message was put there. */
#define UNTOUCHED UINT32_MAX

static struct hv_message *buffer(struct mshv_vp *vp)
{
	return (struct hv_message *)(void *)vp->run.msg_buf;
}

/* Where a page is behind the control page, in bytes. */
#define BEHIND(page) \
	((MSHV_VP_MMAP_OFFSET_CONTROL_##page - MSHV_VP_MMAP_OFFSET_CONTROL) * MSHV_HV_PAGE_SIZE)
#define ALL_PAGES (3 * MSHV_HV_PAGE_SIZE)

/*
 * A driver with a control page may leave the message in its page if it is told to. It
 * shows whether it has understood when the first message has come.
 */
static void use_pages(struct mshv_vp *vp, uint8_t *pages, unsigned int flags)
{
	vp->kick.control = (struct mshv_vp_control *)(void *)pages;
	if (!(flags & MSHV_VP_NO_REGISTER_PAGE))
		vp->page = pages + BEHIND(REGISTERS);
	vp->message_page = pages + BEHIND(MESSAGE);
	buffer(vp)->header.message_type = UNTOUCHED;
	vp->message_stays = &vp->kick.control->message_stays;
}

static __attribute__((noinline)) void find_messages(struct mshv_vp *vp)
{
	if (vp->message_page && buffer(vp)->header.message_type == UNTOUCHED)
		vp->arrives = vp->message_page;
	else
		vp->arrives = buffer(vp);
}

static void unmap_pages(struct mshv_vp *vp)
{
	if (vp->kick.control)
		mshv_sys_unmap(vp->kick.control, ALL_PAGES);
	else if (vp->page)
		mshv_sys_unmap(vp->page, MSHV_HV_PAGE_SIZE);
}

/*
 * All in one mapping, which costs much less than three; a driver that has never heard of the
 * control page says that the offset is wrong. Of its pages only that of registers is of use,
 * and where the kernel has none, that is no error.
 */
static int map_pages(struct mshv_vp *vp, unsigned int flags)
{
	void *pages;
	int err;

	err = mshv_sys_map(vp->fd, ALL_PAGES,
			   (uint64_t)MSHV_VP_MMAP_OFFSET_CONTROL * MSHV_HV_PAGE_SIZE, &pages);
	if (!err)
		use_pages(vp, pages, flags);
	if (err != -EINVAL)
		return err;
	if (flags & MSHV_VP_NO_REGISTER_PAGE)
		return 0;
	err = mshv_sys_map(vp->fd, MSHV_HV_PAGE_SIZE,
			   (uint64_t)MSHV_VP_MMAP_OFFSET_REGISTERS * MSHV_HV_PAGE_SIZE, &vp->page);
	return err == -ENODEV ? 0 : err;
}

int mshv_vp_create(struct mshv_vm *vm, uint32_t index, unsigned int flags,
		   struct mshv_vp **vp)
{
	struct mshv_create_vp args = { .vp_index = index };
	struct mshv_vp *v;
	int err;

	if (!vm || !vp || (flags & ~(unsigned int)MSHV_VP_NO_REGISTER_PAGE))
		return -EINVAL;
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	v->index = index;
	v->message = &nothing;
	v->decoded.last = v->decoded.memo;
	v->message_stays = &v->stays_nowhere;
	v->fd = mshv_ioctl_create_vp(vm->fd, &args);
	if (v->fd < 0) {
		err = v->fd;
		goto free_vp;
	}
	err = map_pages(v, flags);
	if (err)
		goto close_fd;
	err = mshv_regcache_create(&vpregs_ops, v, v->page, &v->cache);
	if (err)
		goto unmap;
	vm_get(vm);
	v->vm = vm;
	vm_add_vp(vm, v);
	*vp = v;
	return 0;

unmap:
	unmap_pages(v);
close_fd:
	mshv_sys_close(v->fd);
free_vp:
	free(v);
	return err;
}

void mshv_vp_close(struct mshv_vp *vp)
{
	if (!vp)
		return;
	vm_remove_vp(vp->vm, vp);
	mshv_regcache_free(vp->cache);
	unmap_pages(vp);
	mshv_sys_close(vp->fd);
	vm_put(vp->vm);
	free(vp);
}

int mshv_vp_fd(const struct mshv_vp *vp)
{
	return vp ? vp->fd : -EINVAL;
}

bool mshv_vp_has_register_page(const struct mshv_vp *vp)
{
	return vp && vp->page;
}

/* The old message is no longer about what the VP does. */
static __attribute__((noinline)) int no_message(struct mshv_vp *vp, int err)
{
	regcache_exited(vp->cache, false);
	vp->message = &nothing;
	return err;
}

static __attribute__((noinline)) int run_failed(struct mshv_vp *vp, int err)
{
	if (err == -EINTR)
		kick_take(&vp->kick);
	vp->failures++;
	return no_message(vp, err);
}

int mshv_vp_run(struct mshv_vp *vp, const struct hv_message **msg)
{
	uint64_t before;
	int err;

	if (!vp)
		return -EINVAL;
	err = regcache_flush_to_run(vp->cache);
	if (err)
		return err;

	/* Others see it before the VP runs: kick_enter() is a barrier. */
	__atomic_store_n(&vp->map_changed, false, __ATOMIC_RELAXED);
	if (!kick_enter(&vp->kick, &before))
		return no_message(vp, -EINTR);
	/* Only now: the caller may run the VP by the descriptor as well. */
	*vp->message_stays = 1;
	err = mshv_sys_ioctl(vp->fd, MSHV_RUN_VP, &vp->run);
	*vp->message_stays = 0;
	kick_leave(&vp->kick, before);
	if (err)
		return run_failed(vp, err);
	regcache_exited_clean(vp->cache);
	if (!vp->arrives)
		find_messages(vp);
	vp->message = vp->arrives;
	vp->exits++;
	vpregs_seed(vp);
	if (msg)
		*msg = vp_message(vp);
	return 0;
}

int mshv_vp_kick(struct mshv_vp *vp, int signal_number)
{
	if (!vp || signal_number <= 0)
		return -EINVAL;
	return kick_send(&vp->kick, signal_number);
}

int mshv_vp_counters(const struct mshv_vp *vp, struct mshv_vp_counters *counters)
{
	struct mshv_vp_counters c = { 0 };

	if (!vp || !counters || counters->size < sizeof(c))
		return -EINVAL;
	c.runs = vp->exits + vp->failures;
	c.exits = vp->exits;
	mshv_regcache_counters(vp->cache, &c.regs);
	size_fill(counters, counters->size, &c, sizeof(c));
	return 0;
}
