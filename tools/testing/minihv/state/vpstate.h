/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of a VP's state in the form that GET_VP_STATE and SET_VP_STATE carry. */
#ifndef MINIHV_VPSTATE_H
#define MINIHV_VPSTATE_H

#include "vp/vp.h"

/* Each works on a stopped VP and returns HV_STATUS_*; pages are whole ones. */
uint16_t lapic_get_state(struct vp *vp, struct hv_local_interrupt_controller_state *s);
uint16_t lapic_set_state(struct vp *vp, const struct hv_local_interrupt_controller_state *s);
/* The compacted XSAVE form; @states: which components. */
uint16_t xsave_get_state(struct vp *vp, uint64_t states, void *page);
uint16_t xsave_set_state(struct vp *vp, uint64_t states, const void *page);
/* @own: the VP's SIMP or SIEFP, NULL while it has none. */
uint16_t synic_page_get(const void *own, void *page);
uint16_t synic_page_set(void *own, const void *page);
uint16_t stimers_get_state(struct vp *vp, struct hv_synthetic_timers_state *s);
uint16_t stimers_set_state(struct vp *vp, const struct hv_synthetic_timers_state *s);

#endif
