/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_ROOT_DEBUGFS_H
#define MSHV_ROOT_DEBUGFS_H

#include "partition.h"

void mshv_debugfs_init(void);
void mshv_debugfs_exit(void);
void mshv_debugfs_add_partition(struct mshv_partition *pt);
void mshv_debugfs_remove_partition(struct mshv_partition *pt);
void mshv_debugfs_add_vp(struct mshv_vp *vp);

#endif
