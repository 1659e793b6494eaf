// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSIs of devices that are given away: an MSI domain of our own.
 *
 * Linux's domain for root maps each MSI to a processor of the host whenever a message is
 * asked for, which the hypervisor refuses for a device that is attached to a partition;
 * the message is then all zero, an address in somebody's memory. So unless a driver of the
 * host's is bound a device has this domain instead, and VFIO's notices nothing.
 *
 * A message here is one of three: of the mapping to the guest, of the mapping to the host,
 * or "nowhere". That one has the vector that Linux has for interrupts which are shut
 * down, and goes where no memory is. Linux writes zeroes when an interrupt is freed: we
 * write "nowhere".
 *
 * An MSI is mapped to the host where the processor and the vector are known: when it is
 * activated and when its affinity changes. There, with the interrupt core's lock held, no
 * memory can be given to the hypervisor. So when it is allocated it is mapped once for
 * nothing, which leaves the memory in the hypervisor's pool.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/irqchip/irq-msi-lib.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/vfio_pci_core.h>
#include <asm/hw_irq.h>
#include <asm/irq_vectors.h>
#include <asm/irqdomain.h>
#include <asm/mshyperv.h>
#include <asm/msi.h>

#include "msi.h"

static struct irq_domain *hv_msi_domain;

static const struct msi_msg nowhere = {
	.address_lo = 0xfee00000,
	.data = MANAGED_IRQ_SHUTDOWN_VECTOR,
};

static struct hv_msi *hv_msi_of(struct irq_data *data)
{
	return irq_domain_get_irq_data(hv_msi_domain, data->irq)->chip_data;
}

/**
 * hv_msi_find - what is known about an interrupt
 * @irq: Linux's number
 *
 * Return: NULL if it is none of ours. What is found stays while the interrupt is
 * requested.
 */
struct hv_msi *hv_msi_find(unsigned int irq)
{
	struct irq_data *data = irq_domain_get_irq_data(hv_msi_domain, irq);

	return data ? data->chip_data : NULL;
}

/* ---- messages */

static bool hv_msi_is_mapped(const struct hv_msi *msi)
{
	return msi->to_guest || msi->to_host;
}

static struct msi_msg hv_msi_message(const struct hv_msi *msi)
{
	bool to_guest = msi->to_guest && !msi->held;
	const struct hv_interrupt_entry *e = to_guest ? &msi->guest : &msi->host;
	struct msi_msg msg = {};

	lockdep_assert_held(&msi->lock);
	if (!to_guest && !msi->to_host)
		return nowhere;
	msg.address_lo = e->msi_entry.address.as_uint32;
	msg.data = e->msi_entry.data.as_uint32;
	return msg;
}

static void hv_msi_compose(struct irq_data *data, struct msi_msg *msg)
{
	struct hv_msi *msi = data->chip_data;

	guard(raw_spinlock_irqsave)(&msi->lock);
	*msg = hv_msi_message(msi);
}

static bool hv_msi_can_mask(const struct msi_desc *desc)
{
	return desc->pci.msi_attrib.can_mask;
}

/* A message is two writes: a device that cannot mask it must not send it in between. */
static void hv_msi_write_unmaskable(struct pci_dev *pdev, unsigned int irq, struct msi_msg *msg)
{
	u16 control;

	pci_read_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS, &control);
	if (control & PCI_MSI_FLAGS_ENABLE)
		pci_write_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS,
				      control & ~PCI_MSI_FLAGS_ENABLE);
	pci_write_msi_msg(irq, msg);
	if (control & PCI_MSI_FLAGS_ENABLE) {
		pci_read_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS, &control);
		pci_write_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS,
				      control | PCI_MSI_FLAGS_ENABLE);
	}
}

static void hv_msi_write(struct hv_msi *msi, struct msi_msg msg)
{
	struct msi_desc *desc = irq_get_msi_desc(msi->irq);

	lockdep_assert_held(&msi->lock);
	if (!desc->pci.msi_attrib.is_msix && !hv_msi_can_mask(desc))
		hv_msi_write_unmaskable(msi->ep->pdev, msi->irq, &msg);
	else
		pci_write_msi_msg(msi->irq, &msg);
}

/* What has become of an interrupt: its message, and whether it may come. */
static void hv_msi_tell_device(struct hv_msi *msi)
{
	struct irq_data *data = irq_get_irq_data(msi->irq);

	lockdep_assert_held(&msi->lock);
	/* Asleep, it has no registers: it gets the message when it wakes up. */
	if (msi->ep->pdev->current_state != PCI_D0) {
		irq_get_msi_desc(msi->irq)->msg = hv_msi_message(msi);
		return;
	}
	if (!hv_msi_is_mapped(msi) || msi->held || !msi->unmasked)
		pci_msi_mask_irq(data);
	hv_msi_write(msi, hv_msi_message(msi));
	if (hv_msi_is_mapped(msi) && !msi->held && msi->unmasked)
		pci_msi_unmask_irq(data);
}

/* ---- chip of the device */

static void hv_msi_write_msg(struct irq_data *data, struct msi_msg *msg)
{
	struct hv_msi *msi = hv_msi_of(data);

	guard(raw_spinlock_irqsave)(&msi->lock);
	hv_msi_write(msi, msg->address_lo ? *msg : nowhere);
}

static void hv_msi_mask(struct irq_data *data)
{
	struct hv_msi *msi = hv_msi_of(data);

	guard(raw_spinlock_irqsave)(&msi->lock);
	msi->unmasked = false;
	pci_msi_mask_irq(data);
}

/* What is mapped nowhere stays masked. */
static void hv_msi_unmask(struct irq_data *data)
{
	struct hv_msi *msi = hv_msi_of(data);

	guard(raw_spinlock_irqsave)(&msi->lock);
	msi->unmasked = true;
	if (hv_msi_is_mapped(msi) && !msi->held)
		pci_msi_unmask_irq(data);
}

static unsigned int hv_msi_startup(struct irq_data *data)
{
	hv_msi_unmask(data);
	return 0;
}

static bool hv_msi_init_info(struct device *dev, struct irq_domain *domain,
			     struct irq_domain *real_parent, struct msi_domain_info *info)
{
	struct irq_chip *chip = info->chip;

	if (!msi_lib_init_dev_msi_info(dev, domain, real_parent, info))
		return false;
	chip->flags |= IRQCHIP_SKIP_SET_WAKE | IRQCHIP_MOVE_DEFERRED;
	chip->irq_write_msi_msg = hv_msi_write_msg;
	chip->irq_mask = hv_msi_mask;
	chip->irq_unmask = hv_msi_unmask;
	chip->irq_startup = hv_msi_startup;
	chip->irq_shutdown = hv_msi_mask;
	info->ops->msi_prepare = pci_msi_prepare;
	return true;
}

/* ---- mapping to the host */

/* Not the placeholder, which all interrupts have that are not in use. */
static bool hv_msi_has_vector(struct irq_data *data)
{
	return irqd_cfg(data)->vector != MANAGED_IRQ_SHUTDOWN_VECTOR;
}

/**
 * hv_irq_unmap - take back a mapping of an interrupt
 * @ep: the device
 * @partition: whose processors it goes to
 * @device: the name of the device that it was mapped with
 * @entry: the mapping
 *
 * One that stays does no harm while the device does not send it, and goes with the partition.
 *
 * Context: any.
 */
void hv_irq_unmap(struct hv_endpoint *ep, u64 partition, u64 device,
		  const struct hv_interrupt_entry *entry)
{
	int ret = hv_call_unmap_device_interrupt(partition, device, entry);

	if (ret)
		dev_err_ratelimited(&ep->pdev->dev,
				    "partition %llu keeps an interrupt of it: %d\n", partition, ret);
}

/**
 * hv_msi_unmap_host - it no longer comes to the host
 * @msi: the interrupt
 */
void hv_msi_unmap_host(struct hv_msi *msi)
{
	lockdep_assert_held(&msi->lock);
	if (!msi->to_host)
		return;
	msi->to_host = false;
	hv_irq_unmap(msi->ep, hv_current_partition_id, msi->ep->id, &msi->host);
}

/**
 * hv_msi_map_host - it comes to the host, where the core wants it
 * @msi: the interrupt
 * @data: of our domain
 *
 * Root may not move an interrupt of its own to another vector, so that it is mapped
 * anew.
 *
 * Context: atomic.
 * Return: 0 or a negative errno.
 */
int hv_msi_map_host(struct hv_msi *msi, struct irq_data *data)
{
	struct hv_irq_target target = {};
	unsigned int cpu;
	int ret;

	lockdep_assert_held(&msi->lock);
	if (!msi->ep->host_irqs || !hv_msi_has_vector(data))
		return 0;
	hv_msi_unmap_host(msi);
	cpu = cpumask_first(irq_data_get_effective_affinity_mask(data));
	hv_irq_target_vp(&target, irqd_cfg(data)->vector, hv_vp_index[cpu]);
	ret = hv_try_map_device_interrupt(hv_current_partition_id, msi->ep->id, &target,
					  &msi->host);
	msi->to_host = !ret;
	return ret;
}

/* Leave memory for the real mapping. */
static int hv_msi_warm_up(struct hv_endpoint *ep)
{
	struct hv_interrupt_entry entry;
	struct hv_irq_target target = {};
	int ret;

	if (!ep->host_irqs)
		return 0;
	hv_irq_target_vp(&target, MANAGED_IRQ_SHUTDOWN_VECTOR, hv_vp_index[0]);
	ret = hv_call_map_device_interrupt(hv_current_partition_id, ep->id, &target, &entry);
	if (!ret)
		hv_irq_unmap(ep, hv_current_partition_id, ep->id, &entry);
	return ret;
}

static int hv_msi_map_lost(struct hv_msi *msi)
{
	int ret = hv_msi_warm_up(msi->ep);

	if (ret)
		return ret;
	guard(raw_spinlock_irqsave)(&msi->lock);
	if (!msi->active || msi->to_host)
		return 0;
	return hv_msi_map_host(msi, irq_domain_get_irq_data(hv_msi_domain, msi->irq));
}

/*
 * The hypervisor refused a move, maybe for want of memory: here it can be given some. If it
 * refuses again that is said once, and the device is silent already. While VFIO holds its lock,
 * as it does when it requests an interrupt, the device cannot be told.
 */
static void hv_msi_map_again(struct work_struct *work)
{
	struct hv_msi *msi = container_of(to_delayed_work(work), struct hv_msi, again);
	int ret = 0;

	guard(mutex)(&hv_attach_lock);
	if (!READ_ONCE(msi->to_host))
		ret = hv_msi_map_lost(msi);
	if (ret)
		pci_err(msi->ep->pdev, "interrupt %u is lost: %d\n", msi->irq, ret);
	else if (!hv_msi_program_all(msi->ep))
		schedule_delayed_work(&msi->again, HZ / 100);
}

/*
 * The processor and the vector of before are given up already. If the hypervisor refuses the new
 * ones the device is silent until the next try.
 */
static int hv_msi_set_affinity(struct irq_data *data, const struct cpumask *mask, bool force)
{
	struct hv_msi *msi = data->chip_data;
	int ret = irq_chip_set_affinity_parent(data, mask, force);
	bool was_lost;
	int err = 0;

	if (ret < 0 || ret == IRQ_SET_MASK_OK_DONE)
		return ret;
	guard(raw_spinlock_irqsave)(&msi->lock);
	was_lost = !hv_msi_is_mapped(msi);
	if (msi->active)
		err = hv_msi_map_host(msi, data);
	if (err)
		schedule_delayed_work(&msi->again, 0);
	/* The device has the message of the guest: it stays. */
	if (msi->to_guest)
		return err ?: IRQ_SET_MASK_OK_DONE;
	if (err || was_lost)
		hv_msi_tell_device(msi);
	return err ?: ret;
}

static int hv_msi_activate(struct irq_domain *domain, struct irq_data *data, bool reserve)
{
	struct hv_msi *msi = data->chip_data;
	int ret;

	guard(raw_spinlock_irqsave)(&msi->lock);
	ret = hv_msi_map_host(msi, data);
	msi->active = !ret;
	return ret;
}

static void hv_msi_deactivate(struct irq_domain *domain, struct irq_data *data)
{
	struct hv_msi *msi = data->chip_data;

	guard(raw_spinlock_irqsave)(&msi->lock);
	msi->active = false;
	hv_msi_unmap_host(msi);
}

static struct irq_chip chip = {
	.name = "MSHV",
	.irq_ack = irq_chip_ack_parent,
	.irq_compose_msi_msg = hv_msi_compose,
	.irq_set_affinity = hv_msi_set_affinity,
};

static void hv_msi_free_irqs(struct irq_domain *domain, unsigned int virq, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct irq_data *data = irq_domain_get_irq_data(domain, virq + i);
		struct hv_msi *msi = data->chip_data;

		if (!msi)
			continue;
		cancel_delayed_work_sync(&msi->again);
		scoped_guard(mutex, &hv_attach_lock) {
			hv_irq_forget(msi);
			list_del(&msi->node);
		}
		kfree(msi);
	}
	irq_domain_free_irqs_top(domain, virq, nr);
}

static int hv_msi_alloc_irq(struct irq_domain *domain, unsigned int virq, struct hv_endpoint *ep)
{
	struct hv_msi *msi = kzalloc_obj(*msi);

	irq_domain_set_info(domain, virq, 0, &chip, msi, handle_edge_irq, NULL, "edge");
	if (!msi)
		return -ENOMEM;
	raw_spin_lock_init(&msi->lock);
	INIT_DELAYED_WORK(&msi->again, hv_msi_map_again);
	msi->ep = ep;
	msi->irq = virq;
	guard(mutex)(&hv_attach_lock);
	list_add_tail(&msi->node, &ep->msis);
	return hv_msi_warm_up(ep);
}

static int hv_msi_alloc_irqs(struct irq_domain *domain, unsigned int virq, unsigned int nr,
			     void *arg)
{
	msi_alloc_info_t *info = arg;
	struct hv_endpoint *ep = to_hv_endpoint(msi_desc_to_dev(info->desc));
	unsigned int i;
	int ret;

	ret = irq_domain_alloc_irqs_parent(domain, virq, nr, arg);
	if (ret)
		return ret;
	for (i = 0; i < nr && !ret; i++)
		ret = hv_msi_alloc_irq(domain, virq + i, ep);
	if (ret)
		hv_msi_free_irqs(domain, virq, nr);
	return ret;
}

static const struct irq_domain_ops domain_ops = {
	.select = msi_lib_irq_domain_select,
	.alloc = hv_msi_alloc_irqs,
	.free = hv_msi_free_irqs,
	.activate = hv_msi_activate,
	.deactivate = hv_msi_deactivate,
};

static const struct msi_parent_ops parent_ops = {
	.supported_flags = MSI_GENERIC_FLAGS_MASK | MSI_FLAG_PCI_MSIX,
	.required_flags = MSI_FLAG_USE_DEF_DOM_OPS | MSI_FLAG_USE_DEF_CHIP_OPS,
	.bus_select_token = DOMAIN_BUS_NEXUS,
	.bus_select_mask = MATCH_PCI_MSI,
	.chip_flags = MSI_CHIP_FLAG_SET_ACK,
	.prefix = "MSHV-",
	.init_dev_msi_info = hv_msi_init_info,
};

/* ---- to a running device */

/*
 * Registers of a device may be touched while its memory decoding is on, and VFIO lets the
 * guest switch that. So this needs VFIO's lock, and thus a driver that has it: vfio-pci, or one
 * of those for a certain device that are built on the same core. Such a driver may have handlers
 * of its own for errors, but the first of them is the core's, which finds its object as we do.
 */
static struct vfio_pci_core_device *hv_msi_core_device(struct pci_dev *pdev)
{
	typeof(&vfio_pci_core_aer_err_detected) of_core;
	const struct pci_error_handlers *handlers;
	bool is_core;

	of_core = symbol_get(vfio_pci_core_aer_err_detected);
	if (!of_core)
		return NULL;
	handlers = pdev->driver ? pdev->driver->err_handler : NULL;
	is_core = handlers && handlers->error_detected == of_core;
	symbol_put(vfio_pci_core_aer_err_detected);
	return is_core ? pci_get_drvdata(pdev) : NULL;
}

/**
 * hv_msi_reachable - messages of a device can be changed while it runs
 * @pdev: the device
 */
bool hv_msi_reachable(struct pci_dev *pdev)
{
	return hv_msi_core_device(pdev);
}

static void hv_msi_program_with_memory_on(struct pci_dev *pdev, struct hv_msi *msi)
{
	u16 command;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	if (!(command & PCI_COMMAND_MEMORY))
		pci_write_config_word(pdev, PCI_COMMAND, command | PCI_COMMAND_MEMORY);
	scoped_guard(raw_spinlock_irqsave, &msi->lock)
		hv_msi_tell_device(msi);
	if (!(command & PCI_COMMAND_MEMORY))
		pci_write_config_word(pdev, PCI_COMMAND, command);
}

/**
 * hv_msi_program - tell a running device what has become of its interrupt
 * @msi: the interrupt, whose device is reachable
 *
 * Context: process context, without locks that VFIO takes inside its memory_lock.
 */
void hv_msi_program(struct hv_msi *msi)
{
	struct vfio_pci_core_device *core = hv_msi_core_device(msi->ep->pdev);

	if (!core)
		return;
	guard(rwsem_write)(&core->memory_lock);
	hv_msi_program_with_memory_on(msi->ep->pdev, msi);
}

/**
 * hv_msi_program_all - the same for all of a device, if nobody is in the way
 * @ep: the device
 *
 * If VFIO resets the device it holds its lock: afterwards the core writes the messages that it
 * remembers.
 *
 * Return: false if somebody is.
 */
bool hv_msi_program_all(struct hv_endpoint *ep)
{
	struct vfio_pci_core_device *core;
	struct hv_msi *msi;

	lockdep_assert_held(&hv_attach_lock);
	if (list_empty(&ep->msis))
		return true;
	list_for_each_entry(msi, &ep->msis, node)
		scoped_guard(raw_spinlock_irqsave, &msi->lock) irq_get_msi_desc(msi->irq)->msg =
			hv_msi_message(msi);
	core = hv_msi_core_device(ep->pdev);
	if (!core)
		return true;
	if (!down_write_trylock(&core->memory_lock))
		return false;
	list_for_each_entry(msi, &ep->msis, node)
		hv_msi_program_with_memory_on(ep->pdev, msi);
	up_write(&core->memory_lock);
	return true;
}

/* ---- which domain a device has */

/**
 * hv_msi_install - no driver of the host's is bound to a device
 * @ep: the device
 *
 * It has our domain without any driver as well: VFIO asks whether interrupts of all devices of
 * a group are isolated, of those too that nobody drives.
 */
void hv_msi_install(struct hv_endpoint *ep)
{
	if (ep->msi_domain_saved)
		return;
	ep->saved_msi_domain = dev_get_msi_domain(&ep->pdev->dev);
	ep->msi_domain_saved = true;
	dev_set_msi_domain(&ep->pdev->dev, hv_msi_domain);
}

/**
 * hv_msi_restore - one is about to be bound, or the device is claimed no longer
 * @ep: the device
 */
void hv_msi_restore(struct hv_endpoint *ep)
{
	if (!ep->msi_domain_saved)
		return;
	ep->msi_domain_saved = false;
	dev_set_msi_domain(&ep->pdev->dev, ep->saved_msi_domain);
}

int __init hv_msi_init(void)
{
	struct irq_domain_info info = {
		.fwnode = irq_domain_alloc_named_fwnode("MSHV-MSI"),
		.ops = &domain_ops,
		.parent = x86_vector_domain,
		.domain_flags = hv_iommu_host.isolated_msi ? IRQ_DOMAIN_FLAG_ISOLATED_MSI : 0,
	};

	if (!info.fwnode)
		return -ENOMEM;
	hv_msi_domain = msi_create_parent_irq_domain(&info, &parent_ops);
	if (!hv_msi_domain) {
		irq_domain_free_fwnode(info.fwnode);
		return -ENOMEM;
	}
	return 0;
}

void hv_msi_exit(void)
{
	struct fwnode_handle *fwnode = hv_msi_domain->fwnode;

	irq_domain_remove(hv_msi_domain);
	irq_domain_free_fwnode(fwnode);
}
