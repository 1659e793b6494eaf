/* SPDX-License-Identifier: GPL-2.0-only */
/* Where an interrupt is to go, as hypercalls say it. */
#ifndef MINIHV_TARGET_H
#define MINIHV_TARGET_H

#include "device/interrupt.h"
#include "hypercall/hcall.h"

/*
 * The VPs of @p that @t names, all of which must exist. Its set is the end of the input of
 * @c. HV_STATUS_*
 */
uint16_t target_set(const struct hcall *c, const struct partition *p,
		    const struct hv_device_interrupt_target *t, struct vp_set *set);

#endif
