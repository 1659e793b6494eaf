/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks and lists. The hypervisor runs with GIF clear, so a lock holder is
 * never interrupted. Whoever waits for another CPU to leave its guest must hold
 * no VP lock: that CPU takes its VP's lock on the way out.
 *
 * Lock order: partition table, partition, devices, VP, SynIC, page pool, timer queue, log.
 */
#ifndef MINIHV_SYNC_H
#define MINIHV_SYNC_H

#include "base/minihv.h"
#include "base/x86.h"

struct spinlock {
	uint32_t held;
};

static inline bool spin_trylock(struct spinlock *l)
{
	return !__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE);
}

static inline void spin_lock(struct spinlock *l)
{
	while (!spin_trylock(l))
		while (__atomic_load_n(&l->held, __ATOMIC_RELAXED))
			cpu_relax();
}

static inline void spin_unlock(struct spinlock *l)
{
	__atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
}

/* Doubly linked list with its head as a member of the ring. */
struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_add_before(struct list *n, struct list *at)
{
	n->next = at;
	n->prev = at->prev;
	at->prev->next = n;
	at->prev = n;
}

static inline void list_add_tail(struct list *n, struct list *head)
{
	list_add_before(n, head);
}

/* Leaves @n as a ring of its own, so that list_empty(n) tells it is on no list. */
static inline void list_del(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

#define list_for_each(pos, head) \
	for (pos = (head)->next; pos != (head); pos = pos->next)
#define list_for_each_safe(pos, tmp, head) \
	for (pos = (head)->next, tmp = pos->next; pos != (head); pos = tmp, tmp = pos->next)

#endif
