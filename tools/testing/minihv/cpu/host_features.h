/* SPDX-License-Identifier: GPL-2.0-only */
/* What the machine's processors can do. */
#ifndef MINIHV_HOST_FEATURES_H
#define MINIHV_HOST_FEATURES_H

#include "base/minihv.h"

enum host_bank {
	HOST_BANK0,	/* HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0 */
	HOST_BANK1,	/* HV_PARTITION_PROPERTY_PROCESSOR_FEATURES1 */
	HOST_XSAVE,	/* union hv_partition_processor_xsave_features */
	HOST_BANKS,
};

void host_features(uint64_t banks[HOST_BANKS]);
/* Takes the bits of features that are @disabled out of a CPUID leaf. */
void host_features_withhold(const uint64_t disabled[HOST_BANKS], uint32_t leaf,
			    uint32_t subleaf, uint32_t r[4]);
/* XCR0 bits. */
uint64_t host_xsave_states(void);
/* Bytes of an XSAVE area with all of them. */
uint32_t host_xsave_size(void);
uint32_t host_address_width(void);
bool host_is_amd(void);

#endif
