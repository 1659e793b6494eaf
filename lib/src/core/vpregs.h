/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A VP's registers: the hypercalls under its register cache.
 */
#ifndef MSHVCTL_SRC_CORE_VPREGS_H
#define MSHVCTL_SRC_CORE_VPREGS_H

#include "core/vp.h"

extern const struct mshv_regcache_ops vpregs_ops;

/* Tell the cache what the message that just came says about registers. */
void vpregs_seed_from_message(struct mshv_vp *vp);

/* With the page there is nothing to gain. */
static inline void vpregs_seed(struct mshv_vp *vp)
{
	if (!regcache_page_ready(vp->cache))
		vpregs_seed_from_message(vp);
}

#endif /* MSHVCTL_SRC_CORE_VPREGS_H */
