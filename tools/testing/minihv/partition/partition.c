// SPDX-License-Identifier: GPL-2.0-only
/* The table of partitions: creation, look-up, references, and what is left at the end. */
#include "partition/partition.h"
#include "cpu/timer.h"
#include <hvabi/hvabi.h>

#define FIRST_CHILD_ID	16

struct partition *root_partition;
struct list partition_list = { &partition_list, &partition_list };
struct spinlock partition_list_lock;

static uint64_t next_id = FIRST_CHILD_ID;	/* never reused */

_Static_assert(sizeof(struct partition) <= PAGE_SIZE, "a partition is one page of a pool");

void partition_init(struct partition *p, uint64_t id, enum partition_type type)
{
	p->id = id;
	p->type = type;
	p->refs = 1;
	p->time_offset = time_ref();
	p->frozen_at = ~0ull;
	list_init(&p->ports);
	list_init(&p->connections);
}

struct partition *partition_get(struct partition *caller, uint64_t id)
{
	struct partition *found = NULL;
	struct list *pos;

	spin_lock(&partition_list_lock);
	if (id == HV_PARTITION_ID_SELF)
		id = caller->id;
	list_for_each(pos, &partition_list) {
		struct partition *p = container_of(pos, struct partition, node);

		if (p->id == id && (p == caller || p->parent == caller))
			found = p;
	}
	if (found)
		found->refs++;
	spin_unlock(&partition_list_lock);
	return found;
}

void partition_put(struct partition *p)
{
	uint32_t left;

	spin_lock(&partition_list_lock);
	left = --p->refs;
	spin_unlock(&partition_list_lock);
	if (!left)
		pool_free(&p->parent->pool, p);
}

void partition_wait_users(struct partition *p)
{
	hv_assert(p->closing);
	while (__atomic_load_n(&p->refs, __ATOMIC_ACQUIRE) > 2)
		cpu_relax();
}

struct partition *partition_create_child(struct partition *parent)
{
	struct partition *p = pool_alloc(&parent->pool);

	if (!p)
		return NULL;
	spin_lock(&partition_list_lock);
	partition_init(p, next_id++, PARTITION_CHILD);
	p->parent = parent;
	list_add_tail(&p->node, &partition_list);
	spin_unlock(&partition_list_lock);
	return p;
}

void partition_remove(struct partition *p)
{
	spin_lock(&partition_list_lock);
	list_del(&p->node);
	spin_unlock(&partition_list_lock);
	partition_put(p);
}

struct vp *partition_vp(struct partition *p, uint32_t index)
{
	if (index >= MAX_VPS || __atomic_load_n(&p->closing, __ATOMIC_SEQ_CST))
		return NULL;
	return __atomic_load_n(&p->vps[index], __ATOMIC_ACQUIRE);
}

bool partition_take_page(struct partition *p, uint64_t gpa, uint64_t *pa)
{
	struct npt_entry e;

	if (!npt_lookup(&p->npt, gpa, &e) || (e.access & NPT_RWX) != NPT_RWX)
		return false;
	*pa = e.hpa + (gpa - e.gpa);
	if (!mem_is_root_ram(*pa, PAGE_SIZE))
		return false;
	if (!npt_unmap(&p->npt, gpa, PAGE_SIZE, NULL))
		hv_fatal("no memory for root's page tables");
	return true;
}

void partition_show_page(struct partition *p, uint64_t pa)
{
	/* The page was a 4 KiB entry before, so its table exists. */
	if (!npt_map(&p->npt, pa, pa, PAGE_SIZE, NPT_RWX, PAGE_SIZE, NULL))
		hv_fatal("no table for a page of root at 0x%lx", pa);
}

uint64_t partition_time(const struct partition *p)
{
	uint64_t now = p->frozen_at != ~0ull ? p->frozen_at : time_ref();

	return now - p->time_offset;
}

static unsigned int count_ports(const struct partition *p)
{
	unsigned int n = 0;
	struct list *pos;

	list_for_each(pos, &p->ports)
		n++;
	list_for_each(pos, &p->connections)
		n++;
	return n;
}

static unsigned int report_child(const struct partition *p)
{
	unsigned int leaks = 1, ports = count_ports(p);

	hv_log("leak: partition %lu", p->id);
	if (p->nr_vps) {
		hv_log("leak: partition %lu: %u VPs", p->id, p->nr_vps);
		leaks += p->nr_vps;
	}
	if (p->pool.total) {
		hv_log("leak: partition %lu: %lu deposited pages", p->id, p->pool.total);
		leaks++;
	}
	if (ports) {
		hv_log("leak: partition %lu: %u ports and connections", p->id, ports);
		leaks += ports;
	}
	return leaks;
}

unsigned int partition_report_leaks(void)
{
	unsigned int leaks = 0, ports = count_ports(root_partition);
	struct list *pos;

	list_for_each(pos, &partition_list) {
		const struct partition *p = container_of(pos, struct partition, node);

		if (partition_is_child(p))
			leaks += report_child(p);
	}
	if (ports) {
		hv_log("leak: root: %u ports", ports);
		leaks += ports;
	}
	return leaks;
}
