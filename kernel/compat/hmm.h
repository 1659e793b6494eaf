/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking up pages for a secondary page table. Linux 7.3 has learnt to let go of
 * the lock of the address space while a page is brought in.
 */
#ifndef MSHV_COMPAT_HMM_H
#define MSHV_COMPAT_HMM_H

#include <linux/hmm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/signal.h>

#ifdef HAVE_HMM_RANGE_FAULT_UNLOCKED

static inline int compat_hmm_range_fault(struct hmm_range *range)
{
	return hmm_range_fault_unlocked_timeout(range, 0);
}

#else

/* Memory that is backed by userfaultfd cannot be brought in like this. */
static inline int compat_hmm_range_fault(struct hmm_range *range)
{
	struct mm_struct *mm = range->notifier->mm;
	int ret;

	do {
		if (fatal_signal_pending(current))
			return -EINTR;
		range->notifier_seq = mmu_interval_read_begin(range->notifier);
		if (mmap_read_lock_killable(mm))
			return -EINTR;
		ret = hmm_range_fault(range);
		mmap_read_unlock(mm);
	} while (ret == -EBUSY);
	return ret;
}

#endif

#endif
