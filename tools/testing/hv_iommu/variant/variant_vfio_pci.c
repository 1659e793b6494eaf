// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver of VFIO's for a certain device, as some vendors have: built on the core of vfio-pci,
 * with an object and error handlers of its own. It does what vfio-pci does, for devices that are
 * given to it by driver_override.
 */
#include <linux/err.h>
#include <linux/iommufd.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

struct variant {
	struct vfio_pci_core_device core;
	unsigned int resets;
};

static struct variant *variant_of(struct vfio_device *vdev)
{
	return container_of(vdev, struct variant, core.vdev);
}

static int variant_open(struct vfio_device *vdev)
{
	struct vfio_pci_core_device *core = &variant_of(vdev)->core;
	int ret = vfio_pci_core_enable(core);

	if (!ret)
		vfio_pci_core_finish_enable(core);
	return ret;
}

static const struct vfio_device_ops variant_ops = {
	.name = "variant-vfio-pci",
	.init = vfio_pci_core_init_dev,
	.release = vfio_pci_core_release_dev,
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
	.open_device = variant_open,
	.close_device = vfio_pci_core_close_device,
	.read = vfio_pci_core_read,
	.write = vfio_pci_core_write,
	.ioctl = vfio_pci_core_ioctl,
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,
	.mmap = vfio_pci_core_mmap,
	.request = vfio_pci_core_request,
	.match = vfio_pci_core_match,
	.match_token_uuid = vfio_pci_core_match_token_uuid,
	.device_feature = vfio_pci_core_ioctl_feature,
};

static int variant_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct variant *variant;
	int ret;

	variant = vfio_alloc_device(variant, core.vdev, &pdev->dev, &variant_ops);
	if (IS_ERR(variant))
		return PTR_ERR(variant);
	pci_set_drvdata(pdev, &variant->core);
	ret = vfio_pci_core_register_device(&variant->core);
	if (ret)
		vfio_put_device(&variant->core.vdev);
	return ret;
}

static void variant_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = pci_get_drvdata(pdev);

	vfio_pci_core_unregister_device(core);
	vfio_put_device(&core->vdev);
}

static void variant_reset_done(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = pci_get_drvdata(pdev);

	variant_of(&core->vdev)->resets++;
}

static const struct pci_error_handlers variant_error_handlers = {
	.error_detected = vfio_pci_core_aer_err_detected,
	.reset_done = variant_reset_done,
};

static const struct pci_device_id variant_ids[] = {
	{}
};

static struct pci_driver variant_driver = {
	.name = "variant-vfio-pci",
	.id_table = variant_ids,
	.probe = variant_probe,
	.remove = variant_remove,
	.err_handler = &variant_error_handlers,
	.driver_managed_dma = true,
};
module_pci_driver(variant_driver);

MODULE_IMPORT_NS("IOMMUFD");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("VFIO for a device of nobody's");
