/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The nested page table as devices walk it: the same, but that they can't write to page 0.
 * A device does that only when it interrupts by a message that nobody gave it, and it has
 * to be seen.
 */
#ifndef MINIHV_VIEW_H
#define MINIHV_VIEW_H

#include "memory/npt.h"

/* Make one, from four pages of @pool; false: it has not that many. */
bool npt_view_make(struct npt *npt, struct pool *pool);
/* @npt has changed. */
void npt_view_sync(struct npt *npt);
void npt_view_drop(struct npt *npt, struct pool *pool);

#endif
