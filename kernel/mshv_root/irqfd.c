// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_IRQFD: eventfds that raise interrupts of the guest, and eventfds that
 * are signalled when the guest ends one.
 *
 * An irqfd is the first waiter of its eventfd and consumes the events. It ends
 * when it is deassigned, when the last descriptor of the eventfd is closed, or
 * with the partition's descriptor. Whoever takes it off the partition's list ends
 * it, by a work where it must not sleep; nobody else touches it from then on but the
 * eventfd, from which it is detached first, and ends of interrupts, which are turned
 * away then.
 *
 * An irqfd whose eventfd is a device's may be bypassed: see bypass.c.
 *
 * Order of locks: resample_lock, then the wait queue of an eventfd, then irq_lock.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "bypass.h"
#include "irq.h"

/**
 * struct mshv_irqfd - an eventfd that raises an interrupt
 * @partition: whose
 * @gsi: which interrupt
 * @eventfd: what is waited for
 * @resamplefd: what is signalled at the end of the interrupt, or NULL
 * @resample_lock: guards @resamples; taken with interrupts off
 * @resamples: @resamplefd may be signalled
 * @node: in the partition's list; irq_lock
 * @resample_node: in the list of those with a @resamplefd; irq_lock, read under RCU
 * @wait: in the eventfd's wait queue
 * @poll: how it gets there
 * @poll_error: why it did not
 * @bypass: lets the interrupt come from a device without the eventfd; not if there is a
 *	@resamplefd
 * @release: ends it, if its eventfd ends first
 * @rcu: frees it
 */
struct mshv_irqfd {
	struct mshv_partition *partition;
	u32 gsi;
	struct eventfd_ctx *eventfd;
	struct eventfd_ctx *resamplefd;
	spinlock_t resample_lock;
	bool resamples;
	struct list_head node;
	struct list_head resample_node;
	wait_queue_entry_t wait;
	poll_table poll;
	int poll_error;
	struct mshv_bypass bypass;
	struct work_struct release;
	struct rcu_head rcu;
};

static struct workqueue_struct *irqfd_release_queue;

static void irqfd_raise(struct mshv_irqfd *irqfd)
{
	const struct mshv_route *route;

	rcu_read_lock();
	route = mshv_route_find(irqfd->partition, irqfd->gsi);
	if (route)
		mshv_route_raise(irqfd->partition, route);
	rcu_read_unlock();
}

static void irqfd_free(struct mshv_irqfd *irqfd)
{
	if (irqfd->resamplefd)
		eventfd_ctx_put(irqfd->resamplefd);
	if (irqfd->eventfd)
		eventfd_ctx_put(irqfd->eventfd);
	kfree(irqfd);
}

static void irqfd_free_rcu(struct rcu_head *rcu)
{
	irqfd_free(container_of(rcu, struct mshv_irqfd, rcu));
}

/*
 * The end of one that may have been found in pt->resamplers: it is not signalled any more
 * when this returns. Nobody waits until who has found it lets go of it.
 */
static void irqfd_stop_resampling(struct mshv_irqfd *irqfd)
{
	spin_lock_irq(&irqfd->resample_lock);
	irqfd->resamples = false;
	spin_unlock_irq(&irqfd->resample_lock);
}

/* It is off the partition's list. */
static void irqfd_end(struct mshv_irqfd *irqfd)
{
	u64 count;

	might_sleep();
	mshv_bypass_disconnect(&irqfd->bypass);
	eventfd_ctx_remove_wait_queue(irqfd->eventfd, &irqfd->wait, &count);
	irqfd_stop_resampling(irqfd);
	call_rcu(&irqfd->rcu, irqfd_free_rcu);
}

static void irqfd_release(struct work_struct *work)
{
	irqfd_end(container_of(work, struct mshv_irqfd, release));
}

static void irqfd_take_off_list(struct mshv_irqfd *irqfd)
{
	lockdep_assert_held(&irqfd->partition->irq_lock);
	list_del_init(&irqfd->node);
	if (irqfd->resamplefd)
		list_del_rcu(&irqfd->resample_node);
}

/* Called with the lock of the wait queue held and interrupts off. */
static int irqfd_wakeup(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct mshv_irqfd *irqfd = container_of(wait, struct mshv_irqfd, wait);
	struct mshv_partition *pt = irqfd->partition;
	__poll_t events = key_to_poll(key);
	unsigned long flags;
	int consumed = 0;
	u64 count;

	lockdep_assert_irqs_disabled();
	if (events & EPOLLIN) {
		eventfd_ctx_do_read(irqfd->eventfd, &count);
		irqfd_raise(irqfd);
		consumed = 1;
	}
	if (events & EPOLLHUP) {
		spin_lock_irqsave(&pt->irq_lock, flags);
		/*
		 * irqfd_end() may be under way already, but cannot free it before this
		 * returns: it takes the lock of the wait queue first, which is held here.
		 */
		if (!list_empty(&irqfd->node)) {
			irqfd_take_off_list(irqfd);
			queue_work(irqfd_release_queue, &irqfd->release);
		}
		spin_unlock_irqrestore(&pt->irq_lock, flags);
	}
	return consumed;
}

/* There can be one first waiter: the eventfd may be another partition's already. */
static void irqfd_join_queue(struct file *file, wait_queue_head_t *queue, poll_table *poll)
{
	struct mshv_irqfd *irqfd = container_of(poll, struct mshv_irqfd, poll);

	irqfd->poll_error = add_wait_queue_priority_exclusive(queue, &irqfd->wait);
}

static struct mshv_irqfd *irqfd_alloc(struct mshv_partition *pt, struct file *file,
				      const struct mshv_user_irqfd *args)
{
	struct mshv_irqfd *irqfd = kzalloc_obj(*irqfd, GFP_KERNEL_ACCOUNT);
	struct eventfd_ctx *ctx;

	if (!irqfd)
		return ERR_PTR(-ENOMEM);
	irqfd->partition = pt;
	irqfd->gsi = args->gsi;
	INIT_LIST_HEAD(&irqfd->node);
	spin_lock_init(&irqfd->resample_lock);
	INIT_WORK(&irqfd->release, irqfd_release);
	init_waitqueue_func_entry(&irqfd->wait, irqfd_wakeup);
	init_poll_funcptr(&irqfd->poll, irqfd_join_queue);

	ctx = eventfd_ctx_fileget(file);
	if (IS_ERR(ctx))
		goto fail;
	irqfd->eventfd = ctx;
	if (args->flags & BIT(MSHV_IRQFD_BIT_RESAMPLE)) {
		ctx = eventfd_ctx_fdget(args->resamplefd);
		if (IS_ERR(ctx))
			goto fail;
		irqfd->resamplefd = ctx;
		irqfd->resamples = true;
	}
	return irqfd;

fail:
	irqfd_free(irqfd);
	return ERR_CAST(ctx);
}

static int irqfd_put_on_list(struct mshv_irqfd *irqfd)
{
	struct mshv_partition *pt = irqfd->partition;
	struct mshv_irqfd *other;
	int ret = 0;

	lockdep_assert_held(&pt->routes_lock);
	spin_lock_irq(&pt->irq_lock);
	list_for_each_entry(other, &pt->irqfds, node)
		if (other->eventfd == irqfd->eventfd)
			ret = -EBUSY;
	if (!ret) {
		list_add(&irqfd->node, &pt->irqfds);
		if (irqfd->resamplefd)
			list_add_rcu(&irqfd->resample_node, &pt->resamplers);
	}
	spin_unlock_irq(&pt->irq_lock);
	return ret;
}

/* It was never in the eventfd's wait queue. */
static void irqfd_undo(struct mshv_irqfd *irqfd)
{
	lockdep_assert_held(&irqfd->partition->routes_lock);
	spin_lock_irq(&irqfd->partition->irq_lock);
	irqfd_take_off_list(irqfd);
	spin_unlock_irq(&irqfd->partition->irq_lock);
}

/*
 * The guest ends only interrupts that are triggered by level in a way that is reported.
 * routes_lock keeps the route from changing between the look at it and the end.
 */
static int irqfd_activate(struct mshv_irqfd *irqfd, struct file *file)
{
	struct mshv_partition *pt = irqfd->partition;
	const struct mshv_route *route = mshv_route_find(pt, irqfd->gsi);
	int ret;

	lockdep_assert_held(&pt->routes_lock);
	ret = irqfd_put_on_list(irqfd);
	if (ret)
		return ret;
	if (irqfd->resamplefd && !(route && route->level)) {
		irqfd_undo(irqfd);
		return -EINVAL;
	}
	/* Events from here on come by the queue, what came before is seen here. */
	if (vfs_poll(file, &irqfd->poll) & EPOLLIN && !irqfd->poll_error)
		irqfd_raise(irqfd);
	if (irqfd->poll_error) {
		ret = irqfd->poll_error;
		irqfd_undo(irqfd);
	}
	return ret;
}

static int irqfd_assign(struct mshv_partition *pt, const struct mshv_user_irqfd *args)
{
	struct mshv_irqfd *irqfd;
	int ret = 0;

	CLASS(fd, f)(args->fd);
	if (fd_empty(f))
		return -EBADF;
	irqfd = irqfd_alloc(pt, fd_file(f), args);
	if (IS_ERR(irqfd))
		return PTR_ERR(irqfd);
	/* Before it is in the list, where anybody may take it off and free it. */
	if (!irqfd->resamplefd)
		ret = mshv_bypass_connect(&irqfd->bypass, pt, irqfd->gsi, irqfd->eventfd);
	if (ret)
		goto free;
	ret = -EINTR;
	if (mutex_lock_killable(&pt->routes_lock))
		goto disconnect;
	ret = irqfd_activate(irqfd, fd_file(f));
	mutex_unlock(&pt->routes_lock);
	if (!ret)
		return 0;

disconnect:
	mshv_bypass_disconnect(&irqfd->bypass);
	irqfd_stop_resampling(irqfd);
	call_rcu(&irqfd->rcu, irqfd_free_rcu);
	return ret;
free:
	irqfd_free(irqfd);
	return ret;
}

/*
 * The next irqfd of the eventfd with that number, or of any if there is none, off the list.
 * With routes_lock held no irqfd_activate() is under way, whose irqfd is in pt->irqfds but
 * not yet in the wait queue that irqfd_end() takes it from.
 */
static struct mshv_irqfd *irqfd_take(struct mshv_partition *pt, const struct eventfd_ctx *eventfd,
				     u32 gsi)
{
	struct mshv_irqfd *irqfd, *found = NULL;

	lockdep_assert_held(&pt->irqfds_end_lock);
	mutex_lock(&pt->routes_lock);
	spin_lock_irq(&pt->irq_lock);
	list_for_each_entry(irqfd, &pt->irqfds, node)
		if (!eventfd || (irqfd->eventfd == eventfd && irqfd->gsi == gsi)) {
			found = irqfd;
			irqfd_take_off_list(irqfd);
			break;
		}
	spin_unlock_irq(&pt->irq_lock);
	mutex_unlock(&pt->routes_lock);
	return found;
}

/* Of all that match, also if somebody else is about to end them. */
static void irqfds_end(struct mshv_partition *pt, const struct eventfd_ctx *eventfd, u32 gsi)
{
	struct mshv_irqfd *irqfd;

	lockdep_assert_held(&pt->irqfds_end_lock);
	while ((irqfd = irqfd_take(pt, eventfd, gsi)))
		irqfd_end(irqfd);
	/* What irqfd_wakeup() has put there for EPOLLHUP. */
	flush_workqueue(irqfd_release_queue);
}

/* When this returns the eventfd raises no interrupt any more. */
static int irqfd_deassign(struct mshv_partition *pt, const struct mshv_user_irqfd *args)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(args->fd);
	int ret;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	ret = mutex_lock_killable(&pt->irqfds_end_lock);
	if (!ret) {
		irqfds_end(pt, eventfd, args->gsi);
		mutex_unlock(&pt->irqfds_end_lock);
	}
	eventfd_ctx_put(eventfd);
	return ret;
}

/**
 * mshv_irqfd_set - MSHV_IRQFD
 * @object: the partition
 * @arg: struct mshv_user_irqfd
 *
 * Return: 0 or a negative errno.
 */
long mshv_irqfd_set(void *object, void __user *arg)
{
	struct mshv_user_irqfd args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags & ~MSHV_IRQFD_FLAGS_MASK)
		return -EINVAL;
	if (args.flags & BIT(MSHV_IRQFD_BIT_DEASSIGN))
		return irqfd_deassign(object, &args);
	return irqfd_assign(object, &args);
}

/**
 * mshv_irqfds_release - deassign all when the partition's descriptor is closed
 * @pt: the partition, which still exists when this returns
 */
void mshv_irqfds_release(struct mshv_partition *pt)
{
	might_sleep();
	mutex_lock(&pt->irqfds_end_lock);
	irqfds_end(pt, NULL, 0);
	mutex_unlock(&pt->irqfds_end_lock);
}

/**
 * mshv_irqfds_allow - would the irqfds work with these routes?
 * @pt: the partition; its routes_lock is held
 * @routes: the new table, or NULL
 *
 * One that waits for the end of its interrupt must stay triggered by level.
 */
bool mshv_irqfds_allow(struct mshv_partition *pt, const struct mshv_routes *routes)
{
	struct mshv_irqfd *irqfd;
	bool allowed = true;

	lockdep_assert_held(&pt->routes_lock);
	spin_lock_irq(&pt->irq_lock);
	list_for_each_entry(irqfd, &pt->resamplers, resample_node)
		if (routes && irqfd->gsi < routes->nr &&
		    routes->entries[irqfd->gsi].valid && !routes->entries[irqfd->gsi].level)
			allowed = false;
	spin_unlock_irq(&pt->irq_lock);
	return allowed;
}

/**
 * mshv_irqfds_acked - the guest has ended an interrupt
 * @pt: the partition
 * @vector: which vector it was
 *
 * Several interrupts may share a vector; each is told, and looks at its line.
 *
 * Context: interrupt, under RCU.
 */
void mshv_irqfds_acked(struct mshv_partition *pt, u32 vector)
{
	struct mshv_irqfd *irqfd;
	unsigned long flags;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "resamplers are freed after a grace period");
	list_for_each_entry_rcu(irqfd, &pt->resamplers, resample_node) {
		const struct mshv_route *route = mshv_route_find(pt, irqfd->gsi);

		if (!route || !route->level || route->vector != vector)
			continue;
		spin_lock_irqsave(&irqfd->resample_lock, flags);
		if (irqfd->resamples)
			eventfd_signal(irqfd->resamplefd);
		spin_unlock_irqrestore(&irqfd->resample_lock, flags);
	}
}

int __init mshv_irqfd_init(void)
{
	irqfd_release_queue = alloc_workqueue("mshv_irqfd", WQ_UNBOUND, 0);
	return irqfd_release_queue ? 0 : -ENOMEM;
}

void mshv_irqfd_exit(void)
{
	destroy_workqueue(irqfd_release_queue);
}
