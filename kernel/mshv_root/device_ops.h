/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_ROOT_DEVICE_OPS_H
#define MSHV_ROOT_DEVICE_OPS_H

#include "../include/mshv_device.h"

struct mshv_partition;
struct work_struct;

const struct mshv_device_ops *mshv_device_ops_get(void);
void mshv_device_ops_put(const struct mshv_device_ops *ops);
void mshv_devices_fault(const void *payload, unsigned int size);
void mshv_devices_stop(struct mshv_partition *pt);
void mshv_devices_stop_work(struct work_struct *work);
int mshv_device_ops_init(void);
void mshv_device_ops_exit(void);

#endif
