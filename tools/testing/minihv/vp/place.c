// SPDX-License-Identifier: GPL-2.0-only
/* Pages that a guest places by an MSR. */
#include "vp/vp.h"

#define GPA(value)	((value) & PAGE_MASK)
#define ENABLED(value)	((value) & 1)

bool vp_place_page(struct vp *vp, struct overlay *o, void *page, uint64_t value,
		    uint32_t access)
{
	struct partition *p = vp->partition;
	bool ok = true;

	spin_lock(&p->lock);
	if (ENABLED(value))
		ok = overlay_place(p, o, GPA(value), page, access, &vp->msrs->reserve);
	else
		overlay_remove(p, o);
	spin_unlock(&p->lock);
	return ok;
}
