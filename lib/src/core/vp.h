/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Inside a virtual processor.
 */
#ifndef MSHVCTL_SRC_CORE_VP_H
#define MSHVCTL_SRC_CORE_VP_H

#include <hvabi/message.h>
#include <linux/mshv.h>
#include <mshvctl/vp.h>

#include "core/kick.h"
#include "core/vm.h"
#include "decode/memo.h"
#include "regs/fast.h"

/* The fault that the guest would have got in the last walk of its page tables. */
struct guest_fault {
	struct mshv_exception exception;
	bool valid;
};

/**
 * struct mshv_vp
 * @fd: the VP
 * @index: its number
 * @vm: held
 * @next: VP of @vm
 * @map_changed: the memory of @vm has since the last run began; atomic
 * @page: register page or NULL
 * @cache: registers
 * @kick: for mshv_vp_kick()
 * @fault: see there
 * @decoded: a driver exits by the same few instructions again and again
 * @exits: RUN_VP calls that brought a message
 * @failures: and those that did not
 * @message: the last message; all 0 if there is none
 * @arrives: where messages do, @message_page or @run; NULL before the first
 * @message_page: where a driver can leave the message, without a copy; or NULL
 * @message_stays: what tells it to
 * @stays_nowhere: the same for a driver that cannot
 * @run: where it puts a copy
 */
struct mshv_vp {
	int fd;
	uint32_t index;
	struct mshv_vm *vm;
	struct mshv_vp *next;
	bool map_changed;
	void *page;
	struct mshv_regcache *cache;
	struct kick kick;
	struct guest_fault fault;
	struct insn_memos decoded;
	uint64_t exits;
	uint64_t failures;
	const struct hv_message *message;
	const struct hv_message *arrives;
	void *message_page;
	uint8_t *message_stays;
	uint8_t stays_nowhere;
	/* Messages are made of 64-bit words. */
	_Alignas(uint64_t) struct mshv_run_vp run;
};

/* Whether the memory is no longer what the hypervisor has found at the exit. */
static inline bool vp_map_changed(const struct mshv_vp *vp)
{
	return __atomic_load_n(&vp->map_changed, __ATOMIC_RELAXED);
}

static inline const struct hv_message *vp_message(const struct mshv_vp *vp)
{
	return vp->message;
}

#endif /* MSHVCTL_SRC_CORE_VP_H */
