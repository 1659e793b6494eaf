/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Inside the register cache.
 *
 * Where the newest value of a register is:
 *
 *   dirty	in @value, a write that is held; the VP has an older one
 *   known	in @value; the VP has the same
 *   otherwise	on the page if it is usable, shows the register, and the register
 *		is not stale; else only in the VP
 *
 * dirty implies known. What is laid on the page is not known: the page has it.
 */
#ifndef MSHVCTL_SRC_REGS_CACHE_H
#define MSHVCTL_SRC_REGS_CACHE_H

#include <hvabi/vp.h>
#include <mshvctl/regcache.h>
#include <stddef.h>
#include <string.h>

#include "regs/slotset.h"

/* Beside the classes, whose numbers are small. */
#define RIP_IN_PLACE (UINT32_C(1) << 31)

/**
 * struct mshv_regcache
 * @ops: the hypercalls
 * @opaque: passed to them
 * @page: the register page, or one that is never usable and must not be written
 * @known: see above
 * @dirty: see above
 * @stale: written by hypercall since the last exit, so the page may show an
 *	older value. Outlives an interrupted run, since the VP may not have run
 * @stale_classes: page classes with a stale member; the hypervisor would load the
 *	older value along with a class's new ones, so such a class goes by hypercall;
 *	and RIP_IN_PLACE if RIP was written since the last exit and is not held
 * @laid: written to the page since the last flush, in bits from RAX on; the page's
 *	dirty classes are then those of these registers. Taken back, to be held,
 *	before any hypercall, since that may cost the page its validity
 * @absent: optional registers that the host was found not to have
 * @refused: the register at which the last hypercall that wrote failed, or 0
 * @value: by slot
 */
struct mshv_regcache {
	struct mshv_regcache_ops ops;
	void *opaque;
	uint8_t *page;
	struct slotset dirty;
	/* These are emptied at each exit, in one go. */
	struct slotset known;
	struct slotset stale;
	uint32_t stale_classes;
	uint32_t laid;
	struct slotset absent;
	uint32_t refused;
	struct mshv_reg_counters counters;
	union hv_register_value value[REG_SLOTS];
};

static inline struct hv_vp_register_page *
regcache_header(const struct mshv_regcache *cache)
{
	return (struct hv_vp_register_page *)(void *)cache->page;
}

/* Whether the page says now that it may be used. */
static inline bool regcache_page_usable(const struct mshv_regcache *cache)
{
	return regcache_header(cache)->isvalid &&
	       regcache_header(cache)->version == HV_VP_REGISTER_PAGE_VERSION_1;
}

/* The same where the page begins as they all do. If not, the long ways look closer. */
static inline bool regcache_page_ready(const struct mshv_regcache *cache)
{
	static const struct hv_vp_register_page ready = {
		.version = HV_VP_REGISTER_PAGE_VERSION_1, .isvalid = 1,
	};

	return !memcmp(cache->page, &ready, offsetof(struct hv_vp_register_page, dirty));
}

/* Whether the page shows the value of a register that is not known. */
bool regcache_on_page(const struct mshv_regcache *cache, int slot);

/* Whether a write can go through the page. */
bool regcache_page_carries(const struct mshv_regcache *cache, int slot);

void regcache_read_page(struct mshv_regcache *cache, int slot,
			union hv_register_value *value);

/* Hold again, in the cache, what was laid on the page. */
void regcache_take_laid(struct mshv_regcache *cache);

/* Hold again what lies on the page for the next entry. */
void regcache_take_back(struct mshv_regcache *cache);

/*
 * Put held writes into the VP now, and not on the page for the next entry, so that
 * hypercalls about other things see them, and the page overwrites nothing later.
 */
int regcache_settle(struct mshv_regcache *cache);

/*
 * Somebody changed registers of the VP by other means: nothing that is known counts,
 * and what the page shows may be older than what the VP has. No write is held.
 */
void regcache_forget(struct mshv_regcache *cache);

#endif /* MSHVCTL_SRC_REGS_CACHE_H */
