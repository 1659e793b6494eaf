// SPDX-License-Identifier: GPL-2.0-only
/*
 * An IOMMU driver that was there first, as a kernel has one built in for its own devices: it has
 * all PCI functions but bridges, or with idle=1 none of them, since none of its kind is there yet.
 * Devices do what they did before.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/pci.h>

static bool idle;
module_param(idle, bool, 0444);
MODULE_PARM_DESC(idle, "Have no device");

static struct iommu_device other_iommu;

static int other_attach(struct iommu_domain *domain, struct device *dev, struct iommu_domain *old)
{
	return 0;
}

static const struct iommu_domain_ops other_domain_ops = {
	.attach_dev = other_attach,
};

static struct iommu_domain other_domain = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &other_domain_ops,
};

static struct iommu_device *other_probe(struct device *dev)
{
	if (idle || !dev_is_pci(dev) || to_pci_dev(dev)->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return ERR_PTR(-ENODEV);
	return &other_iommu;
}

static int other_default_type(struct device *dev)
{
	return IOMMU_DOMAIN_IDENTITY;
}

static const struct iommu_ops other_ops = {
	.owner = THIS_MODULE,
	.probe_device = other_probe,
	.device_group = generic_device_group,
	.def_domain_type = other_default_type,
	.identity_domain = &other_domain,
	.release_domain = &other_domain,
};

/* Each device that it has holds the module: it is told to give them back first, for good. */
static int other_end(const char *value, const struct kernel_param *param)
{
	if (!other_iommu.ops)
		return -ENODEV;
	iommu_device_unregister(&other_iommu);
	other_iommu.ops = NULL;
	return 0;
}

static const struct kernel_param_ops end_ops = {
	.set = other_end,
};
module_param_cb(end, &end_ops, NULL, 0200);
MODULE_PARM_DESC(end, "Give all devices back");

static int __init other_init(void)
{
	int ret = iommu_device_sysfs_add(&other_iommu, NULL, NULL, "other-iommu");

	if (ret)
		return ret;
	ret = iommu_device_register(&other_iommu, &other_ops, NULL);
	if (ret)
		iommu_device_sysfs_remove(&other_iommu);
	return ret;
}

static void __exit other_exit(void)
{
	if (other_iommu.ops)
		iommu_device_unregister(&other_iommu);
	iommu_device_sysfs_remove(&other_iommu);
}

module_init(other_init);
module_exit(other_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("An IOMMU of nobody's, which was there first");
