// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices attached to a partition, by iommufd.
 *
 * A vIOMMU stands for the partition, and holds it: its number, and its memory, which is
 * there and stays where it is from the moment that the vIOMMU is made. A vDEVICE gives a
 * device the name that the partition knows it by. A nested domain stands for the
 * partition's own table; a device attached to it is attached to the partition.
 *
 * iommufd wants a nested domain to have a parent that maps; the devices do not see it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/iommufd.h>
#include <linux/slab.h>

#include "../../include/uapi/linux/mshv_iommufd.h"
#include "../include/mshv_partition.h"
#include "iommu.h"
#include "viommu.h"

/**
 * struct hv_viommu - a partition, as iommufd knows it
 * @core: iommufd's part
 * @partition: the partition, with a reference and its memory held
 */
struct hv_viommu {
	struct iommufd_viommu core;
	struct mshv_partition *partition;
};

/**
 * struct hv_nested - a partition's table, as a domain
 * @domain: the core's part
 * @viommu: which lives longer
 */
struct hv_nested {
	struct iommu_domain domain;
	struct hv_viommu *viommu;
};

static int viommu_attach(struct iommu_domain *domain, struct device *dev, struct iommu_domain *old)
{
	struct hv_viommu *viommu = container_of(domain, struct hv_nested, domain)->viommu;
	unsigned long logical;

	/* No vDEVICE: the partition has no name for it. */
	if (iommufd_viommu_get_vdev_id(&viommu->core, dev, &logical))
		return -EINVAL;
	return hv_attach_partition(dev, mshv_partition_id(viommu->partition), logical);
}

static void viommu_free_nested(struct iommu_domain *domain)
{
	kfree(container_of(domain, struct hv_nested, domain));
	hv_iommu_users_dec();
}

static const struct iommu_domain_ops nested_ops = {
	.attach_dev = viommu_attach,
	.free = viommu_free_nested,
};

static struct iommu_domain *viommu_alloc_nested(struct iommufd_viommu *core, u32 flags,
						const struct iommu_user_data *user_data)
{
	struct mshv_iommufd_hwpt args;
	struct hv_nested *nested;
	int ret;

	if (flags)
		return ERR_PTR(-EOPNOTSUPP);
	ret = iommu_copy_struct_from_user(&args, user_data, MSHV_IOMMUFD_HWPT, reserved);
	if (ret)
		return ERR_PTR(ret);
	if (args.flags || args.reserved)
		return ERR_PTR(-EOPNOTSUPP);
	nested = kzalloc_obj(*nested, GFP_KERNEL_ACCOUNT);
	if (!nested)
		return ERR_PTR(-ENOMEM);
	nested->viommu = container_of(core, struct hv_viommu, core);
	nested->domain.type = IOMMU_DOMAIN_NESTED;
	nested->domain.ops = &nested_ops;
	hv_iommu_users_inc();
	return &nested->domain;
}

/* The top bits of a name say what kind of name it is. */
static int viommu_init_vdevice(struct iommufd_vdevice *vdevice)
{
	return vdevice->virt_id >> 62 ? -EINVAL : 0;
}

/* All domains are gone, and so are the devices, unless the hypervisor kept one. */
static void viommu_destroy(struct iommufd_viommu *core)
{
	struct hv_viommu *viommu = container_of(core, struct hv_viommu, core);

	if (hv_attach_holds(mshv_partition_id(viommu->partition))) {
		pr_err("partition %llu stays, for a device that it does not let go\n",
		       mshv_partition_id(viommu->partition));
	} else {
		mshv_partition_release_memory(viommu->partition);
		mshv_partition_put(viommu->partition);
	}
	hv_iommu_users_dec();
}

static const struct iommufd_viommu_ops viommu_ops = {
	.destroy = viommu_destroy,
	.alloc_domain_nested = viommu_alloc_nested,
	.vdevice_size = sizeof(struct iommufd_vdevice),
	.vdevice_init = viommu_init_vdevice,
};

size_t hv_viommu_size(struct device *dev, enum iommu_viommu_type type)
{
	return type == MSHV_IOMMUFD_VIOMMU ? sizeof(struct hv_viommu) : 0;
}

int hv_viommu_init(struct iommufd_viommu *core, struct iommu_domain *parent,
		   const struct iommu_user_data *user_data)
{
	struct hv_viommu *viommu = container_of(core, struct hv_viommu, core);
	struct mshv_iommufd_viommu args;
	int ret;

	if (!user_data)
		return -EINVAL;
	ret = iommu_copy_struct_from_user(&args, user_data, MSHV_IOMMUFD_VIOMMU, reserved);
	if (ret)
		return ret;
	if (args.flags || args.reserved)
		return -EOPNOTSUPP;
	viommu->partition = mshv_partition_get_by_fd(args.vm_fd);
	if (IS_ERR(viommu->partition))
		return PTR_ERR(viommu->partition);
	ret = mshv_partition_hold_memory(viommu->partition);
	if (ret) {
		mshv_partition_put(viommu->partition);
		return ret;
	}
	hv_iommu_users_inc();
	core->ops = &viommu_ops;
	return 0;
}
