// SPDX-License-Identifier: GPL-2.0-only
/*
 * State of a VP that is no register: HVCALL_GET_VP_STATE and HVCALL_SET_VP_STATE.
 * The parent names pages of its own that receive or hold it; synthetic timers
 * travel in the call itself.
 */
#include "hypercall/hcall.h"
#include "state/vpstate.h"

struct state_call {
	struct hcall *call;
	struct vp *vp;			/* stopped */
	const struct hv_vp_state_data *what;
	const uint64_t *words;		/* variable header: page numbers, or the data */
};

/* The page that holds or receives the state; the state must fit into it. */
static uint16_t state_page(const struct state_call *s, uint32_t access, void **page)
{
	if (s->call->var_words < 1)
		return HV_STATUS_INVALID_PARAMETER;
	*page = vp_gpa(s->call->vp, s->words[0] << PAGE_SHIFT, access);
	return *page ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER;
}

static uint16_t get_page_state(const struct state_call *s)
{
	uint16_t status;
	void *page;

	status = state_page(s, NPT_READ | NPT_WRITE, &page);
	if (status != HV_STATUS_SUCCESS)
		return status;
	switch (s->what->type) {
	case HV_GET_SET_VP_STATE_LAPIC_STATE:
		return lapic_get_state(s->vp, page);
	case HV_GET_SET_VP_STATE_XSAVE:
		return xsave_get_state(s->vp, s->what->xsave.states.as_uint64, page);
	case HV_GET_SET_VP_STATE_SIM_PAGE:
		return synic_page_get(s->vp->synic.simp_page, page);
	case HV_GET_SET_VP_STATE_SIEF_PAGE:
		return synic_page_get(s->vp->synic.siefp_page, page);
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

static uint16_t set_page_state(const struct state_call *s)
{
	uint16_t status;
	void *page;

	status = state_page(s, NPT_READ, &page);
	if (status != HV_STATUS_SUCCESS)
		return status;
	switch (s->what->type) {
	case HV_GET_SET_VP_STATE_LAPIC_STATE:
		return lapic_set_state(s->vp, page);
	case HV_GET_SET_VP_STATE_XSAVE:
		return xsave_set_state(s->vp, s->what->xsave.states.as_uint64, page);
	case HV_GET_SET_VP_STATE_SIM_PAGE:
		return synic_page_set(s->vp->synic.simp_page, page);
	case HV_GET_SET_VP_STATE_SIEF_PAGE:
		return synic_page_set(s->vp->synic.siefp_page, page);
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

static uint16_t get_state(const struct state_call *s)
{
	if (s->what->type == HV_GET_SET_VP_STATE_SYNTHETIC_TIMERS)
		return stimers_get_state(s->vp, s->call->out);
	return get_page_state(s);
}

static uint16_t set_state(const struct state_call *s)
{
	if (s->what->type != HV_GET_SET_VP_STATE_SYNTHETIC_TIMERS)
		return set_page_state(s);
	if (s->call->var_words * 8 < sizeof(struct hv_synthetic_timers_state))
		return HV_STATUS_INVALID_PARAMETER;
	return stimers_set_state(s->vp, (const void *)s->words);
}

static uint16_t with_vp(struct hcall *c, uint16_t (*fn)(const struct state_call *s))
{
	/* The fixed parts of the two inputs are the same. */
	const struct hv_input_get_vp_state *in = c->in;
	struct state_call s = {
		.call = c, .what = &in->state_data,
		.words = (const uint64_t *)((const char *)c->in + sizeof(*in)),
	};
	struct partition *p;
	uint16_t status;

	if (in->input_vtl || in->rsvd0 || in->rsvd1)
		return HV_STATUS_INVALID_PARAMETER;
	p = partition_get(c->caller, in->partition_id);
	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	s.vp = partition_vp(p, in->vp_index);
	if (!s.vp) {
		status = HV_STATUS_INVALID_VP_INDEX;
	} else if (!partition_is_child(p)) {
		status = HV_STATUS_OPERATION_DENIED;
	} else {
		vp_pause(s.vp);
		status = fn(&s);
		vp_resume(s.vp);
	}
	partition_put(p);
	return status;
}

static uint16_t hc_get_vp_state(struct hcall *c)
{
	return with_vp(c, get_state);
}

static uint16_t hc_set_vp_state(struct hcall *c)
{
	return with_vp(c, set_state);
}

const struct hcall_entry hc_vpstate_table[] = {
	{ HVCALL_GET_VP_STATE, HC_PARENT | HC_VAR, sizeof(struct hv_input_get_vp_state), 0,
	  sizeof(union hv_output_get_vp_state), 0, hc_get_vp_state, "GET_VP_STATE" },
	{ HVCALL_SET_VP_STATE, HC_PARENT | HC_VAR, sizeof(struct hv_input_set_vp_state), 0,
	  0, 0, hc_set_vp_state, "SET_VP_STATE" },
	{ 0 }
};
