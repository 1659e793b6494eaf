// SPDX-License-Identifier: GPL-2.0-only
/* Partition properties: what each is, when it can be set, and to what. */
#include "hcall.h"
#include "host_features.h"
#include "property.h"
#include "vpcall.h"

/* When a property can be set: bits by enum partition_state. */
#define EARLY	BIT(PARTITION_CREATED)
#define ACTIVE	BIT(PARTITION_ACTIVE)
#define ALWAYS	(EARLY | ACTIVE)

/* Groups of properties that Hyper-V has: what is missing in one of them is our gap. */
#define PROPERTY_GROUP_SHIFT	16
#define LAST_PROPERTY_GROUP	0x9

struct property {
	uint32_t code;
	uint32_t set_in;	/* states, 0: read only */
	uint64_t (*get)(const struct partition *p);
	uint16_t (*set)(struct partition *p, uint64_t value);
};

static uint64_t get_privileges(const struct partition *p)
{
	return p->props.privileges;
}

static uint16_t set_privileges(struct partition *p, uint64_t value)
{
	p->props.privileges = value;
	return HV_STATUS_SUCCESS;
}

static uint64_t get_synthetic(const struct partition *p)
{
	return p->props.synthetic_features;
}

static uint16_t set_synthetic(struct partition *p, uint64_t value)
{
	if (value & ~ASSIGNABLE_SYNTHETIC_FEATURES)
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	p->props.synthetic_features = value;
	return HV_STATUS_SUCCESS;
}

/* L1VH with the hypervisor's root scheduler is told so by this property. */
static uint64_t get_integrated(const struct partition *p)
{
	return p->type == PARTITION_L1VH && !options.core_scheduler;
}

static uint64_t get_freeze(const struct partition *p)
{
	return p->frozen_at != ~0ull;
}

static uint64_t get_socket(const struct partition *p)
{
	return p->props.processors_per_socket;
}

static uint16_t set_socket(struct partition *p, uint64_t value)
{
	if (value > MAX_VPS)
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	p->props.processors_per_socket = value;
	return HV_STATUS_SUCCESS;
}

static uint64_t get_tracking(const struct partition *p)
{
	return p->props.access_tracking;
}

static uint64_t get_msr_action(const struct partition *p)
{
	return p->props.unimplemented_msr_action;
}

static uint16_t set_msr_action(struct partition *p, uint64_t value)
{
	if (value > HV_UNIMPLEMENTED_MSR_ACTION_IGNORE_WRITE_READ_ZERO)
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	p->props.unimplemented_msr_action = value;
	return HV_STATUS_SUCCESS;
}

static uint64_t get_vendor(const struct partition *p)
{
	(void)p;
	return host_is_amd() ? 0 : 1;
}

static uint64_t get_xsave_features(const struct partition *p)
{
	return host_xsave_features() & ~p->disabled_xsave;
}

static uint64_t get_address_width(const struct partition *p)
{
	(void)p;
	return host_address_width();
}

static uint64_t get_xsave_states(const struct partition *p)
{
	(void)p;
	return host_xsave_states();
}

static uint64_t get_xsave_size(const struct partition *p)
{
	(void)p;
	return host_xsave_size();
}

static uint64_t get_clock(const struct partition *p)
{
	(void)p;
	return tsc_hz();
}

static uint64_t features(const struct partition *p, unsigned int bank)
{
	uint64_t banks[2];

	host_processor_features(banks);
	return banks[bank] & ~p->disabled_features[bank];
}

static uint64_t get_features0(const struct partition *p)
{
	return features(p, 0);
}

static uint64_t get_features1(const struct partition *p)
{
	return features(p, 1);
}

#define READ_ONLY(_code, _get)		{ HV_PARTITION_PROPERTY_##_code, 0, _get, NULL }
#define SETTABLE(_code, _in, _get, _set) { HV_PARTITION_PROPERTY_##_code, _in, _get, _set }

static const struct property properties[] = {
	SETTABLE(PRIVILEGE_FLAGS, EARLY, get_privileges, set_privileges),
	SETTABLE(SYNTHETIC_PROC_FEATURES, EARLY, get_synthetic, set_synthetic),
	READ_ONLY(INTEGRATED_SCHEDULER_ENABLED, get_integrated),
	SETTABLE(TIME_FREEZE, ACTIVE, get_freeze, property_freeze),
	SETTABLE(REFERENCE_TIME, ACTIVE, partition_time, property_set_time),
	SETTABLE(PROCESSORS_PER_SOCKET, ALWAYS, get_socket, set_socket),
	SETTABLE(GPA_PAGE_ACCESS_TRACKING, ACTIVE, get_tracking, property_track),
	SETTABLE(UNIMPLEMENTED_MSR_ACTION, ALWAYS, get_msr_action, set_msr_action),
	READ_ONLY(PROCESSOR_VENDOR, get_vendor),
	READ_ONLY(PROCESSOR_XSAVE_FEATURES, get_xsave_features),
	READ_ONLY(PHYSICAL_ADDRESS_WIDTH, get_address_width),
	READ_ONLY(XSAVE_STATES, get_xsave_states),
	READ_ONLY(MAX_XSAVE_DATA_SIZE, get_xsave_size),
	READ_ONLY(PROCESSOR_CLOCK_FREQUENCY, get_clock),
	READ_ONLY(PROCESSOR_FEATURES0, get_features0),
	READ_ONLY(PROCESSOR_FEATURES1, get_features1),
};

static const struct property *find(uint32_t code)
{
	static const char kind[] = "property";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(properties); i++)
		if (properties[i].code == code)
			return &properties[i];
	if (!hv_first(kind, code))
		return NULL;
	if (code >> PROPERTY_GROUP_SHIFT <= LAST_PROPERTY_GROUP)
		hv_strict("unknown partition property 0x%x", code);
	else
		hv_log("no such group of partition properties: 0x%x", code);
	return NULL;
}

static uint16_t get_property(struct hcall *c)
{
	const struct hv_input_get_partition_property *in = c->in;
	struct hv_output_get_partition_property *out = c->out;
	const struct property *property = find(in->property_code);
	struct partition *p = partition_get(c->caller, in->partition_id);

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (property)
		out->property_value = property->get(p);
	partition_put(p);
	return property ? HV_STATUS_SUCCESS : HV_STATUS_UNKNOWN_PROPERTY;
}

/* Only a parent sets properties, of its children alone. */
static uint16_t set_property(struct hcall *c)
{
	const struct hv_input_set_partition_property *in = c->in;
	const struct property *property = find(in->property_code);
	struct partition *p = partition_get(c->caller, in->partition_id);
	uint16_t status;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (!property)
		status = HV_STATUS_UNKNOWN_PROPERTY;
	else if (!partition_is_child(p) || !property->set)
		status = HV_STATUS_ACCESS_DENIED;
	else if (!(property->set_in & BIT(p->state)))
		status = HV_STATUS_INVALID_PARTITION_STATE;
	else
		status = property->set(p, in->property_value);
	partition_put(p);
	return status;
}

static void get_vmm_capabilities(struct partition *p,
				 struct hv_output_get_partition_property_ex *out)
{
	struct hv_partition_property_vmm_capabilities caps = {
		.bank_count = HV_PARTITION_VMM_CAPABILITIES_BANK_COUNT,
	};

	caps.assignable_synthetic_proc_features = 1;
	if (p->type == PARTITION_L1VH) {
		caps.vmm_can_provide_overlay_gpfn = 1;
		caps.vmm_enable_integrated_scheduler = !options.core_scheduler;
	}
	out->property_value.vmm_capabilities = caps;
}

static uint16_t get_property_ex(struct hcall *c)
{
	const struct hv_input_get_partition_property_ex *in = c->in;
	struct hv_output_get_partition_property_ex *out = c->out;
	struct partition *p = partition_get(c->caller, in->partition_id);
	uint16_t status = HV_STATUS_SUCCESS;
	const struct property *property;
	uint64_t value = 0;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (in->property_code == HV_PARTITION_PROPERTY_VMM_CAPABILITIES) {
		get_vmm_capabilities(p, out);
	} else if (in->property_code == HV_PARTITION_PROPERTY_ASSIGNABLE_SYNTHETIC_PROC_FEATURES) {
		value = ASSIGNABLE_SYNTHETIC_FEATURES;
		memcpy(out->property_value.buffer, &value, sizeof(value));
	} else {
		property = find(in->property_code);
		if (property)
			value = property->get(p);
		else
			status = HV_STATUS_UNKNOWN_PROPERTY;
		memcpy(out->property_value.buffer, &value, sizeof(value));
	}
	partition_put(p);
	return status;
}

const struct hcall_entry hc_property_table[] = {
	{
		.code = HVCALL_GET_PARTITION_PROPERTY, .flags = HC_PARENT,
		.in_size = sizeof(struct hv_input_get_partition_property),
		.out_size = sizeof(struct hv_output_get_partition_property),
		.fn = get_property, .name = "get_partition_property",
	}, {
		.code = HVCALL_SET_PARTITION_PROPERTY, .flags = HC_PARENT,
		.in_size = sizeof(struct hv_input_set_partition_property),
		.fn = set_property, .name = "set_partition_property",
	}, {
		.code = HVCALL_GET_PARTITION_PROPERTY_EX, .flags = HC_PARENT,
		.in_size = sizeof(struct hv_input_get_partition_property_ex),
		.out_size = sizeof(struct hv_output_get_partition_property_ex),
		.fn = get_property_ex, .name = "get_partition_property_ex",
	},
	{ 0 },
};
