// SPDX-License-Identifier: GPL-2.0-only
/*
 * Partitions: creation, the descriptor, the end.
 *
 * A partition lives as long as its descriptor or that of one of its VPs. The
 * last put destroys it, in the hypervisor too, and cannot fail: what the
 * hypervisor refuses to give back is lost, and everything else goes on.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/anon_inodes.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "account.h"
#include "debugfs.h"
#include "device_ops.h"
#include "hvcall.h"
#include "irq.h"
#include "netlink.h"
#include "partition.h"
#include "region.h"
#include "trace.h"
#include "vp.h"

/*
 * All partitions: for messages of the hypervisor, which name them by number, and for those
 * who want to see them all, in the order in which they were made.
 */
static DEFINE_HASHTABLE(partitions, 9);
static LIST_HEAD(partition_list);
static u64 last_serial;
static DEFINE_SPINLOCK(partitions_lock);

/**
 * mshv_partition_find - look up the partition that a message is about
 * @id: the hypervisor's number
 *
 * Context: under RCU, which keeps the result but takes no reference.
 * Return: the partition, or NULL.
 */
struct mshv_partition *mshv_partition_find(u64 id)
{
	struct mshv_partition *pt;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "partitions are freed after a grace period");
	hash_for_each_possible_rcu(partitions, pt, hash_node, id)
		if (pt->id == id)
			return pt;
	return NULL;
}

/**
 * mshv_partition_next - the partition that was made after another
 * @pt: the other, or NULL for the first of all
 *
 * Context: under RCU, which keeps the result but takes no reference.
 * Return: one whose end has not begun, or NULL.
 */
struct mshv_partition *mshv_partition_next(struct mshv_partition *pt)
{
	struct list_head *at = pt ? &pt->list_node : &partition_list;

	do {
		pt = list_next_or_null_rcu(&partition_list, at, struct mshv_partition, list_node);
		if (!pt)
			return NULL;
		at = &pt->list_node;
	} while (mshv_partition_is_ending(pt));
	return pt;
}

static void partition_publish(struct mshv_partition *pt)
{
	spin_lock(&partitions_lock);
	pt->serial = ++last_serial;
	hash_add_rcu(partitions, &pt->hash_node, pt->id);
	list_add_tail_rcu(&pt->list_node, &partition_list);
	spin_unlock(&partitions_lock);
	mshv_changed();
}

static void partition_unpublish(struct mshv_partition *pt)
{
	spin_lock(&partitions_lock);
	hash_del_rcu(&pt->hash_node);
	list_del_rcu(&pt->list_node);
	spin_unlock(&partitions_lock);
}

/* How long signals may be under way before nobody waits for them any longer. */
#define DRAIN_TIMEOUT	(5 * HZ)

static void partition_drain_vps(struct mshv_partition *pt)
{
	unsigned long end = jiffies + DRAIN_TIMEOUT;
	struct mshv_vp *vp;
	u32 i;

	for (i = 0; i < MSHV_MAX_VPS; i++) {
		vp = rcu_dereference_protected(pt->vps[i], mshv_partition_is_ending(pt));
		if (vp)
			mshv_vp_drain_root(vp, end);
	}
}

static void partition_destroy_vps(struct mshv_partition *pt)
{
	struct mshv_vp *vp;
	u32 i;

	for (i = 0; i < MSHV_MAX_VPS; i++) {
		vp = rcu_dereference_protected(pt->vps[i], mshv_partition_is_ending(pt));
		if (vp)
			mshv_vp_destroy(vp);
	}
}

static void partition_free(struct mshv_partition *pt)
{
	put_pid(pt->owner);
	kfree(pt);
}

/*
 * The order matters to the hypervisor: it must not signal a VP that is not
 * there, pages of VPs go before their partition is finalised, memory and the
 * pool after that, and the number last of all.
 */
static void partition_destroy(struct mshv_partition *pt)
{
	bool finalized = false;

	lockdep_assert(mshv_partition_is_ending(pt));
	mshv_changed();
	mshv_debugfs_remove_partition(pt);
	if (mshv_host.root_scheduler)
		partition_drain_vps(pt);
	partition_unpublish(pt);
	/*
	 * Interrupts find the partition in the table, and mshv_partition_stop() the VPs in
	 * pt->vps; both under RCU.
	 */
	synchronize_rcu();
	partition_destroy_vps(pt);
	mshv_regions_unmap_bars(pt);
	if (pt->initialized)
		finalized = !hv_call_finalize_partition(pt->id);
	mshv_regions_destroy(pt, finalized);
	hv_call_withdraw_memory(pt->id, U64_MAX);
	if (!hv_call_delete_partition(pt->id))
		mshv_regions_release_orphans(pt);
	else
		mshv_regions_keep_orphans(pt);
	mshv_routes_destroy(pt);
	trace_mshv_partition_destroy(pt->id);
	mshv_event_partition(pt, MSHV_CMD_PARTITION_GONE);
	partition_free(pt);
}

/**
 * mshv_partition_put - give a reference back
 * @pt: the partition
 *
 * The last ends the partition, in the hypervisor too, and releases its memory.
 *
 * Context: process context, may sleep; with no lock held that is taken in a system call
 * on a partition, nor one that memory reclaim takes.
 */
void mshv_partition_put(struct mshv_partition *pt)
{
	might_sleep();
	if (refcount_dec_and_test(&pt->refs))
		partition_destroy(pt);
}
EXPORT_SYMBOL_NS_GPL(mshv_partition_put, "MSHV_ROOT");

/**
 * mshv_partition_id - the hypervisor's number for a partition
 * @pt: the partition, to which the caller has a reference
 *
 * It stays this partition's for as long as the reference is held.
 *
 * Context: any.
 */
u64 mshv_partition_id(const struct mshv_partition *pt)
{
	return pt->id;
}
EXPORT_SYMBOL_NS_GPL(mshv_partition_id, "MSHV_ROOT");

/**
 * mshv_partition_stop - stop the VPs of a broken partition where they are
 * @pt: the partition
 *
 * A thread that is about to let a VP go on looks at pt->broken only before that: if
 * mshv_partition_break() comes in between, it has stopped the VP too early. So the thread
 * looks once more when it has let the VP go on, and calls this itself.
 *
 * Context: any but interrupts.
 */
void mshv_partition_stop(struct mshv_partition *pt)
{
	u32 i;

	lockdep_assert(!in_hardirq());
	rcu_read_lock();
	for (i = 0; i < MSHV_MAX_VPS && !mshv_partition_is_ending(pt); i++) {
		struct mshv_vp *vp = rcu_dereference(pt->vps[i]);

		if (vp) {
			mshv_vp_suspend(vp);
			rcuwait_wake_up(&vp->wait);
		}
	}
	rcu_read_unlock();
}

/**
 * mshv_partition_break - stop a partition for good
 * @pt: the partition
 *
 * The last resort when the hypervisor does not take pages away from a guest:
 * the guest must not run on with memory that belongs to somebody else, nor its devices.
 *
 * Context: any but interrupts; may be called under a region's lock.
 */
void mshv_partition_break(struct mshv_partition *pt)
{
	if (xchg(&pt->broken, true))
		return;
	pr_err("partition %llu: the hypervisor does not release memory, guest stopped\n",
	       pt->id);
	mshv_event_refused(pt->id, MSHV_REFUSAL_RELEASE, 0);
	mshv_partition_stop(pt);
	mshv_devices_stop(pt);
}

static long partition_initialize(void *object, void __user *arg)
{
	struct mshv_partition *pt = object;
	long ret = 0;

	if (mutex_lock_killable(&pt->lock))
		return -EINTR;
	if (!pt->initialized) {
		ret = hv_call_initialize_partition(pt->id);
		WRITE_ONCE(pt->initialized, !ret);
	}
	mutex_unlock(&pt->lock);
	return ret;
}

static const struct mshv_ioctl partition_ioctls[] = {
	MSHV_IOCTL_ENTRY_NO_ARG(MSHV_INITIALIZE_PARTITION, partition_initialize),
	MSHV_IOCTL_ENTRY(MSHV_CREATE_VP, struct mshv_create_vp, mshv_vp_create),
	MSHV_IOCTL_ENTRY(MSHV_SET_GUEST_MEMORY, struct mshv_user_mem_region, mshv_region_set),
	MSHV_IOCTL_ENTRY(MSHV_IRQFD, struct mshv_user_irqfd, mshv_irqfd_set),
	MSHV_IOCTL_ENTRY(MSHV_IOEVENTFD, struct mshv_user_ioeventfd, mshv_ioeventfd_set),
	MSHV_IOCTL_ENTRY(MSHV_SET_MSI_ROUTING, struct mshv_user_irq_table, mshv_routes_set),
	MSHV_IOCTL_ENTRY(MSHV_GET_GPAP_ACCESS_BITMAP, struct mshv_gpap_access_bitmap,
			 mshv_gpap_bitmap),
	MSHV_IOCTL_ENTRY(MSHV_CREATE_DEVICE, struct mshv_create_device, mshv_device_create),
	MSHV_IOCTL_ENTRY(MSHV_ROOT_HVCALL, struct mshv_root_hvcall, mshv_passthru_partition),
};

static long partition_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return mshv_ioctl(partition_ioctls, ARRAY_SIZE(partition_ioctls),
			  file->private_data, cmd, arg);
}

/* VPs may live on. Interrupts into the guest do not: they are the descriptor's. */
static int partition_release(struct inode *inode, struct file *file)
{
	struct mshv_partition *pt = file->private_data;

	mshv_ioeventfds_release(pt);
	mshv_irqfds_release(pt);
	mshv_partition_put(pt);
	return 0;
}

static const struct file_operations partition_fops = {
	.owner = THIS_MODULE,
	.release = partition_release,
	.unlocked_ioctl = partition_ioctl,
	.llseek = noop_llseek,
};

/**
 * mshv_partition_get_by_fd - the partition behind a descriptor of the caller
 * @fd: the descriptor
 *
 * It may outlive its descriptor and those of its VPs; then nothing runs it any more, but
 * its number, its memory and what is attached to it stay.
 *
 * Context: process context.
 * Return: the partition, with a reference for mshv_partition_put(); or -EBADF, or -EINVAL
 * if it is the descriptor of something else.
 */
struct mshv_partition *mshv_partition_get_by_fd(int fd)
{
	struct mshv_partition *pt;

	CLASS(fd, f)(fd);
	if (fd_empty(f))
		return ERR_PTR(-EBADF);
	if (fd_file(f)->f_op != &partition_fops)
		return ERR_PTR(-EINVAL);
	pt = fd_file(f)->private_data;
	/* The descriptor has one, and is held until here. */
	refcount_inc(&pt->refs);
	return pt;
}
EXPORT_SYMBOL_NS_GPL(mshv_partition_get_by_fd, "MSHV_ROOT");

/**
 * mshv_partition_get - another reference
 * @pt: the partition, to which somebody has one
 */
void mshv_partition_get(struct mshv_partition *pt)
{
	refcount_inc(&pt->refs);
}
EXPORT_SYMBOL_NS_GPL(mshv_partition_get, "MSHV_ROOT");

static_assert(MSHV_NUM_CPU_FEATURES_BANKS == HV_PARTITION_PROCESSOR_FEATURES_BANKS);

/* The longer form of the argument announces itself by a bit of the shorter one. */
static int partition_read_args(void __user *arg, struct mshv_create_partition_v2 *args)
{
	size_t size = sizeof(struct mshv_create_partition);
	unsigned int bank;
	bool longer;

	memset(args, 0, sizeof(*args));
	if (copy_from_user(args, arg, size))
		return -EFAULT;
	longer = args->pt_flags & BIT_ULL(MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES);
	if (longer && copy_from_user((void *)args + size, arg + size, sizeof(*args) - size))
		return -EFAULT;

	if (args->pt_flags & ~(u64)MSHV_PT_FLAGS_MASK ||
	    args->pt_isolation >= MSHV_PT_ISOLATION_COUNT)
		return -EINVAL;
	if (longer && (args->pt_num_cpu_fbanks > MSHV_NUM_CPU_FEATURES_BANKS ||
		       mshv_not_zero(args->pt_rsvd) || mshv_not_zero(args->pt_rsvd1)))
		return -EINVAL;
	/* The caller knows no feature of a bank that it does not give. */
	for (bank = args->pt_num_cpu_fbanks; longer && bank < MSHV_NUM_CPU_FEATURES_BANKS; bank++)
		args->pt_cpu_fbanks[bank] = U64_MAX;
	return 0;
}

static u64 partition_creation_flags(u64 pt_flags)
{
	static const u64 flags[MSHV_PT_BIT_COUNT] = {
		[MSHV_PT_BIT_LAPIC] = HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED,
		[MSHV_PT_BIT_X2APIC] = HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE,
		[MSHV_PT_BIT_GPA_SUPER_PAGES] =
			HV_PARTITION_CREATION_FLAG_GPA_SUPER_PAGES_ENABLED,
		[MSHV_PT_BIT_NESTED_VIRTUALIZATION] =
			HV_PARTITION_CREATION_FLAG_NESTED_VIRTUALIZATION_CAPABLE,
		[MSHV_PT_BIT_SMT_ENABLED_GUEST] =
			HV_PARTITION_CREATION_FLAG_SMT_ENABLED_GUEST,
	};
	u64 result = HV_PARTITION_CREATION_FLAG_EXO_PARTITION |
		     HV_PARTITION_CREATION_FLAG_INTERCEPT_MESSAGE_PAGE_ENABLED;
	unsigned int i;

	for (i = 0; i < MSHV_PT_BIT_COUNT; i++)
		if (pt_flags & BIT_ULL(i))
			result |= flags[i];
	return result;
}

static struct mshv_partition *partition_alloc(void)
{
	struct mshv_partition *pt = kzalloc_obj(*pt, GFP_KERNEL_ACCOUNT);

	if (!pt)
		return NULL;
	refcount_set(&pt->refs, 1);
	mutex_init(&pt->lock);
	mutex_init(&pt->memory_lock);
	spin_lock_init(&pt->regions_lock);
	pt->regions = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&pt->orphans);
	mutex_init(&pt->async_lock);
	init_completion(&pt->async_done);
	spin_lock_init(&pt->irq_lock);
	INIT_LIST_HEAD(&pt->irqfds);
	mutex_init(&pt->irqfds_end_lock);
	INIT_LIST_HEAD(&pt->resamplers);
	mutex_init(&pt->routes_lock);
	mutex_init(&pt->bypass_lock);
	INIT_LIST_HEAD(&pt->bypasses);
	INIT_WORK(&pt->stop_devices, mshv_devices_stop_work);
	INIT_LIST_HEAD(&pt->ioeventfds);
	pt->owner = get_task_pid(current, PIDTYPE_TGID);
	get_task_comm(pt->owner_name, current->group_leader);
	return pt;
}

/**
 * mshv_partition_create - MSHV_CREATE_PARTITION
 * @arg: struct mshv_create_partition or struct mshv_create_partition_v2
 *
 * Return: the descriptor of the new partition, or a negative errno.
 */
long mshv_partition_create(void __user *arg)
{
	struct hv_partition_creation_properties properties = {};
	struct mshv_create_partition_v2 args;
	struct mshv_partition *pt;
	struct file *file;
	int fd, ret;

	ret = partition_read_args(arg, &args);
	if (ret)
		return ret;
	memcpy(properties.disabled_processor_features.as_uint64, args.pt_cpu_fbanks,
	       sizeof(args.pt_cpu_fbanks));
	properties.disabled_processor_xsave_features.as_uint64 = args.pt_disabled_xsave;

	pt = partition_alloc();
	if (!pt)
		return -ENOMEM;
	pt->large_pages = args.pt_flags & BIT_ULL(MSHV_PT_BIT_GPA_SUPER_PAGES);
	ret = hv_call_create_partition(partition_creation_flags(args.pt_flags), &properties,
				       &pt->id);
	if (ret) {
		partition_free(pt);
		return ret;
	}
	partition_publish(pt);
	mshv_debugfs_add_partition(pt);
	trace_mshv_partition_create(pt->id, args.pt_flags);
	mshv_event_partition(pt, MSHV_CMD_PARTITION_MADE);

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		ret = fd;
		goto put;
	}
	file = anon_inode_getfile("mshv_partition", &partition_fops, pt, O_RDWR);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto put_fd;
	}
	fd_install(fd, file);
	return fd;

put_fd:
	put_unused_fd(fd);
put:
	mshv_partition_put(pt);
	return ret;
}
