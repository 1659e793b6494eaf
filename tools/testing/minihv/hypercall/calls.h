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

/* Suspend a child VP that is going away, and wait until it has stopped. */
void vp_stop_for_good(struct vp *vp);
/* Take a stopped child VP out of its partition and destroy it. */
void vp_remove(struct vp *vp);

/* dispatch.c */
uint16_t hc_dispatch_vp(struct hcall *c);
/* vp_regs.c */
uint16_t hc_get_registers(struct hcall *c);
uint16_t hc_set_registers(struct hcall *c);
uint16_t hc_map_state_page(struct hcall *c);
uint16_t hc_unmap_state_page(struct hcall *c);
/* guest.c */
uint16_t hc_translate_address(struct hcall *c);
uint16_t hc_read_gpa(struct hcall *c);
uint16_t hc_write_gpa(struct hcall *c);
/* scrub.c */
uint16_t hc_scrub_partition(struct hcall *c);
/* message.c */
uint16_t hc_post_message(struct hcall *c);
uint16_t hc_signal_event(struct hcall *c);
uint16_t hc_post_message_direct(struct hcall *c);
uint16_t hc_signal_event_direct(struct hcall *c);
/* intercept.c */
uint16_t hc_install_intercept(struct hcall *c);
uint16_t hc_register_result(struct hcall *c);
uint16_t hc_cpuid_values(struct hcall *c);
uint16_t hc_assert_interrupt(struct hcall *c);
uint16_t hc_clear_interrupt(struct hcall *c);

#endif
