// SPDX-License-Identifier: GPL-2.0-only
/* VP state: the SynIC's pages and the synthetic timers. */
#include "state/vpstate.h"
#include "synic/stimer.h"

uint16_t synic_page_get(const void *own, void *page)
{
	if (own)
		memcpy(page, own, PAGE_SIZE);
	else
		memset(page, 0, PAGE_SIZE);
	return HV_STATUS_SUCCESS;
}

/* Contents need a page to go to; an empty page says nothing and is always fine. */
uint16_t synic_page_set(void *own, const void *page)
{
	const uint64_t *words = page;
	unsigned int i;

	if (own) {
		memcpy(own, page, PAGE_SIZE);
		return HV_STATUS_SUCCESS;
	}
	for (i = 0; i < PAGE_SIZE / sizeof(*words); i++)
		if (words[i])
			return HV_STATUS_INVALID_SYNIC_STATE;
	return HV_STATUS_SUCCESS;
}

static uint32_t config_msr(unsigned int timer)
{
	return HV_X64_MSR_STIMER0_CONFIG + 2 * timer;
}

uint16_t stimers_get_state(struct vp *vp, struct hv_synthetic_timers_state *s)
{
	unsigned int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < NR_STIMERS; i++) {
		struct stimer *t = &vp->stimers.timer[i];
		uint64_t config = 0, count = 0;

		if (!stimer_rdmsr(vp, config_msr(i), &config) ||
		    !stimer_rdmsr(vp, config_msr(i) + 1, &count))
			return HV_STATUS_INVALID_VP_STATE;
		s->timers[i].config = config;
		s->timers[i].count = count;
		if (!list_empty(&t->message.node)) {
			const struct hv_timer_message_payload *payload =
				(const void *)t->message.message.u.payload;

			s->timers[i].flags.undelivered_msg_pending = 1;
			s->timers[i].undelivered_exp_time = payload->expiration_time;
		}
	}
	return HV_STATUS_SUCCESS;
}

/*
 * Count first: writing it may enable a timer by itself, and the configuration
 * that follows has the last word. An undelivered message makes its timer due at
 * once: the guest gets the message it is owed, with a later expiration time.
 */
uint16_t stimers_set_state(struct vp *vp, const struct hv_synthetic_timers_state *s)
{
	unsigned int i;

	for (i = 0; i < NR_STIMERS; i++) {
		const struct hv_stimer_state *t = &s->timers[i];
		union hv_stimer_config config = { .as_uint64 = t->config };
		uint64_t count = t->count;

		if (t->flags.undelivered_msg_pending && !config.periodic) {
			config.enable = 1;
			count = 1;
		}
		if (!stimer_wrmsr(vp, config_msr(i), 0) ||
		    !stimer_wrmsr(vp, config_msr(i) + 1, count) ||
		    !stimer_wrmsr(vp, config_msr(i), config.as_uint64))
			return HV_STATUS_INVALID_PARAMETER;
	}
	return HV_STATUS_SUCCESS;
}
