// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claiming: which PCI functions this driver becomes the IOMMU driver of, and when.
 *
 * A function is claimed while no driver is bound to it: when the module is loaded, when
 * the function appears, and when its driver lets go of it. Others keep their driver and
 * their DMA as they are. The core asks about all functions when an IOMMU is registered,
 * and about new ones when they appear; there is no call to have it ask again. So for each
 * look an IOMMU is registered that nobody belongs to, and unregistered at once.
 *
 * The hypervisor keeps some devices for itself, a debugger's port or network card, and no
 * call tells which. The administrator names them in the parameter "skip".
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "iommu.h"
#include "msi.h"

static char *skip;
module_param(skip, charp, 0444);
MODULE_PARM_DESC(skip, "PCI functions to leave alone: [DDDD:]BB:DD.F,...");

struct skipped {
	u32 segment;
	u16 rid;
};

static struct skipped *skipped;
static unsigned int nr_skipped;

/* Serialises looks, and the end of them. */
static DEFINE_MUTEX(claim_lock);
static bool claiming;

static int claim_parse_function(const char *text, struct skipped *s)
{
	unsigned int segment = 0, bus, slot, function;
	int n = 0;

	if (sscanf(text, "%x:%x:%x.%x%n", &segment, &bus, &slot, &function, &n) != 4 ||
	    text[n]) {
		segment = 0;
		n = 0;
		if (sscanf(text, "%x:%x.%x%n", &bus, &slot, &function, &n) != 3 || text[n])
			return -EINVAL;
	}
	if (bus > 0xff || slot > 0x1f || function > 7)
		return -EINVAL;
	s->segment = segment;
	s->rid = PCI_DEVID(bus, PCI_DEVFN(slot, function));
	return 0;
}

/* All of the list is looked at: a function that is not skipped could be lost for good. */
static int claim_parse_skip(void)
{
	char *text, *rest, *word;
	unsigned int max = 1;
	int ret = 0;

	if (!skip || !*skip)
		return 0;
	for (rest = skip; *rest; rest++)
		max += *rest == ',';
	skipped = kcalloc(max, sizeof(*skipped), GFP_KERNEL);
	text = kstrdup(skip, GFP_KERNEL);
	if (!skipped || !text) {
		kfree(text);
		return -ENOMEM;
	}
	rest = text;
	while (!ret && (word = strsep(&rest, ","))) {
		ret = claim_parse_function(strim(word), &skipped[nr_skipped]);
		if (ret)
			pr_err("skip: '%s' is no PCI function\n", word);
		else
			nr_skipped++;
	}
	kfree(text);
	return ret;
}

/* The core has asked about a device, of any bus. */
static bool asked;

void hv_claim_asked(void)
{
	WRITE_ONCE(asked, true);
}

/**
 * hv_claim_skips - the administrator wants a function left alone
 * @pdev: the function
 */
bool hv_claim_skips(struct pci_dev *pdev)
{
	unsigned int i;

	for (i = 0; i < nr_skipped; i++)
		if (skipped[i].segment == (u32)pci_domain_nr(pdev->bus) &&
		    skipped[i].rid == pci_dev_id(pdev))
			return true;
	return false;
}

/**
 * hv_claim_wants - a function may be claimed as far as it alone is concerned
 * @pdev: the function
 */
bool hv_claim_wants(struct pci_dev *pdev)
{
	if (!READ_ONCE(claiming) || pdev->dev.driver)
		return false;
	/* The hypervisor's name of a function has 16 bits for its segment. */
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL || pci_domain_nr(pdev->bus) > 0xffff)
		return false;
	return !pdev->untrusted && !hv_claim_skips(pdev);
}

static void claim_look(void)
{
	static struct iommu_device nobody;
	int ret;

	lockdep_assert_held(&claim_lock);
	memset(&nobody, 0, sizeof(nobody));
	ret = iommu_device_register(&nobody, &hv_iommu_ops, NULL);
	if (ret)
		pr_warn("not all devices were looked at: %d\n", ret);
	else
		iommu_device_unregister(&nobody);
}

/*
 * The driver that is bound next may need the group, so that there is no putting this off.
 * The lock of the device is held, under which the core claims devices too.
 */
static void claim_driver_gone(void)
{
	guard(mutex)(&claim_lock);
	if (claiming)
		claim_look();
}

/* Drivers that leave DMA to their users are those that give devices away. */
static void claim_driver_comes(struct pci_dev *pdev)
{
	struct hv_endpoint *ep = hv_endpoint_of(pdev);

	if (ep && !to_pci_driver(pdev->dev.driver)->driver_managed_dma)
		hv_msi_restore(ep);
}

static void claim_driver_went(struct pci_dev *pdev)
{
	struct hv_endpoint *ep = hv_endpoint_of(pdev);

	if (ep)
		hv_msi_install(ep);
}

static int claim_notify(struct notifier_block *nb, unsigned long action, void *data)
{
	struct pci_dev *pdev = to_pci_dev((struct device *)data);

	switch (action) {
	case BUS_NOTIFY_BIND_DRIVER:
		claim_driver_comes(pdev);
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
		hv_container_bound(pdev);
		break;
	case BUS_NOTIFY_DRIVER_NOT_BOUND:
		claim_driver_went(pdev);
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		hv_container_unbound(pdev);
		claim_driver_went(pdev);
		claim_driver_gone();
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block claim_notifier = {
	.notifier_call = claim_notify,
};

/* Whose locks are held, to let nobody bind a driver to them. */
struct held {
	unsigned int nr;
	unsigned int max;
	struct pci_dev **pdevs;
};

static void claim_let_go(struct held *held)
{
	while (held->nr) {
		device_unlock(&held->pdevs[--held->nr]->dev);
		pci_dev_put(held->pdevs[held->nr]);
	}
	kfree(held->pdevs);
}

/*
 * Locks are tried, never waited for: who holds the lock of a device may want that of
 * another one.
 */
static int claim_hold_devices(struct held *held)
{
	struct hv_endpoint *ep;

	guard(mutex)(&hv_endpoints_lock);
	held->max = list_count_nodes(&hv_endpoints);
	held->pdevs = kcalloc(held->max, sizeof(*held->pdevs), GFP_KERNEL);
	if (held->max && !held->pdevs)
		return -ENOMEM;
	list_for_each_entry(ep, &hv_endpoints, node) {
		if (!device_trylock(&ep->pdev->dev))
			return -EBUSY;
		held->pdevs[held->nr++] = pci_dev_get(ep->pdev);
		if (ep->pdev->dev.driver)
			return -EBUSY;
	}
	return 0;
}

static int claim_start(void)
{
	int ret;

	lockdep_assert_held(&claim_lock);
	if (claiming)
		return 0;
	/* Nothing is claimed yet, so that no device can make this fail. */
	ret = iommu_device_register(&hv_iommu, &hv_iommu_ops, NULL);
	if (ret)
		return ret;
	/* There are always devices to ask about, and it is the first driver that is asked. */
	if (!READ_ONCE(asked)) {
		iommu_device_unregister(&hv_iommu);
		pr_info("another IOMMU driver is asked about the devices of this host\n");
		return -EBUSY;
	}
	WRITE_ONCE(claiming, true);
	claim_look();
	return 0;
}

/*
 * Give all devices back to the host. With a driver bound the core would take a domain away
 * from under it; with a domain in existence somebody else would find ours gone.
 */
static int claim_stop(void)
{
	struct held held = {};
	int ret;

	lockdep_assert_held(&claim_lock);
	if (!claiming)
		return 0;
	WRITE_ONCE(claiming, false);
	ret = claim_hold_devices(&held);
	if (!ret && !hv_iommu_unused())
		ret = -EBUSY;
	if (ret)
		WRITE_ONCE(claiming, true);
	else
		iommu_device_unregister(&hv_iommu);
	claim_let_go(&held);
	return ret;
}

static bool loaded;
static bool claim = true;

static int claim_set(const char *value, const struct kernel_param *param)
{
	bool wanted;
	int ret = kstrtobool(value, &wanted);

	if (ret)
		return ret;
	guard(mutex)(&claim_lock);
	if (loaded)
		ret = wanted ? claim_start() : claim_stop();
	if (!ret)
		claim = wanted;
	return ret;
}

static const struct kernel_param_ops claim_ops = {
	.set = claim_set,
	.get = param_get_bool,
};
module_param_cb(claim, &claim_ops, &claim, 0644);
MODULE_PARM_DESC(claim, "Be the IOMMU driver of what has no driver; 0 gives all back, if it can");

int hv_claim_init(void)
{
	int ret = claim_parse_skip();

	if (ret)
		goto free;
	ret = bus_register_notifier(&pci_bus_type, &claim_notifier);
	if (ret)
		goto free;
	scoped_guard(mutex, &claim_lock) {
		loaded = true;
		if (claim)
			ret = claim_start();
	}
	if (ret)
		bus_unregister_notifier(&pci_bus_type, &claim_notifier);
free:
	if (ret)
		kfree(skipped);
	return ret;
}

/* Each device that is claimed holds the module: there is none. */
void hv_claim_exit(void)
{
	scoped_guard(mutex, &claim_lock) {
		loaded = false;
		claim_stop();
	}
	bus_unregister_notifier(&pci_bus_type, &claim_notifier);
	kfree(skipped);
}
