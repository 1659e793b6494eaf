/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages about a child VP to its parent. */
#ifndef MINIHV_PARENT_H
#define MINIHV_PARENT_H

#include "synic/synic.h"

/*
 * Post @m to SINT0 of the parent, best of all on the CPU where @vp ran last.
 * *target remembers where it waits. false: nobody listens, or it waits already.
 */
bool parent_post(struct vp *vp, struct synic_message *m, struct vp **target);
/* @vp goes away: take back what has not arrived. */
void parent_cancel_all(struct vp *vp);

#endif
