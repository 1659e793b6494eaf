/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HV_IOMMU_MSI_H
#define HV_IOMMU_MSI_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <hyperv/hvhdk_mini.h>

#include "hv_device.h"
#include "iommu.h"

/**
 * struct hv_msi - one MSI of a device that is given away
 * @node: in the list of its device; guarded by hv_attach_lock
 * @ep: its device
 * @irq: Linux's number
 * @lock: guards all below against the interrupt core; what is marked with (A) changes
 *	with hv_attach_lock held, too
 * @unmasked: the core wants it to come
 * @held: it must not come, for it is being moved (A)
 * @active: the core has a processor and a vector for it
 * @again: maps it to the host where a move was refused
 * @to_host: mapped to a processor of the host, by @host
 * @host: that mapping
 * @to_guest: mapped to a guest, by @guest (A)
 * @guest: that mapping (A)
 * @guest_lost: it was, and is to be again when the device is back (A)
 * @guest_partition: whose guest, when it was mapped (A)
 * @guest_device: the name of the device that it was mapped with (A)
 * @guest_target: where in the guest (A)
 *
 * What was told to the hypervisor when an interrupt was mapped is what it is told again
 * to unmap it, whatever has become of the device.
 */
struct hv_msi {
	struct list_head node;
	struct hv_endpoint *ep;
	unsigned int irq;
	raw_spinlock_t lock;
	bool unmasked;
	bool held;
	bool active;
	struct delayed_work again;
	bool to_host;
	struct hv_interrupt_entry host;
	bool to_guest;
	struct hv_interrupt_entry guest;
	bool guest_lost;
	u64 guest_partition;
	u64 guest_device;
	struct hv_irq_target guest_target;
};

/* msi.c */
int hv_msi_init(void);
void hv_msi_exit(void);
void hv_msi_install(struct hv_endpoint *ep);
void hv_msi_restore(struct hv_endpoint *ep);
struct hv_msi *hv_msi_find(unsigned int irq);
bool hv_msi_reachable(struct pci_dev *pdev);
void hv_msi_program(struct hv_msi *msi);
bool hv_msi_program_all(struct hv_endpoint *ep);
struct irq_data;
int hv_msi_map_host(struct hv_msi *msi, struct irq_data *data);
void hv_msi_unmap_host(struct hv_msi *msi);
void hv_irq_unmap(struct hv_endpoint *ep, u64 partition, u64 device,
		  const struct hv_interrupt_entry *entry);

/* irq.c */
void hv_irq_take_from_host(struct hv_endpoint *ep);
void hv_irq_give_to_host(struct hv_endpoint *ep);
void hv_irq_lose(struct hv_endpoint *ep);
void hv_irq_regain(struct hv_endpoint *ep);
void hv_irq_forget(struct hv_msi *msi);
int hv_irq_init(void);
void hv_irq_exit(void);

#endif
