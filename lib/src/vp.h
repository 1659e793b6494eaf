/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Inside a virtual processor.
 */
#ifndef MSHVCTL_SRC_VP_H
#define MSHVCTL_SRC_VP_H

#include <linux/mshv.h>
#include <mshvctl/vp.h>

#include "kick.h"
#include "regfast.h"
#include "vm.h"

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
 * @page: register page or NULL
 * @cache: registers
 * @kick: for mshv_vp_kick()
 * @fault: see there
 * @runs: RUN_VP calls
 * @exits: those that brought a message
 * @run: the last message; all 0 if there is none
 */
struct mshv_vp {
	int fd;
	uint32_t index;
	struct mshv_vm *vm;
	void *page;
	struct mshv_regcache *cache;
	struct kick kick;
	struct guest_fault fault;
	uint64_t runs;
	uint64_t exits;
	/* Messages are made of 64-bit words. */
	_Alignas(uint64_t) struct mshv_run_vp run;
};

static inline const struct hv_message *vp_message(const struct mshv_vp *vp)
{
	return (const struct hv_message *)(const void *)vp->run.msg_buf;
}

#endif /* MSHVCTL_SRC_VP_H */
