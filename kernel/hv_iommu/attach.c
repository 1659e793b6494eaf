// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving devices between domains and partitions.
 *
 * Some versions of the hypervisor move a device when it is told where to put it, others
 * want it taken out first. So it is told; if it refuses, the device is taken out, and it
 * is told again. If that fails the device goes back to where it was, or to the domain that
 * lets nothing pass; if not even that is possible it loses its bus mastering.
 *
 * The core calls from within resets, under locks of VFIO: here no lock is taken but
 * hv_container_lock, the lock of a domain, hv_attach_lock and those inside hypercalls, and no
 * page of a user is touched.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/pci-ats.h>
#include <linux/pci.h>

#include "../include/mshv_partition.h"
#include "hv_device.h"
#include "info.h"
#include "iommu.h"
#include "msi.h"

/* Serialises moves; guards where devices are. Taken inside the lock of a domain. */
DEFINE_MUTEX(hv_attach_lock);

static const struct hv_place blocked = {
	.kind = HV_PLACE_DOMAIN,
	.domain_id = MSHV_DEVICE_DOMAIN_NULL,
};

static const struct hv_place identity = {
	.kind = HV_PLACE_DOMAIN,
	.domain_id = MSHV_DEVICE_DOMAIN_DEFAULT,
};

static bool attach_same_place(const struct hv_place *a, const struct hv_place *b)
{
	if (a->kind != b->kind || a->kind == HV_PLACE_NOWHERE)
		return false;
	if (a->kind == HV_PLACE_DOMAIN)
		return a->domain_id == b->domain_id;
	return a->partition_id == b->partition_id && a->logical_id == b->logical_id;
}

/* Without domains there is none that lets nothing pass, either: it must not begin. */
static int attach_put_in_domain(struct hv_endpoint *ep, u32 id)
{
	if (hv_iommu_host.domains)
		return hv_call_attach_device_domain(ep->id, id);
	if (id == MSHV_DEVICE_DOMAIN_NULL)
		pci_clear_master(ep->pdev);
	return 0;
}

static int attach_put(struct hv_endpoint *ep, const struct hv_place *to)
{
	if (to->kind == HV_PLACE_DOMAIN)
		return attach_put_in_domain(ep, to->domain_id);
	return hv_call_attach_device(to->partition_id, ep->id, to->logical_id,
				     pci_ats_supported(ep->pdev));
}

/* From wherever it is, if that is not a partition. */
static int attach_enter(struct hv_endpoint *ep, const struct hv_place *to)
{
	int ret = attach_put(ep, to);

	if (!ret || !hv_iommu_host.domains)
		return ret;
	if (hv_call_detach_device_domain(ep->id))
		return ret;
	return attach_put(ep, to);
}

static void attach_lose(struct hv_endpoint *ep)
{
	pci_clear_master(ep->pdev);
	ep->place.kind = HV_PLACE_NOWHERE;
	pci_err(ep->pdev, "the hypervisor does not say where it is: it must not do DMA\n");
}

/*
 * Back to where it was, or into the domain that lets nothing pass. It has left the
 * partition if it was in one.
 */
static void attach_go_back(struct hv_endpoint *ep, const struct hv_place *from)
{
	if (from->kind != HV_PLACE_NOWHERE && !attach_enter(ep, from))
		return;
	if (!attach_enter(ep, &blocked))
		ep->place = blocked;
	else
		attach_lose(ep);
}

/*
 * A device on its way out of a partition is nowhere that holds it back: what the guest has
 * asked it for would go on in the host's memory. Returns whether it may do DMA again in
 * the next place.
 */
static bool attach_stop_dma(struct hv_endpoint *ep)
{
	u16 command;

	pci_read_config_word(ep->pdev, PCI_COMMAND, &command);
	if (command & PCI_COMMAND_MASTER)
		pci_clear_master(ep->pdev);
	return command & PCI_COMMAND_MASTER;
}

/*
 * Where the place holds it back: not in the host's own domain, and a host without domains has
 * none that does.
 */
static void attach_resume_dma(struct hv_endpoint *ep)
{
	if (ep->place.kind == HV_PLACE_PARTITION ||
	    (ep->place.kind == HV_PLACE_DOMAIN && hv_iommu_host.domains &&
	     ep->place.domain_id != MSHV_DEVICE_DOMAIN_DEFAULT))
		pci_set_master(ep->pdev);
}

/*
 * A partition that does not let its device go keeps it: the device does what the partition
 * wants, with memory that stays the partition's.
 */
static int attach_leave_partition(struct hv_endpoint *ep, bool *resume)
{
	int ret;

	*resume = false;
	if (ep->place.kind != HV_PLACE_PARTITION)
		return 0;
	*resume = attach_stop_dma(ep);
	hv_irq_lose(ep);
	ret = hv_call_detach_device(ep->place.partition_id, ep->place.logical_id);
	ep->kept = ret;
	if (!ret) {
		hv_irq_give_to_host(ep);
		return 0;
	}
	pci_clear_master(ep->pdev);
	pci_err(ep->pdev, "partition %llu does not let it go: %d\n", ep->place.partition_id, ret);
	return ret;
}

static int attach_move(struct hv_endpoint *ep, const struct hv_place *to)
{
	struct hv_place from = ep->place;
	bool resume;
	int ret;

	lockdep_assert_held(&hv_attach_lock);
	if (attach_same_place(&from, to))
		return 0;
	ret = attach_leave_partition(ep, &resume);
	if (ret)
		return ret;
	if (to->kind == HV_PLACE_PARTITION)
		hv_irq_take_from_host(ep);
	ret = attach_enter(ep, to);
	if (!ret)
		ep->place = *to;
	else
		attach_go_back(ep, &from);
	if (resume)
		attach_resume_dma(ep);
	if (ep->place.kind == HV_PLACE_PARTITION)
		hv_irq_regain(ep);
	else
		hv_irq_give_to_host(ep);
	hv_msi_program_all(ep);
	if (!attach_same_place(&from, &ep->place))
		hv_info_moved(ep, &from);
	return ret;
}

/* The device has come to @domain, or to none that counts. */
static void attach_count_in(struct hv_endpoint *ep, struct hv_domain *domain)
{
	if (ep->domain)
		hv_domain_leave(ep->domain);
	ep->domain = domain;
}

/*
 * Into one of the domains that are always there. Whoever gives a device back cannot be told
 * that it stays: then it does no DMA, and the next try is with the next who wants it.
 */
static int attach_static(struct device *dev, const struct hv_place *to,
			 struct iommu_domain *old)
{
	struct hv_endpoint *ep = to_hv_endpoint(dev);
	int ret;

	guard(mutex)(&hv_container_lock);
	guard(mutex)(&hv_attach_lock);
	ret = attach_move(ep, to);
	if (ret && (!old || old == &hv_identity_domain))
		return ret;
	if (ret && ep->place.kind != HV_PLACE_NOWHERE)
		pci_clear_master(ep->pdev);
	attach_count_in(ep, NULL);
	return 0;
}

int hv_attach_identity(struct iommu_domain *domain, struct device *dev,
		       struct iommu_domain *old)
{
	return attach_static(dev, &identity, old);
}

int hv_attach_blocked(struct iommu_domain *domain, struct device *dev,
		      struct iommu_domain *old)
{
	struct hv_endpoint *ep = to_hv_endpoint(dev);

	/* A driver may have been bound to another one of the set before it was claimed. */
	if (old == &hv_identity_domain && !hv_isolation_whole(ep->pdev, ep->set))
		return -EBUSY;
	/*
	 * It leaves the host here, for a process that can switch its bus mastering on. Without
	 * domains nothing but a partition holds it back, and it is in none yet: what it reaches
	 * meanwhile is for those who have that memory anyway.
	 */
	if (old == &hv_identity_domain && !hv_iommu_host.domains && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	return attach_static(dev, &blocked, old);
}

int hv_attach_paging(struct iommu_domain *iommu_domain, struct device *dev,
		     struct iommu_domain *old)
{
	struct hv_domain *domain = to_hv_domain(iommu_domain);
	struct hv_endpoint *ep = to_hv_endpoint(dev);
	struct hv_place to = { .kind = HV_PLACE_DOMAIN };
	int ret;

	guard(mutex)(&hv_container_lock);
	if (!hv_iommu_host.domains)
		return hv_container_attach(domain, ep);
	ret = hv_domain_enter(domain);
	if (ret)
		return ret;
	to.domain_id = domain->id;
	guard(mutex)(&hv_attach_lock);
	ret = attach_move(ep, &to);
	if (ret)
		hv_domain_leave(domain);
	else
		attach_count_in(ep, domain);
	return ret;
}

/**
 * hv_attach_evacuate - no device may go on in a domain
 * @domain: the domain, which is broken
 */
void hv_attach_evacuate(struct hv_domain *domain)
{
	struct hv_endpoint *ep;

	lockdep_assert_held(&domain->lock);
	guard(mutex)(&hv_endpoints_lock);
	guard(mutex)(&hv_attach_lock);
	list_for_each_entry(ep, &hv_endpoints, node) {
		struct hv_place from = ep->place;

		if (ep->domain != domain)
			continue;
		if (attach_enter(ep, &blocked))
			attach_lose(ep);
		else
			ep->place = blocked;
		if (!attach_same_place(&from, &ep->place))
			hv_info_moved(ep, &from);
	}
}

/* Two that have one name cannot be told apart by the partition. */
static bool attach_shares_name(struct hv_endpoint *ep)
{
	struct hv_endpoint *other;

	guard(mutex)(&hv_endpoints_lock);
	list_for_each_entry(other, &hv_endpoints, node)
		if (other != ep && other->id == ep->id)
			return true;
	return false;
}

/**
 * hv_attach_partition - let a device use the memory of a partition
 * @dev: the device
 * @partition: the partition, whose memory is there and stays where it is
 * @logical: how the partition shall call the device
 *
 * Return: 0 or a negative errno.
 */
int hv_attach_partition(struct device *dev, u64 partition, u64 logical)
{
	struct hv_endpoint *ep = to_hv_endpoint(dev);
	struct hv_place to = {
		.kind = HV_PLACE_PARTITION,
		.partition_id = partition,
		.logical_id = logical,
	};
	int ret;

	if (attach_shares_name(ep))
		return -EINVAL;
	guard(mutex)(&hv_container_lock);
	guard(mutex)(&hv_attach_lock);
	ret = attach_move(ep, &to);
	if (!ret)
		attach_count_in(ep, NULL);
	return ret;
}

/**
 * hv_attach_in_domain - let a device into a domain that the hypervisor has not
 * @ep: the device, which may be in it
 * @domain: the domain
 * @pt: the partition that it stands for, or NULL: the device waits until there is one
 *
 * Return: 0 or a negative errno.
 */
int hv_attach_in_domain(struct hv_endpoint *ep, struct hv_domain *domain,
			struct mshv_partition *pt)
{
	struct hv_place to = blocked;
	int ret;

	lockdep_assert_held(&domain->lock);
	if (pt && attach_shares_name(ep))
		return -EINVAL;
	if (pt)
		to = (struct hv_place){
			.kind = HV_PLACE_PARTITION,
			.partition_id = mshv_partition_id(pt),
			.logical_id = ep->id,
		};
	guard(mutex)(&hv_attach_lock);
	ret = attach_move(ep, &to);
	if (ret || ep->domain == domain)
		return ret;
	atomic_inc(&domain->devices);
	attach_count_in(ep, domain);
	return 0;
}

/**
 * hv_attach_wait - a device in such a domain waits again
 * @ep: the device
 *
 * If the partition does not let it go it has lost its bus mastering.
 */
void hv_attach_wait(struct hv_endpoint *ep)
{
	guard(mutex)(&hv_attach_lock);
	attach_move(ep, &blocked);
}

/**
 * hv_attach_holds - a partition did not let go of a device
 * @partition: the partition
 */
bool hv_attach_holds(u64 partition)
{
	struct hv_endpoint *ep;

	guard(mutex)(&hv_endpoints_lock);
	guard(mutex)(&hv_attach_lock);
	list_for_each_entry(ep, &hv_endpoints, node)
		if (ep->kept && ep->place.partition_id == partition)
			return true;
	return false;
}

/**
 * hv_attach_stop - no device may go on with the memory of a partition
 * @partition: the partition, which is broken
 */
void hv_attach_stop(u64 partition)
{
	struct hv_endpoint *ep;

	guard(mutex)(&hv_endpoints_lock);
	guard(mutex)(&hv_attach_lock);
	list_for_each_entry(ep, &hv_endpoints, node)
		if (ep->place.kind == HV_PLACE_PARTITION && ep->place.partition_id == partition)
			attach_move(ep, &blocked);
}
