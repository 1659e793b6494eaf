/* SPDX-License-Identifier: GPL-2.0-only */
/* What the machine's processors can do. */
#ifndef MINIHV_HOST_FEATURES_H
#define MINIHV_HOST_FEATURES_H

#include "base/minihv.h"

/* HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0 and 1. */
void host_processor_features(uint64_t banks[2]);
/* union hv_partition_processor_xsave_features */
uint64_t host_xsave_features(void);
/* XCR0 bits. */
uint64_t host_xsave_states(void);
/* Bytes of an XSAVE area with all of them. */
uint32_t host_xsave_size(void);
uint32_t host_address_width(void);
bool host_is_amd(void);

#endif
