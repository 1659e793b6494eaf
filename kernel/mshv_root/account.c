// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is kept for those who look at us: the account of memory that the hypervisor was
 * given, and whether the set of objects has changed.
 */
#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include <asm/mshyperv.h>

#include "account.h"
#include "partition.h"

static atomic64_t host_pages = ATOMIC64_INIT(0);

/**
 * mshv_account_deposit - keep account of the hypervisor's memory
 * @id: partition whose pool it is
 * @pages: pages that went there, or came back if it is negative
 *
 * Context: any.
 */
void mshv_account_deposit(u64 id, s64 pages)
{
	struct mshv_partition *pt;

	if (id == HV_PARTITION_ID_SELF || id == hv_current_partition_id) {
		atomic64_add(pages, &host_pages);
		return;
	}
	rcu_read_lock();
	pt = mshv_partition_find(id);
	if (pt)
		atomic64_add(pages, &pt->deposited);
	rcu_read_unlock();
}

/* In bytes; without a partition, that of the host. */
u64 mshv_deposited(const struct mshv_partition *pt)
{
	return (u64)atomic64_read(pt ? &pt->deposited : &host_pages) << HV_HYP_PAGE_SHIFT;
}

/* Never 0, which netlink takes for "no such number". */
static atomic_t changes = ATOMIC_INIT(1);

/* An object has come, or gone. */
void mshv_changed(void)
{
	if (!atomic_inc_return(&changes))
		atomic_inc(&changes);
}

/* A number that is another after each change. */
unsigned int mshv_changes(void)
{
	return atomic_read(&changes);
}
