/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_ROOT_ACCOUNT_H
#define MSHV_ROOT_ACCOUNT_H

#include <linux/types.h>

struct mshv_partition;

void mshv_account_deposit(u64 id, s64 pages);
u64 mshv_deposited(const struct mshv_partition *pt);
unsigned int mshv_changes(void);
void mshv_changed(void);

#endif
