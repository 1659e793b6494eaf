/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Registers that the table lacks.
 */
#ifndef MSHVCTL_SRC_REGS_UNCACHED_H
#define MSHVCTL_SRC_REGS_UNCACHED_H

#include <mshvctl/regcache.h>

/* Of @n registers those: by one hypercall, and -E2BIG if it has no room for them. */
int regcache_get_uncached(struct mshv_regcache *cache, const uint32_t *names,
			  union hv_register_value *values, size_t n);

/* The same, at once, after what is held. */
int regcache_set_uncached(struct mshv_regcache *cache, const uint32_t *names,
			  const union hv_register_value *values, size_t n);

#endif /* MSHVCTL_SRC_REGS_UNCACHED_H */
