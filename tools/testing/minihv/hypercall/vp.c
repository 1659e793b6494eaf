// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls on VPs: look-up, creation, deletion, and the table of all of them. */
#include "device/interrupt.h"
#include "hypercall/calls.h"
#include "sched/sched.h"
#include "state/controls.h"
#include "state/create.h"
#include "state/page.h"
#include "synic/parent.h"

struct partition *hc_partition(struct hcall *c, uint64_t id, uint16_t *status)
{
	struct partition *p = partition_get(c->caller, id);

	*status = HV_STATUS_SUCCESS;
	if (!p)
		*status = HV_STATUS_INVALID_PARTITION_ID;
	else if (p->state != PARTITION_ACTIVE)
		*status = HV_STATUS_INVALID_PARTITION_STATE;
	if (p && *status != HV_STATUS_SUCCESS) {
		partition_put(p);
		p = NULL;
	}
	return p;
}

struct vp *hc_vp(struct hcall *c, uint64_t id, uint32_t index, uint16_t *status)
{
	struct partition *p = hc_partition(c, id, status);
	struct vp *vp;

	if (!p)
		return NULL;
	if (index == HV_VP_INDEX_SELF && p == c->caller)
		index = c->vp->index;
	vp = partition_vp(p, index);
	if (!vp) {
		*status = HV_STATUS_INVALID_VP_INDEX;
		partition_put(p);
	}
	return vp;
}

void hc_vp_put(struct vp *vp)
{
	partition_put(vp->partition);
}

/* The VP of root that stands for a logical processor; it waits for its SIPI. */
static uint16_t start_root_vp(struct vp *vp, struct cpu *cpu)
{
	vp->apic_id = cpu->apic_id;
	vp->home = cpu;
	vp->wait_for_sipi = true;
	vp->partition->vps[vp->index] = vp;
	vp->partition->nr_vps++;
	__atomic_store_n(&cpu->root_vp, vp, __ATOMIC_RELEASE);
	cpu_kick(cpu);
	return HV_STATUS_SUCCESS;
}

static uint16_t start_child_vp(struct vp *vp)
{
	vp->explicit_suspend = true;
	/* The first one is the boot processor; without APICs nobody could start the others. */
	vp->wait_for_sipi = vp->index &&
		vp->partition->flags & HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED;
	vp_control_exceptions(vp);
	sched_core_place(vp);
	__atomic_store_n(&vp->partition->vps[vp->index], vp, __ATOMIC_RELEASE);
	vp->partition->nr_vps++;
	return HV_STATUS_SUCCESS;
}

static uint16_t create_locked(struct partition *p, const struct hv_create_vp *in)
{
	bool child = partition_is_child(p);
	struct cpu *cpu = NULL;
	struct vp *vp;

	if (in->vp_index >= MAX_VPS)
		return HV_STATUS_INVALID_VP_INDEX;
	if (p->vps[in->vp_index])
		return HV_STATUS_INVALID_VP_INDEX;
	if (p->closing)
		return HV_STATUS_INVALID_PARTITION_STATE;
	if (!child) {
		if (in->flags >= nr_cpus || !cpus[in->flags].started)
			return HV_STATUS_INVALID_LP_INDEX;
		cpu = &cpus[in->flags];
		if (cpu->root_vp)
			return HV_STATUS_OBJECT_IN_USE;
	}
	vp = vp_create(p, in->vp_index);
	if (!vp)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	return child ? start_child_vp(vp) : start_root_vp(vp, cpu);
}

static uint16_t create_vp(struct hcall *c)
{
	const struct hv_create_vp *in = c->in;
	uint16_t status;
	struct partition *p = hc_partition(c, in->partition_id, &status);

	if (!p)
		return status;
	spin_lock(&p->lock);
	status = create_locked(p, in);
	spin_unlock(&p->lock);
	partition_put(p);
	return status;
}

void vp_stop_for_good(struct vp *vp)
{
	spin_lock(&vp->lock);
	vp->dispatch_suspend = true;	/* no more signals either */
	vp->explicit_suspend = true;
	spin_unlock(&vp->lock);
	vp_push_out(vp);
}

/* No lock of the partition is held; nobody else can find the VP any more. */
void vp_remove(struct vp *vp)
{
	struct partition *p = vp->partition;

	sched_core_remove(vp);
	if (vp->register_page)
		statepage_unmap(p->parent, vp, HV_VP_STATE_PAGE_REGISTERS);
	if (vp->intercept_page)
		statepage_unmap(p->parent, vp, HV_VP_STATE_PAGE_INTERCEPT_MESSAGE);
	parent_cancel_all(vp);
	spin_lock(&p->lock);
	p->vps[vp->index] = NULL;
	p->nr_vps--;
	spin_unlock(&p->lock);
	interrupts_settle();
	vp_destroy(vp);
}

static uint16_t begin_closing(struct partition *p, uint32_t index, struct vp **vp)
{
	uint16_t status = HV_STATUS_SUCCESS;

	spin_lock(&p->lock);
	if (!partition_is_child(p))
		status = HV_STATUS_ACCESS_DENIED;
	else if (p->closing)
		status = HV_STATUS_INVALID_PARTITION_STATE;
	else if (index >= MAX_VPS || !p->vps[index])
		status = HV_STATUS_INVALID_VP_INDEX;
	if (status == HV_STATUS_SUCCESS) {
		*vp = p->vps[index];
		p->closing = true;
	}
	spin_unlock(&p->lock);
	return status;
}

static void with_each_vp(struct partition *p, void (*fn)(struct vp *vp))
{
	uint32_t i;

	for (i = 0; i < MAX_VPS; i++)
		if (p->vps[i])
			fn(p->vps[i]);
}

/*
 * While the VP goes, no VP of the partition is to be found, and none runs, so
 * that whoever uses the partition comes to an end.
 */
static uint16_t delete_vp(struct hcall *c)
{
	const union hv_input_delete_vp *in = c->in;
	uint16_t status;
	struct partition *p = hc_partition(c, in->partition_id, &status);
	struct vp *vp;

	if (!p)
		return status;
	status = begin_closing(p, in->vp_index, &vp);
	if (status == HV_STATUS_SUCCESS) {
		vp_stop_for_good(vp);
		with_each_vp(p, vp_push_out);
		partition_wait_users(p);
		vp_remove(vp);
		__atomic_store_n(&p->closing, false, __ATOMIC_SEQ_CST);
		with_each_vp(p, vp_wake);
	}
	partition_put(p);
	return status;
}

#define CALL(_code, _flags, _in, _out, _fn) \
	{ .code = _code, .flags = HC_PARENT | (_flags), .in_size = _in, .out_size = _out, \
	  .fn = _fn, .name = #_fn }

const struct hcall_entry hc_vp_table[] = {
	CALL(HVCALL_SCRUB_PARTITION, HC_FAST_OK, sizeof(uint64_t), 0, hc_scrub_partition),
	CALL(HVCALL_CREATE_VP, 0, sizeof(struct hv_create_vp), 0, create_vp),
	CALL(HVCALL_DELETE_VP, HC_FAST_OK, sizeof(union hv_input_delete_vp), 0, delete_vp),
	CALL(HVCALL_DISPATCH_VP, 0, sizeof(struct hv_input_dispatch_vp),
	     sizeof(struct hv_output_dispatch_vp), hc_dispatch_vp),
	CALL(HVCALL_MAP_VP_STATE_PAGE, 0, sizeof(struct hv_input_map_vp_state_page),
	     sizeof(struct hv_output_map_vp_state_page), hc_map_state_page),
	CALL(HVCALL_UNMAP_VP_STATE_PAGE, 0, sizeof(struct hv_input_unmap_vp_state_page), 0,
	     hc_unmap_state_page),
	CALL(HVCALL_TRANSLATE_VIRTUAL_ADDRESS, 0,
	     sizeof(struct hv_input_translate_virtual_address),
	     sizeof(struct hv_output_translate_virtual_address), hc_translate_address),
	CALL(HVCALL_READ_GPA, 0, sizeof(struct hv_input_read_gpa),
	     sizeof(struct hv_output_read_gpa), hc_read_gpa),
	CALL(HVCALL_WRITE_GPA, 0, sizeof(struct hv_input_write_gpa),
	     sizeof(struct hv_output_write_gpa), hc_write_gpa),
	CALL(HVCALL_INSTALL_INTERCEPT, 0, sizeof(struct hv_input_install_intercept), 0,
	     hc_install_intercept),
	CALL(HVCALL_REGISTER_INTERCEPT_RESULT, 0,
	     sizeof(struct hv_input_register_intercept_result), 0, hc_register_result),
	CALL(HVCALL_ASSERT_VIRTUAL_INTERRUPT, 0, sizeof(struct hv_input_assert_virtual_interrupt),
	     0, hc_assert_interrupt),
	CALL(HVCALL_CLEAR_VIRTUAL_INTERRUPT, HC_FAST_OK, sizeof(uint64_t), 0, hc_clear_interrupt),
	{
		.code = HVCALL_GET_VP_REGISTERS, .flags = HC_PARENT | HC_REP,
		.in_size = sizeof(struct hv_input_get_vp_registers), .in_rep = sizeof(uint32_t),
		.out_rep = sizeof(union hv_register_value), .fn = hc_get_registers,
		.name = "get_registers",
	}, {
		.code = HVCALL_SET_VP_REGISTERS, .flags = HC_PARENT | HC_REP,
		.in_size = sizeof(struct hv_input_set_vp_registers),
		.in_rep = sizeof(struct hv_register_assoc), .fn = hc_set_registers,
		.name = "set_registers",
	}, {
		.code = HVCALL_GET_VP_CPUID_VALUES, .flags = HC_PARENT | HC_REP,
		.in_size = sizeof(struct hv_input_get_vp_cpuid_values),
		.in_rep = sizeof(struct hv_cpuid_leaf_info),
		.out_rep = sizeof(union hv_output_get_vp_cpuid_values), .fn = hc_cpuid_values,
		.name = "get_cpuid_values",
	},
	{ 0 },
};
