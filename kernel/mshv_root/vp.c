// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual processors: creation, the descriptor and its pages, the end.
 *
 * A VP stays in its partition when its descriptor is closed: the hypervisor's
 * VP can be deleted only with the whole partition, and its index with it.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "account.h"
#include "debugfs.h"
#include "hvcall.h"
#include "trace.h"
#include "vp.h"

/* Called by interrupts, under RCU. */
void mshv_vp_signal(struct mshv_vp *vp)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "VPs are freed after a grace period");
	WRITE_ONCE(vp->kicked, true);
	atomic64_inc(&vp->signals);
	rcuwait_wake_up(&vp->wait);
}

/* A signal may have been lost with the processor that it was for. */
void mshv_vp_look(struct mshv_vp *vp)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "VPs are freed after a grace period");
	WRITE_ONCE(vp->look, true);
	rcuwait_wake_up(&vp->wait);
}

/**
 * mshv_vp_suspend - ask the hypervisor to stop a VP where it is
 * @vp: the VP
 *
 * It is stopped when this returns, but a message may still be on its way.
 *
 * Context: any.
 * Return: 0 or a negative errno.
 */
int mshv_vp_suspend(struct mshv_vp *vp)
{
	const struct hv_register_assoc reg = {
		.name = HV_REGISTER_EXPLICIT_SUSPEND,
		.value.explicit_suspend.suspended = 1,
	};

	return hv_call_set_vp_registers(vp->partition->id, vp->index, 1, &reg);
}

static const struct mshv_ioctl vp_ioctls[] = {
	MSHV_IOCTL_ENTRY(MSHV_ROOT_HVCALL, struct mshv_root_hvcall, mshv_passthru_vp),
	MSHV_IOCTL_ENTRY(MSHV_GET_VP_STATE, struct mshv_get_set_vp_state, mshv_vp_get_state),
	MSHV_IOCTL_ENTRY(MSHV_SET_VP_STATE, struct mshv_get_set_vp_state, mshv_vp_set_state),
	MSHV_IOCTL_ENTRY(MSHV_VP_TRANSLATE_GVA, struct mshv_translate_gva, mshv_vp_translate),
};

static_assert(_IOC_SIZE(MSHV_RUN_VP) == sizeof(struct mshv_run_vp));

/*
 * MSHV_RUN_VP is not in the table: it is what nearly every call is. What a VP does not know
 * fails with ENOTTY whatever the VP is doing, and waits for nobody.
 */
static long vp_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct mshv_ioctl *found = NULL;
	struct mshv_vp *vp = file->private_data;
	long ret;

	if (unlikely(cmd != MSHV_RUN_VP)) {
		found = mshv_ioctl_find(vp_ioctls, ARRAY_SIZE(vp_ioctls), cmd);
		if (!found)
			return -ENOTTY;
	}
	if (mutex_lock_killable(&vp->lock))
		return -EINTR;
	if (unlikely(vp->stopped))
		ret = -EBUSY;
	else if (likely(!found))
		ret = mshv_vp_run(vp, (void __user *)arg);
	else
		ret = found->handler(vp, (void __user *)arg);
	mutex_unlock(&vp->lock);
	return ret;
}

static void *vp_page_at(const struct mshv_vp *vp, unsigned long offset)
{
	switch (offset) {
	case MSHV_VP_MMAP_OFFSET_REGISTERS:
	case MSHV_VP_MMAP_OFFSET_CONTROL_REGISTERS:
		return vp->registers;
	case MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE:
	case MSHV_VP_MMAP_OFFSET_CONTROL_MESSAGE:
		return vp->message;
	case MSHV_VP_MMAP_OFFSET_CONTROL:
		return vp->control;
	default:
		return NULL;
	}
}

static vm_fault_t vp_page_fault(struct vm_fault *vmf)
{
	const struct mshv_vp *vp = vmf->vma->vm_file->private_data;
	void *page = vp_page_at(vp, vmf->pgoff);

	if (!page)
		return VM_FAULT_SIGBUS;
	return vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(virt_to_page(page)));
}

static const struct vm_operations_struct vp_vm_ops = {
	.fault = vp_page_fault,
};

/*
 * The pages are the hypervisor's, or ours: they are mapped without their struct page, so
 * that nobody can keep them longer than the descriptor. A private mapping would
 * be a copy of what is there now, which is of no use to anyone.
 */
static int vp_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!vp_page_at(file->private_data, vma->vm_pgoff))
		return vma->vm_pgoff < MSHV_VP_MMAP_OFFSET_COUNT ? -ENODEV : -EINVAL;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vm_flags_set(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &vp_vm_ops;
	return 0;
}

static int vp_release(struct inode *inode, struct file *file)
{
	struct mshv_vp *vp = file->private_data;

	mshv_partition_put(vp->partition);
	return 0;
}

static const struct file_operations vp_fops = {
	.owner = THIS_MODULE,
	.release = vp_release,
	.unlocked_ioctl = vp_ioctl,
	.mmap = vp_mmap,
	.llseek = noop_llseek,
};

static int vp_map_page(struct mshv_vp *vp, u16 type, void **result)
{
	struct page *own = NULL, *page;
	int ret;

	if (mshv_host.own_pages) {
		own = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!own)
			return -ENOMEM;
	}
	ret = hv_call_map_vp_state_page(vp->partition->id, vp->index, type, own, &page);
	if (!ret)
		*result = page_address(page);
	else if (own)
		__free_page(own);
	return ret;
}

/* A page of ours that the hypervisor does not let go of is not ours any more. */
static void vp_unmap_page(struct mshv_vp *vp, u16 type, void *page)
{
	int ret;

	if (!page)
		return;
	ret = hv_call_unmap_vp_state_page(vp->partition->id, vp->index, type);
	if (!ret && mshv_host.own_pages)
		free_page((unsigned long)page);
}

static int vp_map_pages(struct mshv_vp *vp)
{
	int ret;

	lockdep_assert_held(&vp->partition->lock);
	ret = vp_map_page(vp, HV_VP_STATE_PAGE_INTERCEPT_MESSAGE, (void **)&vp->message);
	if (!ret)
		ret = vp_map_page(vp, HV_VP_STATE_PAGE_REGISTERS, (void **)&vp->registers);
	if (!ret)
		ret = mshv_vp_map_stats(vp);
	return ret;
}

/* Of a VP that is being created and is in nobody's sight yet, or that ends. */
static void vp_unmap_pages(struct mshv_vp *vp)
{
	lockdep_assert(lockdep_is_held(&vp->partition->lock) ||
		       mshv_partition_is_ending(vp->partition));
	mshv_stats_unmap(&vp->stats);
	vp_unmap_page(vp, HV_VP_STATE_PAGE_REGISTERS, vp->registers);
	vp_unmap_page(vp, HV_VP_STATE_PAGE_INTERCEPT_MESSAGE, vp->message);
}

static void vp_free(struct mshv_vp *vp)
{
	mshv_passthru_vp_free(vp);
	free_page((unsigned long)vp->control);
	kfree(vp->dispatch);
	kfree(vp);
}

static_assert(sizeof(struct mshv_vp_control) == PAGE_SIZE);

/**
 * mshv_vp_destroy - the end of a VP, together with its partition
 * @vp: the VP, that nobody can find any more
 */
void mshv_vp_destroy(struct mshv_vp *vp)
{
	lockdep_assert(mshv_partition_is_ending(vp->partition));
	vp_unmap_pages(vp);
	vp_free(vp);
}

/*
 * In units of 100 ns. A signal that comes between the last look and the dispatch is seen
 * when that ends, and on a processor without a tick nothing else need end it.
 */
#define DISPATCH_TIME_SLICE	(10 * 10000)

static struct mshv_vp *vp_alloc(struct mshv_partition *pt, u32 index)
{
	struct mshv_vp *vp = kzalloc_obj(*vp, GFP_KERNEL_ACCOUNT);

	if (!vp)
		return NULL;
	vp->dispatch = kzalloc_obj(*vp->dispatch, GFP_KERNEL_ACCOUNT);
	vp->control = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vp->dispatch || !vp->control) {
		vp_free(vp);
		return NULL;
	}
	vp->dispatch->in.partition_id = pt->id;
	vp->dispatch->in.vp_index = index;
	vp->dispatch->in.time_slice = DISPATCH_TIME_SLICE;
	vp->dispatch_pa = virt_to_phys(vp->dispatch);
	vp->partition = pt;
	vp->index = index;
	mutex_init(&vp->lock);
	rcuwait_init(&vp->wait);
	atomic64_set(&vp->signals, 0);
	return vp;
}

/* The VP as far as the hypervisor is concerned; nobody can see it yet. */
static int vp_tell_hypervisor(struct mshv_vp *vp)
{
	struct mshv_partition *pt = vp->partition;
	int ret;

	lockdep_assert_held(&pt->lock);
	ret = hv_call_create_child_vp(pt->id, vp->index);
	if (ret)
		return ret;
	ret = vp_map_pages(vp);
	if (ret) {
		vp_unmap_pages(vp);
		hv_call_delete_vp(pt->id, vp->index);
	}
	return ret;
}

static long vp_create(struct mshv_partition *pt, u32 index)
{
	struct mshv_vp *vp;
	struct file *file;
	int fd, ret;

	lockdep_assert_held(&pt->lock);
	if (mshv_partition_vp(pt, index))
		return -EEXIST;
	vp = vp_alloc(pt, index);
	if (!vp)
		return -ENOMEM;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		ret = fd;
		goto free;
	}
	ret = vp_tell_hypervisor(vp);
	if (ret)
		goto put_fd;
	file = anon_inode_getfile("mshv_vp", &vp_fops, vp, O_RDWR);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto delete_vp;
	}
	refcount_inc(&pt->refs);
	rcu_assign_pointer(pt->vps[index], vp);
	WRITE_ONCE(pt->nr_vps, pt->nr_vps + 1);
	mshv_changed();
	mshv_debugfs_add_vp(vp);
	trace_mshv_vp_create(pt->id, index);
	fd_install(fd, file);
	return fd;

delete_vp:
	vp_unmap_pages(vp);
	hv_call_delete_vp(pt->id, index);
put_fd:
	put_unused_fd(fd);
free:
	vp_free(vp);
	return ret;
}

/**
 * mshv_vp_create - MSHV_CREATE_VP
 * @object: the partition
 * @arg: struct mshv_create_vp
 *
 * Return: the descriptor of the new VP, or a negative errno.
 */
long mshv_vp_create(void *object, void __user *arg)
{
	struct mshv_partition *pt = object;
	struct mshv_create_vp args;
	long ret;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.vp_index >= MSHV_MAX_VPS)
		return -EINVAL;
	if (mutex_lock_killable(&pt->lock))
		return -EINTR;
	ret = vp_create(pt, array_index_nospec(args.vp_index, MSHV_MAX_VPS));
	mutex_unlock(&pt->lock);
	return ret;
}
