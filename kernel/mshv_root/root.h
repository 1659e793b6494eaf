/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the whole module knows about the host.
 */
#ifndef MSHV_ROOT_ROOT_H
#define MSHV_ROOT_ROOT_H

#include <linux/string.h>
#include <linux/types.h>
#include <hyperv/hvhdk.h>

#include "../../include/uapi/linux/mshv.h"

static_assert(MSHV_HV_PAGE_SIZE == HV_HYP_PAGE_SIZE);
static_assert(PAGE_SIZE == HV_HYP_PAGE_SIZE);

/**
 * struct mshv_host - facts about the host, constant once the module is loaded
 * @scheduler: enum hv_scheduler_type
 * @root_scheduler: child VPs are dispatched by us, not by the hypervisor
 * @own_pages: pages that the hypervisor shares with us lie over pages of ours
 * @vector_injection: the hypervisor takes interrupts from the register page, when we
 *	dispatch
 */
struct mshv_host {
	u32 scheduler;
	bool root_scheduler;
	bool own_pages;
	bool vector_injection;
};

extern struct mshv_host mshv_host;

/* True if the array or structure member is not all zero. */
#define mshv_not_zero(member)	(!!memchr_inv(&(member), 0, sizeof(member)))

/**
 * struct mshv_ioctl - an entry of the table of one kind of descriptor
 * @cmd: the whole ioctl number
 * @handler: gets the object of the descriptor and the argument
 */
struct mshv_ioctl {
	unsigned int cmd;
	long (*handler)(void *object, void __user *arg);
};

/* The size is a part of the number: the two cannot drift apart. */
#define MSHV_IOCTL_ENTRY(cmd_, type_, handler_)				\
	{								\
		.cmd = (cmd_) + BUILD_BUG_ON_ZERO(_IOC_SIZE(cmd_) != sizeof(type_)), \
		.handler = (handler_),					\
	}
#define MSHV_IOCTL_ENTRY_NO_ARG(cmd_, handler_)				\
	{								\
		.cmd = (cmd_) + BUILD_BUG_ON_ZERO(_IOC_SIZE(cmd_) != 0),	\
		.handler = (handler_),					\
	}

const struct mshv_ioctl *mshv_ioctl_find(const struct mshv_ioctl *table, size_t nr,
					 unsigned int cmd);
long mshv_ioctl(const struct mshv_ioctl *table, size_t nr, void *object,
		unsigned int cmd, unsigned long arg);

#endif
