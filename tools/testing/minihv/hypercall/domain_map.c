// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls on the maps of device domains. */
#include "device/device.h"
#include "device/domain.h"
#include "device/translate.h"
#include "faults/faults.h"
#include "hypercall/domain.h"

#define LARGE_SHIFT	(HV_HYP_LARGE_PAGE_SHIFT - PAGE_SHIFT)
#define PAGES_MAX	BIT(TRANSLATE_WIDTH - PAGE_SHIFT)

struct map_call {
	const struct hv_input_map_device_gpa_pages *in;
	struct partition *caller;
	uint32_t access;
	unsigned int shift;	/* of one repeat, in pages */
};

/* What the caller calls page @pfn; it must own it, and may write to it if the device may. */
static bool source_page(const struct map_call *m, uint64_t pfn, uint64_t *hpa)
{
	uint32_t wanted = m->access & (NPT_READ | NPT_WRITE);
	struct npt_entry e;

	if (pfn >= PAGES_MAX || !npt_lookup(&m->caller->npt, pfn << PAGE_SHIFT, &e) ||
	    (e.access & wanted) != wanted)
		return false;
	*hpa = e.hpa + ((pfn << PAGE_SHIFT) - e.gpa);
	return true;
}

/* Every 4 KiB of a large page must be the caller's and contiguous. */
static bool source_range(const struct map_call *m, uint64_t pfn, uint64_t *hpa)
{
	uint64_t i, at;

	if (!source_page(m, pfn, hpa))
		return false;
	for (i = 1; i < BIT(m->shift); i++)
		if (!source_page(m, pfn + i, &at) || at != *hpa + (i << PAGE_SHIFT))
			return false;
	return mem_is_root_ram(*hpa, PAGE_SIZE << m->shift) ||
	       !fault_device(DEVICE_KNOB_NO_MMIO);
}

static uint16_t map_some(struct hcall *c, const struct map_call *m, struct domain *d)
{
	uint64_t step = PAGE_SIZE << m->shift, hpa;
	uint16_t status;

	for (; c->done < c->reps; c->done++) {
		uint64_t pfn = m->in->gpa_page_list[c->done];

		if (pfn & (BIT(m->shift) - 1))
			return HV_STATUS_INVALID_ALIGNMENT;
		if (!source_range(m, pfn, &hpa))
			return HV_STATUS_INVALID_PARAMETER;
		status = domain_map(d, m->in->target_device_va_base + c->done * step, hpa, step,
				    m->access, m->shift ? SIZE_1G : PAGE_SIZE);
		if (status != HV_STATUS_SUCCESS)
			return status;
	}
	return HV_STATUS_SUCCESS;
}

/* A range of the device's addresses: aligned, and within what the unit translates. */
static uint16_t check_range(uint64_t iova, uint64_t pages, unsigned int shift)
{
	if (iova & ((PAGE_SIZE << shift) - 1))
		return HV_STATUS_INVALID_ALIGNMENT;
	if (iova >> PAGE_SHIFT >= PAGES_MAX || pages << shift > PAGES_MAX - (iova >> PAGE_SHIFT))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

static uint16_t check_flags(const struct hv_input_map_device_gpa_pages *in)
{
	uint32_t known = HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE;

	if ((in->map_flags & HV_MAP_GPA_LARGE_PAGE) && fault_device(DEVICE_KNOB_LARGE))
		known |= HV_MAP_GPA_LARGE_PAGE;
	if ((in->map_flags & ~known) || !(in->map_flags & HV_MAP_GPA_READABLE) ||
	    in->target_vtl.as_uint8 || in->padding[0] || in->padding[1] || in->padding[2])
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

static uint16_t map_device_gpa_pages(struct hcall *c)
{
	const struct hv_input_map_device_gpa_pages *in = c->in;
	struct map_call m = {
		.in = in, .caller = c->caller,
		.access = NPT_READ | (in->map_flags & HV_MAP_GPA_WRITABLE ? NPT_WRITE : 0),
		.shift = in->map_flags & HV_MAP_GPA_LARGE_PAGE ? LARGE_SHIFT : 0,
	};
	uint16_t status = hc_domain_header(c, &in->device_domain);
	struct domain *d;

	if (status == HV_STATUS_SUCCESS)
		status = check_flags(in);
	if (status == HV_STATUS_SUCCESS)
		status = check_range(in->target_device_va_base, c->reps, m.shift);
	if (status != HV_STATUS_SUCCESS)
		return status;
	spin_lock(&c->caller->lock);
	spin_lock(&device_lock);
	d = domain_find(in->device_domain.domain_id.id);
	if (d) {
		status = map_some(c, &m, d);
		domain_flush(d);
	} else {
		status = HV_STATUS_INVALID_PARAMETER;
	}
	spin_unlock(&device_lock);
	spin_unlock(&c->caller->lock);
	return status;
}

static uint16_t unmap_device_gpa_pages(struct hcall *c)
{
	const struct hv_input_unmap_device_gpa_pages *in = c->in;
	uint64_t from = in->target_device_va_base + c->start * PAGE_SIZE, done = 0;
	uint16_t status = hc_domain_header(c, &in->device_domain);
	struct domain *d;

	if (status == HV_STATUS_SUCCESS)
		status = check_range(in->target_device_va_base, c->reps, 0);
	if (status != HV_STATUS_SUCCESS)
		return status;
	spin_lock(&device_lock);
	d = domain_find(in->device_domain.domain_id.id);
	if (d) {
		status = domain_unmap(d, from, c->reps - c->start, &done);
		domain_flush(d);
	} else {
		status = HV_STATUS_INVALID_PARAMETER;
	}
	spin_unlock(&device_lock);
	c->done = c->start + done;
	return status;
}

const struct hcall_entry hc_domain_map_table[] = {
	{
		.code = HVCALL_MAP_DEVICE_GPA_PAGES, .flags = HC_ROOT | HC_HIDDEN | HC_REP,
		.in_size = sizeof(struct hv_input_map_device_gpa_pages),
		.in_rep = sizeof(uint64_t),
		.fn = map_device_gpa_pages, .name = "map_device_gpa_pages",
	}, {
		.code = HVCALL_UNMAP_DEVICE_GPA_PAGES, .flags = HC_ROOT | HC_HIDDEN | HC_REP,
		.in_size = sizeof(struct hv_input_unmap_device_gpa_pages),
		.fn = unmap_device_gpa_pages, .name = "unmap_device_gpa_pages",
	},
	{ 0 },
};
