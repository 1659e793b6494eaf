// SPDX-License-Identifier: GPL-2.0-only
/* Partition properties: what each is, when it can be set, and to what. */
#include "hypercall/property.h"
#include "cpu/host_features.h"
#include "hypercall/calls.h"
#include "state/cpuid.h"

/* When a property can be set: bits by enum partition_state. */
#define EARLY	BIT(PARTITION_CREATED)
#define ACTIVE	BIT(PARTITION_ACTIVE)
#define ALWAYS	(EARLY | ACTIVE)

/* Groups of properties that Hyper-V has: what is missing in one of them is our gap. */
#define PROPERTY_GROUP_SHIFT	16
#define LAST_PROPERTY_GROUP	0x9

/*
 * One that is but kept has no functions: its value is at an offset of struct
 * partition, and @max is the highest value, or, of a mask, the bits that may be set.
 */
struct property {
	uint32_t code;
	uint32_t set_in;	/* states, 0: read only */
	uint64_t (*get)(const struct partition *p);
	uint16_t (*set)(struct partition *p, uint64_t value);
	uint32_t kept_at;
	bool is_mask;
	uint64_t max;
};

static uint64_t get_privileges(const struct partition *p)
{
	return partition_is_child(p) ? p->props.privileges : cpuid_parent_privileges(p);
}

static uint16_t set_privileges(struct partition *p, uint64_t value)
{
	p->props.privileges = value;
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

static uint64_t get_tracking(const struct partition *p)
{
	return p->npt.tracked;
}

static uint64_t get_vendor(const struct partition *p)
{
	(void)p;
	return host_is_amd() ? 0 : 1;
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

static uint64_t features(const struct partition *p, enum host_bank bank)
{
	uint64_t banks[HOST_BANKS];

	host_features(banks);
	return banks[bank] & ~p->disabled_features[bank];
}

static uint64_t get_features0(const struct partition *p)
{
	return features(p, HOST_BANK0);
}

static uint64_t get_features1(const struct partition *p)
{
	return features(p, HOST_BANK1);
}

static uint64_t get_xsave_features(const struct partition *p)
{
	return features(p, HOST_XSAVE);
}

#define READ_ONLY(_code, _get) \
	{ .code = HV_PARTITION_PROPERTY_##_code, .get = _get }
#define SETTABLE(_code, _in, _get, _set) \
	{ .code = HV_PARTITION_PROPERTY_##_code, .set_in = _in, .get = _get, .set = _set }
#define KEPT(_code, _in, _member, _is_mask, _max) \
	{ .code = HV_PARTITION_PROPERTY_##_code, .set_in = _in, \
	  .kept_at = offsetof(struct partition, props._member), .is_mask = _is_mask, .max = _max }

static const struct property properties[] = {
	SETTABLE(PRIVILEGE_FLAGS, EARLY, get_privileges, set_privileges),
	KEPT(SYNTHETIC_PROC_FEATURES, EARLY, synthetic_features, true,
	     ASSIGNABLE_SYNTHETIC_FEATURES),
	READ_ONLY(INTEGRATED_SCHEDULER_ENABLED, get_integrated),
	SETTABLE(TIME_FREEZE, ACTIVE, get_freeze, property_freeze),
	SETTABLE(REFERENCE_TIME, ACTIVE, partition_time, property_set_time),
	KEPT(PROCESSORS_PER_SOCKET, ALWAYS, processors_per_socket, false, MAX_VPS),
	SETTABLE(GPA_PAGE_ACCESS_TRACKING, ACTIVE, get_tracking, property_track),
	KEPT(UNIMPLEMENTED_MSR_ACTION, ALWAYS, unimplemented_msr_action, false,
	     HV_UNIMPLEMENTED_MSR_ACTION_IGNORE_WRITE_READ_ZERO),
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

static uint64_t get_value(const struct property *property, const struct partition *p)
{
	if (property->get)
		return property->get(p);
	return *(const uint64_t *)((const uint8_t *)p + property->kept_at);
}

static uint16_t set_value(const struct property *property, struct partition *p, uint64_t value)
{
	if (property->set)
		return property->set(p, value);
	if (property->is_mask ? value & ~property->max : value > property->max)
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	*(uint64_t *)((uint8_t *)p + property->kept_at) = value;
	return HV_STATUS_SUCCESS;
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
		out->property_value = get_value(property, p);
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
	else if (!partition_is_child(p) || !property->set_in)
		status = HV_STATUS_ACCESS_DENIED;
	else if (!(property->set_in & BIT(p->state)))
		status = HV_STATUS_INVALID_PARTITION_STATE;
	else
		status = set_value(property, p, in->property_value);
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

static void get_assignable_features(struct hv_output_get_partition_property_ex *out)
{
	out->property_value.assignable_synthetic_proc_features =
		(struct hv_partition_property_synthetic_processor_features){
			.bank_count = HV_PARTITION_SYNTHETIC_PROCESSOR_FEATURES_BANKS,
			.features.as_uint64 = { ASSIGNABLE_SYNTHETIC_FEATURES },
		};
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
		get_assignable_features(out);
	} else {
		property = find(in->property_code);
		if (property)
			value = get_value(property, p);
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
