/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of this module share: devices, where they are, and domains.
 */
#ifndef HV_IOMMU_IOMMU_H
#define HV_IOMMU_IOMMU_H

#include <linux/atomic.h>
#include <linux/interval_tree.h>
#include <linux/iommu.h>
#include <linux/mutex.h>
#include <linux/pci.h>

/**
 * struct hv_iommu_host - facts about the host, constant once the module is loaded
 * @domains: there are DMA domains; not on L1VH, where a device is attached to a
 *	partition or does no DMA
 * @isolated_msi: the hypervisor checks where an interrupt of a device comes from
 * @last_iova: the last address of a domain
 */
struct hv_iommu_host {
	bool domains;
	bool isolated_msi;
	u64 last_iova;
};

extern struct hv_iommu_host hv_iommu_host;
extern struct iommu_device hv_iommu;
extern const struct iommu_ops hv_iommu_ops;

/* Where the hypervisor has a device. */
enum hv_place_kind {
	HV_PLACE_DOMAIN,	/* in a DMA domain */
	HV_PLACE_PARTITION,	/* attached to a partition */
	HV_PLACE_NOWHERE,	/* it did not say; the device's bus mastering was taken away */
};

/**
 * struct hv_place - a place
 * @kind: what kind
 * @domain_id: the hypervisor's number of the domain
 * @partition_id: the hypervisor's number of the partition
 * @logical_id: what the partition calls the device
 */
struct hv_place {
	enum hv_place_kind kind;
	u32 domain_id;
	u64 partition_id;
	u64 logical_id;
};

/**
 * struct hv_endpoint - a PCI function that this driver has claimed
 * @node: in the list of all
 * @pdev: the function; the core keeps it while it is claimed
 * @id: what the hypervisor calls it
 * @set: its isolation set (see isolation.c)
 * @place: where it is; guarded by hv_attach_lock
 * @kept: the partition that it is in did not let it go; guarded by hv_attach_lock
 * @domain: the paging domain that counts it, or NULL; guarded by hv_attach_lock, and changed
 *	with hv_container_lock held too
 * @guest_file: the file that a partition's bridge has it by, while a driver is bound; guarded by
 *	hv_container_lock
 * @msis: its interrupts, if it has our MSI domain; guarded by hv_attach_lock
 * @host_irqs: they may be mapped to the host; written with hv_attach_lock held
 * @faults: what the hypervisor said that it refused it
 * @fault_told: when a line in the log said so, in jiffies; guarded by hv_attach_lock
 * @saved_msi_domain: the MSI domain that the host's drivers have
 * @msi_domain_saved: it has ours; guarded by the device's lock
 */
struct hv_endpoint {
	struct list_head node;
	struct pci_dev *pdev;
	u64 id;
	u32 set;
	struct hv_place place;
	bool kept;
	struct hv_domain *domain;
	struct hv_guest_file *guest_file;
	struct list_head msis;
	bool host_irqs;
	u64 faults;
	unsigned long fault_told;
	struct irq_domain *saved_msi_domain;
	bool msi_domain_saved;
};

static inline struct hv_endpoint *to_hv_endpoint(struct device *dev)
{
	return dev_iommu_priv_get(dev);
}

/* The same of any function; NULL if it is not claimed. Its lock is held, so that it stays so. */
static inline struct hv_endpoint *hv_endpoint_of(struct pci_dev *pdev)
{
	struct dev_iommu *iommu = pdev->dev.iommu;

	return iommu && iommu->iommu_dev == &hv_iommu ? to_hv_endpoint(&pdev->dev) : NULL;
}

/**
 * struct hv_domain - a paging domain
 * @domain: what the core knows
 * @lock: guards all below, but @devices; a leaf but for hv_attach_lock
 * @id: the hypervisor's number, while @created
 * @created: the hypervisor has it, with all that is in @mappings
 * @broken: it could not be made to forget a page: no device gets in any more
 * @devices: devices inside; grows with @lock held only
 * @nr_pages: how many pages are mapped
 * @mappings: what is mapped, by page number of the device's address
 * @stale: what is no longer in @mappings, but mapped in the hypervisor until it is flushed;
 *	nobody has let go of these pages yet
 * @stale_end: one behind the last of it
 * @is_parent: it is for no device, but to be above a vIOMMU; constant
 * @guest: whose it is, on hosts without domains; changed with hv_container_lock held too
 * @had_guest: it was somebody's once
 * @guest_node: in the list of what is @guest's, likewise
 *
 * Without a device inside it is a list of mappings and nothing else: the hypervisor gets
 * the domain with the first device, with the mappings in as few calls as it takes.
 * When the last device has left, the first unmapping deletes it there, and all that
 * was mapped with it.
 */
struct hv_domain {
	struct iommu_domain domain;
	struct mutex lock;
	u32 id;
	bool created;
	bool broken;
	atomic_t devices;
	u64 nr_pages;
	struct rb_root_cached mappings;
	u64 stale;
	u64 stale_end;
	bool is_parent;
	struct hv_guest *guest;
	bool had_guest;
	struct list_head guest_node;
};

static inline struct hv_domain *to_hv_domain(struct iommu_domain *domain)
{
	return container_of(domain, struct hv_domain, domain);
}

/* main.c */
void hv_iommu_users_inc(void);
void hv_iommu_users_dec(void);
bool hv_iommu_unused(void);

/* device.c */
struct iommu_device *hv_device_probe(struct device *dev);
void hv_device_release(struct device *dev);
struct iommu_group *hv_device_group(struct device *dev);
void hv_device_resv_regions(struct device *dev, struct list_head *regions);
bool hv_device_capable(struct device *dev, enum iommu_cap cap);
int hv_device_default_type(struct device *dev);
/* All that are claimed, under its lock. Sleeps; a leaf. Changed with hv_container_lock held, too. */
extern struct list_head hv_endpoints;
extern struct mutex hv_endpoints_lock;

/* isolation.c */
u32 hv_isolation_set(struct pci_dev *pdev);
bool hv_isolation_whole(struct pci_dev *pdev, u32 set);
void hv_isolation_enable_acs(struct pci_dev *pdev);

/* claim.c */
void hv_claim_asked(void);
bool hv_claim_wants(struct pci_dev *pdev);
bool hv_claim_skips(struct pci_dev *pdev);
int hv_claim_init(void);
void hv_claim_exit(void);

/* domain.c */
extern struct iommu_domain hv_identity_domain;
extern struct iommu_domain hv_blocked_domain;
struct iommu_domain *hv_domain_alloc(struct device *dev, u32 flags,
				     const struct iommu_user_data *user_data);
void hv_domain_free(struct iommu_domain *domain);
void hv_domain_ids_exit(void);
int hv_domain_enter(struct hv_domain *domain);
void hv_domain_leave(struct hv_domain *domain);
int hv_domain_create(struct hv_domain *domain);
int hv_domain_delete(struct hv_domain *domain);

/* map.c */
struct mshv_partition;
const char *hv_domain_large_pages(void);
int hv_domain_map(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr,
		  size_t pgsize, size_t count, int prot, gfp_t gfp, size_t *mapped);
size_t hv_domain_unmap(struct iommu_domain *domain, unsigned long iova, size_t pgsize,
		       size_t count, struct iommu_iotlb_gather *gather);
void hv_domain_flush(struct iommu_domain *domain, struct iommu_iotlb_gather *gather);
bool hv_domain_is_of(struct hv_domain *domain, struct mshv_partition *pt);
phys_addr_t hv_domain_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova);
int hv_domain_replay(struct hv_domain *domain);
void hv_domain_forget(struct hv_domain *domain);

/* container.c */
struct file;
extern struct mutex hv_container_lock;
int hv_container_allows(struct hv_domain *domain, u64 page, u64 pfn, u64 nr, bool writable);
int hv_container_attach(struct hv_domain *domain, struct hv_endpoint *ep);
void hv_container_release(struct hv_domain *domain);
int hv_container_add_file(struct mshv_partition *pt, struct file *file);
void hv_container_remove_file(struct mshv_partition *pt, struct file *file);
void hv_container_bound(struct pci_dev *pdev);
void hv_container_unbound(struct pci_dev *pdev);

/* fault.c */
struct mshv_dma_fault;
void hv_fault(const struct mshv_dma_fault *fault);
void hv_fault_exit(void);

/* attach.c */
extern struct mutex hv_attach_lock;
int hv_attach_identity(struct iommu_domain *domain, struct device *dev,
		       struct iommu_domain *old);
int hv_attach_blocked(struct iommu_domain *domain, struct device *dev,
		      struct iommu_domain *old);
int hv_attach_paging(struct iommu_domain *domain, struct device *dev,
		     struct iommu_domain *old);
void hv_attach_evacuate(struct hv_domain *domain);
int hv_attach_partition(struct device *dev, u64 partition, u64 logical);
int hv_attach_in_domain(struct hv_endpoint *ep, struct hv_domain *domain,
			struct mshv_partition *pt);
void hv_attach_wait(struct hv_endpoint *ep);
bool hv_attach_holds(u64 partition);
void hv_attach_stop(u64 partition);

#endif
