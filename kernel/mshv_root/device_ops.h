/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_ROOT_DEVICE_OPS_H
#define MSHV_ROOT_DEVICE_OPS_H

#include "../include/mshv_device.h"

const struct mshv_device_ops *mshv_device_ops_get(void);
void mshv_device_ops_put(const struct mshv_device_ops *ops);

#endif
