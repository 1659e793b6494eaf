// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: whether there is an IOMMU of Hyper-V's for it, and its tables of functions.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/crash_dump.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <asm/cpuid/api.h>
#include <asm/mshyperv.h>
#include <asm/processor.h>

#include "../include/hv_device_abi.h"
#include "info.h"
#include "iommu.h"
#include "msi.h"
#include "viommu.h"

struct hv_iommu_host hv_iommu_host __ro_after_init;
struct iommu_device hv_iommu;

/* For whoever wants to know what the hypervisor can. */
static int large_pages_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%s\n", hv_domain_large_pages());
}

static const struct kernel_param_ops large_pages_ops = {
	.get = large_pages_get,
};
module_param_cb(large_pages, &large_pages_ops, NULL, 0444);
MODULE_PARM_DESC(large_pages, "Whether the hypervisor takes large pages in domains: unknown until one was mapped");

/* Domains and vIOMMUs: each holds the module, for it is this module that frees it. */
static atomic_t users;

void hv_iommu_users_inc(void)
{
	__module_get(THIS_MODULE);
	atomic_inc(&users);
}

void hv_iommu_users_dec(void)
{
	atomic_dec(&users);
	module_put(THIS_MODULE);
}

bool hv_iommu_unused(void)
{
	return !atomic_read(&users);
}

static const struct iommu_domain_ops paging_ops = {
	.attach_dev = hv_attach_paging,
	.map_pages = hv_domain_map,
	.unmap_pages = hv_domain_unmap,
	.iotlb_sync = hv_domain_flush,
	.iova_to_phys = hv_domain_iova_to_phys,
	.free = hv_domain_free,
};

const struct iommu_ops hv_iommu_ops = {
	.owner = THIS_MODULE,
	.capable = hv_device_capable,
	.probe_device = hv_device_probe,
	.release_device = hv_device_release,
	.device_group = hv_device_group,
	.get_resv_regions = hv_device_resv_regions,
	.def_domain_type = hv_device_default_type,
	.domain_alloc_paging_flags = hv_domain_alloc,
	.get_viommu_size = hv_viommu_size,
	.viommu_init = hv_viommu_init,
	.default_domain_ops = &paging_ops,
	.identity_domain = &hv_identity_domain,
	.blocked_domain = &hv_blocked_domain,
	.release_domain = &hv_identity_domain,
};

/* The hypervisor tells the width of a DMA address, or 0 if it does not. */
static u64 __init hv_iommu_last_iova(void)
{
	unsigned int bits = 0;

	if (cpuid_eax(HYPERV_CPUID_VENDOR_AND_MAX_FUNCTIONS) >= MSHV_CPUID_HARDWARE_FEATURES)
		bits = cpuid_ebx(MSHV_CPUID_HARDWARE_FEATURES) & MSHV_DEVICE_DOMAIN_WIDTH;
	if (!bits)
		bits = boot_cpu_data.x86_phys_bits;
	return bits < 64 ? BIT_ULL(bits) - 1 : U64_MAX;
}

static int __init hv_iommu_is_taken(struct device *dev, void *unused)
{
	return device_iommu_mapped(dev);
}

/*
 * A kernel with an IOMMU driver of its own for Hyper-V, or with any other, has claimed
 * what there is. Then it stays like that: the core asks the first driver alone.
 */
static int __init hv_iommu_look_at_host(void)
{
	if (!hv_parent_partition() || is_kdump_kernel())
		return -ENODEV;
	hv_iommu_host.domains = hv_root_partition() &&
		ms_hyperv.misc_features & MSHV_DEVICE_DOMAINS_AVAILABLE;
	if (hv_root_partition() && !hv_iommu_host.domains) {
		pr_info("the hypervisor has no device domains: no IOMMU is in use\n");
		return -ENODEV;
	}
	if (bus_for_each_dev(&pci_bus_type, NULL, NULL, hv_iommu_is_taken)) {
		pr_info("another IOMMU driver has the devices of this host\n");
		return -EBUSY;
	}
	if (cpuid_eax(HYPERV_CPUID_VENDOR_AND_MAX_FUNCTIONS) >= MSHV_CPUID_HARDWARE_FEATURES)
		hv_iommu_host.isolated_msi = cpuid_eax(MSHV_CPUID_HARDWARE_FEATURES) &
					     MSHV_INTERRUPT_REMAPPING;
	hv_iommu_host.last_iova = hv_iommu_last_iova();
	return 0;
}

static int __init hv_iommu_init(void)
{
	int ret = hv_iommu_look_at_host();

	if (ret)
		return ret;
	ret = hv_msi_init();
	if (ret)
		return ret;
	ret = hv_irq_init();
	if (ret)
		goto exit_msi;
	ret = iommu_device_sysfs_add(&hv_iommu, NULL, NULL, "hv-iommu");
	if (ret)
		goto exit_irq;
	ret = hv_info_init();
	if (ret)
		goto remove_sysfs;
	ret = hv_claim_init();
	if (ret)
		goto exit_info;
	pr_info("%s\n", hv_iommu_host.domains ? "mapped domains and direct attach" :
						"direct attach alone");
	return 0;

exit_info:
	hv_info_exit();
remove_sysfs:
	iommu_device_sysfs_remove(&hv_iommu);
exit_irq:
	hv_irq_exit();
exit_msi:
	hv_msi_exit();
	return ret;
}

static void __exit hv_iommu_exit(void)
{
	hv_claim_exit();
	hv_info_exit();
	iommu_device_sysfs_remove(&hv_iommu);
	hv_irq_exit();
	hv_msi_exit();
	hv_domain_ids_exit();
}

module_init(hv_iommu_init);
module_exit(hv_iommu_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION("1.0.0");
MODULE_DESCRIPTION("IOMMU of Microsoft Hyper-V, for its root partition");
MODULE_IMPORT_NS("IOMMUFD");
MODULE_IMPORT_NS("MSHV_ROOT");
