/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HV_IOMMU_INFO_H
#define HV_IOMMU_INFO_H

#include "iommu.h"

int hv_info_init(void);
void hv_info_exit(void);

/* A device has come, gone, or moved. */
void hv_info_changed(void);
void hv_info_moved(const struct hv_endpoint *ep, const struct hv_place *from);

struct mshv_dma_fault;
void hv_info_fault(const struct hv_endpoint *ep, const struct mshv_dma_fault *fault, u64 untold);

#endif
