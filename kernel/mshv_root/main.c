// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module and /dev/mshv: what is there to open, and where its ioctls go.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/crash_dump.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <asm/mshyperv.h>

#include "debugfs.h"
#include "device_ops.h"
#include "hvcall.h"
#include "irq.h"
#include "netlink.h"
#include "partition.h"
#include "root.h"

struct mshv_host mshv_host __ro_after_init;

/**
 * mshv_ioctl_find - look an ioctl up
 * @table: what there is
 * @nr: number of entries
 * @cmd: the ioctl
 *
 * Return: its entry, or NULL.
 */
const struct mshv_ioctl *mshv_ioctl_find(const struct mshv_ioctl *table, size_t nr,
					 unsigned int cmd)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (table[i].cmd == cmd)
			return &table[i];
	return NULL;
}

/**
 * mshv_ioctl - look an ioctl up and run it
 * @table: what there is
 * @nr: number of entries
 * @object: what the descriptor stands for
 * @cmd: the ioctl
 * @arg: its argument
 *
 * Return: what the handler returns, or -ENOTTY.
 */
long mshv_ioctl(const struct mshv_ioctl *table, size_t nr, void *object,
		unsigned int cmd, unsigned long arg)
{
	const struct mshv_ioctl *found = mshv_ioctl_find(table, nr, cmd);

	return found ? found->handler(object, (void __user *)arg) : -ENOTTY;
}

static long device_create_partition(void *unused, void __user *arg)
{
	return mshv_partition_create(arg);
}

static const struct mshv_ioctl device_ioctls[] = {
	MSHV_IOCTL_ENTRY(MSHV_CREATE_PARTITION, struct mshv_create_partition,
			 device_create_partition),
	MSHV_IOCTL_ENTRY(MSHV_ROOT_HVCALL, struct mshv_root_hvcall, mshv_passthru_device),
	MSHV_IOCTL_ENTRY(MSHV_CHECK_EXTENSION, __u32, mshv_check_extension),
};

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return mshv_ioctl(device_ioctls, ARRAY_SIZE(device_ioctls), NULL, cmd, arg);
}

/* Without an open function misc_open() would do; it leaves the miscdevice behind. */
static int device_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.unlocked_ioctl = device_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mshv",
	.fops = &device_fops,
	.mode = 0600,
};

static const char *host_scheduler_name(enum hv_scheduler_type type)
{
	switch (type) {
	case HV_SCHEDULER_TYPE_LP:
		return "classic";
	case HV_SCHEDULER_TYPE_LP_SMT:
		return "classic with SMT";
	case HV_SCHEDULER_TYPE_CORE_SMT:
		return "core";
	case HV_SCHEDULER_TYPE_ROOT:
		return "root";
	default:
		return NULL;
	}
}

/* An L1VH partition schedules its children itself only if it is told so. */
static int host_l1vh_scheduler(const struct hv_partition_property_vmm_capabilities *caps,
			       enum hv_scheduler_type *type)
{
	u64 integrated;
	int ret;

	*type = HV_SCHEDULER_TYPE_CORE_SMT;
	if (!caps->vmm_enable_integrated_scheduler)
		return 0;
	ret = hv_call_get_partition_property_ex(HV_PARTITION_ID_SELF,
			HV_PARTITION_PROPERTY_INTEGRATED_SCHEDULER_ENABLED,
			&integrated, sizeof(integrated));
	if (!ret && integrated)
		*type = HV_SCHEDULER_TYPE_ROOT;
	return ret;
}

static int __init host_examine(void)
{
	struct hv_partition_property_vmm_capabilities caps = {};
	enum hv_scheduler_type type;
	int ret;

	ret = hv_call_get_partition_property_ex(HV_PARTITION_ID_SELF,
						HV_PARTITION_PROPERTY_VMM_CAPABILITIES,
						&caps, sizeof(caps));
	/* Older hypervisors lack it, but those have no L1VH partitions. */
	if (ret && hv_l1vh_partition())
		return ret;

	if (hv_l1vh_partition())
		ret = host_l1vh_scheduler(&caps, &type);
	else
		ret = hv_call_get_scheduler_type(&type);
	if (ret)
		return ret;
	if (!host_scheduler_name(type)) {
		pr_err("unknown scheduler %d\n", type);
		return -EOPNOTSUPP;
	}

	mshv_host.scheduler = type;
	mshv_host.root_scheduler = type == HV_SCHEDULER_TYPE_ROOT;
	mshv_host.own_pages = hv_l1vh_partition() && caps.vmm_can_provide_overlay_gpfn;
	mshv_host.vector_injection = mshv_host.root_scheduler &&
		ms_hyperv.ext_features & HV_VP_DISPATCH_INTERRUPT_INJECTION_AVAILABLE;
	pr_info("%s partition, %s scheduler\n",
		hv_l1vh_partition() ? "L1VH" : "root", host_scheduler_name(type));
	return 0;
}

static int __init mshv_root_init(void)
{
	int ret;

	if (!hv_parent_partition() || is_kdump_kernel())
		return -ENODEV;
	ret = host_examine();
	if (ret)
		return ret;
	ret = mshv_device_ops_init();
	if (ret)
		return ret;
	ret = mshv_irqfd_init();
	if (ret)
		goto exit_device_ops;
	ret = mshv_synic_init();
	if (ret)
		goto exit_irqfd;
	mshv_debugfs_init();
	ret = mshv_netlink_init();
	if (ret)
		goto exit_debugfs;
	/* From here on there may be users. */
	ret = misc_register(&device);
	if (ret)
		goto exit_netlink;
	return 0;

exit_netlink:
	mshv_netlink_exit();
exit_debugfs:
	mshv_debugfs_exit();
	mshv_synic_exit();
exit_irqfd:
	mshv_irqfd_exit();
exit_device_ops:
	mshv_device_ops_exit();
	return ret;
}

/* Nobody has a descriptor open, so that there are no partitions. */
static void __exit mshv_root_exit(void)
{
	misc_deregister(&device);
	/* It may have the last reference to one. */
	mshv_device_ops_exit();
	mshv_netlink_exit();
	mshv_debugfs_exit();
	mshv_synic_exit();
	mshv_ioeventfds_exit();
	mshv_irqfd_exit();
	/* Irqfds and doorbells are freed by callbacks. */
	rcu_barrier();
}

module_init(mshv_root_init);
module_exit(mshv_root_exit);

MODULE_LICENSE("GPL");
/* DKMS puts what has a version in the place of the kernel's own, which has none. */
MODULE_VERSION("1.0.0");
MODULE_DESCRIPTION("Virtual machines for the root partition of Microsoft Hyper-V");
