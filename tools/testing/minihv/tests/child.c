// SPDX-License-Identifier: GPL-2.0-only
/* Child partitions: made, emptied, deleted; their memory and registers. */
#include "child.h"

#define CALL_DEPOSIT		16	/* pages when a call asks for more */
#define WITHDRAW_BATCH		512
#define MAX_DEPOSITS		64

static void must(uint16_t status, const char *what)
{
	if (status != HV_STATUS_SUCCESS)
		bail_out("%s: status 0x%x", what, status);
}

uint16_t deposit(uint64_t id, unsigned int pages, uint64_t *deposited)
{
	struct hv_deposit_memory *in = hc_in;
	struct hcall_result r;
	unsigned int i;

	in->partition_id = id;
	for (i = 0; i < pages; i++)
		in->gpa_page_list[i] = (uint64_t)alloc_pages(1) / PAGE_SIZE;
	r = hcall(HVCALL_DEPOSIT_MEMORY | REPS(pages));
	if (deposited)
		*deposited += r.reps;
	return r.status;
}

uint16_t call_with_deposit(uint64_t control, uint64_t id, uint64_t *deposited)
{
	static uint8_t saved[PAGE_SIZE];
	unsigned int tries;
	uint16_t status;

	memcpy(saved, hc_in, PAGE_SIZE);
	for (tries = 0; tries < MAX_DEPOSITS; tries++) {
		memcpy(hc_in, saved, PAGE_SIZE);
		status = hcall(control).status;
		if (status != HV_STATUS_INSUFFICIENT_MEMORY)
			return status;
		must(deposit(id, CALL_DEPOSIT, deposited), "deposit");
	}
	return status;
}

uint64_t withdraw(uint64_t id)
{
	struct hv_input_withdraw_memory *in = hc_in;
	struct hcall_result r;
	uint64_t total = 0;
	unsigned int i;

	do {
		memset(in, 0, sizeof(*in));
		in->partition_id = id;
		r = hcall(HVCALL_WITHDRAW_MEMORY | REPS(WITHDRAW_BATCH));
		for (i = 0; i < r.reps; i++)
			free_page(((uint64_t *)hc_out)[i] * PAGE_SIZE);
		total += r.reps;
	} while (r.status == HV_STATUS_SUCCESS);
	if (r.status != HV_STATUS_NO_RESOURCES)
		bail_out("withdraw: status 0x%x", r.status);
	return total;
}

void child_create(struct child *c, uint64_t flags)
{
	struct hv_input_create_partition *in = hc_in;

	memset(c, 0, sizeof(*c));
	memset(in, 0, PAGE_SIZE);
	in->flags = flags;
	in->compatibility_version = HV_COMPATIBILITY_21_H2;
	must(call_with_deposit(HVCALL_CREATE_PARTITION, HV_PARTITION_ID_SELF, NULL),
	     "create partition");
	c->id = ((struct hv_output_create_partition *)hc_out)->partition_id;
	synic_register(c, true);
}

void child_initialize(struct child *c)
{
	uint16_t status;

	do {
		status = hcall_fast(HVCALL_INITIALIZE_PARTITION, c->id, 0).status;
		if (status == HV_STATUS_INSUFFICIENT_MEMORY)
			must(deposit(c->id, CALL_DEPOSIT, &c->deposited), "deposit");
	} while (status == HV_STATUS_INSUFFICIENT_MEMORY);
	must(status, "initialize partition");
}

void child_make(struct child *c, uint64_t flags, unsigned int vps)
{
	child_create(c, flags);
	child_complete(c, vps);
}

void child_complete(struct child *c, unsigned int vps)
{
	unsigned int i;

	child_initialize(c);
	c->memory = alloc_pages(GUEST_PAGES);
	must(child_map(c, 0, (uint64_t)c->memory, GUEST_PAGES, MAP_ALL), "map");
	for (i = 0; i < vps; i++)
		child_add_vp(c, i);
}

static void *map_state_page(struct child *c, unsigned int vp, uint16_t type)
{
	struct hv_input_map_vp_state_page *in = hc_in;

	memset(in, 0, PAGE_SIZE);
	in->partition_id = c->id;
	in->vp_index = vp;
	in->type = type;
	if (machine.l1vh) {
		in->flags.map_location_provided = 1;
		in->requested_map_location = (uint64_t)alloc_pages(1) / PAGE_SIZE;
	}
	must(call_with_deposit(HVCALL_MAP_VP_STATE_PAGE, c->id, &c->deposited),
	     "map VP state page");
	return (void *)(((struct hv_output_map_vp_state_page *)hc_out)->map_location * PAGE_SIZE);
}

void child_add_vp(struct child *c, unsigned int vp)
{
	struct hv_create_vp *in = hc_in;

	memset(in, 0, PAGE_SIZE);
	in->partition_id = c->id;
	in->vp_index = vp;
	in->subnode_type = HV_SUBNODE_ANY;
	must(call_with_deposit(HVCALL_CREATE_VP, c->id, &c->deposited), "create VP");
	c->vp[vp] = (struct child_vp){ .exists = true };
	c->vp[vp].message = map_state_page(c, vp, HV_VP_STATE_PAGE_INTERCEPT_MESSAGE);
	c->vp[vp].regs = map_state_page(c, vp, HV_VP_STATE_PAGE_REGISTERS);
}

static void unmap_state_page(struct child *c, unsigned int vp, uint16_t type)
{
	struct hv_input_unmap_vp_state_page *in = hc_in;

	memset(in, 0, PAGE_SIZE);
	in->partition_id = c->id;
	in->vp_index = vp;
	in->type = type;
	must(hcall(HVCALL_UNMAP_VP_STATE_PAGE).status, "unmap VP state page");
}

void child_unmap_pages(struct child *c, unsigned int vp)
{
	unmap_state_page(c, vp, HV_VP_STATE_PAGE_REGISTERS);
	unmap_state_page(c, vp, HV_VP_STATE_PAGE_INTERCEPT_MESSAGE);
	c->vp[vp].exists = false;
}

void child_destroy(struct child *c)
{
	uint64_t back, page;
	unsigned int i;

	for (i = 0; i < CHILD_MAX_VPS; i++)
		if (c->vp[i].exists)
			child_unmap_pages(c, i);
	must(hcall_fast(HVCALL_FINALIZE_PARTITION, c->id, 0).status, "finalize partition");
	back = withdraw(c->id);
	if (back != c->deposited)
		report(false, "%lu pages withdrawn of %lu deposited", back, c->deposited);
	must(hcall_fast(HVCALL_DELETE_PARTITION, c->id, 0).status, "delete partition");
	synic_register(c, false);
	for (page = 0; c->memory && page < GUEST_PAGES; page++)
		free_page((uint64_t)c->memory + page * PAGE_SIZE);
}

uint16_t child_map(struct child *c, uint64_t gpa, uint64_t pa, unsigned int pages,
		   uint32_t flags)
{
	uint64_t unit = flags & HV_MAP_GPA_LARGE_PAGE ? SIZE_2M : PAGE_SIZE;
	struct hv_input_map_gpa_pages *in = hc_in;
	unsigned int i, done = 0, tries;
	struct hcall_result r = { 0 };

	for (tries = 0; done < pages && tries < MAX_DEPOSITS; tries++) {
		memset(in, 0, PAGE_SIZE);
		in->target_partition_id = c->id;
		in->target_gpa_base = (gpa + done * unit) / PAGE_SIZE;
		in->map_flags = flags;
		for (i = 0; done + i < pages && !(flags & HV_MAP_GPA_NO_ACCESS); i++)
			in->source_gpa_page_list[i] = (pa + (done + i) * unit) / PAGE_SIZE;
		r = hcall(HVCALL_MAP_GPA_PAGES | REPS(pages - done));
		done += r.reps;
		if (r.status == HV_STATUS_INSUFFICIENT_MEMORY)
			must(deposit(c->id, CALL_DEPOSIT, &c->deposited), "deposit");
		else if (r.status != HV_STATUS_SUCCESS)
			break;
	}
	return r.status;
}

uint16_t child_unmap(struct child *c, uint64_t gpa, unsigned int pages, uint32_t flags)
{
	struct hv_input_unmap_gpa_pages *in = hc_in;

	memset(in, 0, PAGE_SIZE);
	in->target_partition_id = c->id;
	in->target_gpa_base = gpa / PAGE_SIZE;
	in->unmap_flags = flags;
	return hcall(HVCALL_UNMAP_GPA_PAGES | REPS(pages)).status;
}

uint64_t child_synthetic_features(void)
{
	union hv_partition_synthetic_processor_features f = { 0 };

	f.hypervisor_present = 1;
	f.hv1 = 1;
	f.access_partition_reference_counter = 1;
	f.access_synic_regs = 1;
	f.access_synthetic_timer_regs = 1;
	f.access_intr_ctrl_regs = 1;
	f.access_hypercall_regs = 1;
	f.access_vp_index = 1;
	f.access_partition_reference_tsc = 1;
	f.direct_synthetic_timers = 1;
	return f.as_uint64[0];
}

uint16_t child_set_property(struct child *c, uint32_t code, uint64_t value)
{
	struct hv_input_set_partition_property *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->property_code = code;
	in->property_value = value;
	return hcall(HVCALL_SET_PARTITION_PROPERTY).status;
}

uint16_t child_get_property(struct child *c, uint32_t code, uint64_t *value)
{
	struct hv_input_get_partition_property *in = hc_in;
	uint16_t status;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->property_code = code;
	status = hcall(HVCALL_GET_PARTITION_PROPERTY).status;
	*value = ((struct hv_output_get_partition_property *)hc_out)->property_value;
	return status;
}

uint16_t child_get_reg(struct child *c, unsigned int vp, uint32_t name,
		       union hv_register_value *value)
{
	struct hv_input_get_vp_registers *in = hc_in;
	uint16_t status;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->vp_index = vp;
	in->names[0] = name;
	status = hcall(HVCALL_GET_VP_REGISTERS | REPS(1)).status;
	memcpy(value, hc_out, sizeof(*value));
	return status;
}

uint16_t child_set_reg(struct child *c, unsigned int vp, uint32_t name,
		       const union hv_register_value *value)
{
	struct hv_input_set_vp_registers *in = hc_in;

	memset(in, 0, sizeof(*in) + sizeof(in->elements[0]));
	in->partition_id = c->id;
	in->vp_index = vp;
	in->elements[0].name = name;
	in->elements[0].value = *value;
	return hcall(HVCALL_SET_VP_REGISTERS | REPS(1)).status;
}

uint64_t child_reg64(struct child *c, unsigned int vp, uint32_t name)
{
	union hv_register_value value;
	uint16_t status = child_get_reg(c, vp, name, &value);

	if (status != HV_STATUS_SUCCESS)
		bail_out("reading register 0x%x: status 0x%x", name, status);
	return value.reg64;
}

void child_set_reg64(struct child *c, unsigned int vp, uint32_t name, uint64_t v)
{
	union hv_register_value value = { .reg128 = { v, 0 } };
	uint16_t status = child_set_reg(c, vp, name, &value);

	if (status != HV_STATUS_SUCCESS)
		bail_out("writing 0x%lx to register 0x%x: status 0x%x", v, name, status);
}
