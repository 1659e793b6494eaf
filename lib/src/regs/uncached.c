// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Registers that the table lacks: each call about them is a hypercall, and the hypervisor
 * says what it thinks of the names.
 */
#include <errno.h>
#include <hvabi/register.h>
#include <string.h>

#include "regs/cache.h"
#include "regs/uncached.h"

int regcache_get_uncached(struct mshv_regcache *cache, const uint32_t *names,
			  union hv_register_value *values, size_t n)
{
	union hv_register_value got[MSHV_REGCACHE_MAX_GET] = { 0 };
	uint32_t ask[MSHV_REGCACHE_MAX_GET] = { 0 };
	size_t k = 0, done = 0;
	int err;

	for (size_t i = 0; i < n; i++) {
		if (reg_slot(names[i]) >= 0)
			continue;
		if (k == MSHV_REGCACHE_MAX_GET)
			return -E2BIG;
		ask[k++] = names[i];
	}
	/* It may cost the page its validity. */
	regcache_take_laid(cache);
	err = cache->ops.get(cache->opaque, ask, got, k, &done);
	cache->counters.get_calls++;
	if (err)
		return err;
	cache->counters.get_regs += k;
	k = 0;
	for (size_t i = 0; i < n; i++)
		if (reg_slot(names[i]) < 0)
			values[i] = got[k++];
	return 0;
}

int regcache_set_uncached(struct mshv_regcache *cache, const uint32_t *names,
			  const union hv_register_value *values, size_t n)
{
	struct hv_register_assoc regs[MSHV_REGCACHE_MAX_SET] = { 0 };
	size_t k = 0, done = 0;
	int err;

	for (size_t i = 0; i < n; i++) {
		if (reg_slot(names[i]) >= 0)
			continue;
		if (k == MSHV_REGCACHE_MAX_SET)
			return -E2BIG;
		regs[k].name = names[i];
		regs[k++].value = values[i];
	}
	/* In the order of the calls, and the page shall put nothing older over it. */
	err = regcache_settle(cache);
	if (err)
		return err;
	err = cache->ops.set(cache->opaque, regs, k, &done);
	cache->refused = err && done < k ? regs[done].name : 0;
	if (!err || done > k)
		done = err ? 0 : k;
	cache->counters.set_calls++;
	cache->counters.set_regs += done;
	/* Nobody knows what else such a register changes. */
	regcache_forget(cache);
	return err;
}
