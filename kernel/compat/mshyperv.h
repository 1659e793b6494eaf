/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel exports for its own driver without a declaration in a header.
 */
#ifndef MSHV_COMPAT_MSHYPERV_H
#define MSHV_COMPAT_MSHYPERV_H

#include <linux/percpu.h>
#include <linux/types.h>
#include <asm/mshyperv.h>

/* For each CPU an array with the place in the ring of each interrupt source. */
extern u8 * __percpu *hv_synic_eventring_tail;

/*
 * hv_do_hypercall() for arguments whose physical addresses are known: it would work them
 * out each time.
 */
static inline u64 compat_hypercall_at(u64 control, phys_addr_t in, phys_addr_t out)
{
	return static_call_mod(hv_hypercall)(control, in, out);
}

#endif
