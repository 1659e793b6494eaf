// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_IOEVENTFD: eventfds that are signalled when the guest writes to an address.
 *
 * The hypervisor does it: a doorbell is a port of ours that the partition is
 * connected to at that address. It rings by the number of the port, which leads
 * to the eventfd here.
 */
#include <linux/eventfd.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include "hvcall.h"
#include "irq.h"

/**
 * struct mshv_ioeventfd - a doorbell
 * @node: in the partition's list; the partition's lock
 * @id: number of the port, and of the connection to it
 * @eventfd: what is signalled
 * @addr: guest physical address
 * @len: width of the write, 0 for any
 * @any_value: @datamatch does not matter
 * @datamatch: value of the write
 * @rcu: frees it
 */
struct mshv_ioeventfd {
	struct list_head node;
	u32 id;
	struct eventfd_ctx *eventfd;
	u64 addr;
	u32 len;
	bool any_value;
	u64 datamatch;
	struct rcu_head rcu;
};

/*
 * By port number, of all partitions; read under RCU. A number whose port the hypervisor did
 * not delete stays taken, without a doorbell: a new port could not have it.
 */
static DEFINE_XARRAY_ALLOC1(doorbells);

/* A port number has 24 bits. */
#define ID_LIMIT	XA_LIMIT(1, BIT(24) - 1)

/* Called by an interrupt, under RCU; the number is the hypervisor's word. */
void mshv_doorbell_rang(u32 id)
{
	struct mshv_ioeventfd *io = xa_load(&doorbells, id);

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "doorbells are freed after a grace period");
	if (io)
		eventfd_signal(io->eventfd);
}

static int ioeventfd_size_flag(u32 len, u64 *flag)
{
	switch (len) {
	case 0:
		*flag = HV_DOORBELL_FLAG_TRIGGER_SIZE_ANY;
		return 0;
	case 1:
		*flag = HV_DOORBELL_FLAG_TRIGGER_SIZE_BYTE;
		return 0;
	case 2:
		*flag = HV_DOORBELL_FLAG_TRIGGER_SIZE_WORD;
		return 0;
	case 4:
		*flag = HV_DOORBELL_FLAG_TRIGGER_SIZE_DWORD;
		return 0;
	case 8:
		*flag = HV_DOORBELL_FLAG_TRIGGER_SIZE_QWORD;
		return 0;
	default:
		return -EINVAL;
	}
}

/* It is disconnected. A grace period later it may be freed. */
static void ioeventfd_delete_port(u32 id)
{
	int ret = hv_call_delete_port(id);

	if (ret)
		xa_store(&doorbells, id, NULL, GFP_KERNEL);
	else
		xa_erase(&doorbells, id);
}

/* It can be found before it can ring, so that no ring is lost; also if this fails. */
static int ioeventfd_connect(struct mshv_partition *pt, struct mshv_ioeventfd *io, u64 flags)
{
	int ret;

	lockdep_assert_held(&pt->lock);
	ret = xa_alloc(&doorbells, &io->id, io, ID_LIMIT, GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret;
	ret = hv_call_create_doorbell_port(io->id, pt->id, MSHV_DOORBELL_SINT);
	if (ret)
		goto erase;
	ret = hv_call_connect_doorbell(io->id, pt->id, io->addr, io->datamatch, flags);
	if (ret)
		goto delete_port;
	return 0;

delete_port:
	ioeventfd_delete_port(io->id);
	return ret;
erase:
	xa_erase(&doorbells, io->id);
	return ret;
}

/*
 * The first half of the end of a doorbell: the guest can ring it no more. The guest believes
 * that what it rang before has been heard; so mshv_synic_take_doorbells() comes before
 * ioeventfd_forget(), and signals what is still in a ring.
 */
static void ioeventfd_disconnect(struct mshv_partition *pt, struct mshv_ioeventfd *io)
{
	hv_call_disconnect_doorbell(io->id, pt->id);
}

static void ioeventfd_forget(struct mshv_ioeventfd *io)
{
	ioeventfd_delete_port(io->id);
}

static void ioeventfd_free_rcu(struct rcu_head *rcu)
{
	struct mshv_ioeventfd *io = container_of(rcu, struct mshv_ioeventfd, rcu);

	eventfd_ctx_put(io->eventfd);
	kfree(io);
}

/* Nobody waits: who has found it is done with it before it is freed. */
static void ioeventfd_free(struct mshv_ioeventfd *io)
{
	call_rcu(&io->rcu, ioeventfd_free_rcu);
}

/* Could one write be meant by both? */
static bool ioeventfd_collides(const struct mshv_ioeventfd *a, const struct mshv_ioeventfd *b)
{
	return a->addr == b->addr && a->len == b->len &&
	       (a->any_value || b->any_value || a->datamatch == b->datamatch);
}

static int ioeventfd_add(struct mshv_partition *pt, struct mshv_ioeventfd *io, u64 flags)
{
	struct mshv_ioeventfd *other;
	int ret;

	lockdep_assert_held(&pt->lock);
	list_for_each_entry(other, &pt->ioeventfds, node)
		if (ioeventfd_collides(io, other))
			return -EEXIST;
	ret = ioeventfd_connect(pt, io, flags);
	if (!ret)
		list_add(&io->node, &pt->ioeventfds);
	return ret;
}

/* Takes the caller's hold of @eventfd. */
static int ioeventfd_assign(struct mshv_partition *pt, const struct mshv_user_ioeventfd *args,
			    struct eventfd_ctx *eventfd)
{
	struct mshv_ioeventfd *io;
	u64 flags;
	int ret;

	ret = ioeventfd_size_flag(args->len, &flags);
	if (ret)
		goto put_eventfd;
	ret = -EINVAL;
	if (args->addr + args->len < args->addr)
		goto put_eventfd;
	ret = -ENOMEM;
	io = kzalloc_obj(*io, GFP_KERNEL_ACCOUNT);
	if (!io)
		goto put_eventfd;
	io->eventfd = eventfd;
	io->addr = args->addr;
	io->len = args->len;
	if (args->flags & BIT(MSHV_IOEVENTFD_BIT_DATAMATCH)) {
		io->datamatch = args->datamatch;
	} else {
		io->any_value = true;
		flags |= HV_DOORBELL_FLAG_TRIGGER_ANY_VALUE;
	}

	ret = mutex_lock_killable(&pt->lock);
	if (!ret) {
		ret = ioeventfd_add(pt, io, flags);
		mutex_unlock(&pt->lock);
	}
	if (ret)
		ioeventfd_free(io);
	return ret;

put_eventfd:
	eventfd_ctx_put(eventfd);
	return ret;
}

static bool ioeventfd_is_exactly(const struct mshv_ioeventfd *io,
				 const struct mshv_user_ioeventfd *args)
{
	bool any_value = !(args->flags & BIT(MSHV_IOEVENTFD_BIT_DATAMATCH));

	return io->len == args->len && io->any_value == any_value &&
	       (any_value || io->datamatch == args->datamatch);
}

/*
 * A caller may not name the value when it takes back what it set with one. That
 * is fine as long as only one can be meant.
 */
static struct mshv_ioeventfd *ioeventfd_find(struct mshv_partition *pt,
					     const struct mshv_user_ioeventfd *args,
					     const struct eventfd_ctx *eventfd)
{
	struct mshv_ioeventfd *io, *only = NULL;
	unsigned int nr = 0;

	lockdep_assert_held(&pt->lock);
	list_for_each_entry(io, &pt->ioeventfds, node) {
		if (io->eventfd != eventfd || io->addr != args->addr)
			continue;
		if (ioeventfd_is_exactly(io, args))
			return io;
		only = io;
		nr++;
	}
	if (args->flags & BIT(MSHV_IOEVENTFD_BIT_DATAMATCH) || nr != 1)
		return NULL;
	return only;
}

static int ioeventfd_deassign(struct mshv_partition *pt, const struct mshv_user_ioeventfd *args,
			      const struct eventfd_ctx *eventfd)
{
	struct mshv_ioeventfd *io;

	if (mutex_lock_killable(&pt->lock))
		return -EINTR;
	io = ioeventfd_find(pt, args, eventfd);
	if (io) {
		list_del(&io->node);
		ioeventfd_disconnect(pt, io);
		mshv_synic_take_doorbells();
		ioeventfd_forget(io);
	}
	mutex_unlock(&pt->lock);
	if (!io)
		return -ENOENT;
	ioeventfd_free(io);
	return 0;
}

/**
 * mshv_ioeventfd_set - MSHV_IOEVENTFD
 * @object: the partition
 * @arg: struct mshv_user_ioeventfd
 *
 * Return: 0 or a negative errno.
 */
long mshv_ioeventfd_set(void *object, void __user *arg)
{
	struct mshv_user_ioeventfd args;
	struct eventfd_ctx *eventfd;
	int ret;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags & ~MSHV_IOEVENTFD_FLAGS_MASK || mshv_not_zero(args.rsvd))
		return -EINVAL;
	/* The hypervisor's doorbells are in memory. */
	if (args.flags & BIT(MSHV_IOEVENTFD_BIT_PIO))
		return -EOPNOTSUPP;

	eventfd = eventfd_ctx_fdget(args.fd);
	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	if (args.flags & BIT(MSHV_IOEVENTFD_BIT_DEASSIGN)) {
		ret = ioeventfd_deassign(object, &args, eventfd);
		eventfd_ctx_put(eventfd);
		return ret;
	}
	return ioeventfd_assign(object, &args, eventfd);
}

/**
 * mshv_ioeventfds_release - deassign all when the partition's descriptor is closed
 * @pt: the partition, which still exists when this returns
 */
void mshv_ioeventfds_release(struct mshv_partition *pt)
{
	struct mshv_ioeventfd *io, *next;

	might_sleep();
	/* The descriptor is going: no ioctl is under way that could change the list. */
	if (list_empty(&pt->ioeventfds))
		return;
	list_for_each_entry(io, &pt->ioeventfds, node)
		ioeventfd_disconnect(pt, io);
	mshv_synic_take_doorbells();
	list_for_each_entry(io, &pt->ioeventfds, node)
		ioeventfd_forget(io);
	list_for_each_entry_safe(io, next, &pt->ioeventfds, node)
		ioeventfd_free(io);
	INIT_LIST_HEAD(&pt->ioeventfds);
}

/* Numbers that stayed taken. */
void mshv_ioeventfds_exit(void)
{
	xa_destroy(&doorbells);
}
