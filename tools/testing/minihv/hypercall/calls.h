/* SPDX-License-Identifier: GPL-2.0-only */
/* What the hypercalls on VPs share. */
#ifndef MINIHV_VPCALL_H
#define MINIHV_VPCALL_H

#include "hypercall/hcall.h"

/*
 * Look up what the caller names: an initialised partition, a VP of one. NULL: the
 * status says why. Give back with partition_put(), hc_vp_put().
 */
struct partition *hc_partition(struct hcall *c, uint64_t id, uint16_t *status);
struct vp *hc_vp(struct hcall *c, uint64_t id, uint32_t index, uint16_t *status);
void hc_vp_put(struct vp *vp);

/* hc_vp_regs.c */
uint16_t hc_get_registers(struct hcall *c);
uint16_t hc_set_registers(struct hcall *c);
uint16_t hc_map_state_page(struct hcall *c);
uint16_t hc_unmap_state_page(struct hcall *c);
/* hc_guest.c */
uint16_t hc_translate_address(struct hcall *c);
uint16_t hc_read_gpa(struct hcall *c);
uint16_t hc_write_gpa(struct hcall *c);
/* hc_scrub.c */
uint16_t hc_scrub_partition(struct hcall *c);
/* hc_message.c */
uint16_t hc_post_message(struct hcall *c);
uint16_t hc_signal_event(struct hcall *c);
uint16_t hc_post_message_direct(struct hcall *c);
uint16_t hc_signal_event_direct(struct hcall *c);
/* hc_intercept.c */
uint16_t hc_install_intercept(struct hcall *c);
uint16_t hc_register_result(struct hcall *c);
uint16_t hc_cpuid_values(struct hcall *c);
uint16_t hc_assert_interrupt(struct hcall *c);
uint16_t hc_clear_interrupt(struct hcall *c);

#endif
