// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains: the two that are always there, and those with mappings.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/idr.h>
#include <linux/slab.h>

#include "hv_device.h"
#include "iommu.h"

static const struct iommu_domain_ops identity_ops = {
	.attach_dev = hv_attach_identity,
};

struct iommu_domain hv_identity_domain = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &identity_ops,
};

static const struct iommu_domain_ops blocked_ops = {
	.attach_dev = hv_attach_blocked,
};

struct iommu_domain hv_blocked_domain = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &blocked_ops,
};

/*
 * Numbers of domains. One that the hypervisor has not deleted is never used again: it may
 * still translate.
 */
static DEFINE_IDA(domain_ids);
#define FIRST_ID	1
#define LAST_ID		INT_MAX

void hv_domain_ids_exit(void)
{
	ida_destroy(&domain_ids);
}

/**
 * hv_domain_create - make a domain in the hypervisor
 * @domain: which does not exist there
 *
 * Return: 0 or a negative errno.
 */
int hv_domain_create(struct hv_domain *domain)
{
	int id, ret;

	lockdep_assert_held(&domain->lock);
	id = ida_alloc_range(&domain_ids, FIRST_ID, LAST_ID, GFP_KERNEL);
	if (id < 0)
		return id;
	ret = hv_call_create_device_domain(id);
	/* A number that somebody left behind stays taken, the next one may do. */
	while (ret == -EEXIST) {
		id = ida_alloc_range(&domain_ids, id + 1, LAST_ID, GFP_KERNEL);
		if (id < 0)
			return id;
		ret = hv_call_create_device_domain(id);
	}
	if (ret) {
		ida_free(&domain_ids, id);
		return ret;
	}
	domain->id = id;
	domain->created = true;
	return 0;
}

/**
 * hv_domain_delete - have the hypervisor forget a domain, and all that is mapped in it
 * @domain: without a device inside
 *
 * Return: 0, or a negative errno; then it is as it was.
 */
int hv_domain_delete(struct hv_domain *domain)
{
	int ret;

	lockdep_assert_held(&domain->lock);
	ret = hv_call_delete_device_domain(domain->id);
	if (ret)
		return ret;
	ida_free(&domain_ids, domain->id);
	domain->created = false;
	domain->stale = 0;
	domain->stale_end = 0;
	return 0;
}

/*
 * NEST_PARENT: a domain under which a partition can be attached to. It is an ordinary
 * one, of which the device sees nothing.
 */
struct iommu_domain *hv_domain_alloc(struct device *dev, u32 flags,
				     const struct iommu_user_data *user_data)
{
	struct hv_domain *domain;

	if (flags & ~(u32)IOMMU_HWPT_ALLOC_NEST_PARENT || user_data)
		return ERR_PTR(-EOPNOTSUPP);
	domain = kzalloc_obj(*domain, GFP_KERNEL_ACCOUNT);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	mutex_init(&domain->lock);
	domain->is_parent = flags & IOMMU_HWPT_ALLOC_NEST_PARENT;
	domain->mappings = RB_ROOT_CACHED;
	domain->domain.type = IOMMU_DOMAIN_UNMANAGED;
	domain->domain.ops = hv_iommu_ops.default_domain_ops;
	domain->domain.pgsize_bitmap = SZ_4K | SZ_2M | SZ_1G;
	domain->domain.geometry.aperture_end = hv_iommu_host.last_iova;
	domain->domain.geometry.force_aperture = true;
	hv_iommu_users_inc();
	return &domain->domain;
}

/* No device is inside. What the hypervisor does not delete is no longer used by anybody. */
void hv_domain_free(struct iommu_domain *iommu_domain)
{
	struct hv_domain *domain = to_hv_domain(iommu_domain);

	scoped_guard(mutex, &hv_container_lock)
		hv_container_release(domain);
	mutex_lock(&domain->lock);
	if (domain->created && hv_domain_delete(domain))
		pr_err("the hypervisor does not delete domain %u\n", domain->id);
	hv_domain_forget(domain);
	mutex_unlock(&domain->lock);
	mutex_destroy(&domain->lock);
	kfree(domain);
	hv_iommu_users_dec();
}

/**
 * hv_domain_enter - a device is about to go in
 * @domain: the domain
 *
 * Makes it in the hypervisor with all of its mappings, if it is not there. Balanced by
 * hv_domain_leave(), also if the device does not get in.
 *
 * Return: 0 or a negative errno.
 */
int hv_domain_enter(struct hv_domain *domain)
{
	int ret = 0;

	guard(mutex)(&domain->lock);
	if (domain->broken)
		return -EIO;
	if (!domain->created) {
		ret = hv_domain_create(domain);
		if (ret)
			return ret;
		ret = hv_domain_replay(domain);
		if (ret) {
			if (hv_domain_delete(domain))
				domain->broken = true;
			return ret;
		}
	}
	atomic_inc(&domain->devices);
	return 0;
}

void hv_domain_leave(struct hv_domain *domain)
{
	atomic_dec(&domain->devices);
}
