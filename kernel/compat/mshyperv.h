/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel exports for its own driver without a declaration in a header.
 */
#ifndef MSHV_COMPAT_MSHYPERV_H
#define MSHV_COMPAT_MSHYPERV_H

#include <linux/percpu.h>
#include <linux/types.h>

/* For each CPU an array with the place in the ring of each interrupt source. */
extern u8 * __percpu *hv_synic_eventring_tail;

#endif
