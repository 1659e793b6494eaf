// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family: devices and domains, which are the IOMMU driver's.
 */
#include <linux/export.h>
#include <linux/pci.h>
#include <linux/rwsem.h>

#include "../include/mshv_device_info.h"
#include "netlink.h"

/* The IOMMU driver, if there is one. Whoever asks it holds it. */
static const struct mshv_device_info_ops *nl_devices;
static DECLARE_RWSEM(nl_devices_lock);

/**
 * mshv_device_info_register - answer questions about devices from now on
 * @ops: by these functions
 *
 * Return: 0, or -EBUSY if somebody else does already.
 */
int mshv_device_info_register(const struct mshv_device_info_ops *ops)
{
	int ret = 0;

	down_write(&nl_devices_lock);
	if (nl_devices)
		ret = -EBUSY;
	else
		nl_devices = ops;
	up_write(&nl_devices_lock);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(mshv_device_info_register, "MSHV_ROOT");

/**
 * mshv_device_info_unregister - answer no more
 * @ops: what was registered
 *
 * None of the functions is running any more when it returns.
 */
void mshv_device_info_unregister(const struct mshv_device_info_ops *ops)
{
	down_write(&nl_devices_lock);
	if (!WARN_ON_ONCE(nl_devices != ops))
		nl_devices = NULL;
	up_write(&nl_devices_lock);
}
EXPORT_SYMBOL_NS_GPL(mshv_device_info_unregister, "MSHV_ROOT");

static int nl_put_unless_none(struct sk_buff *skb, int attribute, u64 value)
{
	return value == MSHV_DEVICE_NONE ? 0 : nla_put_uint(skb, attribute, value);
}

static int nl_put_device(struct sk_buff *skb, const struct mshv_device_info *info)
{
	if (nla_put_u32(skb, MSHV_A_DEVICE_SEGMENT, info->segment) ||
	    nla_put_u32(skb, MSHV_A_DEVICE_BUS, info->bus) ||
	    nla_put_u32(skb, MSHV_A_DEVICE_SLOT, PCI_SLOT(info->devfn)) ||
	    nla_put_u32(skb, MSHV_A_DEVICE_FUNCTION, PCI_FUNC(info->devfn)) ||
	    nla_put_u32(skb, MSHV_A_DEVICE_MODE, info->mode) ||
	    nl_put_unless_none(skb, MSHV_A_DEVICE_DOMAIN_ID, info->domain) ||
	    nl_put_unless_none(skb, MSHV_A_DEVICE_PARTITION_ID, info->partition) ||
	    nla_put_uint(skb, MSHV_A_DEVICE_LOGICAL_ID, info->logical_id) ||
	    nla_put_u32(skb, MSHV_A_DEVICE_INTERRUPTS, info->interrupts) ||
	    nl_put_unless_none(skb, MSHV_A_DEVICE_FAULTS, info->faults))
		return -EMSGSIZE;
	return 0;
}

static int nl_put_domain(struct sk_buff *skb, const struct mshv_domain_info *info)
{
	if (nla_put_uint(skb, MSHV_A_DOMAIN_ID, info->id) ||
	    nla_put_u32(skb, MSHV_A_DOMAIN_MODE, info->mode) ||
	    nl_put_unless_none(skb, MSHV_A_DOMAIN_PARTITION_ID, info->partition) ||
	    nla_put_u32(skb, MSHV_A_DOMAIN_DEVICES, info->devices) ||
	    nl_put_unless_none(skb, MSHV_A_DOMAIN_MAPPED, info->mapped))
		return -EMSGSIZE;
	return 0;
}

static int nl_next_device(struct sk_buff *skb, u64 *key, void **message,
		       struct netlink_callback *cb)
{
	struct mshv_device_info info;
	int ret = nl_devices->next_device(key, &info);

	if (ret)
		return ret;
	*message = mshv_nl_begin(skb, cb);
	return *message ? nl_put_device(skb, &info) : -EMSGSIZE;
}

static int nl_next_domain(struct sk_buff *skb, u64 *key, void **message,
		       struct netlink_callback *cb)
{
	struct mshv_domain_info info;
	int ret = nl_devices->next_domain(key, &info);

	if (ret)
		return ret;
	*message = mshv_nl_begin(skb, cb);
	return *message ? nl_put_domain(skb, &info) : -EMSGSIZE;
}

static int nl_device_dump(struct sk_buff *skb, struct netlink_callback *cb,
		int (*next)(struct sk_buff *, u64 *, void **, struct netlink_callback *))
{
	struct mshv_nl_cursor *cursor = mshv_nl_cursor(cb);
	int ret = 0;

	down_read(&nl_devices_lock);
	if (!nl_devices) {
		NL_SET_ERR_MSG(cb->extack, "nobody answers for devices: hv_iommu is not loaded");
		up_read(&nl_devices_lock);
		return -EOPNOTSUPP;
	}
	cb->seq = nl_devices->generation();
	while (!ret) {
		u64 key = cursor->inner;
		void *message = NULL;

		ret = next(skb, &key, &message, cb);
		if (ret) {
			genlmsg_cancel(skb, message);
			break;
		}
		genlmsg_end(skb, message);
		cursor->inner = key + 1;
	}
	up_read(&nl_devices_lock);
	return ret == -ENOENT ? 0 : ret;
}

int mshv_nl_device_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nl_device_dump(skb, cb, nl_next_device);
}

int mshv_nl_domain_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nl_device_dump(skb, cb, nl_next_domain);
}

/* More than the attributes of a device, and those of a fault, can ever take. */
#define EVENT_SIZE	(16 * nla_total_size(sizeof(u64)))

static void nl_device_send(u8 cmd, const struct mshv_device_info *info)
{
	void *message;
	struct sk_buff *skb = mshv_nl_event(cmd, EVENT_SIZE, GFP_ATOMIC, &message);

	if (skb)
		mshv_nl_send(skb, message, GFP_ATOMIC, nl_put_device(skb, info));
}

/**
 * mshv_device_attached - tell that a device sees memory in another way
 * @info: the device, as it is now
 *
 * Context: any.
 */
void mshv_device_attached(const struct mshv_device_info *info)
{
	nl_device_send(MSHV_CMD_DEVICE_ATTACHED, info);
}
EXPORT_SYMBOL_NS_GPL(mshv_device_attached, "MSHV_ROOT");

/**
 * mshv_device_detached - tell that a device sees no memory any more
 * @info: the device, as it was before
 *
 * Context: any.
 */
void mshv_device_detached(const struct mshv_device_info *info)
{
	nl_device_send(MSHV_CMD_DEVICE_DETACHED, info);
}
EXPORT_SYMBOL_NS_GPL(mshv_device_detached, "MSHV_ROOT");

/**
 * mshv_device_fault - tell that a device asked for memory that it may not have
 * @info: the device
 * @address: what it asked for
 * @write: it wanted to write
 * @dropped: faults since the last call that this was not called for
 *
 * A device can do so as often as it likes: the caller sees to it that this is not called
 * more than a few times a second.
 *
 * Context: any.
 */
void mshv_device_fault(const struct mshv_device_info *info, u64 address, bool write,
		       u64 dropped)
{
	void *message;
	struct sk_buff *skb = mshv_nl_event(MSHV_CMD_DMA_FAULT, EVENT_SIZE, GFP_ATOMIC,
					    &message);

	if (!skb)
		return;
	mshv_nl_send(skb, message, GFP_ATOMIC,
		     nl_put_device(skb, info) ||
		     nla_put_uint(skb, MSHV_A_DEVICE_FAULT_ADDRESS, address) ||
		     (write && nla_put_flag(skb, MSHV_A_DEVICE_FAULT_WRITE)) ||
		     (dropped && nla_put_uint(skb, MSHV_A_DEVICE_FAULTS_DROPPED, dropped)));
}
EXPORT_SYMBOL_NS_GPL(mshv_device_fault, "MSHV_ROOT");
