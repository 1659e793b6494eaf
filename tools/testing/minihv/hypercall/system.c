// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls about the machine: processors, properties, events, sleep. */
#include "base/power.h"
#include "hypercall/hcall.h"

static uint16_t get_partition_id(struct hcall *c)
{
	*(uint64_t *)c->out = c->caller->id;
	return HV_STATUS_SUCCESS;
}

/* Root asks this of a processor to see whether it has added it already. */
static uint16_t get_lp_run_time(struct hcall *c)
{
	const struct hv_input_get_logical_processor_run_time *in = c->in;
	struct hv_output_get_logical_processor_run_time *out = c->out;

	if (in->lp_index >= nr_cpus || !cpus[in->lp_index].started)
		return HV_STATUS_INVALID_LP_INDEX;
	out->global_time = time_ref();
	out->local_run_time = cpus[in->lp_index].root_vp ?
			      vp_run_time(cpus[in->lp_index].root_vp) : 0;
	return HV_STATUS_SUCCESS;
}

static uint16_t add_logical_processor(struct hcall *c)
{
	const struct hv_input_add_logical_processor *in = c->in;
	struct hv_output_add_logical_processor *out = c->out;
	struct cpu *cpu;

	if (in->lp_index >= nr_cpus)
		return HV_STATUS_INVALID_LP_INDEX;
	cpu = &cpus[in->lp_index];
	if (cpu->apic_id != in->apic_id)
		return HV_STATUS_INVALID_PARAMETER;
	if (__atomic_exchange_n(&cpu->started, true, __ATOMIC_ACQ_REL))
		return HV_STATUS_OPERATION_DENIED;
	out->startup_status.hv_status = HV_STATUS_SUCCESS;
	return HV_STATUS_SUCCESS;
}

static uint16_t notify_partition_event(struct hcall *c)
{
	const struct hv_input_notify_partition_event *in = c->in;

	switch (in->event) {
	case HV_PARTITION_ALL_LOGICAL_PROCESSORS_STARTED:
		return HV_STATUS_SUCCESS;
	case HV_PARTITION_EVENT_ROOT_CRASHDUMP:
		hv_log("root says that it crashed (action %u)",
		       in->input.crashdump_input.crashdump_action);
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

static uint16_t unknown_property(uint32_t id, const char *access)
{
	if (hv_first(access, id))
		hv_strict("system property %u %s", id, access);
	return HV_STATUS_UNKNOWN_PROPERTY;
}

static uint16_t get_system_property(struct hcall *c)
{
	static const char read[] = "read";
	const struct hv_input_get_system_property *in = c->in;
	struct hv_output_get_system_property *out = c->out;

	switch (in->property_id) {
	case HV_SYSTEM_PROPERTY_SCHEDULER_TYPE:
		out->scheduler_type = options.core_scheduler ? HV_SCHEDULER_TYPE_CORE_SMT :
							       HV_SCHEDULER_TYPE_ROOT;
		return HV_STATUS_SUCCESS;
	case HV_DYNAMIC_PROCESSOR_FEATURE_PROPERTY:
		out->hv_processor_feature_value = 0;
		return HV_STATUS_SUCCESS;
	case HV_SYSTEM_PROPERTY_CRASHDUMPAREA:
		return HV_STATUS_UNKNOWN_PROPERTY;	/* asked for by kernels with crash dumps */
	default:
		return unknown_property(in->property_id, read);
	}
}

static uint16_t set_system_property(struct hcall *c)
{
	static const char written[] = "written";
	static bool locked;
	const struct hv_input_set_system_property *in = c->in;
	const struct hv_sleep_state_info *info = &in->set_sleep_state_info;

	if (in->property_id != HV_SYSTEM_PROPERTY_SLEEP_STATE)
		return unknown_property(in->property_id, written);
	if (locked)
		return HV_STATUS_OPERATION_DENIED;
	if (info->sleep_state == HV_SLEEP_STATE_LOCK)
		locked = true;
	else if (info->sleep_state == HV_SLEEP_STATE_S5)
		sleep_type_s5 = info->pm1a_slp_typ & 7;
	else if (info->sleep_state < HV_SLEEP_STATE_S1 || info->sleep_state > HV_SLEEP_STATE_S5)
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

static uint16_t enter_sleep_state(struct hcall *c)
{
	const struct hv_input_enter_sleep_state *in = c->in;

	if (in->sleep_state != HV_SLEEP_STATE_S5)
		return HV_STATUS_INVALID_PARAMETER;
	machine_power_off();
}

static uint16_t get_vp_index_from_apic_id(struct hcall *c)
{
	const struct hv_get_vp_from_apic_id_in *in = c->in;
	uint32_t *out = c->out;
	struct partition *p = partition_get(c->caller, in->partition_id);
	uint16_t status = HV_STATUS_SUCCESS;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	for (c->done = c->start; c->done < c->reps && status == HV_STATUS_SUCCESS; c->done++) {
		uint32_t i;

		for (i = 0; i < MAX_VPS; i++) {
			const struct vp *vp = partition_vp(p, i);

			if (vp && vp->apic_id == in->apic_ids[c->done])
				break;
		}
		if (i == MAX_VPS) {
			status = HV_STATUS_INVALID_PARAMETER;
			break;
		}
		out[c->done] = i;
	}
	partition_put(p);
	return status;
}

static uint16_t query_ext_capabilities(struct hcall *c)
{
	*(uint64_t *)c->out = 0;
	return HV_STATUS_SUCCESS;
}

const struct hcall_entry hc_system_table[] = {
	{ .code = HVCALL_GET_PARTITION_ID, .flags = HC_PARENT, .out_size = 8,
	  .fn = get_partition_id, .name = "GET_PARTITION_ID" },
	{ .code = HVCALL_GET_LOGICAL_PROCESSOR_RUN_TIME, .flags = HC_ROOT,
	  .in_size = sizeof(struct hv_input_get_logical_processor_run_time),
	  .out_size = sizeof(struct hv_output_get_logical_processor_run_time),
	  .fn = get_lp_run_time, .name = "GET_LOGICAL_PROCESSOR_RUN_TIME" },
	{ .code = HVCALL_ADD_LOGICAL_PROCESSOR, .flags = HC_ROOT,
	  .in_size = sizeof(struct hv_input_add_logical_processor),
	  .out_size = sizeof(struct hv_output_add_logical_processor),
	  .fn = add_logical_processor, .name = "ADD_LOGICAL_PROCESSOR" },
	{ .code = HVCALL_NOTIFY_PARTITION_EVENT, .flags = HC_PARENT,
	  .in_size = sizeof(struct hv_input_notify_partition_event),
	  .fn = notify_partition_event, .name = "NOTIFY_PARTITION_EVENT" },
	{ .code = HVCALL_GET_SYSTEM_PROPERTY, .flags = HC_PARENT,
	  .in_size = sizeof(struct hv_input_get_system_property),
	  .out_size = sizeof(struct hv_output_get_system_property),
	  .fn = get_system_property, .name = "GET_SYSTEM_PROPERTY" },
	{ .code = HVCALL_SET_SYSTEM_PROPERTY, .flags = HC_ROOT,
	  .in_size = sizeof(struct hv_input_set_system_property),
	  .fn = set_system_property, .name = "SET_SYSTEM_PROPERTY" },
	{ .code = HVCALL_ENTER_SLEEP_STATE, .flags = HC_ROOT | HC_FAST_OK,
	  .in_size = sizeof(struct hv_input_enter_sleep_state),
	  .fn = enter_sleep_state, .name = "ENTER_SLEEP_STATE" },
	{ .code = HVCALL_GET_VP_INDEX_FROM_APIC_ID, .flags = HC_PARENT | HC_REP,
	  .in_size = sizeof(struct hv_get_vp_from_apic_id_in), .in_rep = 4, .out_rep = 4,
	  .fn = get_vp_index_from_apic_id, .name = "GET_VP_INDEX_FROM_APIC_ID" },
	{ .code = HV_EXT_CALL_QUERY_CAPABILITIES, .flags = HC_ANY, .out_size = 8,
	  .fn = query_ext_capabilities, .name = "QUERY_CAPABILITIES" },
	{ 0 }
};
