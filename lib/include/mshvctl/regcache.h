/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The register cache: one virtual processor's registers between an exit and the
 * next entry, as pure functions on a register page and two hypercalls.
 *
 * A VMM that uses struct mshv_vp gets a cache with it and needs nothing of this
 * header. It is for those who have ioctl code of their own.
 *
 * Reads come from the page where it is valid and shows the register, else from
 * one batched hypercall for all that a call asks for; a register is fetched at
 * most once per exit. Writes are held in the cache. mshv_regcache_flush(),
 * called before each entry, puts them in place: through the page with exactly
 * the dirty classes needed, and by one batched hypercall for the rest. Any mix
 * of reads, writes and full synchronisations gives what a plain array of
 * registers would give.
 *
 * Thread safety: one thread at a time, the one that runs the VP.
 */
#ifndef MSHVCTL_REGCACHE_H
#define MSHVCTL_REGCACHE_H

#include <mshvctl/regs.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct mshv_regcache_ops - the two hypercalls
 * @size: sizeof(struct mshv_regcache_ops)
 * @get: read @n registers, at most MSHV_REGCACHE_MAX_GET. Returns 0 with all of
 *	@values filled, or a negative errno with *@done at the number of registers
 *	that were found before the one that failed
 * @set: write @n registers in order, at most MSHV_REGCACHE_MAX_SET. Returns 0, or
 *	a negative errno with *@done at the number of registers written; more than @n
 *	if that is not for one of them, and none has been written
 */
struct mshv_regcache_ops {
	size_t size;
	int (*get)(void *opaque, const uint32_t *names,
		   union hv_register_value *values, size_t n, size_t *done);
	int (*set)(void *opaque, const struct hv_register_assoc *regs, size_t n,
		   size_t *done);
};

/* What fits a page of input and a page of output. */
#define MSHV_REGCACHE_MAX_GET 255
#define MSHV_REGCACHE_MAX_SET 127

/**
 * mshv_regcache_create() - make a cache
 * @ops: the hypercalls; copied
 * @opaque: passed to them
 * @page: the mapped register page (struct hv_vp_register_page), or NULL for none
 * @cache: result
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
MSHV_API int mshv_regcache_create(const struct mshv_regcache_ops *ops,
				  void *opaque, void *page,
				  struct mshv_regcache **cache);

/** mshv_regcache_free() - free; writes that were not flushed are lost. NULL is allowed. */
MSHV_API void mshv_regcache_free(struct mshv_regcache *cache);

/**
 * mshv_regcache_get() - read registers
 * @cache: the cache
 * @names: which
 * @values: results, as many
 * @n: how many, any number; a name may occur more than once
 *
 * A register that the cache does not know (mshv_reg_is_known()) is read from the VP by
 * each call anew, all of them by one hypercall: of those at most MSHV_REGCACHE_MAX_GET.
 *
 * Return: 0, -EINVAL, -E2BIG for too many of those, -ENODEV for a register the
 * host was found not to have, or what the hypercall returned: -EINVAL for a name that the
 * hypervisor does not know.
 */
MSHV_API int mshv_regcache_get(struct mshv_regcache *cache,
			       const uint32_t *names,
			       union hv_register_value *values, size_t n);

/**
 * mshv_regcache_set() - write registers
 * @cache: the cache
 * @names: which
 * @values: as many
 * @n: how many; of a name that occurs more than once the last value counts
 *
 * No hypercall is made for what the cache knows. All names are checked before anything is
 * written. Registers that it does not know, at most MSHV_REGCACHE_MAX_SET, are written at
 * once by one hypercall, after what is held; if that fails, nothing of this call is held.
 *
 * Return: 0, -EINVAL, -E2BIG or -ENODEV as mshv_regcache_get(), -EPERM for a register
 * that cannot be written, or what the hypercall returned.
 */
MSHV_API int mshv_regcache_set(struct mshv_regcache *cache,
			       const uint32_t *names,
			       const union hv_register_value *values, size_t n);

/**
 * mshv_regcache_load() - have a whole tier at hand
 * @cache: the cache
 * @tier: MSHV_TIER_*
 *
 * Fetches what is missing of the tier by one batched hypercall. Registers that
 * only some processors have are probed the first time, and left out from then
 * on where the host lacks them.
 *
 * Return: 0, -EINVAL, or what the hypercall returned.
 */
MSHV_API int mshv_regcache_load(struct mshv_regcache *cache,
				enum mshv_reg_tier tier);

/**
 * mshv_regcache_seed() - tell a value that is known from elsewhere
 * @cache: the cache
 * @name: the register
 * @value: its value at this exit, from the intercept message for example
 *
 * Saves a hypercall where there is no page; ignored where the cache knows
 * better.
 *
 * Return: 0, -EINVAL also for a register that the cache does not know, -ENODEV.
 */
MSHV_API int mshv_regcache_seed(struct mshv_regcache *cache, uint32_t name,
				const union hv_register_value *value);

/** mshv_regcache_is_dirty() - whether a write of this register is being held */
MSHV_API bool mshv_regcache_is_dirty(const struct mshv_regcache *cache,
				     uint32_t name);

/**
 * mshv_regcache_flush() - put held writes in place; call it before each entry
 * @cache: the cache
 *
 * Return: 0, or what the hypercall returned; then the writes that did not reach
 * the VP are still held, and those that did are not repeated. See
 * mshv_regcache_refused().
 */
MSHV_API int mshv_regcache_flush(struct mshv_regcache *cache);

/**
 * mshv_regcache_refused() - which register the VP has not taken
 * @cache: the cache
 * @name: result
 *
 * A write that is refused, of a register that this host lacks or of a value that it does
 * not allow, stays held, and every flush fails until it is written anew or discarded.
 *
 * Return: 0 with the register at which the last hypercall that wrote registers failed;
 * -ENOENT where it has not failed, or not for a register; -EINVAL.
 */
MSHV_API int mshv_regcache_refused(const struct mshv_regcache *cache, uint32_t *name);

/**
 * mshv_regcache_discard() - give up writes that are held
 * @cache: the cache
 * @names: of which registers, or NULL for all that are held
 * @n: how many; 0 if @names is NULL. One that is not held is left alone
 *
 * From then on these registers are what the VP has. What a flush has put in place stays.
 *
 * Return: 0 or -EINVAL.
 */
MSHV_API int mshv_regcache_discard(struct mshv_regcache *cache, const uint32_t *names,
				   size_t n);

/**
 * mshv_regcache_exited() - the VP may have run: forget all values
 * @cache: the cache
 * @exited: true if the VP came back with an intercept, false if the attempt was
 *	interrupted and the VP perhaps never ran
 *
 * Writes that are still held stay held.
 */
MSHV_API void mshv_regcache_exited(struct mshv_regcache *cache, bool exited);

/**
 * mshv_regcache_counters() - copy out the counters
 * @cache: the cache
 * @counters: result
 *
 * Return: 0 or -EINVAL.
 */
MSHV_API int mshv_regcache_counters(const struct mshv_regcache *cache,
				    struct mshv_reg_counters *counters);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_REGCACHE_H */
