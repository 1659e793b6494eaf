// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls on a child's memory map, and on the accessed and dirty bits of it. */
#include "device/attach.h"
#include "hypercall/calls.h"
#include "memory/promote.h"

#define LARGE_SHIFT	(HV_HYP_LARGE_PAGE_SHIFT - PAGE_SHIFT)
#define KNOWN_MAP_FLAGS \
	(HV_MAP_GPA_PERMISSIONS_MASK | HV_MAP_GPA_ADJUSTABLE | HV_MAP_GPA_NO_ACCESS | \
	 HV_MAP_GPA_NOT_CACHED | HV_MAP_GPA_LARGE_PAGE)
#define GPA_PAGES_MAX	BIT(48 - PAGE_SHIFT)

/* A partition whose memory the caller may map: one of its children, initialised. */
static struct partition *get_target(struct hcall *c, uint64_t id, uint16_t *status)
{
	struct partition *p = hc_partition(c, id, status);

	if (p && !partition_is_child(p)) {
		partition_put(p);
		*status = HV_STATUS_ACCESS_DENIED;
		return NULL;
	}
	return p;
}

struct map_call {
	const struct hv_input_map_gpa_pages *in;
	struct partition *target, *caller;
	uint32_t access;
	unsigned int shift;	/* of one repeat, in pages */
	uint64_t max_size;	/* largest entry */
};

static uint32_t access_of(uint32_t flags)
{
	uint32_t access = 0;

	if (flags & HV_MAP_GPA_NO_ACCESS)
		return 0;
	if (flags & HV_MAP_GPA_READABLE)
		access |= NPT_READ;
	if (flags & HV_MAP_GPA_WRITABLE)
		access |= NPT_READ | NPT_WRITE;
	if (flags & HV_MAP_GPA_EXECUTABLE)
		access |= NPT_READ | NPT_EXEC;
	if (flags & HV_MAP_GPA_NOT_CACHED)
		access |= NPT_UNCACHED;
	return access;
}

/* Registers of a device: some that the target has attached may be needed for that. */
static bool may_map_registers(const struct map_call *m, uint64_t hpa)
{
	bool may;

	spin_lock(&device_lock);
	may = device_may_map(m->target, hpa);
	spin_unlock(&device_lock);
	return may;
}

/* Whether an entry of 2^@shift pages may begin at page @number. */
static bool is_aligned(uint64_t number, unsigned int shift)
{
	return !(number & ((1ull << shift) - 1));
}

/* What the caller calls page @pfn; it must own it and may write to it if the child may. */
static bool source_page(const struct map_call *m, uint64_t pfn, uint64_t *hpa)
{
	uint32_t wanted = NPT_READ | (m->access & NPT_WRITE);
	struct npt_entry e;

	if (pfn >= GPA_PAGES_MAX || !npt_lookup(&m->caller->npt, pfn << PAGE_SHIFT, &e) ||
	    (e.access & wanted) != wanted)
		return false;
	*hpa = e.hpa + ((pfn << PAGE_SHIFT) - e.gpa);
	return mem_is_root_ram(*hpa, PAGE_SIZE) || may_map_registers(m, *hpa);
}

/* Every 4 KiB of a large page must be the caller's and contiguous. */
static bool source_range(const struct map_call *m, uint64_t pfn, uint64_t *hpa)
{
	uint64_t i, at;

	if (!source_page(m, pfn, hpa))
		return false;
	for (i = 1; i < 1ull << m->shift; i++)
		if (!source_page(m, pfn + i, &at) || at != *hpa + (i << PAGE_SHIFT))
			return false;
	return true;
}

/* Repeats from @i on whose sources follow each other, so that larger entries can be used. */
static uint16_t contiguous(const struct map_call *m, uint16_t i, uint16_t end, uint64_t first)
{
	uint16_t n = 1;
	uint64_t hpa;

	while (i + n < end && m->max_size > PAGE_SIZE &&
	       source_range(m, m->in->source_gpa_page_list[i + n], &hpa) &&
	       hpa == first + ((uint64_t)n << m->shift << PAGE_SHIFT))
		n++;
	return n;
}

static uint16_t map_some(struct hcall *c, const struct map_call *m)
{
	uint16_t i = c->start;

	while (i < c->reps) {
		uint64_t gpa = (m->in->target_gpa_base + ((uint64_t)i << m->shift)) << PAGE_SHIFT;
		uint64_t hpa = 0, done, step = PAGE_SIZE << m->shift;
		uint16_t n = 1;

		if (m->access) {
			uint64_t pfn = m->in->source_gpa_page_list[i];

			if (!is_aligned(pfn, m->shift))
				return HV_STATUS_INVALID_ALIGNMENT;
			if (!source_range(m, pfn, &hpa))
				return HV_STATUS_INVALID_PARAMETER;
			n = contiguous(m, i, c->reps, hpa);
		}
		m->target->gpa_end = MAX(m->target->gpa_end, gpa + n * step);
		if (!npt_map(&m->target->npt, gpa, hpa, n * step, m->access, m->max_size,
			     &done)) {
			c->done = i + done / step;
			return HV_STATUS_INSUFFICIENT_MEMORY;
		}
		if (m->access && !mem_is_root_ram(hpa, PAGE_SIZE))
			device_count_registers(m->in->map_flags, (uint64_t)n << m->shift);
		if (m->max_size == SIZE_1G)
			gpa_promote(&m->target->npt, gpa, gpa + n * step);
		i += n;
		c->done = i;
	}
	return HV_STATUS_SUCCESS;
}

static uint16_t check_map(const struct hv_input_map_gpa_pages *in, uint16_t reps)
{
	unsigned int shift = in->map_flags & HV_MAP_GPA_LARGE_PAGE ? LARGE_SHIFT : 0;
	uint64_t pages = (uint64_t)reps << shift;

	if (in->map_flags & ~(uint32_t)KNOWN_MAP_FLAGS)
		return HV_STATUS_INVALID_PARAMETER;
	if (!(in->map_flags & (HV_MAP_GPA_PERMISSIONS_MASK | HV_MAP_GPA_NO_ACCESS)))
		return HV_STATUS_INVALID_PARAMETER;
	if (in->target_gpa_base >= GPA_PAGES_MAX || pages > GPA_PAGES_MAX - in->target_gpa_base)
		return HV_STATUS_INVALID_PARAMETER;
	return is_aligned(in->target_gpa_base, shift) ? HV_STATUS_SUCCESS :
							HV_STATUS_INVALID_ALIGNMENT;
}

/* 1 GiB entries need the partition's consent; tracking needs a bit for each page. */
static uint64_t largest_entry(const struct partition *p, uint32_t flags)
{
	if (!(flags & HV_MAP_GPA_LARGE_PAGE) || p->npt.tracked)
		return PAGE_SIZE;
	return p->flags & HV_PARTITION_CREATION_FLAG_GPA_SUPER_PAGES_ENABLED ? SIZE_1G : SIZE_2M;
}

static uint16_t map_gpa_pages(struct hcall *c)
{
	const struct hv_input_map_gpa_pages *in = c->in;
	struct map_call m = {
		.in = in, .caller = c->caller, .access = access_of(in->map_flags),
		.shift = in->map_flags & HV_MAP_GPA_LARGE_PAGE ? LARGE_SHIFT : 0,
	};
	uint16_t status = check_map(in, c->reps);

	c->done = c->start;
	if (status != HV_STATUS_SUCCESS)
		return status;
	m.target = get_target(c, in->target_partition_id, &status);
	if (!m.target)
		return status;
	m.max_size = largest_entry(m.target, in->map_flags);
	spin_lock(&m.target->lock);
	if (m.target->npt_ready && !m.target->closing)
		status = map_some(c, &m);
	else
		status = HV_STATUS_INVALID_PARTITION_STATE;
	if (!overlays_restore(m.target, in->target_gpa_base << PAGE_SHIFT,
			      (uint64_t)c->reps << m.shift << PAGE_SHIFT))
		status = HV_STATUS_INSUFFICIENT_MEMORY;
	cpu_flush_partition(m.target);
	spin_unlock(&m.target->lock);
	partition_put(m.target);
	return status;
}

static uint16_t unmap_gpa_pages(struct hcall *c)
{
	const struct hv_input_unmap_gpa_pages *in = c->in;
	unsigned int shift = in->unmap_flags & HV_UNMAP_GPA_LARGE_PAGE ? LARGE_SHIFT : 0;
	struct partition *p = partition_get(c->caller, in->target_partition_id);
	uint64_t step = PAGE_SIZE << shift, gpa, done = 0;
	uint16_t status = HV_STATUS_SUCCESS;

	c->done = c->start;
	if (!p || !partition_is_child(p)) {
		if (p)
			partition_put(p);
		return HV_STATUS_INVALID_PARTITION_ID;
	}
	gpa = (in->target_gpa_base + ((uint64_t)c->start << shift)) << PAGE_SHIFT;
	spin_lock(&p->lock);
	if ((in->unmap_flags & ~HV_UNMAP_GPA_LARGE_PAGE) ||
	    in->target_gpa_base >= GPA_PAGES_MAX ||
	    ((uint64_t)c->reps << shift) > GPA_PAGES_MAX - in->target_gpa_base)
		status = HV_STATUS_INVALID_PARAMETER;
	else if (!is_aligned(in->target_gpa_base, shift))
		status = HV_STATUS_INVALID_ALIGNMENT;
	else if (p->state == PARTITION_CREATED)
		status = HV_STATUS_INVALID_PARTITION_STATE;
	else if (!p->npt_ready || p->closing)
		done = (c->reps - c->start) * step;	/* a finalised partition has no map */
	else if (!npt_unmap(&p->npt, gpa, (c->reps - c->start) * step, &done))
		status = HV_STATUS_INSUFFICIENT_MEMORY;
	if (!overlays_restore(p, gpa, done))
		status = HV_STATUS_INSUFFICIENT_MEMORY;
	cpu_flush_partition(p);
	spin_unlock(&p->lock);
	partition_put(p);
	c->done = c->start + done / step;
	return status;
}

static uint16_t access_states(struct hcall *c, struct partition *p)
{
	const struct hv_input_get_gpa_pages_access_state *in = c->in;
	union hv_gpa_page_access_state *out = c->out;
	uint32_t clear = 0, set = 0;
	uint16_t i;

	clear |= in->flags.clear_accessed ? NPT_ACCESSED : 0;
	clear |= in->flags.clear_dirty ? NPT_DIRTY : 0;
	set |= in->flags.set_accessed ? NPT_ACCESSED : 0;
	set |= in->flags.set_dirty ? NPT_DIRTY : 0;
	for (i = c->start; i < c->reps; i++) {
		uint64_t gpa = (in->hv_gpa_page_number + i) << PAGE_SHIFT;
		int bits = npt_access_bits(&p->npt, gpa, clear, set);

		if (bits == -2)
			return HV_STATUS_INSUFFICIENT_MEMORY;
		if (bits >= 0) {
			out[i].accessed = !!(bits & NPT_ACCESSED);
			out[i].dirty = !!(bits & NPT_DIRTY);
		}
		c->done = i + 1;
	}
	return HV_STATUS_SUCCESS;
}

static uint16_t get_access_states(struct hcall *c)
{
	const struct hv_input_get_gpa_pages_access_state *in = c->in;
	uint16_t status;
	struct partition *p = get_target(c, in->partition_id, &status);

	c->done = c->start;
	if (!p)
		return status;
	spin_lock(&p->lock);
	if (in->flags.reserved || in->hv_gpa_page_number >= GPA_PAGES_MAX)
		status = HV_STATUS_INVALID_PARAMETER;
	else if (!p->npt.tracked || p->closing)
		status = HV_STATUS_INVALID_PARTITION_STATE;
	else
		status = access_states(c, p);
	/* Processors keep bits that they have set; make them look again. */
	cpu_flush_partition(p);
	spin_unlock(&p->lock);
	partition_put(p);
	return status;
}

const struct hcall_entry hc_memory_table[] = {
	{
		.code = HVCALL_MAP_GPA_PAGES, .flags = HC_PARENT | HC_REP,
		.in_size = sizeof(struct hv_input_map_gpa_pages), .in_rep = sizeof(uint64_t),
		.fn = map_gpa_pages, .name = "map_gpa_pages",
	}, {
		.code = HVCALL_UNMAP_GPA_PAGES, .flags = HC_PARENT | HC_REP,
		.in_size = sizeof(struct hv_input_unmap_gpa_pages),
		.fn = unmap_gpa_pages, .name = "unmap_gpa_pages",
	}, {
		.code = HVCALL_GET_GPA_PAGES_ACCESS_STATES, .flags = HC_PARENT | HC_REP,
		.in_size = sizeof(struct hv_input_get_gpa_pages_access_state),
		.out_rep = sizeof(union hv_gpa_page_access_state),
		.fn = get_access_states, .name = "get_gpa_pages_access_states",
	},
	{ 0 },
};
