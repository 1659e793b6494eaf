// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices: what the core asks about each, and what the hypervisor calls it.
 */
#include <linux/device/bus.h>
#include <linux/hyperv.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "../include/hv_device_abi.h"
#include "info.h"
#include "iommu.h"
#include "msi.h"

LIST_HEAD(hv_endpoints);
/* Guards the list, which is only changed with hv_container_lock held too. */
DEFINE_MUTEX(hv_endpoints_lock);

/* MSI-X and MSI: writes there are interrupts, and go through no domain. */
#define MSI_START	0xfee00000
#define MSI_SIZE	SZ_1M

/* The bridge whose requester id is on what @pdev sends, or NULL; @rid is that id. */
static struct pci_dev *endpoint_alias_bridge(struct pci_dev *pdev, u16 *rid)
{
	struct pci_dev *found = NULL;
	struct pci_bus *bus;

	*rid = pci_dev_id(pdev);
	for (bus = pdev->bus; !pci_is_root_bus(bus); bus = bus->parent) {
		struct pci_dev *bridge = bus->self;
		bool below = false;

		if (!bridge)
			continue;
		if (bridge->dev_flags & PCI_DEV_FLAGS_BRIDGE_XLATE_ROOT)
			break;
		if (!pci_is_pcie(bridge)) {
			below = bridge->dev_flags & PCI_DEV_FLAG_PCIE_BRIDGE_ALIAS;
		} else if (pci_pcie_type(bridge) == PCI_EXP_TYPE_PCI_BRIDGE) {
			if (bridge->dev_flags & PCI_DEV_FLAGS_PCI_BRIDGE_NO_ALIAS)
				continue;
			below = true;
		} else if (pci_pcie_type(bridge) != PCI_EXP_TYPE_PCIE_BRIDGE) {
			continue;
		}
		found = bridge;
		*rid = below ? PCI_DEVID(bridge->subordinate->number, 0) : pci_dev_id(bridge);
	}
	return found;
}

/* A bridge in PCI-X mode keeps the ids of its buses: the hypervisor wants to know which. */
static void endpoint_tell_buses(struct pci_dev *bridge, union hv_device_id *id)
{
	int pos = pci_find_capability(bridge, PCI_CAP_ID_PCIX);
	u16 status;

	if (!pos || bridge->hdr_type != PCI_HEADER_TYPE_BRIDGE)
		return;
	pci_read_config_word(bridge, pos + PCI_X_BRIDGE_SSTATUS, &status);
	if (!(status & PCI_X_SSTATUS_FREQ))
		return;
	id->pci.source_shadow = HV_SOURCE_SHADOW_BRIDGE_BUS_RANGE;
	pci_read_config_byte(bridge, PCI_SECONDARY_BUS, &id->pci.shadow_bus_range.secondary_bus);
	pci_read_config_byte(bridge, PCI_SUBORDINATE_BUS,
			     &id->pci.shadow_bus_range.subordinate_bus);
}

static u64 endpoint_pci_id(struct pci_dev *pdev)
{
	union hv_device_id id = {};
	struct pci_dev *bridge;
	u16 rid;

	bridge = endpoint_alias_bridge(pdev, &rid);
	id.device_type = HV_DEVICE_TYPE_PCI;
	id.pci.rid = rid;
	id.pci.segment = pci_domain_nr(pdev->bus);
	if (bridge)
		endpoint_tell_buses(bridge, &id);
	return id.as_uint64;
}

#if IS_ENABLED(CONFIG_HYPERV_VMBUS)
/* A function that the host's hypervisor offers over VMBus has the name of its offer. */
static bool endpoint_vmbus_id(struct pci_dev *pdev, u64 *id)
{
	struct pci_bus *bus = pdev->bus;
	const struct device *host;
	const u8 *b;

	while (bus->parent)
		bus = bus->parent;
	host = bus->bridge->parent;
	if (!host || !host->bus || strcmp(host->bus->name, "vmbus"))
		return false;
	b = container_of(host, struct hv_device, device)->dev_instance.b;
	*id = (u32)b[5] << 24 | (u32)b[4] << 16 | (u32)b[7] << 8 | (b[6] & 0xf8) |
	      PCI_FUNC(pdev->devfn);
	return true;
}
#else
static bool endpoint_vmbus_id(struct pci_dev *pdev, u64 *id)
{
	return false;
}
#endif

/* Without domains, the partition that we are knows its devices by logical ids. */
static u64 endpoint_logical_id(struct pci_dev *pdev)
{
	u64 id;

	if (endpoint_vmbus_id(pdev, &id))
		return id;
	return (u64)pci_domain_nr(pdev->bus) << 16 | pci_dev_id(pdev);
}

struct iommu_device *hv_device_probe(struct device *dev)
{
	struct pci_dev *pdev;
	struct hv_endpoint *ep;

	hv_claim_asked();
	if (!dev_is_pci(dev))
		return ERR_PTR(-ENODEV);
	pdev = to_pci_dev(dev);
	if (!hv_claim_wants(pdev))
		return ERR_PTR(-ENODEV);
	hv_isolation_enable_acs(pdev);

	ep = kzalloc_obj(*ep);
	if (!ep)
		return ERR_PTR(-ENOMEM);
	ep->pdev = pdev;
	ep->id = hv_iommu_host.domains ? endpoint_pci_id(pdev) : endpoint_logical_id(pdev);
	ep->set = hv_isolation_set(pdev);
	if (!hv_isolation_whole(pdev, ep->set)) {
		kfree(ep);
		return ERR_PTR(-ENODEV);
	}
	INIT_LIST_HEAD(&ep->msis);
	ep->host_irqs = hv_iommu_host.domains;
	/* The hypervisor starts with all devices here. */
	ep->place.kind = HV_PLACE_DOMAIN;
	ep->place.domain_id = MSHV_DEVICE_DOMAIN_DEFAULT;
	dev_iommu_priv_set(dev, ep);
	hv_msi_install(ep);
	scoped_guard(mutex, &hv_container_lock)
		scoped_guard(mutex, &hv_endpoints_lock)
			list_add_tail(&ep->node, &hv_endpoints);
	hv_info_changed();
	return &hv_iommu;
}

/* The core has put it into the release domain. */
void hv_device_release(struct device *dev)
{
	struct hv_endpoint *ep = to_hv_endpoint(dev);

	scoped_guard(mutex, &hv_container_lock)
		scoped_guard(mutex, &hv_endpoints_lock)
			list_del(&ep->node);
	hv_msi_restore(ep);
	hv_info_changed();
	kfree(ep);
}

/* The core asks about one device at a time, so that two of a set cannot miss each other. */
struct iommu_group *hv_device_group(struct device *dev)
{
	struct hv_endpoint *ep = to_hv_endpoint(dev), *other;
	struct iommu_group *group;

	guard(mutex)(&hv_endpoints_lock);
	list_for_each_entry(other, &hv_endpoints, node) {
		if (other == ep || other->set != ep->set)
			continue;
		group = iommu_group_get(&other->pdev->dev);
		if (group)
			return group;
	}
	return iommu_group_alloc();
}

bool hv_device_capable(struct device *dev, enum iommu_cap cap)
{
	return cap == IOMMU_CAP_CACHE_COHERENCY;
}

/* The host's own devices see memory as they do without an IOMMU. */
int hv_device_default_type(struct device *dev)
{
	return IOMMU_DOMAIN_IDENTITY;
}

void hv_device_resv_regions(struct device *dev, struct list_head *regions)
{
	struct iommu_resv_region *region;

	region = iommu_alloc_resv_region(MSI_START, MSI_SIZE,
					 IOMMU_WRITE | IOMMU_NOEXEC | IOMMU_MMIO,
					 IOMMU_RESV_MSI, GFP_KERNEL);
	if (region)
		list_add_tail(&region->list, regions);
}
