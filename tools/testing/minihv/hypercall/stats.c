// SPDX-License-Identifier: GPL-2.0-only
/*
 * Statistics pages. The page is one that the caller deposited (root) or names
 * (L1VH, MAP_STATS_PAGE2), because Linux looks at it through its own mapping of
 * that RAM. The same object and area give the same page until it is unmapped.
 */
#include "hypercall/hcall.h"

#define MAX_PAGES	4096	/* two for each VP */

/* counters */
#define HV_LOGICAL_PROCESSORS		1
#define VP_ROOT_DISPATCH_BLOCKED	202

struct stats_page {
	uint32_t type;
	union hv_stats_object_identity identity;
	void *page;		/* NULL: free slot */
	bool provided;		/* the caller's own page */
};

static struct stats_page pages[MAX_PAGES];
/* No slot was ever used from here on. */
static struct stats_page *end = pages;
static struct spinlock lock;

static uint8_t area_of(uint32_t type, const union hv_stats_object_identity *id)
{
	switch (type) {
	case HV_STATS_OBJECT_HYPERVISOR:
		return id->hv.stats_area_type;
	case HV_STATS_OBJECT_LOGICAL_PROCESSOR:
		return id->lp.stats_area_type;
	case HV_STATS_OBJECT_PARTITION:
		return id->partition.stats_area_type;
	default:
		return id->vp.stats_area_type;
	}
}

/* Not while a VP of it goes; the reference, once given, keeps all of them there. */
static struct partition *get_settled(struct partition *caller, uint64_t id)
{
	struct partition *p;

	for (;;) {
		p = partition_get(caller, id);
		if (!p || !__atomic_load_n(&p->closing, __ATOMIC_SEQ_CST))
			return p;
		partition_put(p);
		cpu_relax();
	}
}

/*
 * Is there such an object? For a VP tell which, so that its counters find the page,
 * and keep it until put_object().
 */
static uint16_t check_object(struct hcall *c, uint32_t type,
			     const union hv_stats_object_identity *id, struct vp **vp)
{
	struct partition *p;
	uint16_t status;

	*vp = NULL;
	if (area_of(type, id) > HV_STATS_AREA_PARENT)
		return HV_STATUS_INVALID_PARAMETER;
	switch (type) {
	case HV_STATS_OBJECT_HYPERVISOR:
		return HV_STATUS_SUCCESS;
	case HV_STATS_OBJECT_LOGICAL_PROCESSOR:
		return id->lp.lp_index < nr_cpus ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_LP_INDEX;
	case HV_STATS_OBJECT_PARTITION:
	case HV_STATS_OBJECT_VP:
		p = get_settled(c->caller, id->partition.partition_id);
		if (!p)
			return HV_STATUS_INVALID_PARTITION_ID;
		if (type == HV_STATS_OBJECT_VP)
			*vp = partition_vp(p, id->vp.vp_index);
		status = type == HV_STATS_OBJECT_VP && !*vp ? HV_STATUS_INVALID_VP_INDEX :
							      HV_STATUS_SUCCESS;
		if (!*vp)
			partition_put(p);
		return status;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

/* The slot of an object, or a free one if it has none; NULL: no slot left. */
static struct stats_page *find(uint32_t type, const union hv_stats_object_identity *id)
{
	struct stats_page *s, *free = NULL;

	for (s = pages; s < end; s++) {
		if (!s->page)
			free = free ? free : s;
		else if (s->type == type && !memcmp(&s->identity, id, sizeof(*id)))
			return s;
	}
	if (!free && end < pages + MAX_PAGES)
		free = end++;
	return free;
}

static void put_object(struct vp *vp)
{
	if (vp)
		partition_put(vp->partition);
}

static void show(struct partition *p, void *page)
{
	spin_lock(&p->lock);
	partition_show_page(p, va_to_pa(page));
	spin_unlock(&p->lock);
}

static void hide(struct partition *p, void *page)
{
	uint64_t pa;

	spin_lock(&p->lock);
	if (!partition_take_page(p, va_to_pa(page), &pa))
		hv_fatal("statistics page at 0x%lx is not shown any more", va_to_pa(page));
	cpu_flush_partition(p);
	spin_unlock(&p->lock);
}

/* What is known when it is mapped; a VP's counters go on from there. */
static void fill(const struct stats_page *s, struct vp *vp)
{
	uint64_t *counters = s->page;

	if (s->type == HV_STATS_OBJECT_HYPERVISOR) {
		counters[HV_LOGICAL_PROCESSORS] = nr_cpus;
	} else if (vp) {
		spin_lock(&vp->lock);
		counters[VP_ROOT_DISPATCH_BLOCKED] = vp->reported_blocked;
		vp->stats_page[area_of(s->type, &s->identity)] = s->page;
		spin_unlock(&vp->lock);
		vp_stats_update(vp);
	}
}

static uint16_t map_locked(struct hcall *c, uint32_t type,
			   const union hv_stats_object_identity *id, uint64_t location,
			   struct vp *vp, uint64_t *pfn)
{
	struct stats_page *s = find(type, id);

	if (!s)
		return HV_STATUS_INSUFFICIENT_BUFFERS;
	if (!s->page) {
		s->page = location ? vp_gpa(c->vp, location << PAGE_SHIFT, NPT_WRITE) :
				     pool_alloc(&c->caller->pool);
		if (!s->page)
			return location ? HV_STATUS_INVALID_PARAMETER :
					  HV_STATUS_INSUFFICIENT_MEMORY;
		s->type = type;
		s->identity = *id;
		s->provided = location;
		if (!location)
			show(c->caller, s->page);
	} else if (location) {
		return HV_STATUS_OBJECT_IN_USE;
	}
	fill(s, vp);
	*pfn = va_to_pa(s->page) >> PAGE_SHIFT;
	return HV_STATUS_SUCCESS;
}

static uint16_t map_stats_page(struct hcall *c)
{
	const struct hv_input_map_stats_page *in = c->in;
	struct hv_output_map_stats_page *out = c->out;
	struct vp *vp;
	uint16_t status = check_object(c, in->type, &in->identity, &vp);
	uint64_t pfn;

	if (status != HV_STATUS_SUCCESS)
		return status;
	spin_lock(&lock);
	status = map_locked(c, in->type, &in->identity, 0, vp, &pfn);
	spin_unlock(&lock);
	put_object(vp);
	if (status == HV_STATUS_SUCCESS)
		out->map_location = pfn;
	return status;
}

static uint16_t map_stats_page2(struct hcall *c)
{
	const struct hv_input_map_stats_page2 *in = c->in;
	struct vp *vp;
	uint16_t status = check_object(c, in->type, &in->identity, &vp);
	uint64_t pfn;

	if (status != HV_STATUS_SUCCESS)
		return status;
	spin_lock(&lock);
	status = HV_STATUS_INVALID_PARAMETER;
	if (in->map_location)
		status = map_locked(c, in->type, &in->identity, in->map_location, vp, &pfn);
	spin_unlock(&lock);
	put_object(vp);
	return status;
}

/*
 * Nobody writes to the page then. The VP is not paused for that: it may be another one of the
 * caller's, whose processor waits for @lock.
 */
static void forget(struct vp *vp, uint8_t area)
{
	spin_lock(&vp->lock);
	vp->stats_page[area] = NULL;
	spin_unlock(&vp->lock);
}

static uint16_t unmap_stats_page(struct hcall *c)
{
	const struct hv_input_unmap_stats_page *in = c->in;
	struct vp *vp;
	uint16_t status = check_object(c, in->type, &in->identity, &vp);
	struct stats_page *s;

	spin_lock(&lock);
	s = find(in->type, &in->identity);
	if (!s || !s->page) {
		if (status == HV_STATUS_SUCCESS)
			status = HV_STATUS_INVALID_PARAMETER;
	} else {
		/* The object may be gone already, its page is not. */
		status = HV_STATUS_SUCCESS;
		if (vp)
			forget(vp, area_of(in->type, &in->identity));
		if (!s->provided) {
			hide(c->caller, s->page);
			pool_free(&c->caller->pool, s->page);
		}
		s->page = NULL;
	}
	spin_unlock(&lock);
	put_object(vp);
	return status;
}

unsigned int stats_report_leaks(void)
{
	const struct stats_page *s;
	unsigned int leaks = 0;

	for (s = pages; s < pages + MAX_PAGES; s++) {
		bool of_partition = s->type == HV_STATS_OBJECT_PARTITION ||
				    s->type == HV_STATS_OBJECT_VP;

		if (!s->page || !of_partition ||
		    s->identity.partition.partition_id == root_partition->id)
			continue;
		hv_log("leak: partition %lu: a mapped statistics page",
		       s->identity.partition.partition_id);
		leaks++;
	}
	return leaks;
}

const struct hcall_entry hc_stats_table[] = {
	{ .code = HVCALL_MAP_STATS_PAGE, .flags = HC_ROOT,
	  .in_size = sizeof(struct hv_input_map_stats_page),
	  .out_size = sizeof(struct hv_output_map_stats_page),
	  .fn = map_stats_page, .name = "MAP_STATS_PAGE" },
	{ .code = HVCALL_MAP_STATS_PAGE2, .flags = HC_PARENT,
	  .in_size = sizeof(struct hv_input_map_stats_page2),
	  .fn = map_stats_page2, .name = "MAP_STATS_PAGE2" },
	{ .code = HVCALL_UNMAP_STATS_PAGE, .flags = HC_PARENT,
	  .in_size = sizeof(struct hv_input_unmap_stats_page),
	  .fn = unmap_stats_page, .name = "UNMAP_STATS_PAGE" },
	{ 0 }
};
