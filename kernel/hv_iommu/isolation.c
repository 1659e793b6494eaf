// SPDX-License-Identifier: GPL-2.0-only
/*
 * Isolation sets: which PCI functions can reach each other, or be taken for each other,
 * without the IOMMU seeing it. A set goes to one owner as a whole.
 *
 * The core's pci_device_group() finds a set through the groups of its members. Bridges
 * are bound long before this module is loaded, so that they have none, and functions
 * behind a bridge that isolates nothing would seem to be alone. So the set is worked out
 * from the topology, and named after its topmost function:
 *
 * - From a function upwards to the bridge that answers for it: conventional PCI has no
 *   requester ids, PCIe-to-PCI bridges put in their own.
 * - From there to the topmost bridge below which Access Control Services (ACS) do not
 *   send everything up to the IOMMU.
 * - That function's set are the functions of its bus that use its requester id, or
 *   whose requester id it uses, and the functions of its device that it may talk to
 *   directly, and so on; the lowest of them names the set.
 *
 * What ACS does is read from the registers alone. The kernel knows some devices that
 * isolate without saying so; here they are in larger sets than necessary.
 */
#include <linux/bitmap.h>
#include <linux/pci.h>

#include "iommu.h"

/* Source validation, request and completion redirection, upstream forwarding. */
#define ACS_ISOLATED	(PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)

/* What a function does not have a switch for is hard-wired to "on". */
static bool isolation_by_acs(struct pci_dev *pdev)
{
	int pos = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_ACS);
	u16 cap, ctrl;

	if (!pos)
		return false;
	pci_read_config_word(pdev, pos + PCI_ACS_CAP, &cap);
	pci_read_config_word(pdev, pos + PCI_ACS_CTRL, &ctrl);
	return !(ACS_ISOLATED & cap & ~ctrl);
}

static bool isolation_of(struct pci_dev *pdev)
{
	if (!pci_is_pcie(pdev))
		return false;
	switch (pci_pcie_type(pdev)) {
	case PCI_EXP_TYPE_ROOT_PORT:
	case PCI_EXP_TYPE_DOWNSTREAM:
		return isolation_by_acs(pdev);
	case PCI_EXP_TYPE_UPSTREAM:
	case PCI_EXP_TYPE_ENDPOINT:
	case PCI_EXP_TYPE_LEG_END:
	case PCI_EXP_TYPE_RC_END:
		/* Alone, it has nobody to talk to. */
		return !pdev->multifunction || isolation_by_acs(pdev);
	default:
		return false;
	}
}

/* Switch on what Linux would, if an IOMMU driver had asked for it at boot. */
static void isolation_switch_on(struct pci_dev *pdev)
{
	int pos = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_ACS);
	u16 cap, ctrl;

	if (!pos)
		return;
	pci_read_config_word(pdev, pos + PCI_ACS_CAP, &cap);
	pci_read_config_word(pdev, pos + PCI_ACS_CTRL, &ctrl);
	if (ACS_ISOLATED & cap & ~ctrl)
		pci_write_config_word(pdev, pos + PCI_ACS_CTRL, ctrl | (ACS_ISOLATED & cap));
}

/**
 * hv_isolation_enable_acs - have what a function sends go up to the IOMMU
 * @pdev: the function
 */
void hv_isolation_enable_acs(struct pci_dev *pdev)
{
	struct pci_bus *bus;

	isolation_switch_on(pdev);
	for (bus = pdev->bus; !pci_is_root_bus(bus); bus = bus->parent)
		if (bus->self)
			isolation_switch_on(bus->self);
}

/* A bridge whose requester id is on what comes from below it. */
static bool isolation_is_alias(struct pci_dev *bridge)
{
	if (!pci_is_pcie(bridge))
		return true;
	switch (pci_pcie_type(bridge)) {
	case PCI_EXP_TYPE_PCI_BRIDGE:
		return !(bridge->dev_flags & PCI_DEV_FLAGS_PCI_BRIDGE_NO_ALIAS);
	case PCI_EXP_TYPE_PCIE_BRIDGE:
		return true;
	default:
		return false;
	}
}

static struct pci_dev *isolation_topmost(struct pci_dev *pdev)
{
	struct pci_dev *top = pdev;
	struct pci_bus *bus;

	for (bus = pdev->bus; !pci_is_root_bus(bus); bus = bus->parent)
		if (bus->self && (isolation_is_alias(bus->self) || !isolation_of(bus->self)))
			top = bus->self;
	return top;
}

static bool isolation_uses_id_of(struct pci_dev *a, struct pci_dev *b)
{
	return a->dma_alias_mask && test_bit(b->devfn, a->dma_alias_mask);
}

/* Two functions of one bus. */
static bool isolation_related(struct pci_dev *a, struct pci_dev *b)
{
	if (isolation_uses_id_of(a, b) || isolation_uses_id_of(b, a))
		return true;
	return PCI_SLOT(a->devfn) == PCI_SLOT(b->devfn) && !isolation_of(a) && !isolation_of(b);
}

struct kin {
	struct pci_dev *of;
	DECLARE_BITMAP(devfns, 256);
	bool grown;
};

static int isolation_add_kin(struct pci_dev *pdev, void *data)
{
	struct kin *kin = data;
	struct pci_dev *other;
	unsigned int devfn;

	if (pdev->bus != kin->of->bus || test_bit(pdev->devfn, kin->devfns))
		return 0;
	for_each_set_bit(devfn, kin->devfns, 256) {
		other = pci_get_domain_bus_and_slot(pci_domain_nr(pdev->bus),
						    pdev->bus->number, devfn);
		if (other && isolation_related(pdev, other)) {
			set_bit(pdev->devfn, kin->devfns);
			kin->grown = true;
		}
		pci_dev_put(other);
		if (test_bit(pdev->devfn, kin->devfns))
			break;
	}
	return 0;
}

/* The lowest of all functions of the bus that are related to @pdev over any number of steps. */
static unsigned int isolation_lowest(struct pci_dev *pdev)
{
	struct kin kin = { .of = pdev };
	struct pci_dev *other = NULL;

	set_bit(pdev->devfn, kin.devfns);
	do {
		kin.grown = false;
		for_each_pci_dev(other) isolation_add_kin(other, &kin);
	} while (kin.grown);
	return find_first_bit(kin.devfns, 256);
}

/**
 * hv_isolation_set - the isolation set of a function
 * @pdev: the function
 *
 * Return: a number that only the functions of its set have: segment and requester id
 * of the function that names the set.
 */
u32 hv_isolation_set(struct pci_dev *pdev)
{
	struct pci_dev *top = isolation_topmost(pdev);

	return (u32)pci_domain_nr(top->bus) << 16 |
	       PCI_DEVID(top->bus->number, isolation_lowest(top));
}

/* A bridge moves what others send; what it sends itself goes nowhere near a guest. */
static bool isolation_is_endpoint(struct pci_dev *pdev)
{
	return pdev->hdr_type == PCI_HEADER_TYPE_NORMAL;
}

/* A driver that does DMA on behalf of the host, to where the host says. */
static bool isolation_has_driver(struct pci_dev *pdev)
{
	const struct device_driver *drv = READ_ONCE(pdev->dev.driver);

	return drv && !to_pci_driver(drv)->driver_managed_dma;
}

/**
 * hv_isolation_whole - all functions of a set can go to one owner
 * @pdev: one of them
 * @set: its set
 *
 * A function that is claimed already is no obstacle, for the core knows its owner.
 *
 * Return: false if one of the others does what the host, or the hypervisor, wants.
 */
bool hv_isolation_whole(struct pci_dev *pdev, u32 set)
{
	struct pci_dev *other = NULL;

	for_each_pci_dev(other) {
		if (other == pdev || !isolation_is_endpoint(other) ||
		    device_iommu_mapped(&other->dev))
			continue;
		if (!isolation_has_driver(other) && !other->untrusted && !hv_claim_skips(other))
			continue;
		if (hv_isolation_set(other) != set)
			continue;
		pci_dbg(pdev, "not claimed: %s can reach it\n", pci_name(other));
		pci_dev_put(other);
		return false;
	}
	return true;
}
