// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The register cache: making it, reading and writing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "regs/fast.h"
#include "regs/size.h"
#include "regs/uncached.h"

/* Says that it is not valid, and so nothing is written to it. */
static const struct hv_vp_register_page no_page;

int mshv_regcache_create(const struct mshv_regcache_ops *ops, void *opaque,
			 void *page, struct mshv_regcache **cache)
{
	struct mshv_regcache *c;
	int err;

	if (!ops || !cache)
		return -EINVAL;
	err = size_check(ops, ops->size, sizeof(*ops));
	if (err)
		return err;
	if (!ops->get || !ops->set)
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->ops = *ops;
	c->opaque = opaque;
	c->page = page ? page : (uint8_t *)&no_page;
	*cache = c;
	return 0;
}

void mshv_regcache_free(struct mshv_regcache *cache)
{
	free(cache);
}

/* What has no slot is passed through to the hypervisor. */
#define UNCACHED (-1)

static bool is_absent(const struct mshv_regcache *cache, int slot)
{
	return slot != UNCACHED && slotset_has(&cache->absent, slot);
}

/*
 * Fetch registers, if any, by one hypercall: the table has fewer than fit. On an
 * error *@failed is the slot at which it happened, or -1.
 */
static int fetch(struct mshv_regcache *cache, const struct slotset *want,
		 int *failed)
{
	union hv_register_value values[REG_SLOTS];
	uint32_t names[REG_SLOTS];
	size_t n = 0, done = 0;
	int slot, err;

	_Static_assert(REG_SLOTS <= MSHV_REGCACHE_MAX_GET, "one call will not do");

	slotset_for_each(slot, want)
		names[n++] = reg_table[slot].name;
	if (!n)
		return 0;
	memset(values, 0, n * sizeof(values[0]));
	regcache_take_laid(cache);
	err = cache->ops.get(cache->opaque, names, values, n, &done);
	cache->counters.get_calls++;
	if (err) {
		*failed = done < n ? reg_slot(names[done]) : -1;
		return err;
	}
	cache->counters.get_regs += n;

	n = 0;
	slotset_for_each(slot, want) {
		union hv_register_value *value = &cache->value[slot];

		memset(value, 0, sizeof(*value));
		memcpy(value, &values[n++], reg_table[slot].size);
		slotset_add(&cache->known, slot);
	}
	return 0;
}

/* Somebody may have cost the page its validity. */
static void keep_laid(struct mshv_regcache *cache)
{
	if (cache->laid && !regcache_page_usable(cache))
		regcache_take_laid(cache);
}

static bool is_missing(const struct mshv_regcache *cache, int slot)
{
	return !slotset_has(&cache->known, slot) &&
	       !regcache_on_page(cache, slot);
}

/* The newest value of a register that is not missing. */
static void read_slot(struct mshv_regcache *cache, int slot,
		      union hv_register_value *value)
{
	if (slotset_has(&cache->known, slot))
		*value = cache->value[slot];
	else
		regcache_read_page(cache, slot, value);
}

int mshv_regcache_get(struct mshv_regcache *cache, const uint32_t *names,
		      union hv_register_value *values, size_t n)
{
	struct slotset want = { 0 };
	bool others = false;
	int failed, slot, err;

	if (!cache || (n && (!names || !values)))
		return -EINVAL;
	keep_laid(cache);

	for (size_t i = 0; i < n; i++) {
		slot = reg_slot(names[i]);
		if (is_absent(cache, slot))
			return -ENODEV;
		if (slot == UNCACHED)
			others = true;
		else if (is_missing(cache, slot))
			slotset_add(&want, slot);
	}
	err = fetch(cache, &want, &failed);
	if (!err && others)
		err = regcache_get_uncached(cache, names, values, n);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		if (reg_slot(names[i]) != UNCACHED)
			read_slot(cache, reg_slot(names[i]), &values[i]);
	return 0;
}

int regcache_get64_any(struct mshv_regcache *cache, uint32_t name,
		       uint64_t *value)
{
	union hv_register_value v;
	int err;

	err = mshv_regcache_get(cache, &name, &v, 1);
	if (!err)
		*value = v.reg64;
	return err;
}

/*
 * Errors that say that the host does not have a register, rather than trouble: what a
 * driver makes of INVALID_PARAMETER, ACCESS_DENIED and FEATURE_UNAVAILABLE. -EIO stands
 * for all that has no errno of its own, and may have passed the next time.
 */
static bool is_absence(int err)
{
	return err == -EINVAL || err == -EACCES || err == -EOPNOTSUPP;
}

int mshv_regcache_load(struct mshv_regcache *cache, enum mshv_reg_tier tier)
{
	struct slotset want = { 0 };

	if (!cache || (unsigned int)tier > MSHV_TIER_FULL)
		return -EINVAL;
	keep_laid(cache);

	for (int slot = 0; slot < REG_SLOTS; slot++)
		if (reg_table[slot].tier <= tier && is_missing(cache, slot) &&
		    !slotset_has(&cache->absent, slot))
			slotset_add(&want, slot);

	/* One register that the host lacks fails the whole call. */
	for (;;) {
		int failed, err;

		err = fetch(cache, &want, &failed);
		if (!err)
			return 0;
		if (failed < 0 || !is_absence(err) ||
		    !(reg_table[failed].flags & REG_OPTIONAL))
			return err;
		slotset_add(&cache->absent, failed);
		slotset_remove(&want, failed);
	}
}

static int check_writable(const struct mshv_regcache *cache, uint32_t name)
{
	int slot = reg_slot(name);

	if (is_absent(cache, slot))
		return -ENODEV;
	return slot != UNCACHED && (reg_table[slot].flags & REG_READ_ONLY) ? -EPERM : 0;
}

/* Whether the VP is known to have this very value already. */
static bool changes_nothing(struct mshv_regcache *cache, int slot,
			    const union hv_register_value *value)
{
	const struct reg_info *info = &reg_table[slot];
	const void *now;

	if ((info->flags & REG_VOLATILE) || slotset_has(&cache->dirty, slot))
		return false;
	if (slotset_has(&cache->known, slot))
		now = &cache->value[slot];
	else if (regcache_on_page(cache, slot))
		now = cache->page + info->page_offset;
	else
		return false;
	return !memcmp(now, value, info->size);
}

static void write_slot(struct mshv_regcache *cache, int slot,
		       const union hv_register_value *value)
{
	if (changes_nothing(cache, slot, value))
		return;
	memset(&cache->value[slot], 0, sizeof(*value));
	memcpy(&cache->value[slot], value, reg_table[slot].size);
	slotset_add(&cache->known, slot);
	slotset_add(&cache->dirty, slot);
}

int mshv_regcache_set(struct mshv_regcache *cache, const uint32_t *names,
		      const union hv_register_value *values, size_t n)
{
	bool others = false;
	int err;

	if (!cache || (n && (!names || !values)))
		return -EINVAL;

	for (size_t i = 0; i < n; i++) {
		err = check_writable(cache, names[i]);
		if (err)
			return err;
		others |= reg_slot(names[i]) == UNCACHED;
	}
	/* These may fail, and then nothing is held. */
	err = others ? regcache_set_uncached(cache, names, values, n) : 0;
	for (size_t i = 0; !err && i < n; i++)
		if (reg_slot(names[i]) != UNCACHED)
			write_slot(cache, reg_slot(names[i]), &values[i]);
	return err;
}

int regcache_set64_any(struct mshv_regcache *cache, uint32_t name,
		       uint64_t value)
{
	union hv_register_value v = { .reg64 = value };

	return mshv_regcache_set(cache, &name, &v, 1);
}

int mshv_regcache_seed(struct mshv_regcache *cache, uint32_t name,
		       const union hv_register_value *value)
{
	int slot;

	if (!cache || !value)
		return -EINVAL;
	keep_laid(cache);
	slot = reg_slot(name);
	if (slot == UNCACHED)
		return -EINVAL;
	if (is_absent(cache, slot))
		return -ENODEV;
	if (!is_missing(cache, slot))
		return 0;
	memset(&cache->value[slot], 0, sizeof(*value));
	memcpy(&cache->value[slot], value, reg_table[slot].size);
	slotset_add(&cache->known, slot);
	return 0;
}
