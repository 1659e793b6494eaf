// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls on the virtual processors of a child partition.
 */
#include <linux/mm.h>

#include "hvcall.h"

static u64 hv_try_create_vp(u64 partition_id, u32 index)
{
	CLASS(hv_args, args)(sizeof(struct hv_create_vp), 0);
	struct hv_create_vp *in = args.in;

	in->partition_id = partition_id;
	in->vp_index = index;
	in->subnode_type = HV_SUBNODE_ANY;
	return hv_make_call(HVCALL_CREATE_VP, in, NULL);
}

int hv_call_create_child_vp(u64 partition_id, u32 index)
{
	struct hv_deposit deposit = { .partition_id = partition_id };
	u64 status = HV_STATUS_INSUFFICIENT_MEMORY;

	if (hv_deposit_ahead(&deposit, HV_SLACK_PER_VP))
		return hv_deposit_end(&deposit, status);
	do {
		status = hv_try_create_vp(partition_id, index);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

int hv_call_delete_vp(u64 partition_id, u32 index)
{
	union hv_input_delete_vp in = {
		.partition_id = partition_id,
		.vp_index = index,
	};
	unsigned int tries = 0;
	u64 status;

	do {
		status = hv_make_fast_call16(HVCALL_DELETE_VP, in.as_uint64[0], in.as_uint64[1]);
	} while (hv_persist(status, &tries));
	return hv_status_to_errno(status);
}

static u64 hv_try_get_vp_register(u64 partition_id, u32 index, u32 name,
				  union hv_register_value *value)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_get_vp_registers) + sizeof(u32),
			     sizeof(*value));
	struct hv_input_get_vp_registers *in = args.in;
	u64 status;

	in->partition_id = partition_id;
	in->vp_index = index;
	in->names[0] = name;
	status = hv_make_rep_call(HVCALL_GET_VP_REGISTERS, 1, 0, in, args.out);
	if (hv_result_success(status))
		memcpy(value, args.out, sizeof(*value));
	return status;
}

int hv_call_get_vp_register(u64 partition_id, u32 index, u32 name,
			    union hv_register_value *value)
{
	return hv_status_to_errno(hv_try_get_vp_register(partition_id, index, name, value));
}

/* Few registers at a time: they fit into one call, which sets all of them or fails. */
int hv_call_set_vp_registers(u64 partition_id, u32 index, unsigned int nr,
			     const struct hv_register_assoc *regs)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_set_vp_registers), 0);
	struct hv_input_set_vp_registers *in = args.in;
	u64 status;

	in->partition_id = partition_id;
	in->vp_index = index;
	memcpy(in->elements, regs, nr * sizeof(*regs));
	status = hv_make_rep_call(HVCALL_SET_VP_REGISTERS, nr, 0, in, NULL);
	if (hv_result_success(status) && hv_repcomp(status) < nr)
		return -EIO;
	return hv_status_to_errno(status);
}

static u64 hv_try_map_vp_state_page(u64 partition_id, u32 index, u16 type, struct page *given,
				    struct page **page)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_map_vp_state_page),
			     sizeof(struct hv_output_map_vp_state_page));
	struct hv_input_map_vp_state_page *in = args.in;
	struct hv_output_map_vp_state_page *out = args.out;
	u64 status;

	in->partition_id = partition_id;
	in->vp_index = index;
	in->type = type;
	if (given) {
		in->flags.map_location_provided = 1;
		in->requested_map_location = page_to_pfn(given);
	}
	status = hv_make_call(HVCALL_MAP_VP_STATE_PAGE, in, out);
	if (hv_result_success(status))
		*page = given ?: pfn_to_page(out->map_location);
	return status;
}

/**
 * hv_call_map_vp_state_page - map a page that the hypervisor keeps for a VP
 * @partition_id: whose VP
 * @index: index of the VP
 * @type: enum hv_vp_state_page_type
 * @given: the page to put it over, or NULL to let the hypervisor choose
 * @page: out: where it is
 *
 * Return: 0 or a negative errno.
 */
int hv_call_map_vp_state_page(u64 partition_id, u32 index, u16 type,
			      struct page *given, struct page **page)
{
	struct hv_deposit deposit = { .partition_id = partition_id };
	u64 status;

	do {
		status = hv_try_map_vp_state_page(partition_id, index, type, given, page);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

static u64 hv_try_unmap_vp_state_page(u64 partition_id, u32 index, u16 type)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_unmap_vp_state_page), 0);
	struct hv_input_unmap_vp_state_page *in = args.in;

	in->partition_id = partition_id;
	in->vp_index = index;
	in->type = type;
	return hv_make_call(HVCALL_UNMAP_VP_STATE_PAGE, in, NULL);
}

int hv_call_unmap_vp_state_page(u64 partition_id, u32 index, u16 type)
{
	unsigned int tries = 0;
	u64 status;

	do {
		status = hv_try_unmap_vp_state_page(partition_id, index, type);
	} while (hv_persist(status, &tries));
	return hv_status_to_errno(status);
}

static u64 hv_try_get_vp_state(u64 partition_id, u32 index, const struct hv_vp_state_data *data,
			       struct page **pages, unsigned int nr,
			       union hv_output_get_vp_state *result)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_get_vp_state), sizeof(*result));
	struct hv_input_get_vp_state *in = args.in;
	unsigned int i;
	u64 status;

	in->partition_id = partition_id;
	in->vp_index = index;
	in->state_data = *data;
	for (i = 0; i < nr; i++)
		in->output_data_pfns[i] = page_to_pfn(pages[i]);
	status = hv_make_call(HVCALL_GET_VP_STATE |
				 (u64)nr << HV_HYPERCALL_VARHEAD_OFFSET, in, args.out);
	if (hv_result_success(status) && result)
		memcpy(result, args.out, sizeof(*result));
	return status;
}

/**
 * hv_call_get_vp_state - read a part of the state of a VP
 * @partition_id: whose VP
 * @index: index of the VP
 * @data: which part
 * @pages: where it goes, for parts that go to pages
 * @nr: number of @pages
 * @out: where it goes, for the others
 *
 * Return: 0 or a negative errno.
 */
int hv_call_get_vp_state(u64 partition_id, u32 index, const struct hv_vp_state_data *data,
			 struct page **pages, unsigned int nr,
			 union hv_output_get_vp_state *out)
{
	struct hv_deposit deposit = { .partition_id = partition_id };
	u64 status;

	if (nr > (HV_HYP_PAGE_SIZE - sizeof(struct hv_input_get_vp_state)) / sizeof(u64))
		return -EINVAL;
	do {
		status = hv_try_get_vp_state(partition_id, index, data, pages, nr, out);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

static u64 hv_try_set_vp_state(u64 partition_id, u32 index, const struct hv_vp_state_data *data,
			       struct page **pages, unsigned int nr, const void *bytes, size_t size)
{
	u64 varhead = nr ?: DIV_ROUND_UP(size, sizeof(u64));

	CLASS(hv_args, args)(sizeof(struct hv_input_set_vp_state) + varhead * sizeof(u64), 0);
	struct hv_input_set_vp_state *in = args.in;
	unsigned int i;

	in->partition_id = partition_id;
	in->vp_index = index;
	in->state_data = *data;
	for (i = 0; i < nr; i++)
		in->data[i].pfns = page_to_pfn(pages[i]);
	if (!nr)
		memcpy(in->data, bytes, size);
	return hv_make_call(HVCALL_SET_VP_STATE | varhead << HV_HYPERCALL_VARHEAD_OFFSET,
			       in, NULL);
}

/* The counterpart of hv_call_get_vp_state(). */
int hv_call_set_vp_state(u64 partition_id, u32 index, const struct hv_vp_state_data *data,
			 struct page **pages, unsigned int nr, const void *bytes, size_t size)
{
	size_t variable = nr ? nr * sizeof(u64) : size;

	if (variable > HV_HYP_PAGE_SIZE - sizeof(struct hv_input_set_vp_state))
		return -EINVAL;
	struct hv_deposit deposit = { .partition_id = partition_id };
	u64 status;

	do {
		status = hv_try_set_vp_state(partition_id, index, data, pages, nr, bytes, size);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

/* Context: any, interrupts may be off. */
int hv_call_assert_virtual_interrupt(u64 partition_id, u32 vector, u64 apic_id,
				     union hv_interrupt_control control)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_assert_virtual_interrupt), 0);
	struct hv_input_assert_virtual_interrupt *in = args.in;

	in->partition_id = partition_id;
	in->control = control;
	in->dest_addr = apic_id;
	in->vector = vector;
	return hv_status_to_errno(hv_make_call(HVCALL_ASSERT_VIRTUAL_INTERRUPT, in, NULL));
}

/* The headers of the kernel have the number of this call, not its layout. */
struct translate_input {
	u64 partition_id;
	u32 vp_index;
	u32 padding;
	u64 control_flags;
	u64 gva_page;
};

struct translate_output {
	u64 result;
	u64 gpa_page;
};

static_assert(sizeof(struct translate_input) == 32);
static_assert(sizeof(struct translate_output) == 16);

/* Returns the status, for the caller wants to tell failures apart. */
u64 hv_call_translate_gva(u64 partition_id, u32 index, u64 flags, u64 gva_page,
			  u64 *result, u64 *gpa_page)
{
	CLASS(hv_args, args)(sizeof(struct translate_input), sizeof(struct translate_output));
	struct translate_input *in = args.in;
	struct translate_output *out = args.out;
	u64 status;

	in->partition_id = partition_id;
	in->vp_index = index;
	in->control_flags = flags;
	in->gva_page = gva_page;
	status = hv_make_call(HVCALL_TRANSLATE_VIRTUAL_ADDRESS, in, out);
	*result = out->result;
	*gpa_page = out->gpa_page;
	return status;
}
