// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls on partitions as objects: life cycle, deposit and withdrawal of memory. */
#include "device/attach.h"
#include "device/interrupt.h"
#include "hypercall/calls.h"
#include "partition/intercepts.h"
#include "synic/ports.h"

#define KNOWN_CREATION_FLAGS \
	(HV_PARTITION_CREATION_FLAG_SMT_ENABLED_GUEST | \
	 HV_PARTITION_CREATION_FLAG_NESTED_VIRTUALIZATION_CAPABLE | \
	 HV_PARTITION_CREATION_FLAG_GPA_SUPER_PAGES_ENABLED | \
	 HV_PARTITION_CREATION_FLAG_EXO_PARTITION | \
	 HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED | \
	 HV_PARTITION_CREATION_FLAG_INTERCEPT_MESSAGE_PAGE_ENABLED | \
	 HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE)

/* Not in Linux's headers: what a partition has and uses (TLFS 5, HvCallGetMemoryBalance). */
#define HVCALL_GET_MEMORY_BALANCE	0x004a

struct memory_balance {
	uint64_t available, in_use;
};

static uint16_t create_partition(struct hcall *c)
{
	const struct hv_input_create_partition *in = c->in;
	struct hv_output_create_partition *out = c->out;
	struct partition *p;

	if ((in->flags & ~KNOWN_CREATION_FLAGS) || in->isolation_properties.as_uint64)
		return HV_STATUS_INVALID_PARAMETER;
	p = partition_create_child(c->caller);
	if (!p)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	p->flags = in->flags;
	memcpy(p->disabled_features,
	       &in->partition_creation_properties.disabled_processor_features,
	       sizeof(in->partition_creation_properties.disabled_processor_features));
	p->disabled_features[HOST_XSAVE] =
		in->partition_creation_properties.disabled_processor_xsave_features.as_uint64;
	out->partition_id = p->id;
	return HV_STATUS_SUCCESS;
}

static uint16_t initialize_locked(struct partition *p)
{
	if (p->state != PARTITION_CREATED)
		return HV_STATUS_INVALID_PARTITION_STATE;
	if (!npt_init(&p->npt, &p->pool))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	p->intercepts = pool_alloc(&p->pool);
	if (!p->intercepts) {
		npt_destroy(&p->npt);
		return HV_STATUS_INSUFFICIENT_MEMORY;
	}
	p->npt_ready = true;
	p->state = PARTITION_ACTIVE;
	return HV_STATUS_SUCCESS;
}

/* A child of the caller, never the caller itself; NULL: no such child. */
static struct partition *get_child(struct hcall *c, uint64_t id)
{
	struct partition *p = partition_get(c->caller, id);

	if (p && !partition_is_child(p)) {
		partition_put(p);
		return NULL;
	}
	return p;
}

static uint16_t initialize_partition(struct hcall *c)
{
	const struct hv_input_initialize_partition *in = c->in;
	struct partition *p = get_child(c, in->partition_id);
	uint16_t status;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	spin_lock(&p->lock);
	status = initialize_locked(p);
	spin_unlock(&p->lock);
	partition_put(p);
	return status;
}

/* Everything but the partition object and its deposits goes: VPs, memory map, ports. */
static void finalize(struct partition *p)
{
	struct cpuid_result *r, *next;
	uint32_t i;

	for (i = 0; i < MAX_VPS; i++)
		if (p->vps[i])
			vp_stop_for_good(p->vps[i]);
	partition_wait_users(p);
	interrupts_partition_gone(p);
	device_partition_gone(p);
	for (i = 0; i < MAX_VPS; i++)
		if (p->vps[i])
			vp_remove(p->vps[i]);
	ports_destroy(p);
	for (r = p->cpuid_results; r; r = next) {
		next = cpuid_results_next(r);
		pool_free(&p->pool, r);
	}
	p->cpuid_results = NULL;
	pool_free(&p->pool, p->intercepts);
	p->intercepts = NULL;
	/* Else the next unmap of memory would put them into a map that is gone. */
	overlay_remove(p, &p->hypercall_overlay);
	overlay_remove(p, &p->reference_tsc_overlay);
	pool_free(&p->pool, p->hypercall_page);
	pool_free(&p->pool, p->reference_tsc_page);
	p->hypercall_page = NULL;
	p->reference_tsc_page = NULL;
	p->npt_ready = false;
	npt_destroy(&p->npt);
}

static uint16_t finalize_partition(struct hcall *c)
{
	const struct hv_input_finalize_partition *in = c->in;
	struct partition *p = get_child(c, in->partition_id);
	uint16_t status = HV_STATUS_SUCCESS;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	spin_lock(&p->lock);
	if (p->state != PARTITION_ACTIVE || p->closing)
		status = HV_STATUS_INVALID_PARTITION_STATE;
	else
		p->closing = true;
	spin_unlock(&p->lock);
	if (status == HV_STATUS_SUCCESS) {
		finalize(p);
		spin_lock(&p->lock);
		p->state = PARTITION_FINALIZED;
		p->closing = false;
		spin_unlock(&p->lock);
	}
	partition_put(p);
	return status;
}

static uint16_t delete_partition(struct hcall *c)
{
	const struct hv_input_delete_partition *in = c->in;
	struct partition *p = get_child(c, in->partition_id);
	uint16_t status = HV_STATUS_SUCCESS;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	spin_lock(&p->lock);
	if (p->state == PARTITION_ACTIVE || p->closing)
		status = HV_STATUS_INVALID_PARTITION_STATE;
	else if (p->pool.total)
		status = HV_STATUS_OPERATION_DENIED;
	else
		p->closing = true;	/* the second of two deletions loses */
	spin_unlock(&p->lock);
	if (status == HV_STATUS_SUCCESS)
		partition_remove(p);
	partition_put(p);
	return status;
}

/*
 * The pages leave the caller's map first, then, when no other CPU can reach them
 * any more, they join the pool.
 */
static uint16_t deposit_memory(struct hcall *c)
{
	const struct hv_deposit_memory *in = c->in;
	struct partition *p = partition_get(c->caller, in->partition_id);
	uint16_t i;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	spin_lock(&c->caller->lock);
	for (i = c->start; i < c->reps; i++) {
		uint64_t pa;

		if (!partition_take_page(c->caller, in->gpa_page_list[i] << PAGE_SHIFT, &pa))
			break;
	}
	c->done = i;
	cpu_flush_partition(c->caller);
	spin_unlock(&c->caller->lock);
	for (i = c->start; i < c->done; i++)
		pool_deposit(&p->pool, in->gpa_page_list[i] << PAGE_SHIFT);
	partition_put(p);
	return c->done == c->reps ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER;
}

static uint16_t withdraw_memory(struct hcall *c)
{
	const struct hv_input_withdraw_memory *in = c->in;
	uint64_t *pages = c->out;
	struct partition *p = partition_get(c->caller, in->partition_id);
	uint16_t i;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	spin_lock(&c->caller->lock);
	for (i = c->start; i < c->reps; i++) {
		uint64_t pa = pool_withdraw(&p->pool);

		if (!pa)
			break;
		partition_show_page(c->caller, pa);
		pages[i] = pa >> PAGE_SHIFT;
	}
	spin_unlock(&c->caller->lock);
	partition_put(p);
	c->done = i;
	return i == c->reps ? HV_STATUS_SUCCESS : HV_STATUS_NO_RESOURCES;
}

static uint16_t get_memory_balance(struct hcall *c)
{
	const struct hv_input_withdraw_memory *in = c->in;
	struct memory_balance *out = c->out;
	struct partition *p = partition_get(c->caller, in->partition_id);

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	spin_lock(&p->pool.lock);
	out->available = p->pool.nr_free;
	out->in_use = p->pool.total - p->pool.nr_free;
	spin_unlock(&p->pool.lock);
	partition_put(p);
	return HV_STATUS_SUCCESS;
}

#define CALL(_code, _flags, _in, _out, _fn) \
	{ .code = _code, .flags = HC_PARENT | (_flags), .in_size = _in, .out_size = _out, \
	  .fn = _fn, .name = #_fn }

const struct hcall_entry hc_partition_table[] = {
	CALL(HVCALL_CREATE_PARTITION, 0, sizeof(struct hv_input_create_partition),
	     sizeof(struct hv_output_create_partition), create_partition),
	CALL(HVCALL_INITIALIZE_PARTITION, HC_FAST_OK,
	     sizeof(struct hv_input_initialize_partition), 0, initialize_partition),
	CALL(HVCALL_FINALIZE_PARTITION, HC_FAST_OK, sizeof(struct hv_input_finalize_partition), 0,
	     finalize_partition),
	CALL(HVCALL_DELETE_PARTITION, HC_FAST_OK, sizeof(struct hv_input_delete_partition), 0,
	     delete_partition),
	CALL(HVCALL_GET_MEMORY_BALANCE, 0, sizeof(struct hv_input_withdraw_memory),
	     sizeof(struct memory_balance), get_memory_balance),
	{
		.code = HVCALL_DEPOSIT_MEMORY, .flags = HC_PARENT | HC_REP,
		.in_size = sizeof(struct hv_deposit_memory), .in_rep = sizeof(uint64_t),
		.fn = deposit_memory, .name = "deposit_memory",
	}, {
		.code = HVCALL_WITHDRAW_MEMORY, .flags = HC_PARENT | HC_REP,
		.in_size = sizeof(struct hv_input_withdraw_memory), .out_rep = sizeof(uint64_t),
		.fn = withdraw_memory, .name = "withdraw_memory",
	},
	{ 0 },
};
