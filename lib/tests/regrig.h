/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A register cache and the model that it is compared with.
 */
#ifndef MSHVCTL_TESTS_REGRIG_H
#define MSHVCTL_TESTS_REGRIG_H

#include <mshvctl/regcache.h>

#include "hvmodel.h"

struct rig {
	struct hvmodel model;
	union hvmodel_page page;
	struct mshv_regcache *cache;
	bool has_page;
	/* load() was done, so that the cache knows what the host lacks */
	bool probed;
};

extern struct rig rig;

/* Random registers from @seed, and an empty cache. */
void regrig_start(uint64_t seed, bool has_page);
void regrig_finish(void);

/* What the page is like after an exit. */
enum hv_page_mode regrig_random_mode(void);

/* Whether the host lacks one of these registers. */
bool regrig_has_absent(const uint32_t *names, size_t n);

/* Make the host lack @count of the optional registers. */
void regrig_add_absent(unsigned int count);

/* What to write next: mostly something new. */
void regrig_random_write(uint32_t name, union hv_register_value *value);

#endif /* MSHVCTL_TESTS_REGRIG_H */
