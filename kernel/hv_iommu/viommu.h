/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HV_IOMMU_VIOMMU_H
#define HV_IOMMU_VIOMMU_H

#include <linux/iommufd.h>

size_t hv_viommu_size(struct device *dev, enum iommu_viommu_type type);
int hv_viommu_init(struct iommufd_viommu *core, struct iommu_domain *parent,
		   const struct iommu_user_data *user_data);

#endif
