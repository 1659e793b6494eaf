// SPDX-License-Identifier: GPL-2.0-only
/* The calls that attach devices to children. */
#include "attach.h"

static struct hv_local_interrupt_controller_state *state;

struct hv_input_attach_device *attach_input(const struct child *c, union hv_device_id id)
{
	struct hv_input_attach_device *in = hc_in;

	memset(in, 0, PAGE_SIZE);
	in->partition_id = c->id;
	in->device_id = id;
	in->attdev_flags.logical_id = 1;
	in->logical_devid = LOGICAL_ID;
	return in;
}

uint16_t attach_call(struct child *c)
{
	return call_with_deposit(HVCALL_ATTACH_DEVICE, c->id, &c->deposited);
}

uint16_t attach(struct child *c, const struct edu *e)
{
	attach_input(c, edu_host_id(e));
	return attach_call(c);
}

uint16_t detach(const struct child *c, uint64_t logical_id)
{
	struct hv_input_detach_device *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->logical_devid = logical_id;
	return call_with_deposit(HVCALL_DETACH_DEVICE, HV_PARTITION_ID_SELF, NULL);
}

void bring_back(const struct edu *e)
{
	if (!machine.l1vh)
		report_eq(domain_attach(HV_DEVICE_DOMAIN_ID_S2_DEFAULT, edu_id(e)),
			  HV_STATUS_SUCCESS, "back to root's memory");
}

static uint16_t lapic_call(struct child *c, uint64_t call, unsigned int vp)
{
	struct hv_input_get_vp_state *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->vp_index = vp;
	in->state_data.type = HV_GET_SET_VP_STATE_LAPIC_STATE;
	in->output_data_pfns[0] = (uint64_t)state / PAGE_SIZE;
	return hcall(call | VAR_WORDS(1)).status;
}

void apic_prepare_vp(struct child *c, unsigned int vp, uint32_t logical)
{
	if (!state)
		state = alloc_pages(1);
	lapic_call(c, HVCALL_GET_VP_STATE, vp);
	state->apic_spurious = 0x1ff;
	state->apic_dfr = ~0u;
	state->apic_ldr = logical << 24;
	memset(state->apic_irr, 0, sizeof(state->apic_irr));
	lapic_call(c, HVCALL_SET_VP_STATE, vp);
}

void apic_prepare(struct child *c)
{
	unsigned int vp;

	for (vp = 0; vp < CHILD_MAX_VPS; vp++)
		if (c->vp[vp].exists)
			apic_prepare_vp(c, vp, 0x10 << vp);
}

bool apic_requested(struct child *c, unsigned int vp, uint32_t vector)
{
	lapic_call(c, HVCALL_GET_VP_STATE, vp);
	return state->apic_irr[vector / 32] >> vector % 32 & 1;
}

bool interrupt_comes(const struct edu *e, struct child *c, unsigned int vp, uint32_t vector,
		     unsigned int ms)
{
	uint64_t end = ref_time() + ms * 10000ull;
	bool came;

	edu_interrupt(e);
	do {
		came = apic_requested(c, vp, vector);
	} while (!came && ref_time() < end);
	edu_acknowledge(e);
	return came;
}
