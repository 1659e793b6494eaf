/* SPDX-License-Identifier: GPL-2.0-only */
/* What the calls on device domains share. */
#ifndef MINIHV_DOMAIN_CALL_H
#define MINIHV_DOMAIN_CALL_H

#include "hypercall/hcall.h"

/* What all have in common: whose domain, and which. HV_STATUS_* */
uint16_t hc_domain_header(const struct hcall *c, const struct hv_input_device_domain *in);

#endif
