// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID answers that the parent registered, for one VP or for all. Kept in pages
 * of the partition's pool; nothing is removed before the partition is finalised.
 */
#include "partition/intercepts.h"

struct registered {
	uint32_t vp_index;	/* or HV_ANY_VP */
	struct hv_register_x64_cpuid_result_parameters p;
};

#define PER_PAGE	((PAGE_SIZE - 16) / sizeof(struct registered))

struct cpuid_result {
	struct cpuid_result *next;
	uint32_t used;
	struct registered entry[PER_PAGE];
};

_Static_assert(sizeof(struct cpuid_result) <= PAGE_SIZE, "a page of the pool");

struct cpuid_result *cpuid_results_next(struct cpuid_result *r)
{
	return r->next;
}

static bool same_input(const struct registered *a, uint32_t vp_index,
		       const struct hv_register_x64_cpuid_result_parameters *p)
{
	return a->vp_index == vp_index && a->p.input.eax == p->input.eax &&
	       a->p.input.subleaf_specific == p->input.subleaf_specific &&
	       (!p->input.subleaf_specific || a->p.input.ecx == p->input.ecx);
}

static struct registered *find(struct partition *p, uint32_t vp_index,
			       const struct hv_register_x64_cpuid_result_parameters *params)
{
	struct cpuid_result *r;
	uint32_t i;

	for (r = p->cpuid_results; r; r = r->next)
		for (i = 0; i < r->used; i++)
			if (same_input(&r->entry[i], vp_index, params))
				return &r->entry[i];
	return NULL;
}

/* Readers see an entry only when it is complete. */
uint16_t cpuid_result_register(struct partition *p,
			       const struct hv_input_register_intercept_result *in)
{
	struct hv_register_x64_cpuid_result_parameters params = in->parameters.cpuid;
	struct registered *e = find(p, in->vp_index, &params);
	struct cpuid_result *r = p->cpuid_results;

	if (e) {
		e->p = params;
		return HV_STATUS_SUCCESS;
	}
	if (!r || r->used == PER_PAGE) {
		r = pool_alloc(&p->pool);
		if (!r)
			return HV_STATUS_INSUFFICIENT_MEMORY;
		r->next = p->cpuid_results;
		__atomic_store_n(&p->cpuid_results, r, __ATOMIC_RELEASE);
	}
	r->entry[r->used] = (struct registered){ in->vp_index, params };
	__atomic_store_n(&r->used, r->used + 1, __ATOMIC_RELEASE);
	return HV_STATUS_SUCCESS;
}

static uint32_t merge(uint32_t was, uint32_t value, uint32_t mask)
{
	return (was & ~mask) | (value & mask);
}

static void apply(const struct registered *e, uint32_t r[4])
{
	r[0] = merge(r[0], e->p.result.eax, e->p.result.eax_mask);
	r[1] = merge(r[1], e->p.result.ebx, e->p.result.ebx_mask);
	r[2] = merge(r[2], e->p.result.ecx, e->p.result.ecx_mask);
	r[3] = merge(r[3], e->p.result.edx, e->p.result.edx_mask);
}

/* What is registered for the partition first, then what is for this VP. */
void cpuid_results_apply(const struct partition *p, uint32_t index, uint32_t leaf,
			 uint32_t subleaf, uint32_t r[4])
{
	const uint32_t owners[] = { HV_ANY_VP, index };
	unsigned int pass;

	for (pass = 0; pass < ARRAY_SIZE(owners); pass++) {
		const struct cpuid_result *page =
			__atomic_load_n(&p->cpuid_results, __ATOMIC_ACQUIRE);
		uint32_t i;

		for (; page; page = page->next) {
			uint32_t used = __atomic_load_n(&page->used, __ATOMIC_ACQUIRE);

			for (i = 0; i < used; i++) {
				const struct registered *e = &page->entry[i];

				if (e->vp_index == owners[pass] && e->p.input.eax == leaf &&
				    (!e->p.input.subleaf_specific || e->p.input.ecx == subleaf))
					apply(e, r);
			}
		}
	}
}
