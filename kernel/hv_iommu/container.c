// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hosts without domains, and VMMs that know VFIO's container, or an IOAS, and no partition.
 *
 * Such a VMM maps the guest's memory for its devices at the guest's addresses, and gives the
 * file of a group or device to the bridge of the guest's partition. So it says twice what is
 * meant, and where both agree the device is attached to the partition. A paging domain is a
 * list of mappings here. It becomes the partition's when a device is in it whose file the
 * bridge has, whichever comes first, if each page of the list is the guest's at that address,
 * with the same access; and each page that is mapped from then on must be. A device in it
 * whose file no bridge has waits, as if it were blocked.
 *
 * What the device then reaches is the guest's memory, all of it, as long as it is the guest's.
 *
 * In a domain that is nobody's nothing can be mapped: that is where a VMM learns that it
 * cannot have a device so. One that is made to be a parent is different, it is for no device.
 */
#include <linux/cdev.h>
#include <linux/device/class.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vfio.h>

#include "../include/mshv_partition.h"
#include "hv_device.h"
#include "iommu.h"

/**
 * struct hv_guest - a partition whose bridge has files
 * @node: in the list of all
 * @partition: with a reference for each file, and its memory held as often
 * @files: how many files it has here
 * @domains: those that are its
 *
 * Guarded by hv_container_lock.
 */
struct hv_guest {
	struct list_head node;
	struct mshv_partition *partition;
	unsigned int files;
	struct list_head domains;
};

/**
 * struct hv_guest_file - a file that has devices of ours
 * @node: in the list of all
 * @file: which the bridge keeps
 * @guest: whose bridge that is
 */
struct hv_guest_file {
	struct list_head node;
	struct file *file;
	struct hv_guest *guest;
};

/*
 * Guards what is above, and which device is in which domain, against files that come and
 * go. Outside the lock of a domain; it is taken within resets: see attach.c.
 */
DEFINE_MUTEX(hv_container_lock);
static LIST_HEAD(guests);
static LIST_HEAD(guest_files);

/* ---- which file is whose */

static int container_is_vfio_device(struct device *dev, const void *unused)
{
	return dev->class && !strcmp(dev->class->name, "vfio-dev");
}

/* VFIO's own object for a function that one of its drivers has; put_device() is due. */
static struct vfio_device *container_vfio_device(struct pci_dev *pdev)
{
	struct device *dev = device_find_child(&pdev->dev, NULL, container_is_vfio_device);

	return dev ? container_of(dev, struct vfio_device, device) : NULL;
}

static bool container_is_cdev(struct file *file, struct vfio_device *vdev)
{
#if IS_ENABLED(CONFIG_VFIO_DEVICE_CDEV)
	struct inode *inode = file_inode(file);

	return S_ISCHR(inode->i_mode) && READ_ONCE(inode->i_cdev) == &vdev->cdev;
#else
	return false;
#endif
}

/* The group of a device, or the device. VFIO is loaded: the file is one of its own. */
static bool container_file_has(struct file *file, struct hv_endpoint *ep)
{
	struct vfio_device *vdev = container_vfio_device(ep->pdev);
	typeof(&vfio_file_has_dev) has_dev;
	bool has;

	if (!vdev)
		return false;
	has = container_is_cdev(file, vdev);
	has_dev = symbol_get(vfio_file_has_dev);
	if (has_dev) {
		has = has || has_dev(file, vdev);
		symbol_put(vfio_file_has_dev);
	}
	put_device(&vdev->device);
	return has;
}

/* ---- domains */

static void container_take(struct hv_domain *domain, struct hv_guest *guest)
{
	lockdep_assert_held(&hv_container_lock);
	lockdep_assert_held(&domain->lock);
	domain->guest = guest;
	domain->had_guest = true;
	list_add_tail(&domain->guest_node, &guest->domains);
}

/**
 * hv_container_release - a domain ceases to be a partition's
 * @domain: which may be one
 */
void hv_container_release(struct hv_domain *domain)
{
	lockdep_assert_held(&hv_container_lock);
	guard(mutex)(&domain->lock);
	if (!domain->guest)
		return;
	domain->guest = NULL;
	list_del(&domain->guest_node);
}

/**
 * hv_container_allows - may this be mapped?
 * @domain: where
 * @page: page number of the first, as the device says it
 * @pfn: what it shall mean
 * @nr: how many
 * @writable: whether the device may write to them
 *
 * Return: 0; -EOPNOTSUPP if the domain is nobody's; -EINVAL if the guest has something else
 * there.
 */
int hv_container_allows(struct hv_domain *domain, u64 page, u64 pfn, u64 nr, bool writable)
{
	lockdep_assert_held(&domain->lock);
	if (hv_iommu_host.domains || domain->is_parent)
		return 0;
	if (!domain->guest)
		return -EOPNOTSUPP;
	return mshv_partition_has_pages(domain->guest->partition, page, pfn, nr, writable) ?
	       0 : -EINVAL;
}

static int container_bind(struct hv_domain *domain, struct hv_guest *guest)
{
	if (domain->guest)
		return domain->guest == guest ? 0 : -EBUSY;
	if (!hv_domain_is_of(domain, guest->partition))
		return -EINVAL;
	container_take(domain, guest);
	return 0;
}

/**
 * hv_container_attach - let a device into a domain, where there are none
 * @domain: the domain
 * @ep: the device
 *
 * What had a guest once takes all devices: they may have been here before, and come back from
 * a reset, which does not fail for what has become of their files meanwhile.
 *
 * Return: 0: it is attached to a partition, or blocked until there is one; or a negative
 * errno, and it is where it was.
 */
int hv_container_attach(struct hv_domain *domain, struct hv_endpoint *ep)
{
	struct hv_guest *guest = ep->guest_file ? ep->guest_file->guest : NULL;
	int ret = 0;

	lockdep_assert_held(&hv_container_lock);
	if (domain->is_parent)
		return -EOPNOTSUPP;
	guard(mutex)(&domain->lock);
	/* A VMM that uses an IOAS adds the file before that. */
	if (!guest && domain->domain.cookie_type == IOMMU_COOKIE_IOMMUFD)
		ret = -EOPNOTSUPP;
	else if (guest)
		ret = container_bind(domain, guest);
	if (ret && !domain->had_guest)
		return ret;
	return hv_attach_in_domain(ep, domain, guest && !ret ? guest->partition : NULL);
}

/* ---- files */

static struct hv_guest *container_get_guest(struct mshv_partition *pt)
{
	struct hv_guest *guest;

	list_for_each_entry(guest, &guests, node)
		if (guest->partition == pt) {
			guest->files++;
			return guest;
		}
	guest = kzalloc_obj(*guest, GFP_KERNEL_ACCOUNT);
	if (!guest)
		return NULL;
	guest->partition = pt;
	guest->files = 1;
	INIT_LIST_HEAD(&guest->domains);
	list_add_tail(&guest->node, &guests);
	return guest;
}

static void container_put_guest(struct hv_guest *guest)
{
	if (--guest->files)
		return;
	while (!list_empty(&guest->domains))
		hv_container_release(list_first_entry(&guest->domains, struct hv_domain,
						      guest_node));
	list_del(&guest->node);
	kfree(guest);
}

/* Another file of a guest's that has a device, or NULL. */
static struct hv_guest_file *container_find_file(struct hv_guest *guest, struct hv_endpoint *ep)
{
	struct hv_guest_file *gf;

	list_for_each_entry(gf, &guest_files, node)
		if (gf->guest == guest && container_file_has(gf->file, ep))
			return gf;
	return NULL;
}

/* Its devices wait again, but for those that the guest has by another file as well. */
static void container_forget(struct hv_guest_file *gf)
{
	struct hv_endpoint *ep;

	lockdep_assert_held(&hv_container_lock);
	list_del(&gf->node);
	list_for_each_entry(ep, &hv_endpoints, node) {
		if (ep->guest_file != gf)
			continue;
		ep->guest_file = container_find_file(gf->guest, ep);
		if (!ep->guest_file && ep->domain)
			hv_attach_wait(ep);
	}
	container_put_guest(gf->guest);
	kfree(gf);
}

static int container_attach_to_guest(struct hv_domain *domain, struct hv_endpoint *ep)
{
	struct hv_guest *guest = ep->guest_file->guest;
	int ret;

	guard(mutex)(&domain->lock);
	ret = container_bind(domain, guest);
	return ret ?: hv_attach_in_domain(ep, domain, guest->partition);
}

/* Devices that wait in a domain go where the others go when they come into one. */
static int container_attach_waiting(struct hv_guest_file *gf)
{
	struct hv_endpoint *ep;
	int ret = 0;

	list_for_each_entry(ep, &hv_endpoints, node) {
		if (ep->guest_file == gf && ep->domain)
			ret = container_attach_to_guest(ep->domain, ep);
		if (ret)
			break;
	}
	return ret;
}

/* The guest may have some of them already, by another file: then they are of that. */
static int container_find_devices(struct hv_guest_file *gf)
{
	struct hv_endpoint *ep;

	list_for_each_entry(ep, &hv_endpoints, node) {
		if (!container_file_has(gf->file, ep))
			continue;
		if (!ep->guest_file)
			ep->guest_file = gf;
		else if (ep->guest_file->guest != gf->guest)
			return -EBUSY;
	}
	return 0;
}

static int container_remember(struct mshv_partition *pt, struct file *file)
{
	struct hv_guest_file *gf;
	int ret;

	guard(mutex)(&hv_container_lock);
	gf = kzalloc_obj(*gf, GFP_KERNEL_ACCOUNT);
	if (!gf)
		return -ENOMEM;
	gf->file = file;
	gf->guest = container_get_guest(pt);
	if (!gf->guest) {
		kfree(gf);
		return -ENOMEM;
	}
	list_add_tail(&gf->node, &guest_files);
	ret = container_find_devices(gf) ?: container_attach_waiting(gf);
	if (ret)
		container_forget(gf);
	return ret;
}

/* ---- drivers */

/**
 * hv_container_bound - a driver has got a device
 * @pdev: the device; its lock is held
 *
 * If that is VFIO, a bridge may have the file of its group because of another one in there. If
 * the device cannot be attached it waits, as it has until now.
 */
void hv_container_bound(struct pci_dev *pdev)
{
	struct hv_endpoint *ep = hv_endpoint_of(pdev);
	struct hv_guest_file *gf;

	if (!ep)
		return;
	guard(mutex)(&hv_container_lock);
	list_for_each_entry(gf, &guest_files, node) {
		if (ep->guest_file || !container_file_has(gf->file, ep))
			continue;
		ep->guest_file = gf;
		if (ep->domain)
			container_attach_to_guest(ep->domain, ep);
	}
}

/**
 * hv_container_unbound - the driver is gone
 * @pdev: the device; its lock is held
 *
 * The file that a bridge still has says nothing of the next one's, who may be somebody else.
 */
void hv_container_unbound(struct pci_dev *pdev)
{
	struct hv_endpoint *ep = hv_endpoint_of(pdev);

	if (!ep)
		return;
	guard(mutex)(&hv_container_lock);
	if (ep->guest_file && ep->domain)
		hv_attach_wait(ep);
	ep->guest_file = NULL;
}

/* A partition that does not let go of a device stays: see viommu.c. */
static void container_let_go(struct mshv_partition *pt)
{
	if (hv_attach_holds(mshv_partition_id(pt)))
		return;
	mshv_partition_release_memory(pt);
	mshv_partition_put(pt);
}

/**
 * hv_container_add_file - a partition's bridge gets a file of VFIO's
 * @pt: the partition
 * @file: the file
 *
 * Return: 0 or a negative errno: it does not get it.
 */
int hv_container_add_file(struct mshv_partition *pt, struct file *file)
{
	int ret;

	if (hv_iommu_host.domains)
		return 0;
	/* Not with the lock held: it is taken where no page of a user may be waited for. */
	ret = mshv_partition_hold_memory(pt);
	if (ret)
		return ret;
	mshv_partition_get(pt);
	ret = container_remember(pt, file);
	if (ret)
		container_let_go(pt);
	return ret;
}

static void container_find_and_forget(struct mshv_partition *pt, struct file *file)
{
	struct hv_guest_file *gf;

	guard(mutex)(&hv_container_lock);
	list_for_each_entry(gf, &guest_files, node)
		if (gf->file == file && gf->guest->partition == pt) {
			container_forget(gf);
			return;
		}
}

/**
 * hv_container_remove_file - it has it no longer
 * @pt: the partition
 * @file: the file
 */
void hv_container_remove_file(struct mshv_partition *pt, struct file *file)
{
	if (hv_iommu_host.domains)
		return;
	container_find_and_forget(pt, file);
	container_let_go(pt);
}
