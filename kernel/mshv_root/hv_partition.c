// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls on whole partitions.
 */
#include "hvcall.h"

static u64 hv_try_create_partition(u64 flags,
				   const struct hv_partition_creation_properties *properties,
				   u64 *id)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_create_partition),
			     sizeof(struct hv_output_create_partition));
	struct hv_input_create_partition *in = args.in;
	struct hv_output_create_partition *out = args.out;
	u64 status;

	in->flags = flags;
	in->compatibility_version = HV_COMPATIBILITY_21_H2;
	in->partition_creation_properties = *properties;
	status = hv_make_call(HVCALL_CREATE_PARTITION, in, out);
	if (hv_result_success(status))
		*id = out->partition_id;
	return status;
}

int hv_call_create_partition(u64 flags,
			     const struct hv_partition_creation_properties *properties,
			     u64 *id)
{
	struct hv_deposit deposit = { .partition_id = hv_current_partition_id };
	u64 status;

	do {
		status = hv_try_create_partition(flags, properties, id);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

int hv_call_initialize_partition(u64 id)
{
	struct hv_deposit deposit = { .partition_id = id };
	u64 status = HV_STATUS_INSUFFICIENT_MEMORY;

	if (hv_deposit_ahead(&deposit, HV_SLACK_PER_PARTITION))
		return hv_deposit_end(&deposit, status);
	do {
		status = hv_make_fast_call8(HVCALL_INITIALIZE_PARTITION, id);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

int hv_call_finalize_partition(u64 id)
{
	unsigned int tries = 0;
	u64 status;

	do {
		status = hv_make_fast_call8(HVCALL_FINALIZE_PARTITION, id);
	} while (hv_persist(status, &tries));
	return hv_status_to_errno(status);
}

int hv_call_delete_partition(u64 id)
{
	unsigned int tries = 0;
	u64 status;

	do {
		status = hv_make_fast_call8(HVCALL_DELETE_PARTITION, id);
	} while (hv_persist(status, &tries));
	return hv_status_to_errno(status);
}

int hv_call_get_partition_property(u64 id, u32 code, u64 *value)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_get_partition_property),
			     sizeof(struct hv_output_get_partition_property));
	struct hv_input_get_partition_property *in = args.in;
	struct hv_output_get_partition_property *out = args.out;
	u64 status;

	in->partition_id = id;
	in->property_code = code;
	status = hv_make_call(HVCALL_GET_PARTITION_PROPERTY, in, out);
	if (hv_result_success(status))
		*value = out->property_value;
	return hv_status_to_errno(status);
}

int hv_call_get_partition_property_ex(u64 id, u32 code, void *value, size_t size)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_get_partition_property_ex), size);
	struct hv_input_get_partition_property_ex *in = args.in;
	u64 status;

	in->partition_id = id;
	in->property_code = code;
	status = hv_make_call(HVCALL_GET_PARTITION_PROPERTY_EX, in, args.out);
	if (hv_result_success(status))
		memcpy(value, args.out, size);
	return hv_status_to_errno(status);
}

int hv_call_get_scheduler_type(enum hv_scheduler_type *type)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_get_system_property),
			     sizeof(struct hv_output_get_system_property));
	struct hv_input_get_system_property *in = args.in;
	struct hv_output_get_system_property *out = args.out;
	u64 status;

	in->property_id = HV_SYSTEM_PROPERTY_SCHEDULER_TYPE;
	status = hv_make_call(HVCALL_GET_SYSTEM_PROPERTY, in, out);
	if (hv_result_success(status))
		*type = out->scheduler_type;
	return hv_status_to_errno(status);
}
