// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_CREATE_DEVICE: the bridge between a partition and the VFIO files of its devices.
 *
 * A VFIO file is a group or a device. As long as one is here the partition's memory is
 * held: there, and in place. The descriptor of the bridge owns the files, the partition
 * does not: a file may lead, by iommufd and a device attached to the partition, to the
 * partition, which would then keep itself. A process that ends closes the bridge, and
 * all of it comes apart.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "../include/mshv_partition.h"
#include "device_ops.h"
#include "partition.h"

/**
 * struct mshv_bridge - the VFIO files of a partition
 * @partition: which one; a reference
 * @lock: guards @files. Held while memory of the partition is pinned: outside its
 *	memory_lock
 * @files: struct bridge_file
 */
struct mshv_bridge {
	struct mshv_partition *partition;
	struct mutex lock;
	struct list_head files;
};

/**
 * struct bridge_file - a VFIO file, for which the memory is held
 * @node: in the bridge's list
 * @file: a reference
 * @ops: who was told of it, or NULL
 */
struct bridge_file {
	struct list_head node;
	struct file *file;
	const struct mshv_device_ops *ops;
};

/**
 * mshv_is_vfio - is it a group or a device of VFIO?
 * @file: the file
 *
 * There is no VFIO file if VFIO is not loaded, and no need to load it.
 */
bool mshv_is_vfio(struct file *file)
{
	typeof(&vfio_file_is_valid) is_valid = symbol_get(vfio_file_is_valid);
	bool result;

	if (!is_valid)
		return false;
	result = is_valid(file);
	symbol_put(vfio_file_is_valid);
	return result;
}

static struct bridge_file *bridge_find(struct mshv_bridge *bridge, const struct file *file)
{
	struct bridge_file *bf;

	lockdep_assert_held(&bridge->lock);
	list_for_each_entry(bf, &bridge->files, node)
		if (bf->file == file)
			return bf;
	return NULL;
}

/* Whoever knows devices may want to know of it, or to refuse it. */
static int bridge_tell(struct mshv_bridge *bridge, struct bridge_file *bf)
{
	const struct mshv_device_ops *ops = mshv_device_ops_get();
	int ret = 0;

	if (ops && ops->file_added)
		ret = ops->file_added(bridge->partition, bf->file);
	if (!ret)
		bf->ops = ops;
	else
		mshv_device_ops_put(ops);
	return ret;
}

static int bridge_add_file(struct mshv_bridge *bridge, struct file *file)
{
	struct bridge_file *bf;
	int ret;

	lockdep_assert_held(&bridge->lock);
	if (bridge_find(bridge, file))
		return -EEXIST;
	bf = kzalloc_obj(*bf, GFP_KERNEL_ACCOUNT);
	if (!bf)
		return -ENOMEM;
	ret = mshv_partition_hold_memory(bridge->partition);
	if (ret)
		goto free;
	bf->file = get_file(file);
	ret = bridge_tell(bridge, bf);
	if (ret)
		goto release;
	list_add_tail(&bf->node, &bridge->files);
	return 0;

release:
	fput(bf->file);
	mshv_partition_release_memory(bridge->partition);
free:
	kfree(bf);
	return ret;
}

static void bridge_remove(struct mshv_bridge *bridge, struct bridge_file *bf)
{
	lockdep_assert_held(&bridge->lock);
	list_del(&bf->node);
	if (bf->ops && bf->ops->file_removed)
		bf->ops->file_removed(bridge->partition, bf->file);
	mshv_device_ops_put(bf->ops);
	fput(bf->file);
	mshv_partition_release_memory(bridge->partition);
	kfree(bf);
}

static int bridge_add(struct mshv_bridge *bridge, int fd)
{
	int ret;

	CLASS(fd, f)(fd);
	if (fd_empty(f))
		return -EBADF;
	if (!mshv_is_vfio(fd_file(f)))
		return -EINVAL;
	if (mutex_lock_killable(&bridge->lock))
		return -EINTR;
	ret = bridge_add_file(bridge, fd_file(f));
	mutex_unlock(&bridge->lock);
	return ret;
}

static int bridge_del(struct mshv_bridge *bridge, int fd)
{
	struct bridge_file *bf;

	CLASS(fd, f)(fd);
	if (fd_empty(f))
		return -EBADF;
	if (mutex_lock_killable(&bridge->lock))
		return -EINTR;
	bf = bridge_find(bridge, fd_file(f));
	if (bf)
		bridge_remove(bridge, bf);
	mutex_unlock(&bridge->lock);
	return bf ? 0 : -ENOENT;
}

static int bridge_read_attr(void __user *arg, struct mshv_device_attr *attr)
{
	if (copy_from_user(attr, arg, sizeof(*attr)))
		return -EFAULT;
	if (attr->flags)
		return -EINVAL;
	if (attr->group != MSHV_DEV_VFIO_FILE ||
	    (attr->attr != MSHV_DEV_VFIO_FILE_ADD && attr->attr != MSHV_DEV_VFIO_FILE_DEL))
		return -ENXIO;
	return 0;
}

static long bridge_set(void *bridge, void __user *arg)
{
	struct mshv_device_attr attr;
	s32 fd;
	int ret = bridge_read_attr(arg, &attr);

	if (ret)
		return ret;
	if (get_user(fd, (s32 __user *)u64_to_user_ptr(attr.addr)))
		return -EFAULT;
	return attr.attr == MSHV_DEV_VFIO_FILE_ADD ? bridge_add(bridge, fd)
						   : bridge_del(bridge, fd);
}

static long bridge_has(void *bridge, void __user *arg)
{
	struct mshv_device_attr attr;

	return bridge_read_attr(arg, &attr);
}

static const struct mshv_ioctl bridge_ioctls[] = {
	MSHV_IOCTL_ENTRY(MSHV_SET_DEVICE_ATTR, struct mshv_device_attr, bridge_set),
	MSHV_IOCTL_ENTRY(MSHV_HAS_DEVICE_ATTR, struct mshv_device_attr, bridge_has),
	MSHV_IOCTL_ENTRY(MSHV_HAS_DEVICE_ATTR_POSTED, struct mshv_device_attr, bridge_has),
};

static long bridge_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return mshv_ioctl(bridge_ioctls, ARRAY_SIZE(bridge_ioctls), file->private_data, cmd, arg);
}

static void bridge_free(struct mshv_bridge *bridge)
{
	struct mshv_partition *pt = bridge->partition;

	WRITE_ONCE(pt->bridge, NULL);
	mshv_partition_put(pt);
	kfree(bridge);
}

static int bridge_release(struct inode *inode, struct file *file)
{
	struct mshv_bridge *bridge = file->private_data;
	struct bridge_file *bf, *next;

	mutex_lock(&bridge->lock);
	list_for_each_entry_safe(bf, next, &bridge->files, node)
		bridge_remove(bridge, bf);
	mutex_unlock(&bridge->lock);
	bridge_free(bridge);
	return 0;
}

static const struct file_operations bridge_fops = {
	.owner = THIS_MODULE,
	.release = bridge_release,
	.unlocked_ioctl = bridge_ioctl,
	.llseek = noop_llseek,
};

/* There is one, or there is another one. */
static struct mshv_bridge *bridge_alloc(struct mshv_partition *pt)
{
	struct mshv_bridge *bridge = kzalloc_obj(*bridge, GFP_KERNEL_ACCOUNT);

	if (!bridge)
		return ERR_PTR(-ENOMEM);
	mutex_init(&bridge->lock);
	INIT_LIST_HEAD(&bridge->files);
	bridge->partition = pt;
	if (cmpxchg(&pt->bridge, NULL, bridge)) {
		kfree(bridge);
		return ERR_PTR(-EBUSY);
	}
	refcount_inc(&pt->refs);
	return bridge;
}

/* The caller learns the descriptor before anybody can use it. */
static long bridge_open(struct mshv_partition *pt, struct mshv_create_device *args,
			void __user *arg)
{
	struct mshv_bridge *bridge;
	struct file *file;
	int fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	bridge = bridge_alloc(pt);
	if (IS_ERR(bridge)) {
		put_unused_fd(fd);
		return PTR_ERR(bridge);
	}
	file = anon_inode_getfile("mshv_device", &bridge_fops, bridge, O_RDWR);
	if (IS_ERR(file)) {
		bridge_free(bridge);
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	args->fd = fd;
	if (copy_to_user(arg, args, sizeof(*args))) {
		fput(file);
		put_unused_fd(fd);
		return -EFAULT;
	}
	fd_install(fd, file);
	return 0;
}

/**
 * mshv_device_create - MSHV_CREATE_DEVICE
 * @object: the partition
 * @arg: struct mshv_create_device
 *
 * Return: 0 or a negative errno.
 */
long mshv_device_create(void *object, void __user *arg)
{
	struct mshv_create_device args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags & ~MSHV_CREATE_DEVICE_TEST)
		return -EINVAL;
	if (args.type >= MSHV_DEV_TYPE_MAX)
		return -ENODEV;
	if (args.flags & MSHV_CREATE_DEVICE_TEST)
		return 0;
	return bridge_open(object, &args, arg);
}
